"""Tables that are not sorted by record, brought into that order on disk: split by record, then sorted part by part.

Every row goes into the partition of its record, with its number in the file and the number of its
record; each partition is small enough to be sorted in memory, and holds all rows of its records.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Executor, wait
from dataclasses import dataclass
from tempfile import TemporaryFile, gettempdir

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alignment_events.findings import AlignmentEventsError
from alignment_events.screen.aligned import Part, TooManyRows
from alignment_events.screen.ids import id_numbers, is_short
from alignment_events.screen.opened import Opened, is_coded
from alignment_events.spec.tables import record_key

MOST_PARTITIONS = 4096
_MOST_VALUES = 20_000
"""Different values of a coded column for which rows are kept as codes."""
_KEY, _ROW = "__key", "__row"


@dataclass(frozen=True)
class _Chunk:
    """Where some rows stand in the temporary file, and how they are to be read."""

    place: int
    length: int
    schema: pa.Schema


@dataclass(frozen=True, eq=False)
class Partition:
    """All rows of some records.

    Attributes:
        parts: Table name to its rows in the order of their records.
        strays: Table name to rows whose record has no short id.
    """

    parts: Mapping[str, list[Part]]
    strays: Mapping[str, Part]


class _Codes:
    """The different values of a coded column, numbered as they come."""

    def __init__(self) -> None:
        self._number: dict[str | None, int] = {}

    def renumbered(self, array: pa.DictionaryArray) -> pa.Array | None:
        """The codes of the whole table, or None if there are too many values."""
        values = array.dictionary.to_pylist()
        if len(self._number) + len(values) > _MOST_VALUES:
            used = array.dictionary.take(array.indices.unique().drop_null()).to_pylist()
            if len(self._number) + len(used) > _MOST_VALUES:
                return None
            for value in used:
                self._number.setdefault(value, len(self._number))
            numbers = [self._number.get(value, 0) for value in values]
        else:
            numbers = [self._number.setdefault(value, len(self._number)) for value in values]
        return pc.take(pa.array(numbers, pa.int32()), array.indices)

    def values(self) -> pa.Array:
        return pa.array(list(self._number), pa.string())


class SpilledTable:
    """One table on disk, row by row in the partition of its record."""

    def __init__(self, opened: Opened, partitions: int, salt: int) -> None:
        self.opened = opened
        # It has no name, so that nothing of it remains however the process ends.
        self._file = TemporaryFile(prefix="alignment-events-")  # noqa: SIM115 - closed by close
        self.chunks: list[list[_Chunk]] = [[] for _ in range(partitions)]
        self.sizes = np.zeros(partitions, np.int64)
        self._salt = np.uint64(salt | 1)
        coded = (c.name for c in opened.spec.columns if is_coded(c) or c.name in opened.folded)
        self._codes = {name: _Codes() for name in coded}
        self._values: dict[str, pa.Array] = {}
        self._end = 0
        self.written = 0

    def write(self, rows: int, stopped: Callable[[], bool]) -> None:
        """Read the table and write it to disk; the last rows are not written if it is stopped."""
        read = 0
        for batch in self.opened.batches(rows):
            if stopped():
                return
            self._write(batch, read)
            read += batch.num_rows
            self.written = read
        self._values = {name: codes.values() for name, codes in self._codes.items()}

    def _write(self, batch: pa.RecordBatch, first: int) -> None:
        keys = id_numbers(batch.column(record_key(self.opened.table)))[0].values
        place = self._partition(keys)
        order = np.argsort(place, kind="stable")
        arrays = []
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            if name in self._codes:
                codes = self._codes[name].renumbered(array)
                array = array.cast(pa.string()) if codes is None else codes
            arrays.append(array)
        numbers = np.arange(first, first + len(keys))
        arrays += [pa.array(keys), pa.array(numbers)]
        sorted_ = pa.RecordBatch.from_arrays(arrays, [*batch.schema.names, _KEY, _ROW]).take(
            pa.array(order)
        )
        bounds = np.searchsorted(place[order], np.arange(len(self.chunks) + 1))
        for number in np.flatnonzero(np.diff(bounds)):
            some = sorted_.slice(bounds[number], bounds[number + 1] - bounds[number])
            block = some.serialize()
            self.chunks[number].append(_Chunk(self._end, block.size, sorted_.schema))
            self.sizes[number] += block.size
            self._end += block.size
            try:
                self._file.write(block)
            except OSError as error:
                raise AlignmentEventsError(
                    f"temporary files cannot be written to {gettempdir()}: {error.strerror}. "
                    "Set TMPDIR to a folder with more room, or sort the tables by record."
                ) from error

    def _partition(self, keys: NDArray[np.uint64]) -> NDArray[np.uint16]:
        """By a hash: whatever the ids are, partitions are of about one size."""
        mixed = (keys ^ (keys >> np.uint64(31))) * self._salt
        mixed ^= mixed >> np.uint64(32)
        return (mixed % np.uint64(len(self.chunks))).astype(np.uint16)

    def read(self, number: int) -> Part | None:
        """The rows of a partition in the order of their records."""
        if not self.chunks[number]:
            return None
        batches = []
        for chunk in self.chunks[number]:
            self._file.seek(chunk.place)
            block = pa.py_buffer(self._file.read(chunk.length))
            batches.append(self._decoded(pa.ipc.read_record_batch(block, chunk.schema)))
        table = pa.Table.from_batches(batches)
        keys = table.column(_KEY).to_numpy()
        # By position too: what stands in that order is soon seen to have no key twice.
        if "position" in self.opened.spec.key:
            position = pc.fill_null(table.column("position"), 0).to_numpy()
            order = np.lexsort((position, keys))
        else:
            order = np.argsort(keys, kind="stable")
        table = table.unify_dictionaries().combine_chunks().take(pa.array(order))
        (whole,) = table.combine_chunks().to_batches()
        numbers = whole.column(_ROW).to_numpy()
        plain = whole.select(whole.schema.names[:-2])
        return Part(plain, numbers, keys[order])

    def close(self) -> None:
        """Give the room on disk back."""
        self._file.close()

    def _decoded(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        arrays = []
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            if name in self._codes:
                if pa.types.is_integer(array.type):
                    array = pa.DictionaryArray.from_arrays(array, self._values[name])
                else:
                    array = array.dictionary_encode()
            arrays.append(array)
        return pa.RecordBatch.from_arrays(arrays, batch.schema.names)


class Spill:
    """All tables on disk, record by record in some order, a partition at a time."""

    def __init__(self, opened: Mapping[str, Opened], pool: Executor, rows: int, most: int) -> None:
        """Describe what is to be spilled.

        Args:
            opened: The tables.
            pool: Reads and writes.
            rows: Rows of all tables that a partition should have, and that are read at a time.
            most: Bytes that a partition may take.
        """
        self._opened = sorted(opened.values(), key=lambda one: -one.rows)
        self._pool = pool
        self._rows = rows
        self._most = most
        self._tables: list[SpilledTable] = []

    def __enter__(self) -> "Spill":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        for table in self._tables:
            table.close()
        self._tables = []

    def write(self, tell: Callable[[int], object]) -> None:
        """Write all tables to disk.

        Args:
            tell: Called now and then with the number of rows written.

        Raises:
            TooManyRows: If the rows of one record are too many.
            Unreadable: If a file is damaged.
        """
        partitions = -(-sum(one.rows for one in self._opened) // self._rows)
        sizes = self._write(partitions, tell)
        if sizes.max(initial=0) > self._most:
            # Rows are longer than most are: smaller partitions, unless it is one record's.
            partitions = max(partitions * 2, 4 * int(sizes.sum()) // self._most)
            sizes = self._write(partitions, tell)
        if sizes.max(initial=0) > self._most:
            worst = int(sizes.argmax())
            table = max(self._tables, key=lambda table: int(table.sizes[worst]))
            raise TooManyRows(table.opened.table, int(sizes[worst]))

    def _write(self, partitions: int, tell: Callable[[int], object]) -> NDArray[np.int64]:
        self._close()
        count = min(max(partitions, 1), MOST_PARTITIONS)
        salt = secrets.randbits(62)
        self._tables = [SpilledTable(one, count, salt) for one in self._opened]
        stop = False
        writing = [self._pool.submit(one.write, self._rows, lambda: stop) for one in self._tables]
        try:
            while wait(writing, timeout=0.25, return_when=FIRST_EXCEPTION).not_done:
                tell(sum(table.written for table in self._tables))
                if any(one.done() and one.exception() for one in writing):
                    break
            for one in writing:
                if one.done():
                    one.result()
        finally:
            stop = True
            wait(writing)
        found: NDArray[np.int64] = np.sum([table.sizes for table in self._tables], axis=0)
        return found

    def partitions(self) -> Iterator[Partition]:
        """All records, some at a time; the next partition is read while one is looked at."""
        count = len(self._tables[0].chunks)
        ahead = self._pool.submit(self._load, 0)
        for number in range(count):
            found = ahead.result()
            if number + 1 < count:
                ahead = self._pool.submit(self._load, number + 1)
            yield found
            del found

    def _load(self, number: int) -> Partition:
        parts: dict[str, list[Part]] = {}
        strays: dict[str, Part] = {}
        for table in self._tables:
            part = table.read(number)
            if part is None:
                continue
            # Numbers of what is no short id are the greatest.
            end = int(np.count_nonzero(is_short(part.keys)))
            if end:
                parts[table.opened.table] = [part.slice(0, end)]
            if end < len(part):
                strays[table.opened.table] = part.slice(end, len(part))
        return Partition(parts, strays)
