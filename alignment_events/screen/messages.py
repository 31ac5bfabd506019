"""What a process that screens records is given, and what it sends back."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import polars as pl

from alignment_events.check.kept import Step
from alignment_events.check.table_ledger import TableLedger
from alignment_events.findings import Finding
from alignment_events.screen.batch import Context
from alignment_events.screen.gathered import Rows
from alignment_events.screen.memory import Memory
from alignment_events.screen.opened import Opened


@dataclass(frozen=True)
class Task:
    """What all workers need.

    Attributes:
        context: What the screen knows beside the batch.
        opened: The tables that are streamed, whole.
        small: The tables that were read whole.
        files: Table name to file.
        package: True if every link must lead to a record that is here.
        memory: What the worker may take.
        batch_rows: Rows that are screened at a time.
        hands_on: True if findings that are too many of their sort are wanted.
    """

    context: Context
    opened: Mapping[str, Opened]
    small: Mapping[str, pl.DataFrame]
    files: Mapping[str, str]
    package: bool
    memory: Memory
    batch_rows: int
    hands_on: bool


@dataclass(frozen=True)
class Progress:
    """How many rows of each table were screened."""

    seen: Counter[str]


@dataclass(frozen=True)
class Counted:
    """How many rows are done of what was asked for."""

    rows: int


@dataclass(frozen=True)
class Overflow:
    """Findings that are too many of their sort."""

    findings: list[Finding]


@dataclass(frozen=True)
class Aside:
    """Rows that must be examined together with those of other spans.

    Attributes:
        rows: The rows.
        unnamed: True if rows whose record is not named are among them.
    """

    rows: Rows
    unnamed: bool


@dataclass(frozen=True)
class Done:
    """All that was found, but for what was sent before.

    Attributes:
        found: Findings, each with its step.
        counts: Code and table to the number of findings, with those that are not among them.
        rules: What is to be said of rules.
        reported_sources: Rows of sources of which was said that they stand twice.
        seen: Table name to rows screened.
    """

    found: list[tuple[Step, Finding]]
    counts: Counter[tuple[str, str]]
    rules: TableLedger
    reported_sources: set[int | None]
    seen: Counter[str]

    def __reduce__(self) -> tuple[Any, ...]:
        # There may be many findings: as plain tuples they are sent in half the time.
        found = [(step, _fields(one)) for step, one in self.found]
        return _done, (found, self.counts, self.rules, self.reported_sources, self.seen)


_fields = attrgetter(*(one.name for one in fields(Finding)))


def _done(found: list[tuple[Step, tuple[Any, ...]]], *more: Any) -> Done:
    return Done([(step, Finding(*values)) for step, values in found], *more)


@dataclass(frozen=True)
class Failed:
    """The worker could not go on.

    Attributes:
        error: What is the matter with a table; None if the program is at fault.
        trace: Where in the program it happened.
    """

    error: Exception | None
    trace: str
