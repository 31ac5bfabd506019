"""What is published: a release that was built, proven intact before anything is sent."""

from dataclasses import dataclass
from pathlib import Path

from alignment_events.deposit.http import PublishError
from alignment_events.read.parquet import file_hash
from alignment_events.registry import Release, entry_of
from alignment_events.release.archive import archive_bytes
from alignment_events.release.places import write_whole
from alignment_events.release.plan import Shelf
from alignment_events.validation import validate_package


@dataclass(frozen=True)
class Item:
    """A file to be sent: its place below the base, and what it must be."""

    key: str
    path: Path
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Parcel:
    """A release that may be published.

    Attributes:
        folder: Its folder.
        archive: Its archive.
        entry: Its entry in the registry.
    """

    folder: Path
    archive: Path
    entry: Release

    @property
    def prefix(self) -> str:
        """Where its files go: `<dataset>/<version>`."""
        return f"{self.entry.dataset}/{self.entry.version}"

    @property
    def files(self) -> tuple[Item, ...]:
        """The files of the package."""
        return tuple(
            Item(f"{self.prefix}/{file.name}", self.folder / file.name, file.sha256, file.bytes)
            for file in self.entry.files
        )

    @property
    def packed(self) -> Item:
        """The archive."""
        file = self.entry.archive
        assert file is not None
        return Item(f"{self.entry.dataset}/{file.name}", self.archive, file.sha256, file.bytes)


def release_folder(dataset: Path, version: str) -> Path:
    """Where the release of a dataset folder lies once it is built."""
    dataset = dataset.resolve()
    return Shelf(dataset.parent, dataset.name).folder(version)


def open_parcel(dataset: Path, version: str, *, archives: Path, dry_run: bool = False) -> Parcel:
    """The release of a dataset folder, after all proofs that can be made here.

    Args:
        dataset: The dataset folder.
        version: The version.
        archives: Folder of the archives; an archive that is not there is made, its bytes being
            those that the folder gives.
        dry_run: Make no archive.

    Raises:
        PublishError: If the release was not built, or is not what the registry records.
        InvalidData: If the package is not intact or does not conform.
    """
    dataset = dataset.resolve()
    shelf = Shelf(dataset.parent, dataset.name)
    folder = shelf.folder(version)
    if not folder.is_dir():
        raise PublishError(
            f"{folder} is not there. Build it first: alignment-events release build {version}"
        )
    validate_package(folder).raise_if_failed()
    recorded = shelf.registry().find(dataset.name, version)
    if recorded is None:
        raise PublishError(
            f"{shelf.registry_path} does not record {dataset.name}@{version}: the release was not "
            f"finished. Run again: alignment-events release build {version}"
        )
    packed = archive_bytes(folder, f"{dataset.name}-{version}")
    archive = archives / f"{dataset.name}-{version}.zip"
    if archive.is_file():
        if archive.read_bytes() != packed:
            raise PublishError(
                f"{archive} is not the archive of {folder}: delete it and try again."
            )
    elif not dry_run:
        write_whole(archive, packed)
    entry = entry_of(folder, archive if archive.is_file() else None)
    if what := recorded.differs_from(entry):
        raise PublishError(f"{folder} is not what {shelf.registry_path} records: another {what}.")
    # What is sent is what was recorded, and the archive as it was made just now.
    if entry.archive is None and recorded.archive is not None:
        entry = entry.model_copy(update={"archive": recorded.archive})
    return Parcel(folder, archive, entry)


def is_item(path: Path, item: Item) -> bool:
    """True if a local file is what it must be."""
    return (
        path.is_file()
        and not path.is_symlink()
        and path.stat().st_size == item.bytes
        and file_hash(path) == item.sha256
    )
