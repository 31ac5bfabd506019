"""Checks a package: its descriptor, its files, its tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.findings import Finding, Report, merge
from alignment_events.read.package import read_package

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class CheckedPackage:
    """A package that was checked.

    Attributes:
        descriptor: What `datapackage.json` says.
        report: The report on all of it.
        tables: Table name to what makes the rows that were checked an Arrow table.
    """

    descriptor: Mapping[str, Any]
    report: Report
    tables: "Mapping[str, Callable[[], pa.Table]]" = field(default_factory=dict)


def check_package(
    folder: Path, overflow: Callable[[Finding], None] | None = None
) -> CheckedPackage:
    """Check a package, all of which is held in memory.

    No table is read unless the files are those that are listed, no more and no fewer, unchanged.

    Args:
        folder: The package.
        overflow: Takes the findings that are too many of their sort to be listed.
    """
    package = read_package(folder)
    if package.findings:
        report = Report(findings=tuple(package.findings), unusable=True)
        return CheckedPackage(package.descriptor, report)
    from alignment_events.screen.at_once import check_at_once

    at_once = check_at_once(folder, package.footers)
    if at_once is not None:
        tables = {name: partial(at_once.table, name) for name in at_once.held}
        return CheckedPackage(package.descriptor, at_once.report, tables)
    from alignment_events.check.tables import check_tables
    from alignment_events.read.parquet import read_tables

    read = read_tables(folder)
    report = Report(findings=tuple(read.findings), unusable=not read.tables)
    if read.tables:
        checked = check_tables(read.tables, files=read.files, package=True, overflow=overflow)
        report = merge([report, checked])
    frames = {name: partial(frame.to_arrow) for name, frame in read.tables.items()}
    return CheckedPackage(package.descriptor, report, frames)
