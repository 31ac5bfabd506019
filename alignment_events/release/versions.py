"""Which version a change of the data requires: the rules, what they found, and the number."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from alignment_events.findings import AlignmentEventsError
from alignment_events.model.codes import CoverageStatus
from alignment_events.release.diff import Diff


class Bump(IntEnum):
    """Which number of the version rises."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        """The word for it."""
        return self.name.lower()


RULES: tuple[tuple[Bump, str], ...] = (
    (Bump.MAJOR, "a record became one of another kind"),
    (Bump.MAJOR, "coverage was cut: a pair, kind and period is searched less completely"),
    (Bump.MAJOR, "a table, column or code was removed, or a column changed its type"),
    (Bump.MINOR, "records were added"),
    (Bump.MINOR, "a column was filled for the first time"),
    (Bump.MINOR, "coverage was extended"),
    (Bump.MINOR, "a table, column or code was added"),
    (Bump.PATCH, "records were withdrawn and leave a tombstone"),
    (Bump.PATCH, "records, sources, registries, codings or definitions were corrected or added to"),
)
"""What raises which number, highest first; the table in the README is made of this."""

(
    _KIND, _COVERAGE_CUT, _REMOVED, _RECORDS, _FILLED, _COVERAGE_MORE, _ADDED, _WITHDRAWN, _OTHER,
) = RULES  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """One rule that applies, and what it found."""

    bump: Bump
    sentence: str
    found: str


@dataclass(frozen=True)
class Verdict:
    """The version that a change requires.

    Attributes:
        bump: Which number rises by the rules.
        reasons: Why, weightiest first.
        version: The lowest version that the next release may have.
        early: True if the major version is 0, so that the number after rises.
    """

    bump: Bump
    reasons: tuple[Reason, ...]
    version: str
    early: bool


def numbers(version: str) -> tuple[int, int, int]:
    """The three numbers of a version of a release.

    Raises:
        AlignmentEventsError: If it is not written as `0.1.0`.
    """
    parts = version.split(".")
    sound = len(parts) == 3 and all(
        part.isascii() and part.isdigit() and str(int(part)) == part and len(part) < 5
        for part in parts
    )
    if not sound:
        raise AlignmentEventsError(
            f"“{version[:40]}” is no version of a release; write three numbers such as 0.1.0."
        )
    major, minor, patch = map(int, parts)
    return major, minor, patch


def bumped(version: str, bump: Bump) -> str:
    """The version after a change; while the first number is 0, the number after rises instead."""
    major, minor, patch = numbers(version)
    if bump is Bump.NONE:
        return version
    if major == 0:
        bump = Bump(max(bump - 1, Bump.PATCH))
    if bump is Bump.MAJOR:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if bump is Bump.MINOR else f"{major}.{minor}.{patch + 1}"


def required(diff: Diff) -> Verdict:
    """What the rules say about a difference."""
    reasons = tuple(sorted(_reasons(diff), key=lambda reason: -reason.bump))
    bump = reasons[0].bump if reasons else Bump.NONE
    version = bumped(diff.old.version, bump)
    return Verdict(bump, reasons, version, early=numbers(diff.old.version)[0] == 0)


def _reasons(diff: Diff) -> Iterator[Reason]:
    if other := [r.record_id for r in diff.changed if any(f.field == "kind" for f in r.fields)]:
        yield Reason(*_KIND, _some(other))
    yield from _coverage(diff)
    yield from _columns(diff)
    yield from _codes(diff)
    if diff.added:
        yield Reason(*_RECORDS, f"{len(diff.added)}")
    if filled := list(_filled(diff)):
        yield Reason(*_FILLED, _some(filled))
    if diff.withdrawn:
        yield Reason(*_WITHDRAWN, _some([line.record_id for line in diff.withdrawn]))
    rest = [table.table for table in diff.tables if table.changed or table.added or table.removed]
    if rest or diff.old.cutoff != diff.new.cutoff:
        yield Reason(*_OTHER, f"in {', '.join(rest) or 'the cutoff'}")


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _columns(diff: Diff) -> Iterator[Reason]:
    removed, added = [], []
    for table in diff.tables:
        for change in table.columns:
            name = f"{table.table}.{change.column}"
            if change.old is None:
                added.append(name)
            else:
                removed.append(name if change.new is None else f"{name} ({change.new})")
    if removed:
        yield Reason(*_REMOVED, _some(removed))
    if added:
        yield Reason(*_ADDED, _some(added))


def _codes(diff: Diff) -> Iterator[Reason]:
    table = diff.table("vocabularies")
    for rule, rows in ((_REMOVED, table.removed), (_ADDED, table.added)):
        if rows:
            yield Reason(*rule, _some([f"{row['vocabulary']} {row['code']}" for row in rows]))


def _filled(diff: Diff) -> Iterator[str]:
    """Columns that were empty in every row before, and are no more."""
    for table in diff.tables:
        old, new = (side.tables.get(table.table) for side in (diff.old, diff.new))
        if old is None or new is None or not old.num_rows:
            continue
        for column in old.schema.names:
            if column in new.schema.names:
                before, after = old[column], new[column]
                if before.null_count == len(before) and after.null_count < len(after):
                    yield f"{table.table}.{column}"


# --- Coverage ---------------------------------------------------------------------------------

_RANK = {code.value: rank for rank, code in enumerate(reversed(list(CoverageStatus)))}
_ONE_DAY = dt.timedelta(days=1)


def _coverage(diff: Diff) -> Iterator[Reason]:
    if not diff.table("coverage"):
        return
    for rule, before, after in (
        (_COVERAGE_CUT, diff.old, diff.new),
        (_COVERAGE_MORE, diff.new, diff.old),
    ):
        others = after.rows("coverage")
        less = [_named(row) for row in before.rows("coverage") if not _as_complete(row, others)]
        if less:
            yield Reason(*rule, _some(less, 3))


def _pair(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["actor_a"], row["actor_b"], row["kind"]


def _named(row: Mapping[str, Any]) -> str:
    actors = "–".join(filter(None, (row["actor_a"], row["actor_b"])))
    return f"{actors} {row['kind']} {row['period_start']} to {row['period_end']}"


def _as_complete(row: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> bool:
    """True if every day of a row is covered at least as completely by the others."""
    rank = _RANK[row["coverage"]]
    if rank == min(_RANK.values()):  # not looked for at all: nothing to lose
        return True
    spans = sorted(
        (other["period_start"], other["period_end"])
        for other in others
        if _pair(other) == _pair(row) and _RANK[other["coverage"]] >= rank
    )
    day = row["period_start"]
    for start, end in spans:
        if start <= day <= end:
            day = end + _ONE_DAY
    return bool(day > row["period_end"])
