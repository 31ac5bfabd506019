"""Spark says what the local engine says: every finding, with its exact row, by the same rules."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from spoilt import Tables, all_counterexamples, spoil, whole, write

import alignment_events as ae
from alignment_events.findings import AlignmentEventsError

pytestmark = [
    pytest.mark.full,
    pytest.mark.needs("pyspark", "java"),
    # Said by PySpark of pandas, which is not used here; and of sockets of workers that have ended.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

CONF = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
}


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from alignment_events.spark.run import session_of

    # Workers find the library where this process found it.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(ae.__file__).parents[1]), *sys.path])
    session = session_of(CONF)
    yield session
    session.stop()


@pytest.fixture
def small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that records that belong together lie in different ones."""
    monkeypatch.setattr("alignment_events.spark.run.RECORDS_IN_BUCKET", 60)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command `validate` in a process of its own."""
    program = "from alignment_events.cli import main; main()"
    command = [sys.executable, "-c", program, "validate", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def spoilt(seed: int) -> Tables:
    return spoil(all_counterexamples(), seed, 60) if seed else all_counterexamples()


@pytest.mark.usefixtures("session", "small_buckets")
@pytest.mark.parametrize(("seed", "package"), [(0, True), (1, False), (2, True)])
def test_the_report_is_that_of_the_local_engine(seed: int, package: bool, tmp_path: Path) -> None:
    from alignment_events.spark.run import validate_on_spark

    write(spoilt(seed), tmp_path, row_group=100)
    expected = whole(tmp_path, package=package)
    found = validate_on_spark(tmp_path, package=package)
    assert set(found.findings) == set(expected.findings)
    assert len(expected.findings) > 100
    assert found == expected


@pytest.mark.usefixtures("session", "small_buckets")
def test_files_of_a_partitioned_dataset(tmp_path: Path) -> None:
    tables = spoilt(0)
    write({n: f for n, f in tables.items() if n != "events"}, tmp_path / "parts")
    years = tables["events"].with_columns(year=pl.col("date_start").dt.year().fill_null(0))
    for (year,), part in years.group_by("year"):
        folder = tmp_path / "parts" / "events" / f"year={year}"
        write({"events": part.drop("year")}, folder)
        (folder / "events.parquet").rename(folder / "part-0.parquet")
    report = ae.validate(tmp_path / "parts", engine="spark")
    write(tables, tmp_path / "whole")
    expected = whole(tmp_path / "whole", package=False)
    assert {(f.code, f.record_id, f.field) for f in report.findings} == {
        (f.code, f.record_id, f.field) for f in expected.findings
    }
    for found in report.findings:
        if found.table == "events":
            assert "/year=" in found.file
            row = pl.read_parquet(found.file, hive_partitioning=False).row(found.row, named=True)
            assert row["event_id"] == found.record_id


@pytest.mark.usefixtures("session", "small_buckets")
def test_a_small_table_of_several_files_is_read_to_its_last_row(tmp_path: Path) -> None:
    tables = spoilt(0)
    actors = tables["actors"]
    # The last file has a fault of its own, and the only rows of actors that events name.
    bad = actors.tail(1).with_columns(actor=pl.lit("no code"))
    parts = (actors.head(2), actors.head(0), pl.concat([actors.tail(-2), bad]))
    write({n: f for n, f in tables.items() if n != "actors"}, tmp_path / "parts")
    for number, part in enumerate(parts):
        folder = tmp_path / "parts" / "actors" / f"year=203{number}"
        write({"actors": part}, folder)
        (folder / "actors.parquet").rename(folder / "part-0.parquet")
    report = ae.validate(tmp_path / "parts", engine="spark")
    write(tables | {"actors": pl.concat(parts)}, tmp_path / "whole")
    expected = whole(tmp_path / "whole", package=False)

    def sorts(found: Any) -> list[Any]:
        return sorted((f.code, f.table, f.record_id or "", f.field or "") for f in found)

    assert report.rows_seen == expected.rows_seen
    assert sorts(report.findings) == sorts(expected.findings)
    (place,) = {(f.file, f.row) for f in report.findings if f.value == "no code"}
    assert place == (str(tmp_path / "parts/actors/year=2032/part-0.parquet"), len(parts[2]) - 1)


@pytest.mark.usefixtures("session", "small_buckets")
def test_every_finding_goes_to_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(spoilt(0), tmp_path / "tables")
    everything = ae.validate(tmp_path / "tables", engine="spark")
    limits = {"MAX_LISTED": 2, "ALWAYS_KEPT": 1, "MAX_KEPT": 5}
    for name, value in limits.items():
        monkeypatch.setattr(f"alignment_events.check.kept.{name}", value)
    file = tmp_path / "found.parquet"
    report = ae.validate(tmp_path / "tables", engine="spark", findings=file)
    assert report.unlisted
    assert len(report.findings) < len(everything.findings)
    rows = pl.read_parquet(file)
    assert rows["code"][: len(report.findings)].to_list() == [f.code for f in report.findings]
    names = ("code", "file", "table", "row", "record_id", "field", "message")
    assert sorted(map(str, rows.select(names).iter_rows())) == sorted(
        str(tuple(getattr(f, name) for name in names)) for f in everything.findings
    )
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    # Which are listed, where there are too many, does not depend on who finds them.
    local = ae.validate(tmp_path / "tables")
    places = [[(f.code, f.table, f.row) for f in one.findings] for one in (report, local)]
    assert places[0] == places[1]
    assert report.unlisted == local.unlisted


def test_a_bound_of_memory_is_not_for_spark(tmp_path: Path) -> None:
    write({"events": spoilt(0)["events"]}, tmp_path)
    with pytest.raises(AlignmentEventsError, match=r"spark\.executor\.memory"):
        ae.validate(tmp_path, engine="spark", memory="2GiB")
    done = run(tmp_path, "--engine", "spark", "--memory", "2GiB")
    assert done.returncode == 2
    assert "--spark-conf spark.executor.memory" in done.stderr
    assert "Traceback" not in done.stderr


def test_frames_of_spark(session: Any, tmp_path: Path) -> None:
    write(spoilt(0), tmp_path)
    events = pl.read_parquet(tmp_path / "events.parquet")
    expected = ae.validate(events)
    # Read from files, and then filtered: the rows are still numbered as in the file.
    of_file = session.read.parquet(str(tmp_path / "events.parquet"))
    found = ae.validate(of_file)
    assert [(f.code, f.row) for f in found.findings] == [(f.code, f.row) for f in expected.findings]
    assert all(f.file.endswith("events.parquet") for f in found.findings)
    kept = ae.validate({"events": of_file.where("kind = 'meeting'")})
    meetings = set(events.with_row_index().filter(pl.col("kind") == "meeting")["index"])
    assert {f.row for f in kept.findings} <= meetings
    assert kept.findings
    # Made of rows at hand: numbered as they come.
    made = ae.validate({"events": session.createDataFrame(events.to_arrow())})
    assert [(f.code, f.row) for f in made.findings] == [(f.code, f.row) for f in expected.findings]
    with pytest.raises(TypeError, match="no table of the format"):
        ae.validate(session.range(3))


@pytest.mark.usefixtures("session")
def test_what_cannot_be_checked_is_told(tmp_path: Path) -> None:
    (tmp_path / "events.parquet").write_bytes(b"PAR1 this is not")
    (found,) = ae.validate(tmp_path, engine="spark").findings
    assert found.code == "AE015"
    (found,) = ae.validate(tmp_path / "nothing", engine="spark").findings
    assert found.code == "AE001"
    empty = tmp_path / "empty"
    empty.mkdir()
    report = ae.validate(empty, engine="spark")
    assert report.unusable
    assert report.findings[0].code == "AE014"
    for year, column in (("2031", "event_id"), ("2032", "deed_id")):
        folder = tmp_path / "mixed" / "events" / year
        folder.mkdir(parents=True)
        pl.DataFrame({column: ["x"]}).write_parquet(folder / "part-0.parquet")
    with pytest.raises(AlignmentEventsError, match="must be alike"):
        ae.validate(tmp_path / "mixed", engine="spark")


def test_the_command_line(tmp_path: Path) -> None:
    write(spoilt(0), tmp_path)
    settings = [word for n, v in CONF.items() for word in ("--spark-conf", f"{n}={v}")]
    done = run(tmp_path, "--engine", "spark", *settings)
    local = run(tmp_path)
    assert done.returncode == local.returncode == 1, done.stderr
    assert "AE" in local.stdout
    assert done.stdout == local.stdout
