"""Checks Parquet tables of any size: a screen over streamed batches, and an examination of what is suspect."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from alignment_events.check.kept import Kept
from alignment_events.check.table_ledger import TableLedger
from alignment_events.check.tables import check_cells, check_columns, missing_table
from alignment_events.findings import Finding, Interrupted, Report, Sink
from alignment_events.screen.aligned import BATCH_ROWS, TooManyRows
from alignment_events.screen.any_order import Hands, Others, Own, check_in_any_order
from alignment_events.screen.batch import Context
from alignment_events.screen.examine import Examiner, related
from alignment_events.screen.files import Files
from alignment_events.screen.index import read_index, size_of_index
from alignment_events.screen.memory import Memory, give_back, in_words
from alignment_events.screen.messages import Task
from alignment_events.screen.opened import (
    LEAST_AT_ONCE,
    NotSorted,
    NotStreamable,
    Opened,
    TooWide,
    Unreadable,
)
from alignment_events.screen.scratch import Scratch
from alignment_events.screen.screening import Screening
from alignment_events.screen.spans import Span, spans, whole
from alignment_events.screen.workers import Answers, Lost, Workers, processes_for
from alignment_events.spec.tables import registry_keys, table_specs

THREADS = 2

PARTITION_ROWS = 400_000
"""Rows of all tables that a partition of unsorted tables should have, memory allowing."""

_OFTEN = 0.1
"""Seconds between two reports of progress."""
_MORE = "Give it more with --memory, or split the file."

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
    processes: int | None = None,
) -> Report | None:
    """Check a Parquet file, or the Parquet tables of a folder, batch by batch.

    Args:
        path: The file or folder.
        package: True for a whole dataset, where no table, column or record may be missing.
        batch_rows: Rows of all tables together that are screened at a time.
        progress: Called as rows are done.
        memory: What the process may take in all; see `Memory.of`.
        unlisted: Takes the findings that are too many of their sort to be listed.
        processes: How many processes share in it; by default as many as there are processors, if
            there is enough to do and memory for so many.

    Returns:
        The same report as `check_tables` gives of the tables read whole, or None if they cannot be
        streamed, since columns are not of the types of the format.

    Raises:
        Interrupted: If the user stops it; the exception has the report so far.
    """
    bound = Memory.of(memory)
    files = Files(bound)
    try:
        files.find(path, package=package)
    except NotStreamable:
        return None
    if processes is None:
        rows = sum(opened.rows for opened in files.opened.values())
        processes = bound.processes(processes_for(rows), size_of_index(files.opened))
    in_order = True
    while True:
        if unlisted is not None:
            unlisted.begin()
        try:
            common = size_of_index(files.opened)
            each = bound.shared_by(processes, common) if processes > 1 else bound
            how = _How(
                bound, bound.beside(common).batch_rows(batch_rows), processes, each.batch_bytes
            )
            run = _Run(files, package, how, progress, unlisted)
            return run.report(in_order=in_order)
        except NotStreamable:
            return None
        except NotSorted:
            in_order = False
        except Lost:
            processes = 1
        except TooWide as error:
            if processes == 1:
                files.refuse(error.table, "AE003", _too_wide(bound), file=error.file, hint=_MORE)
            processes = 1
        except TooManyRows as error:
            files.refuse(error.table, "AE003", _too_many(error, bound))
        except Unreadable as error:
            # As for tables that are read whole: what cannot be read to its end is not there.
            reason = f"The file cannot be read as Parquet: {error.reason}."
            files.refuse(error.table, "AE015", reason, file=error.file)
        # The tables are looked at anew, so what was said of them is taken back.
        if unlisted is not None:
            unlisted.drop()


def _too_wide(bound: Memory) -> str:
    return (
        f"Rows or pages of it unfold to more than the {in_words(bound.batch_bytes)} that "
        f"{LEAST_AT_ONCE:,} rows may take of {in_words(bound.total)} of memory."
    )


def _too_many(error: TooManyRows, bound: Memory) -> str:
    return (
        f"Rows of {error.table} that name the same record, or none, unfold to "
        f"{in_words(error.needed)}, more than {in_words(bound.total)} of memory allow."
    )


@dataclass(frozen=True)
class _How:
    """How tables are checked.

    Attributes:
        memory: What all of it may take.
        batch_rows: Rows of all tables together that are screened at a time.
        processes: How many processes share in it.
        batch_bytes: Bytes that rows of a table which one of them reads at a time may unfold to.
    """

    memory: Memory
    batch_rows: int
    processes: int
    batch_bytes: int


class _Run:
    """One run over all tables."""

    def __init__(
        self,
        files: Files,
        package: bool,
        how: _How,
        progress: RowProgress | None,
        unlisted: Sink | None,
    ) -> None:
        self.files = files
        self.how = how
        self.progress = progress
        self.unlisted = unlisted
        names = {name: str(file) for name, file in files.by_table.items()}
        self.kept = Kept(self._hand_on if unlisted is not None else None)
        self.ledger = TableLedger(names, kept=self.kept)
        self.opened: dict[str, Opened] = {}
        self.small: dict[str, pl.DataFrame] = {}
        for name in table_specs():
            if name in files.opened:
                if check_columns(name, files.empty[name], self.ledger, package).usable:
                    self.opened[name] = replace(files.opened[name], most=how.batch_bytes)
            elif name in files.small:
                result = check_columns(name, files.small[name], self.ledger, package)
                if result.usable:
                    self.small[name] = check_cells(name, result.frame, self.ledger)
            elif package:
                missing_table(name, self.ledger)
        self.package = package
        self.total = sum(opened.rows for opened in self.opened.values())
        self.seen: Counter[str] = Counter()

    def report(self, *, in_order: bool) -> Report:
        """Check all tables.

        Args:
            in_order: True to read them as if they were sorted by record.
        """
        try:
            if not in_order:
                self._in_any_order()
            elif len(parts := spans(self.opened, self.how.processes)) > 1:
                self._side_by_side(parts)
            else:
                self._alone()
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
        found += (
            map(self.files.placed, report.findings) if self.files.in_pieces else report.findings
        )
        return replace(report, findings=tuple(found), unusable=not seen, partial=partial)

    def _hand_on(self, found: Finding) -> None:
        assert self.unlisted is not None
        self.unlisted.add(self.files.placed(found))

    def _context(self) -> Context:
        there = frozenset(self.opened) | frozenset(self.small)
        index = read_index(self.opened)
        return Context(index, there, self._registries(), related(self.opened))

    def _started(self, context: Context, tell: Callable[[], None]) -> Screening:
        """A screening of these tables, once what was read whole is checked."""
        examiner = Examiner(self.opened, self.small, context.index, self.ledger, self.package)
        examiner.start()
        screening = Screening(context, examiner, self.how.memory, tell)
        self.seen = screening.seen
        return screening

    def _alone(self) -> None:
        """Check sorted tables in this process."""
        screening = self._started(self._context(), self._tell)
        if not self.opened:
            return
        with ThreadPoolExecutor(THREADS, "screen") as pool:
            try:
                screening.in_order(whole(self.opened), self.how.batch_rows, pool)
                screening.finish()
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                # What was screened counts as seen, and so has to be examined.
                screening.finish()
                self._take_back(screening)
                raise
            finally:
                pool.shutdown(cancel_futures=True)

    def _take_back(self, screening: Screening) -> None:
        unseen = {name: one.rows - self.seen[name] for name, one in self.opened.items()}
        screening.examiner.take_back(unseen)

    def _in_any_order(self) -> None:
        """Check tables in any order, in this process or several.

        Raises:
            Lost: If one of them comes to an end before its work does.
        """
        count, memory, rows = self.how.processes, self.how.memory, self.how.batch_rows
        with ExitStack() as stack:
            files = [stack.enter_context(Scratch()) for _ in range(count)]
            hands: Hands
            if count > 1:
                workers = stack.enter_context(Workers(count, [file.number for file in files]))
                memory = memory.shared_by(count, size_of_index(self.opened))
                task = workers.share(self._task(memory))
                give_back()
                context, rows = task.context, task.batch_rows
                hands = Others(workers, files)
            else:
                context = self._context()
                hands = Own(files[0], context, rows)
            screening = self._started(context, lambda: None)
            if not self.opened:
                return
            pool = stack.enter_context(ThreadPoolExecutor(THREADS, "screen"))
            together = min(PARTITION_ROWS, 4 * rows)
            try:
                check_in_any_order(
                    hands, self.opened, screening, pool, together, memory, self._told
                )
                screening.finish()
            except KeyboardInterrupt:
                screening.finish()
                self._take_back(screening)
                raise

    def _task(self, share: Memory) -> Task:
        """What processes need that may take so much memory each."""
        return Task(
            self._context(),
            self.opened,
            self.small,
            self.ledger.files,
            self.package,
            share,
            share.batch_rows(self.how.batch_rows),
            self.unlisted is not None,
        )

    def _side_by_side(self, parts: Sequence[Span]) -> None:
        """Check in several processes, each of which takes some of the records.

        Raises:
            Lost: If one of them comes to an end before its work does.
        """
        share = self.how.memory.shared_by(len(parts), size_of_index(self.opened))
        with Workers(len(parts)) as workers:
            task = workers.share(self._task(share))
            give_back()
            screening = self._started(task.context, lambda: None)
            workers.begin(parts)
            answers = Answers(screening, self.kept)
            with ThreadPoolExecutor(1) as pool:
                # In a thread of its own, so that an interrupt comes between no two messages.
                taking = pool.submit(answers.take, workers.messages())
                try:
                    self._wait(taking)
                except KeyboardInterrupt:
                    workers.stop()
                    taking.result()
                    answers.finish(self.ledger)
                    self._take_back(screening)
                    raise
            if any(self.seen[name] != one.rows for name, one in self.opened.items()):
                # The footers were wrong about where records are.
                raise NotSorted(next(iter(self.opened)))
            answers.finish(self.ledger)

    def _wait(self, taking: Future[None]) -> None:
        while wait([taking], timeout=_OFTEN).not_done:
            self._tell()
        taking.result()
        self._tell()

    def _tell(self) -> None:
        self._told(self.seen.total())

    def _told(self, done: int, steps: int = 1) -> None:
        # The bar of the command line shows rows a second; other functions take two numbers.
        rows = getattr(self.progress, "rows", None)
        total = steps * self.total
        if rows is not None:
            rows(done, total, steps)
        elif self.progress is not None:
            self.progress(done, total)

    def _registries(self) -> Mapping[str, frozenset[str]]:
        return {
            name: frozenset(self.small[name][column].drop_nulls().to_list())
            for name, column in registry_keys().items()
            if name in self.small
        }
