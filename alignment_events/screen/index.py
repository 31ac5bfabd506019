"""Pass 1 over the cheap columns: what rules ask about records beyond the one at hand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.model import expr as x
from alignment_events.screen.arrays import places, plain_values, valid_cells
from alignment_events.screen.cells import as_column, day_bounds
from alignment_events.screen.distinct import different, places_in
from alignment_events.screen.frames import Batch, Counts, Frame, columns_of
from alignment_events.screen.ids import id_numbers, is_short
from alignment_events.screen.kernels import truth
from alignment_events.screen.opened import Opened
from alignment_events.screen.values import Bools, Coded, Column, Numbers
from alignment_events.spec.cells import allowed_codes
from alignment_events.spec.tables import record_key, table_specs

CODES = ("kind", "verification", "contested")
DAYS = ("date_start", "date_end")
_EMPTY, FAULTY = 254, 255
NO_DAY = np.iinfo(np.int32).min
_ROWS = 262_144
LINK_COLUMNS = ("record_id", "link_type", "target_id")

Ids = NDArray[np.uint64]


@cache
def code_values(column: str) -> tuple[str, ...]:
    """The codes that may stand in a column of the index."""
    if column == "link_type":
        spec = table_specs()["links"].column(column)
    else:
        spec = table_specs()["events"].column(column)
    found = {code for name in spec.vocabularies.values() for code in allowed_codes(name)}
    return tuple(sorted(found | ({"deed"} if column == "kind" else set())))


def _small(array: pa.DictionaryArray, column: str, nullable: bool) -> NDArray[np.uint8]:
    """Codes as one byte each: place in the vocabulary, or empty, or faulty."""
    place = {value: number for number, value in enumerate(code_values(column))}
    lut = [place.get(value, FAULTY) for value in array.dictionary.to_pylist()]
    lut.append(_EMPTY if nullable else FAULTY)
    made = as_column(array, table_specs()["events"].column("kind"))
    assert isinstance(made, Coded)
    return np.array(lut, np.uint8)[made.codes]


@dataclass(frozen=True, eq=False)
class RecordIndex:
    """All records and links of the dataset, a few bytes each.

    Attributes:
        ids: Numbers of the records, rising; of those that stand twice the first stands here.
        columns: Column to its codes (one byte) or days, in the order of the ids.
        bad: For each record, a bit for each column with a faulty cell.
        links: Numbers of record and target, and code of the type, of every link, targets rising.
        stray_records: Rows of events and deeds that have no short id, each batch with its table.
        stray_links: Links of which one end has none.
        touched: Records to which a link leads that has, or whose record has, a faulty cell.
        twice: Numbers of records that stand twice in one table.
    """

    ids: Ids
    columns: Mapping[str, NDArray[np.generic]]
    bad: NDArray[np.uint8]
    links: tuple[Ids, Ids, NDArray[np.uint8]]
    stray_records: tuple[tuple[str, pa.RecordBatch], ...]
    stray_links: tuple[pa.RecordBatch, ...]
    touched: Ids
    twice: Ids

    def place(self, keys: Ids) -> tuple[NDArray[np.intp], Bools]:
        """Where records stand in the index, and whether they are there."""
        return places_in(self.ids, keys)

    def look_up(self, keys: Column, column: str) -> Column:
        """A column of the index of all records, for each key."""
        assert isinstance(keys, Numbers)
        place, there = self.place(keys.values)
        there &= keys.valid
        if not len(self.ids):
            place, there = np.zeros(0, np.intp), there
        return self._column(column, place, there)

    def _column(self, column: str, place: NDArray[np.intp], there: Bools) -> Column:
        if column in DAYS:
            days = self.columns[column][place] if len(place) else np.zeros(len(there), np.int32)
            return Numbers(days, there & (days != NO_DAY))
        values = code_values(column)
        codes = np.full(len(there), _EMPTY, np.uint8)
        if len(place):
            codes = np.where(there, self.columns[column][place], _EMPTY).astype(np.uint8)
        # What is faulty is examined in any case.
        return Coded(np.minimum(codes, len(values)).astype(np.int32), values)

    def counted(self, node: x.Count, keys: Column) -> Counts:
        """How many links of the whole dataset lead to each key and meet the condition."""
        assert isinstance(keys, Numbers)
        targets = self._chosen(node)
        low = np.searchsorted(targets, keys.values, "left")
        high = np.searchsorted(targets, keys.values, "right")
        return (high - low).astype(np.int64)

    def _chosen(self, node: x.Count) -> Ids:
        if node not in self._kept:
            # Piece by piece: what is made of a link takes several times what the link takes.
            starts = range(0, len(self.links[0]), _ROWS)
            found = [self._meeting(node, slice(start, start + _ROWS)) for start in starts]
            self._kept[node] = np.concatenate([self.links[1][:0], *found])
        return self._kept[node]

    def _meeting(self, node: x.Count, some: slice) -> Ids:
        """The targets of those of some links that meet the condition of a count."""
        records, targets, types = self.links
        records, targets, types = records[some], targets[some], types[some]
        values = code_values("link_type")
        everywhere = np.ones(len(records), np.bool_)
        made: dict[str, Callable[[], Column]] = {
            "record_id": lambda: Numbers(records, everywhere),
            "target_id": lambda: Numbers(targets, everywhere),
            "link_type": lambda: Coded(np.minimum(types, len(values)).astype(np.int32), values),
        }
        batch = Batch(0, {}, self)
        group = np.zeros(len(records), np.intp)
        frame = Frame("links", len(records), group, columns_of(made), batch)
        found: Ids = targets[truth(node.where, frame).true]
        return found

    _kept: dict[x.Count, Ids] = field(default_factory=dict, init=False, repr=False)


class Read(Protocol):
    """A table as the index reads it."""

    @property
    def table(self) -> str:
        """Its name."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    def batches(
        self, size: int, columns: tuple[str, ...] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows, with the columns asked for, in batches of `size` at most."""


def size_of_index(opened: Mapping[str, Opened]) -> int:
    """Bytes that the index of these tables takes, about."""
    rows = {name: one.rows for name, one in opened.items()}
    return 20 * (rows.get("events", 0) + rows.get("deeds", 0)) + 17 * rows.get("links", 0)


def read_index(tables: Mapping[str, Read]) -> RecordIndex:
    """Read the index of all records and links.

    Raises:
        Unreadable: If a file is damaged.
    """
    records = [tables[name] for name in ("events", "deeds") if name in tables]
    if sum(one.rows for one in tables.values()) < _ROWS:
        index, (links, stray_links) = _records(records), _links(tables.get("links"))
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(_links, tables.get("links"))
            index = _records(records)
            links, stray_links = reading.result()
    index = replace(index, links=links, stray_links=stray_links)
    place, there = index.place(links[0])
    wrong = links[2] == FAULTY
    if len(place):
        wrong = wrong | (there & (index.bad[place] != 0) if len(index.bad) else False)
    from_strays = [id_numbers(some.column("target_id"))[0].values for some in stray_links]
    return replace(index, touched=different(np.concatenate([links[1][wrong], *from_strays])))


def _records(tables: Sequence[Read]) -> RecordIndex:
    """The index of all records, without links."""
    # One piece after the other goes into arrays of their final size: no row is held twice.
    rows = sum(one.rows for one in tables)
    names = (*CODES, *DAYS)
    ids = np.zeros(rows, np.uint64)
    columns: dict[str, NDArray[Any]] = {
        name: np.zeros(rows, np.uint8 if name in CODES else np.int32) for name in names
    }
    twice, end = [np.zeros(0, np.uint64)], 0
    strays: list[tuple[str, pa.RecordBatch]] = []
    for one in tables:
        begin = end
        for numbers, some, stray in _entries(one):
            ids[end : end + len(numbers)] = numbers
            for name in names:
                columns[name][end : end + len(numbers)] = some[name]
            end += len(numbers)
            if stray is not None:
                strays.append((one.table, stray))
        twice.append(_repeated(ids[begin:end]))
    order = np.argsort(ids[:end], kind="stable")
    ids = ids[order]
    first = np.ones(end, np.bool_)
    first[1:] = ids[1:] != ids[:-1]
    ids, order = ids[first], order[first]
    for name in names:
        columns[name] = columns[name][order]
    bad = np.zeros(len(order), np.uint8)
    low, high = day_bounds()
    for number, name in enumerate(names):
        if name in CODES:
            faulty = columns[name] == FAULTY
        else:
            empty = columns[name] == NO_DAY
            faulty = ~empty & ((columns[name] < low) | (columns[name] > high))
            faulty |= empty if name == "date_start" else False
        bad |= faulty.astype(np.uint8) << np.uint8(number)
    again = different(np.concatenate(twice))
    return RecordIndex(ids, columns, bad, _no_links(), tuple(strays), (), ids[:0], again)


def _repeated(ids: Ids) -> Ids:
    """The numbers that stand twice among those of a table, which most often rise."""
    if (ids[1:] < ids[:-1]).any():
        ids = np.sort(ids)
    return different(ids[1:][ids[1:] == ids[:-1]])


def _no_links() -> tuple[Ids, Ids, NDArray[np.uint8]]:
    return np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint8)


def _entries(
    opened: Read,
) -> Iterator[tuple[Ids, dict[str, NDArray[np.generic]], pa.RecordBatch | None]]:
    """Ids and columns of each batch of events or deeds, and the rows without a short id, if any."""
    key = record_key(opened.table)
    for batch in opened.batches(_ROWS, (key, *CODES, *DAYS)):
        numbers = id_numbers(batch.column(key))[0].values
        columns: dict[str, NDArray[np.generic]] = {}
        for name in CODES:
            if name == "kind" and opened.table == "deeds":
                place = code_values("kind").index("deed")
                columns[name] = np.full(len(numbers), place, np.uint8)
            else:
                columns[name] = _small(batch.column(name), name, name != "kind")
        for name in DAYS:
            array = batch.column(name)
            days = plain_values(array, np.int32)
            columns[name] = np.where(valid_cells(array), days, NO_DAY).astype(np.int32)
        short = is_short(numbers)
        stray = None
        if not short.all():
            stray = batch.take(places(np.flatnonzero(~short)))
            numbers = numbers[short]
            columns = {name: column[short] for name, column in columns.items()}
        yield numbers, columns, stray


def _links(
    opened: Read | None,
) -> tuple[tuple[Ids, Ids, NDArray[np.uint8]], tuple[pa.RecordBatch, ...]]:
    pieces = [_no_links()]
    strays = []
    for batch in opened.batches(_ROWS, LINK_COLUMNS) if opened is not None else ():
        records, targets = (
            id_numbers(batch.column(name))[0].values for name in ("record_id", "target_id")
        )
        types = _small(batch.column("link_type"), "link_type", False)
        short = is_short(records) & is_short(targets)
        if not short.all():
            strays.append(batch.take(places(np.flatnonzero(~short))))
        pieces.append((records[short], targets[short], types[short]))
    records, targets, types = (np.concatenate(arrays) for arrays in zip(*pieces, strict=True))
    order = np.argsort(targets, kind="stable")
    return (records[order], targets[order], types[order]), tuple(strays)
