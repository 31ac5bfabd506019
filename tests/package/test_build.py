"""Builds: the same bytes everywhere, CSV and Parquet alike, whole or not at all."""

import csv
import datetime as dt
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import COMMAND, NAME

import alignment_events as ae
from alignment_events.findings import AlignmentEventsError, InvalidData
from alignment_events.release.digest import dataset_digest, table_digest
from alignment_events.spec.tables import table_specs


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def test_files_of_a_package(example_package: Path) -> None:
    expected = {f"{name}.{suffix}" for name in table_specs() for suffix in ("csv", "parquet")}
    assert {path.name for path in example_package.iterdir()} == expected | {"datapackage.json"}


ENVIRONMENTS: dict[str, dict[str, str]] = {
    "time zone": {"TZ": "Pacific/Kiritimati"},
    "locale": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"},
    "hash seed": {"PYTHONHASHSEED": "4711"},
}


@pytest.mark.parametrize("case", [*ENVIRONMENTS, "umask"])
def test_same_bytes(
    case: str, example_dataset: Path, example_package: Path, tmp_path: Path
) -> None:
    """From another folder to another folder, in another environment, later."""
    source = Path(shutil.copytree(example_dataset, tmp_path / "elsewhere" / NAME))
    for path in source.rglob("*"):
        os.utime(path, (0, 0))
    out = tmp_path / "other" / "name"
    command = [*COMMAND, "build", str(source), "--out", str(out)]
    umask = 0o077 if case == "umask" and os.name == "posix" else -1
    environment = {**os.environ, **ENVIRONMENTS.get(case, {})}
    subprocess.run(command, env=environment, umask=umask, check=True, capture_output=True)
    assert hashes(out) == hashes(example_package)


def read_csv(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV file, typed by nothing but the table's specification."""
    spec = table_specs()[path.stem]
    read = {
        "day": dt.date.fromisoformat,
        "flag": {"true": True, "false": False}.__getitem__,
        "integer": int,
        "number": float,
    }
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            {
                column.name: read.get(column.type, str)(row[column.name])
                if row[column.name]
                else None
                for column in spec.columns
            }
            for row in csv.DictReader(stream)
        ]


def test_csv_and_parquet_hold_the_same_rows(example_package: Path) -> None:
    descriptor = json.loads((example_package / "datapackage.json").read_text(encoding="utf-8"))
    digests = {}
    for name in table_specs():
        from_parquet = pq.read_table(example_package / f"{name}.parquet").to_pylist()
        from_csv = read_csv(example_package / f"{name}.csv")
        assert from_csv == from_parquet
        digests[name] = table_digest(name, from_csv)
        (resource,) = (r for r in descriptor["resources"] if r["path"] == f"{name}.csv")
        assert resource["content_digest"] == f"sha256:{digests[name]}"
    assert descriptor["content_digest"] == f"sha256:{dataset_digest(digests)}"


def test_digest_does_not_depend_on_the_order_of_rows(example_package: Path) -> None:
    rows = read_csv(example_package / "participants.csv")
    assert table_digest("participants", rows[::-1]) == table_digest("participants", rows)
    assert table_digest("participants", rows[1:]) != table_digest("participants", rows)


def test_parquet_says_what_it_is(example_package: Path) -> None:
    schema = pq.read_schema(example_package / "events.parquet")
    assert schema.metadata is not None
    assert schema.metadata[b"table"] == b"events"
    assert schema.metadata[b"alignment_events.dataset"] == NAME.encode()
    assert schema.metadata[b"alignment_events.licence"] == b"CC0-1.0"
    digest = json.loads((example_package / "datapackage.json").read_text())["content_digest"]
    assert b"sha256:" + schema.metadata[b"alignment_events.digest"] == digest.encode()
    for name, spec in table_specs().items():
        for field in pq.read_schema(example_package / f"{name}.parquet"):
            assert field.metadata[b"description"].decode() == spec.column(field.name).doc


# --- For readers of Data Packages ---------------------------------------------------------------


@pytest.mark.needs("frictionless")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_frictionless_accepts_it_and_notices_a_changed_file(package_copy: Path) -> None:
    from frictionless import validate

    path = str(package_copy / "datapackage.json")
    report = validate(path)
    assert report.valid, report.flatten(["name", "type", "note"])
    assert {task.name for task in report.tasks} >= set(table_specs())
    events = package_copy / "events.csv"
    events.write_bytes(events.read_bytes().replace(b"Arcadia", b"Acradia", 1))
    (wrong,) = (task for task in validate(path).tasks if not task.valid)
    assert wrong.name == "events"
    assert "hash-count" in {error.type for error in wrong.errors}


# --- Whole or not at all ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [None, b"[]", b"{}", b"not JSON", b'{"name": "of another kind"}', b"[" * 100_000]
)
def test_a_folder_that_is_no_package_is_not_replaced(
    content: bytes | None, example_dataset: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "diary.txt").write_text("irreplaceable")
    if content is not None:
        (out / "datapackage.json").write_bytes(content)
    with pytest.raises(AlignmentEventsError, match="not replaced"):
        ae.build(example_dataset, out)
    assert (out / "diary.txt").read_text() == "irreplaceable"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_neither_is_a_file_nor_the_dataset_itself(dataset_copy: Path, tmp_path: Path) -> None:
    before = hashes(dataset_copy / "records")
    for out in (dataset_copy, dataset_copy / "dataset.yaml", dataset_copy.parent):
        with pytest.raises(AlignmentEventsError, match="not replaced"):
            ae.build(dataset_copy, out)
    assert hashes(dataset_copy / "records") == before


def test_an_earlier_package_and_an_empty_folder_are(example_dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    ae.build(example_dataset, out)
    first = hashes(out)
    (out / "stray.txt").touch()
    ae.build(example_dataset, out)
    assert hashes(out) == first
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failing_build_leaves_the_earlier_package(dataset_copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "packages" / NAME
    ae.build(dataset_copy, out)
    before = hashes(out)
    (dataset_copy / "records" / "pact.yaml").unlink()
    with pytest.raises(InvalidData):
        ae.build(dataset_copy, out)
    assert hashes(out) == before
    assert [path.name for path in out.parent.iterdir()] == [NAME]


@pytest.mark.parametrize("fails", ["write_tables", "validate_package", "place"])
def test_nothing_is_left_of_a_build_that_fails_late(
    fails: str, example_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    out = tmp_path / "out"
    monkeypatch.setattr(f"alignment_events.release.package.{fails}", fail)
    with pytest.raises(OSError, match="no space"):
        ae.build(example_dataset, out)
    assert list(tmp_path.iterdir()) == []


def test_the_earlier_package_returns_if_the_new_one_cannot_take_its_place(
    example_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    ae.build(example_dataset, out)
    before = hashes(out)
    replace = os.replace

    def refuse(source: Path, target: Path) -> None:
        if target == out and ".old-" not in source.name:
            raise OSError("device gone")
        replace(source, target)

    monkeypatch.setattr("alignment_events.release.places._exchange", lambda *_: False)
    monkeypatch.setattr("alignment_events.release.places.os.replace", refuse)
    with pytest.raises(OSError, match="device gone"):
        ae.build(example_dataset, out)
    assert hashes(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_place_that_cannot_be_written(example_dataset: Path, tmp_path: Path, cli: Any) -> None:
    (tmp_path / "file").touch()
    done = cli("build", example_dataset, "--out", tmp_path / "file" / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("alignment-events: ")


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_killed_builds_leave_a_whole_package(
    dataset_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at several moments of the writing, a build leaves the old or the new package."""
    home = tmp_path / "packages"
    out = home / NAME
    ae.build(dataset_copy, out)
    old = hashes(out)
    info = dataset_copy / "dataset.yaml"
    info.write_text(info.read_text().replace("version: 0.1.0", "version: 0.2.0"))
    ae.build(dataset_copy, tmp_path / "new")
    new = hashes(tmp_path / "new")
    assert old != new
    killed = 0
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        command = [sys.executable, *COMMAND[1:], "build", str(dataset_copy), "--out", str(out)]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = set(home.iterdir())
        # The writing begins when a folder appears beside; how long it takes, a full build shows.
        while running.poll() is None and set(home.iterdir()) == before:
            time.sleep(0.002)
        time.sleep(0.3 * share)
        running.send_signal(signal.SIGKILL)
        killed += running.wait() == -signal.SIGKILL
        assert hashes(out) in (old, new)
    assert killed
    assert all(path.name.startswith(".") for path in home.iterdir() if path != out)
    monkeypatch.setenv("ALIGNMENT_EVENTS_HOME", str(home))
    assert {name for name, path in ae.available().items() if path.parent == home} == {NAME}
    ae.build(dataset_copy, out)
    assert hashes(out) == new
    assert list(home.iterdir()) == [out], "what the killed ones left is cleaned"
