"""Files that are broken or made to do harm: refused with a finding, soon, and in little memory."""

import io
import os
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from sheets import wide_sheets, write_xlsx

import alignment_events as ae
from alignment_events.spec.examples import sound_examples

Make = Callable[[Path], Path]


def check(path: Path, *codes: str, exit_code: int = 2) -> ae.Report:
    begun = time.process_time()
    report = ae.validate(path)
    assert time.process_time() - begun < 5
    assert {found.code for found in report.findings} == set(codes), str(report)
    assert report.exit_code() == exit_code
    assert all(found.file for found in report.findings)
    return report


# --- CSV --------------------------------------------------------------------------------------

HEADER = "person_id,name,wikidata"
CSV: dict[str, tuple[bytes, set[str], int, int | None, int | None]] = {
    # content, codes, exit code, line and column of the first finding
    "empty": (b"", {"AE005"}, 2, 1, 1),
    "only empty lines": (b"\n\r\n\n", {"AE005"}, 2, 1, 1),
    "UTF-16": ("person_id,name\nx,Ä\n".encode("utf-16"), {"AE002"}, 2, 1, 1),
    "Latin-1": (b"person_id,name\nx,\xc4\n", {"AE002"}, 2, 2, 2),
    "byte-order mark": (b"\xef\xbb\xbfperson_id,name\nx,A\n", set(), 0, None, None),
    "semicolons": (b"person_id;name\nx;A\n", {"AE015"}, 1, 1, 1),
    "tabs": (b"person_id\tname\nx\tA\n", {"AE015"}, 1, 1, 1),
    "NUL": (b"person_id,name\nx,A\0B\n", {"AE013"}, 1, 2, 2),
    "row too long": (b"person_id,name\nx,A\ny,B,C\n", {"AE015"}, 1, 3, 1),
    "row too short": (b"person_id,name\nx,A\ny\n", {"AE015"}, 1, 3, 1),
    "open quote": (b'person_id,name\nx,A\ny,"B\n', {"AE015"}, 1, 3, 1),
    "text after a quote": (b'person_id,name\nx,"A" B\n', {"AE015"}, 1, 2, 1),
    "column twice": (b"person_id,name,name\nx,A,B\n", {"AE006"}, 1, 1, 3),
    "column without name": (b"person_id,name,\nx,A,B\n", {"AE015"}, 1, 2, 3),
    "empty columns and rows at the end": (b"person_id,name,,\nx,A,,\n,,,\n", set(), 0, None, None),
    "huge cell": (b"person_id,name\nx," + b"A" * 300_000 + b"\n", {"AE003"}, 1, 2, 1),
    "a million columns": (b"person_id" + b",c" * 1_000_000 + b"\n", {"AE003"}, 2, 1, 1),
    "2,000 columns": (b"person_id" + b",c" * 2_000 + b"\n", {"AE003"}, 2, 1, 1001),
    "a row of a million cells": (b"person_id,name\nx" + b"," * 1_000_000, {"AE015"}, 1, 2, 1),
    "a line without end": (b"person_id,name\n" + b"," * 9_000_000, {"AE003"}, 1, 2, 1),
    "a cell of a million lines": (b'person_id,name\n"' + b"\n" * 1_000_000, {"AE003"}, 1, 2, 1),
    "a row of a million lines": (b'person_id,name\n"' + b'\n","' * 1_000_000, {"AE003"}, 1, 2, 1),
    "ten thousand bad rows": (b"person_id,name\n" + b"x\n" * 10_000, {"AE015"}, 1, 2, 1),
    "a workbook named CSV": (b"PK\x03\x04" + b"\0" * 100, {"AE015"}, 2, 1, 1),
    "formula": (b"person_id,name\nx,=cmd()\n", {"AE106"}, 1, 2, 2),
    "markup": (b"person_id,name\nx,<script>alert(1)</script>\n", set(), 0, None, None),
    "carriage returns": (b"person_id,name\rx,A\ry,=B\r", {"AE106"}, 1, 3, 2),
}


@pytest.mark.parametrize("name", CSV)
def test_csv(name: str, tmp_path: Path) -> None:
    content, codes, exit_code, line, column = CSV[name]
    path = tmp_path / "persons.csv"
    path.write_bytes(content)
    report = check(path, *codes, exit_code=exit_code)
    if line is not None:
        assert (report.findings[0].line, report.findings[0].column) == (line, column)
        assert report.findings[0].hint


def test_csv_of_200_mb(tmp_path: Path) -> None:
    path = tmp_path / "persons.csv"
    with path.open("wb") as stream:
        stream.truncate(300_000_000)
    check(path, "AE003")


def test_bad_rows_are_counted_out(tmp_path: Path) -> None:
    path = tmp_path / "persons.csv"
    path.write_bytes(b"person_id,name\n" + b"x\n" * 10_000)
    assert len(ae.validate(path).findings) == 101


# --- Workbooks --------------------------------------------------------------------------------


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(path: Path, parts: dict[str, bytes], level: int = 9) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, bytes]:
    """The parts of a sound workbook."""
    folder = tmp_path / "sound"
    folder.mkdir()
    path = write_xlsx(folder / "a.xlsx", wide_sheets([sound_examples()["call"]]))
    assert ae.validate(path).findings == ()
    return parts_of(path)


SHEET = "xl/worksheets/sheet1.xml"


def sheet_of(cells: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def test_zip_bomb(tmp_path: Path, parts: dict[str, bytes]) -> None:
    parts[SHEET] = parts[SHEET] + b" " * 150_000_000
    path = zipped(tmp_path / "a.xlsx", parts)
    assert path.stat().st_size < 1_000_000
    report = check(path, "AE003")
    assert "unfolds" in report.findings[0].message


def test_zip_bomb_within_the_total(tmp_path: Path, parts: dict[str, bytes]) -> None:
    parts["xl/comments1.xml"] = b" " * 60_000_000
    check(zipped(tmp_path / "a.xlsx", parts), "AE003")


def test_zip_bomb_that_lies_about_its_size(tmp_path: Path, parts: dict[str, bytes]) -> None:
    parts[SHEET] = parts[SHEET] + b" " * 120_000_000
    path = zipped(tmp_path / "a.xlsx", parts)
    data = path.read_bytes()
    size = struct.pack("<I", len(parts[SHEET]))
    assert data.count(size) == 2  # in the part's own header and in the directory
    path.write_bytes(data.replace(size, struct.pack("<I", 1_000)))
    check(path, "AE015")


def test_far_cells(tmp_path: Path, parts: dict[str, bytes]) -> None:
    """Two cells at the corners of a sheet, for which a reader would reserve 17 billion."""
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"/></row>'
    parts[SHEET] = sheet_of(cells)
    check(zipped(tmp_path / "a.xlsx", parts), "AE003")


def test_one_long_text_in_many_cells(tmp_path: Path, parts: dict[str, bytes]) -> None:
    text = "x" * 30_000
    parts["xl/sharedStrings.xml"] = f"<sst><si><t>{text}</t></si></sst>".encode()
    row = "".join('<c t="s"><v>0</v></c>' for _ in range(100))
    parts[SHEET] = sheet_of("".join(f"<row>{row}</row>" for _ in range(200)))
    check(zipped(tmp_path / "a.xlsx", parts), "AE003")


def test_entities(tmp_path: Path, parts: dict[str, bytes]) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]>'.encode()
    parts[SHEET] = head + parts[SHEET].partition(b"?>")[2]
    check(zipped(tmp_path / "a.xlsx", parts), "AE015")


def test_too_many_parts(tmp_path: Path, parts: dict[str, bytes]) -> None:
    more = {f"xl/media/{n}.xml": b"" for n in range(20_000)}
    check(zipped(tmp_path / "a.xlsx", {**parts, **more}, 0), "AE003")


def test_locked_old_and_other_workbooks(tmp_path: Path, parts: dict[str, bytes]) -> None:
    path = tmp_path / "a.xlsx"
    for content in (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        b"",
        b"PK",
        b"name,x\n",
        b"PK\x05\x06" + b"\0" * 18,
    ):
        path.write_bytes(content)
        check(path, "AE015")
    check(zipped(path, {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "AE015")
    parts["xl/workbook.xml"] = b"<no-xml"
    check(zipped(path, parts), "AE015")


def test_damaged_workbooks_never_raise(tmp_path: Path, parts: dict[str, bytes]) -> None:
    path = zipped(tmp_path / "a.xlsx", parts)
    data = path.read_bytes()
    for place in range(0, len(data), 97):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        ae.validate(path)
    for share in (0.1, 0.5, 0.9, 0.99):
        path.write_bytes(data[: int(share * len(data))])
        check(path, "AE015")


def test_damaged_parts_never_raise(tmp_path: Path, parts: dict[str, bytes]) -> None:
    """Damage below the checksums: the archive is sound, and its XML is not."""
    for name in (SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"):
        data = parts[name]
        for place in range(7, len(data), max(1, len(data) // 25)):
            spoilt = data[:place] + bytes([data[place] ^ 0x11]) + data[place + 1 :]
            ae.validate(zipped(tmp_path / "a.xlsx", {**parts, name: spoilt}, 1))


def test_names_that_lead_out(tmp_path: Path, parts: dict[str, bytes]) -> None:
    outside = tmp_path / "in" / "a.xlsx"
    outside.parent.mkdir()
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b'"Events"', b'"../../evil"')
    parts["../../evil.xml"] = b"<x/>"
    parts["xl/vbaProject.bin"] = b"\0" * 100
    before = sorted(tmp_path.rglob("*"))
    check(zipped(outside, parts), exit_code=0)
    assert sorted(tmp_path.rglob("*")) == sorted([*before, outside])


def test_invisible_characters_and_line_breaks(tmp_path: Path) -> None:
    sheets = wide_sheets([sound_examples()["call"]])
    title, note = (sheets["Events"][0].index(name) for name in ("title", "note"))
    sheets["Events"][1][title] = "Leaders\u0085speak"
    sheets["Events"][1][note] = "one\ntwo"
    path = write_xlsx(tmp_path / "a.xlsx", sheets)
    report = check(path, "AE013", "AE106", exit_code=1)
    assert {(f.code, f.field) for f in report.findings} == {("AE013", None), ("AE106", "note")}


def test_too_many_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write_row(0, 0, ["kind", "title", "date_start", *["note"] * 1_500])
    assert "AE003" in {found.code for found in ae.validate(path).findings}


# --- JSON Lines -------------------------------------------------------------------------------

JSON: dict[str, tuple[bytes, set[str], int, tuple[int, int]]] = {
    "empty": (b"\n \n", {"AE005"}, 2, (1, 1)),
    "UTF-16": ("{}".encode("utf-16"), {"AE002"}, 2, (1, 1)),
    "Latin-1": (b'{"title": "\xe4"}', {"AE002"}, 2, (1, 12)),
    "not JSON": (b'{"a": 1,}', {"AE004"}, 2, (1, 9)),
    "YAML": (b"kind: meeting\n", {"AE004"}, 2, (1, 1)),
    "open text": (b'{"a": "b}', {"AE004"}, 2, (1, 7)),
    "unknown escape": (b'{"a": "\\x"}', {"AE004"}, 2, (1, 7)),
    "goes on": (b"{} {}", {"AE004"}, 2, (1, 4)),
    "a list": (b"[1]\n", {"AE010"}, 2, (1, 2)),
    "a number": (b"{}\n17\n", {"AE010", "AE101", "AE320"}, 1, (2, 1)),
    "deep": (b"[" * 100_000, {"AE009"}, 2, (1, 21)),
    "deep objects": (b'{"a":' * 100_000, {"AE009"}, 2, (1, 101)),
    "long line": (b'{"a": "' + b"x" * 1_100_000 + b'"}', {"AE003"}, 2, (1, 1)),
    "many backslashes": (b'{"a": "' + b"\\" * 99_999, {"AE004"}, 2, (1, 7)),
    "many lines that are none": (b"x\n" * 10_000, {"AE004"}, 2, (1, 1)),
    "empty name": (b'{"": 1, "kind": "zap"}', {"AE012", "AE103", "AE320"}, 1, (1, 2)),
    "lone surrogate": (b'{"kind": "\\ud800"}', {"AE013", "AE103", "AE320"}, 1, (1, 10)),
}  # fmt: skip


@pytest.mark.parametrize("name", JSON)
def test_json_lines(name: str, tmp_path: Path) -> None:
    content, codes, exit_code, place = JSON[name]
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    report = check(path, *codes, exit_code=exit_code)
    assert (report.findings[0].line, report.findings[0].column) == place


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000])
def test_numbers_that_are_none(word: str, tmp_path: Path) -> None:
    import json

    record = sound_examples()["visit"]
    record["place"]["latitude"] = "@"
    text = json.dumps(record).replace('"@"', word)
    path = tmp_path / "a.jsonl"
    path.write_text(text, encoding="utf-8")
    report = check(path, "AE108", exit_code=1)
    assert report.findings[0].column == text.index(word) + 1


def test_field_that_is_there_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"kind": "gap", "note": {"a": [1]}, "note": "x"}\n', encoding="utf-8")
    found = next(f for f in ae.validate(path).findings if f.code == "AE006")
    assert (found.line, found.column) == (1, 37)


# --- Parquet ----------------------------------------------------------------------------------

LIMITED = """
import pathlib, re, sys
import alignment_events as ae
report = ae.validate(sys.argv[1])
# Not what getrusage says: that begins with the peak of the process that started this one.
peak = re.search("VmHWM: *([0-9]+)", pathlib.Path("/proc/self/status").read_text().replace("\\t", " "))[1]
print(peak, *(found.code for found in report.findings))
"""


@pytest.mark.parametrize(("length", "rows"), [(8 * 1024**2, 1_024), (2_000, 4_300_000)])
def test_parquet_that_unfolds_to_8_gib(length: int, rows: int, tmp_path: Path) -> None:
    """Equal texts are held once in the file, and each by itself in a table."""
    import subprocess
    import sys

    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.array(["x" * length])
    column = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), text)
    table = pa.table({"person_id": column, "name": column})
    stored = table.replace_schema_metadata(None)
    path = tmp_path / "persons.parquet"
    pq.write_table(stored, path, store_schema=False)
    assert path.stat().st_size < 20_000_000 < 8 * 1024**3 <= length * rows
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True
    )
    peak, *codes = done.stdout.split()
    assert codes == ["AE003"]
    assert int(peak) < 1024**2


# --- Folders ----------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has links and pipes")
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.jsonl", "a.parquet", "a.yaml"])
def test_links_and_pipes(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("password\nhunter2\n", encoding="utf-8")
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / name).symlink_to(secret)
    assert "hunter2" not in str(check(folder, "AE001"))
    (folder / name).unlink()
    os.mkfifo(folder / name)
    check(folder, "AE001")
    check(folder / name, "AE001")


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has links and pipes")
def test_linked_folders_are_not_entered(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "persons.csv").write_text("person_id,name\nx,=A\n", encoding="utf-8")
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "more").symlink_to(outside)
    check(folder, "AE014")


@pytest.mark.parametrize("name", ["a.xls", "a.ods", "a.docx", "a", "a.txt", "a.zip"])
def test_other_files(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK")
    assert check(path, "AE014").findings[0].hint


def test_zip_that_unfolds_in_memory_is_never_touched(tmp_path: Path) -> None:
    """Only what ends as data is opened in a folder."""
    (tmp_path / "bomb.zip").write_bytes(io.BytesIO(b"PK" * 100).getvalue())
    (tmp_path / "persons.csv").write_text("person_id,name\nx,A\n", encoding="utf-8")
    check(tmp_path, exit_code=0)


def test_a_registry_that_is_none_ends_the_reading(dataset_copy: Path) -> None:
    with (dataset_copy / "actors.csv").open("a", encoding="utf-8") as stream:
        stream.write("...\n" * 60_000)
    report = ae.validate(dataset_copy)
    told = [f for f in report.findings if f.file.endswith("actors.csv")]
    assert 1_000 < len(told) < 1_010
    assert "the rest is not read" in told[-1].message
