"""Runs the three passes over tables in any order, in this process or with the help of others."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from alignment_events.screen.batch import Context
from alignment_events.screen.distinct import Among
from alignment_events.screen.ids import is_short
from alignment_events.screen.index import Ids
from alignment_events.screen.memory import Memory
from alignment_events.screen.messages import Counted
from alignment_events.screen.narrow import Written
from alignment_events.screen.opened import Opened
from alignment_events.screen.scratch import Scratch
from alignment_events.screen.screening import Screening
from alignment_events.screen.spill import Spill
from alignment_events.screen.unsorted import Reaped, Reaping, Sowing, reap, shares, sow, sown
from alignment_events.screen.values import Bools
from alignment_events.screen.workers import Lost, Workers

_ROWS_A_RECORD = 20
"""Rows of all tables that a record has, about."""
_OFTEN = 0.1
"""Seconds between two reports of progress."""

Tell = Callable[[int], object]
"""Called with the number of rows done in a pass."""


class Hands(Protocol):
    """What does the first two passes."""

    files: Sequence[Scratch]

    def sow(self, sowings: Sequence[Sowing], tell: Tell) -> Sequence[Written]:
        """Do the first pass, a share of it for each file."""

    def reap(self, reapings: Sequence[Reaping], found: Reaped, tell: Tell) -> None:
        """Do the second; what is found stays found if it is interrupted."""


class Own:
    """This process does it."""

    def __init__(self, file: Scratch, context: Context, rows: int) -> None:
        self.files: Sequence[Scratch] = [file]
        self._context = context
        self._rows = rows

    def sow(self, sowings: Sequence[Sowing], tell: Tell) -> Sequence[Written]:
        """Do the first pass."""
        return [sow(one, self._rows, self._context, tell) for one in sowings]

    def reap(self, reapings: Sequence[Reaping], found: Reaped, tell: Tell) -> None:
        """Do the second."""
        for one in reapings:
            reap(one, self._context, found, lambda: tell(found.done))


class Others:
    """Other processes do it."""

    def __init__(self, workers: Workers, files: Sequence[Scratch]) -> None:
        self.files = files
        self._workers = workers

    def sow(self, sowings: Sequence[Sowing], tell: Tell) -> Sequence[Written]:
        """Do the first pass."""
        found: dict[int, Written] = {}
        self._ask(sowings, found, tell)
        return [one for _, one in sorted(found.items())]

    def reap(self, reapings: Sequence[Reaping], found: Reaped, tell: Tell) -> None:
        """Do the second."""
        parts: dict[int, Reaped] = {}
        try:
            self._ask(reapings, parts, tell)
        finally:
            for _, one in sorted(parts.items()):
                found.join(one)

    def _ask(self, items: Sequence[Sowing | Reaping], found: dict[int, Any], tell: Tell) -> None:
        self._workers.begin(items)
        done = [0] * len(items)

        def take() -> None:
            for number, message in self._workers.messages():
                if isinstance(message, Counted):
                    done[number] = message.rows
                else:
                    found[number] = message

        with ThreadPoolExecutor(1) as pool:
            # In a thread of its own, so that an interrupt comes between no two messages.
            taking: Future[None] = pool.submit(take)
            try:
                while wait([taking], timeout=_OFTEN).not_done:
                    tell(sum(done))
            except KeyboardInterrupt:
                self._workers.stop()
                if not isinstance(taking.exception(), Lost | None):
                    taking.result()
                raise
            taking.result()


def check_in_any_order(
    hands: Hands,
    opened: Mapping[str, Opened],
    screening: Screening,
    pool: Executor,
    rows: int,
    memory: Memory,
    tell: Callable[[int, int], object],
) -> None:
    """Check tables in any order.

    Args:
        hands: Do the first two passes.
        opened: The tables.
        screening: Examines what is suspect, and counts what was seen.
        pool: Reads, in the third pass.
        rows: Rows of all tables that are to be brought together at a time.
        memory: What each process may take.
        tell: Called with the number of rows done in all passes, and the number of passes.

    Raises:
        TooManyRows: If the rows of a record do not fit into memory.
        TooWide: If a thousand rows do not.
        Unreadable: If a file is damaged.
        Lost: If a process has ended without an answer.
        AlignmentEventsError: If there is no room on disk.
    """
    count = len(hands.files)
    total = sum(one.rows for one in opened.values())
    split = shares(opened, count)

    def write(partitions: int, salt: int) -> Sequence[Written]:
        sowings = [
            Sowing(share, partitions, salt, file.number)
            for share, file in zip(split, hands.files, strict=True)
        ]
        return hands.sow(sowings, lambda done: tell(done, 2))

    partitions, written = sown(opened, rows, memory.batch_rows(total + 1), write)
    found = Reaped()
    tables = list(opened.values())
    reapings = [
        Reaping(range(number, partitions, count), written, tables) for number in range(count)
    ]
    try:
        hands.reap(reapings, found, lambda done: tell(total + done, 2))
    finally:
        screening.seen.update(found.seen)
    suspect = Among(np.concatenate([np.zeros(0, np.uint64), *found.suspect, *found.aside]))
    strays = sum(one.strays for one in written)
    if not len(suspect) and not strays:
        return
    aside = Among(np.concatenate([np.zeros(0, np.uint64), *found.aside]))
    parts = -(-(_ROWS_A_RECORD * len(suspect) + strays) // rows)

    def looked_at(keys: Ids) -> Bools:
        return suspect(keys) | ~is_short(keys)

    with Spill(opened, pool, looked_at, parts, rows, memory.partition_bytes) as spill:
        spill.write(lambda done: tell(2 * total + done, 3))
        for partition in spill.partitions():
            screening.partition(partition, aside)
            del partition
            pa.default_memory_pool().release_unused()
