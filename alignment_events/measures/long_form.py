"""Codings in long form: rows of the published table `codings`, and back."""

import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from alignment_events.findings import AlignmentEventsError
from alignment_events.measures.codings import JOIN, SET, Coding, Unit, Value, coded_fields
from alignment_events.model.marks import CODEBOOK_VERSION
from alignment_events.spec.records import record_specs
from alignment_events.spec.tables import table_specs


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
    refuse_several(coders)
    units = []
    for card, cells in cards.items():
        named = (re.fullmatch(r"unit/([1-9][0-9]{0,3})/.+", name) for name in cells)
        numbers = sorted({int(found[1]) for found in named if found})
        for number in numbers:
            units.append(_unit_of_cells(card, number, cells))
    days = [row["coded_date"] for row in kept]
    return Coding(
        coder=joint_name([row["coder_id"] for row in kept]),
        method=joint_method([row["method"] for row in kept]),
        codebook=max((row["codebook_version"] for row in kept), default=CODEBOOK_VERSION),
        cards=frozenset(cards),
        units=tuple(units),
        date=max(days, default=None),
    )


def refuse_several(coders: Mapping[str, set[str]]) -> None:
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


def joint_name(coders: Iterable[str]) -> str:
    """The coder's name if there is one, else that there are several or none."""
    names = sorted(set(coders))
    return names[0] if len(names) == 1 else "several-coders" if names else "unknown-coder"


def joint_method(methods: Iterable[str]) -> str:
    """`human` only if people decided everything, `machine` if they decided nothing."""
    found = set(methods)
    return found.pop() if len(found) == 1 else "machine_assisted" if found else "machine"
