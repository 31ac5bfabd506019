"""Rows of tables in a batch of whole records, as the kernels see them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from alignment_events.model import expr as x
from alignment_events.screen.distinct import Distinct
from alignment_events.screen.values import Column, Index, Numbers, Truth

Counts = NDArray[np.int64]


class Records(Protocol):
    """What is known of the records of the whole dataset, beyond the batch."""

    def look_up(self, keys: Column, column: str) -> Column:
        """A column of the index of all records, for each key."""

    def counted(self, node: x.Count, keys: Column) -> Counts:
        """How many links of the whole dataset lead to each key and meet the condition."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Rows of one table in a batch.

    Attributes:
        table: Name of the table.
        rows: How many rows.
        group: For each row the number of its record in the batch, rising; -1 if it has none.
        columns: Column name to a function that makes the column, called at most once.
        batch: The batch.
        outer: The rows outside a count, row by row, while its condition is evaluated.
        small: True for the rows of a table of truth, which is not looked up in another.
        kept: Truths already worked out, by the number of the expression.
    """

    table: str
    rows: int
    group: Index
    columns: Callable[[str], Column]
    batch: "Batch"
    outer: "Frame | None" = None
    small: bool = False
    kept: dict[int, Truth] = field(default_factory=dict)

    def take(self, rows: Index, outer: "Frame | None" = None) -> "Frame":
        """Some of the rows."""
        columns = self.columns
        taken_outer = outer or (self.outer.take(rows) if self.outer else None)
        return Frame(
            self.table,
            len(rows),
            self.group[rows],
            lambda name: columns(name).take(rows),
            self.batch,
            taken_outer,
        )


@dataclass(frozen=True, eq=False)
class Batch:
    """Whole records: for each table the rows that belong to them.

    Attributes:
        size: Number of records.
        frames: Table name to its rows; filled as the tables are added.
        records: The whole dataset, as far as rules ask about it.
    """

    size: int
    frames: dict[str, Frame]
    records: Records
    kept: dict[Any, Any] = field(default_factory=dict)

    def starts(self, table: str) -> Index:
        """Where the rows of each record begin, and where those of the last end."""
        key = ("starts", table)
        if key not in self.kept:
            sizes = np.bincount(self.frames[table].group, minlength=self.size)
            self.kept[key] = np.concatenate([[0], np.cumsum(sizes)])
        found: Index = self.kept[key]
        return found

    def distinct(self, table: str, name: str) -> Distinct:
        """The different numbers in a column of a table."""
        key = ("distinct", table, name)
        if key not in self.kept:
            column = self.frames[table].columns(name)
            assert isinstance(column, Numbers)
            self.kept[key] = Distinct.of(column.values)
        found: Distinct = self.kept[key]
        return found


def columns_of(made: Mapping[str, Callable[[], Column]]) -> Callable[[str], Column]:
    """A function that makes each column when it is first asked for."""
    kept: dict[str, Column] = {}

    def get(name: str) -> Column:
        if name not in kept:
            kept[name] = made[name]()
        return kept[name]

    return get
