"""Codings of cards: units, the fields that are compared, the long form, and reading them.

A *unit* is what a coder made of (a part of) a card: a record without id, title, sources and the
like. Which fields are compared, and on what scale, follows from the specification of the records.
"""

import datetime as dt
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from alignment_events.model import dates
from alignment_events.model.codes import UNKNOWN
from alignment_events.model.forms import COUNTRY
from alignment_events.model.parts import Participant
from alignment_events.spec.extract import part_spec
from alignment_events.spec.ir import FieldSpec
from alignment_events.spec.records import all_vocabularies, leaves, record_specs

Value = str | frozenset[str] | None
"""A code, a day, a set of codes, or None for what does not apply."""

SET = "masi"
JOIN = "; "


@dataclass(frozen=True)
class CodedField:
    """A field that is compared: its metric, and its codes (those on the scale, if ordinal).

    `each` is true for what is coded once for every actor: its values stand under `level/PRK`.
    """

    metric: str
    codes: tuple[str, ...] = ()
    each: bool = False


@dataclass(frozen=True)
class Unit:
    """One record as one coder saw it."""

    card_key: str
    number: int
    kind: str
    fields: Mapping[str, Value]
    record_id: str | None = None


@dataclass(frozen=True)
class Coding:
    """What one coder, or one group of coders that shared the cards, made of cards.

    Attributes:
        coder: Pseudonym.
        method: Who decided: `machine` unless told otherwise.
        codebook: Version of the codebook.
        cards: Cards that were coded, those without any record among them.
        units: The records found.
        date: Last day of coding, if known.
    """

    coder: str
    method: str
    codebook: str
    cards: frozenset[str]
    units: tuple[Unit, ...]
    date: dt.date | None = None

    def only(self, cards: Container[str]) -> "Coding":
        """The same coding of some cards only."""
        return replace(
            self,
            cards=frozenset(card for card in self.cards if card in cards),
            units=tuple(unit for unit in self.units if unit.card_key in cards),
        )


@cache
def coded_fields(kind: str) -> dict[str, CodedField]:
    """The compared fields of a kind, in the order of the specification."""
    record = record_specs()[kind]
    found: dict[str, CodedField] = {}
    for path, spec in leaves(record):
        coded = None if spec.constant or path.startswith("coding/") else _coded(spec)
        if coded is not None:
            found[path] = coded
    found["themes/1"] = replace(found["themes"], metric="nominal")
    found["actors"] = found["roles"] = CodedField(SET)
    for spec in part_spec(Participant).fields:
        coded = None if spec.name == "role" else _coded(spec)
        if coded is not None:
            found[spec.name] = replace(coded, each=True)
    if record.field("stages"):
        found["stages"] = CodedField(SET)
    observations = record.field("observations")
    if observations is not None and observations.part is not None:
        for spec in observations.part.fields:
            if spec.vocabulary and (coded := _coded(spec)):
                found[f"observations/{spec.name}"] = coded
    return found


def _coded(spec: FieldSpec) -> CodedField | None:
    if spec.vocabulary:
        vocabulary = all_vocabularies()[spec.vocabulary]
        if spec.items is not None:
            return CodedField(SET, vocabulary.values)
        if vocabulary.ordinal:
            return CodedField("ordinal", tuple(c for c in vocabulary.values if c != UNKNOWN))
        return CodedField("nominal", vocabulary.values)
    if spec.type == "flag":
        return CodedField("nominal", ("false", "true"))
    if spec.type in ("day", "partial_date"):
        return CodedField("interval")
    return CodedField("nominal") if spec.form == COUNTRY else None


def fields_of(unit: Mapping[str, Any]) -> dict[str, Value]:
    """The compared fields of a nested record; `level/PRK` and the like for each actor."""
    kind = str(unit["kind"])
    defaults = {path: spec.default for path, spec in leaves(record_specs()[kind])}
    people = [p for p in unit.get("participants") or () if isinstance(p, Mapping)]
    actors = [str(p.get("actor")) for p in people]
    found: dict[str, Value] = {}
    for name, coded in coded_fields(kind).items():
        if coded.each:
            for actor in dict.fromkeys(actors):
                theirs = [_text(p.get(name)) for p in people if str(p.get("actor")) == actor]
                if given := [value for value in theirs if value is not None]:
                    found[f"{name}/{actor}"] = _one(given, coded)
        elif name == "actors":
            found[name] = frozenset(actors)
        elif name == "roles":
            found[name] = frozenset(f"{p.get('actor')}:{p.get('role')}" for p in people)
        elif name == "stages":
            steps = [s for s in unit.get("stages") or () if isinstance(s, Mapping)]
            found[name] = frozenset(":".join(_texts(s.get("stage"), s.get("actor"))) for s in steps)
        elif name == "themes/1":
            found[name] = next(iter(_texts(*(unit.get("themes") or ()))), None)
        elif name.startswith("observations/"):
            found[name] = _latest(unit.get("observations"), name.partition("/")[2])
        elif name in ("date/start", "date/end"):
            found[name] = _day(unit.get("date"), name)
        else:
            raw = _get(unit, name)
            if coded.metric == SET:
                found[name] = frozenset(_texts(*(raw or ())))
            else:
                found[name] = defaults.get(name) if raw is None else _text(raw)
    return found


def _one(values: Sequence[str], coded: CodedField) -> str:
    """The value of an actor that has several entries: the highest on a scale, else the first."""
    known = [value for value in values if value in coded.codes]
    if coded.metric == "ordinal" and known:
        return max(known, key=coded.codes.index)
    return values[0]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _texts(*values: Any) -> list[str]:
    return [text for text in map(_text, values) if text]


def _get(nested: Any, path: str) -> Any:
    for step in path.split("/"):
        nested = nested.get(step) if isinstance(nested, Mapping) else None
    return nested


def _day(date: Any, name: str) -> str | None:
    start, end, ongoing = (_text(_get(date, part)) for part in ("start", "end", "ongoing"))
    if start is None or (name == "date/end" and ongoing == "true"):
        return None
    return dates.span(start, end)[name == "date/end"].isoformat()


def _latest(observations: Any, name: str) -> str | None:
    rows = [o for o in observations or () if isinstance(o, Mapping)]
    last = max(rows, key=lambda row: _text(row.get("as_of")) or "", default={})
    return _text(last.get(name))
