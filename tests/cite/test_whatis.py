"""Files that people find on their disks, and what they are: their rows decide."""

import csv
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import NAME, Cli
from served import REASON

import alignment_events as ae
from alignment_events.findings import AlignmentEventsError
from alignment_events.read.any_table import tables_in
from alignment_events.registry import read_registry, registry_bytes
from alignment_events.store.identify import Answer, identify

pytestmark = pytest.mark.usefixtures("home")

ALL = "table participants of example-world@0.1.0, example-world@0.1.1, example-world@0.2.0"


@pytest.fixture
def home(cache: Path, served: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALIGNMENT_EVENTS_HOME", str(served))
    return served


@pytest.fixture
def release(served: Path) -> Path:
    return served / NAME / "0.1.0"


def only(path: Path) -> Answer:
    (answer,) = identify(path)
    return answer


def edited(path: Path, to: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    """A CSV with some rows changed, as a spreadsheet would write it."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = list(rows[0])
    change(rows)
    with to.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, names, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return to


def test_files_of_a_release(release: Path, tmp_path: Path) -> None:
    for name in ("participants.csv", "participants.parquet"):
        assert only(release / name).text == f"{ALL}; 0.2.0 was yanked: {REASON}"
    # Whatever it is called, in whatever order its rows and columns are.
    frame = pl.read_csv(release / "participants.csv", infer_schema=False)
    frame[::-1].select(frame.columns[::-1]).write_csv(tmp_path / "x.tsv", separator="\t")
    assert only(tmp_path / "x.tsv").released
    to = edited(release / "participants.csv", tmp_path / "x.csv", lambda rows: rows.reverse())
    assert only(to).released


CHANGES: dict[str, tuple[Callable[[list[dict[str, Any]]], object], str]] = {
    "one cell": (lambda rows: rows[0].update(role="guest"), "1 row differs"),
    "two cells": (lambda rows: [row.update(actor="XXX") for row in rows[:2]], "2 rows differ"),
    "a row less": (lambda rows: rows.pop(), "1 row is missing"),
    "a row twice": (lambda rows: rows.append(rows[0]), "1 row is not in it"),
    "an empty cell": (lambda rows: rows[0].update(actor=""), "1 row differs"),
    "no number": (lambda rows: rows[0].update(position="first"), "1 row differs"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_an_altered_table(case: str, release: Path, tmp_path: Path) -> None:
    change, told = CHANGES[case]
    answer = only(edited(release / "participants.csv", tmp_path / "mine.csv", change))
    assert not answer.released
    assert answer.text == (f"not a released table participants; nearest: {NAME}@0.1.1 ({told})")


def test_parquet_that_says_what_it_is_not(release: Path, tmp_path: Path) -> None:
    table = pq.read_table(release / "actors.parquet")
    names = table["name"].to_pylist()
    altered = table.set_column(1, table.schema.field("name"), pa.array(["X", *names[1:]]))
    pq.write_table(
        altered.replace_schema_metadata(table.schema.metadata), tmp_path / "actors.parquet"
    )
    assert only(tmp_path / "actors.parquet").text == (
        f"says {NAME}@0.1.0, but its rows are not those; nearest: {NAME}@0.1.1 (1 row differs)"
    )
    # Of an unknown version, with its own rows: believed no further than that.
    schema = table.schema
    metadata = {**schema.metadata, b"alignment_events.version": b"9.9.9"}
    pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "actors.parquet")
    assert (
        "(it says example-world@9.9.9, with the same rows)"
        in only(tmp_path / "actors.parquet").text
    )


def test_of_no_release_that_is_known(
    release: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGNMENT_EVENTS_HOME", str(tmp_path))
    assert only(release / "actors.parquet").text == (
        f"says {NAME}@0.1.0, which no registry that was asked knows; its rows are as it says"
    )
    assert only(release / "actors.csv").text == (
        "not a released table actors; no release is on this machine to compare it with"
    )
    # A mirror knows it.
    (answer,) = identify(release / "actors.csv", mirrors=home)
    assert answer.released


def test_the_version_that_changed(
    mirror: Path, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that differs between versions is told apart."""
    path = mirror / "registry.json"
    registry = read_registry(path)
    others = tuple(
        r if r.version == "0.1.0"
        else r.model_copy(update={"tables": {**r.tables, "actors": "sha256:" + "0" * 64}})
        for r in registry.releases
    )  # fmt: skip
    path.write_bytes(registry_bytes(registry.model_copy(update={"releases": others})))
    monkeypatch.setenv("ALIGNMENT_EVENTS_HOME", str(mirror))
    assert only(release / "actors.csv").releases == (f"{NAME}@0.1.0",)


def test_a_workbook(release: Path, tmp_path: Path) -> None:
    """Days as days, numbers as numbers, one sheet a table and one that is none."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "book.xlsx"), {"strings_to_urls": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    book.add_worksheet("About").write_string(0, 0, "This is a workbook")
    dataset = ae.load(release)
    for name in ("events", "participants", "deeds"):
        sheet = book.add_worksheet(name)
        table = dataset.tables[name]
        sheet.write_row(0, 0, table.column_names)
        for number, row in enumerate(table.to_pylist(), 1):
            for column, value in enumerate(row.values()):
                if value is not None and hasattr(value, "year"):
                    sheet.write_datetime(number, column, value, day)
                elif value is not None:
                    sheet.write(
                        number, column, "?" if name == "deeds" and value == "deed" else value
                    )
    book.close()
    found = {answer.table: answer for answer in identify(tmp_path / "book.xlsx")}
    assert set(found) == {"events", "participants", "deeds"}
    assert found["events"].where.endswith("book.xlsx, sheet events")
    assert all(answer.released for answer in found.values())


def test_databases(release: Path, tmp_path: Path) -> None:
    dataset = ae.load(release)
    connection = sqlite3.connect(tmp_path / "x.sqlite")
    for name in ("participants", "actors"):
        dataset.to_pandas(name).to_sql(name, connection, index=False)
    connection.execute("DELETE FROM actors WHERE actor = 'CAL'")
    connection.commit()
    connection.close()
    found = {answer.table: answer for answer in identify(tmp_path / "x.sqlite")}
    assert found["participants"].released
    assert found["actors"].text.endswith("(1 row is missing)")


@pytest.mark.needs("duckdb")
def test_duckdb(release: Path, tmp_path: Path) -> None:
    import duckdb

    connection = duckdb.connect(str(tmp_path / "x.duckdb"))
    connection.execute(f"CREATE TABLE events AS FROM '{release / 'events.parquet'}'")
    connection.close()
    assert only(tmp_path / "x.duckdb").released


@pytest.mark.needs("pyreadstat")
@pytest.mark.parametrize("ending", ["dta", "sav"])
def test_stata_and_spss(ending: str, release: Path, tmp_path: Path) -> None:
    """Codes are numbers there, and their labels say which."""
    import pandas as pd
    import pyreadstat

    frame = pd.read_csv(release / "actors.csv", dtype=str, keep_default_na=False)
    for column in ("cow", "gw", "valid_from", "valid_to"):
        frame[column] = pd.to_numeric(frame[column], errors="coerce").astype(float)
    types = sorted(set(frame["actor_type"]))
    frame["actor_type"] = [types.index(code) + 1 for code in frame["actor_type"]]
    frame["focal"] = [int(flag == "true") for flag in frame["focal"]]
    labels = {"actor_type": dict(enumerate(types, 1)), "focal": {0: "false", 1: "true"}}
    write = pyreadstat.write_dta if ending == "dta" else pyreadstat.write_sav
    write(frame, str(tmp_path / f"x.{ending}"), variable_value_labels=labels)
    assert only(tmp_path / f"x.{ending}").released
    labels["actor_type"] = dict(enumerate([*types[:-1], "bank"], 1))
    write(frame, str(tmp_path / f"x.{ending}"), variable_value_labels=labels)
    assert "nearest" in only(tmp_path / f"x.{ending}").text


BAD: dict[str, bytes] = {
    "x.parquet": b"PAR1",
    "x.csv": b"\xff\xfe\x00",
    "y.csv": b'a,b\n"',
    "x.xlsx": b"PK\x03\x04",
    "x.sqlite": b"no database at all, and longer than a header of one" * 20,
    "x.duckdb": b"no",
    "x.dta": b"no",
    "x.sav": b"no",
    "x.docx": b"no",
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_cannot_be_read(name: str, tmp_path: Path, cli: Cli) -> None:
    (tmp_path / name).write_bytes(BAD[name])
    if name == "y.csv":
        assert only(tmp_path / name).text == "its columns are those of no table of the format"
        return
    with pytest.raises(AlignmentEventsError, match=name):
        tables_in(tmp_path / name)


def test_command(release: Path, tmp_path: Path, cli: Cli) -> None:
    done = cli("whatis", release / "participants.csv", release / "events.parquet")
    assert (done.returncode, done.stdout.count("\n")) == (0, 2)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    done = cli("whatis", tmp_path / "other.csv")
    assert done.returncode == 1
    assert (
        done.stdout
        == f"{tmp_path / 'other.csv'}: its columns are those of no table of the format\n"
    )
    assert cli("whatis", tmp_path / "absent.csv").returncode == 2
    shutil.copy(release / "events.csv", tmp_path / "events.CSV")
    assert cli("whatis", tmp_path / "events.CSV").returncode == 0
