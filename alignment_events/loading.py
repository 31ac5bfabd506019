"""Loads packages: `load("china-russia-dprk")` validates one and returns a `Dataset`."""

from dataclasses import replace
from pathlib import Path

from alignment_events.check.tables import check_tables
from alignment_events.compile.arrow import arrow_schema
from alignment_events.dataset import Dataset, Description
from alignment_events.findings import AlignmentEventsError, InvalidData, Report, merge
from alignment_events.read.dataset import is_dataset
from alignment_events.read.package import Package, is_package, read_package
from alignment_events.spec.tables import table_specs
from alignment_events.store import locate


def load(name_or_path: str | Path) -> Dataset:
    """Load a dataset and validate it.

    Args:
        name_or_path: Name of a dataset that came with the library or lies in
            `ALIGNMENT_EVENTS_HOME`, or the path of a package folder.

    Returns:
        The dataset.

    Raises:
        NotFound: If there is no such dataset.
        InvalidData: If the package does not conform to the format; its `.report` says why.
    """
    folder = locate(name_or_path)
    if not is_package(folder):
        hint = " Build it first: alignment-events build." if is_dataset(folder) else ""
        raise AlignmentEventsError(f"{folder} is no package: it has no datapackage.json.{hint}")
    package = read_package(folder)
    report = Report(findings=tuple(package.findings), unusable=not package.read.tables)
    if package.read.tables:
        checked = check_tables(package.read.tables, files=package.read.files, package=True)
        report = merge([report, checked])
    # Only errors stand in the way: warnings were weighed when the dataset was built.
    if not report.ok:
        raise InvalidData(replace(report, findings=report.errors))
    return _dataset(package)


def _dataset(package: Package) -> Dataset:
    tables = {
        # Cast, for the documentation of every column and for types that were only near enough.
        name: package.read.tables[name].select(spec.names).to_arrow().cast(arrow_schema(name))
        for name, spec in table_specs().items()
    }
    told = package.descriptor

    principals = told.get("principals")

    def text(key: str) -> str:
        return str(told.get(key) or "")

    description = Description(
        name=text("name"),
        title=text("title"),
        description=text("description"),
        version=text("version"),
        format_version=text("format_version"),
        codebook_version=text("codebook_version"),
        digest=text("content_digest"),
        cutoff=text("cutoff"),
        principals=tuple(map(str, principals)) if isinstance(principals, list) else (),
        licence=_licence(told.get("licenses")),
    )
    return Dataset(description, tables)


def _licence(told: object) -> str:
    """SPDX identifiers of the licences that the descriptor lists."""
    names = (
        [item.get("name") for item in told if isinstance(item, dict)]
        if isinstance(told, list)
        else []
    )
    return ", ".join(name for name in names if isinstance(name, str))
