"""Files with many findings of one code: the first are listed, all are counted, none is lost."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

import alignment_events as ae
from alignment_events.check import kept
from alignment_events.check.messages import MAX_EACH
from alignment_events.findings import Finding, Report
from alignment_events.report.formats import FORMATS, render
from alignment_events.spec.tables import errata_spec

RECORD = '{"kind": "meeting", "date": {"start": "2031-13-04"}, "colour": 1}'
ROWS = [["kind", "title", "scope", "colour"], *([["meeting", "", "2031-13-04", "x"]] * 9)]
TABLE = [["record_id", "position", "actor", "role"], *([["no-id", "one", "USA", "?"]] * 9)]
LINKS = [["record", "type", "to"], *([["none", "follows", "x"]] * 9)]


def as_csv(rows: list[list[str]]) -> str:
    return "\n".join(",".join(row) for row in rows) + "\n"


def write(name: str, folder: Path) -> Path:
    path = folder / name
    if name.endswith(".yaml"):
        path.write_text("---\n".join([RECORD + "\n"] * 9))
    elif name.endswith(".jsonl"):
        path.write_text((RECORD + "\n") * 9)
    elif name.endswith(".xlsx"):
        with xlsxwriter.Workbook(path) as book:
            for sheet_name, rows in (("Meetings", ROWS), ("links", LINKS)):
                sheet = book.add_worksheet(sheet_name)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
    elif name == "folder":
        path.mkdir()
        for one in ("records.jsonl", "records.yaml", "participants.csv"):
            if one.endswith("yaml"):
                (path / one).write_text(RECORD + "\n")
            else:
                write(one, path)
    else:
        rows = {"participants.csv": TABLE, "links.csv": LINKS}.get(name, ROWS)
        path.write_text(as_csv(rows))
    return path


NAMES = (
    "records.yaml", "records.jsonl", "meetings.csv", "links.csv", "participants.csv", "book.xlsx", "folder",
)  # fmt: skip


def in_file(path: Path) -> Counter[Finding]:
    return Counter(Finding(**row) for row in pl.read_parquet(path).to_dicts())


def firsts(report: Report, most: int) -> tuple[Finding, ...]:
    """The findings that stand first of their sort, as read off the whole report."""
    seen: Counter[tuple[object, ...]] = Counter()
    chosen = set()
    order = sorted(
        range(len(report.findings)),
        key=lambda n: (report.findings[n].line or 0, report.findings[n].column or 0),
    )
    for number in order:
        one = report.findings[number]
        seen[one.code, one.file, one.table] += 1
        if seen[one.code, one.file, one.table] <= most:
            chosen.add(number)
    return tuple(one for n, one in enumerate(report.findings) if n in chosen)


@pytest.mark.parametrize("name", NAMES)
def test_first_are_listed_and_all_are_counted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(name, tmp_path)
    whole = ae.validate(path)
    assert not whole.unlisted
    monkeypatch.setattr(kept, "MAX_LISTED_OF_FILE", 4)
    few = ae.validate(path)
    assert few.findings == firsts(whole, 4)
    assert few.counts == whole.counts
    assert few.hidden == len(whole.findings) - len(few.findings) > 0
    assert replace(few, findings=(), unlisted={}) == replace(whole, findings=())
    assert not few.ok

    file = tmp_path / "all.parquet"
    with_file = ae.validate(path, findings=file)
    assert with_file.findings == few.findings
    assert with_file.unlisted == few.unlisted
    assert in_file(file) == Counter(whole.findings)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_of_report_counts_all(
    format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("records.jsonl", tmp_path)
    monkeypatch.setattr(kept, "MAX_LISTED_OF_FILE", 4)
    shown = render(ae.validate(path), format)  # type: ignore[arg-type]
    if format == "json":
        told = json.loads(shown)
        assert told["counts"]["AE102"] == {"": 9}
        assert told["unlisted"]["AE102"] == {"": 5}
    else:
        assert "9 of AE102, 4 listed" in shown
        assert "--findings FILE.parquet" in shown


def test_the_bound_of_a_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text(as_csv([LINKS[0], *[LINKS[1]] * 3_000]))
    report = ae.validate(path)
    assert report.counts["AE402"] == {"": 3_000}
    listed = [one.line for one in report.findings if one.code == "AE402"]
    assert listed == list(range(2, 1_002))


@pytest.mark.parametrize(
    "name", ["participants.csv", "meetings.csv", "links.csv", "participants.xlsx"]
)
def test_unknown_columns_of_a_header(name: str, tmp_path: Path) -> None:
    known = {"participants": TABLE, "meetings": ROWS, "links": LINKS}[name.partition(".")[0]][0]
    header = [*(c for c in known if c != "colour"), *(f"zz{n}" for n in range(MAX_EACH + 20))]
    path = tmp_path / name
    if name.endswith(".xlsx"):
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("participants")
            sheet.write_row(0, 0, header)
            sheet.write_row(1, 0, ["x"] * len(header))
    else:
        path.write_text(as_csv([header, ["x"] * len(header)]))
    unknown = [one for one in ae.validate(path).findings if one.code == "AE102"]
    assert len(unknown) == MAX_EACH + 1
    (rest,) = [one for one in unknown if "more" in one.message]
    assert "“zz50”, “zz51”, “zz52” and 17 more" in rest.message
    assert rest.field == "zz50"


def test_unknown_columns_of_a_registry(tmp_path: Path) -> None:
    from alignment_events.read.csv_rows import read_csv_table

    path = tmp_path / "errata.csv"
    path.write_text(",".join([f"zz{n}" for n in range(60_000)] + [errata_spec().names[0]] * 60_000))
    spec = errata_spec()
    found = read_csv_table(path, spec, name="errata.csv").findings
    assert len(found) < 2 * MAX_EACH + 2 + len(errata_spec().names)
    (rest,) = [one for one in found if "59,947 more" in one.message]
    assert (rest.code, rest.line, rest.column) == ("AE102", 1, MAX_EACH + 1)
