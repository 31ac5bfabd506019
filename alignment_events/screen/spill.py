"""Whole rows of some records out of tables in any order, brought together on disk, record by record.

Every row goes into the partition of its record, with its number in the file and the number of its
record; each partition is small enough to be sorted in memory, and holds all rows of its records.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Executor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alignment_events.screen.aligned import Part, TooManyRows
from alignment_events.screen.arrays import numbers_array, places, plain_values, texts
from alignment_events.screen.ids import id_numbers, is_short
from alignment_events.screen.opened import Opened, is_coded
from alignment_events.screen.scratch import MOST_PARTITIONS, Scratch, partition_of
from alignment_events.screen.values import Bools
from alignment_events.spec.tables import record_key

_MOST_VALUES = 20_000
"""Different values of a coded column for which rows are kept as codes."""
_KEY, _ROW = "__key", "__row"


Chosen = Callable[[NDArray[np.uint64]], Bools]
"""Says of the numbers of records which are wanted."""


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
        return pc.take(numbers_array(np.array(numbers, np.int32)), array.indices)

    def values(self) -> pa.Array:
        return texts(self._number)


class SpilledTable:
    """One table on disk, row by row in the partition of its record."""

    def __init__(self, opened: Opened, partitions: int, salt: int) -> None:
        self.opened = opened
        self._scratch = Scratch()
        self.chunks: list[list[_Chunk]] = [[] for _ in range(partitions)]
        self.sizes = np.zeros(partitions, np.int64)
        self._salt = salt
        coded = (c.name for c in opened.spec.columns if is_coded(c) or c.name in opened.folded)
        self._codes = {name: _Codes() for name in coded}
        self._values: dict[str, pa.Array] = {}
        self.read_so_far = 0

    def write(self, rows: int, chosen: Chosen, stopped: Callable[[], bool]) -> None:
        """Read the table and write the chosen rows to disk; the last are not written if it is stopped."""
        for batch in self.opened.batches(rows):
            if stopped():
                return
            keys = id_numbers(batch.column(record_key(self.opened.table)))[0].values
            wanted = np.flatnonzero(chosen(keys))
            if len(wanted):
                some = batch.take(places(wanted))
                self._write(some, keys[wanted], self.read_so_far + wanted)
            self.read_so_far += batch.num_rows
        self._scratch.flush()
        self._values = {name: codes.values() for name, codes in self._codes.items()}

    def _write(
        self, batch: pa.RecordBatch, keys: NDArray[np.uint64], numbers: NDArray[np.int64]
    ) -> None:
        place = partition_of(keys, self._salt, len(self.chunks))
        order = np.argsort(place, kind="stable")
        arrays = []
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            if name in self._codes:
                codes = self._codes[name].renumbered(array)
                array = array.cast(pa.string()) if codes is None else codes
            arrays.append(array)
        arrays += [numbers_array(keys), numbers_array(numbers)]
        sorted_ = pa.RecordBatch.from_arrays(arrays, [*batch.schema.names, _KEY, _ROW]).take(
            places(order)
        )
        bounds = np.searchsorted(place[order], np.arange(len(self.chunks) + 1))
        for number in np.flatnonzero(np.diff(bounds)):
            some = sorted_.slice(bounds[number], bounds[number + 1] - bounds[number])
            block = some.serialize()
            at = self._scratch.append(memoryview(block))
            self.chunks[number].append(_Chunk(at, block.size, sorted_.schema))
            self.sizes[number] += block.size

    def read(self, number: int) -> Part | None:
        """The rows of a partition in the order of their records."""
        if not self.chunks[number]:
            return None
        batches = []
        for chunk in self.chunks[number]:
            block = pa.py_buffer(self._scratch.read(chunk.place, chunk.length))
            batches.append(self._decoded(pa.ipc.read_record_batch(block, chunk.schema)))
        table = pa.Table.from_batches(batches)
        keys = _plain(table, _KEY, np.uint64)
        # By position too: what stands in that order is soon seen to have no key twice.
        if "position" in self.opened.spec.key:
            position = _plain(table, "position", np.int64)
            order = np.lexsort((position, keys))
        else:
            order = np.argsort(keys, kind="stable")
        table = table.unify_dictionaries().combine_chunks().take(places(order))
        (whole,) = table.combine_chunks().to_batches()
        numbers = plain_values(whole.column(_ROW), np.int64)
        plain = whole.select(whole.schema.names[:-2])
        return Part(plain, numbers, keys[order])

    def close(self) -> None:
        """Give the room on disk back."""
        self._scratch.close()

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


def _plain(table: pa.Table, name: str, kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([plain_values(chunk, kind) for chunk in table.column(name).chunks])


class Spill:
    """Chosen rows of all tables on disk, record by record in some order, a partition at a time."""

    def __init__(
        self,
        opened: Mapping[str, Opened],
        pool: Executor,
        chosen: Chosen,
        partitions: int,
        rows: int,
        most: int,
    ) -> None:
        """Describe what is to be spilled.

        Args:
            opened: The tables.
            pool: Reads and writes.
            chosen: Says of the numbers of records whether their rows are wanted.
            partitions: How many there should be.
            rows: Rows of a table that are read at a time.
            most: Bytes that a partition may take.
        """
        self._opened = sorted(opened.values(), key=lambda one: -one.rows)
        self._pool = pool
        self._chosen = chosen
        self._partitions = partitions
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
        """Write the rows to disk.

        Args:
            tell: Called now and then with the number of rows read.

        Raises:
            TooManyRows: If the rows of one record are too many.
            Unreadable: If a file is damaged.
        """
        partitions = self._partitions
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
        writing = [
            self._pool.submit(one.write, self._rows, self._chosen, lambda: stop)
            for one in self._tables
        ]
        try:
            while wait(writing, timeout=0.25, return_when=FIRST_EXCEPTION).not_done:
                tell(sum(table.read_so_far for table in self._tables))
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
