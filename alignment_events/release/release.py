"""Builds a release: a folder that is written once, its archive, and the entry in the registry."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alignment_events.compile.citation import Cited
from alignment_events.findings import AlignmentEventsError
from alignment_events.model.dataset import DatasetInfo
from alignment_events.read.dataset import Progress
from alignment_events.read.package import CHECKSUMS, DESCRIPTOR, checksums_text
from alignment_events.read.parquet import file_hash
from alignment_events.registry import Release, entry_of
from alignment_events.registry_file import record_release
from alignment_events.release.archive import archive_bytes
from alignment_events.release.dates import release_date
from alignment_events.release.documents import TITLES, document_texts
from alignment_events.release.package import (
    write_descriptor,
    write_tables,
    write_text,
)
from alignment_events.release.places import beside, open_to_all, place, write_whole
from alignment_events.release.plan import Plan, Shelf, plan
from alignment_events.release.versions import numbers
from alignment_events.validation import validate_package


@dataclass(frozen=True)
class Built:
    """A release that was built.

    Attributes:
        folder: Its folder.
        archive: Its archive.
        entry: Its entry in the registry.
        plan: What it was built from.
        again: True if the same bytes were there already.
    """

    folder: Path
    archive: Path
    entry: Release
    plan: Plan
    again: bool


def build_release(
    dataset: Path,
    version: str,
    *,
    out: Path | None = None,
    archives: Path = Path("dist"),
    date: str | None = None,
    commit: str | None = None,
    progress: Progress | None = None,
) -> Built:
    """Build a release of a dataset folder. The registry is written last, and decides what is released.

    Args:
        dataset: The dataset folder.
        version: The version; `dataset.yaml` must say the same.
        out: Folder with a registry, below which the release goes to `<name>/releases/<version>`; by
            default the folder above the dataset, which holds the earlier releases in any case.
        archives: Folder for the archive.
        date: Day of the release; by default from SOURCE_DATE_EPOCH or the last commit.
        commit: Commit that the release was built from, to be written into it.
        progress: Called as records are read.

    Raises:
        InvalidData: If the records have an error, or a warning that nobody accepted.
        AlignmentEventsError: If the version is not the one that it must be, or was released with
            other bytes.
    """
    numbers(version)
    dataset = dataset.resolve()
    own = Shelf(dataset.parent, dataset.name)
    shelf = own if out is None else Shelf(out.resolve(), dataset.name)
    made = plan(dataset, version=version, progress=progress)
    known = [shelf.registry().find(dataset.name, version) for shelf in {own, shelf}]
    recorded = [release for release in known if release is not None]
    if made.declared != version:
        raise AlignmentEventsError(
            f"{dataset / 'dataset.yaml'} says version: {made.declared}. Write version: {version} "
            "there first: what is released is what the records say."
        )
    made.refuse_lost_ids()
    made.refuse_lower(version)
    if not recorded and made.newest and numbers(version) < numbers(made.newest):
        raise AlignmentEventsError(f"{made.newest} is released already; {version} comes too late.")
    _require_own_doi(made.info, own, version)
    # Built again, a release has the day that it had.
    day = release_date(dataset, date or (recorded[0].date if recorded else None))
    cited = Cited(made.info, day, made.now.digest, made.previous.doi if made.previous else None)
    folder, archive = shelf.folder(version), archives / f"{dataset.name}-{version}.zip"
    with beside(folder) as fresh:
        _write(dataset, made, cited, commit, fresh)
        # What is published must load for a stranger, whatever the records passed on the way here.
        validate_package(fresh).raise_if_failed()
        packed = archive_bytes(fresh, f"{dataset.name}-{version}")
        again = folder.exists()
        if again:
            _require_same(fresh, folder)
        entry = entry_of(fresh)
        for release in recorded:
            if what := entry.differs_from(release):
                raise AlignmentEventsError(
                    f"{entry.label} was released with another {what}. A release never changes: "
                    "give the change a new version."
                )
        if not archive.is_file() or archive.read_bytes() != packed:
            write_whole(archive, packed)
        if not again:
            open_to_all(fresh)
            place(fresh, folder)
    entry = entry_of(folder, archive)
    record_release(shelf.registry_path, entry)
    return Built(folder, archive, entry, made, again)


def _require_own_doi(info: DatasetInfo, shelf: Shelf, version: str) -> None:
    """A DOI names one version: that of an earlier release must not be left in `dataset.yaml`."""
    for release in shelf.registry().of(info.name):
        if info.doi and release.doi == info.doi and release.version != version:
            raise AlignmentEventsError(
                f"dataset.yaml has the DOI {info.doi}, which is that of {release.label}. Remove it, "
                "or give the DOI that was reserved for this version."
            )


def _write(dataset: Path, made: Plan, cited: Cited, commit: str | None, folder: Path) -> None:
    written = write_tables(made.tables, made.info, folder)
    texts = document_texts(dataset, cited, written, made.now, made.changes)
    for name, text in texts.items():
        write_text(folder / name, text)
    facts = {"created": f"{cited.date.isoformat()}T00:00:00Z"}
    if commit:
        facts["commit"] = commit
    titles = {name: TITLES[name] for name in sorted({*texts, CHECKSUMS})}
    write_descriptor(made.info, written, folder, documents=titles, made=facts)
    write_text(folder / CHECKSUMS, checksums_text(_hashes(folder)))


def _hashes(folder: Path) -> Mapping[str, str]:
    return {path.name: file_hash(path) for path in folder.iterdir() if path.name != CHECKSUMS}


def _require_same(fresh: Path, folder: Path) -> None:
    """What was released stays as it is: the same bytes are fine, others are refused."""
    new, old = (
        {path.name: file_hash(path) if path.is_file() else "" for path in side.iterdir()}
        for side in (fresh, folder)
    )
    # What is there too much first; descriptor and checksums differ whenever anything does.
    names = sorted(
        new.keys() | old.keys(), key=lambda n: (n in new, n in (CHECKSUMS, DESCRIPTOR), n)
    )
    different = [name for name in names if new.get(name) != old.get(name)]
    if different:
        more = f" and {len(different) - 5} more" if len(different) > 5 else ""
        raise AlignmentEventsError(
            f"{folder} is there with other files ({', '.join(different[:5])}{more}). A release never "
            "changes: give the change a new version. If this one was never published and its "
            "registry does not list it, delete the folder."
        )
