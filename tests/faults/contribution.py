"""One contribution with many distinct faults, written in five formats, and where each fault stands.

Every place is found without the readers: the file is written a second time with a mark of the same
length where a fault is reported, and the mark is looked for.
"""

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from sheets import wide_sheets, write_json_lines, write_xlsx
from support import text_tables

from alignment_events.model.ids import hashed_id
from alignment_events.read.workbook_guard import column_name
from alignment_events.spec.examples import sound_examples

Nested = dict[str, Any]
Places = dict["Fault", frozenset[str]]
TABLES = ("CSV", "Parquet")
EVERY = ("YAML", *TABLES, "XLSX", "JSON Lines")


@dataclass(frozen=True)
class Fault:
    """A value that makes a record unsound.

    Attributes:
        path: Name of the example and path of the value within it; `visit2` is a copy of `visit`.
        value: The value.
        code: What it is reported as.
        at: Path of the value that is reported, if it is another one.
        also: What is reported besides because of it: code, and the formats that do.
        not_in: Formats that cannot express it.
    """

    path: str
    value: str
    code: str
    at: str = ""
    also: tuple[tuple[str, tuple[str, ...]], ...] = ()
    not_in: tuple[str, ...] = ()

    @property
    def reported(self) -> str:
        """Path of the value that is reported."""
        return self.at or self.path


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
    Fault("oldpact/stages/2/date", "2031-06-31", "AE104", also=(("AE101", TABLES),)),
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
    # Rows: values that are sound by themselves and contradict each other.
    Fault("call2/date/end", "2031-07-07", "AE201"),
    Fault("oldpact2/date/start", "2011-05-05", "AE202"),
    Fault("call3/place/precision", "zone", "AE205"),
    Fault("visit3/place/precision", "remote", "AE206"),
    Fault("shortfall2/gap/severity", "3", "AE214"),
    Fault("shortfall3/gap/evidence_basis", "statistics", "AE215", "shortfall3/gap/search_protocol"),
    Fault("delivery2/observations/1/quantity/best", "1500", "AE217"),
    Fault("delivery2/observations/2/enactment", "E1", "AE220"),
    Fault("visit2/sources/1/accessed", "2030-02-02", "AE222"),
    Fault("delivery2/claims/1/withdrawn", "2031-08-08", "AE224"),
    Fault("pact2/place/longitude", "24.75", "AE225"),
    Fault("visit2/coding/date", "2031-01-02", "AE226"),
    Fault("pact2/stages/3/end", "2031-05-01", "AE227"),
    Fault("answer2/participants/1/stance", "+2", "AE230"),
    Fault("shortfall2/gap/observed_as_of", "2031-11-11", "AE232"),
    Fault("visit2/coding/reviewer", "coder-1", "AE233"),
    # Records: what their parts do not fit together.
    # What is not known to bind can hardly be C5.
    Fault("pact2/agreement/legal_status", "unknown", "AE301", also=(("AE210", EVERY),)),
    Fault("visit2/participants/2/role", "participant", "AE302", "visit2/subtype"),
    Fault("call2/subtype", "sideline", "AE303"),
    Fault("visit3/sources/2/origin_party", "ARC", "AE304", "visit3/meeting/readout_asymmetry"),
    Fault("communique2/participants/2/role", "observer", "AE305", "communique2/subtype"),
    # What commits to nothing has no implementation either.
    Fault("communique3/commitment", "C1", "AE306", also=(("AE209", EVERY),)),
    Fault("ballot2/participants/3/role", "observer", "AE309", "ballot2/subtype"),
    Fault("answer2/participants/1/vote", "yes", "AE310"),
    Fault("shortfall3/participants/1/role", "affected", "AE313", "shortfall3/kind"),
    Fault("pact2/participants/2/role", "mediator", "AE314", "pact2/kind"),
    Fault("delivery3/participants/1/role", "recipient", "AE316", "delivery3/subtype"),
    Fault("pact2/sources/1/supports/2", "stages/initialled", "AE321"),
    Fault("pact2/stages/4/date", "2031-01-31", "AE324"),
    # The dataset: what does not fit between records.
    # In tables, each row of the record comes twice besides.
    Fault("answer3/id", "AE-4743-T9FS", "AE401", also=(("AE401", TABLES),)),
    Fault("delivery2/claims/1/source", "s77", "AE402"),
    Fault("shortfall2/gap/status", "closed", "AE407"),
    Fault("shortfall3/gap/status", "closed", "AE407"),
    # A deed amends nothing, and an agreement alone is amended.
    Fault("settlement2/links/2/type", "amends", "AE408", also=(("AE409", EVERY),)),
    Fault("delivery3/links/1/to", "AE-ZZ9H-KFFK", "AE409"),
    Fault("answer2/date/start", "2031-01-15", "AE410", "answer2/links/1/to"),
    Fault("pact2/agreement/implementation", "completed", "AE411", "pact2/kind"),
    Fault("communique2/links/1/to", "AE-09VW-A76H", "AE412"),
    Fault("shortfall2/gap/yardstick_kind", "agreement", "AE414"),
)  # fmt: skip


def _steps(path: str) -> list[str | int]:
    return [int(s) - 1 if s.isdigit() else s for s in path.split("/")]


def _put(records: dict[str, Nested], path: str, value: str) -> None:
    target: Any = records
    *steps, last = _steps(path)
    for step in steps:
        target = target.setdefault(step, {}) if isinstance(target, dict) else target[step]
    target[last] = value


def _value(records: dict[str, Nested], path: str) -> Any:
    target: Any = records
    for step in _steps(path):
        target = target[step]
    return target


@cache
def _spoilt(marked: bool) -> dict[str, Nested]:
    examples = sound_examples()
    records = copy.deepcopy(examples)
    for name in dict.fromkeys(fault.path.split("/")[0] for fault in FAULTS):
        if name not in records:
            records[name] = copy.deepcopy(examples[name.rstrip("0123456789")])
            records[name]["id"] = hashed_id("faults", name)
    for fault in FAULTS:
        _put(records, fault.path, fault.value)
    if marked:
        sound = copy.deepcopy(records)
        for fault in FAULTS:
            # As JSON writes it: what follows in the line must not move.
            length = len(json.dumps(_value(sound, fault.reported), ensure_ascii=False)) - 2
            _put(records, fault.reported, mark_of(fault.reported) * length)
    return records


def mark_of(path: str) -> str:
    """A character that stands in no record, one for each path at which a fault is reported."""
    paths = sorted({fault.reported for fault in FAULTS})
    return chr(0x5000 + paths.index(path))


def spoilt() -> list[Nested]:
    """The records with every fault in them."""
    return list(_spoilt(False).values())


def names() -> list[str]:
    """Names of the records, in their order."""
    return list(_spoilt(False))


def _marked() -> list[Nested]:
    return list(_spoilt(True).values())


def _in_text(path: Path, text: str) -> Places:
    """Line and column of each mark in a text; a quotation mark before it belongs to the value."""
    found = {}
    for fault in FAULTS:
        index = text.index(mark_of(fault.reported))
        index -= text[index - 1] in "\"'"
        line = text.count("\n", 0, index) + 1
        found[fault] = frozenset({f"{path}:{line}:{index - text.rfind(chr(10), 0, index)}"})
    return found


def _yaml_text(records: Sequence[Nested]) -> str:
    return yaml.safe_dump_all(records, sort_keys=False, allow_unicode=True, width=10_000)


def _yaml(folder: Path) -> tuple[Path, Places]:
    path = folder / "round.yaml"
    path.write_text(_yaml_text(spoilt()), encoding="utf-8")
    return path, _in_text(path, _yaml_text(_marked()))


def _json_lines(folder: Path) -> tuple[Path, Places]:
    marked = write_json_lines(folder / "marked", _marked())
    text = marked.read_text(encoding="utf-8")
    marked.unlink()
    path = write_json_lines(folder / "round.jsonl", spoilt())
    return path, _in_text(path, text)


def _in_cells(grids: dict[str, list[list[str]]], place: Callable[[str, int, int], str]) -> Places:
    """The cells that hold a mark; rows and columns from 1, the header not counted as a row."""
    found: dict[Fault, set[str]] = {fault: set() for fault in FAULTS}
    marks = {mark_of(fault.reported): fault.reported for fault in FAULTS}
    at: dict[str, set[str]] = {}
    for name, rows in grids.items():
        for number, row in enumerate(rows[1:], 1):
            for column, cell in enumerate(row, 1):
                for mark in marks.keys() & set(cell):
                    at.setdefault(marks[mark], set()).add(place(name, number, column))
    for fault in FAULTS:
        found[fault] |= at[fault.reported]
    return {fault: frozenset(places) for fault, places in found.items()}


GRIDS_OF_RECORDS = {"Events", "events", "deeds"}


def _kinds_kept(write: Callable[[list[Nested]], dict[str, list[list[str]]]]) -> Any:
    """The grids of the marked records; kind and id hold rows together, so they are marked last."""
    records = copy.deepcopy(_marked())
    marks: dict[str, dict[str, str]] = {}
    for name, record, sound in zip(_spoilt(False), records, spoilt(), strict=True):
        for field in ("kind", "id"):
            if record[field] != sound[field]:
                marks.setdefault(hashed_id("faults", name), {})[field] = record[field]
                record[field] = sound[field]
        if name[-1].isdigit():
            record["id"] = hashed_id("faults", name)
    grids = write(records)
    for name in GRIDS_OF_RECORDS & grids.keys():
        header, *rows = grids[name]
        ids = header.index(next(n for n in ("id", "event_id", "deed_id") if n in header))
        for row in rows:
            for field, mark in marks.get(row[ids], {}).items():
                row[ids if field == "id" else header.index("kind")] = mark
    return grids


def _workbook(folder: Path) -> tuple[Path, Places]:
    path = write_xlsx(folder / "round.xlsx", wide_sheets(spoilt()))
    grids = _kinds_kept(wide_sheets)
    return path, _in_cells(grids, lambda n, r, c: f"{path}!{n}!{column_name(c)}{r + 1}")


def _grid(frame: pl.DataFrame) -> list[list[str]]:
    return [list(frame.columns), *([cell or "" for cell in row] for row in frame.iter_rows())]


def _tables(folder: Path, parquet: bool) -> tuple[Path, Places]:
    for name, frame in text_tables(spoilt()).items():
        if parquet:
            frame.write_parquet(folder / f"{name}.parquet")
        else:
            frame.write_csv(folder / f"{name}.csv")
    grids = _kinds_kept(lambda r: {n: _grid(f) for n, f in text_tables(r).items()})
    if parquet:
        return folder, _in_cells(grids, lambda n, r, c: f"{folder / n}.parquet#row={r - 1}")
    return folder, _in_cells(grids, lambda n, r, c: f"{folder / n}.csv:{r + 1}:{c}")


MAKERS: dict[str, Callable[[Path], tuple[Path, Places]]] = {
    "YAML": _yaml,
    "CSV": lambda folder: _tables(folder, False),
    "XLSX": _workbook,
    "JSON Lines": _json_lines,
    "Parquet": lambda folder: _tables(folder, True),
}
"""Format to the function that writes the contribution into a folder; the places go with it."""
