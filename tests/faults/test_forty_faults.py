"""One contribution with many distinct faults, made in five formats: each is found at its place.

A fault is a value that stands nowhere else, so that its place in every file can be looked up in the
file itself. Nothing else may be reported than the faults and what is listed with them.
"""

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from sheets import wide_sheets, write_json_lines, write_xlsx
from support import text_tables

import alignment_events as ae
from alignment_events.read.workbook_guard import column_name
from alignment_events.spec.examples import sound_examples

Nested = dict[str, Any]
Places = dict[str, set[str]]


@dataclass(frozen=True)
class Fault:
    """A value that makes a record unsound.

    Attributes:
        path: Name of the example and path of the value within it.
        value: The value; it stands nowhere else.
        code: What it is reported as.
        also: What is reported besides, in the formats named, because of it.
        not_in: Formats that cannot express it.
    """

    path: str
    value: str
    code: str
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_in: tuple[str, ...] = ()


TABLES = ("CSV", "Parquet")

FAULTS = (
    Fault("call/subtype", "chat", "AE103"),
    Fault("call/meeting/medium", "fax", "AE103"),
    Fault("call/coding/date", "1 March 2032", "AE104"),
    Fault("call/date/start", "2032-02-30", "AE104"),
    Fault("call/episode", "Arcadia visit", "AE105"),
    Fault("call/sources/1/url", "www.arcadia.example", "AE105"),
    Fault("call/participants/2/role", "partcipant", "AE103"),
    Fault("call/themes/1", "defense", "AE103"),
    Fault("call/place/precision", "remotely", "AE103"),
    Fault("visit/title", " A president visits Borealia", "AE106"),
    Fault("visit/place/latitude", "95.75", "AE108"),
    Fault("visit/place/longitude", "eastern", "AE107"),
    Fault("visit/sources/1/accessed", "2031-13-01", "AE104"),
    Fault("visit/coding/codebook", "first edition", "AE105"),
    Fault("visit/participants/1/sector", "exectuive", "AE103"),
    Fault("pact/agreement/legal_status", "bindng", "AE103"),
    Fault("pact/commitment", "C55", "AE103"),
    Fault("pact/agreement/text_access", "fulll", "AE103"),
    Fault("pact/stages/1/stage", "singed", "AE103"),
    # A row of a table says how exact its day is; of a day that never was that cannot be said.
    Fault("oldpact/stages/2/date", "2031-06-31", "AE104", also=dict.fromkeys(TABLES, ("AE101",))),
    Fault("oldpact/coding/confidence", "certain", "AE103"),
    Fault("oldpact/sources/1/type", "reserch", "AE103"),
    Fault("communique/coding/coder", "Coder 1", "AE105"),
    Fault("communique/statement/authority", "king", "AE103"),
    Fault("communique/links/1/type", "reafirms", "AE103"),
    Fault("delivery/observations/1/quantity/high", "nan", "AE108"),
    Fault("delivery/participants/1/level", "L99", "AE103"),
    Fault("delivery/claims/1/source", "s999", "AE402"),
    Fault("delivery/observations/2/enactment", "E33", "AE103"),
    Fault("shortfall/gap/severity", "9.5", "AE103"),
    Fault("shortfall/gap/performance", "nothing", "AE103"),
    Fault("shortfall/participants/1/role", "defaultng", "AE103"),
    Fault("settlement/place/country", "bo-r", "AE106"),
    Fault("settlement/occurrence", "heldd", "AE103"),
    Fault("ballot/ceremonial", "yess", "AE107"),
    Fault("ballot/participants/1/vote", "nay", "AE103"),
    Fault("ballot/sources/1/independence_group", "Vote Record!", "AE105"),
    Fault("answer/title", "=HYPERLINK(1)", "AE106"),
    Fault("answer/scope", "cores", "AE103"),
    Fault("answer/sources/1/language", "english language", "AE106"),
    Fault("answer/participants/2/stance", "-77", "AE103"),
)  # fmt: skip


def spoilt() -> list[Nested]:
    """The examples with every fault in them."""
    records = copy.deepcopy(sound_examples())
    for fault in FAULTS:
        target: Any = records
        *steps, last = [int(s) - 1 if s.isdigit() else s for s in fault.path.split("/")]
        for step in steps:
            target = target.setdefault(step, {}) if isinstance(target, dict) else target[step]
        target[last] = fault.value
    return list(records.values())


def _in_text(path: Path, written: Callable[[str], str]) -> Places:
    """Line and column of each value in a text file."""
    text = path.read_text(encoding="utf-8")
    found = {}
    for fault in FAULTS:
        value = written(fault.value)
        assert text.count(value) == 1, (fault, text.count(value))
        before = text[: text.index(value) + len(value) - len(value.lstrip(": "))]
        line = before.count("\n") + 1
        found[fault.path] = {f"{path}:{line}:{len(before) - before.rfind(chr(10))}"}
    return found


def _yaml(folder: Path) -> tuple[Path, Places]:
    path = folder / "round.yaml"
    told = yaml.safe_dump_all(spoilt(), sort_keys=False, allow_unicode=True, width=10_000)
    path.write_text(told, encoding="utf-8")

    def written(value: str) -> str:
        plain = yaml.safe_dump({"a": value}, width=10_000).strip().removeprefix("a: ")
        return next(m for m in (f": {plain}\n", f"- {plain}\n") if m in told)[1:].rstrip("\n")

    text = told
    found = {}
    for fault in FAULTS:
        value = written(fault.value)
        starts = [n for n in range(len(text)) if text.startswith(value + "\n", n)]
        starts = [n for n in starts if text[n - 1] in ":-"]
        assert len(starts) == 1, (fault, len(starts))
        before = text[: starts[0] + 1]
        found[fault.path] = {
            f"{path}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        }
    return path, found


def _json_lines(folder: Path) -> tuple[Path, Places]:
    path = write_json_lines(folder / "round.jsonl", spoilt())
    return path, _in_text(path, json.dumps)


def _workbook(folder: Path) -> tuple[Path, Places]:
    sheets = wide_sheets(spoilt())
    path = write_xlsx(folder / "round.xlsx", sheets)
    found: Places = {fault.path: set() for fault in FAULTS}
    for fault in FAULTS:
        for name, (_, *rows) in sheets.items():
            for number, row in enumerate(rows, 2):
                for column, cell in enumerate(row, 1):
                    # In a list of items, the value is one word of the cell.
                    if re.search(rf"(?<![\w-]){re.escape(fault.value)}(?![\w-])", cell):
                        found[fault.path].add(f"{path}!{name}!{column_name(column)}{number}")
    return path, found


def _tables(folder: Path, parquet: bool) -> tuple[Path, Places]:
    found: Places = {fault.path: set() for fault in FAULTS}
    for name, frame in text_tables(spoilt()).items():
        path = folder / f"{name}.{'parquet' if parquet else 'csv'}"
        if parquet:
            frame.write_parquet(path)
        else:
            frame.write_csv(path)
        for number, row in enumerate(frame.iter_rows()):
            for column, cell in enumerate(row, 1):
                for fault in FAULTS:
                    if cell is not None and fault.value in (cell, cell.rpartition("/")[2]):
                        place = (
                            f"{path}#row={number}" if parquet else f"{path}:{number + 2}:{column}"
                        )
                        found[fault.path].add(place)
    return folder, found


MAKERS: dict[str, Callable[[Path], tuple[Path, Places]]] = {
    "YAML": _yaml,
    "CSV": lambda folder: _tables(folder, False),
    "XLSX": _workbook,
    "JSON Lines": _json_lines,
    "Parquet": lambda folder: _tables(folder, True),
}


def test_there_are_forty() -> None:
    assert len(FAULTS) >= 40
    assert len({fault.path for fault in FAULTS}) == len({f.value for f in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("format", MAKERS)
def test_every_fault_is_found_in_its_place(format: str, tmp_path: Path) -> None:
    path, places = MAKERS[format](tmp_path)
    report = ae.validate(path)
    found = {(f.code, f.place) for f in report.findings}
    able = [fault for fault in FAULTS if format not in fault.not_in]
    missed = [f for f in able if not any((f.code, p) in found for p in places[f.path])]
    assert not missed, [(f.path, f.code, places[f.path]) for f in missed]
    wanted = {(fault.code, place) for fault in able for place in places[fault.path]}
    also = {code for fault in able for code in fault.also.get(format, ())}
    extra = [f for f in report.findings if (f.code, f.place) not in wanted and f.code not in also]
    assert not [(f.code, f.place, f.field, f.message) for f in extra]
