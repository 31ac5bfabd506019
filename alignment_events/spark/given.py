"""Tables as Spark has them: found at a path or handed over, with the number of every row."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import pyarrow as pa

from alignment_events.read.parquet_parts import Places, schema_of_all
from alignment_events.spark.bucket import ROW
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FILE = "__file"


@dataclass(frozen=True)
class Given:
    """A table to be checked.

    Attributes:
        name: Its name.
        frame: Its columns of the format, with the number of each row in `__row`, and in `__file`
            the file or partition within which rows are numbered.
        schema: All columns that it has, as Arrow sees them.
        starts: File or partition to the number of its first row in the whole table.
        files: The files, in order of their rows; none for a frame that was not read from files.
        height: Number of rows.
    """

    name: str
    frame: "DataFrame"
    schema: pa.Schema
    starts: Mapping[str, int]
    files: tuple[str, ...]
    height: int

    @property
    def places(self) -> Places:
        """Where its rows stand."""
        return Places(self.files, tuple(self.starts[file] for file in self.files))


@dataclass(frozen=True)
class Wanted:
    """A table before its rows are numbered: its frame, its schema, and how its files were named."""

    frame: "DataFrame"
    schema: pa.Schema
    told: Mapping[str, str]


def read_files(session: "SparkSession", files: list[Path]) -> Wanted:
    """A table of some files; Spark reads them.

    Raises:
        AlignmentEventsError: If the files do not have the same columns.
    """
    schema = schema_of_all(files)
    told = {str(file.absolute()): str(file) for file in files}
    # A folder `year=2024` is a place, not a column.
    frame = session.read.option("recursiveFileLookup", "true").parquet(*told)
    return Wanted(frame, schema, told)


def of_frame(frame: "DataFrame") -> Wanted:
    """A table that was handed over as a Spark frame."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return Wanted(frame, to_arrow_schema(frame.schema), {})


def numbered(tables: Mapping[str, Wanted]) -> dict[str, Given]:
    """The tables with the number of every row; one pass over all of them tells how many there are."""
    from pyspark.sql import functions as f

    frames = {name: _with_places(name, wanted) for name, wanted in tables.items()}
    counts = [
        frame.groupBy(FILE).agg((f.max(ROW) + 1).alias("rows")).select(f.lit(name).alias("t"), "*")
        for name, (frame, _) in frames.items()
    ]
    sizes: dict[str, dict[str, int]] = {name: {} for name in frames}
    for row in reduce(lambda a, b: a.unionAll(b), counts).collect() if counts else ():
        sizes[row["t"]][row[FILE]] = int(row["rows"])
    return {
        name: _given(name, tables[name], frame, from_files, sizes[name])
        for name, (frame, from_files) in frames.items()
    }


def _with_places(name: str, wanted: Wanted) -> "tuple[DataFrame, bool]":
    """The columns of the format with the place of each row, and whether that is a file."""
    from pyspark.errors import AnalysisException
    from pyspark.sql import functions as f

    columns = [f.col(f"`{c}`") for c in table_specs()[name].names if c in wanted.schema.names]
    try:
        placed = wanted.frame.select(
            *columns,
            f.col("_metadata.file_path").alias(FILE),
            f.col("_metadata.row_index").alias(ROW),
        )
        return placed, bool(placed.columns)
    except AnalysisException:
        # Not read from files: the rows as they come, partition by partition.
        number = f.monotonically_increasing_id()
        inside = number.bitwiseAND(f.lit((1 << 33) - 1))
        part = f.shiftright(number, 33).cast("string")
        return wanted.frame.select(*columns, part.alias(FILE), inside.alias(ROW)), False


def _given(
    name: str, wanted: Wanted, frame: "DataFrame", from_files: bool, sizes: Mapping[str, int]
) -> Given:
    order = sorted(sizes, key=_path) if from_files else sorted(sizes, key=int)
    starts: dict[str, int] = {}
    height = 0
    for part in order:
        starts[part] = height
        height += sizes[part]
    files = tuple(wanted.told.get(_path(part), _path(part)) for part in order if from_files)
    starts |= {file: starts[part] for file, part in zip(files, order, strict=False)}
    # An empty file has no row that tells of it, and no finding can be in it but about columns.
    files = files or tuple(wanted.told.values())[:1]
    starts |= {file: 0 for file in files if file not in starts}
    return Given(name, frame, wanted.schema, starts, files, height)


def _path(uri: str) -> str:
    parsed = urlparse(uri)
    return unquote(parsed.path) if parsed.scheme in ("", "file") else uri
