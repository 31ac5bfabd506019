"""Release builds: what is in them, the same bytes everywhere, written once."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from conftest import COMMAND, NAME, ROOT
from workbench import DATES, ERRATA, FIRST, SECOND, Workbench, hashes, second_state

import alignment_events as ae
from alignment_events.findings import AlignmentEventsError, InvalidData
from alignment_events.registry import read_registry
from alignment_events.release.documents import TITLES
from alignment_events.spec.tables import table_specs

REPOSITORY = Path(__file__).parents[2]


# --- What is in it ----------------------------------------------------------------------------


def test_files_of_a_release(bench_with_both: Workbench) -> None:
    tables = {f"{name}.{suffix}" for name in table_specs() for suffix in ("csv", "parquet")}
    there = {path.name for path in bench_with_both.release(FIRST).iterdir()}
    assert there == tables | set(TITLES) - {"reliability.json"} | {"datapackage.json"}
    told = json.loads((bench_with_both.release(FIRST) / "datapackage.json").read_text("utf-8"))
    assert {r["path"] for r in told["resources"]} == there - {"datapackage.json"}
    assert told["created"] == f"{DATES[FIRST]}T00:00:00Z"


@pytest.mark.needs("sha256sum")
def test_sha256sum_accepts_the_checksums(bench_with_both: Workbench) -> None:
    folder = bench_with_both.release(SECOND)
    command = ["sha256sum", "--check", "--strict", "checksums.txt"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK\n") == len(list(folder.iterdir())) - 1


def test_the_registry_lists_it_with_its_archive(bench_with_both: Workbench) -> None:
    registry = read_registry(bench_with_both.registry)
    assert [(r.version, r.status) for r in registry.of(NAME)] == [
        (FIRST, "superseded"),
        (SECOND, "current"),
    ]
    for release in registry.of(NAME):
        folder, archive = (
            bench_with_both.release(release.version),
            bench_with_both.archive(release.version),
        )
        assert {f.name: f.sha256 for f in release.files} == hashes(folder)
        assert release.archive is not None
        assert release.archive.sha256 == hashlib.sha256(archive.read_bytes()).hexdigest()
        assert release.date == DATES[release.version]
        assert ae.load(folder).digest == release.digest


def test_the_archive_holds_the_folder_and_nothing_of_this_machine(
    bench_with_both: Workbench,
) -> None:
    with zipfile.ZipFile(bench_with_both.archive(FIRST)) as archive:
        members = archive.infolist()
        assert {m.filename for m in members} == {
            f"{NAME}-{FIRST}/{path.name}" for path in bench_with_both.release(FIRST).iterdir()
        }
        for member in members:
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert (member.create_system, member.extra, member.comment) == (3, b"", b"")
            name = Path(member.filename).name
            assert archive.read(member) == (bench_with_both.release(FIRST) / name).read_bytes()


def test_the_card_has_figures_of_these_data_and_links_that_lead_somewhere(
    bench_with_both: Workbench,
) -> None:
    folder = bench_with_both.release(SECOND)
    text = (folder / "README.md").read_text("utf-8")
    dataset = ae.load(folder)
    assert f"{len(dataset)} records ({dataset.events.num_rows} events" in text
    assert dataset.digest in text
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert "codebook.md" in targets
    assert "https://project.example" in targets
    for target in targets:
        assert target.startswith("https://") or (folder / target.partition("#")[0]).is_file()
    assert "how records are decided" in text


def test_first_release_of_each_id(bench_with_both: Workbench) -> None:
    rows = pq.read_table(bench_with_both.release(SECOND) / "records.parquet").to_pylist()
    assert {row["first_release"] for row in rows} == {FIRST, SECOND}
    assert [row["first_release"] for row in rows].count(SECOND) == 1
    rows = pq.read_table(bench_with_both.release(FIRST) / "records.parquet").to_pylist()
    assert {row["first_release"] for row in rows} == {FIRST}


def test_nothing_is_invented(bench_with_both: Workbench) -> None:
    for path in bench_with_both.release(FIRST).iterdir():
        if path.suffix not in (".parquet", ".csv") and not path.name.startswith("codebook"):
            assert "doi.org" not in path.read_text("utf-8"), path.name
    told = json.loads((bench_with_both.release(FIRST) / "datacite.json").read_text("utf-8"))
    assert told["publisher"] == {"name": "(:unav)"}
    assert not {"doi", "url", "relatedIdentifiers"} & told.keys()


def test_what_the_dataset_says_is_told(first: Workbench) -> None:
    info = first.dataset / "dataset.yaml"
    more = "doi: 10.5072/example\nhomepage: https://world.example\npublisher: The press\n"
    info.write_text(info.read_text("utf-8").replace("0.1.0", "0.1.1") + more, "utf-8")
    folder = first.build("0.1.1", date="2032-03-01", commit="a" * 40).folder
    told = json.loads((folder / "datacite.json").read_text("utf-8"))
    assert told["doi"] == "10.5072/example"
    assert told["publisher"] == {"name": "The press"}
    assert told["relatedIdentifiers"][0]["relatedIdentifier"] == "https://world.example"
    cff = yaml.safe_load((folder / "CITATION.cff").read_text("utf-8"))
    assert (cff["doi"], cff["url"]) == ("10.5072/example", "https://world.example")
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert (package["id"], package["commit"]) == ("https://doi.org/10.5072/example", "a" * 40)
    assert "https://doi.org/10.5072/example" in (folder / "README.md").read_text("utf-8")
    assert package["publisher"] == "The press"
    assert read_registry(first.registry).of(NAME)[-1].doi == "10.5072/example"
    # A DOI that is left from the version before would name two versions.
    info.write_text(info.read_text("utf-8").replace("0.1.1", "0.1.2"), "utf-8")
    with pytest.raises(AlignmentEventsError, match=r"that of example-world@0\.1\.1"):
        first.build("0.1.2", date="2032-04-01")


def test_codebook_page_needs_nothing_else(bench_with_both: Workbench) -> None:
    page = (bench_with_both.release(FIRST) / "codebook.html").read_text("utf-8")
    assert not re.search(r"<(script|img|link|iframe)\b|url\(|@import", page)
    anchors = set(re.findall(r' id="([^"]+)"', page))
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets
    assert targets <= anchors


def test_errata_and_changes(bench_with_both: Workbench) -> None:
    folder = bench_with_both.release(SECOND)
    assert (folder / "errata.csv").read_text("utf-8") == ERRATA
    assert "Foreign ministers speak once more" in (folder / "CHANGES.md").read_text("utf-8")
    told = json.loads((folder / "changes.json").read_text("utf-8"))
    assert (told["from"]["version"], told["to"]["version"]) == (FIRST, SECOND)
    first = json.loads((bench_with_both.release(FIRST) / "changes.json").read_text("utf-8"))
    assert first["from"] is None


# --- The same bytes everywhere ----------------------------------------------------------------


def build_elsewhere(dataset: Path, out: Path, **options: object) -> dict[str, str]:
    command = [*COMMAND, "release", "build", FIRST, "--dataset", str(dataset)]
    command += ["--out", str(out), "--archives", str(out / "dist")]
    subprocess.run(command, check=True, capture_output=True, cwd=out.parent, **options)  # type: ignore[call-overload]
    (archive,) = (out / "dist").iterdir()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return hashes(out / NAME / "releases" / FIRST) | {archive.name: digest}


def expected(bench: Workbench) -> dict[str, str]:
    archive = bench.archive(FIRST)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return hashes(bench.release(FIRST)) | {archive.name: digest}


EPOCH = {"SOURCE_DATE_EPOCH": "1956528000"}  # the day of the first release, 2032-01-01


def unreleased(bench: Workbench, to: Path) -> Path:
    ignored = shutil.ignore_patterns("releases")
    return Path(shutil.copytree(bench.dataset, to / NAME, ignore=ignored))


def test_same_bytes_elsewhere(bench_with_first: Workbench, tmp_path: Path) -> None:
    """Other folder, time zone, locale, hash seed, umask and day."""
    source = unreleased(bench_with_first, tmp_path / "elsewhere")
    for path in source.rglob("*"):
        os.utime(path, (0, 0))
    environment = {
        **os.environ, **EPOCH, "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C",
        "PYTHONUTF8": "0", "PYTHONHASHSEED": "4711",
    }  # fmt: skip
    umask = 0o077 if os.name == "posix" else -1
    found = build_elsewhere(source, tmp_path / "out", env=environment, umask=umask)
    assert found == expected(bench_with_first)
    if os.name == "posix":
        folder = tmp_path / "out" / NAME / "releases" / FIRST
        assert {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o644}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout


@pytest.mark.needs("git")
def test_same_bytes_from_a_clone_with_other_line_ends(
    bench_with_first: Workbench, tmp_path: Path
) -> None:
    origin = tmp_path / "origin"
    unreleased(bench_with_first, origin)
    git(origin, "init", "-q")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "Records")
    git(tmp_path, "-c", "core.autocrlf=true", "clone", "-q", "origin", "clone")
    clone = tmp_path / "clone" / NAME
    for name in ("dataset.yaml", "actors.csv", "README.md", "errata.csv"):
        assert b"\r\n" in (clone / name).read_bytes()
    found = build_elsewhere(clone, tmp_path / "out", env={**os.environ, **EPOCH})
    assert found == expected(bench_with_first)


AS_ANOTHER_USER = """
import os, sys
from pathlib import Path
from alignment_events.release.release import build_release

source, warm, out = map(Path, sys.argv[1:])
# The interpreter may lie where only root can read it: everything is imported before.
build_release(source, "0.1.0", out=warm, archives=warm)
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
build_release(source, "0.1.0", out=out, archives=out / "dist")
assert (out / "registry.json").stat().st_uid == 65534
"""


@pytest.mark.skipif(not ROOT, reason="only root can become another user")
def test_same_bytes_as_another_user(bench_with_first: Workbench) -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o755)
        source = unreleased(bench_with_first, base)
        out = base / "out"
        out.mkdir()
        os.chown(out, 65534, 65534)
        command = [sys.executable, "-c", AS_ANOTHER_USER, source, base / "warm", out]
        subprocess.run(command, check=True, env={**os.environ, **EPOCH}, cwd=base)
        archive = out / "dist" / bench_with_first.archive(FIRST).name
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        found = hashes(out / NAME / "releases" / FIRST) | {archive.name: digest}
        assert found == expected(bench_with_first)


@pytest.mark.full
@pytest.mark.needs("git")
def test_real_records_from_two_clones(tmp_path: Path) -> None:
    """One clone with the line ends of Windows, one without, give the same release."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not in a clone")
    found = []
    for name, option in (("plain", "false"), ("windows", "true")):
        git(tmp_path, "-c", f"core.autocrlf={option}", "clone", "-q", str(REPOSITORY), name)
        dataset = tmp_path / name / "datasets" / "china-russia-dprk"
        version = str(yaml.safe_load((dataset / "dataset.yaml").read_text("utf-8"))["version"])
        out = tmp_path / f"out-{name}"
        out.mkdir()
        command = [*COMMAND, "release", "build", version, "--dataset", str(dataset)]
        command += ["--out", str(out), "--archives", str(out)]
        environment = {**os.environ, **EPOCH}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        found.append(hashes(out / dataset.name / "releases" / version))
        windows = (dataset / "dataset.yaml").read_bytes().count(b"\r\n")
        assert bool(windows) == (option == "true")
    assert found[0] == found[1]


# --- The day ----------------------------------------------------------------------------------


@pytest.mark.needs("git")
def test_the_day_of_a_release(first: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    second_state(first)
    with pytest.raises(AlignmentEventsError, match="--date"):
        first.build(SECOND, date=None)
    git(first.root, "init", "-q")
    git(first.root, "add", "-A")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2032-02-01T23:30:00-0500")
    with pytest.raises(AlignmentEventsError, match="not committed"):
        first.build(SECOND, date=None)
    git(first.root, "commit", "-qm", "Records", "--date", "2001-01-01")
    with pytest.raises(AlignmentEventsError, match="no day"):
        first.build(SECOND, date="yesterday")
    built = first.build(SECOND, date=None)
    assert built.entry.date == first_day(first)
    # Built again after the release itself was committed, it has the day that it had.
    git(first.root, "add", "-A")
    git(first.root, "commit", "-qm", "Release", "--date", "2033-01-01")
    assert first.build(SECOND, date=None).again


def first_day(bench: Workbench) -> str:
    seconds = int(git(bench.root, "log", "-1", "--format=%ct"))
    import datetime as dt

    return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()


# --- Written once -----------------------------------------------------------------------------


def test_the_same_again_is_fine_and_mends_what_is_missing(both: Workbench) -> None:
    before = hashes(both.release(SECOND)), both.registry.read_bytes()
    both.archive(SECOND).unlink()
    built = both.build(SECOND, date=None)
    assert built.again
    assert both.archive(SECOND).is_file()
    assert (hashes(both.release(SECOND)), both.registry.read_bytes()) == before


def test_a_release_never_changes(both: Workbench) -> None:
    before = hashes(both.release(SECOND)), both.registry.read_bytes()
    archive = both.archive(SECOND).read_bytes()
    both.change("call", title="Something else")
    for date in (None, "2032-09-09"):
        with pytest.raises(AlignmentEventsError, match=r"never\s+changes"):
            both.build(SECOND, date=date)
    shutil.move(both.release(SECOND), both.root / "aside")
    with pytest.raises(AlignmentEventsError, match=r"never\s+changes"):
        both.build(SECOND)
    assert not both.release(SECOND).exists()
    shutil.move(both.root / "aside", both.release(SECOND))
    assert (hashes(both.release(SECOND)), both.registry.read_bytes()) == before
    assert both.archive(SECOND).read_bytes() == archive


def test_a_folder_that_no_registry_lists_is_not_replaced(first: Workbench) -> None:
    second_state(first)
    first.release(SECOND).mkdir()
    (first.release(SECOND) / "diary.txt").write_text("irreplaceable")
    with pytest.raises(AlignmentEventsError, match=r"diary\.txt"):
        first.build(SECOND)
    assert (first.release(SECOND) / "diary.txt").read_text() == "irreplaceable"


def test_versions_that_are_refused(both: Workbench) -> None:
    for version in ("0.2", "v0.2.1", "0.02.1", "1.0.0-beta", "", "../0.3.0"):
        with pytest.raises(AlignmentEventsError, match="no version of a release"):
            both.build(version)
    with pytest.raises(AlignmentEventsError, match=r"Write version: 0\.2\.1"):
        both.build("0.2.1", date="2032-03-01")
    both.set_version("0.1.5")
    with pytest.raises(AlignmentEventsError, match="comes too late"):
        both.build("0.1.5", date="2032-03-01")


def test_records_with_a_warning_that_nobody_accepted(first: Workbench) -> None:
    info = first.dataset / "dataset.yaml"
    more = "assertions:\n  - {table: events, max: 1}\n"
    info.write_text(info.read_text("utf-8").replace("0.1.0", "0.1.1") + more, "utf-8")
    assert ae.validate(first.dataset).ok
    with pytest.raises(InvalidData):
        first.build("0.1.1", date="2032-03-01")
    assert not first.release("0.1.1").exists()


def test_an_earlier_release_that_was_changed_or_lost_stops_the_next(first: Workbench) -> None:
    second_state(first)
    before = first.registry.read_bytes()
    shutil.move(first.release(FIRST), first.root / "aside")
    with pytest.raises(AlignmentEventsError, match="not there"):
        first.build(SECOND)
    shutil.move(first.root / "aside", first.release(FIRST))
    path = first.release(FIRST) / "README.md"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(InvalidData, match=r"README\.md"):
        first.build(SECOND)
    assert first.registry.read_bytes() == before
    assert not first.release(SECOND).exists()
