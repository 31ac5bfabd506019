"""Random records, generated from the specification: sound in shape, not in the rules."""

import datetime as dt
import random
from typing import Any

from hypothesis import strategies as st

from alignment_events.model import dates
from alignment_events.model.events import Record, record_adapter
from alignment_events.model.ids import mint_id
from alignment_events.spec.ir import FieldSpec, PartSpec
from alignment_events.spec.records import all_vocabularies, record_specs

ACTORS = ("ARC", "BOR", "CAL", "ARC_GRAIN")
_SAMPLES = {
    "text": (
        "Arcadia, visited",
        "Çà “et” là",
        "北京會談 %s",
        "x",
        "NULL",
        "line; with ; marks",
        "0",
    ),
    "slug": ("one", "one-two-3"),
    "actor code": ACTORS,
    "country code": ("ARC", "BOR"),
    "coder name": ("coder-1", "coder-2"),
    "person": ("ada-arden", "Bo Berg", "김정은"),
    "web address": ("https://a.example/b?c=d&e", "http://пример.example/"),
    "language tag": ("en", "zh-Hans", "und"),
    "version": ("0.1", "1.2.3"),
    "scheme": ("ATOP", "UNTS"),
}
_DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2035, 12, 31))


def _ids() -> tuple[str, ...]:
    draw = random.Random(7)
    found: list[str] = []
    while len(found) < 6:
        found.append(mint_id(found, draw=draw.randrange))
    return tuple(found)


IDS = _ids()


@st.composite
def nested_records(draw: st.DrawFn, record_id: str | None = None) -> dict[str, Any]:
    """A nested record of any kind."""
    kind = draw(st.sampled_from(list(record_specs())))
    record = draw(_part(record_specs()[kind]))
    record["id"] = record_id or draw(st.sampled_from(IDS))
    for number, source in enumerate(record.get("sources", ())):
        source["id"] = f"s{number + 1}"
    for claim in record.get("claims", ()):
        claim["source"] = "s1"
    record["links"] = _distinct(record.get("links", ()), "type", "to")
    record["external_ids"] = _distinct(record.get("external_ids", ()), "scheme", "value")
    return record


def _distinct(items: Any, *keys: str) -> list[Any]:
    return list({tuple(item[key] for key in keys): item for item in items}.values())


@st.composite
def datasets(draw: st.DrawFn) -> list[Record]:
    """A few records with ids of their own, which may link to each other."""
    ids = draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True))
    return [record_adapter.validate_python(draw(nested_records(one))) for one in ids]


@st.composite
def _part(draw: st.DrawFn, part: PartSpec) -> dict[str, Any]:
    if part.name == "DateSpan":
        return draw(_date_spans())
    if part.name == "Stage":
        return draw(_stages())
    found = {}
    for spec in part.fields:
        if spec.required or spec.items is not None or draw(st.booleans()):
            found[spec.name] = draw(_field(spec))
    return found


def _field(spec: FieldSpec) -> st.SearchStrategy[Any]:
    if spec.items is not None:
        most = min(spec.items.most, 3)
        unique = {"unique": True} if spec.part is None else {}
        if spec.name == "supports":
            return st.lists(st.sampled_from(PATHS), min_size=1, max_size=3, unique=True)
        return st.lists(_value(spec), max_size=most, **unique)
    return _value(spec)


PATHS = ("core", "date", "participants/1", "participants/2/role", "stages/signed",
         "stages/ratified/ARC", "observations/1/quantity", "weather")  # fmt: skip


def _value(spec: FieldSpec) -> st.SearchStrategy[Any]:
    if spec.constant is not None:
        return st.just(spec.constant)
    if spec.part is not None:
        return _part(spec.part)
    if spec.name == "field":
        return st.sampled_from(PATHS)
    if spec.vocabulary is not None:
        return st.sampled_from(all_vocabularies()[spec.vocabulary].values)
    if spec.form is not None:
        return st.sampled_from(_SAMPLES.get(spec.form.name, ("s1",)))
    if spec.between is not None:
        low, high = spec.between.low, min(spec.between.high, 1e6)
        return st.floats(low, high, allow_nan=False).map(lambda number: round(number, 3) + 0.0)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "id": st.sampled_from(IDS),
        "day": _DAYS,
        "flag": st.booleans(),
        "partial_date": _DAYS.map(lambda day: day.isoformat()),
    }
    return simple[spec.type]


@st.composite
def _date_spans(draw: st.DrawFn) -> dict[str, Any]:
    precision = draw(st.sampled_from(list(dates.NOUNS)))
    days = draw(st.lists(_DAYS, min_size=1, max_size=2))
    start, *end = (dates.written(day, dates.NOUNS[precision]) for day in sorted(days))
    span: dict[str, Any] = {"start": start, "precision": precision}
    if draw(st.booleans()):
        span["ongoing"] = True
    elif end:
        span["end"] = end[0]
    if draw(st.booleans()):
        span["basis"] = draw(st.sampled_from(all_vocabularies()["date_basis"].values))
    return span


@st.composite
def _stages(draw: st.DrawFn) -> dict[str, Any]:
    stage = {"stage": draw(st.sampled_from(all_vocabularies()["stage_name"].values))}
    days = sorted(draw(st.lists(_DAYS, min_size=1, max_size=2, unique=True)))
    if len(days) == 2:
        return {**stage, "date": days[0].isoformat(), "end": days[1].isoformat()}
    unit = draw(st.sampled_from(["day", "month", "quarter", "year"]))
    actor = {"actor": draw(st.sampled_from(ACTORS))} if draw(st.booleans()) else {}
    return {**stage, "date": dates.written(days[0], unit), **actor}
