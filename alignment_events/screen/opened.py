"""Opens Parquet tables to be streamed: which are there, in which types, and what of them is unreadable."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from alignment_events.compile.arrow import ARROW_TYPES
from alignment_events.spec.ir import ColumnSpec, TableSpec
from alignment_events.spec.tables import table_specs

CODES = pa.dictionary(pa.int32(), pa.string())
_SMALL_INTEGERS = (
    pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(),
)  # fmt: skip


class NotStreamable(Exception):  # noqa: N818 - says what is the case, and is never shown
    """A table that has to be read whole: its types are not those of the format."""


class Unreadable(Exception):  # noqa: N818 - becomes a finding
    """A file that cannot be read to its end; `table` names it, `reason` says why."""

    def __init__(self, table: str, reason: str) -> None:
        self.table = table
        self.reason = reason
        super().__init__(table)


def is_coded(column: ColumnSpec) -> bool:
    """True for columns with few different values, which are read as codes."""
    return (
        column.type == "code"
        or (column.ref is not None and column.ref.table in ("actors", "persons"))
        or column.name in ("field", "coder_id", "reviewer_id", "scheme", "vocabulary", "code")
    )


@dataclass(frozen=True)
class Opened:
    """A table whose columns are of the types of the format, or can be read as if they were.

    Attributes:
        table: Its name.
        file: Its file.
        rows: Number of rows.
        columns: Columns of the format that the file holds.
        most_rows: Rows that may be read at a time, since more could unfold to too many bytes.
    """

    table: str
    file: Path
    rows: int
    columns: tuple[str, ...]
    most_rows: int = 1 << 30

    @property
    def spec(self) -> TableSpec:
        """Specification of the table."""
        return table_specs()[self.table]

    def batches(
        self, size: int, columns: tuple[str, ...] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows in batches, with every column asked for, each of the type of the format.

        Args:
            size: Number of rows of a batch.
            columns: Columns to be read; by default all of the format. Those which the file lacks
                are empty.

        Raises:
            Unreadable: If the file is damaged.
        """
        from alignment_events.read.parquet import refuse_unreadable_values

        wanted = [c for c in self.spec.columns if columns is None or c.name in columns]
        coded = [c.name for c in wanted if is_coded(c) and c.name in self.columns]
        there = [c.name for c in wanted if c.name in self.columns]
        try:
            with pq.ParquetFile(
                self.file, read_dictionary=coded, page_checksum_verification=True
            ) as parquet:
                for batch in parquet.iter_batches(
                    min(size, self.most_rows), columns=there, use_threads=False
                ):
                    if batch.num_rows:
                        refuse_unreadable_values(batch)
                        yield _as_wanted(batch, wanted)
        except (OSError, pa.ArrowException, ValueError) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise Unreadable(self.table, reason) from error


def _as_wanted(batch: pa.RecordBatch, wanted: list[ColumnSpec]) -> pa.RecordBatch:
    names = batch.schema.names
    arrays = []
    for column in wanted:
        kind = wanted_type(column)
        if column.name not in names:
            arrays.append(pa.nulls(batch.num_rows, kind))
            continue
        array = batch.column(column.name)
        if array.type != kind:
            if pa.types.is_dictionary(array.type) and not pa.types.is_dictionary(kind):
                array = array.dictionary_decode()
            array = array.cast(_plain(column)).dictionary_encode() if is_coded(column) else array
            array = array.cast(kind)
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, names=[c.name for c in wanted])


def wanted_type(column: ColumnSpec) -> pa.DataType:
    """The Arrow type in which the screen sees a column."""
    return CODES if is_coded(column) else _plain(column)


def _plain(column: ColumnSpec) -> pa.DataType:
    return ARROW_TYPES[column.type]


def open_table(table: str, file: Path, schema: pa.Schema) -> Opened:
    """Open a table for streaming.

    Raises:
        NotStreamable: If its types are not those of the format.
    """
    rows = pq.read_metadata(file).num_rows
    spec = table_specs()[table]
    if len(set(schema.names)) != len(schema.names):
        raise NotStreamable(table)
    there = tuple(name for name in spec.names if name in schema.names)
    for name in there:
        if not _near(schema.field(name).type, _plain(spec.column(name))):
            raise NotStreamable(table)
    return Opened(table, file, rows, there)


def _near(found: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_dictionary(found):
        found = found.value_type
        return wanted == pa.string() and found in (pa.string(), pa.large_string())
    if found == wanted or pa.types.is_null(found):
        return True
    if wanted == pa.string():
        return bool(pa.types.is_large_string(found))
    if wanted == pa.int64():
        return found in _SMALL_INTEGERS
    return bool(wanted == pa.float64() and pa.types.is_float32(found))
