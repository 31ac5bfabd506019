"""A process that screens and examines some records for another process, and sends it what it finds.

Messages are pickled: both ends are the same program, and nobody else holds the pipe.
"""

import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from alignment_events.check.kept import Kept
from alignment_events.check.table_ledger import TableLedger
from alignment_events.findings import AlignmentEventsError, Finding
from alignment_events.lean import keep_out
from alignment_events.screen.aligned import TooManyRows
from alignment_events.screen.examine import Examiner
from alignment_events.screen.gathered import Rows
from alignment_events.screen.messages import (
    Aside,
    Counted,
    Done,
    Failed,
    Overflow,
    Progress,
    Task,
)
from alignment_events.screen.opened import NotSorted, TooWide, Unreadable
from alignment_events.screen.screening import Screening
from alignment_events.screen.shared import Shared
from alignment_events.screen.spans import Span
from alignment_events.screen.unsorted import Reaped, Reaping, Sowing, reap, sow

SAID = (NotSorted, TooManyRows, TooWide, Unreadable, AlignmentEventsError)
"""What may be the matter with a table or a disk; the process that asked for the check deals with it."""
_OFTEN = 0.1
"""Seconds between two messages of how far it is."""
_SENT_AT_ONCE = 1_000


class Stopped(Exception):  # noqa: N818 - the user's wish
    """No more is to be screened."""


def failed(error: Exception) -> Failed:
    """What is sent if the work cannot be done."""
    if isinstance(error, SAID):
        return Failed(error, "")
    return Failed(None, "".join(traceback.format_exception(error)))


class Inline(Executor):
    """Does in the same thread what it is given, when the result is asked for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Put off a call until its result is wanted."""
        return _Later(lambda: fn(*args, **kwargs))


class _Later(Future[Any]):
    def __init__(self, call: Callable[[], Any]) -> None:
        super().__init__()
        self._call = call

    def result(self, timeout: float | None = None) -> Any:
        return self._call()


Send = Callable[[Any], None]


def work(task: Task, span: Span, send: Send, stopped: Callable[[], bool]) -> None:
    """Screen and examine the records of a span, and send what is found.

    Args:
        task: What is needed for it.
        span: The records.
        send: Takes messages.
        stopped: Says whether no more is to be screened.
    """
    extra: list[Finding] = []

    def hand_on(finding: Finding) -> None:
        extra.append(finding)
        if len(extra) >= _SENT_AT_ONCE:
            send(Overflow(extra.copy()))
            extra.clear()

    kept = Kept(hand_on if task.hands_on else None)
    ledger = TableLedger(task.files, kept=kept)
    examiner = Examiner(task.opened, task.small, task.context.index, ledger, task.package)
    told = time.monotonic()

    def tell() -> None:
        nonlocal told
        if time.monotonic() - told > _OFTEN:
            told = time.monotonic()
            send(Progress(screening.seen.copy()))
        if stopped():
            raise Stopped

    def hand_over(rows: Rows, unnamed: bool) -> None:
        send(Aside(rows, unnamed))

    screening = Screening(task.context, examiner, task.memory, tell, hand_over)
    with suppress(Stopped):
        screening.in_order(span, task.batch_rows, Inline())
    # What was screened counts as seen, and so has to be examined.
    screening.finish()
    rules = TableLedger()
    rules.join(ledger)
    done = Done(kept.found(), kept.counts, rules, examiner.reported_sources, screening.seen)
    send(Overflow(extra))
    send(done)


def do(task: Task, item: Span | Sowing | Reaping, send: Send, stopped: Callable[[], bool]) -> None:
    """Do one of the things that are asked of a worker.

    Args:
        task: What is needed for it.
        item: Which rows it is about.
        send: Takes messages; the last is the answer.
        stopped: Says whether no more is to be screened.

    Raises:
        Stopped: If there can be no answer, as no more is to be done.
    """
    if isinstance(item, Span):
        work(task, item, send, stopped)
        return
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told > _OFTEN:
            told = time.monotonic()
            send(Counted(done))
        if stopped():
            raise Stopped

    if isinstance(item, Sowing):
        send(sow(item, task.batch_rows, task.context, tell))
        return
    found = Reaped()
    with suppress(Stopped):
        reap(item, task.context, found, lambda: tell(found.done))
    send(found)


def main() -> None:
    """Read a task and what is to be done of it from standard input, and do it; stop when the input ends."""
    # The interrupt goes to all processes of a terminal; the one that asked deals with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_out("pandas", "pyspark")
    # Whatever is printed must not get between the messages.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)

        def send(message: Any) -> None:
            pickle.dump(message, out, protocol=5)
            out.flush()

        asked: SimpleQueue[Any] = SimpleQueue()
        stop = threading.Event()
        threading.Thread(target=_listen, args=(asked, stop), daemon=True).start()
        try:
            shared: Shared | None = asked.get()
            task = shared.load(int(sys.argv[1])) if shared is not None else None
            with suppress(Stopped):
                while task is not None and (item := asked.get()) is not None:
                    do(task, item, send, stop.is_set)
        except BrokenPipeError:
            # Nobody waits for an answer any more.
            os._exit(1)
        except Exception as error:
            send(failed(error))
    # The thread that listens may wait for its input, and would be waited for.
    os._exit(0)


def _listen(asked: SimpleQueue[Any], stop: threading.Event) -> None:
    """Hand on what is sent; None at the end, after which no more is to be screened."""
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            asked.put(pickle.load(sys.stdin.buffer))
    stop.set()
    asked.put(None)


if __name__ == "__main__":
    main()
