"""What the parts of a check of tables find, as they go along."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from alignment_events.check.ledger import MAX_LISTED, not_listed
from alignment_events.check.messages import finding
from alignment_events.findings import Finding, Report

Step = tuple[int, ...]
"""Place of a step in the order of a check; findings come in that order, and within a step by row."""


CELLS, KEYS, REFERENCES, RULES_APPLIED = range(4)
"""The great steps of a check of tables, in order."""


@dataclass
class TableLedger:
    """Findings, and which rules were run on how many rows or skipped for what reason.

    Several ledgers of parts of the same tables can be joined: the report is then that of the whole.

    Attributes:
        files: Table name to the file that it was read from.
        rows: Table name to the number in the file of each row, where only some rows are at hand.
        heights: Table name to the number of rows that count as looked at, if not those at hand.
        found: What was found, each with the step at which it was.
        run: Code to the number of rows looked at.
        skipped: Code to the reason for which rows were not, and the step at which it arose.
        outside: How many links lead outside the tables that were given.
        step: The step at hand.
        listed: Code and table to the number of findings so far.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, pl.Series] = field(default_factory=dict)
    heights: Mapping[str, int] = field(default_factory=dict)
    found: list[tuple[Step, Finding]] = field(default_factory=list)
    run: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, tuple[Step, str]] = field(default_factory=dict)
    outside: int = 0
    step: Step = ()
    listed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, code: str, message: str, table: str, row: int | None, **more: Any) -> None:
        """Note a finding about a table."""
        if row is not None and table in self.rows:
            row = int(self.rows[table][row])
        self.add_numbered(code, message, table, row, **more)

    def add_numbered(
        self, code: str, message: str, table: str, row: int | None, **more: Any
    ) -> None:
        """Note a finding about a table, by the number of the row in the file."""
        self.listed[code, table] += 1
        if self.listed[code, table] <= MAX_LISTED:
            file = self.files.get(table)
            self.put(finding(code, message, file=file, table=table, row=row, **more))
        elif self.listed[code, table] == MAX_LISTED + 1:
            step, last = self.found[-1]
            self.found[-1] = step, not_listed(last, f"more findings of {code}")

    def numbers(self, table: str, height: int) -> pl.Series:
        """The number in the file of each row at hand."""
        return self.rows.get(table, pl.Series(range(height), dtype=pl.Int64))

    def count(self, code: str, table: str, height: int) -> None:
        """Note that a rule was run on the rows of a table."""
        self.run[code] += self.heights.get(table, height)

    def put(self, *findings: Finding) -> None:
        """Note findings that are complete."""
        self.found += [(self.step, one) for one in findings]

    def skip(self, code: str, reason: str) -> None:
        """Note that a rule was skipped for some rows; the last reason stands."""
        if code not in self.skipped or self.skipped[code][0] <= self.step:
            self.skipped[code] = (self.step, reason)

    def join(self, other: "TableLedger") -> None:
        """Take over all that the ledger of another part of the tables holds."""
        self.found += other.found
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
        in_order = sorted(self.found, key=lambda found: (found[0], found[1].row or 0))
        return Report(
            findings=tuple(one for _, one in in_order),
            rows_seen=rows_seen,
            rules_run=dict(sorted(self.run.items())),
            rules_skipped=dict(sorted(skipped.items())),
        )
