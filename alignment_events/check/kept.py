"""How many findings of one sort are listed: the first; the rest is counted, and handed on if asked."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from alignment_events.findings import Finding, Report

Step = tuple[int, ...]
"""Place of a step in the order of a check; findings come in that order, and within a step by row."""

MAX_LISTED = 10_000
"""Findings of one code in one table that are listed: with more, it is one mistake many times."""
MAX_LISTED_OF_FILE = 1_000
"""Findings of one code in one file (and table) of a contribution that are listed.

Fewer than of tables of Parquet: each has its line looked up and is read by people, who mend the file
and check it again."""
MAX_KEPT = 100_000
"""Findings that are listed in all, beyond the first of each code and table."""
ALWAYS_KEPT = 100
"""Findings of one code in one table that are listed however many others there are."""


@dataclass
class Kept:
    """Findings as they come: all are counted, a bounded number kept, the rest handed on.

    Attributes:
        overflow: Takes what is not kept; None if it is to be counted only.
        found: What is kept, each with the step at which it was found.
        counts: Code and table to the number of findings.
    """

    overflow: Callable[[Finding], None] | None = None
    found: list[tuple[Step, Finding]] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _listed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def wants(self, code: str, table: str) -> bool:
        """True if the next finding of the sort is to be made; if not, counting it is enough."""
        return self.overflow is not None or self._has_place(code, table)

    def _has_place(self, code: str, table: str) -> bool:
        count = self.counts[code, table]
        return count < ALWAYS_KEPT or (count < MAX_LISTED and len(self.found) < MAX_KEPT)

    def put(self, step: Step, one: Finding) -> None:
        """Take a finding."""
        sort = one.code, one.table or ""
        if self._has_place(*sort):
            self.found.append((step, one))
            self._listed[sort] += 1
        elif self.overflow is not None:
            self.overflow(one)
        self.counts[sort] += 1

    def join(self, found: Iterable[tuple[Step, Finding]], counts: Counter[tuple[str, str]]) -> None:
        """Take what another has kept, and count what it has not."""
        rest = counts.copy()
        for step, one in found:
            self.put(step, one)
            rest[one.code, one.table or ""] -= 1
        self.counts.update(rest)

    def unlisted(self) -> dict[str, dict[str, int]]:
        """Code to table to the number of findings that are not kept."""
        found: dict[str, dict[str, int]] = {}
        for (code, table), count in sorted((self.counts - self._listed).items()):
            found.setdefault(code, {})[table] = count
        return found


def first_of_each(report: Report, overflow: Callable[[Finding], None] | None = None) -> Report:
    """The report on a contribution with the first findings of each code in each file and table.

    First are those that stand first in the file, whatever the order in which they were found. What
    is left out is counted. Findings in Parquet files stay: their tables have the larger bound.

    Args:
        report: The report with all that was found, and what was counted only.
        overflow: Takes what is not listed; None if it is to be counted only.
    """
    sorts: dict[tuple[str, str | None, str | None], list[int]] = {}
    for number, one in enumerate(report.findings):
        if one.file is None or not one.file.endswith(".parquet"):
            sorts.setdefault((one.code, one.file, one.table), []).append(number)
    full = {sort: all_of for sort, all_of in sorts.items() if len(all_of) > MAX_LISTED_OF_FILE}
    if not full:
        return report
    unlisted = {code: Counter(tables) for code, tables in report.unlisted.items()}
    left_out: set[int] = set()
    for (code, _, table), numbers in full.items():
        numbers.sort(key=lambda n: _place(report.findings[n]))
        left_out.update(numbers[MAX_LISTED_OF_FILE:])
        count = len(numbers) - MAX_LISTED_OF_FILE
        unlisted.setdefault(code, Counter())[table or ""] += count
    if overflow is not None:
        for number in sorted(left_out):
            overflow(report.findings[number])
    return replace(
        report,
        findings=tuple(one for n, one in enumerate(report.findings) if n not in left_out),
        unlisted={code: dict(tables) for code, tables in sorted(unlisted.items())},
    )


def _place(one: Finding) -> tuple[int, int]:
    # Cells of workbooks, and rows, come in order of reading, which sorting keeps.
    return one.line or 0, one.column or 0
