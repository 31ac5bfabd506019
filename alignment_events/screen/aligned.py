"""Reads the tables side by side, record by record: each batch holds whole records with all their rows.

Tables of a release are sorted by record, so that one pass over all files is enough and nothing but the
batch at hand is in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from alignment_events.screen.ids import id_numbers
from alignment_events.screen.values import Bools
from alignment_events.spec.ir import ColumnSpec
from alignment_events.spec.tables import record_key, table_specs

BATCH_ROWS = 65_536


class NotSorted(Exception):  # noqa: N818 - it says what is the case, and is never shown
    """A table is not sorted by record; `table` names it."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(table)


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of one table that belong to a batch.

    Attributes:
        rows: The rows as read.
        first: Number of the first of them in the whole table.
        keys: For each row the number of its record.
        sound: For each row whether its record's id is one.
    """

    rows: pa.RecordBatch
    first: int
    keys: NDArray[np.uint64]
    sound: Bools

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def slice(self, start: int, end: int) -> "Part":
        """Some consecutive rows."""
        return Part(
            self.rows.slice(start, end - start),
            self.first + start,
            self.keys[start:end],
            self.sound[start:end],
        )


def is_coded(column: ColumnSpec) -> bool:
    """True for columns with few different values, which are read as codes."""
    return (
        column.type == "code"
        or (column.ref is not None and column.ref.table in ("actors", "persons"))
        or column.name in ("field", "coder_id", "reviewer_id", "scheme", "vocabulary", "code")
    )


@dataclass
class TableStream:
    """The rows of one table, from one file or several, in batches.

    Attributes:
        table: Its name.
        files: Its files, in order.
    """

    table: str
    files: Sequence[Path]
    columns: Sequence[str] | None = None
    read: int = 0
    _batches: Iterator[pa.RecordBatch] | None = None
    _waiting: list[Part] = field(default_factory=list)
    _highest: np.uint64 = np.uint64(0)  # noqa: RUF009 - immutable
    ended: bool = False

    def fill(self) -> bool:
        """Read one more batch; False at the end."""
        if self._batches is None:
            self._batches = self._read()
        batch = next(self._batches, None)
        if batch is None:
            self.ended = True
            return False
        keys, sound = id_numbers(batch.column(record_key(self.table)))
        # What is no id has no place in the order: it stays beside the rows before it.
        ordered = np.maximum.accumulate(np.where(sound, keys.values, self._highest))
        if (sound & (keys.values < np.maximum(ordered, self._highest))).any():
            raise NotSorted(self.table)
        self._highest = max(self._highest, ordered[-1])
        self._waiting.append(Part(batch, self.read, keys.values, sound))
        self._ordered.append(np.maximum(ordered, ordered[0]))
        self.read += batch.num_rows
        return True

    def __post_init__(self) -> None:
        self._ordered: list[NDArray[np.uint64]] = []

    @property
    def waiting(self) -> bool:
        """True if rows have been read and not taken."""
        return bool(self._waiting)

    @property
    def highest(self) -> np.uint64:
        """The highest record of which a row has been read."""
        return self._highest

    def take_below(self, bound: np.uint64 | None) -> list[Part]:
        """The rows of all records below a bound, or all rows that were read."""
        taken: list[Part] = []
        while self._waiting:
            part, ordered = self._waiting[0], self._ordered[0]
            end = len(part) if bound is None else int(np.searchsorted(ordered, bound, "left"))
            if end:
                taken.append(part.slice(0, end))
            if end < len(part):
                self._waiting[0] = part.slice(end, len(part))
                self._ordered[0] = ordered[end:]
                break
            self._waiting.pop(0)
            self._ordered.pop(0)
        return taken

    def _read(self) -> Iterator[pa.RecordBatch]:
        spec = table_specs()[self.table]
        for file in self.files:
            coded = [c.name for c in spec.columns if is_coded(c)]
            with pq.ParquetFile(
                file, read_dictionary=coded, page_checksum_verification=True
            ) as parquet:
                for batch in parquet.iter_batches(BATCH_ROWS, columns=self.columns):
                    if batch.num_rows:
                        yield batch


def whole_records(streams: Mapping[str, TableStream]) -> Iterator[dict[str, list[Part]]]:
    """Batches of whole records, in order, out of tables that are sorted by record.

    Raises:
        NotSorted: If some table is not.
    """
    while True:
        for stream in streams.values():
            if not stream.waiting and not stream.ended:
                stream.fill()
        running = [s for s in streams.values() if not s.ended]
        bound = min((s.highest for s in running), default=None)
        taken = {name: stream.take_below(bound) for name, stream in streams.items()}
        if any(taken.values()):
            yield {name: parts for name, parts in taken.items() if parts}
        elif running:
            # One record fills all that was read of some table: more of it has to come.
            next(s for s in running if s.highest == bound).fill()
        else:
            return
