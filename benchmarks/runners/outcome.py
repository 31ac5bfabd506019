"""What a runner hands back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ruleset import Unit


@dataclass
class Outcome:
    """What a tool was asked and what it found.

    Attributes:
        expressed: Rules that it was given.
        faults: Code and table to the numbers of the rows; empty if it names no rows.
        count: Number of faults that it counted, if it names no rows.
        names_rows: False if its report does not tell which rows are wrong.
    """

    expressed: list[Unit] = field(default_factory=list)
    faults: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    count: int = 0
    names_rows: bool = True

    def add(self, unit: Unit, rows: Iterable[int]) -> None:
        """Note faults of a rule."""
        self.faults.setdefault((unit.code, unit.table), set()).update(map(int, rows))


def file_of(folder: Path, table: str) -> Path:
    """The Parquet file of a table."""
    return folder / f"{table}.parquet"
