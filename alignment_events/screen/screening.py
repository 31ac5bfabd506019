"""Screens tables batch by batch, and examines what is suspect in them."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.screen.aligned import Part, open_streams, whole_records
from alignment_events.screen.batch import Context, Screened, screen_batch, screen_rows
from alignment_events.screen.examine import Examiner
from alignment_events.screen.gathered import Rows
from alignment_events.screen.ids import EMPTY
from alignment_events.screen.memory import Memory
from alignment_events.screen.spans import Span
from alignment_events.screen.spill import Partition
from alignment_events.screen.values import Bools

Keys = NDArray[np.uint64]


class Screening:
    """The screen over some records, and the examination of those in which it finds something.

    Attributes:
        seen: Table name to the number of rows screened.
    """

    def __init__(
        self,
        context: Context,
        examiner: Examiner,
        memory: Memory,
        tell: Callable[[], object],
        hand_over: Callable[[Rows, bool], object] | None = None,
    ) -> None:
        """Describe a screening.

        Args:
            context: What the screen knows beside the batch.
            examiner: Examines what is suspect.
            memory: What it may take.
            tell: Called when `seen` has grown.
            hand_over: Takes what is put aside, and whether the record of some of it is not named; by
                default it is examined here.
        """
        self.context = context
        self.examiner = examiner
        self.memory = memory
        self.seen: Counter[str] = Counter()
        self._waiting, self._aside = Rows(), Rows()
        self._unnamed = self._in_pieces = False
        self._tell = tell
        self._hand_over = hand_over or self._examine_aside

    def in_order(self, span: Span, batch_rows: int, pool: Executor) -> None:
        """Screen the records of a span in tables that are sorted by record.

        Raises:
            NotSorted: If some table is not.
            TooManyRows: If the rows of a record do not fit into memory.
            TooWide: If a thousand rows do not.
            Unreadable: If a file is damaged.
        """
        look = partial(screen_rows, context=self.context)
        streams = open_streams(span, batch_rows, pool, look)
        # While one batch is screened the next is gathered; they are taken in order.
        running: Future[Screened] | None = None
        for parts in whole_records(streams, self.memory.partition_bytes):
            before, running = running, pool.submit(screen_batch, parts, self.context)
            del parts
            if before is not None:
                self._take(before.result())
                del before
        if running is not None:
            self._take(running.result())
        for name, stream in streams.items():
            for part in stream.strays:
                self._put_aside(name, part)

    def partition(self, partition: Partition, aside: Callable[[Keys], Bools]) -> None:
        """Put aside all rows of a partition, to be examined; all of them are of suspect records.

        Args:
            partition: The rows.
            aside: Says of the numbers of records which must be examined together with others.
        """
        keys = [np.zeros(0, np.uint64)]
        for name, (part,) in partition.parts.items():
            apart = aside(part.keys)
            for chosen, into in ((~apart, self._waiting), (apart, self._aside)):
                if chosen.any():
                    into.add_unscreened(name, part.take(np.flatnonzero(chosen)))
            self.seen[name] += len(part)
            keys.append(part.keys[~apart])
        self._waiting.records += len(np.unique(np.concatenate(keys)))
        for name, part in partition.strays.items():
            self._put_aside(name, part)
        self._examine_enough()
        self._tell()

    def _take(self, screened: Screened) -> None:
        self._gather(screened)
        # What a batch took is given back, or the allocator keeps the most that any took.
        del screened
        pa.default_memory_pool().release_unused()
        self._tell()

    def _gather(self, screened: Screened) -> None:
        """Put aside what has to be examined of a batch, and examine it when there is enough."""
        self._waiting.add(screened, screened.suspect & ~screened.aside)
        self._aside.add(screened, screened.aside)
        for name, some in screened.parts.items():
            self.seen[name] += sum(map(len, some))
        self._examine_enough()

    def _examine_enough(self) -> None:
        """Examine what waits for it, if it is enough."""
        most = self.memory.waiting_bytes
        if self._waiting.records >= self.memory.waiting_records or self._waiting.size > most:
            self._examine_waiting()
        self._relieve()

    def _put_aside(self, name: str, part: Part) -> None:
        self._aside.add_unscreened(name, part)
        self.seen[name] += len(part)
        self._unnamed |= bool((part.keys == EMPTY).any())

    def _relieve(self) -> None:
        """Put nothing aside for longer than memory allows."""
        if self._aside.size > self.memory.waiting_bytes:
            self._in_pieces = True
            self._give_aside()

    def take_over(self, rows: Rows, unnamed: bool) -> None:
        """Put aside what another screening hands over."""
        self._aside.join(rows)
        self._unnamed |= unnamed
        self._relieve()

    def finish(self) -> None:
        """Examine what waits for it, or hand it over."""
        self._examine_waiting()
        self._give_aside()

    def _examine_waiting(self) -> None:
        if self._waiting.height:
            rows, self._waiting = self._waiting, Rows()
            self.examiner.examine(rows)

    def _give_aside(self) -> None:
        if self._aside.height:
            rows, self._aside = self._aside, Rows()
            unnamed, self._unnamed = self._unnamed, False
            self._hand_over(rows, unnamed)

    def _examine_aside(self, rows: Rows, unnamed: bool) -> None:
        sources = self.examiner.opened.get("sources")
        screened = sources is None or self.seen["sources"] == sources.rows
        every = screened and not self._in_pieces
        self.examiner.examine(rows, aside=True, unnamed=unnamed, every=every)
