"""Reads a coding from whatever it is written as: units, the long form, or a dataset."""

import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from alignment_events.check.columns import typed_table, unnoted
from alignment_events.check.messages import finding
from alignment_events.check.records import SourceRecord
from alignment_events.check.shape import check_shape
from alignment_events.check.tables import check_tables
from alignment_events.findings import AlignmentEventsError, Finding, InvalidData, Report, spot_of
from alignment_events.measures.codings import Coding, Unit, fields_of
from alignment_events.measures.long_form import (
    coding_of_rows,
    joint_method,
    joint_name,
    refuse_several,
)
from alignment_events.model.marks import CODEBOOK_VERSION
from alignment_events.read.contribution import Contribution, read_contribution
from alignment_events.read.dataset import is_dataset, read_records
from alignment_events.spec.tables import table_specs

CARD = "card_key"
"""Name that says of a unit which card it codes."""


def read_coding(
    path: Path, *, coder: str | None = None, cards: Container[str] | None = None
) -> Coding:
    """Read a coding, whatever it is written as.

    Args:
        path: Units, each with its `card_key` (YAML, JSON Lines, wide sheets), or the table
            `codings` (CSV, TSV, XLSX, Parquet), as a file or a folder of files; or a dataset folder
            with `decisions.csv`, whose records are then the coding.
        coder: Take what this coder coded only, where several coded the same cards.
        cards: Take these cards only.

    Raises:
        InvalidData: If a file cannot be read, or a unit has not the shape of its kind.
    """
    if is_dataset(path):
        coding = _read_dataset(path, cards)
    else:
        if not path.exists():
            raise AlignmentEventsError(f"{path} is not there.")
        sent = read_contribution(path, also=(CARD,))
        coding = (_read_rows if "codings" in sent.tables else _read_units)(sent, coder)
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


def _read_rows(sent: Contribution, coder: str | None) -> Coding:
    """The coding that the published table `codings` holds."""
    frame, origin = sent.tables["codings"], sent.origins["codings"]
    _refuse([*sent.findings, *map(origin.at, check_tables({"codings": frame}).findings)])
    rows = typed_table(frame, table_specs()["codings"], unnoted, strict=False).frame
    return coding_of_rows(rows.to_dicts(), coder=coder)


def _read_units(sent: Contribution, coder: str | None) -> Coding:
    path = sent.name
    findings = list(sent.findings)
    units: dict[str, list[Unit]] = {}
    told: list[dict[str, str]] = []
    coders: dict[str, set[str]] = defaultdict(set)
    for source in sent.records:
        about = _told(source.values, Path(source.file or path))
        if coder not in (None, about["coder"]):
            continue
        found = _read_unit(source)
        findings += found[1]
        card = source.values.get(CARD)
        if isinstance(card, str):
            its = units.setdefault(card, [])
            told.append(about)
            coders[card].add(about["coder"])
            if found[0] is not None:
                its.append(replace(found[0], number=len(its) + 1))
    if not units and any(f.code == "AE101" for f in findings):
        raise AlignmentEventsError(f"{path} holds no unit: no document has a card_key.")
    _refuse(findings)
    refuse_several(coders)
    days = [dt.date.fromisoformat(t["date"]) for t in told if "date" in t]
    return Coding(
        coder=joint_name(t["coder"] for t in told),
        method=joint_method(t["method"] for t in told),
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


def _read_unit(source: SourceRecord) -> tuple[Unit | None, list[Finding]]:
    values = {k: v for k, v in source.values.items() if k != CARD}
    card = source.values.get(CARD)
    if not isinstance(card, str):
        message = f"{CARD} is missing: the key of the card that was coded."
        place = {"file": source.file, **spot_of(source.locate((), False))}
        return None, [finding("AE101", message, **place)]
    if not values.keys() - {"coding", "note"}:
        return None, []  # a card in which the coder found no record
    filled = {**_STAND_INS, **{k: v for k, v in values.items() if v is not None}}
    if isinstance(values.get("coding"), Mapping):
        filled["coding"] = {**_STAND_INS["coding"], **values["coding"]}
    record, findings = check_shape(filled, source.locate)
    if record is None:
        return None, [f.at(file=source.file, record_id=None) for f in findings]
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
        coder=joint_name(t["coder"] for t in told),
        method=joint_method(t["method"] for t in told),
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
