"""What the parts of one check find, as they go along."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alignment_events.check.messages import finding
from alignment_events.findings import Finding, Report

FAULTY_INPUT = "a value that the rule needs has a fault of its own"
"""Why a rule was skipped for a row."""


MAX_LISTED = 10_000
"""Findings of one sort in one table that are listed: with more, it is one mistake many times."""


@dataclass
class Ledger:
    """Findings, and which rules were run on how many rows or skipped for what reason.

    Attributes:
        files: Table name to the file that it was read from.
        findings: What was found.
        run: Code to the number of rows looked at.
        skipped: Code to the reason for which rows were not.
        listed: Code and table to the number of findings so far.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    run: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)
    listed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, code: str, message: str, table: str, row: int | None, **more: Any) -> None:
        """Note a finding about a table."""
        self.listed[code, table] += 1
        if self.listed[code, table] <= MAX_LISTED:
            file = self.files.get(table)
            self.findings.append(finding(code, message, file=file, table=table, row=row, **more))
        elif self.listed[code, table] == MAX_LISTED + 1:
            self.findings[-1] = not_listed(self.findings[-1], f"more findings of {code}")

    def report(self, findings: list[Finding], rows_seen: Mapping[str, int]) -> Report:
        """The report of the check, with the findings in the order given."""
        return Report(
            findings=tuple(findings),
            rows_seen=rows_seen,
            rules_run=dict(sorted(self.run.items())),
            rules_skipped=dict(sorted(self.skipped.items())),
        )


def not_listed(last: Finding, what: str) -> Finding:
    """The last finding that is listed, with the remark that it is not the last there is."""
    return last.at(hint=f"{last.hint or ''} (Not listed: {what}; mend these first.)".strip())
