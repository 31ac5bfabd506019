"""Tables in any order: rows are looked at where they stand, and their records where they are brought together.

Three passes. The first reads all tables, looks at each row by itself, and writes what rules of whole records ask
about to disk, split by record. The second brings the records of each part together and screens them. The
third, if some record is suspect, reads the tables again for the rows of these alone, and examines them.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.screen.aligned import TooManyRows
from alignment_events.screen.batch import Context, screen_batch
from alignment_events.screen.memory import ROW
from alignment_events.screen.narrow import Narrow, NarrowTable, Written
from alignment_events.screen.opened import Opened
from alignment_events.screen.scratch import MOST_PARTITIONS, Scratch

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Sowing:
    """Which rows one process looks at, and how it splits what is asked about their records.

    Attributes:
        opened: The tables, each with some of its row groups.
        partitions: How many there are.
        salt: By which records are split.
        file: Number of the file to be written.
    """

    opened: Mapping[str, Opened]
    partitions: int
    salt: int
    file: int


@dataclass(frozen=True)
class Reaping:
    """Which partitions one process screens.

    Attributes:
        partitions: Their numbers.
        written: What was written by all.
        tables: The tables.
    """

    partitions: range
    written: Sequence[Written]
    tables: Sequence[Opened]


@dataclass
class Reaped:
    """What the screen says of the records of some partitions.

    Attributes:
        suspect: Numbers of the records that have to be examined.
        aside: Those that must be examined together with others.
        seen: Table name to the rows of all other records.
        done: How many rows were screened.
    """

    suspect: list[Keys] = field(default_factory=list)
    aside: list[Keys] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    done: int = 0

    def join(self, other: "Reaped") -> None:
        """Take what another process found."""
        self.suspect += other.suspect
        self.aside += other.aside
        self.seen += other.seen
        self.done += other.done


def sow(sowing: Sowing, rows: int, context: Context, tell: Callable[[int], object]) -> Written:
    """Look at rows by themselves, and write what is asked about their records.

    Args:
        sowing: Which, and where to.
        rows: How many to read at a time.
        context: What the screen knows beside them.
        tell: Called with the number of rows done.

    Raises:
        Unreadable: If a file is damaged.
        TooWide: If a thousand rows do not fit into memory.
        AlignmentEventsError: If there is no room on disk.
    """
    scratch = Scratch(sowing.file)
    tables: list[NarrowTable] = []
    for one in sowing.opened.values():
        table = NarrowTable(one, scratch, sowing.partitions, sowing.salt)
        tables.append(table)
        table.write(rows, context, lambda: tell(sum(t.seen + t.strays for t in tables)))
        pa.default_memory_pool().release_unused()
    scratch.flush()
    return Written(
        sowing.file,
        {table.opened.table: table.chunks for table in tables},
        {table.opened.table: table.values for table in tables},
        sum(table.strays for table in tables),
    )


def reap(reaping: Reaping, context: Context, found: Reaped, tell: Callable[[], object]) -> None:
    """Screen the records of some partitions.

    Args:
        reaping: Which.
        context: What the screen knows beside them.
        found: Takes what is found, partition by partition.
        tell: Called after each.
    """
    narrow = Narrow(reaping.written, reaping.tables)
    for number in reaping.partitions:
        parts = narrow.partition(number)
        if parts:
            screened = screen_batch(parts, context)
            if screened.suspect.any():
                found.suspect.append(screened.records[screened.suspect & ~screened.aside])
                found.aside.append(screened.records[screened.aside])
            for name, group in screened.groups.items():
                found.seen[name] += int(np.count_nonzero(~screened.suspect[group]))
                found.done += len(group)
        tell()


def shares(opened: Mapping[str, Opened], count: int) -> list[dict[str, Opened]]:
    """The row groups of tables, split among so many processes."""
    found: list[dict[str, Opened]] = [{} for _ in range(count)]
    for name, one in opened.items():
        groups = sum(piece.groups for piece in one.pieces)
        bounds = [groups * number // count for number in range(count + 1)]
        for share, begin, end in zip(found, bounds, bounds[1:], strict=False):
            if begin < end:
                share[name] = replace(one, groups=range(begin, end))
    return found


def sown(
    opened: Mapping[str, Opened],
    rows: int,
    most: int,
    write: Callable[[int, int], Sequence[Written]],
) -> tuple[int, Sequence[Written]]:
    """All tables written, in partitions that fit into memory; first, how many these are.

    Args:
        opened: The tables.
        rows: Rows of all tables that a partition should have.
        most: Rows that it may have.
        write: Writes them in so many partitions, by a salt.

    Raises:
        TooManyRows: If the rows of one record are too many.
    """
    total = sum(one.rows for one in opened.values())
    count = max(1, -(-total // rows))
    while True:
        count = min(count, MOST_PARTITIONS)
        written = write(count, secrets.randbits(62))
        found = {name: _rows(name, written, count) for name in opened}
        whole = np.sum(list(found.values()), axis=0)
        worst = int(np.argmax(whole))
        if whole[worst] <= most:
            return count, written
        if count * most >= 4 * total or count == MOST_PARTITIONS:
            table = max(found, key=lambda name: found[name][worst])
            raise TooManyRows(table, int(whole[worst]) * ROW)
        # The rows of one record are more than those of most: there may be room if others are elsewhere.
        count = max(count * 2, 4 * total // most + 1)


def _rows(table: str, written: Sequence[Written], count: int) -> NDArray[np.int64]:
    """How many rows of a table each partition has."""
    found = np.zeros(count, np.int64)
    for one in written:
        if table in one.chunks:
            np.add.at(found, one.chunks[table].partition, one.chunks[table].rows)
    return found
