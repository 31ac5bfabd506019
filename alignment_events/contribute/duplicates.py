"""Records that may be of the same event: same actors, close dates, similar title."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alignment_events.model import dates
from alignment_events.model.events import BaseRecord

CLOSE = dt.timedelta(days=3)
"""Days by which accounts of one event commonly differ."""

SIMILAR = 60.0
"""Likeness of two titles, of 100, from which they may mean the same event."""


@dataclass(frozen=True)
class Likeness:
    """Two records that may be of one event, and how alike their titles are."""

    new: BaseRecord
    old: BaseRecord
    score: float


def likely_duplicates(new: Sequence[BaseRecord], there: Iterable[BaseRecord]) -> Iterator[Likeness]:
    """For each new record, those of the dataset and those before it that may be of the same event."""
    by_kind: dict[str, list[BaseRecord]] = defaultdict(list)
    for record in there:
        by_kind[_kind(record)].append(record)
    for record in new:
        found = [
            Likeness(record, old, score)
            for old in by_kind[_kind(record)]
            if (score := likeness(record, old)) >= SIMILAR
        ]
        yield from sorted(found, key=lambda one: -one.score)
        by_kind[_kind(record)].append(record)


def likeness(a: BaseRecord, b: BaseRecord) -> float:
    """How alike the titles are, of 100; 0 unless kind, actors and dates are those of one event."""
    from rapidfuzz import fuzz

    if a.id == b.id or _kind(a) != _kind(b) or not _same_actors(a, b) or not _close(a, b):
        return 0.0
    return max(
        fuzz.token_sort_ratio(_words(a.title), _words(b.title)),
        fuzz.token_sort_ratio(_words(a.summary), _words(b.summary)),
    )


def _kind(record: BaseRecord) -> str:
    return str(getattr(record, "kind", ""))


def _words(text: str) -> str:
    return "".join(c if c.isalnum() else " " for c in text.casefold())


def _same_actors(a: BaseRecord, b: BaseRecord) -> bool:
    """True if one names no actor that the other does not: a coder may have left some out."""
    ours, theirs = ({p.actor for p in record.participants} for record in (a, b))
    return (ours <= theirs or theirs <= ours) and _same_voice(a, b)


def _same_voice(a: BaseRecord, b: BaseRecord) -> bool:
    """False if different actors speak: a message and its answer have much the same words."""
    ours, theirs = (
        {p.actor for p in record.participants if p.role == "speaker"} for record in (a, b)
    )
    return bool(ours & theirs) or not ours or not theirs


def _close(a: BaseRecord, b: BaseRecord) -> bool:
    (start, end), (first, last) = _span(a), _span(b)
    return start - CLOSE <= last and first - CLOSE <= end


def _span(record: BaseRecord) -> tuple[dt.date, dt.date]:
    start, end = dates.span(record.date.start, record.date.end)
    return start, dates.LAST_DAY - CLOSE if record.date.ongoing else end


def side_by_side(one: Likeness, width: int = 100) -> list[str]:
    """Both records in two columns, for a person to decide."""
    import textwrap

    half = (width - 3) // 2
    lines = []
    for name, ours, theirs in zip(_NAMES, _facts(one.new), _facts(one.old), strict=True):
        left = textwrap.wrap(f"{name}: {ours}", half) or [""]
        right = textwrap.wrap(f"{name}: {theirs}", half) or [""]
        for number in range(max(len(left), len(right))):
            a = left[number] if number < len(left) else ""
            b = right[number] if number < len(right) else ""
            lines.append(f"{a:{half}} | {b}".rstrip())
    return lines


_NAMES = ("id", "title", "date", "actors", "summary", "sources")


def _facts(record: BaseRecord) -> tuple[str, ...]:
    end = f" to {record.date.end}" if record.date.end else ""
    return (
        record.id,
        record.title,
        f"{record.date.start}{end} ({record.date.precision.value})",
        ", ".join(f"{p.actor} {p.role.value}" for p in record.participants),
        record.summary,
        ", ".join(source.url for source in record.sources[:2]),
    )
