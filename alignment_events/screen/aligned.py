"""Reads the tables side by side, record by record: each batch holds whole records with all their rows.

Tables of a release are sorted by record, so that one pass over all files is enough and nothing but the
batch at hand is in memory. Rows whose record has no short id have no place in that order: they are
kept aside as strays.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.screen.arrays import places
from alignment_events.screen.ids import id_numbers, is_short
from alignment_events.screen.opened import NotSorted
from alignment_events.screen.reasons import Reason
from alignment_events.screen.spans import Span, Stretch
from alignment_events.screen.values import Bools, Column, Index
from alignment_events.spec.tables import record_key

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

BATCH_ROWS = 400_000
"""Rows of all tables together that are screened at a time."""
MAX_STRAYS = 200_000
"""Rows of one table without a place in the order; more are not kept in memory."""


class TooManyRows(Exception):  # noqa: N818 - becomes a finding
    """The rows of one record take more memory than there is; `table` names their table."""

    def __init__(self, table: str, needed: int) -> None:
        self.table = table
        self.needed = needed
        super().__init__(table, needed)


Look = Callable[[str, "Part"], "Part"]
"""What is done with rows as they are read, in the thread that reads them."""


class Made:
    """Columns as the kernels see them, each made when it is first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], Column]]) -> None:
        self._makers = makers
        self._made: dict[str, Column] = {}

    def __call__(self, name: str) -> Column:
        """The column of a name."""
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of one table that belong to a batch.

    Attributes:
        rows: The rows as read.
        numbers: Number of each of them in the whole table.
        keys: For each row the number of its record, rising.
        wrong: Rows that may have a fault which the row itself shows, by what that is.
        aside: For each whether it names a source that is not that of its record; None if none does.
        made: Columns of the rows, and of `before` rows before them.
        before: How many rows of the columns come before these.
    """

    rows: pa.RecordBatch
    numbers: NDArray[np.int64]
    keys: NDArray[np.uint64]
    wrong: Mapping[Reason, Index] = field(default_factory=dict)
    aside: Bools | None = None
    made: Callable[[str], Column] | None = None
    before: int = 0

    def __len__(self) -> int:
        return len(self.keys)

    def slice(self, start: int, end: int) -> "Part":
        """Some consecutive rows."""
        if not start and end == len(self):
            return self
        return Part(
            self.rows.slice(start, end - start),
            self.numbers[start:end],
            self.keys[start:end],
            {reason: _between(rows, start, end) for reason, rows in self.wrong.items()},
            None if self.aside is None else self.aside[start:end],
            self.made,
            self.before + start,
        )

    def take(self, rows: NDArray[np.intp]) -> "Part":
        """Some rows, not looked at as yet."""
        return Part(self.rows.take(places(rows)), self.numbers[rows], self.keys[rows])

    def column(self, name: str) -> Column:
        """A column of the rows."""
        assert self.made is not None
        return self.made(name).take(slice(self.before, self.before + len(self)))


def _between(rows: Index, start: int, end: int) -> Index:
    low, high = np.searchsorted(rows, (start, end))
    return rows[low:high] - start


class TableStream:
    """The rows of one table, in batches; the next is read while this one is screened."""

    def __init__(
        self, stretch: Stretch, span: Span, size: int, pool: "Executor", look: Look
    ) -> None:
        opened = stretch.opened
        self.table = opened.table
        self.read = stretch.first
        self.ended = False
        self.highest = np.uint64(0)
        self.strays: list[Part] = []
        self.size = size
        self._most = opened.most
        self._batches = opened.batches(size)
        self._span, self._end = span, stretch.end
        self._pool = pool
        self._look = look
        self._last = np.uint64(0)
        self._next: Future[Part | None] | None = None
        self._waiting: list[Part] = []

    def fill(self) -> bool:
        """Read one more batch; False at the end."""
        part = (self._next or self._pool.submit(self._read)).result()
        if part is None:
            self.ended = True
            return False
        self._next = self._pool.submit(self._read)
        if len(part):
            self.highest = part.keys[-1]
            self._waiting.append(part)
        return True

    def _read(self) -> Part | None:
        batch = next(self._batches, None)
        if batch is None or self._last >= self._span.high:
            return None
        keys = id_numbers(batch.column(record_key(self.table)))[0].values
        numbers = np.arange(self.read, self.read + batch.num_rows)
        self.read += batch.num_rows
        part = self._without_strays(Part(batch, numbers, keys))
        if not len(part):
            return part
        if part.keys[0] < self._last or (part.keys[1:] < part.keys[:-1]).any():
            raise NotSorted(self.table)
        self._last = part.keys[-1]
        bounds = np.array([self._span.low, self._span.high], np.uint64)
        part = part.slice(*np.searchsorted(part.keys, bounds).tolist())
        return self._look(self.table, part) if len(part) else part

    def _without_strays(self, part: Part) -> Part:
        placed = is_short(part.keys)
        if placed.all():
            return part
        self.strays.append(part.take(np.flatnonzero(~placed & (part.numbers < self._end))))
        if sum(map(len, self.strays)) > MAX_STRAYS:
            raise NotSorted(self.table)
        return part.take(np.flatnonzero(placed))

    def top_up(self) -> None:
        """Read until a batch of rows waits, or as much as may be held, or the table ends."""
        while not self.ended and sum(map(len, self._waiting)) < self.size:
            if self._waiting and self.waiting_bytes > self._most:
                return
            self.fill()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the rows that were read and not yet taken, about."""
        return sum(part.rows.get_total_buffer_size() for part in self._waiting)

    def take_below(self, bound: np.uint64 | None) -> list[Part]:
        """The rows of all records below a bound, or all rows that were read."""
        taken: list[Part] = []
        while self._waiting:
            part = self._waiting[0]
            end = len(part) if bound is None else int(np.searchsorted(part.keys, bound, "left"))
            if end:
                taken.append(part.slice(0, end))
            if end < len(part):
                self._waiting[0] = part.slice(end, len(part))
                break
            self._waiting.pop(0)
        return taken


def open_streams(span: Span, rows: int, pool: "Executor", look: Look) -> dict[str, TableStream]:
    """Streams that reach about as far with each batch, so that few rows are left over between two."""
    total = sum(stretch.opened.rows for stretch in span.tables.values())
    return {
        name: TableStream(
            stretch, span, max(1, rows * stretch.opened.rows // max(total, 1)), pool, look
        )
        for name, stretch in span.tables.items()
    }


def whole_records(streams: Mapping[str, TableStream], most: int) -> Iterator[dict[str, list[Part]]]:
    """Batches of whole records, in order, out of tables that are sorted by record.

    Args:
        streams: The tables.
        most: Bytes that the rows of one record may take in a table.

    Raises:
        TooManyRows: If they take more.
        NotSorted: If some table is not.
        Unreadable: If a file is damaged.
    """
    while True:
        for stream in streams.values():
            stream.top_up()
        running = [s for s in streams.values() if not s.ended]
        bound = min((s.highest for s in running), default=None)
        taken = {name: stream.take_below(bound) for name, stream in streams.items()}
        if any(taken.values()):
            yield {name: parts for name, parts in taken.items() if parts}
        elif running:
            # One record fills all that was read of some table: more of it has to come.
            stream = next(s for s in running if s.highest == bound)
            if stream.waiting_bytes > most:
                raise TooManyRows(stream.table, stream.waiting_bytes)
            stream.fill()
        else:
            return
