"""Processes that screen spans of records side by side, this one among them."""

import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from queue import Queue
from tempfile import TemporaryFile
from threading import Event, Thread
from typing import Any

from alignment_events.check.kept import Kept
from alignment_events.check.table_ledger import TableLedger
from alignment_events.screen.messages import Aside, Done, Failed, Overflow, Progress, Task
from alignment_events.screen.narrow import Written
from alignment_events.screen.screening import Screening
from alignment_events.screen.shared import Shared
from alignment_events.screen.spans import Span
from alignment_events.screen.unsorted import Reaped, Reaping, Sowing
from alignment_events.screen.worker import Stopped, do, failed

ROWS_EACH = 1_000_000
"""Rows for which it pays to start a process."""


class Lost(Exception):  # noqa: N818 - it is dealt with
    """A process has ended without an answer: it was killed, or could not begin."""


def processes_for(rows: int) -> int:
    """How many processes check so many rows soonest, memory allowing."""
    if os.name != "posix" or not sys.executable:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, rows // ROWS_EACH))


class Answers:
    """What the workers of one check have found, brought together."""

    def __init__(self, screening: Screening, kept: Kept) -> None:
        """Describe where the answers go.

        Args:
            screening: Counts what was seen, and takes what workers put aside.
            kept: Takes findings.
        """
        self._screening = screening
        self._kept = kept
        self._seen: dict[int, Counter[str]] = {}
        self._done: dict[int, Done] = {}

    def take(self, messages: Iterable[tuple[int, Any]]) -> None:
        """Take what is sent."""
        screening = self._screening
        for number, message in messages:
            match message:
                case Progress(seen):
                    self._seen[number] = seen
                case Overflow(findings) if self._kept.overflow is not None:
                    for one in findings:
                        self._kept.overflow(one)
                case Aside(rows, unnamed):
                    screening.take_over(rows, unnamed)
                case Done():
                    self._done[number] = message
                    self._seen[number] = message.seen
            for name in {name for seen in self._seen.values() for name in seen}:
                screening.seen[name] = sum(seen[name] for seen in self._seen.values())

    def finish(self, ledger: TableLedger) -> None:
        """Bring together what was found, in the order of the spans, and examine what is left."""
        for _, done in sorted(self._done.items()):
            self._kept.join(done.found, done.counts)
            ledger.join(done.rules)
            self._screening.examiner.reported_sources |= done.reported_sources
        self._screening.finish()


class Workers:
    """Some processes, started at once, so that they are ready by the time there is work.

    This process is the first of them: a thread of its own does what is asked of it.
    """

    def __init__(self, count: int, files: Sequence[int] = ()) -> None:
        """Start processes.

        Args:
            count: How many, with this one.
            files: Numbers of further files that they inherit.

        Raises:
            Lost: If that cannot be done.
        """
        # It has no name, so that nothing of it remains however the process ends.
        self._file = TemporaryFile(prefix="alignment-events-")  # noqa: SIM115 - closed by close
        self._queue: Queue[tuple[int, Any]] = Queue()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._waited_for: set[int] = set()
        self._shared: Shared
        self._task: Task
        self._begun = False
        self._here: Thread | None = None
        self._stopped = Event()
        number = self._file.fileno()
        path = os.pathsep.join(one for one in sys.path if one)
        try:
            for _ in range(count - 1):
                self._processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "alignment_events.screen.worker", str(number)],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        pass_fds=[number, *files],
                        env={**os.environ, "PYTHONPATH": path},
                    )
                )
        except OSError as error:
            self.close()
            raise Lost from error

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def share(self, task: Task) -> Task:
        """Put what all workers need where they can have it.

        Returns:
            The same, with its large arrays in the file of all and no more in memory.

        Raises:
            Lost: If there is no room for it on disk.
        """
        try:
            self._shared = Shared.store(task, self._file)
        except OSError as error:
            raise Lost from error
        self._task = self._shared.load(self._file.fileno())
        return self._task

    def begin(self, items: Sequence[Span | Sowing | Reaping]) -> None:
        """Ask something of each worker, with what is shared if it is the first time.

        Raises:
            Lost: If one has ended.
        """
        self._waited_for = set(range(len(items)))
        for number, (process, item) in enumerate(zip(self._processes, items[1:], strict=True), 1):
            assert process.stdin is not None
            try:
                if not self._begun:
                    pickle.dump(self._shared, process.stdin, protocol=5)
                pickle.dump(item, process.stdin, protocol=5)
                process.stdin.flush()
            except BrokenPipeError as error:
                raise Lost from error
            if not self._begun:
                Thread(target=self._listen, args=(number, process), daemon=True).start()
        self._begun = True
        self._here = Thread(target=self._do, args=(items[0],))
        self._here.start()

    def _do(self, item: Span | Sowing | Reaping) -> None:
        def send(message: Any) -> None:
            self._queue.put((0, message))

        try:
            do(self._task, item, send, self._stopped.is_set)
        except Stopped:
            send(None)
        except Exception as error:
            send(failed(error))

    def _listen(self, number: int, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        try:
            # What is cut off is of a process that was killed.
            with suppress(EOFError, pickle.UnpicklingError, OSError, ValueError):
                while True:
                    self._queue.put((number, pickle.load(process.stdout)))
        finally:
            self._queue.put((number, None))

    def messages(self) -> Iterator[tuple[int, Any]]:
        """What workers send, each with the number of the worker, until all have answered.

        Raises:
            Lost: If one has not been able to go on, and said nothing.
            RuntimeError: If there is a fault of the program.
            NotSorted, TooManyRows, TooWide, Unreadable, AlignmentEventsError: If that is what one
                has found.
        """
        while self._waited_for:
            number, message = self._queue.get()
            if isinstance(message, Failed):
                if message.error is not None:
                    raise message.error
                raise RuntimeError(f"A worker process failed:\n{message.trace}")
            if message is None and number in self._waited_for:
                raise Lost
            if isinstance(message, Done | Written | Reaped):
                self._waited_for.discard(number)
            if message is not None:
                yield number, message

    def stop(self) -> None:
        """Ask the workers to screen no more, and to send what they have found."""
        self._stopped.set()
        for process in self._processes:
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()

    def close(self) -> None:
        """End all of them but this process, which only does no more."""
        self._stopped.set()
        for process in self._processes:
            process.kill()
        for process in self._processes:
            with process:
                pass
        self._processes = []
        if self._here is not None:
            self._here.join()
        self._file.close()
