"""Records that may be of the same event.

Asked is rather too often than too seldom: two coders word a title differently, and one names an
agency where the other names its state. What tells events apart was tried on 148 accounts that two
coders made one record of each: it parts three of them. Of the records of china-russia-dprk, each
added to the others, 6 in 100 were asked about, 16 without it, both of the data on which it was
chosen; 8 in 100 are since receptions by leaders stand beside the visits that they were part of.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from alignment_events.model import dates
from alignment_events.model.events import BaseRecord
from alignment_events.model.forms import SLUG
from alignment_events.model.parts import Participant

CLOSE = dt.timedelta(days=3)
"""Days by which accounts of one event commonly differ."""

PERSONS = 2
"""Persons in both records from which they may mean the same event, whatever their words."""

_CONCERNED = ("forum", "target", "controller", "affected", "promisee")
"""Roles of those that do not act themselves."""

SIMILAR = 60.0
"""Likeness of two titles, of 100, from which they may mean the same event."""


@dataclass(frozen=True)
class Likeness:
    """Two records that may be of one event, why, and how alike their titles are, of 100."""

    new: BaseRecord
    old: BaseRecord
    score: float
    why: str


def likely_duplicates(new: Sequence[BaseRecord], there: Iterable[BaseRecord]) -> Iterator[Likeness]:
    """For each new record, those of the dataset and those before it that may be of the same event."""
    by_kind: dict[str, list[BaseRecord]] = defaultdict(list)
    for record in there:
        by_kind[_kind(record)].append(record)
    for record in new:
        found = [one for old in by_kind[_kind(record)] if (one := likeness(record, old))]
        yield from sorted(found, key=lambda one: -one.score)
        by_kind[_kind(record)].append(record)


def likeness(new: BaseRecord, old: BaseRecord) -> Likeness | None:
    """Why two records may be of one event, or None.

    They are of one kind, no different actor speaks in them, and on days that overlap they share a
    source's address or two persons, or within some days the same states have a similar title.
    What is coded must not tell them apart.
    """
    if new.id == old.id or _kind(new) != _kind(old) or not _close(new, old):
        return None
    if not _same_voice(new, old) or _told_apart(new, old):
        return None
    score, reasons = _title_score(new, old), []
    if _overlap(new, old):
        if _addresses(new) & _addresses(old):
            reasons.append("the same source")
        if len(_persons(new) & _persons(old)) >= PERSONS:
            reasons.append("the same persons")
    # Words alone say little where others met: Xi calls Putin as Wang Yi calls Lavrov.
    alike = score >= SIMILAR and _same_states(new, old)
    if alike and (reasons or not _other_persons(new, old)):
        reasons.append("the same states and similar words")
    return Likeness(new, old, score, ", ".join(reasons)) if reasons else None


def _title_score(a: BaseRecord, b: BaseRecord) -> float:
    from rapidfuzz import fuzz

    return max(
        fuzz.token_sort_ratio(_words(a.title), _words(b.title)),
        fuzz.token_sort_ratio(_words(a.summary), _words(b.summary)),
    )


def _addresses(record: BaseRecord) -> set[str]:
    return {source.url.rstrip("/") for source in record.sources}


def _persons(record: BaseRecord) -> set[str]:
    return {p.person.casefold() for p in record.participants if p.person}


def _kind(record: BaseRecord) -> str:
    return str(getattr(record, "kind", ""))


def _words(text: str) -> str:
    return "".join(c if c.isalnum() else " " for c in text.casefold())


def _state(actor: str) -> str:
    """The state that an agency's code begins with; the code itself if it is of no agency."""
    return actor.partition("_")[0]


def _same_states(a: BaseRecord, b: BaseRecord) -> bool:
    """True if one names no state that the other does not: a coder may have left some out."""
    ours, theirs = ({_state(p.actor) for p in record.participants} for record in (a, b))
    return ours <= theirs or theirs <= ours


def _same_voice(a: BaseRecord, b: BaseRecord) -> bool:
    """False if different actors speak: a message and its answer have much the same words."""
    ours, theirs = (
        {_state(p.actor) for p in record.participants if p.role == "speaker"} for record in (a, b)
    )
    return bool(ours & theirs) or not ours or not theirs


def _told_apart(a: BaseRecord, b: BaseRecord) -> bool:
    """True if two coders of one event would hardly differ so.

    One of them may well choose another subtype, or another day, but hardly both; and where agencies
    of a state act, hardly others altogether.
    """
    if _subtype(a) != _subtype(b) and (
        a.date.start != b.date.start
        or _principals(a) != _principals(b)
        or not set(a.themes) & set(b.themes)
    ):
        return True
    countries = {r.place.country for r in (a, b) if r.place and r.place.country}
    if len(countries) > 1:
        return True
    return _apart(_by_state(a, _agency), _by_state(b, _agency))


def _other_persons(a: BaseRecord, b: BaseRecord) -> bool:
    """True if persons of the registry act for a state in both, and none of them in common."""
    return _apart(_by_state(a, _registered), _by_state(b, _registered))


def _apart(ours: dict[str, set[str]], theirs: dict[str, set[str]]) -> bool:
    common = ours.keys() & theirs.keys()
    return bool(common) and not any(ours[state] & theirs[state] for state in common)


def _by_state(record: BaseRecord, of: Callable[[Participant], str | None]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for participant in record.participants:
        if (name := of(participant)) is not None:
            found[_state(participant.actor)].add(name)
    return found


def _agency(participant: Participant) -> str | None:
    return participant.actor if _state(participant.actor) != participant.actor else None


def _registered(participant: Participant) -> str | None:
    """The id of a person; a name as it is may be spelt otherwise elsewhere."""
    person = participant.person
    return person if person and SLUG.compiled.fullmatch(person) else None


def _principals(record: BaseRecord) -> set[str]:
    """The states that act, not those that are there or concerned."""
    return {_state(p.actor) for p in record.participants if p.role not in _CONCERNED}


def _subtype(record: BaseRecord) -> str:
    return str(getattr(record, "subtype", ""))


def _close(a: BaseRecord, b: BaseRecord) -> bool:
    (start, end), (first, last) = _span(a), _span(b)
    return start - CLOSE <= last and first - CLOSE <= end


def _overlap(a: BaseRecord, b: BaseRecord) -> bool:
    """True if a day written is common to both; what goes on would overlap all that comes after."""
    (start, end), (first, last) = (dates.span(r.date.start, r.date.end) for r in (a, b))
    return start <= last and first <= end


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
