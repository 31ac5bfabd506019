"""Which version is taken, from where, and what is said about it."""

import json
import logging
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from conftest import NAME, Cli
from served import REASON, VERSIONS

import alignment_events as ae
from alignment_events.findings import AlignmentEventsError, InvalidData, NotFound
from alignment_events.registry import read_registry, registry_bytes
from alignment_events.store.bundle import bundle
from alignment_events.store.choose import read_request
from alignment_events.store.find import find

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def home(cache: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the layout of a mirror, as `ALIGNMENT_EVENTS_HOME`."""
    monkeypatch.setenv("ALIGNMENT_EVENTS_HOME", str(mirror))
    return mirror


def taken(version: str | None) -> str:
    release = find(NAME, read_request(version)).release
    assert release is not None
    return release.version


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        (None, "0.1.1"),
        ("latest", "0.1.1"),
        ("0.1.0", "0.1.0"),
        ("v0.1.0", "0.1.0"),
        ("==0.1.0", "0.1.0"),
        ("0.1", "0.1.0"),
        ("0.2.0", "0.2.0"),
        ("==0.2.0", "0.2.0"),
        ("~=0.1", "0.1.1"),
        ("~=0.1.0", "0.1.1"),
        (">=0.1,<0.3", "0.1.1"),
        ("==0.1.*", "0.1.1"),
        ("<0.1.1", "0.1.0"),
        ("!=0.1.1", "0.1.0"),
    ],
)
@pytest.mark.usefixtures("home")
def test_versions(wanted: str | None, version: str) -> None:
    """The newest, 0.2.0, was yanked: only who names it gets it."""
    assert taken(wanted) == version


@pytest.mark.parametrize(
    "wanted", ["", "newest", "0.1.0.0.0", ">>1", "~=0", "../0.1.0", "0.1.0-rc1"]
)
@pytest.mark.usefixtures("home")
def test_no_versions(wanted: str) -> None:
    with pytest.raises(AlignmentEventsError, match="is no version"):
        taken(wanted)


@pytest.mark.parametrize("wanted", [">=0.2", "0.3.0", ">1"])
@pytest.mark.usefixtures("home")
def test_versions_that_cannot_be_had(wanted: str) -> None:
    with pytest.raises(NotFound, match=r"Known: 0\.1\.0, 0\.1\.1, 0\.2\.0 \(yanked\)"):
        taken(wanted)


@pytest.mark.usefixtures("home")
def test_yanked_and_superseded() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ae.load(NAME, "0.1.0").about.status == "superseded"
    with pytest.warns(ae.YankedRelease, match=f"{NAME}@0.2.0 was yanked: {REASON}") as told:
        dataset = ae.load(f"{NAME}@0.2.0")
    assert told[0].filename == __file__
    assert (dataset.about.status, dataset.about.reason) == ("yanked", REASON)


@pytest.mark.usefixtures("home")
def test_without_a_version_it_is_said_once_which(caplog: pytest.LogCaptureFixture) -> None:
    """As a log record: no warning, which `-W error` would turn into a failure."""
    for _ in range(2):
        assert ae.load(NAME).version == "0.1.1"
    (record,) = (r for r in caplog.records if r.name == "alignment_events.version")
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        f'{NAME}: took version 0.1.1; pin it with ae.load("{NAME}", version="0.1.1").'
    )


@pytest.mark.usefixtures("home")
def test_it_is_seen_on_stderr_even_with_warnings_as_errors() -> None:
    code = f"import alignment_events as ae; ae.load({NAME!r}); ae.load({NAME!r})"
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr.count("took version 0.1.1") == 1


def test_a_folder_has_the_version_that_it_has(example_package: Path) -> None:
    with pytest.raises(AlignmentEventsError, match="is a folder"):
        ae.load(example_package, version="0.1.0")
    with pytest.raises(AlignmentEventsError, match="another"):
        ae.load(f"{NAME}@0.1.0", version="0.1.0")


# --- Places -----------------------------------------------------------------------------------


def as_repository(served: Path, root: Path) -> Path:
    """A repository with releases, without archives."""
    (root / "schema").mkdir(parents=True)
    for version in VERSIONS:
        source = served / NAME / version
        shutil.copytree(source, root / "datasets" / NAME / "releases" / version)
    (root / "datasets" / NAME / "dataset.yaml").touch()
    shutil.copy(served / "registry.json", root / "datasets")
    return root


def test_inside_a_repository(served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = as_repository(served, tmp_path / "repository")
    with pytest.raises(NotFound):
        taken("0.1.0")
    monkeypatch.chdir(root / "datasets" / NAME)
    assert (
        find(NAME, read_request("0.1.0")).folder == root / "datasets" / NAME / "releases" / "0.1.0"
    )
    assert ae.available()[NAME].name == "0.1.1"


def test_what_goes_into_the_wheel(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest release that was not yanked, and the registry that knows them all."""
    data = tmp_path / "_data"
    datasets = as_repository(served, tmp_path / "repository") / "datasets"
    assert bundle(datasets, data) == [data / NAME]
    monkeypatch.setattr("alignment_events.store.places.library_folder", lambda: data)
    assert taken("latest") == "0.1.1"
    assert [a.version for a in ae.releases(NAME)] == list(VERSIONS)
    with pytest.raises(NotFound, match=r"Not on this machine: 0\.1\.0\. No mirror is named"):
        taken("0.1.0")
    (data / NAME / "claims.csv").write_text("x")
    with pytest.raises(InvalidData, match=r"claims\.csv"):
        taken("0.1.1")
    (datasets / NAME / "releases" / "0.1.1" / "claims.csv").write_text("x")
    with pytest.raises(InvalidData, match=r"claims\.csv"):
        bundle(datasets, tmp_path / "other")


def test_a_build_is_no_release(
    example_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: Path
) -> None:
    """What lies as `<home>/<name>` is taken if nothing is asked for, and never as another's version."""
    shutil.copytree(example_package, tmp_path / "home" / NAME)
    monkeypatch.setenv("ALIGNMENT_EVENTS_HOME", str(tmp_path / "home"))
    assert find(NAME, read_request(None)).folder == tmp_path / "home" / NAME
    assert find(NAME, read_request("0.1.0")).release is None
    dataset = ae.load(NAME)
    assert dataset.about.status == ""
    assert taken_from_mirror(served) == "0.1.0"


def taken_from_mirror(served: Path) -> str:
    release = find(NAME, read_request("~=0.1.0,<0.1.1"), mirrors=served).release
    assert release is not None
    return release.version


def test_places_that_disagree(
    home: Path, served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = as_repository(served, tmp_path / "repository")
    path = home / "registry.json"
    registry = read_registry(path)
    first, *rest = registry.releases
    files = (first.files[0].model_copy(update={"sha256": "0" * 64}), *first.files[1:])
    forged = first.model_copy(update={"files": files})
    path.write_bytes(registry_bytes(registry.model_copy(update={"releases": (forged, *rest)})))
    monkeypatch.chdir(root)
    with pytest.raises(AlignmentEventsError, match=f"{files[0].name}") as refusal:
        taken("0.1.1")
    assert str(path) in str(refusal.value)
    assert str(root / "datasets" / "registry.json") in str(refusal.value)


def test_a_library_that_is_too_old(home: Path) -> None:
    path = home / "registry.json"
    path.write_text(
        path.read_text().replace('"minimum_library": "0.1.0"', '"minimum_library": "99.0.0"')
    )
    with pytest.raises(AlignmentEventsError, match=r"needs alignment-events 99\.0\.0"):
        ae.load(NAME, "0.1.0")


def test_fields_of_the_future_are_kept(home: Path) -> None:
    path = home / "registry.json"
    told = json.loads(path.read_text())
    told["releases"][0]["colour"] = "blue"
    path.write_text(json.dumps(told))
    assert taken("0.1.0") == "0.1.0"
    assert b'"colour": "blue"' in registry_bytes(read_registry(path))


# --- Tampering ----------------------------------------------------------------------------------


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_byte_in_each_file(home: Path) -> None:
    folder = home / NAME / "0.1.0"
    for path in sorted(folder.iterdir()):
        before = path.read_bytes()
        flip(path)
        with pytest.raises(InvalidData) as refusal:
            taken("0.1.0")
        assert path.name in str(refusal.value)
        path.write_bytes(before)
    assert taken("0.1.0") == "0.1.0"


def test_files_too_many_too_few_and_exchanged(home: Path) -> None:
    folder = home / NAME / "0.1.0"
    (folder / "stray.txt").touch()
    with pytest.raises(InvalidData, match=r"stray\.txt is no part"):
        taken("0.1.0")
    (folder / "stray.txt").unlink()
    (folder / "claims.csv").rename(home / "claims.csv")
    with pytest.raises(InvalidData, match=r"claims\.csv is missing"):
        taken("0.1.0")
    (folder / "claims.csv").symlink_to(home / "claims.csv")
    with pytest.raises(InvalidData, match=r"claims\.csv is a link"):
        taken("0.1.0")
    shutil.rmtree(folder)
    shutil.copytree(home / NAME / "0.1.1", folder)
    with pytest.raises(InvalidData, match=r"events\.parquet"):
        taken("0.1.0")


def test_registry_and_package_that_disagree(home: Path) -> None:
    """All hashes are right, and the version is another."""
    path = home / "registry.json"
    registry = read_registry(path)
    (first,) = (r for r in registry.releases if r.version == "0.1.0")
    forged = first.model_copy(update={"version": "0.4.0"})
    path.write_bytes(registry_bytes(registry.model_copy(update={"releases": (forged,)})))
    (home / NAME / "0.1.0").rename(home / NAME / "0.4.0")
    with pytest.raises(InvalidData, match=r"version is 0\.1\.0 here, and 0\.4\.0"):
        taken("0.4.0")


def test_digests_are_computed_again_if_asked(home: Path) -> None:
    assert ae.load(NAME, "0.1.0", verify=True).version == "0.1.0"
    path = home / "registry.json"
    registry = read_registry(path)
    releases = tuple(
        r.model_copy(update={"tables": {**r.tables, "claims": "sha256:" + "0" * 64}})
        for r in registry.releases
    )
    path.write_bytes(registry_bytes(registry.model_copy(update={"releases": releases})))
    with pytest.raises(InvalidData, match=r"rows of claims .* the registry"):
        ae.load(NAME, "0.1.0", verify=True)


# --- Listing ------------------------------------------------------------------------------------


def test_releases(home: Path, served: Path, cli: Cli) -> None:
    listed = ae.releases(NAME, mirrors=served)
    assert [(a.version, a.date, a.status) for a in listed] == [
        ("0.1.0", "2030-01-01", "superseded"),
        ("0.1.1", "2030-02-01", "current"),
        ("0.2.0", "2030-03-01", "yanked"),
    ]
    assert listed[2].reason == REASON
    assert listed[0].where == f"ALIGNMENT_EVENTS_HOME, {served}"
    assert "<td>yanked</td>" in listed._repr_html_()
    done = cli("releases", NAME)
    assert done.stdout == repr(ae.releases(NAME)) + "\n"
    assert cli("releases", "nothing").returncode == 2


def test_yank_command(home: Path, cli: Cli) -> None:
    path = home / "registry.json"
    done = cli("yank", f"{NAME}@0.1.1", "--reason", "It rained.", "--registry", path)
    assert done.returncode == 0, done.stderr
    assert read_registry(path).current(NAME).version == "0.1.0"  # type: ignore[union-attr]
    assert cli("yank", f"{NAME}@9.9.9", "--reason", "x", "--registry", path).returncode == 2
    assert cli("yank", NAME, "--reason", "x", "--registry", path).returncode == 2
    assert cli("yank", f"{NAME}@0.1.0", "--reason", " ", "--registry", path).returncode == 2


def test_a_yank_is_remembered_offline(mirror: Path) -> None:
    from alignment_events.registry_file import yank

    ae.load(NAME, "0.1.1", mirrors=mirror)
    yank(mirror / "registry.json", NAME, "0.1.1", "Wrong after all.")
    assert ae.releases(NAME, mirrors=mirror)[1].status == "yanked"
    with pytest.warns(ae.YankedRelease, match="Wrong after all"):
        ae.load(NAME, "0.1.1", offline=True)


def test_show_a_tombstone_and_a_version(
    dataset_copy: Path, tmp_path: Path, cli: Cli, home: Path
) -> None:
    (dataset_copy / "withdrawn.csv").write_text(
        "record_id,record_type,status,withdrawn_date,reason,replaced_by\n"
        "AE-GP1X-F3A6,event,withdrawn,2032-05-01,merge,\n"
    )
    ae.build(dataset_copy, tmp_path / "built")
    done = cli("show", "ae-gp1x-f3a6", "--dataset", tmp_path / "built")
    assert done.stdout.startswith("AE-GP1X-F3A6 was withdrawn on 2032-05-01: two records were one")
    assert done.returncode == 0
    done = cli("summary", f"{NAME}@~=0.1")
    assert "0.1.1" in done.stdout
    assert not done.stderr
