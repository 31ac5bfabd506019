"""Verdicts are remembered by what was judged: the same bytes, the same library, nothing else."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import alignment_events as ae
from alignment_events import packages, verdicts
from alignment_events.findings import Finding, InvalidData, Level, Report


@pytest.fixture(autouse=True)
def _remembering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(verdicts.SWITCH, "1")
    monkeypatch.setenv("ALIGNMENT_EVENTS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one whenever a package is really checked."""
    made: list[str] = []
    check = packages.check_package

    def counted(*given: Any, **more: Any) -> packages.CheckedPackage:
        made.append("checked")
        return check(*given, **more)

    monkeypatch.setattr(packages, "check_package", counted)
    return made


def test_the_same_bytes_are_checked_once(package_copy: Path, checks: list[str]) -> None:
    first = ae.validate(package_copy)
    assert first.ok
    assert checks == ["checked"]
    assert ae.validate(package_copy) == first
    assert ae.validate(str(package_copy)) == first
    assert checks == ["checked"]


def test_loading_and_validating_share_what_they_know(package_copy: Path, checks: list[str]) -> None:
    checked = ae.load(package_copy)
    remembered = ae.load(package_copy)
    ae.validate(package_copy)
    assert checks == ["checked"]
    assert remembered.about == checked.about
    for name, table in checked.tables.items():
        assert remembered.tables[name].equals(table, check_metadata=True)


@pytest.mark.needs("/proc/self/task")
def test_loading_starts_no_threads(package_copy: Path) -> None:
    # A program that ends while threads of Arrow are still waking up is aborted, after it has done its work.
    ae.load(package_copy)
    code = (
        "import os, sys, pyarrow.parquet, alignment_events as ae\n"
        "threads = lambda: len(os.listdir('/proc/self/task'))\n"
        "before = threads()\n"
        "ae.load(sys.argv[1])\n"
        "assert 'polars' not in sys.modules\n"
        "print(threads() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(package_copy)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0"


def test_a_changed_file_is_checked(package_copy: Path) -> None:
    assert ae.validate(package_copy).ok
    path = package_copy / "events.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert {found.code for found in ae.validate(package_copy).findings} == {"AE505"}
    with pytest.raises(InvalidData):
        ae.load(package_copy)


@pytest.mark.parametrize("what", ["added", "removed", "renamed"])
def test_another_set_of_files_is_checked(package_copy: Path, what: str) -> None:
    assert ae.validate(package_copy).ok
    path = package_copy / "deeds.csv"
    if what == "added":
        (package_copy / "more.csv").write_bytes(path.read_bytes())
    elif what == "removed":
        path.unlink()
    else:
        path.rename(package_copy / "acts.csv")
    assert not ae.validate(package_copy).ok


def test_the_name_of_the_folder_is_judged_too(package_copy: Path) -> None:
    """What lies among the releases must be named after its version."""
    assert ae.validate(package_copy).ok
    place = package_copy.parent / "releases"
    place.mkdir()
    assert ae.validate(Path(shutil.copytree(package_copy, place / "0.1.0"))).ok
    wrong = ae.validate(Path(shutil.copytree(package_copy, place / "0.2.0")))
    assert [found.code for found in wrong.findings] == ["AE505"]


def test_another_library_judges_anew(
    package_copy: Path, checks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ae.validate(package_copy)
    monkeypatch.setattr(verdicts, "_library", lambda: ["another"])
    ae.validate(package_copy)
    assert checks == ["checked", "checked"]


def test_each_module_of_the_library_counts(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    module = tmp_path / "rules" / "row.py"
    module.write_text("RULES = ()", encoding="utf-8")
    before = list(verdicts._stamps(tmp_path))
    os.utime(module, ns=(1, 1))
    after = list(verdicts._stamps(tmp_path))
    assert [path for path, *_ in before] == [path for path, *_ in after] == [str(module)]
    assert before != after


def test_a_library_without_files_remembers_nothing(
    package_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it consists of could change unseen."""
    monkeypatch.setattr(verdicts, "_library", lambda: None)
    assert verdicts.contents_of(package_copy) is None
    assert ae.validate(package_copy).ok


def test_it_can_be_switched_off(
    package_copy: Path, checks: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(verdicts.SWITCH, "0")
    ae.validate(package_copy)
    ae.validate(package_copy)
    assert checks == ["checked", "checked"]
    assert not (tmp_path / "cache").exists()


def test_faulty_packages_are_not_remembered(package_copy: Path, tmp_path: Path) -> None:
    (package_copy / "deeds.csv").unlink()
    assert not ae.validate(package_copy).ok
    assert not (tmp_path / "cache").exists()


def test_warnings_are_remembered_with_their_places(package_copy: Path) -> None:
    contents = verdicts.contents_of(package_copy)
    assert contents is not None
    found = Finding(
        "AE305", Level.WARNING, "A sentence.", file=str(package_copy / "events.parquet"),
        table="events", row=3, value="值",
    )  # fmt: skip
    report = Report((found,), {"events": 4}, {"AE305": 4}, {"AE402": "no actors"})
    verdicts.remember(contents, report)
    assert verdicts.recall(contents) == report
    # The folder may be called by another name.
    moved = verdicts.Contents(Path("elsewhere"), contents.files, contents.key)
    recalled = verdicts.recall(moved)
    assert recalled is not None
    assert recalled.findings[0].file == str(Path("elsewhere", "events.parquet"))


@pytest.mark.parametrize(
    "report",
    [
        Report(unusable=True),
        Report(partial=True),
        Report((Finding("AE305", Level.ERROR, "A sentence."),)),
        Report(unlisted={"AE305": {"events": 1}}),
        Report(accepted=((Finding("AE305", Level.WARNING, "A sentence."), "so"),)),
        Report((Finding("AE305", Level.WARNING, "A sentence."),) * 1_001),
    ],
)
def test_only_whole_reports_without_errors_are_kept(package_copy: Path, report: Report) -> None:
    contents = verdicts.contents_of(package_copy)
    assert contents is not None
    verdicts.remember(contents, report)
    assert verdicts.recall(contents) is None


def test_files_that_change_during_the_check(package_copy: Path) -> None:
    """What was judged may be neither the old nor the new files."""
    contents = verdicts.contents_of(package_copy)
    assert contents is not None
    (package_copy / "deeds.csv").write_text("changed", encoding="utf-8")
    verdicts.remember(contents, Report())
    assert verdicts.recall(contents) is None


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "null", '{"findings": 3}', '{"findings": [{"level": "grave"}]}',
     '{"findings": [{"level": "error", "odd": 1}], "rows_seen": {}, "rules_run": {}, "rules_skipped": {}}'],
)  # fmt: skip
def test_a_damaged_verdict_is_none(
    package_copy: Path, checks: list[str], tmp_path: Path, damage: str
) -> None:
    report = ae.validate(package_copy)
    (kept,) = (tmp_path / "cache" / ".verdicts").iterdir()
    kept.write_text(damage, encoding="utf-8")
    assert ae.validate(package_copy) == report
    assert checks == ["checked", "checked"]
    assert json.loads(kept.read_text(encoding="utf-8"))["findings"] == []


def test_what_is_no_small_folder_of_files(
    package_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verdicts.contents_of(tmp_path / "absent") is None
    monkeypatch.setattr(verdicts, "MOST_BYTES", 1_000)
    assert verdicts.contents_of(package_copy) is None
    monkeypatch.undo()
    monkeypatch.setattr(verdicts, "_MOST_FILES", 3)
    assert verdicts.contents_of(package_copy) is None


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
@pytest.mark.parametrize("odd", ["link", "folder", "pipe"])
def test_what_is_no_plain_file_is_not_read(package_copy: Path, odd: str) -> None:
    place = package_copy / "odd"
    if odd == "link":
        place.symlink_to(package_copy / "deeds.csv")
    elif odd == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    assert verdicts.contents_of(package_copy) is None
    assert not ae.validate(package_copy).ok


def test_a_cache_that_cannot_be_written(
    package_copy: Path, tmp_path: Path, checks: list[str]
) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    assert ae.validate(package_copy).ok
    assert ae.load(package_copy).name
    assert checks == ["checked", "checked"]


def test_the_oldest_are_forgotten(
    package_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "_MOST_KEPT", 2)
    folder = tmp_path / "cache" / ".verdicts"
    folder.mkdir(parents=True)
    for age, name in enumerate(("older", "old", "young"), 1):
        (folder / f"{name}.json").write_text("{}", encoding="utf-8")
        os.utime(folder / f"{name}.json", (age, age))
    ae.validate(package_copy)
    names = {path.stem for path in folder.iterdir()}
    assert len(names) == 2
    assert "young" in names


def test_loaded_datasets_are_copied(package_copy: Path) -> None:
    """Tables that were not asked for before, checked or remembered, go with the copy."""
    for _ in range(2):
        copy = pickle.loads(pickle.dumps(ae.load(package_copy)))
        assert copy.events.equals(ae.load(package_copy).events, check_metadata=True)
