"""The application that all commands belong to, and what they share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cyclopts import App

DEFAULT_DATASET = "china-russia-dprk"

app = App(
    name="alignment-events",
    help="Check, build, read and explain coded events of alignment between states.",
)


@contextmanager
def progress_bar(what: str) -> Iterator[object]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
