"""What is known of an expression before it is evaluated, and of a column that takes few values."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alignment_events.model import expr as x
from alignment_events.screen.values import Coded, Column, Filled, Flags, Index, Truth


class Facts(NamedTuple):
    """What is known of an expression.

    Attributes:
        number: The same for equal expressions, and for no others.
        costly: True if it reads the calendar, looks up, pairs rows, or contains what does.
        reads_outer: True if it reads the row outside a count.
        columns: Columns of the row at hand that it reads, each with whether more matters than if it
            is empty; none if it reads anything else.
        reads_more: True if it reads anything else.
        looked_up: True if its truth hangs on such columns alone.
        negated: The negations of the parts of a conjunction.
        among: What is compared, and with which numbers, if it is a disjunction of such equalities alone.
    """

    number: int
    costly: bool
    reads_outer: bool
    columns: tuple[tuple[str, bool], ...]
    reads_more: bool
    looked_up: bool
    negated: tuple[x.Expr, ...]
    among: tuple[x.Expr, tuple[int, ...]] | None


_BY_OBJECT: dict[int, tuple[x.Expr, Facts]] = {}
_BY_STRUCTURE: dict[tuple[Any, ...], Facts] = {}
_LOCK = RLock()
"""Rows are looked at in several threads; no two of them give the same number to different expressions."""


def facts(node: x.Expr) -> Facts:
    """What is known of an expression; of each it is worked out once."""
    # By the identity of the object, which is kept: the hash of an expression walks all of it.
    known = _BY_OBJECT.get(id(node))
    if known is None:
        with _LOCK:
            known = _BY_OBJECT.setdefault(id(node), (node, _facts(node)))
    return known[1]


def _facts(node: x.Expr) -> Facts:
    children = [facts(child) for child in x.children_of(node)]
    structure = _structure(node, children)
    if structure in _BY_STRUCTURE:
        return _BY_STRUCTURE[structure]
    reads_outer = isinstance(node, x.Outer) or any(child.reads_outer for child in children)
    costly = isinstance(node, x.DatePart | x.Lookup) or any(child.costly for child in children)
    costly |= isinstance(node, x.Count) and facts(node.where).reads_outer
    read = _columns(node, children)
    columns = tuple(sorted(read.items())) if read is not None else ()
    found = _BY_STRUCTURE[structure] = Facts(
        number=len(_BY_STRUCTURE),
        costly=costly,
        reads_outer=reads_outer,
        columns=columns,
        reads_more=read is None,
        looked_up=bool(columns) and _is_truth(node),
        negated=tuple(x.Not(part) for part in node.parts) if isinstance(node, x.And) else (),
        among=_among(node),
    )
    return found


def _structure(node: x.Expr, children: Sequence[Facts]) -> tuple[Any, ...]:
    """The same for equal expressions: the sort of the node, the numbers of its parts, and its own values."""
    parts = isinstance(node, x.And | x.Or)
    own = () if parts else (one for one in vars(node).values() if not isinstance(one, x.Expr))
    return (type(node), *(child.number for child in children), *own)


def _is_truth(node: x.Expr) -> bool:
    return isinstance(node, x.Not | x.And | x.Or | x.In | x.IsNull | x.Contains | x.Compare)


def _among(node: x.Expr) -> tuple[x.Expr, tuple[int, ...]] | None:
    match node:
        case x.Compare("eq", value, x.Val(value=int() as number, type="int")):
            return value, (number,)
        case x.Or(parts):
            found = [facts(part).among for part in parts]
            if None not in found and len({one[0] for one in found if one}) == 1:
                numbers = [number for one in found if one for number in one[1]]
                return found[0] and (found[0][0], tuple(numbers))
    return None


def _columns(node: x.Expr, children: Sequence[Facts]) -> dict[str, bool] | None:
    """The columns read, each with whether its value matters; None if it reads what is no column."""
    match node:
        case x.Col(name):
            return {name: True}
        case x.IsNull(x.Col(name)):
            return {name: False}
        case x.Outer() | x.Count() | x.Lookup() | x.DatePart() | x.Text():
            return None
    found: dict[str, bool] = {}
    for child in children:
        if child.reads_more:
            return None
        for name, matters in child.columns:
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
