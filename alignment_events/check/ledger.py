"""What the parts of one check find, as they go along."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from alignment_events.findings import Finding, Report

FAULTY_INPUT = "a value that the rule needs has a fault of its own"
"""Why a rule was skipped for a row."""


@dataclass
class Ledger:
    """Findings, and which rules were run on how many rows or skipped for what reason.

    Attributes:
        files: Table name to the file that it was read from.
        findings: What was found.
        run: Code to the number of rows looked at.
        skipped: Code to the reason for which rows were not.
        unlisted: Code to the number of findings that were counted and not made.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    run: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)
    unlisted: Counter[str] = field(default_factory=Counter)

    def report(self, findings: list[Finding], rows_seen: Mapping[str, int]) -> Report:
        """The report of the check, with the findings in the order given."""
        return Report(
            findings=tuple(findings),
            rows_seen=rows_seen,
            rules_run=dict(sorted(self.run.items())),
            rules_skipped=dict(sorted(self.skipped.items())),
            unlisted={code: {"": count} for code, count in sorted(self.unlisted.items())},
        )
