"""The releases of a dataset as `ae.releases` shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from alignment_events.registry import Release, Status


@dataclass(frozen=True)
class Available:
    """A release and where it can be had.

    Attributes:
        release: Its entry in the registry.
        here: Places on this machine that hold it.
        mirrors: Addresses of mirrors that list it.
    """

    release: Release
    here: tuple[str, ...] = ()
    mirrors: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Version of the data."""
        return self.release.version

    @property
    def date(self) -> str:
        """Day of the release."""
        return self.release.date

    @property
    def status(self) -> Status:
        """`current`, `superseded` or `yanked`."""
        return self.release.status

    @property
    def reason(self) -> str | None:
        """Why it was yanked."""
        return self.release.reason

    @property
    def digest(self) -> str:
        """Content digest of the dataset, `sha256:…`."""
        return self.release.digest

    @property
    def where(self) -> str:
        """Where it can be had, in words."""
        places = [place.partition(" (")[0] for place in self.here]
        return ", ".join([*places, *self.mirrors]) or "not here, and on no mirror that was asked"

    def __repr__(self) -> str:
        return f"<Release {self.release.label}, {self.date}, {self.status}>"


class Releases(tuple[Available, ...]):
    """Releases of a dataset, oldest first; `problems` says which mirrors could not be asked."""

    problems: tuple[str, ...]

    def __new__(cls, found: Iterable[Available], *, problems: tuple[str, ...] = ()) -> "Releases":
        """A tuple of releases."""
        self = super().__new__(cls, found)
        self.problems = problems
        return self

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (a.version, a.date, a.status, a.digest[:19] + "…", a.where, a.reason or "")
            for a in self
        ]

    def __repr__(self) -> str:
        header = ("version", "date", "status", "digest", "where", "")
        rows = [header, *self._rows()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, *(f"not asked: {problem}" for problem in self.problems)])

    def _repr_html_(self) -> str:
        from alignment_events.report.notebook import table_html

        header = ("version", "date", "status", "digest", "where", "reason")
        name = self[0].release.dataset if self else ""
        return table_html(header, self._rows(), f"releases of {name}")
