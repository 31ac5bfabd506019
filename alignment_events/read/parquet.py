"""Reads tables of the format from Parquet, in batches and within a bound of memory."""

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from alignment_events.check.messages import finding, quoted, suggestion
from alignment_events.findings import Finding
from alignment_events.read.any_folder import files_below
from alignment_events.read.parquet_pages import unfolding
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

MAX_TABLE_BYTES = 4 * 1024**3
"""A table that unfolds to more is refused."""

STAMP = "alignment_events."
"""Beginning of the names of the metadata by which a Parquet file says of which release it is."""

STREAMED_FROM = 1024**2
"""Files of so many bytes together are checked batch by batch; smaller ones are faster read whole."""

_BATCH_ROWS = 16_384
_SMALL = 1024**2
"""Bytes of files that are read in one piece to be hashed."""
_MOST_AT_ONCE = 1024**3
# Years 2 to 9998, as Arrow counts days: one less at each end, because zones shift days.
_EPOCH = dt.date(1970, 1, 1).toordinal()
_FIRST_DAY = dt.date(2, 1, 1).toordinal() - _EPOCH
_LAST_DAY = dt.date(9998, 12, 31).toordinal() - _EPOCH


@dataclass
class TablesRead:
    """Tables by name, the file of each, and what could not be read."""

    tables: "dict[str, pl.DataFrame]" = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass
class TablePart:
    """A table, or a part of one, as a file holds it."""

    table: str
    frame: "pl.DataFrame"
    file: str
    unfolded: int


def is_large(path: Path) -> bool:
    """True for a file or folder of Parquet tables that is better checked batch by batch."""
    files = [path] if path.is_file() else path.glob("*.parquet")
    return sum(file.stat().st_size for file in files if file.is_file()) >= STREAMED_FROM


def is_large_alone(path: Path) -> bool:
    """True for a file, or a folder with all that is below, that is large and holds nothing but Parquet."""
    if not path.is_dir():
        return path.suffix == ".parquet" and is_large(path)
    size = 0
    for file in files_below(path):
        if file.is_dir():
            continue
        if file.suffix != ".parquet":
            return False
        size += file.lstat().st_size
    return size >= STREAMED_FROM


def read_tables(
    path: Path, *, within_folder: bool = False, most: int = MAX_TABLE_BYTES
) -> TablesRead:
    """The tables in a Parquet file, or in the Parquet files directly in a folder.

    A file holds the table that it is named after, or that its metadata names. One that unfolds to
    more than `most` bytes is refused.
    """
    read = TablesRead()
    files = [path] if within_folder or path.is_file() else sorted(path.glob("*.parquet"))
    for file in files:
        # A pipe would be waited for without end.
        if (path.is_dir() or within_folder) and (file.is_symlink() or not file.is_file()):
            message = "This is a link, a pipe or a folder, not a file: it is not read."
            read.findings.append(finding("AE001", message, file=str(file)))
            continue
        part, findings = read_part(file, most=most)
        read.findings += findings
        if part is None:
            continue
        if part.table in read.tables:
            message = f"The table {part.table} is there twice."
            read.findings.append(finding("AE501", message, file=str(file), table=part.table))
            continue
        read.tables[part.table] = part.frame
        read.files[part.table] = str(file)
    return read


def whole_table(source: "Path | pa.BufferReader") -> "pa.Table":
    """All rows of a file of which is known that it is sound."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(source) as parquet:
        # Threads of Arrow that are still waking up end a process that ends at the same time.
        return parquet.read(use_threads=False)


def table_in(file: Path) -> "tuple[str | None, pa.Schema]":
    """Name of the table that a Parquet file holds, if any, and its schema; nothing else is read."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as parquet:
        _refuse_unreadable_types(parquet.schema_arrow)
        return _table_name(file, parquet.schema_arrow.metadata or {}), parquet.schema_arrow


def names_no_table(file: Path) -> Finding:
    """What is said of a file of which nothing tells the table."""
    message = f"{file.name} names no table of the format."
    known = f"Name the file or its folder after its table: {', '.join(table_specs())}."
    hint = suggestion(file.stem, table_specs()) or known
    return finding("AE014", message, hint=hint, file=str(file))


def read_part(
    file: Path, table: str | None = None, *, most: int = MAX_TABLE_BYTES
) -> tuple[TablePart | None, list[Finding]]:
    """The table in one Parquet file, or None and what is wrong with the file.

    Args:
        file: The file; neither link nor pipe.
        table: The table, where neither the name of the file nor its metadata says it.
        most: How many bytes the table may unfold to.
    """
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        folded = _texts(file) if most < MAX_TABLE_BYTES else []
        with pq.ParquetFile(
            file, memory_map=False, page_checksum_verification=True, read_dictionary=folded
        ) as parquet:
            _refuse_unreadable_types(parquet.schema_arrow)
            name = _table_name(file, parquet.schema_arrow.metadata or {}) or table
            if name is None:
                return None, [names_no_table(file)]
            batches = []
            unfolded = 0
            # One batch alone could unfold to more than there is memory.
            found = unfolding(file, parquet.metadata, parquet.schema_arrow.names)
            rows = found.rows_within(min(most, _MOST_AT_ONCE))
            if not rows:
                bound = min(most, _MOST_AT_ONCE)
                message = f"Rows or pages of it unfold to more than {bound:,} bytes."
                return None, [finding("AE003", message, file=str(file), table=name)]
            at_once = min(_BATCH_ROWS, rows)
            # Without threads, for the same reason as in `whole_table`.
            for batch in parquet.iter_batches(batch_size=at_once, use_threads=False):
                refuse_unreadable_values(batch)
                unfolded += _unfolded_bytes(batch)
                if unfolded > most:
                    message = f"The table unfolds to more than {most:,} bytes."
                    return None, [finding("AE003", message, file=str(file), table=name)]
                batches.append(_unfolded(batch) if folded else batch)
            schema = batches[0].schema if batches else parquet.schema_arrow
            rows = pa.Table.from_batches(batches, schema=schema)
        frame = pl.from_arrow(rows.replace_schema_metadata(None))
        assert isinstance(frame, pl.DataFrame)
    except (
        OSError, pa.ArrowException, ValueError,
        pl.exceptions.PolarsError, pl.exceptions.PanicException,
    ) as error:  # fmt: skip
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        message = f"The file cannot be read as Parquet: {reason}."
        return None, [finding("AE015", message, file=str(file))]
    return TablePart(name, frame, str(file), unfolded), []


def _texts(file: Path) -> list[str]:
    """The columns of text, which are read folded: equal values are held once until counted."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(file, memory_map=False)
    return [one.name for one in schema if any(is_kind(one.type) for is_kind in _text_kinds())]


def _text_kinds() -> "tuple[Callable[[pa.DataType], bool], ...]":
    import pyarrow as pa

    types = pa.types
    return types.is_string, types.is_large_string, types.is_binary, types.is_large_binary


def _unfolded_bytes(batch: "pa.RecordBatch") -> int:
    """What a batch takes once each value is held by itself."""
    import pyarrow as pa

    found = 0
    for column in batch.columns:
        inner = column.type.value_type if pa.types.is_dictionary(column.type) else None
        if inner is not None and any(is_kind(inner) for is_kind in _text_kinds()):
            import pyarrow.compute as pc

            lengths = pc.binary_length(column.dictionary).take(column.indices)
            found += (pc.sum(lengths.cast(pa.int64())).as_py() or 0) + 4 * len(column)
            continue
        found += column.nbytes
    return found


def _unfolded(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    """The batch with every value held by itself."""
    import pyarrow as pa

    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _refuse_unreadable_types(fields: "Iterable[pa.Field]") -> None:
    """ValueError for what would make polars panic instead of raising an error."""
    import pyarrow as pa

    for one in fields:
        # Both raise if damage has made them something else than UTF-8.
        name = one.name
        b"".join(text for pair in (one.metadata or {}).items() for text in pair).decode()
        inner = one.type
        if pa.types.is_dictionary(inner):
            inner = inner.value_type
        if pa.types.is_decimal256(inner):
            raise ValueError(
                f"the column {quoted(name)} is {inner}, which no column of the format is"
            )
        _refuse_unreadable_types(inner.field(number) for number in range(inner.num_fields))


def refuse_unreadable_values(batch: "pa.RecordBatch") -> None:
    """ValueError for texts that are not UTF-8 and for days that no calendar has."""
    batch.validate(full=True)
    _refuse_unreadable_days(batch)


def _refuse_unreadable_days(batch: "pa.RecordBatch") -> None:
    """ValueError for days of years that Python cannot show in a message."""
    import pyarrow as pa

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.dictionary
        if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
            bounds = _bounds_of_days(column)
            if bounds is not None and not (_FIRST_DAY <= bounds[0] <= bounds[1] <= _LAST_DAY):
                raise ValueError(f"the column {quoted(name)} holds a day that no calendar has")


def _bounds_of_days(column: "pa.Array") -> tuple[int, int] | None:
    """The first and the last day of a column as Arrow counts them; None if it is empty."""
    import numpy as np
    import pyarrow as pa

    if column.null_count == len(column):
        return None
    if not pa.types.is_date32(column.type):
        import pyarrow.compute as pc

        days = pc.min_max(pc.cast(column, pa.date32(), safe=False).cast(pa.int32())).as_py()
        return days["min"], days["max"]
    # As they lie in memory: what Arrow computes with takes as long to import as a small table to check.
    held, days = column.buffers()
    part = slice(column.offset, column.offset + len(column))
    numbers = np.frombuffer(days, np.int32)[part]
    if column.null_count:
        bits = np.unpackbits(np.frombuffer(held, np.uint8), bitorder="little")
        numbers = numbers[bits[part] == 1]
    return int(numbers.min()), int(numbers.max())


def _table_name(file: Path, metadata: dict[bytes, bytes]) -> str | None:
    named = metadata.get(b"table", b"").decode("utf-8", "replace")
    for candidate in (file.stem, named):
        if candidate in table_specs():
            return candidate
    return None


def file_hash(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size <= _SMALL:
            return hashlib.sha256(stream.read()).hexdigest()
        return hashlib.file_digest(stream, "sha256").hexdigest()


def footer_of(path: Path) -> "pq.FileMetaData | None":
    """The footer of a Parquet file; None if it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(path)
    except (OSError, pa.ArrowException, ValueError):
        return None


def stamp_in(footer: "pq.FileMetaData") -> dict[str, str]:
    """What a footer says of the release that the file belongs to."""
    metadata = footer.metadata or {}
    return {
        key.decode("utf-8", "replace").removeprefix(STAMP): value.decode("utf-8", "replace")
        for key, value in metadata.items()
        if key.startswith(STAMP.encode())
    }
