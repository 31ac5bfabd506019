"""Tables as Spark has them: found at a path or handed over, with the number of every row."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import polars as pl
import polars.selectors as cs
import pyarrow as pa

from alignment_events.check.messages import finding
from alignment_events.findings import AlignmentEventsError, Finding
from alignment_events.read.parquet import MAX_TABLE_BYTES, read_part, table_in
from alignment_events.spark.bucket import ROW
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FILE = "__file"


@dataclass(frozen=True)
class Places:
    """Where the rows of a table stand, which may be of several files.

    Attributes:
        files: The files, in order of their rows.
        starts: The number of the first row of each in the whole table.
    """

    files: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()

    def at(self, found: Finding) -> Finding:
        """A finding about a row of the table, with its place in the file that the row is in."""
        if not self.files:
            return found
        if found.row is None:
            return found.at(file=self.files[0])
        place = bisect_right(self.starts, found.row) - 1
        return found.at(file=self.files[place], row=found.row - self.starts[place])


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
class Whole:
    """A small table, which was read whole: its rows, and where they stand."""

    frame: pl.DataFrame
    places: Places = Places()


def tables_at(path: Path) -> tuple[dict[str, list[Path]], list[Finding]]:
    """The Parquet files of each table at a path, and what is wrong with files.

    A file is of the table that it, or its metadata, names; or of the one after which a folder is
    named that it lies in (`events/year=2024/part-0.parquet`).
    """
    found: dict[str, list[Path]] = {}
    findings = []
    for file in [path] if path.is_file() else sorted(path.rglob("*.parquet")):
        if file.is_symlink() or not file.is_file():
            if not file.is_dir() or file.is_symlink():
                message = "This is a link, a pipe or a folder, not a file: it is not read."
                findings.append(finding("AE001", message, file=str(file)))
            continue
        try:
            name, _ = table_in(file)
        except (OSError, pa.ArrowException, ValueError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            message = f"The file cannot be read as Parquet: {reason}."
            findings.append(finding("AE015", message, file=str(file)))
            continue
        if name is None:
            above = [] if file == path else [path.name, *file.relative_to(path).parts[:-1]]
            plain = (folder.removesuffix(".parquet") for folder in reversed(above))
            name = next((n for n in plain if n in table_specs()), None)
        if name is None:
            message = f"{file.name} names no table of the format."
            hint = f"Name the file or its folder after its table: {', '.join(table_specs())}."
            findings.append(finding("AE014", message, hint=hint, file=str(file)))
        else:
            found.setdefault(name, []).append(file)
    return found, findings


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
    schema = _schema_of_all(files)
    told = {str(file.absolute()): str(file) for file in files}
    # A folder `year=2024` is a place, not a column.
    frame = session.read.option("recursiveFileLookup", "true").parquet(*told)
    return Wanted(frame, schema, told)


def read_whole(name: str, files: list[Path]) -> tuple[Whole | None, list[Finding]]:
    """A small table of some files, read here; None, and why, if none of them can be read.

    Raises:
        AlignmentEventsError: If the files do not have the same columns.
    """
    columns = _schema_of_all(files).names
    frames, starts, read, findings = [], [], [], []
    height, left = 0, MAX_TABLE_BYTES
    for file in files:
        part, wrong = read_part(file, name, most=left)
        findings += wrong
        if part is None:
            continue
        frames.append(part.frame)
        starts.append(height)
        read.append(str(file))
        height += part.frame.height
        left -= part.unfolded
    if not frames:
        return None, findings
    if len(frames) > 1:
        # Codes of one file are not those of another.
        folded = cs.categorical() | cs.enum()
        frames = [one.select(columns).with_columns(folded.cast(pl.String)) for one in frames]
    return Whole(pl.concat(frames), Places(tuple(read), tuple(starts))), findings


def _schema_of_all(files: list[Path]) -> pa.Schema:
    schemas = [table_in(file)[1].remove_metadata() for file in files]
    for file, schema in zip(files, schemas, strict=True):
        if {f.name: f.type for f in schema} != {f.name: f.type for f in schemas[0]}:
            raise AlignmentEventsError(
                f"{file} has other columns, or columns of other types, than {files[0]}: the files "
                f"of one table must be alike."
            )
    return schemas[0]


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
