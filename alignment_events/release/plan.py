"""What the next release of a dataset would be: its rows, what changed, which version that needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alignment_events.findings import AlignmentEventsError, InvalidData, Report
from alignment_events.model.dataset import DatasetInfo
from alignment_events.read.dataset import Progress, is_dataset
from alignment_events.read.package import RELEASES
from alignment_events.registry import REGISTRY_NAME, Registry, Release, entry_of, read_registry
from alignment_events.release.build import checked_dataset
from alignment_events.release.diff import Diff, diff
from alignment_events.release.rows import Rows, dataset_rows
from alignment_events.release.sides import Side, side_of_package, side_of_rows
from alignment_events.release.versions import Verdict, numbers, required


@dataclass(frozen=True)
class Shelf:
    """Where the releases of a dataset stand.

    Attributes:
        root: The folder with the registry.
        name: Name of the dataset.
    """

    root: Path
    name: str

    @property
    def registry_path(self) -> Path:
        """The registry."""
        return self.root / REGISTRY_NAME

    def registry(self) -> Registry:
        """What the registry says; empty if there is none yet."""
        return read_registry(self.registry_path) if self.registry_path.exists() else Registry()

    def folder(self, version: str) -> Path:
        """Folder of a release."""
        return self.root / self.name / RELEASES / version


@dataclass(frozen=True)
class Plan:
    """The next release.

    Attributes:
        info: Description of the dataset.
        tables: Its rows.
        now: Its rows as a side of a comparison.
        previous: The release that it is compared with; None before the first.
        changes: What changed since then.
        verdict: The version that this requires.
        report: What the check of the records found.
        declared: The version in `dataset.yaml`.
        newest: The newest version that was released, yanked or not.
    """

    info: DatasetInfo
    tables: Mapping[str, Rows]
    now: Side
    previous: Release | None
    changes: Diff | None
    verdict: Verdict | None
    report: Report
    declared: str
    newest: str | None = None

    @property
    def lowest(self) -> str:
        """The lowest version that the next release may have."""
        if self.verdict is None or self.newest is None:
            return self.info.version
        return max(self.verdict.version, self.newest, key=numbers)

    def refuse_lost_ids(self) -> None:
        """Raise an error if an id of an earlier release is not accounted for."""
        lost = self.changes.gone if self.changes else ()
        if lost:
            more = f" and {len(lost) - 10} more" if len(lost) > 10 else ""
            raise AlignmentEventsError(
                f"{', '.join(lost[:10])}{more}: released in {self.changes.old.version}, "  # type: ignore[union-attr]
                "and now neither a record nor withdrawn, or withdrawn then and a record again. Ids "
                "are never reused and never vanish: put the record back, or give it a row in "
                "withdrawn.csv; what comes back gets a new id."
            )

    def refuse_lower(self, version: str) -> None:
        """Raise an error if a version is lower than the rules require."""
        from alignment_events.report.changes import verdict_text

        if self.verdict is None or self.previous is None:
            numbers(version)
        elif numbers(version) < numbers(self.verdict.version):
            why = verdict_text(self.verdict, self.previous.version)
            raise AlignmentEventsError(f"{version} is too low. {why}")


def plan(
    folder: Path,
    *,
    version: str | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Build the rows of a dataset and compare them with its latest release.

    Args:
        folder: The dataset folder.
        version: The version that is to be built, which is compared with the release before it.
        progress: Called as records are read.

    Raises:
        InvalidData: If the records have an error, or a warning that nobody accepted.
    """
    if not is_dataset(folder):
        raise AlignmentEventsError(f"{folder} is no dataset folder: it has no dataset.yaml.")
    folder = folder.resolve()
    shelf = Shelf(folder.parent, folder.name)
    source, checked = checked_dataset(folder, progress=progress)
    info = source.info
    if info is None or checked.report.exit_code(strict=True):
        raise InvalidData(checked.report)
    released = shelf.registry().of(info.name)
    before = [r for r in released if version is None or r.order < numbers(version)]
    sound = [release for release in before if release.status != "yanked"]
    previous = sound[-1] if sound else None
    old = None if previous is None else _recorded(shelf, previous)
    declared = info.version
    if version is not None:
        info = info.model_copy(update={"version": version})
    tables = dataset_rows(checked.records, source.tables, source.withdrawn, info.cutoff)
    _fill_first_release(tables, old, info.version)
    now = side_of_rows(info, tables)
    changes = None if old is None else diff(old, now)
    return Plan(
        info=info,
        tables=tables,
        now=now,
        previous=previous,
        changes=changes,
        verdict=None if changes is None else required(changes),
        report=checked.report,
        declared=declared,
        newest=released[-1].version if released else None,
    )


def _recorded(shelf: Shelf, release: Release) -> Side:
    """An earlier release, which must be what the registry says that it is."""
    folder = shelf.folder(release.version)
    if not folder.is_dir():
        raise AlignmentEventsError(
            f"{shelf.registry_path} records {release.label}, and {folder} is not there. Bring the "
            "folder back: the next release is compared with it."
        )
    side = side_of_package(folder)
    if what := entry_of(folder, date=release.date).differs_from(release):
        raise AlignmentEventsError(
            f"{folder} is not what {shelf.registry_path} records as {release.label}: {what}."
        )
    return replace(side, version=release.version)


def _fill_first_release(tables: Mapping[str, Rows], old: Side | None, version: str) -> None:
    """The version that first held each id: as the earlier release says, or this one.

    An id that was withdrawn before it was ever released has none.
    """
    known: dict[str, Any] = {}
    for row in old.rows("records") if old else ():
        known[row["record_id"]] = row["first_release"]
    for row in tables["records"]:
        unreleased = None if row["status"] == "withdrawn" else version
        row["first_release"] = known.get(row["record_id"], unreleased)
