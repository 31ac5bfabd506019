"""Builds a dataset: reads it, checks it, writes its package."""

from pathlib import Path

from alignment_events.check.dataset import DatasetParts, check_dataset
from alignment_events.check.records import CheckedRecords
from alignment_events.findings import InvalidData, Report
from alignment_events.read.dataset import DatasetSource, Progress, read_dataset
from alignment_events.release.package import write_package
from alignment_events.release.rows import dataset_rows


def checked_dataset(
    folder: Path, *, progress: Progress | None = None
) -> tuple[DatasetSource, CheckedRecords]:
    """A dataset folder as read, and what the check of it found."""
    source = read_dataset(folder, progress=progress)
    parts = DatasetParts(
        source.info,
        source.records,
        source.tables,
        source.withdrawn,
        source.findings,
        str(folder / "dataset.yaml"),
        source.withdrawn_lines,
    )
    return source, check_dataset(parts)


def build(folder: Path, out: Path, *, progress: Progress | None = None) -> Report:
    """Build a dataset folder into a package folder.

    Args:
        folder: The dataset: `dataset.yaml`, registries, `records/`.
        out: Where the package goes; written beside and then renamed.
        progress: Called as records are read.

    Returns:
        The report of the check.

    Raises:
        InvalidData: If the dataset has an error; nothing is written then.
    """
    source, checked = checked_dataset(folder, progress=progress)
    if source.info is None or not checked.report.ok:
        raise InvalidData(checked.report)
    tables = dataset_rows(checked.records, source.tables, source.withdrawn, source.info.cutoff)
    write_package(tables, source.info, out)
    return checked.report
