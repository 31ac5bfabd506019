"""What each export holds, found by a reader that had no part in writing it."""

import datetime as dt
import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest
from python_calamine import CalamineWorkbook

import alignment_events as ae
from alignment_events.dataset import Dataset
from alignment_events.spec.ir import ColumnSpec
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.tables import table_specs

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def dataset(example_package: Path) -> Dataset:
    return ae.load(example_package)


@pytest.fixture(scope="module")
def exported(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The dataset in a format; each is written once."""
    folder = tmp_path_factory.mktemp("exports")

    def write(format: str) -> Path:
        path = folder / f"out.{format}"
        return path if path.exists() else dataset.export(path, format=format)

    return write


def rows_of(dataset: Dataset, table: str) -> Rows:
    return dataset.tables[table].to_pylist()


def column_of(table: str, name: str) -> ColumnSpec:
    return table_specs()[table].column(name)


def same(dataset: Dataset, table: str, found: Rows) -> None:
    expected = rows_of(dataset, table)
    assert len(found) == len(expected), table
    # In any order: a database promises none.
    assert sorted(map(str, found)) == sorted(map(str, expected)), table


def test_the_example_has_rows_of_every_type(dataset: Dataset) -> None:
    types = {
        column.type
        for name, spec in table_specs().items()
        for column in spec.columns
        if any(row[column.name] is not None for row in rows_of(dataset, name))
    }
    assert types == {"text", "code", "id", "day", "flag", "integer", "number"}


def test_csv_is_that_of_the_package(exported: Callable[[str], Path], example_package: Path) -> None:
    for name in table_specs():
        assert (exported("csv") / f"{name}.csv").read_bytes() == (
            example_package / f"{name}.csv"
        ).read_bytes()


def test_csv_for_excel(dataset: Dataset, example_package: Path, tmp_path: Path) -> None:
    from alignment_events.export.run import export

    export(dataset, tmp_path / "x", format="csv", excel=True)
    for name in table_specs():
        found = (tmp_path / "x" / f"{name}.csv").read_bytes()
        assert found == b"\xef\xbb\xbf" + (example_package / f"{name}.csv").read_bytes()
        read = pd.read_csv(tmp_path / "x" / f"{name}.csv", encoding="utf-8-sig", dtype=str)
        assert tuple(read.columns) == table_specs()[name].names


def test_parquet_is_that_of_the_package(
    exported: Callable[[str], Path], example_package: Path
) -> None:
    for name in table_specs():
        assert (exported("parquet") / f"{name}.parquet").read_bytes() == (
            example_package / f"{name}.parquet"
        ).read_bytes()


def test_sqlite(dataset: Dataset, exported: Callable[[str], Path]) -> None:
    connection = sqlite3.connect(f"file:{exported('sqlite')}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    for name, spec in table_specs().items():
        found = [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
        for row in found:
            for column in spec.columns:
                value = row[column.name]
                if value is not None and column.type == "day":
                    row[column.name] = dt.date.fromisoformat(value)
                elif value is not None and column.type == "flag":
                    row[column.name] = {0: False, 1: True}[value]
        same(dataset, name, found)
        strict = connection.execute(f"PRAGMA table_list('{name}')").fetchone()["strict"]
        assert strict == 1
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    keys = {
        (row["table"], row["from"])
        for row in connection.execute("PRAGMA foreign_key_list('participants')")
    }
    assert {("records", "record_id"), ("actors", "actor")} <= keys
    release = dict(map(tuple, connection.execute('SELECT * FROM "_release"')))
    assert (release["digest"], release["version"]) == (dataset.digest, dataset.version)
    told = connection.execute(
        """SELECT description FROM "_columns" WHERE table_name = 'events' AND column_name = 'mode'"""
    ).fetchone()[0]
    assert told == column_of("events", "mode").doc
    codes = [
        row["code"]
        for row in connection.execute(
            """SELECT code FROM "_codes" WHERE table_name = 'events' AND column_name = 'mode'
            ORDER BY position"""
        )
    ]
    assert codes == list(all_vocabularies()["mode"].values)
    connection.close()


def test_sqlite_refuses_what_breaks_a_key(exported: Callable[[str], Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(exported("sqlite").read_bytes())
    connection = sqlite3.connect(copy)
    connection.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute("DELETE FROM actors")
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
        connection.execute("UPDATE participants SET position = 'first'")
    connection.close()


def test_duckdb(dataset: Dataset, exported: Callable[[str], Path]) -> None:
    connection = duckdb.connect(str(exported("duckdb")), read_only=True)
    for name in table_specs():
        found = connection.execute(f'SELECT * FROM "{name}"')
        names = [column[0] for column in found.description]
        same(dataset, name, [dict(zip(names, row, strict=True)) for row in found.fetchall()])
    comment = connection.execute(
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'events' AND column_name = 'mode'"
    ).fetchone()
    assert comment == (column_of("events", "mode").doc,)
    kinds = connection.execute(
        "SELECT DISTINCT constraint_type FROM duckdb_constraints() WHERE table_name = 'participants'"
    ).fetchall()
    assert {("FOREIGN KEY",), ("PRIMARY KEY",)} <= set(kinds)
    release = dict(connection.execute('SELECT * FROM "_release"').fetchall())
    assert release["digest"] == dataset.digest
    connection.close()


def test_xlsx(dataset: Dataset, exported: Callable[[str], Path]) -> None:
    book = CalamineWorkbook.from_path(str(exported("xlsx")))
    assert book.sheet_names == ["About", "Columns", "Codes", *table_specs()]
    about = dict(row[:2] for row in book.get_sheet_by_name("About").to_python()[1:])
    assert (about["digest"], about["version"]) == (dataset.digest, dataset.version)
    for name, spec in table_specs().items():
        header, *cells = book.get_sheet_by_name(name).to_python()
        assert tuple(header) == spec.names
        same(dataset, name, [_from_cells(name, row) for row in cells])


def _from_cells(table: str, cells: list[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, value in zip(table_specs()[table].columns, cells, strict=True):
        if value == "":
            row[column.name] = None
        elif column.type == "integer":
            assert value == int(value)
            row[column.name] = int(value)
        elif column.type == "day":
            assert isinstance(value, dt.date)
            row[column.name] = value
        else:
            row[column.name] = value
    return row


def test_jsonl(dataset: Dataset, exported: Callable[[str], Path]) -> None:
    path = exported("jsonl")
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(records) == len(dataset)
    assert ae.validate(records).ok
    # The same records, as objects: nothing was lost on the way.
    from alignment_events.model.events import record_adapter

    assert [record_adapter.validate_python(record) for record in records] == dataset.records()
    note = json.loads(path.with_name(path.name + ".release.json").read_text(encoding="utf-8"))
    assert note["digest"] == dataset.digest
    import hashlib

    assert note["files"][0]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def _from_statistics(table: str, frame: pd.DataFrame, labels: dict[str, Any]) -> Rows:
    found = []
    for raw in frame.to_dict("records"):
        row: dict[str, Any] = {}
        for column in table_specs()[table].columns:
            value = raw[column.name]
            missing = value is None or value == "" or pd.isna(value)
            if missing:
                row[column.name] = None
            elif column.type == "code":
                row[column.name] = labels[column.name][int(value)]
            elif column.type == "flag":
                row[column.name] = bool(value)
            elif column.type == "integer":
                row[column.name] = int(value)
            elif column.type == "day":
                row[column.name] = value.date() if isinstance(value, dt.datetime) else value
            else:
                row[column.name] = value
        found.append(row)
    return found


@pytest.mark.parametrize("ending", ["dta", "sav"])
def test_statistics_files(dataset: Dataset, exported: Callable[[str], Path], ending: str) -> None:
    read = {"dta": pyreadstat.read_dta, "sav": pyreadstat.read_sav}[ending]
    for name, spec in table_specs().items():
        frame, told = read(exported(ending) / f"{name}.{ending}")
        same(dataset, name, _from_statistics(name, frame, told.variable_value_labels))
        assert told.column_names == list(spec.names)
        for column, label in zip(spec.columns, told.column_labels, strict=True):
            assert label
            assert column.doc.startswith(label.removesuffix("…")) or label == column.doc
        assert told.file_label.startswith(f"{dataset.name} {dataset.version}")
        if ending == "sav":
            assert any(dataset.digest.removeprefix("sha256:")[:40] in note for note in told.notes)
            measures = told.variable_measure
            assert all(
                measures[column.name] == "scale"
                for column in spec.columns
                if column.type in ("day", "number")
            )
    release, _ = read(exported(ending) / f"_release.{ending}")
    assert release["digest"].tolist() == [dataset.digest]


def test_levels_of_measurement(exported: Callable[[str], Path]) -> None:
    _, told = pyreadstat.read_sav(exported("sav") / "events.sav")
    assert told.variable_measure["enactment"] == "ordinal"  # a ladder of rungs
    assert told.variable_measure["kind"] == "nominal"
    assert told.variable_measure["latitude"] == "scale"


def test_stata_in_pandas(dataset: Dataset, exported: Callable[[str], Path]) -> None:
    for name in ("events", "deeds", "participants"):
        frame = pd.read_stata(exported("dta") / f"{name}.dta", convert_categoricals=True)
        for column in table_specs()[name].columns:
            wanted = [row[column.name] for row in rows_of(dataset, name)]
            if column.type == "code":
                found = [None if pd.isna(value) else value for value in frame[column.name]]
                assert found == wanted, column.name
            if column.type == "day":
                found = [None if pd.isna(v) else v.date() for v in frame[column.name]]
                assert found == wanted, column.name


R_READS = """
suppressMessages(library({package}))
folder <- commandArgs(TRUE)[1]
for (table in strsplit(commandArgs(TRUE)[2], ",")[[1]]) {{
  data <- {read}
  for (column in names(data)) {{
    x <- data[[column]]
    if ({is_labelled}) x <- as.character({as_factor})
    if (inherits(x, "Date")) x <- format(x)
    if (is.numeric(x)) x <- format(as.numeric(x), digits = 17, trim = TRUE)
    x[is.na(x) | x == "NA"] <- ""
    cat(table, column, paste(gsub("[\\n|]", " ", x), collapse = "|"), sep = "\\t")
    cat("\\n")
  }}
}}
"""


def _through_r(script: str, folder: Path) -> dict[tuple[str, str], list[str]]:
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", script, str(folder), ",".join(table_specs())],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        table, column, values = line.split("\t", 2)
        found[table, column] = values.split("|")
    return found


def _as_r_shows(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value).replace("\n", " ").replace("|", " ")


@pytest.mark.full
@pytest.mark.needs("Rscript")
@pytest.mark.parametrize("ending", ["dta", "sav"])
def test_in_r_with_haven(dataset: Dataset, exported: Callable[[str], Path], ending: str) -> None:
    script = R_READS.format(
        package="haven",
        read=f'read_{ending}(file.path(folder, paste0(table, ".{ending}")))',
        is_labelled="is.labelled(x)",
        as_factor="as_factor(x)",
    )
    found = _through_r(script, exported(ending))
    assert len(found) == sum(len(spec.columns) for spec in table_specs().values())
    for (table, column), values in found.items():
        wanted = [_as_r_shows(row[column]) for row in rows_of(dataset, table)]
        if column_of(table, column).type == "number":
            values = [f"{float(value):.10g}" if value else "" for value in values]
        # R shows no values of a table without rows.
        assert values == (wanted or [""]), (table, column)


def test_metadata_in_parquet(exported: Callable[[str], Path], dataset: Dataset) -> None:
    told = pq.read_schema(exported("parquet") / "events.parquet").metadata
    assert told[b"alignment_events.version"].decode() == dataset.version
    assert dataset.digest.endswith(told[b"alignment_events.digest"].decode())
