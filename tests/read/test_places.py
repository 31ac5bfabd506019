"""Every fault in every form that can hold it: the code, and the exact place."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from sheets import wide_sheets, write_csvs, write_json_lines, write_tables, write_xlsx

import alignment_events as ae
from alignment_events.findings import Finding
from alignment_events.model.ids import hashed_id
from alignment_events.read.workbook_guard import column_name
from alignment_events.report.formats import render
from alignment_events.spec.examples import sound_examples

Nested = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A value that makes an example unsound, and the cells that it then stands in."""

    record: str
    path: str
    value: Any
    code: str
    sheet: str
    column: str
    row: int = 1
    table: str = "events"
    flat_column: str = ""
    flat_code: str = ""


FAULTS = {
    "code": Fault("call", "subtype", "chat", "AE103", "Events", "subtype"),
    "code in a section": Fault("call", "meeting/medium", "fax", "AE103", "Events", "meeting_medium"),
    "day": Fault("call", "coding/date", "1 March 2032", "AE104", "Events", "coding_date",
                 flat_column="coded_date"),
    "no such day": Fault("call", "date/start", "2032-02-30", "AE104", "Events", "date_start"),
    "formula": Fault("call", "title", "=HYPERLINK(1)", "AE106", "Events", "title"),
    "space": Fault("call", "title", " Leaders speak", "AE106", "Events", "title"),
    "slug": Fault("call", "episode", "Arcadia visit", "AE105", "Events", "episode",
                  flat_column="episode_id"),
    "flag": Fault("call", "ceremonial", "yes", "AE107", "Events", "ceremonial"),
    "id": Fault("call", "id", "AE-ZZ9H-KFFX", "AE109", "Events", "id", flat_column="event_id"),
    "address": Fault("call", "sources/1/url", "www.arcadia.example", "AE105", "Events",
                     "source_1_url", table="sources", flat_column="url"),
    "number": Fault("visit", "place/latitude", "95", "AE108", "Events", "place_latitude",
                    flat_column="latitude"),
    "not a number": Fault("visit", "place/latitude", "north", "AE107", "Events", "place_latitude",
                          flat_column="latitude"),
    "not finite": Fault("delivery", "observations/1/quantity/high", "nan", "AE108", "Events",
                        "observation_1_quantity_high", table="deed_observations",
                        flat_column="quantity_high"),
    "code in a further sheet": Fault("call", "participants/2/role", "intiator", "AE103",
                                     "participants", "role", row=2, table="participants"),
    "code in a list": Fault("shortfall", "participants/1/role", "defaultng", "AE103", "Events",
                            "participants", table="participants", flat_column="role"),
    "one of several codes": Fault("call", "themes/1", "defense", "AE103", "Events", "themes",
                                  table="record_codes", flat_column="code"),
    "reference": Fault("delivery", "claims/1/source", "s9", "AE402", "claims", "source",
                       table="claims", flat_column="source_id"),
    "stage": Fault("oldpact", "stages/2/date", "2031-06-31", "AE104", "Events", "stages",
                   table="stages", row=1, flat_column="date_start"),
}  # fmt: skip


def spoilt(fault: Fault) -> Nested:
    record = copy.deepcopy(sound_examples()[fault.record])
    target: Any = record
    *steps, last = [int(s) - 1 if s.isdigit() else s for s in fault.path.split("/")]
    for step in steps:
        target = target[step]
    target[last] = fault.value
    return record


def only(report: ae.Report, code: str) -> Finding:
    """The one error."""
    found = [f for f in report.findings if f.level == "error"]
    assert [f.code for f in found] == [code]
    return found[0]


@pytest.mark.parametrize("name", FAULTS)
def test_wide_csv(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    sheets = wide_sheets([spoilt(fault)])
    found = only(ae.validate(write_csvs(tmp_path / "wide", sheets)), fault.code)
    column = sheets[fault.sheet][0].index(fault.column) + 1
    file = tmp_path / "wide" / f"{fault.sheet}.csv"
    assert found.place == f"{file}:{fault.row + 1}:{column}"
    assert found.field == fault.path


@pytest.mark.parametrize("name", FAULTS)
def test_workbook(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    sheets = wide_sheets([spoilt(fault)])
    path = write_xlsx(tmp_path / "round3.xlsx", sheets)
    found = only(ae.validate(path), fault.code)
    letters = column_name(sheets[fault.sheet][0].index(fault.column) + 1)
    assert found.place == f"{path}!{fault.sheet}!{letters}{fault.row + 1}"


@pytest.mark.parametrize("name", FAULTS)
def test_json_lines(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    sound = sound_examples()["answer" if fault.record != "answer" else "call"]
    path = write_json_lines(tmp_path / "r.jsonl", [sound, spoilt(fault)])
    found = only(ae.validate(path), fault.code)
    line = path.read_text(encoding="utf-8").splitlines()[1]
    column = line.index(json.dumps(fault.value)) + 1
    assert found.place == f"{path}:2:{column}"


# A table repeats a wrong id, key or day in several cells, and reports each.
NOT_FLAT = ("reference", "stage", "id", "no such day")


@pytest.mark.parametrize("name", [n for n in FAULTS if n not in NOT_FLAT])
def test_csv_tables(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    folder = write_tables(tmp_path / "tables", [spoilt(fault)])
    found = only(ae.validate(folder), fault.code)
    table = "deeds" if fault.table == "events" and fault.record == "delivery" else fault.table
    text = (folder / f"{table}.csv").read_text(encoding="utf-8")
    column = text.splitlines()[0].split(",").index(fault.flat_column or fault.column) + 1
    line = next(n for n, row in enumerate(text.splitlines(), 1) if str(fault.value) in row)
    assert found.place == f"{folder / table}.csv:{line}:{column}"


def test_missing_cell_is_shown_where_it_should_be(tmp_path: Path) -> None:
    record = sound_examples()["call"]
    del record["summary"], record["coding"]["method"]
    sheets = wide_sheets([record])
    path = write_xlsx(tmp_path / "a.xlsx", sheets)
    header = sheets["Events"][0]
    places = [f.place for f in ae.validate(path).findings]
    wanted = [
        f"{path}!Events!{column_name(header.index(n) + 1)}2" for n in ("summary", "coding_method")
    ]
    assert places == wanted


def test_lines_after_a_cell_of_several(tmp_path: Path) -> None:
    """A line break in a cell is a fault of the cell, and shifts no place below it."""
    first, second = sound_examples()["call"], spoilt(FAULTS["code"])
    first["note"] = "one\ntwo\nthree"
    second["id"] = hashed_id("test", "1")
    sheets = wide_sheets([first, second])
    report = ae.validate(write_csvs(tmp_path / "wide", sheets))
    file, header = tmp_path / "wide" / "Events.csv", sheets["Events"][0]
    assert [f.place for f in report.findings] == [
        f"{file}:2:{header.index('note') + 1}",
        f"{file}:5:{header.index('subtype') + 1}",
    ]


def test_cell_after_one_of_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "persons.csv"
    path.write_text('person_id,name,wikidata\nx,"A\nB",Q\n', encoding="utf-8")
    assert [(f.code, f.line, f.column) for f in ae.validate(path).findings] == [
        ("AE105", 3, 3),
        ("AE106", 2, 2),
    ]


# --- Ids and keys -----------------------------------------------------------------------------


def without_ids(*names: str) -> list[Nested]:
    return [{k: v for k, v in sound_examples()[name].items() if k != "id"} for name in names]


def test_record_without_id_is_accepted_until_it_is_part_of_a_dataset(
    tmp_path: Path, dataset_copy: Path
) -> None:
    path = write_json_lines(tmp_path / "new.jsonl", without_ids("call", "answer"))
    report = ae.validate(path)
    assert [f.code for f in report.findings] == []
    inside = dataset_copy / "records" / "new.jsonl"
    path.rename(inside)
    assert {f.code for f in ae.validate(inside).findings} == {"AE101"}


def test_rows_without_id_refer_to_each_other_by_key(tmp_path: Path) -> None:
    (gap,) = without_ids("shortfall")
    (words,) = without_ids("communique")
    gap["gap"]["status"] = "open"
    gap["links"] = [{"type": "yardstick", "to": "words", "basis": "stated"}]
    words["links"], words["statement"]["speech_acts"] = [], ["pledge"]
    sheets = wide_sheets([gap, words])
    for row, key in zip(sheets["Events"][1:], ("gap", "words"), strict=True):
        row[0] = key
    for row in sheets["participants"][1:]:
        row[0] = "words"
    report = ae.validate(write_csvs(tmp_path / "wide", sheets))
    assert report.findings == ()
    assert "lead outside" not in str(report)
    sheets["participants"][1][0] = "wrods"
    (found,) = [
        f for f in ae.validate(write_csvs(tmp_path / "wide", sheets)).findings if f.code == "AE402"
    ]
    assert (found.line, found.column, found.hint) == (2, 1, "Did you mean words?")
    sheets["Events"][2][0] = "gap"
    report = ae.validate(write_xlsx(tmp_path / "a.xlsx", sheets))
    assert ("AE401", "A3") in {(f.code, f.cell) for f in report.findings}


# --- What spreadsheets do to values -----------------------------------------------------------


def book(path: Path, fill: Callable[[Any, Any], None]) -> Path:
    with xlsxwriter.Workbook(str(path)) as made:
        fill(made, made.add_worksheet("Events"))
    return path


def call_sheets() -> tuple[list[str], list[str], list[list[str]]]:
    sheets = wide_sheets([sound_examples()["call"]])
    return (*sheets["Events"], sheets["participants"])


def test_numbers_dates_and_truth_values_are_read_as_they_look(tmp_path: Path) -> None:
    import datetime as dt

    header, row, people = call_sheets()

    def fill(made: Any, sheet: Any) -> None:
        day = made.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, row)
        sheet.write_boolean(1, header.index("ceremonial"), False)
        sheet.write_number(1, header.index("coding_codebook"), 0.1)
        sheet.write_datetime(1, header.index("date_start"), dt.datetime(2032, 1, 20), day)
        sheet.write_datetime(1, header.index("coding_date"), dt.datetime(2032, 3, 1), day)
        sheet.write_blank(400, 300, None, day)
        for number, line in enumerate(people):
            if number == 0:
                other = made.add_worksheet("Participants")
            other.write_row(number, 0, line)
        made.add_worksheet("Codebook").write_row(0, 0, ["kind", "subtype", "title", "x"])
        made.add_worksheet("Examples").write_row(0, 0, header)

    report = ae.validate(book(tmp_path / "a.xlsx", fill))
    assert report.findings == ()
    assert report.rows_seen == {"records": 1}


def test_sign_that_a_spreadsheet_dropped(tmp_path: Path) -> None:
    sheets = wide_sheets([sound_examples()["ballot"]])
    stance = sheets["participants"][0].index("stance")

    def fill(made: Any, sheet: Any) -> None:
        for number, line in enumerate(sheets["Events"]):
            sheet.write_row(number, 0, line)
        other = made.add_worksheet("Participants")
        for number, line in enumerate(sheets["participants"]):
            other.write_row(number, 0, line)
        other.write_number(4, stance, 1)

    assert ae.validate(book(tmp_path / "a.xlsx", fill)).findings == ()


def test_errors_and_formulas(tmp_path: Path) -> None:
    header, row, people = call_sheets()
    title, theme = header.index("title"), header.index("themes")

    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, row)
        sheet.write_formula(1, title, "=1/0", None, "#DIV/0!")
        sheet.write_formula(1, theme, '="defence"', None, "defence")
        other = made.add_worksheet("participants")
        for number, line in enumerate(people):
            other.write_row(number, 0, line)
        other.write_formula(1, 1, "=A1", None, "")

    path = book(tmp_path / "a.xlsx", fill)
    found = ae.validate(path).findings
    assert [(f.code, f.place) for f in found] == [
        ("AE107", f"{path}!Events!{column_name(title + 1)}2"),
        ("AE107", f"{path}!participants!B2"),
    ]


def test_merged_header_hidden_sheet_and_strange_sheet(tmp_path: Path) -> None:
    header, row, people = call_sheets()

    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, row)
        sheet.merge_range(0, len(header), 0, len(header) + 1, "Remarks")
        sheet.write(1, len(header) + 1, "one")
        other = made.add_worksheet("participants")
        for number, line in enumerate(people):
            other.write_row(number, 0, line)
        hidden = made.add_worksheet("old")
        hidden.write_row(0, 0, header)
        hidden.hide()
        made.add_worksheet("evnts").write_row(0, 0, ["who", "what"])

    path = book(tmp_path / "a.xlsx", fill)
    places = {(f.code, f.place) for f in ae.validate(path).findings}
    first, second = column_name(len(header) + 1), column_name(len(header) + 2)
    assert places == {
        ("AE015", f"{path}!Events!{first}1"),
        ("AE102", f"{path}!Events!{first}1"),
        ("AE015", f"{path}!Events!{second}2"),
        ("AE014", f"{path}!old"),
        ("AE014", f"{path}!evnts"),
    }


# --- Misspelt columns -------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", ["Events", "sources"])
def test_a_misspelt_column_is_one_finding_and_not_one_in_every_row(
    tmp_path: Path, sheet: str
) -> None:
    call = {**sound_examples()["call"], "links": []}
    more = {**call, "id": "AE-BSD5-6FVG", "sources": [*call["sources"]] * 7}
    more["sources"] = [{**s, "id": f"s{n + 1}"} for n, s in enumerate(more["sources"])]
    sheets = wide_sheets([call, more])
    right, wrong = {"Events": ("title", "titel"), "sources": ("publisher", "publsher")}[sheet]
    number = sheets[sheet][0].index(right)
    assert len(sheets[sheet]) > 2, "or nothing is missing in more than one row"
    sheets[sheet][0][number] = wrong
    folder = write_csvs(tmp_path / "in", sheets)
    report = ae.validate(folder)
    (found,) = report.findings
    assert (found.code, found.hint) == ("AE102", f"Did you mean {right}?")
    assert found.place == f"{folder}/{sheet}.csv:1:{number + 1}"
    lines = render(report, "text").splitlines()
    head, caret = next((a, b) for a, b in pairwise(lines) if "^" in b)
    assert head[caret.index("^") : caret.rindex("^") + 1] == wrong
    book = write_xlsx(tmp_path / "b.xlsx", sheets)
    (found,) = ae.validate(book).findings
    assert found.place == f"{book}!{sheet}!{column_name(number + 1)}1"


def test_values_below_a_misspelt_column_are_checked_and_nothing_is_taken_twice(
    tmp_path: Path,
) -> None:
    header, row, people = call_sheets()
    wrong = ["tilte" if name == "title" else name for name in header]
    row = ["=1+1" if name == "title" else cell for name, cell in zip(header, row, strict=True)]
    sheets = {"Events": [[*wrong, "titel"], [*row, "Another"]], "participants": people}
    found = ae.validate(write_csvs(tmp_path / "in", sheets)).findings
    title = header.index("title") + 1
    assert {(f.code, f.line, f.column) for f in found} == {
        ("AE102", 1, title),
        ("AE102", 1, len(header) + 1),
        ("AE106", 2, title),
    }


# --- Parquet in parts -------------------------------------------------------------------------


def test_partitioned_tables_name_the_part_and_the_row_in_it(
    example_package: Path, tmp_path: Path
) -> None:
    events = pq.read_table(example_package / "events.parquet")
    for number, (start, length) in enumerate([(0, 3), (3, len(events) - 3)]):
        part = tmp_path / "events" / f"year={number}" / "part-0.parquet"
        part.parent.mkdir(parents=True)
        piece = events.slice(start, length).replace_schema_metadata(None)
        if number:
            place = piece.schema.get_field_index("subtype")
            codes = ["chat", *piece["subtype"].to_pylist()[1:]]
            piece = piece.set_column(place, "subtype", pa.array(codes))
        pq.write_table(piece, part)
    wanted = f"{tmp_path}/events/year=1/part-0.parquet#row=0"
    for path in (tmp_path, tmp_path / "events"):
        found = only(ae.validate(path), "AE103")
        assert found.place == wanted


def test_files_of_several_forms_in_one_folder(tmp_path: Path, example_package: Path) -> None:
    from conftest import to_yaml

    (tmp_path / "call.yaml").write_text(to_yaml(sound_examples()["call"]), encoding="utf-8")
    write_json_lines(tmp_path / "one.jsonl", [sound_examples()["answer"]])
    write_xlsx(tmp_path / "two.xlsx", wide_sheets([sound_examples()["ballot"]]))
    pq.write_table(pq.read_table(example_package / "actors.parquet"), tmp_path / "actors.parquet")
    report = ae.validate(tmp_path)
    assert report.findings == ()
    assert report.rows_seen == {"records": 3, "actors": 5}


# --- Dates in other notations -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("25 April 2023", "write 2023-04-25"),
        ("25.04.2023", "write 2023-04-25"),
        ("2023/04/25", "write 2023-04-25"),
        ("05.04.2023", "write 2023-04-05 or 2023-05-04, whichever is meant"),
        ("4/5/2023", "write 2023-05-04 or 2023-04-05, whichever is meant"),
        ("31 February 2023", None),
        ("spring 2023", None),
    ],
)
@pytest.mark.parametrize("field", ["coding/date", "date/start"])
def test_a_date_in_another_notation_is_offered_as_the_format_writes_it(
    tmp_path: Path, written: str, offered: str | None, field: str
) -> None:
    part, name = field.split("/")
    call = {**sound_examples()["call"], "links": []}
    record = {**call, part: {**call[part], name: written}}
    column = {"coding/date": "coding_date", "date/start": "date_start"}[field]
    flat = {"coding/date": "coded_date", "date/start": "date_start"}[field]
    wide = wide_sheets([call])
    wide["Events"][1][wide["Events"][0].index(column)] = written
    inputs = {
        "nested": (write_json_lines(tmp_path / "a.jsonl", [record]), field),
        "wide": (write_csvs(tmp_path / "wide", wide), field),
        "table": (write_tables(tmp_path / "tables", [call]), flat),
    }
    events = tmp_path / "tables" / "events.csv"
    header, row = events.read_text().splitlines()
    cells = row.split(",")
    before = cells[header.split(",").index(flat)]
    assert events.write_text(f"{header}\n{row.replace(before, written, 1)}\n")
    for path, place in inputs.values():
        found = [f for f in ae.validate(path).findings if f.code == "AE104" and f.field == place]
        assert len(found) == 1
        told = f"{found[0].message} {found[0].hint}".replace("Write", "write")
        if offered is None:
            assert "whichever" not in told
            assert "write 2023" not in told
        else:
            assert offered in told
