"""What the parts of a check of tables find, as they go along."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alignment_events.check.kept import Kept, Step
from alignment_events.check.messages import finding
from alignment_events.findings import Report

if TYPE_CHECKING:
    import polars as pl

CELLS, KEYS, REFERENCES, RULES_APPLIED = range(4)
"""The great steps of a check of tables, in order."""


@dataclass
class TableLedger:
    """Findings, and which rules were run on how many rows or skipped for what reason.

    Ledgers of parts of the same tables can be made and joined: the report is that of the whole.

    Attributes:
        files: Table name to the file that it was read from.
        rows: Table name to the number in the file of each row, where only some rows are at hand.
        heights: Table name to the number of rows that count as looked at, if not those at hand.
        kept: What was found.
        run: Code to the number of rows looked at.
        skipped: Code to the reason for which rows were not, and the step at which it arose.
        outside: How many links lead outside the tables that were given.
        step: The step at hand.
        said_of_keys: Asked before a finding about keys is noted: its table and row in the file; it is
            not noted if the answer is False.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, "pl.Series"] = field(default_factory=dict)
    heights: Mapping[str, int] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    run: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, tuple[Step, str]] = field(default_factory=dict)
    outside: int = 0
    step: Step = ()
    said_of_keys: Callable[[str, int | None], bool] | None = None

    def add(self, code: str, message: str, table: str, row: int | None, **more: Any) -> None:
        """Note a finding about a table."""
        if row is not None and table in self.rows:
            row = int(self.rows[table][row])
        self.add_numbered(code, message, table, row, **more)

    def add_numbered(
        self, code: str, message: str, table: str, row: int | None, **more: Any
    ) -> None:
        """Note a finding about a table, by the number of the row in the file."""
        of_keys = self.said_of_keys is not None and self.step[0] == KEYS
        if of_keys and self.said_of_keys is not None and not self.said_of_keys(table, row):
            return
        if not self.only_counts(code, table, row):
            self.note(code, message, table, row, **more)

    def note(self, code: str, message: str, table: str, row: int | None, **more: Any) -> None:
        """Note a finding likewise, of which `only_counts` was asked."""
        file = self.files.get(table)
        self.kept.put(self.step, finding(code, message, file=file, table=table, row=row, **more))

    def only_counts(self, code: str, table: str, row: int | None) -> bool:
        """True if a finding about a row of the file would only be counted; then it has been."""
        if self.kept.wants(code, table, self.step, row):
            return False
        self.kept.counts[code, table] += 1
        return True

    def numbers(self, table: str, height: int) -> "pl.Series":
        """The number in the file of each row at hand."""
        import polars as pl

        return self.rows.get(table, pl.Series(range(height), dtype=pl.Int64))

    def count(self, code: str, table: str, height: int) -> None:
        """Note that a rule was run on the rows of a table."""
        self.run[code] += self.heights.get(table, height)

    def skip(self, code: str, reason: str) -> None:
        """Note that a rule was skipped for some rows; the last reason stands."""
        if code not in self.skipped or self.skipped[code][0] <= self.step:
            self.skipped[code] = (self.step, reason)

    def part(self, rows: Mapping[str, "pl.Series"], heights: Mapping[str, int]) -> "TableLedger":
        """A ledger of some rows, which puts what is found with the rest; to be joined at the end."""
        return TableLedger(self.files, rows, heights, self.kept)

    def join(self, other: "TableLedger") -> None:
        """Take over what the ledger of a part of the tables says of rules."""
        for code, rows in other.run.items():
            self.run[code] += rows
        self.outside += other.outside
        for code, (step, reason) in other.skipped.items():
            self.step = step
            self.skip(code, reason)

    def report(self, rows_seen: Mapping[str, int]) -> Report:
        """The report of the check, with the findings in order."""
        skipped = {code: reason for code, (_, reason) in self.skipped.items()}
        if self.outside:
            skipped["AE402"] = f"{self.outside} links lead outside the tables that were given"
        return Report(
            findings=tuple(one for _, one in self.kept.found()),
            rows_seen=rows_seen,
            rules_run=dict(sorted(self.run.items())),
            rules_skipped=dict(sorted(skipped.items())),
            unlisted=self.kept.unlisted(),
        )
