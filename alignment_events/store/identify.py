"""Says from which release a file came: by its rows, whatever it says of itself."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_events.findings import InvalidData
from alignment_events.read.any_table import TableFound, tables_in
from alignment_events.read.parquet import whole_table
from alignment_events.registry import Release
from alignment_events.release.digest import canonical_value, table_digest
from alignment_events.spec.tables import table_specs
from alignment_events.store.find import Mirrors, every_release
from alignment_events.store.verify import require_intact


@dataclass(frozen=True)
class Answer:
    """What a table in a file is.

    Attributes:
        where: The file, and the sheet or table in it.
        table: Table of the format, or None.
        releases: Releases that hold just this table.
        text: The answer in words.
    """

    where: str
    table: str | None
    releases: tuple[str, ...]
    text: str

    @property
    def released(self) -> bool:
        """True if a release holds just this table."""
        return bool(self.releases)

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


def identify(path: Path, *, offline: bool = False, mirrors: Mirrors = None) -> list[Answer]:
    """What each table in a file is.

    Args:
        path: Parquet, CSV, TSV, XLSX, SQLite, DuckDB, Stata or SPSS.
        offline: Ask no mirror which releases there are.
        mirrors: Addresses of mirrors.

    Raises:
        AlignmentEventsError: If the file cannot be read.
    """
    known = every_release(offline=offline, mirrors=mirrors)
    found = [_answer(table, known) for table in tables_in(path)]
    return found or [Answer(str(path), None, (), "it holds no table of the format")]


def _answer(found: TableFound, known: list[tuple[Release, Path | None]]) -> Answer:
    if found.table is None:
        return Answer(found.where, None, (), "its columns are those of no table of the format")
    digest = _digest(found)
    holders = [r for r, _ in known if digest and r.tables.get(found.table) == f"sha256:{digest}"]
    if holders:
        labels = tuple(release.label for release in holders)
        yanked = [f"{r.version} was yanked: {r.reason}" for r in holders if r.status == "yanked"]
        text = f"table {found.table} of {', '.join(labels)}"
        return Answer(
            found.where,
            found.table,
            labels,
            "; ".join([text, *yanked]) + _contradicted(found, labels),
        )
    says = _says(found)
    if says and digest and found.says.get("table_digest", digest) == digest:
        text = f"says {says}, which no registry that was asked knows; its rows are as it says"
        return Answer(found.where, found.table, (), text)
    claim = (
        f"says {says}, but its rows are not those"
        if says
        else f"not a released table {found.table}"
    )
    return Answer(found.where, found.table, (), f"{claim}; {_nearest(found, known)}")


def _contradicted(found: TableFound, labels: tuple[str, ...]) -> str:
    says = _says(found)
    return f" (it says {says}, with the same rows)" if says and says not in labels else ""


def _says(found: TableFound) -> str:
    name, version = found.says.get("dataset"), found.says.get("version")
    return f"{name}@{version}" if name and version else ""


def _digest(found: TableFound) -> str | None:
    try:
        return table_digest(found.table or "", found.rows)
    except (TypeError, ValueError):
        return None  # keys of several types: no released table has them


def _nearest(found: TableFound, known: list[tuple[Release, Path | None]]) -> str:
    """The release on this machine whose table differs in the fewest rows."""
    assert found.table is not None
    mine = Counter(_lines(found.table, found.rows))
    best: tuple[int, str] | None = None
    # Of several that are as near, the newest that was not yanked.
    for release, folder in sorted(known, key=lambda pair: pair[0].status != "yanked"):
        rows = None if folder is None else _rows(folder, release, found.table)
        if rows is None:
            continue
        theirs = Counter(_lines(found.table, rows))
        more, fewer = (mine - theirs).total(), (theirs - mine).total()
        text = f"nearest: {release.label} ({_difference(more, fewer)})"
        if best is None or max(more, fewer) <= best[0]:
            best = max(more, fewer), text
    return best[1] if best else "no release is on this machine to compare it with"


def _difference(more: int, fewer: int) -> str:
    altered = min(more, fewer)
    parts = (
        (altered, "differs", "differ"),
        (more - altered, "is not in it", "are not in it"),
        (fewer - altered, "is missing", "are missing"),
    )
    told = [
        f"{n} {'row' if n == 1 else 'rows'} {one if n == 1 else many}"
        for n, one, many in parts
        if n
    ]
    return ", ".join(told)


def _lines(table: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    names = table_specs()[table].names
    for row in rows:
        yield ",".join(canonical_value(row[name]) for name in names)


def _rows(folder: Path, release: Release, table: str) -> list[dict[str, Any]] | None:
    try:
        require_intact(folder, release, "the registry")
    except InvalidData:
        return None  # what is damaged is near to nothing
    rows: list[dict[str, Any]] = whole_table(folder / f"{table}.parquet").to_pylist()
    return rows
