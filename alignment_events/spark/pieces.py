"""Rows of tables as they travel through a cluster: cut into buckets of whole records, and joined again.

A piece is some rows of one table, all of records of one bucket, as an Arrow stream. Pieces of all
tables have one form, so that one exchange brings all rows of a record together, types unchanged.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.screen.ids import id_numbers

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

PIECE = pa.schema([("bucket", pa.int32()), ("part", pa.string()), ("rows", pa.binary())])

_CUT_ROWS = 262_144
_CUT_BYTES = 64 * 1024**2
"""Rows, or bytes of them, that are cut at a time: of fewer each bucket would get a few rows a piece,
and the number of pieces would grow with the square of the number of records."""
_FOLDED = pa.ipc.IpcWriteOptions(compression="lz4")

Buckets = NDArray[np.int32]
Piece = tuple[int, str, bytes]

_MIXER = np.uint64(0x9E3779B97F4A7C15)


def spark_schema(schema: pa.Schema) -> "StructType":
    """A schema as Spark has it."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def buckets_of(ids: pa.Array, count: int) -> Buckets:
    """The bucket of each record: the same id the same bucket, on every machine."""
    numbers = id_numbers(ids)[0].values
    mixed = (numbers * _MIXER) >> np.uint64(33)
    return (mixed % np.uint64(count)).astype(np.int32)


def together(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of batches in fewer and larger ones."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows, size = rows + len(batch), size + batch.nbytes
        if rows >= _CUT_ROWS or size >= _CUT_BYTES:
            yield from _as_one(waiting)
            waiting, rows, size = [], 0, 0
    yield from _as_one(waiting)


def _as_one(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    return pa.Table.from_batches(batches).combine_chunks().to_batches() if batches else []


def cut(part: str, rows: pa.RecordBatch | pa.Table, of: Buckets) -> Iterator[Piece]:
    """Cut rows into one piece for each bucket that some of them are in."""
    if not len(of):
        return
    order = np.argsort(of, kind="stable")
    inside = rows.take(pa.array(order))
    found, starts = np.unique(of[order], return_index=True)
    for bucket, start, end in zip(found, starts, [*starts[1:], len(of)], strict=True):
        yield int(bucket), part, _written(inside.slice(start, end - start))


def _written(rows: pa.RecordBatch | pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=_FOLDED) as writer:
        writer.write(rows)
    return bytes(sink.getvalue())


def joined(pieces: Iterable[pa.Buffer]) -> pl.DataFrame:
    """The rows of some pieces of one table."""
    frame = pl.from_arrow(pa.concat_tables(pa.ipc.open_stream(p).read_all() for p in pieces))
    assert isinstance(frame, pl.DataFrame)
    return frame


def batches_of(pieces: Iterable[Piece], most_bytes: int = 32 * 1024**2) -> Iterator[pa.RecordBatch]:
    """Pieces in batches, as `mapInArrow` wants them."""
    waiting: list[Piece] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece[2])
        if size > most_bytes:
            yield _batch(waiting)
            waiting, size = [], 0
    if waiting:
        yield _batch(waiting)


def _batch(pieces: list[Piece]) -> pa.RecordBatch:
    columns = zip(*pieces, strict=True)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, PIECE, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=PIECE)


def bucket_by_bucket(
    batches: Iterable[pa.RecordBatch],
) -> Iterator[tuple[int, dict[str, pl.DataFrame]]]:
    """The parts of each bucket, from batches that are sorted by bucket."""
    current: int | None = None
    parts: dict[str, list[pa.Buffer]] = {}
    for batch in batches:
        numbers, names = batch.column("bucket").to_pylist(), batch.column("part").to_pylist()
        rows = batch.column("rows")
        for place, (number, name) in enumerate(zip(numbers, names, strict=True)):
            if number != current and current is not None:
                yield current, {part: joined(some) for part, some in parts.items()}
                parts = {}
            current = number
            parts.setdefault(name, []).append(rows[place].as_buffer())
    if current is not None:
        yield current, {part: joined(some) for part, some in parts.items()}
