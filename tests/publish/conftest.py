"""A release of the invented world, built as a release is, for tests that publish it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from alignment_events.deposit.parcel import Parcel, open_parcel
from alignment_events.release.release import build_release


@pytest.fixture(scope="session")
def shelf(example_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the dataset, with releases 0.1.0 and 0.1.1 built beside. Not to be changed."""
    root = tmp_path_factory.mktemp("shelf")
    dataset = Path(shutil.copytree(example_dataset, root / "datasets" / example_dataset.name))
    build_release(dataset, "0.1.0", archives=root / "dist", date="2033-01-05")
    info = dataset / "dataset.yaml"
    text = info.read_text(encoding="utf-8")
    info.write_text(text.replace("version: 0.1.0", "version: 0.1.1"), encoding="utf-8")
    record = dataset / "records" / "call.yaml"
    changed = record.read_text(encoding="utf-8").replace("title: ", "title: Again, ", 1)
    record.write_text(changed, encoding="utf-8")
    build_release(dataset, "0.1.1", archives=root / "dist", date="2033-02-05")
    return dataset


@pytest.fixture(scope="session")
def parcel(shelf: Path) -> Parcel:
    """Release 0.1.0. Not to be changed."""
    return open_parcel(shelf, "0.1.0", archives=shelf.parents[1] / "dist")


@pytest.fixture(scope="session")
def later(shelf: Path) -> Parcel:
    """Release 0.1.1. Not to be changed."""
    return open_parcel(shelf, "0.1.1", archives=shelf.parents[1] / "dist")


@pytest.fixture
def shelf_copy(shelf: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of all that to be spoilt."""
    shutil.copytree(shelf.parents[1], tmp_path / "shelf")
    return tmp_path / "shelf" / "datasets" / shelf.name
