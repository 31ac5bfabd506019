"""Tables in any order on their way through the disk: split by record as they are read, and brought together again.

Rows are looked at by themselves where they stand. Only what is asked about records is written to disk; texts stay
where they are.
"""

import json
import mmap
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alignment_events.screen.aligned import Part
from alignment_events.screen.arrays import places
from alignment_events.screen.batch import Context, screen_rows
from alignment_events.screen.ids import id_numbers, is_short
from alignment_events.screen.layout import KEY, Layout, Rows
from alignment_events.screen.opened import Opened
from alignment_events.screen.scratch import Scratch, partition_of
from alignment_events.screen.values import Coded, Column
from alignment_events.spec.tables import record_key, table_specs

_MOST_VALUES = 20_000
"""Different values of a coded column that are numbered for a whole table."""


class _Values:
    """The values of a coded column of a table, numbered as they come; an empty cell is -1."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._last: tuple[tuple[str, ...], NDArray[np.int32]] | None = None
        self.too_many = False

    def numbers(self, column: Coded) -> NDArray[np.int32]:
        """The numbers of the rows; from when there are too many values on, those of the batch."""
        empty = len(column.values)
        if not self.too_many and (self._last is None or self._last[0] is not column.values):
            codes = np.arange(empty)
            if empty > len(column.codes):
                # A dictionary may hold many values of which these rows make no use; others may.
                codes = np.unique(column.codes)
                codes = codes[codes != empty]
            lut = np.full(empty + 1, -1, np.int32)
            for code in codes.tolist():
                lut[code] = self._number.setdefault(column.values[code], len(self._number))
            self.too_many = len(self._number) > _MOST_VALUES
            if not self.too_many and len(codes) < empty:
                return lut.take(column.codes)
            self._last = (column.values, lut)
        if self.too_many:
            return np.where(column.codes == empty, np.int32(-1), column.codes)
        assert self._last is not None
        return self._last[1].take(column.codes)

    def all(self) -> list[str]:
        return list(self._number)


@dataclass(frozen=True, eq=False)
class Chunks:
    """Where the rows of a table lie in a file, some rows of a partition each.

    Attributes:
        partition: For each chunk the number of its partition, rising.
        place: Where it begins.
        rows: How many rows it has.
        own: For chunks with coded columns that have values of their own, by where the chunk begins: for
            each such column where its values are, as JSON, and how many bytes they take.
    """

    partition: NDArray[np.int64]
    place: NDArray[np.int64]
    rows: NDArray[np.int64]
    own: Mapping[int, Mapping[str, tuple[int, int]]]

    def of(self, partition: int) -> Iterator[tuple[int, int]]:
        """Place and number of rows of the chunks of a partition."""
        low, high = np.searchsorted(self.partition, [partition, partition + 1])
        yield from zip(self.place[low:high].tolist(), self.rows[low:high].tolist(), strict=True)


_NO_CHUNKS = Chunks(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), {})


@dataclass(frozen=True, eq=False)
class Written:
    """What was written of some tables.

    Attributes:
        file: Number of the file.
        chunks: Table name to where its rows are.
        values: Table name to the values of its coded columns, in the order of their numbers.
        strays: How many rows have no place in an order of records.
    """

    file: int
    chunks: Mapping[str, Chunks]
    values: Mapping[str, Mapping[str, Sequence[str]]]
    strays: int


class NarrowTable:
    """One table on its way to disk."""

    def __init__(self, opened: Opened, scratch: Scratch, partitions: int, salt: int) -> None:
        self.opened = opened
        self.layout = Layout.of(opened)
        self.strays = 0
        self.seen = 0
        self._scratch = scratch
        self._partitions, self._salt = partitions, salt
        self._chunks: list[tuple[int, int, int]] = []
        self._own: dict[int, dict[str, tuple[int, int]]] = {}
        self._values = {name: _Values() for name, sort in self.layout.columns if sort == "codes"}

    def write(self, rows: int, context: Context, tell: Callable[[], object]) -> None:
        """Look at all rows by themselves, and write down what is asked about their records.

        Args:
            rows: How many to read at a time.
            context: What the screen knows beside them.
            tell: Called after each batch.
        """
        table = self.opened.table
        for batch in self.opened.batches(rows):
            keys = id_numbers(batch.column(record_key(table)))[0].values
            part = Part(batch, np.zeros(0, np.int64), keys)
            placed = is_short(keys)
            if not placed.all():
                part = _only(part, np.flatnonzero(placed))
            self.strays += len(keys) - len(part)
            if len(part):
                self._write(screen_rows(table, part, context))
            self.seen += len(part)
            tell()

    def _write(self, part: Part) -> None:
        place = partition_of(part.keys, self._salt, self._partitions)
        # Sorted by pairs of bytes, which takes no comparison.
        order = np.argsort(place, kind="stable")
        rows = self.layout.rows(part, self._values).take(order)
        own = {name: part.column(name) for name, one in self._values.items() if one.too_many}
        bounds = np.searchsorted(place[order], np.arange(self._partitions + 1))
        begin = 0 if own else self._scratch.append(rows.data)
        for number in np.flatnonzero(np.diff(bounds)).tolist():
            low, high = bounds[number : number + 2].tolist()
            at = begin + low * rows.itemsize
            if own:
                at = self._with_own(rows[low:high], own)
            self._chunks.append((number, at, high - low))

    def _with_own(self, rows: Rows, columns: Mapping[str, Column]) -> int:
        """Write rows together with the values that their codes stand for, and return where they are."""
        places = {}
        for name, column in columns.items():
            assert isinstance(column, Coded)
            used, codes = np.unique(rows[name], return_inverse=True)
            empty = int(used[0] < 0)
            rows[name] = codes - empty
            text = json.dumps([column.values[code] for code in used[empty:].tolist()]).encode()
            places[name] = (self._scratch.append(text), len(text))
        at = self._scratch.append(rows.data)
        self._own[at] = places
        return at

    @property
    def chunks(self) -> Chunks:
        """Where the rows are."""
        found = np.array(self._chunks, np.int64).reshape(-1, 3)
        found = found[np.argsort(found[:, 0], kind="stable")]
        partition, place, rows = np.ascontiguousarray(found.T)
        return Chunks(partition, place, rows, self._own)

    @property
    def values(self) -> dict[str, list[str]]:
        """The values of the coded columns, by their numbers."""
        return {name: values.all() for name, values in self._values.items()}


def _only(part: Part, rows: NDArray[np.intp]) -> Part:
    some = part.rows.take(places(rows))
    return Part(some, part.numbers, part.keys[rows])


class Narrow:
    """What one process or several wrote, partition by partition."""

    def __init__(self, written: Sequence[Written], opened: Iterable[Opened]) -> None:
        """Open it.

        Args:
            written: What each has written.
            opened: The tables.
        """
        self._written = written
        self._read = [_reader(one.file) for one in written]
        self._layouts = {one.table: Layout.of(one) for one in opened}
        # Each process numbered the values as they came to it.
        self._numbers: dict[tuple[str, str], dict[str, int]] = {}
        self._luts: list[dict[tuple[str, str], NDArray[np.int32] | None]] = []
        for one in written:
            luts = {}
            for table, columns in one.values.items():
                for name, texts in columns.items():
                    luts[table, name] = _lut(texts, self._numbers.setdefault((table, name), {}))
            self._luts.append(luts)
        self._texts = {column: tuple(numbers) for column, numbers in self._numbers.items()}

    def partition(self, number: int) -> dict[str, list[Part]]:
        """All rows of the records of a partition, in the order of the records, by table."""
        parts = {name: self._part(layout, number) for name, layout in self._layouts.items()}
        return {name: [part] for name, part in parts.items() if part is not None}

    def _part(self, layout: Layout, number: int) -> Part | None:
        table = layout.table
        coded = [name for name, sort in layout.columns if sort == "codes"]
        pieces: list[Rows] = []
        more: dict[str, dict[str, int]] = {}
        for read, written, luts in zip(self._read, self._written, self._luts, strict=True):
            plain = []
            chunks = written.chunks.get(table, _NO_CHUNKS)
            for at, count in chunks.of(number):
                rows = np.frombuffer(read(at, count * layout.dtype.itemsize), layout.dtype, count)
                own = chunks.own.get(at)
                if own is None:
                    plain.append(rows)
                    continue
                rows = rows.copy()
                for name in coded:
                    lut = luts[table, name]
                    if name in own:
                        place, length = own[name]
                        texts = json.loads(bytes(read(place, length)))
                        numbers = more.setdefault(name, dict(self._numbers[table, name]))
                        lut = _lut(texts, numbers)
                    _translate(rows, name, lut)
                pieces.append(rows)
            if plain:
                rows = _joined(plain)
                for name in coded:
                    _translate(rows, name, luts[table, name])
                pieces.append(rows)
        if not pieces:
            return None
        rows = _joined(pieces) if len(pieces) > 1 else pieces[0]
        values = {name: self._texts[table, name] for name in coded}
        values |= {name: tuple(numbers) for name, numbers in more.items()}
        order = _order(rows, "position" in table_specs()[table].key)
        return layout.part(rows.take(order), values)


def _reader(number: int) -> Callable[[int, int], bytes | memoryview]:
    """What reads so many bytes at a place of a file that other processes read too.

    Were the file mapped instead, all of it would in time count as memory of each process.
    """
    if hasattr(os, "pread"):
        return lambda place, length: os.pread(number, length, place)
    # An empty file cannot be mapped.
    empty = not os.fstat(number).st_size
    data = memoryview(b"" if empty else mmap.mmap(number, 0, access=mmap.ACCESS_READ))
    return lambda place, length: data[place : place + length]


def _lut(texts: Iterable[str], numbers: dict[str, int]) -> NDArray[np.int32] | None:
    """The numbers of texts for all, by their own; last that of an empty cell. None if they are the same."""
    found = [numbers.setdefault(text, len(numbers)) for text in texts]
    if found == list(range(len(found))):
        return None
    return np.array([*found, -1], np.int32)


def _translate(rows: Rows, name: str, lut: NDArray[np.int32] | None) -> None:
    """Write into a coded column the numbers that its values have for all."""
    if lut is not None:
        rows[name] = lut[rows[name]]


def _joined(pieces: Sequence[Rows]) -> Rows:
    """Rows below each other; as bytes, since NumPy goes through structures field by field."""
    return np.concatenate([piece.view(np.uint8) for piece in pieces]).view(pieces[0].dtype)


def _order(rows: Rows, by_position: bool) -> NDArray[np.intp]:
    """Rows by record, and as good as always by position within it."""
    keys = np.ascontiguousarray(rows[KEY])
    if by_position:
        # What stands in that order is soon seen to have no key twice. Ids take less than 48 bits.
        keys = keys << np.uint64(16) | rows["position"].astype(np.uint64) & np.uint64(0xFFFF)
    return np.argsort(keys)
