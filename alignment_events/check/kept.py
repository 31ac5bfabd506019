"""How many findings of one sort are listed: the first; the rest is counted, and handed on if asked."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from operator import itemgetter

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
"""Findings that are listed in all: of sorts with many, equally many each."""
ALWAYS_KEPT = 100
"""Findings of one code in one table that are listed however many others there are."""


Key = tuple[Step, int, str, str, str]
"""By what findings stand in order: step, row, code, field, message."""


def order_of(step: Step, one: Finding) -> Key:
    """The place of a finding among all, whatever finds it first."""
    return step, one.row or 0, one.code, one.field or "", one.message


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles among objects meanwhile, where most that is made is kept.

    Each look goes over all that there is: beside ten thousands of findings, it takes as long as they do.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass
class _Sort:
    """Findings of one code in one table; beyond the bar are none that are listed."""

    found: list[tuple[Key, Finding]] = field(default_factory=list)
    bar: Key | None = None

    def cut(self, most: int) -> list[Finding]:
        """Keep the first, and return the others."""
        if len(self.found) <= most:
            return []
        self.found.sort(key=itemgetter(0))
        rest = [one for _, one in self.found[most:]]
        del self.found[most:]
        self.bar = self.found[-1][0]
        return rest


@dataclass
class Kept:
    """Findings as they come: all are counted, a bounded number kept, the rest handed on.

    Kept are the first of each sort by their place, as many of each as there is room for in all: which
    they are does not depend on the order in which they come, nor on who has found them.

    Attributes:
        overflow: Takes what is not kept; None if it is to be counted only.
        counts: Code and table to the number of findings.
    """

    overflow: Callable[[Finding], None] | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _sorts: dict[tuple[str, str], _Sort] = field(default_factory=dict)
    _held: int = 0
    _room: int = field(default_factory=lambda: 2 * MAX_KEPT)

    def wants(self, code: str, table: str, step: Step, row: int | None) -> bool:
        """True if a finding at that place is to be made; if not, counting it is enough."""
        sort = self._sorts.get((code, table))
        return (
            self.overflow is not None
            or sort is None
            or sort.bar is None
            or (step, row or 0) <= sort.bar[:2]
        )

    def put(self, step: Step, one: Finding) -> None:
        """Take a finding."""
        name = one.code, one.table or ""
        self.counts[name] += 1
        sort = self._sorts.get(name)
        if sort is None:
            sort = self._sorts[name] = _Sort()
        key = order_of(step, one)
        if sort.bar is not None and key >= sort.bar:
            self._hand_on([one])
            return
        sort.found.append((key, one))
        self._held += 1
        if len(sort.found) > 2 * MAX_LISTED:
            self._cut([sort], MAX_LISTED)
        if self._held > self._room:
            self._cut(self._sorts.values(), self._of_each())
            self._room = max(self._room, 2 * self._held)

    def _cut(self, sorts: Iterable[_Sort], most: int) -> None:
        for sort in sorts:
            rest = sort.cut(most)
            self._held -= len(rest)
            self._hand_on(rest)

    def _hand_on(self, rest: Iterable[Finding]) -> None:
        if self.overflow is not None:
            for one in rest:
                self.overflow(one)

    def _of_each(self) -> int:
        """How many of each sort there is room for; never more as more are found."""
        left = MAX_KEPT
        sizes = sorted(min(count, MAX_LISTED) for count in self.counts.values())
        for place, size in enumerate(sizes):
            share = left // (len(sizes) - place)
            if size > share:
                return max(ALWAYS_KEPT, share)
            left -= size
        return MAX_LISTED

    def found(self) -> list[tuple[Step, Finding]]:
        """What is kept of all that was found, in order, each with the step at which it was found."""
        self._cut(self._sorts.values(), self._of_each())
        kept = [pair for sort in self._sorts.values() for pair in sort.found]
        with uncollected():
            return [(key[0], one) for key, one in sorted(kept, key=itemgetter(0))]

    def join(self, found: Iterable[tuple[Step, Finding]], counts: Counter[tuple[str, str]]) -> None:
        """Take what another has kept, and count what it has not."""
        rest = counts.copy()
        for step, one in found:
            self.put(step, one)
            rest[one.code, one.table or ""] -= 1
        self.counts.update(rest)

    def unlisted(self) -> dict[str, dict[str, int]]:
        """Code to table to the number of findings that are not kept."""
        self._cut(self._sorts.values(), self._of_each())
        listed = Counter({name: len(sort.found) for name, sort in self._sorts.items()})
        found: dict[str, dict[str, int]] = {}
        for (code, table), count in sorted((self.counts - listed).items()):
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
