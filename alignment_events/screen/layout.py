"""What rules of whole records read of rows, as structures of a few bytes each.

Texts are left out, but for whether they are there; codes are numbers, ids are their numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Protocol

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.compile.arrow import ARROW_TYPES
from alignment_events.model import expr as x
from alignment_events.screen.aligned import Made, Part
from alignment_events.screen.batch import rules_and_tables
from alignment_events.screen.opened import Opened, is_coded
from alignment_events.screen.reasons import WHOLE
from alignment_events.screen.values import Coded, Column, Filled, Flags, Numbers, Truth
from alignment_events.spec.ir import ColumnSpec
from alignment_events.spec.tables import record_key

KEY = "key of record"
_STATE = "state"
_WRONG, _ASIDE = np.uint8(1), np.uint8(2)
_THERE, _FALSE = " is there", " is false"
_NO_ROWS = pa.RecordBatch.from_arrays([], names=[])
_WIDTHS = {pa.date32(): "<i4", pa.int64(): "<i8", pa.float64(): "<f8"}

Rows = NDArray[np.void]
"""Rows of a table, a structure each."""


class Values(Protocol):
    """The values of a coded column."""

    def numbers(self, column: Coded) -> NDArray[np.int32]:
        """A number for each row; that of an empty cell is -1."""


@cache
def _columns_of_records() -> frozenset[str]:
    """Names of the columns that rules which look into other tables read, whatever table they are of."""
    found: set[str] = set()

    def walk(node: x.Expr) -> None:
        match node:
            case x.Col(name) | x.Outer(name):
                found.add(name)
            case x.Count(distinct=str() as name) | x.Lookup(column=name):
                found.add(name)
        for child in x.children_of(node):
            walk(child)

    for _, rule, needed in rules_and_tables():
        if needed:
            walk(rule.expr)
    return frozenset(found)


@dataclass(frozen=True)
class Layout:
    """How rows of a table are kept.

    Attributes:
        table: Name of the table.
        columns: Name and sort of each column that is kept: `codes`, `flags`, `filled` (whether it is
            there), or the type of its numbers.
    """

    table: str
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, opened: Opened) -> "Layout":
        """How rows of this table are kept."""
        spec = opened.spec
        kept = _columns_of_records() | set(spec.key) | {"source_id"}
        kept -= {record_key(spec.name)}
        return cls(
            spec.name,
            tuple((c.name, _sort(c, opened)) for c in spec.columns if c.name in kept),
        )

    @cached_property
    def dtype(self) -> np.dtype[np.void]:
        """The structure of a row."""
        fields = [(KEY, "<u8"), (_STATE, "u1")]
        for name, sort in self.columns:
            if sort == "codes":
                fields.append((name, "<i4"))
            elif sort == "filled":
                fields.append((name, "?"))
            elif sort == "flags":
                fields += [(name, "?"), (name + _FALSE, "?")]
            else:
                fields += [(name, sort), (name + _THERE, "?")]
        return np.dtype(fields)

    def rows(self, part: Part, values: Mapping[str, Values]) -> Rows:
        """Rows that were looked at, as they are kept."""
        rows = np.empty(len(part), self.dtype)
        rows[KEY] = part.keys
        rows[_STATE] = 0
        for wrong in part.wrong.values():
            rows[_STATE][wrong] |= _WRONG
        if part.aside is not None:
            rows[_STATE] |= part.aside * _ASIDE
        for name, sort in self.columns:
            match part.column(name):
                case Coded() as column:
                    rows[name] = values[name].numbers(column)
                case Flags(truth):
                    rows[name], rows[name + _FALSE] = truth.true, truth.false
                case Numbers(numbers, valid):
                    rows[name], rows[name + _THERE] = numbers, valid
                case Filled(valid) if sort == "filled":
                    rows[name] = valid
                case Filled(valid):
                    # A text that is part of the key.
                    rows[name] = pl.Series(part.rows.column(name)).hash().to_numpy()
                    rows[name + _THERE] = valid
        return rows

    def part(self, rows: Rows, values: Mapping[str, Sequence[str]]) -> Part:
        """Rows in the order of their records, as they are screened."""
        made = Made({n: partial(_column, rows, n, s, values.get(n)) for n, s in self.columns})
        state = rows[_STATE]
        wrong = np.flatnonzero(state & _WRONG)
        aside = state & _ASIDE != 0
        return Part(
            _NO_ROWS,
            np.zeros(0, np.int64),
            np.ascontiguousarray(rows[KEY]),
            {WHOLE: wrong} if len(wrong) else {},
            aside if aside.any() else None,
            made,
        )


def _sort(column: ColumnSpec, opened: Opened) -> str:
    if is_coded(column) or column.name in opened.folded:
        return "codes"
    if column.type == "id" or (column.name in opened.spec.key and column.type == "text"):
        return "<u8"
    kind = ARROW_TYPES[column.type]
    if column.name == "source_id":
        return "<u8"
    if pa.types.is_boolean(kind):
        return "flags"
    return _WIDTHS.get(kind, "filled")


def _column(rows: Rows, name: str, sort: str, values: Sequence[str] | None) -> Column:
    found = np.ascontiguousarray(rows[name])
    if sort == "codes":
        assert values is not None
        return Coded(np.where(found < 0, np.int32(len(values)), found), tuple(values))
    if sort == "flags":
        return Flags(Truth(found, np.ascontiguousarray(rows[name + _FALSE])))
    if sort == "filled":
        return Filled(found)
    return Numbers(found, np.ascontiguousarray(rows[name + _THERE]))
