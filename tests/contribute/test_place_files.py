"""Record files are written all or none, and never over another."""

import os
from pathlib import Path

import pytest

from alignment_events.contribute import place_files
from alignment_events.contribute.place_files import record_path, slug, write_files
from alignment_events.findings import AlignmentEventsError


def everything(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_path():
    values = {
        "kind": "meeting",
        "title": "Kim’s visit – “talks” in Beijing",
        "date": {"start": "2024-06"},
    }
    path = record_path(values)
    assert path == Path("records/2024/2024-06-kims-visit-talks-in-beijing.yaml")
    again = record_path(values, {path})
    assert again.name == "2024-06-kims-visit-talks-in-beijing-2.yaml"


@pytest.mark.parametrize(
    ("title", "name"),
    [("../../etc/passwd", "etc-passwd"), ("北京會談", ""), ("Côte d'Ivoire", "cote-divoire"),
     ("x" * 300, "x" * 60), ("CON: a/b\\c", "con-a-b-c"), ("Russia–DPRK treaty", "russia-dprk-treaty")],
)  # fmt: skip
def test_slug_holds_nothing_but_words(title, name):
    assert slug(title) == name


def test_all_are_written(tmp_path):
    files = [(tmp_path / "2031/a.yaml", "a: 1\n"), (tmp_path / "2032/b.yaml", "b: 北\n")]
    assert write_files(files) == [path for path, _ in files]
    assert everything(tmp_path) == ["2031", "2031/a.yaml", "2032", "2032/b.yaml"]
    assert files[1][0].read_text(encoding="utf-8") == "b: 北\n"


def test_none_is_written_if_one_is_there(tmp_path):
    (tmp_path / "b.yaml").write_text("mine")
    with pytest.raises(AlignmentEventsError, match=r"nothing was written: .*b\.yaml: File exists"):
        write_files([(tmp_path / "new/a.yaml", "a"), (tmp_path / "b.yaml", "b")])
    assert everything(tmp_path) == ["b.yaml"]
    assert (tmp_path / "b.yaml").read_text() == "mine"


def test_a_link_is_not_followed(tmp_path):
    outside = tmp_path / "outside"
    os.symlink(outside, tmp_path / "a.yaml")
    with pytest.raises(AlignmentEventsError, match="File exists"):
        write_files([(tmp_path / "a.yaml", "a")])
    assert not outside.exists()


def test_a_file_in_place_of_a_folder(tmp_path):
    (tmp_path / "2031").write_text("")
    with pytest.raises(AlignmentEventsError, match="nothing was written"):
        write_files([(tmp_path / "a.yaml", "a"), (tmp_path / "2031/a.yaml", "a")])
    assert everything(tmp_path) == ["2031"]


def test_where_files_cannot_be_linked(tmp_path, monkeypatch):
    def no_links(*args, **kwargs):
        raise OSError(place_files.errno.EPERM, "no links")

    monkeypatch.setattr(place_files.os, "link", no_links)
    write_files([(tmp_path / "a.yaml", "a")])
    assert everything(tmp_path) == ["a.yaml"]
    with pytest.raises(AlignmentEventsError, match="File exists"):
        write_files([(tmp_path / "b.yaml", "b"), (tmp_path / "a.yaml", "x")])
    assert everything(tmp_path) == ["a.yaml"]


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    link = os.link

    def interrupted(source, target, **kwargs):
        if Path(target).name == "b.yaml":
            raise KeyboardInterrupt
        link(source, target, **kwargs)

    monkeypatch.setattr(place_files.os, "link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files([(tmp_path / "x/a.yaml", "a"), (tmp_path / "x/b.yaml", "b")])
    assert everything(tmp_path) == []
