"""Folders take their place in one step; what killed runs left is cleaned, and nothing else."""

import os
from pathlib import Path

import pytest

from alignment_events.release import places
from alignment_events.release.places import beside, place, write_whole


def folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "file").write_text(text)
    return path


def test_exchange(tmp_path: Path) -> None:
    out = folder(tmp_path / "out", "old")
    place(folder(tmp_path / "new", "new"), out)
    assert (out / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_where_the_system_cannot_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_exchange", lambda *_: False)
    test_exchange(tmp_path)


def test_what_was_moved_aside_comes_back(tmp_path: Path) -> None:
    """Killed between two renames, where they are two, a run leaves the old folder aside."""
    out = tmp_path / "out"
    folder(tmp_path / ".out.old-abcdefgh", "old")
    with beside(out):
        assert (out / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(os.name != "posix", reason="needs locks on folders")
def test_leftovers_are_cleaned_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    kept = {".out.building-mine", ".out-abcdefgh", ".other.building-abcdefgh", "out.building"}
    for name in (".out.building-abcdefgh", *kept):
        folder(tmp_path / name, "x")
    (tmp_path / ".out.building-ijklmnop").symlink_to(tmp_path)
    with beside(out) as fresh:
        assert fresh.is_dir()
        with beside(out) as second:
            assert fresh.is_dir(), "what another writes is no leftover"
            assert second != fresh
    assert {p.name for p in tmp_path.iterdir()} == kept | {".out.building-ijklmnop"}


def test_a_file_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a" / "file.zip"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("alignment_events.release.places.os.replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, b"three")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file.zip"]
