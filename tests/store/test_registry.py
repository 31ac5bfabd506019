"""The registry on disk: releases never change, and writers do not get in each other's way."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import NAME

from alignment_events.registry import (
    RegistryError,
    Release,
    entry_of,
    merged,
    read_registry,
)
from alignment_events.registry_file import record_release, yank


@pytest.fixture
def entry(served: Path) -> Release:
    return entry_of(served / NAME / "0.1.0", date="2030-01-01")


def test_recorded_once(entry: Release, tmp_path: Path, served: Path) -> None:
    path = tmp_path / "registry.json"
    record_release(path, entry)
    before = path.read_bytes()
    record_release(path, entry)
    assert path.read_bytes() == before
    archive = served / NAME / f"{NAME}-0.1.0.zip"
    record_release(path, entry_of(served / NAME / "0.1.0", archive, date="2030-01-01"))
    found = read_registry(path).find(NAME, "0.1.0")
    assert found is not None
    assert found.archive is not None


def test_a_release_never_changes(entry: Release, tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    record_release(path, entry)
    before = path.read_bytes()
    for change in (
        {"digest": "sha256:" + "0" * 64},
        {"tables": {"events": entry.digest}},
        {"files": entry.files[:-1]},
    ):
        with pytest.raises(RegistryError, match="give the change a new version"):
            record_release(path, entry.model_copy(update=change))
    assert path.read_bytes() == before


def test_statuses(entry: Release, tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    for version in ("0.10.0", "0.2.0", "0.9.1"):
        record_release(path, entry.model_copy(update={"version": version}))

    def statuses() -> dict[str, str]:
        return {r.version: r.status for r in read_registry(path).of(NAME)}

    assert statuses() == {"0.2.0": "superseded", "0.9.1": "superseded", "0.10.0": "current"}
    yank(path, NAME, "0.10.0", "Wrong.")
    assert statuses() == {"0.2.0": "superseded", "0.9.1": "current", "0.10.0": "yanked"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dataset", "../x"),
        ("version", "0.1"),
        ("version", "00.1.0"),
        ("date", "2030-02-30"),
        ("digest", "md5:0"),
        ("doi", "https://doi.org/10.1/x"),
        ("status", "yanked"),
        ("reason", "because"),
        ("files", []),
        ("tables", {}),
        ("tables", {"../x": "sha256:" + "0" * 64}),
    ],
)
def test_entries_that_are_none(field: str, value: object, entry: Release) -> None:
    with pytest.raises(ValueError, match=r"\d validation error"):
        Release.model_validate({**entry.model_dump(), field: value})


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/b", ".x", "", "x\\y", "C:", "con.csv", "x.", "x" * 200]
)
def test_names_of_files_that_are_none(name: str, entry: Release) -> None:
    told = entry.model_dump()
    told["files"] = [*told["files"], {"name": name, "sha256": "0" * 64, "bytes": 1}]
    with pytest.raises(ValueError, match=r"\d validation error"):
        Release.model_validate(told)
    told["files"] = [
        *entry.model_dump()["files"],
        {"name": "DataPackage.json", "sha256": "0" * 64, "bytes": 1},
    ]
    with pytest.raises(ValueError, match="the same name"):
        Release.model_validate(told)


def test_what_is_no_release(example_package: Path, package_copy: Path) -> None:
    with pytest.raises(RegistryError, match="no date"):
        entry_of(example_package)
    (package_copy / "folder").mkdir()
    with pytest.raises(RegistryError, match="folder"):
        entry_of(package_copy, date="2030-01-01")


def test_a_registry_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignment_events.registry.MAX_REGISTRY_BYTES", 10)
    (tmp_path / "registry.json").write_bytes(b" " * 11)
    with pytest.raises(RegistryError, match="at most 10 bytes"):
        read_registry(tmp_path / "registry.json")


def test_yanked_in_one_place_is_yanked(served: Path, entry: Release) -> None:
    here = read_registry(served / "registry.json")
    there = here.model_copy(
        update={
            "releases": tuple(
                r.model_copy(update={"status": "yanked", "reason": "No."}) for r in here.releases
            )
        }
    )
    both = merged({"here": here, "there": there})
    assert {r.status for r in both.releases} == {"yanked"}


def test_several_writers_at_once(entry: Release, tmp_path: Path, served: Path) -> None:
    """None of them loses what another has recorded."""
    path = tmp_path / "registry.json"
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from alignment_events.registry import entry_of\n"
        "from alignment_events.registry_file import record_release\n"
        "entry = entry_of(Path(sys.argv[1]), date='2030-01-01')\n"
        "for minor in range(10):\n"
        "    version = f'{sys.argv[3]}.{minor}.0'\n"
        "    record_release(Path(sys.argv[2]), entry.model_copy(update={'version': version}))\n"
    )
    folder = served / NAME / "0.1.0"
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(folder), str(path), str(number)])
        for number in range(3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(read_registry(path).releases) == 30
    assert {p.name for p in tmp_path.iterdir()} <= {"registry.json", ".registry.json.lock"}
