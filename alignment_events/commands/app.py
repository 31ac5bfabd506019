"""The application that all commands belong to, and what they share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from cyclopts import App

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

DEFAULT_DATASET = "china-russia-dprk"


class Commands(App):
    """Commands that are imported when they are asked for, or when help is."""

    def help_print(self, *arguments: Any, **options: Any) -> None:
        """Print the help, in which every command says what it does."""
        for command in self.resolved_commands().values():
            command.resolved_commands()
        super().help_print(*arguments, **options)


app = Commands(
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
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Bar(bar, bar.add_task(what, total=None, pace=""))


class Bar:
    """A bar on a terminal; called with how much is done and how much there is in all."""

    def __init__(self, bar: "Progress", task: "TaskID") -> None:
        self._bar = bar
        self._task = task
        self._begun = monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show how much of something is done."""
        self._bar.update(self._task, completed=done, total=total)

    def rows(self, done: int, total: int, steps: int = 1) -> None:
        """Show how many rows are done, how many a second, and how long the rest will take.

        Args:
            done: Rows done, a row that is looked at in two steps counted twice.
            total: Such rows in all.
            steps: In how many steps each row is looked at.
        """
        seconds = monotonic() - self._begun
        pace = f"{done // steps:,} of {total // steps:,} rows"
        if done and seconds > 1:
            left = timedelta(seconds=round((total - done) * seconds / done))
            pace += f", {round(done / steps / seconds):,} rows/s, {left} left"
        self._bar.update(self._task, completed=done, total=total, pace=pace)
