"""The two sides of a comparison: a release, a package, a loaded dataset, or rows just built."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.findings import InvalidData, Report
from alignment_events.model.dataset import DatasetInfo
from alignment_events.model.marks import FORMAT_VERSION
from alignment_events.release.digest import dataset_digest, table_digest
from alignment_events.release.rows import Rows
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    import pyarrow as pa

    from alignment_events.dataset import Dataset


@dataclass(frozen=True)
class Side:
    """What is compared.

    Attributes:
        name: Name of the dataset.
        version: Version of the data.
        format_version: Version of the format.
        digest: Content digest, `sha256:…`.
        cutoff: Day as of which its derived columns hold.
        tables: Table name to table, with the columns that it has, whatever its format.
    """

    name: str
    version: str
    format_version: str
    digest: str
    cutoff: str
    tables: "Mapping[str, pa.Table]" = field(repr=False)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table; none if the format of this side has no such table."""
        return self.tables[table].to_pylist() if table in self.tables else []


def side_of_package(folder: Path) -> Side:
    """A package as a side; its files are compared with its descriptor first.

    Raises:
        InvalidData: If a file is missing, changed or unreadable.
    """
    import pyarrow.parquet as pq

    from alignment_events.read.package import check_files, read_listing
    from alignment_events.read.parquet import read_tables

    package = read_listing(folder, any_format=True)
    if not package.findings:
        package.findings += check_files(package)
    if not package.findings:
        read = read_tables(folder)
        package.findings += read.findings
    if package.findings:
        raise InvalidData(Report(findings=tuple(package.findings), unusable=True))
    told = package.descriptor
    tables = {
        # Frames have no column that may not be empty: what the file says of that is kept.
        name: frame.to_arrow().cast(pq.read_schema(read.files[name]).remove_metadata(), safe=True)
        for name, frame in read.tables.items()
    }
    return Side(
        name=str(told.get("name", "")),
        version=str(told.get("version", "")),
        format_version=str(told.get("format_version", "")),
        digest=str(told.get("content_digest", "")),
        cutoff=str(told.get("cutoff", "")),
        tables=tables,
    )


def side_of_dataset(dataset: "Dataset") -> Side:
    """A loaded dataset as a side."""
    about = dataset.about
    return Side(
        about.name,
        about.version,
        about.format_version,
        about.digest,
        about.cutoff,
        dataset.tables,
    )


def side_of_rows(info: DatasetInfo, tables: Mapping[str, Rows]) -> Side:
    """Rows just built as a side."""
    import pyarrow as pa

    from alignment_events.compile.arrow import arrow_schema

    digest = dataset_digest({name: table_digest(name, rows) for name, rows in tables.items()})
    return Side(
        info.name,
        info.version,
        FORMAT_VERSION,
        f"sha256:{digest}",
        info.cutoff.isoformat(),
        {
            name: pa.Table.from_pylist(tables[name], schema=arrow_schema(name))
            for name in table_specs()
        },
    )
