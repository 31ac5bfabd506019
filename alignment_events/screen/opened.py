"""Opens Parquet tables to be streamed: which are there, in which types, and what of them is unreadable."""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from alignment_events.compile.arrow import ARROW_TYPES
from alignment_events.read.parquet_pages import Pages
from alignment_events.read.parquet_parts import Places
from alignment_events.screen.texts import is_ascii
from alignment_events.spec.ir import ColumnSpec, TableSpec
from alignment_events.spec.tables import table_specs

_USUAL_DAYS = (-500_000, 500_000)
"""Days since 1970 that a calendar has beyond doubt."""
_FEW_BYTES = 3
"""Bytes of a cell in the file up to which a text is read by its dictionary."""
CODES = pa.dictionary(pa.int32(), pa.string())
LEAST_AT_ONCE = 1_000
"""Rows that must fit into memory together: no table of the format has rows of many kilobytes."""
_BUFFER = 1 << 16
"""Bytes of a column that are read from the file at a time."""
_SMALL_INTEGERS = (
    pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(),
)  # fmt: skip


class NotStreamable(Exception):  # noqa: N818 - says what is the case, and is never shown
    """A table that has to be read whole: its types are not those of the format."""


class NotSorted(Exception):  # noqa: N818 - it says what is the case, and is never shown
    """A table is not sorted by record; `table` names it."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(table)


class TooWide(Exception):  # noqa: N818 - becomes a finding
    """A file of a table with rows or pages that unfold to more than may be held."""

    def __init__(self, table: str, file: Path) -> None:
        self.table = table
        self.file = file
        super().__init__(table, file)


class Unreadable(Exception):  # noqa: N818 - becomes a finding
    """A file of a table that cannot be read to its end; `reason` says why."""

    def __init__(self, table: str, file: Path, reason: str) -> None:
        self.table = table
        self.file = file
        self.reason = reason
        super().__init__(table, file, reason)


def is_coded(column: ColumnSpec) -> bool:
    """True for columns with few different values, which are read as codes."""
    return (
        column.type == "code"
        or (column.ref is not None and column.ref.table in ("actors", "persons"))
        or column.name in ("field", "coder_id", "reviewer_id", "scheme", "vocabulary", "code")
    )


@dataclass(frozen=True)
class Piece:
    """A file with rows of a table.

    Attributes:
        file: The file.
        rows: Number of rows.
        groups: Number of row groups.
    """

    file: Path
    rows: int
    groups: int


@dataclass(frozen=True)
class Opened:
    """A table whose columns are of the types of the format, or can be read as if they were.

    Attributes:
        table: Its name.
        pieces: Its files, in order of their rows.
        columns: Columns of the format that the files hold.
        most: Bytes that rows read at a time may unfold to.
        folded: Columns of text that take few values in the files, and are read as codes too.
        groups: The row groups to be read, counted through all files; None for all.
    """

    table: str
    pieces: tuple[Piece, ...]
    columns: tuple[str, ...]
    most: int
    folded: frozenset[str] = frozenset()
    groups: range | None = None

    @property
    def spec(self) -> TableSpec:
        """Specification of the table."""
        return table_specs()[self.table]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(piece.rows for piece in self.pieces)

    @property
    def places(self) -> Places:
        """Where its rows stand."""
        ends = accumulate((piece.rows for piece in self.pieces), initial=0)
        return Places(tuple(str(piece.file) for piece in self.pieces), tuple(ends)[:-1])

    def without(self, file: Path) -> "Opened | None":
        """The table without one of its files, if there are others."""
        pieces = tuple(piece for piece in self.pieces if piece.file != file)
        return replace(self, pieces=pieces) if pieces else None

    def batches(
        self, size: int, columns: tuple[str, ...] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows in batches, with every column asked for, each of the type of the format.

        Args:
            size: Number of rows of a batch, at most.
            columns: Columns to be read; by default all of the format. Those which the file lacks
                are empty.

        Raises:
            TooWide: If a thousand rows unfold to more than may be held; none of them was unfolded.
            Unreadable: If a file is damaged.
        """
        first = 0
        for piece in self.pieces:
            groups = range(piece.groups)
            if self.groups is not None:
                begin, end = self.groups.start - first, self.groups.stop - first
                groups = range(max(begin, 0), min(end, piece.groups))
            if groups:
                yield from self._batches(piece, groups, size, columns)
            first += piece.groups

    def _batches(
        self, piece: Piece, groups: range, size: int, columns: tuple[str, ...] | None
    ) -> Iterator[pa.RecordBatch]:
        file, rows_left = piece.file, piece.rows
        wanted = [c for c in self.spec.columns if columns is None or c.name in columns]
        as_codes = {c.name for c in wanted if is_coded(c)} | self.folded
        coded = [c.name for c in wanted if c.name in as_codes and c.name in self.columns]
        there = [c.name for c in wanted if c.name in self.columns]
        try:
            # Without these settings, all that a row group holds is read and kept at once.
            with pq.ParquetFile(
                file,
                read_dictionary=coded,
                page_checksum_verification=True,
                pre_buffer=False,
                buffer_size=_BUFFER,
            ) as parquet:
                pages = Pages(file, parquet.metadata)
                for some in _gathered(pages.footer, groups, size):
                    rows = pages.unfolding(there, some).rows_within(self.most)
                    if rows < LEAST_AT_ONCE:
                        raise TooWide(self.table, file)
                    for batch in parquet.iter_batches(
                        min(size, rows), row_groups=some, columns=there, use_threads=False
                    ):
                        rows_left -= batch.num_rows
                        if rows_left < 0:
                            raise ValueError("it has more rows than its footer says")
                        if batch.num_rows:
                            _refuse_unreadable(batch)
                            yield _as_wanted(batch, wanted, as_codes)
        except (OSError, pa.ArrowException, ValueError) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise Unreadable(self.table, file, reason) from error


def _gathered(footer: pq.FileMetaData, groups: range, rows: int) -> Iterator[list[int]]:
    """Row groups one by one, or several together where each holds few rows."""
    found: list[int] = []
    held = 0
    for number in groups:
        found.append(number)
        held += footer.row_group(number).num_rows
        if held >= rows:
            yield found
            found, held = [], 0
    if found:
        yield found


def _refuse_unreadable(batch: pa.RecordBatch) -> None:
    """ValueError for texts that are not UTF-8 and for days that no calendar has."""
    from alignment_events.read.parquet import refuse_unreadable_values

    for array in batch.columns:
        if is_ascii(array) or _has_usual_days(array):
            continue
        if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type):
            refuse_unreadable_values(batch)
        array.validate(full=True)


def _has_usual_days(array: pa.Array) -> bool:
    if array.type != pa.date32() or not len(array) or array.null_count == len(array):
        return False
    days = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array)]
    return bool(days.min() >= _USUAL_DAYS[0] and days.max() <= _USUAL_DAYS[1])


def _as_wanted(
    batch: pa.RecordBatch, wanted: list[ColumnSpec], as_codes: AbstractSet[str]
) -> pa.RecordBatch:
    names = batch.schema.names
    arrays = []
    for column in wanted:
        coded = column.name in as_codes
        kind = CODES if coded else _plain(column)
        if column.name not in names:
            arrays.append(pa.nulls(batch.num_rows, kind))
            continue
        array = batch.column(column.name)
        if array.type != kind:
            if pa.types.is_dictionary(array.type) and not pa.types.is_dictionary(kind):
                array = array.dictionary_decode()
            array = array.cast(_plain(column)).dictionary_encode() if coded else array
            array = array.cast(kind)
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, names=[c.name for c in wanted])


def _plain(column: ColumnSpec) -> pa.DataType:
    return ARROW_TYPES[column.type]


def open_table(
    table: str,
    files: Sequence[Path],
    schema: pa.Schema,
    most: int,
    footers: Sequence[pq.FileMetaData] | None = None,
) -> Opened:
    """Open a table for streaming.

    Args:
        table: Its name.
        files: Its files.
        schema: Columns of all of them.
        most: Bytes that rows read at a time may unfold to.
        footers: Those of the files, if they were read before.

    Raises:
        NotStreamable: If its types are not those of the format.
    """
    footers = footers or [pq.read_metadata(file) for file in files]
    spec = table_specs()[table]
    if len(set(schema.names)) != len(schema.names):
        raise NotStreamable(table)
    there = tuple(name for name in spec.names if name in schema.names)
    for name in there:
        if not _near(schema.field(name).type, _plain(spec.column(name))):
            raise NotStreamable(table)
    pieces = tuple(
        Piece(file, footer.num_rows, footer.num_row_groups)
        for file, footer in zip(files, footers, strict=True)
    )
    return Opened(table, pieces, there, most, _folded(spec, footers))


def _folded(spec: TableSpec, footers: Sequence[pq.FileMetaData]) -> frozenset[str]:
    """Columns of text whose values take so few bytes that they must be repeated in a dictionary."""
    taken: Counter[str] = Counter()
    for footer in footers:
        for group in map(footer.row_group, range(footer.num_row_groups)):
            for column in map(group.column, range(group.num_columns)):
                taken[column.path_in_schema] += column.total_uncompressed_size
    most = _FEW_BYTES * sum(footer.num_rows for footer in footers)
    texts = {c.name for c in spec.columns if c.type == "text" and c.name != "source_id"}
    return frozenset(name for name in texts if name in taken and taken[name] <= most)


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
