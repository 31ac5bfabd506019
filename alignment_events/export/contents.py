"""What an export holds: tables, and where they come from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.findings import NotFound
from alignment_events.release.digest import table_digest
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    import pyarrow as pa

    from alignment_events.dataset import Dataset

Rows = list[dict[str, Any]]
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Contents:
    """The tables to be written, in published order.

    Attributes:
        dataset: The dataset that they belong to.
        names: Names of the tables, in published order.
        progress: Called with the number of tables written and the number in all.
    """

    dataset: "Dataset"
    names: tuple[str, ...]
    progress: Progress | None = None

    def table(self, name: str) -> "pa.Table":
        """A table in Arrow."""
        return self.dataset.tables[name]

    def rows(self, name: str) -> Rows:
        """The rows of a table."""
        rows: Rows = self.table(name).to_pylist()
        return rows

    def done(self, count: int) -> None:
        """Tell that so many tables are written."""
        if self.progress:
            self.progress(count, len(self.names))

    @cached_property
    def facts(self) -> dict[str, str]:
        """Where the data come from: name to text, in the order in which exports show it."""
        about = self.dataset.about
        return {
            "dataset": about.name,
            "title": about.title,
            "version": about.version,
            "format_version": about.format_version,
            "codebook_version": about.codebook_version,
            "digest": about.digest,
            "cutoff": about.cutoff,
            "licence": about.licence,
            "citation": citation(self.dataset),
            "extent": self.extent,
        }

    @property
    def extent(self) -> str:
        """Whether this is the whole release; the digest is always that of the release."""
        part = "a selection of records" if self.dataset.is_selection else "all records"
        whole = len(self.names) == len(self.dataset.tables)
        return f"{part}, {'all tables' if whole else 'tables ' + ', '.join(self.names)}"

    @cached_property
    def digests(self) -> dict[str, str]:
        """Table to the content digest of the rows that are written."""
        return {name: "sha256:" + table_digest(name, self.rows(name)) for name in self.names}


def contents_of(
    dataset: "Dataset", tables: str | Sequence[str] | None, progress: Progress | None = None
) -> Contents:
    """The contents of an export; `NotFound` for a table that does not exist."""
    asked = [tables] if isinstance(tables, str) else list(tables or ())
    for name in asked:
        if name not in dataset.tables:
            from alignment_events.check.messages import suggestion

            hint = suggestion(name, dataset.tables) or ""
            raise NotFound(
                f"There is no table “{name}”. {hint} The tables are: {', '.join(dataset.tables)}."
            )
    names = tuple(name for name in table_specs() if not asked or name in asked)
    return Contents(dataset, names, progress)


def citation(dataset: "Dataset") -> str:
    """One line by which the release can be cited; nothing in it that the release does not say."""
    about = dataset.about
    return f"{about.title}. Version {about.version}. {about.digest}"


Writer = Callable[[Contents, Path], None]
"""Writes contents to a path that does not exist yet: a file, or an empty folder that does."""


def key_text(name: str, row: Mapping[str, Any]) -> str:
    """The key of a row, for messages."""
    return "/".join(str(row[column]) for column in table_specs()[name].key)
