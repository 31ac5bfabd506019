"""What is known of an expression before it is evaluated, and of a column that takes few values."""

from dataclasses import dataclass
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alignment_events.model import expr as x
from alignment_events.screen.values import Coded, Column, Filled, Flags, Index, Truth


@dataclass(frozen=True)
class Facts:
    """What is known of an expression.

    Attributes:
        number: The same for equal expressions, and for no others.
        costly: True if it reads the calendar, looks up, pairs rows, or contains what does.
        reads_outer: True if it reads the row outside a count.
        columns: Columns of the row at hand that it reads, each with whether more matters than if it
            is empty; none if it reads anything else.
        looked_up: True if its truth hangs on such columns alone.
        negated: The negations of the parts of a conjunction.
        among: What is compared, and with which numbers, if it is a disjunction of such equalities alone.
    """

    number: int
    costly: bool
    reads_outer: bool
    columns: tuple[tuple[str, bool], ...]
    looked_up: bool
    negated: tuple[x.Expr, ...]
    among: tuple[x.Expr, tuple[int, ...]] | None


_BY_OBJECT: dict[int, tuple[x.Expr, Facts]] = {}
_NUMBERS: dict[x.Expr, int] = {}
_LOCK = RLock()
"""Rows are looked at in several threads; no two of them give the same number to different expressions."""


def facts(node: x.Expr) -> Facts:
    """What is known of an expression; of each object it is worked out once."""
    # By the identity of the object, which is kept: the hash of an expression walks all of it.
    known = _BY_OBJECT.get(id(node))
    if known is None:
        with _LOCK:
            known = _BY_OBJECT.setdefault(id(node), (node, _facts(node)))
    return known[1]


def _facts(node: x.Expr) -> Facts:
    children = [facts(child) for child in x.children_of(node)]
    reads_outer = isinstance(node, x.Outer) or any(child.reads_outer for child in children)
    costly = isinstance(node, x.DatePart | x.Lookup) or any(child.costly for child in children)
    costly |= isinstance(node, x.Count) and facts(node.where).reads_outer
    read = _columns(node)
    columns = tuple(sorted(read.items())) if read is not None else ()
    negated = tuple(x.Not(part) for part in node.parts) if isinstance(node, x.And) else ()
    number = _NUMBERS.setdefault(node, len(_NUMBERS))
    looked_up = bool(columns) and _is_truth(node)
    return Facts(number, costly, reads_outer, columns, looked_up, negated, _among(node))


def _is_truth(node: x.Expr) -> bool:
    return isinstance(node, x.Not | x.And | x.Or | x.In | x.IsNull | x.Contains | x.Compare)


def _among(node: x.Expr) -> tuple[x.Expr, tuple[int, ...]] | None:
    match node:
        case x.Compare("eq", value, x.Val(value=int() as number, type="int")):
            return value, (number,)
        case x.Or(parts):
            found = [_among(part) for part in parts]
            if None not in found and len({one[0] for one in found if one}) == 1:
                numbers = [number for one in found if one for number in one[1]]
                return found[0] and (found[0][0], tuple(numbers))
    return None


def _columns(node: x.Expr, *, valued: bool = True) -> dict[str, bool] | None:
    """The columns read, each with whether its value matters; None if it reads what is no column."""
    match node:
        case x.Col(name):
            return {name: valued}
        case x.IsNull(x.Col(name)):
            return {name: False}
        case x.Outer() | x.Count() | x.Lookup() | x.DatePart() | x.Text():
            return None
    found: dict[str, bool] = {}
    for child in x.children_of(node):
        more = _columns(child)
        if more is None:
            return None
        for name, matters in more.items():
            found[name] = found.get(name, False) or matters
    return found


@dataclass(frozen=True, eq=False)
class Axis:
    """A column that takes few values: the number of each row among them.

    Attributes:
        size: How many there are, emptiness being one.
        codes: For each row its number.
        made: The column.
        valued: False if only emptiness counts.
    """

    size: int
    codes: NDArray[Any]
    made: Column
    valued: bool

    @property
    def values(self) -> tuple[str, ...] | bool:
        """What the numbers stand for."""
        return self.made.values if self.valued and isinstance(self.made, Coded) else self.valued

    def column(self, place: Index) -> Column:
        """A column that has at each row the value of a number."""
        if not self.valued:
            return Filled(place == 1)
        if isinstance(self.made, Coded):
            return Coded(place.astype(np.int32), self.made.values)
        return Flags(Truth(place == 1, place == 2))


def axis(made: Column, valued: bool) -> Axis | None:
    """The column as one that takes few values, or None if it may take many."""
    if not valued:
        return Axis(2, made.valid.view(np.uint8).astype(np.int32), made, valued)
    if isinstance(made, Coded):
        return Axis(len(made.values) + 1, made.codes, made, valued)
    if isinstance(made, Flags):
        return Axis(3, made.truth.true + made.truth.false * np.int32(2), made, valued)
    return None
