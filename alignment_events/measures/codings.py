"""Codings of cards: units, the fields that are compared, the long form, and reading them.

A *unit* is what a coder made of (a part of) a card: a record without id, title, sources and the
like. Which fields are compared, and on what scale, follows from the specification of the records.
"""

import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from alignment_events.check.messages import finding
from alignment_events.check.shape import check_shape
from alignment_events.findings import AlignmentEventsError, Finding, InvalidData, Report
from alignment_events.model import dates
from alignment_events.model.codes import UNKNOWN
from alignment_events.model.marks import CODEBOOK_VERSION
from alignment_events.model.parts import Participant
from alignment_events.model.types import COUNTRY
from alignment_events.read.csv_rows import read_csv_table
from alignment_events.read.dataset import is_dataset, read_records
from alignment_events.read.yaml_reader import Document, read_yaml
from alignment_events.spec.extract import all_vocabularies, leaves, part_spec, record_specs
from alignment_events.spec.ir import FieldSpec
from alignment_events.spec.project import NestedPath
from alignment_events.spec.tables import table_specs

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


# --- the long form: the published table `codings` ---------------------------------------------


def long_rows(coding: Coding, sample: str, coded: dt.date | None = None) -> list[dict[str, Any]]:
    """Rows of the table `codings`, one a field; `units` counts the records of each card.

    Paths are `unit/1/commitment`, `unit/1/level/PRK`; roles stand one an actor, `unit/1/role/PRK`.

    Args:
        coding: What was coded.
        sample: Name of the sample.
        coded: Day of coding, where the coding itself does not tell.
    """
    day = coding.date or coded
    if day is None:
        raise ValueError("the day of coding is not known: give it.")
    units: dict[str, list[Unit]] = {card: [] for card in sorted(coding.cards)}
    for unit in coding.units:
        units[unit.card_key].append(unit)
    rows = []
    for card, its in units.items():
        cells: list[tuple[str, str | None, str | None]] = [("units", str(len(its)), None)]
        for number, unit in enumerate(its, 1):
            cells.append((f"unit/{number}/kind", unit.kind, unit.record_id))
            for name, value in _cells(unit):
                cells.append((f"unit/{number}/{name}", value, unit.record_id))
        for name, value, record_id in cells:
            rows.append(
                {
                    "sample": sample,
                    "card_key": card,
                    "record_id": record_id,
                    "coder_id": coding.coder,
                    "method": coding.method,
                    "field": name,
                    "value": value,
                    "codebook_version": coding.codebook,
                    "coded_date": day,
                }
            )
    return rows


def _cells(unit: Unit) -> Iterator[tuple[str, str | None]]:
    for name, value in unit.fields.items():
        if name == "roles" and isinstance(value, frozenset):
            roles = defaultdict(list)
            for role in sorted(value):
                actor, _, part = role.rpartition(":")
                roles[actor].append(part)
            yield from ((f"role/{actor}", JOIN.join(parts)) for actor, parts in roles.items())
        elif name != "actors":
            yield name, written(value)


def written(value: Value) -> str | None:
    """A value as a cell: sets joined, `+2` as "plus 2", which no spreadsheet takes for a formula."""
    if isinstance(value, frozenset):
        value = JOIN.join(sorted(value))
    if value and value[0] in "+-":
        value = {"+": "plus ", "-": "minus "}[value[0]] + value[1:]
    return value or None


def _read_value(text: str | None, metric: str) -> Value:
    if metric == SET:
        return frozenset((text or "").split(JOIN)) - {""}
    if text and (sign := re.fullmatch(r"(plus|minus) ([0-9])", text)):
        return {"plus": "+", "minus": "-"}[sign[1]] + sign[2]
    return text


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows of `codings` as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, table_specs()["codings"].names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def coding_of_rows(rows: Iterable[Mapping[str, Any]], *, coder: str | None = None) -> Coding:
    """The coding that rows of `codings` tell of; `coder` where several coded the same cards."""
    kept = [row for row in rows if coder in (None, row["coder_id"])]
    coders: dict[str, set[str]] = defaultdict(set)
    cards: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in kept:
        coders[row["card_key"]].add(row["coder_id"])
        cards[row["card_key"]][row["field"]] = row
    _refuse_several(coders)
    units = []
    for card, cells in cards.items():
        named = (re.fullmatch(r"unit/([1-9][0-9]{0,3})/.+", name) for name in cells)
        numbers = sorted({int(found[1]) for found in named if found})
        for number in numbers:
            units.append(_unit_of_cells(card, number, cells))
    days = [row["coded_date"] for row in kept]
    return Coding(
        coder=_joint([row["coder_id"] for row in kept]),
        method=_method([row["method"] for row in kept]),
        codebook=max((row["codebook_version"] for row in kept), default=CODEBOOK_VERSION),
        cards=frozenset(cards),
        units=tuple(units),
        date=max(days, default=None),
    )


def _refuse_several(coders: Mapping[str, set[str]]) -> None:
    """Coders may share the cards between them, but two codings of one card are not one coding."""
    for card, names in coders.items():
        if len(names) > 1:
            every = ", ".join(sorted(names))
            raise AlignmentEventsError(f"several coders coded {card}; name one of them: {every}.")


def _unit_of_cells(card: str, number: int, cells: Mapping[str, Mapping[str, Any]]) -> Unit:
    start = f"unit/{number}/"
    values = {
        f.removeprefix(start): row["value"] for f, row in cells.items() if f.startswith(start)
    }
    kind = values.pop("kind", None)
    if kind not in record_specs():
        raise AlignmentEventsError(f"{card}, unit {number}: “{kind}” is no kind of record.")
    known = coded_fields(kind)
    found: dict[str, Value] = {}
    roles: list[str] = []
    for name, text in values.items():
        head, _, actor = name.partition("/")
        if head == "role":
            roles += [f"{actor}:{part}" for part in (text or "").split(JOIN)]
        elif (coded := known.get(name) or known.get(head)) is None:
            raise AlignmentEventsError(f"{card}: {start}{name} is no coded field of a {kind}.")
        else:
            found[name] = _read_value(text, coded.metric)
    found["actors"] = frozenset(role.rpartition(":")[0] for role in roles)
    found["roles"] = frozenset(roles)
    return Unit(card, number, kind, found, cells[f"{start}kind"]["record_id"])


def _joint(coders: Iterable[str]) -> str:
    names = sorted(set(coders))
    return names[0] if len(names) == 1 else "several-coders" if names else "unknown-coder"


def _method(methods: Iterable[str]) -> str:
    """`human` only if people decided everything, `machine` if they decided nothing."""
    found = set(methods)
    return found.pop() if len(found) == 1 else "machine_assisted" if found else "machine"


# --- reading ---------------------------------------------------------------------------------


def read_coding(
    path: Path, *, coder: str | None = None, cards: Container[str] | None = None
) -> Coding:
    """Read a coding, whatever it is written as.

    Args:
        path: A YAML file of units, a folder of them, a CSV of `codings`, or a dataset folder with
            `decisions.csv`, whose records are then the coding.
        coder: Take what this coder coded only, where several coded the same cards.
        cards: Take these cards only.

    Raises:
        InvalidData: If a file cannot be read, or a unit has not the shape of its kind.
    """
    if is_dataset(path):
        coding = _read_dataset(path, cards)
    elif path.suffix == ".csv":
        read = read_csv_table(path, table_specs()["codings"], name=str(path))
        _refuse(read.findings)
        coding = coding_of_rows(read.rows, coder=coder)
    else:
        coding = _read_units(path, coder)
    return coding if cards is None else coding.only(cards)


def _refuse(findings: Iterable[Finding]) -> None:
    if found := tuple(findings):
        raise InvalidData(Report(findings=found))


_STAND_INS: dict[str, Any] = {
    "id": "AE-0000-0000",
    "title": "x",
    "summary": "x",
    "sources": [
        {
            "id": "s1",
            "url": "https://x.example/",
            "publisher": "x",
            "type": "research",
            "independence_group": "x",
            "language": "und",
            "supports": ["core"],
        }
    ],
    "coding": {
        "coder": "unknown-coder",
        "date": "2000-01-01",
        "method": "machine",
        "confidence": "low",
        "status": "candidate",
        "codebook": CODEBOOK_VERSION,
    },
}
"""What a unit need not say, so that the shape of the rest is checked as that of a record."""


def _read_units(path: Path, coder: str | None) -> Coding:
    files = [path]
    if path.is_dir():
        files = sorted(f for f in path.rglob("*") if f.suffix in (".yaml", ".yml"))
        if not files:
            raise AlignmentEventsError(f"{path} holds no dataset and no YAML file of units.")
    findings: list[Finding] = []
    units: dict[str, list[Unit]] = {}
    told: list[dict[str, str]] = []
    coders: dict[str, set[str]] = defaultdict(set)
    for file in files:
        reading = read_yaml(file)
        findings += reading.findings
        for document in reading.documents:
            about = _told(document.values, file)
            if coder not in (None, about["coder"]):
                continue
            found = _read_unit(document, str(file))
            findings += found[1]
            card = document.values.get("card_key")
            if isinstance(card, str):
                its = units.setdefault(card, [])
                told.append(about)
                coders[card].add(about["coder"])
                if found[0] is not None:
                    its.append(replace(found[0], number=len(its) + 1))
    if not units and any(f.code == "AE101" for f in findings):
        raise AlignmentEventsError(f"{path} holds no unit: no document has a card_key.")
    _refuse(findings)
    _refuse_several(coders)
    days = [dt.date.fromisoformat(t["date"]) for t in told if "date" in t]
    return Coding(
        coder=_joint(t["coder"] for t in told),
        method=_method(t["method"] for t in told),
        codebook=max((t["codebook"] for t in told), default=CODEBOOK_VERSION),
        cards=frozenset(units),
        units=tuple(unit for its in units.values() for unit in its),
        date=max(days, default=None),
    )


def _told(values: Mapping[str, Any], file: Path) -> dict[str, str]:
    """What a unit says of its coding; by default a machine that is named as the file."""
    name = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:40]
    told = values.get("coding")
    given = {k: str(v) for k, v in told.items() if v} if isinstance(told, Mapping) else {}
    first = {"coder": name or "unknown-coder", "method": "machine", "codebook": CODEBOOK_VERSION}
    return {**first, **given}


def _read_unit(document: Document, file: str) -> tuple[Unit | None, list[Finding]]:
    values = {k: v for k, v in document.values.items() if k != "card_key"}
    card = document.values.get("card_key")
    if not isinstance(card, str):
        message = "card_key is missing: the key of the card that was coded."
        line, column = document.place(())
        return None, [finding("AE101", message, file=file, line=line, column=column)]
    if not values.keys() - {"coding", "note"}:
        return None, []  # a card in which the coder found no record

    def place(path: NestedPath, key: bool) -> tuple[int, int]:
        return document.key_place(path) if key else document.place(path)

    filled = {**_STAND_INS, **{k: v for k, v in values.items() if v is not None}}
    if isinstance(values.get("coding"), Mapping):
        filled["coding"] = {**_STAND_INS["coding"], **values["coding"]}
    record, findings = check_shape(filled, place)
    if record is None:
        return None, [f.at(file=file, record_id=None) for f in findings]
    return Unit(card, 0, record.kind.value, fields_of(record.model_dump())), []


def _read_dataset(folder: Path, cards: Container[str] | None) -> Coding:
    """The records of a dataset as a coding: `decisions.csv` says which card became which."""
    decisions = folder / "decisions.csv"
    if not decisions.is_file():
        raise AlignmentEventsError(f"{folder} has no decisions.csv: which card became what?")
    became = _decisions(decisions, cards)
    findings: list[Finding] = []
    records = {str(r.values.get("id")): r for r in read_records(folder / "records", findings)}
    units: list[Unit] = []
    told: list[Mapping[str, Any]] = []
    for card, keys in became.items():
        for number, key in enumerate(keys, 1):
            if key not in records:
                raise AlignmentEventsError(f"{decisions}: {card}: no record has the id {key}.")
            source = records[key]
            record, wrong = check_shape(source.values, source.locate)
            findings += [f.at(file=source.file) for f in wrong]
            if record is not None:
                fields = fields_of(record.model_dump())
                units.append(Unit(card, number, record.kind.value, fields, key))
                told.append(source.values["coding"])
    _refuse(dict.fromkeys(findings))
    return Coding(
        coder=_joint(t["coder"] for t in told),
        method=_method(t["method"] for t in told),
        codebook=max((t["codebook"] for t in told), default=CODEBOOK_VERSION),
        cards=frozenset(became),
        units=tuple(units),
        date=max((dt.date.fromisoformat(t["date"]) for t in told), default=None),
    )


def _decisions(path: Path, cards: Container[str] | None) -> dict[str, dict[str, None]]:
    """Card to the ids of its records, each once, in order; cards without any are there too."""
    became: dict[str, dict[str, None]] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        if not {"card_key", "record_ids"} <= set(rows.fieldnames or ()):
            raise AlignmentEventsError(
                f"{path} lacks a column: card_key and record_ids are needed."
            )
        try:
            for row in rows:
                if cards is None or row["card_key"] in cards:
                    keys = (row["record_ids"] or "").split()
                    became.setdefault(row["card_key"], {}).update(dict.fromkeys(keys))
        except csv.Error as error:
            raise AlignmentEventsError(f"{path} is not CSV: {error}.") from error
    return became
