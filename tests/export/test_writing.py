"""What an export refuses, what it never changes, and that it is whole or not there."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

import alignment_events as ae
from alignment_events.compile.arrow import arrow_schema
from alignment_events.dataset import Dataset
from alignment_events.export.run import FORMATS, plan
from alignment_events.export.statistics import fitting_name
from alignment_events.findings import AlignmentEventsError, NotFound
from alignment_events.spec.tables import table_specs

HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://example.org","x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\tindented",
    "https://example.org/",
    "mailto:a@example.org",
    "007",
    "1e5",
    "TRUE",
    "NA",
    "_x0041_",
    "北京 – Пхеньян 평양 🛰",
    '<b>&amp;"quoted"</b>',
    "x" * 3000,
]


@pytest.fixture(scope="module")
def dataset(example_package: Path) -> Dataset:
    return ae.load(example_package)


def with_titles(dataset: Dataset, titles: list[str]) -> Dataset:
    """The dataset with other texts in one column, as a release might hold them."""
    rows = dataset.tables["events"].to_pylist()
    many = [
        {**rows[0], "event_id": f"AE-TEST-{number:04d}", "title": title}
        for number, title in enumerate(titles)
    ]
    records = dataset.tables["records"].to_pylist()
    ids = [{**records[0], "record_id": row["event_id"], "replaced_by": None} for row in many]
    tables = {name: table.slice(0, 0) for name, table in dataset.tables.items()}
    tables["events"] = pa.Table.from_pylist(many, schema=arrow_schema("events"))
    tables["records"] = pa.Table.from_pylist(records + ids, schema=arrow_schema("records"))
    return Dataset(dataset.about, tables)


def titles_in(path: Path, format: str) -> list[str]:
    if format == "xlsx":
        header, *rows = (
            CalamineWorkbook.from_path(str(path)).get_sheet_by_name("events").to_python()
        )
        return [row[header.index("title")] for row in rows]
    if format == "sqlite":
        import sqlite3

        connection = sqlite3.connect(path)
        found = [row[0] for row in connection.execute("SELECT title FROM events ORDER BY event_id")]
        connection.close()
        return found
    import pyreadstat

    frame, _ = getattr(pyreadstat, f"read_{format}")(path / f"events.{format}")
    return list(frame["title"])


@pytest.mark.parametrize("format", ["xlsx", "sqlite", "dta", "sav"])
def test_no_text_is_altered(dataset: Dataset, tmp_path: Path, format: str) -> None:
    path = with_titles(dataset, HOSTILE).export(tmp_path / f"x.{format}", format=format)
    assert titles_in(path, format) == HOSTILE


def test_workbook_holds_no_formula_and_no_link(dataset: Dataset, tmp_path: Path) -> None:
    import zipfile

    path = with_titles(dataset, HOSTILE).export(tmp_path / "x.xlsx", format="xlsx")
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/"):
                content = book.read(name)
                assert b"<f>" not in content
                assert b"<f " not in content
                assert b"<hyperlink" not in content


def test_text_too_long_for_a_cell_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    # Astral characters count twice in a workbook.
    for text in ("x" * 32_768, "🛰" * 16_384):
        with pytest.raises(
            AlignmentEventsError, match=r"events AE-TEST-0000: .* in title .*32,768"
        ):
            with_titles(dataset, [text]).export(tmp_path / "x.xlsx", format="xlsx")
    assert list(tmp_path.iterdir()) == []
    fits = "x" * 32_767
    path = with_titles(dataset, [fits]).export(tmp_path / "x.xlsx", format="xlsx")
    assert titles_in(path, "xlsx") == [fits]


def test_text_too_long_for_spss_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(AlignmentEventsError, match=r"AE-TEST-0000.*title.*32,768 bytes"):
        with_titles(dataset, ["x" * 32_768]).export(tmp_path / "x", format="sav")
    assert list(tmp_path.iterdir()) == []


def test_unknown_code_is_no_missing_value(dataset: Dataset, tmp_path: Path) -> None:
    rows = dataset.tables["events"].to_pylist()
    rows[0]["mode"] = "from-a-newer-format"
    tables = {**dataset.tables, "events": pa.Table.from_pylist(rows, arrow_schema("events"))}
    with pytest.raises(Exception, match="from-a-newer-format"):
        Dataset(dataset.about, tables).export(tmp_path / "x", format="dta")


def everything_in(path: Path) -> dict[str, str]:
    paths = sorted(path.rglob("*")) if path.is_dir() else [path]
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


@pytest.mark.parametrize("format", [f.name for f in FORMATS.values() if f.same_bytes])
def test_same_bytes_every_time(
    dataset: Dataset, tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dataset.export(tmp_path / "one" / "x", format=format, tables=None)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        # Over the minute and the second that files of statistics programs and archives hold.
        time.sleep(1.1)
        again = dataset.export(tmp_path / "two" / "x", format=format)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert everything_in(first) == everything_in(again)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_nothing_is_replaced_unasked(dataset: Dataset, tmp_path: Path, format: str) -> None:
    path = dataset.export(tmp_path / "x", format=format)
    before = everything_in(path)
    with pytest.raises(AlignmentEventsError, match="--overwrite"):
        dataset.filter(kind="gap").export(path, format=format)
    assert everything_in(path) == before
    dataset.filter(kind="gap").export(path, format=format, overwrite=True)
    assert everything_in(path) != before


def test_a_folder_of_somebody_else_is_never_replaced(dataset: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter1.tex").write_text("ten years of work", encoding="utf-8")
    with pytest.raises(AlignmentEventsError, match="no export"):
        dataset.export(folder, format="csv", overwrite=True)
    exported = dataset.export(tmp_path / "x", format="csv")
    (exported / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(AlignmentEventsError, match="no export"):
        dataset.export(exported, format="csv", overwrite=True)
    assert (exported / "notes.txt").read_text(encoding="utf-8") == "mine"
    with pytest.raises(AlignmentEventsError, match="is no file"):
        dataset.export(folder, format="xlsx", overwrite=True)
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(AlignmentEventsError, match="is a link"):
        dataset.export(link, format="csv", overwrite=True)
    assert (folder / "chapter1.tex").exists()


def test_some_tables(dataset: Dataset, tmp_path: Path) -> None:
    out = dataset.export(tmp_path / "x", format="csv", tables=["deeds", "events"])
    assert {p.name for p in out.glob("*.csv")} == {"events.csv", "deeds.csv"}
    told = json.loads((out / "release.json").read_text(encoding="utf-8"))
    assert told["extent"] == "all records, tables events, deeds"
    # Keys that lead to tables which are not there are not declared.
    dataset.export(tmp_path / "x.sqlite", format="sqlite", tables="participants")
    with pytest.raises(NotFound, match=r"evnts.*events"):
        dataset.export(tmp_path / "y", format="csv", tables="evnts")
    with pytest.raises(AlignmentEventsError, match="jsonl takes no list"):
        dataset.export(tmp_path / "y", format="jsonl", tables="events")


def test_a_selection_says_so(dataset: Dataset, tmp_path: Path) -> None:
    out = dataset.filter(kind="meeting").export(tmp_path / "x", format="csv")
    told = json.loads((out / "release.json").read_text(encoding="utf-8"))
    assert told["extent"] == "a selection of records, all tables"
    assert told["digest"] == dataset.digest
    digests = {table["name"]: table["content_digest"] for table in told["tables"]}
    whole = dataset.export(tmp_path / "y", format="csv")
    all_told = json.loads((whole / "release.json").read_text(encoding="utf-8"))
    of_all = {table["name"]: table["content_digest"] for table in all_told["tables"]}
    assert digests["events"] != of_all["events"]
    assert digests["actors"] == of_all["actors"]
    # Every key of the selection still leads somewhere.
    dataset.filter(kind="meeting").export(tmp_path / "x.sqlite", format="sqlite")


def test_digests_are_those_of_the_package(
    dataset: Dataset, example_package: Path, tmp_path: Path
) -> None:
    _, contents = plan(dataset, tmp_path / "x", format="csv")
    described = json.loads((example_package / "datapackage.json").read_text(encoding="utf-8"))
    published = {
        resource["name"]: resource["content_digest"]
        for resource in described["resources"]
        if "content_digest" in resource
    }
    assert contents.digests == published


def test_names_that_fit() -> None:
    for spec in table_specs().values():
        for column in spec.columns:
            assert fitting_name(column.name, set()) == column.name
    long = "a_name_that_no_program_of_the_seventies_would_take"
    short = fitting_name(long, set())
    assert short == long[:32]
    second = fitting_name(long, {short})
    assert (len(second), second[-2:]) == (32, "_2")
    assert fitting_name("using", set()) == "using_"


def test_unwritable_format(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(AlignmentEventsError, match=r"xslx.*Did you mean xlsx"):
        dataset.export(tmp_path / "x", format="xslx")


Cli = Callable[..., Any]


def test_command(cli: Cli, example_package: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.sqlite"
    planned = cli("export", example_package, "--format", "sqlite", "--out", out, "--dry-run")
    assert planned.returncode == 0
    assert "Would write" in planned.stdout
    assert list(tmp_path.iterdir()) == []
    done = cli("export", example_package, "--format", "sqlite", "--out", out)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.sqlite"]
    again = cli("export", example_package, "--format", "csv", "--out", out, "--table", "events")
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
