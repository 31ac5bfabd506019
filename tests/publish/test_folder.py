"""Publishing to a folder: whole or not there, twice the same as once, never a changed release."""

import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from alignment_events.deposit.http import PublishError
from alignment_events.deposit.parcel import Parcel, open_parcel
from alignment_events.deposit.publish import intend, publish
from alignment_events.deposit.stores import FolderStore, open_store
from alignment_events.findings import InvalidData
from alignment_events.registry import read_registry


def everything(base: Path) -> dict[str, str]:
    """Every file that is not hidden, with its hash."""
    found = {}
    for path in sorted(base.rglob("*")):
        inside = path.relative_to(base)
        if path.is_file() and not any(part.startswith(".") for part in inside.parts):
            found[inside.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_layout(parcel: Parcel, tmp_path: Path) -> None:
    base = tmp_path / "served"
    done = publish(parcel, FolderStore(base))
    name, version = parcel.entry.dataset, parcel.entry.version
    there = everything(base)
    assert set(there) == {
        "registry.json",
        f"{name}/{name}-{version}.zip",
        *(f"{name}/{version}/{file.name}" for file in parcel.entry.files),
    }
    assert set(done.sent) == set(there) - {"registry.json"}
    assert done.registered
    listed = read_registry(base / "registry.json").find(name, version)
    assert listed is not None
    assert listed.differs_from(parcel.entry) is None
    with zipfile.ZipFile(base / name / f"{name}-{version}.zip") as archive:
        assert archive.testzip() is None
    hidden = [path.name for path in base.rglob(".*")]
    assert [name for name in hidden if not name.endswith(".lock")] == []


def test_twice_is_once(parcel: Parcel, tmp_path: Path) -> None:
    base = tmp_path / "served"
    publish(parcel, FolderStore(base))
    before = everything(base)
    done = publish(parcel, FolderStore(base))
    assert (done.sent, done.registered) == ((), False)
    assert everything(base) == before


def test_second_version_keeps_the_first(parcel: Parcel, later: Parcel, tmp_path: Path) -> None:
    base = tmp_path / "served"
    publish(parcel, FolderStore(base))
    before = everything(base)
    publish(later, FolderStore(base))
    after = everything(base)
    assert {key: after[key] for key in before if key != "registry.json"} == {
        key: digest for key, digest in before.items() if key != "registry.json"
    }
    statuses = {r.version: r.status for r in read_registry(base / "registry.json").releases}
    assert statuses == {"0.1.0": "superseded", "0.1.1": "current"}


def test_an_older_version_later_is_superseded(
    parcel: Parcel, later: Parcel, tmp_path: Path
) -> None:
    publish(later, FolderStore(tmp_path))
    publish(parcel, FolderStore(tmp_path))
    statuses = {r.version: r.status for r in read_registry(tmp_path / "registry.json").releases}
    assert statuses == {"0.1.0": "superseded", "0.1.1": "current"}


def test_what_is_published_loads(
    parcel: Parcel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import alignment_events as ae

    publish(parcel, FolderStore(tmp_path))
    assert ae.load(tmp_path / parcel.prefix).digest == parcel.entry.digest


def test_only_what_is_missing_is_sent(parcel: Parcel, tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    for item in parcel.files[:3]:
        store.put(item)
    done = publish(parcel, store)
    assert set(done.there) == {item.key for item in parcel.files[:3]}
    assert len(done.sent) == len(parcel.files) + 1 - 3


def test_what_an_attempt_left_wrong_is_sent_again(parcel: Parcel, tmp_path: Path) -> None:
    base = tmp_path / "served"
    store = FolderStore(base)
    store.put(parcel.files[0])
    waiting = next(base.rglob(parcel.files[0].path.name))
    waiting.write_bytes(b"torn")
    (waiting.parent / "foreign.txt").write_text("not of the release", encoding="utf-8")
    publish(parcel, store)
    clean = tmp_path / "clean"
    publish(parcel, FolderStore(clean))
    assert everything(base) == everything(clean)


def test_a_released_version_never_changes(parcel: Parcel, tmp_path: Path) -> None:
    base = tmp_path / "served"
    publish(parcel, FolderStore(base))
    before = everything(base)
    other = parcel.entry.model_copy(update={"digest": "sha256:" + "0" * 64})
    with pytest.raises(PublishError, match=r"another content digest.*A release never changes"):
        publish(Parcel(parcel.folder, parcel.archive, other), FolderStore(base))
    assert everything(base) == before


def test_a_released_file_that_is_gone_is_reported(parcel: Parcel, tmp_path: Path) -> None:
    publish(parcel, FolderStore(tmp_path))
    lost = tmp_path / parcel.files[0].key
    lost.unlink()
    with pytest.raises(PublishError, match=lost.name):
        publish(parcel, FolderStore(tmp_path))


def test_a_registry_that_is_none_is_left_alone(parcel: Parcel, tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text('{"packages": []}', encoding="utf-8")
    with pytest.raises(Exception, match="no registry of format"):
        publish(parcel, FolderStore(tmp_path))
    assert everything(tmp_path).keys() == {"registry.json"}


def test_dry_run_touches_nothing(parcel: Parcel, tmp_path: Path) -> None:
    base = tmp_path / "served"
    intent = intend(parcel, FolderStore(base))
    assert len(intent.send) == len(parcel.files) + 1
    assert not base.exists()


@pytest.mark.parametrize(
    "address",
    ["ftp://host/x", "http://host.example/x", "sftp://h/x", "github://a:b@c/", "memory://x"],
)
def test_other_protocols_are_refused(address: str) -> None:
    with pytest.raises(PublishError, match=r"not allowed|https only"):
        open_store(address)


@pytest.mark.parametrize(
    "address",
    ["https://me:pass@host/x", "https://host/x?token=1", "s3://key:secret@bucket/x", "s3://"],
)
def test_no_secrets_in_addresses(address: str) -> None:
    with pytest.raises(PublishError) as caught:
        open_store(address)
    assert "secret" not in str(caught.value)
    assert "me:pass" not in str(caught.value)


def test_a_spoilt_release_is_not_published(shelf_copy: Path) -> None:
    dist = shelf_copy.parents[1] / "dist"
    folder = shelf_copy / "releases" / "0.1.0"
    data = bytearray((folder / "events.csv").read_bytes())
    data[-2] ^= 1
    (folder / "events.csv").write_bytes(data)
    with pytest.raises(InvalidData, match=r"events\.csv"):
        open_parcel(shelf_copy, "0.1.0", archives=dist)


def test_a_spoilt_archive_is_not_published(shelf_copy: Path) -> None:
    dist = shelf_copy.parents[1] / "dist"
    archive = dist / f"{shelf_copy.name}-0.1.0.zip"
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(data)
    with pytest.raises(PublishError, match=r"0\.1\.0\.zip is not the archive"):
        open_parcel(shelf_copy, "0.1.0", archives=dist)
    archive.unlink()
    assert open_parcel(shelf_copy, "0.1.0", archives=dist).archive.is_file()


def test_versions_that_were_swapped_are_not_published(shelf_copy: Path) -> None:
    releases = shelf_copy / "releases"
    shutil.move(releases / "0.1.0", releases / "x")
    shutil.move(releases / "0.1.1", releases / "0.1.0")
    shutil.move(releases / "x", releases / "0.1.1")
    for archive in (shelf_copy.parents[1] / "dist").iterdir():
        archive.unlink()
    with pytest.raises(Exception, match=r"another|0\.1\.0"):
        open_parcel(shelf_copy, "0.1.0", archives=shelf_copy.parents[1] / "dist")


def test_what_was_not_built_is_not_published(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"release build 9\.9\.9"):
        open_parcel(shelf, "9.9.9", archives=tmp_path)


def test_from_the_command_line(shelf: Path, cli: Any, tmp_path: Path) -> None:
    base = tmp_path / "served"
    archives = ("--archives", shelf.parents[1] / "dist")
    command = ("release", "publish", "0.1.0", "--dataset", shelf, *archives, "--to", base)
    planned = cli(*command, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "would send example-world/0.1.0/events.parquet" in planned.stdout
    assert not base.exists()
    done = cli(*command)
    assert done.returncode == 0, done.stderr
    assert read_registry(base / "registry.json").find("example-world", "0.1.0")
