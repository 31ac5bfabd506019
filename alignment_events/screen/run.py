"""Checks Parquet tables of any size: a screen over streamed batches, and an examination of what is suspect."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa

from alignment_events.check.kept import Kept
from alignment_events.check.table_ledger import TableLedger
from alignment_events.check.tables import check_cells, check_columns, missing_table
from alignment_events.findings import Interrupted, Report, Sink
from alignment_events.screen.aligned import (
    BATCH_ROWS,
    NotSorted,
    Part,
    TooManyRows,
    open_streams,
    whole_records,
)
from alignment_events.screen.batch import Context, Screened, screen_batch, screen_rows
from alignment_events.screen.examine import Examiner, Rows
from alignment_events.screen.files import Files
from alignment_events.screen.ids import EMPTY
from alignment_events.screen.index import read_index
from alignment_events.screen.memory import Memory, in_words
from alignment_events.screen.opened import NotStreamable, Opened, Unreadable
from alignment_events.screen.spill import Spill
from alignment_events.spec.tables import registry_keys, table_specs

EXAMINED_AT_ONCE = 5_000
"""Records whose rows are put to the checks of tables together."""
THREADS = 2

PARTITION_ROWS = 400_000
"""Rows of all tables that a partition of unsorted tables should have, memory allowing."""

RowProgress = Callable[[int, int], None]
"""Called with the number of rows done and the number in all."""


def check_streamed(
    path: Path,
    *,
    package: bool = False,
    batch_rows: int = BATCH_ROWS,
    progress: RowProgress | None = None,
    memory: int | str | Memory | None = None,
    unlisted: Sink | None = None,
) -> Report | None:
    """Check a Parquet file, or the Parquet tables of a folder, batch by batch.

    Args:
        path: The file or folder.
        package: True for a whole dataset, where no table, column or record may be missing.
        batch_rows: Rows of all tables together that are screened at a time.
        progress: Called as rows are done.
        memory: What the process may take in all; see `Memory.of`.
        unlisted: Takes the findings that are too many of their sort to be listed.

    Returns:
        The same report as `check_tables` gives of the tables read whole, or None if they cannot be
        streamed, since columns are not of the types of the format.

    Raises:
        Interrupted: If the user stops it; the exception has the report so far.
    """
    bound = Memory.of(memory)
    files = Files(bound)
    try:
        files.find(path)
    except NotStreamable:
        return None
    in_order = True
    while True:
        if unlisted is not None:
            unlisted.begin()
        try:
            run = _Run(files, package, bound.batch_rows(batch_rows), progress, unlisted)
            return run.report(in_order=in_order)
        except NotStreamable:
            return None
        except NotSorted:
            in_order = False
        except TooManyRows as error:
            files.refuse(error.table, "AE003", _too_many(error, bound))
        except Unreadable as error:
            # As for tables that are read whole: what cannot be read to its end is not there.
            reason = f"The file cannot be read as Parquet: {error.reason}."
            files.refuse(error.table, "AE015", reason)
        # The tables are looked at anew, so what was said of them is taken back.
        if unlisted is not None:
            unlisted.drop()


def _too_many(error: TooManyRows, bound: Memory) -> str:
    return (
        f"Rows of {error.table} that name the same record, or none, unfold to "
        f"{in_words(error.needed)}, more than {in_words(bound.total)} of memory allow."
    )


class _Run:
    """One run over all tables."""

    def __init__(
        self,
        files: Files,
        package: bool,
        batch_rows: int,
        progress: RowProgress | None,
        unlisted: Sink | None,
    ) -> None:
        self.files = files
        self.batch_rows = batch_rows
        self.progress = progress
        names = {name: str(file) for name, file in files.by_table.items()}
        kept = Kept(unlisted.add if unlisted is not None else None)
        self.ledger = TableLedger(names, kept=kept)
        self.seen: Counter[str] = Counter()
        self.waiting, self.aside = Rows(), Rows()
        self.unnamed = False
        self.opened: dict[str, Opened] = {}
        self.small: dict[str, pl.DataFrame] = {}
        for name in table_specs():
            if name in files.opened:
                if check_columns(name, files.empty[name], self.ledger, package).usable:
                    self.opened[name] = files.opened[name]
            elif name in files.small:
                result = check_columns(name, files.small[name], self.ledger, package)
                if result.usable:
                    self.small[name] = check_cells(name, result.frame, self.ledger)
            elif package:
                missing_table(name, self.ledger)
        self.package = package

    def report(self, *, in_order: bool) -> Report:
        """Check all tables.

        Args:
            in_order: True to read them as if they were sorted by record.
        """
        try:
            self._check(in_order)
        except KeyboardInterrupt:
            raise Interrupted(self._made(partial=True)) from None
        return self._made(partial=False)

    def _made(self, *, partial: bool) -> Report:
        seen = {name: opened.rows for name, opened in self.files.opened.items()}
        if partial:
            seen = {name: self.seen[name] for name in seen}
        seen |= {name: frame.height for name, frame in self.files.small.items()}
        report = self.ledger.report(seen)
        found = [one for _, one in sorted(self.files.findings, key=lambda f: f[0])]
        return replace(
            report, findings=(*found, *report.findings), unusable=not seen, partial=partial
        )

    def _check(self, in_order: bool) -> None:
        index = read_index(self.opened)
        examiner = Examiner(self.opened, self.small, index, self.ledger, self.package)
        self.examiner = examiner
        context = Context(
            index,
            frozenset(self.opened) | frozenset(self.small),
            self._registries(),
            examiner.related,
        )
        examiner.start()
        if not self.opened:
            return
        with ThreadPoolExecutor(THREADS, "screen") as pool:
            try:
                if in_order:
                    self._stream(context, pool)
                else:
                    self._spill(context, pool)
                self._examine()
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                # What was screened counts as seen, and so has to be examined.
                self._examine()
                examiner.take_back({n: one.rows - self.seen[n] for n, one in self.opened.items()})
                raise
            finally:
                pool.shutdown(cancel_futures=True)

    def _stream(self, context: Context, pool: ThreadPoolExecutor) -> None:
        """Screen tables that are sorted by record."""
        look = partial(screen_rows, context=context)
        streams = open_streams(self.opened, self.batch_rows, pool, look)
        total = sum(opened.rows for opened in self.opened.values())
        # While one batch is screened the next is gathered; they are taken in order.
        running: Future[Screened] | None = None
        for parts in whole_records(streams, self.files.memory.partition_bytes):
            before, running = running, pool.submit(screen_batch, parts, context)
            del parts
            if before is not None:
                self._take(before.result(), total)
                del before
        if running is not None:
            self._take(running.result(), total)
        for name, stream in streams.items():
            for part in stream.strays:
                self._put_aside(name, part)

    def _spill(self, context: Context, pool: ThreadPoolExecutor) -> None:
        """Screen tables in any order."""
        total = sum(opened.rows for opened in self.opened.values())
        most = self.files.memory.partition_bytes
        rows = min(PARTITION_ROWS, 4 * self.batch_rows)
        with Spill(self.opened, pool, rows, most) as spill:
            spill.write(lambda done: self._tell(done, 2 * total, steps=2))
            for partition in spill.partitions():
                if partition.parts:
                    looked = {
                        name: [screen_rows(name, part, context) for part in some]
                        for name, some in partition.parts.items()
                    }
                    self._gather(screen_batch(looked, context))
                for name, part in partition.strays.items():
                    self._put_aside(name, part)
                if self.aside.size > self.files.memory.waiting_bytes:
                    self._examine(waiting=False)
                del partition
                pa.default_memory_pool().release_unused()
                self._tell(total, 2 * total, steps=2)

    def _tell(self, before: int, total: int, *, steps: int = 1) -> None:
        # The bar of the command line shows rows a second; other functions take two numbers.
        rows = getattr(self.progress, "rows", None)
        if rows is not None:
            rows(before + self.seen.total(), total, steps)
        elif self.progress is not None:
            self.progress(before + self.seen.total(), total)

    def _take(self, screened: Screened, total: int) -> None:
        self._gather(screened)
        # What a batch took is given back, or the allocator keeps the most that any took.
        del screened
        pa.default_memory_pool().release_unused()
        self._tell(0, total)

    def _gather(self, screened: Screened) -> None:
        """Put aside what has to be examined of a batch, and examine it when there is enough."""
        self.waiting.add(screened, screened.suspect & ~screened.aside)
        self.aside.add(screened, screened.aside)
        for name, some in screened.parts.items():
            self.seen[name] += sum(map(len, some))
        most = self.files.memory.waiting_bytes
        if self.waiting.records >= EXAMINED_AT_ONCE or self.waiting.size > most:
            self._examine(aside=False)
        if self.aside.size > most:
            self._examine(waiting=False)

    def _put_aside(self, name: str, part: Part) -> None:
        self.aside.add_rows(name, part.rows, part.numbers)
        self.seen[name] += len(part)
        self.unnamed |= bool((part.keys == EMPTY).any())

    def _examine(self, *, waiting: bool = True, aside: bool = True) -> None:
        """Examine what waits for it."""
        if waiting and self.waiting.height:
            rows, self.waiting = self.waiting, Rows()
            self.examiner.examine(rows)
        if aside and self.aside.height:
            rows, self.aside = self.aside, Rows()
            self.examiner.examine(rows, aside=True, unnamed=self.unnamed)
            self.unnamed = False

    def _registries(self) -> Mapping[str, frozenset[str]]:
        return {
            name: frozenset(self.small[name][column].drop_nulls().to_list())
            for name, column in registry_keys().items()
            if name in self.small
        }
