"""The language in which rules are written: about a dozen node types, one meaning on every engine.

**Nulls.** An expression is true, false or unknown. A comparison with an empty operand is unknown;
`and`, `or`, `not` and `implies` follow Kleene, as SQL and polars do; only `is_null` asks about
emptiness. A rule objects to a row only where its expression is *false*: what is unknown gives
nothing to object to. Counts are numbers, never unknown: they count the rows for which the
condition is true.

**Rows.** `Col` is a column of the row at hand; inside the condition of a `Count` the row at hand
is the counted row, and `Outer` is the row outside. A `Count` sees the rows of a table that belong
to the same record (or, with `by`, those whose column `by` names the record). A `Lookup` takes a
value from the one row of a table that a key names, and is empty where there is none.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Literal


@dataclass(frozen=True)
class Expr:
    """Base of all nodes."""

    def __and__(self, other: "Expr") -> "Expr":
        return And((self, other))

    def __or__(self, other: "Expr") -> "Expr":
        return Or((self, other))

    def __invert__(self) -> "Expr":
        return Not(self)


@dataclass(frozen=True)
class Col(Expr):
    """Value of a column of the row at hand."""

    name: str


@dataclass(frozen=True)
class Outer(Expr):
    """Value of a column of the row outside the count."""

    name: str


@dataclass(frozen=True)
class Val(Expr):
    """A constant; true and 1 are different constants, although Python holds them equal."""

    value: str | int | float | bool
    type: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", type(self.value).__name__)


@dataclass(frozen=True)
class Compare(Expr):
    """Equality or order of two values of one type."""

    op: Literal["eq", "lt", "le"]
    left: Expr
    right: Expr


@dataclass(frozen=True)
class In(Expr):
    """True if the value is one of the constants."""

    value: Expr
    among: tuple[str, ...]


@dataclass(frozen=True)
class IsNull(Expr):
    """True if the value is empty; never unknown."""

    value: Expr


@dataclass(frozen=True)
class And(Expr):
    """True if all are."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True)
class Or(Expr):
    """True if any is."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True)
class Not(Expr):
    """Negation."""

    part: Expr


@dataclass(frozen=True)
class Count(Expr):
    """How many rows of a table that belong to the record satisfy the condition.

    Attributes:
        table: Table whose rows are counted.
        where: Condition on the counted row.
        distinct: Column whose distinct non-empty values are counted instead of rows.
        by: Column of the counted table that names the record, if not its parent column.
    """

    table: str
    where: Expr
    distinct: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Lookup(Expr):
    """Value of a column in the row of a table that the key names.

    `table` is a published table with a key of one column, or `index`: every record, with the
    columns record_id, kind, subtype, date_start, date_end, verification and contested.
    """

    table: str
    key: Expr
    column: str


@dataclass(frozen=True)
class DatePart(Expr):
    """Day of the month or month of the year of a date, some days later."""

    date: Expr
    part: Literal["day", "month"]
    shift_days: int = 0


@dataclass(frozen=True)
class PathPart(Expr):
    """A step of a field path, counted from 0; empty where the path is shorter."""

    path: Expr
    index: int


@dataclass(frozen=True)
class Text(Expr):
    """An integer as decimal text, to be compared with a step of a path."""

    number: Expr


@dataclass(frozen=True)
class Contains(Expr):
    """True if the text contains the constant."""

    text: Expr
    part: str


def implies(condition: Expr, consequence: Expr) -> Expr:
    """If the condition holds, so must the consequence."""
    return Or((Not(condition), consequence))


def eq(left: Expr | str, right: Expr | str | int | bool) -> Expr:
    """Equality; a text on the left is a column, on the right a constant."""
    return Compare("eq", _col(left), _val(right))


def le(left: Expr | str | int, right: Expr | str | int) -> Expr:
    """Left is at most right; texts are columns, numbers constants."""
    return Compare("le", _col_or_val(left), _col_or_val(right))


def lt(left: Expr | str | int, right: Expr | str | int) -> Expr:
    """Left is less than right; texts are columns, numbers constants."""
    return Compare("lt", _col_or_val(left), _col_or_val(right))


def at_least(count: Expr, number: int) -> Expr:
    """The count is at least the number."""
    return Compare("le", Val(number), count)


def isin(value: Expr | str, *among: str) -> Expr:
    """The value is one of the constants."""
    return In(_col(value), among)


def given(value: Expr | str) -> Expr:
    """The value is not empty."""
    return Not(IsNull(_col(value)))


def empty(value: Expr | str) -> Expr:
    """The value is empty."""
    return IsNull(_col(value))


def must_be(value: Expr | str, *among: str) -> Expr:
    """The value is given, and one of the constants: emptiness does not excuse it."""
    return And((given(value), isin(value, *among)))


def has_code(vocabulary: str, *codes: str) -> Expr:
    """The record has one of the codes in a field that takes several."""
    where = And((eq("vocabulary", vocabulary), isin("code", *codes)))
    return at_least(Count("record_codes", where), 1)


def some(table: str, where: Expr, number: int = 1, *, distinct: str | None = None) -> Expr:
    """The record has at least so many rows of the table that satisfy the condition."""
    return at_least(Count(table, where, distinct), number)


def _col(value: Expr | str) -> Expr:
    return Col(value) if isinstance(value, str) else value


def _val(value: Expr | str | int | bool) -> Expr:
    return value if isinstance(value, Expr) else Val(value)


def _col_or_val(value: Expr | str | int) -> Expr:
    return _col(value) if isinstance(value, Expr | str) else Val(value)


def tables_read(expr: Expr) -> frozenset[str]:
    """The other tables that an expression looks into; `index` stands for events and deeds."""
    found: set[str] = set()

    def walk(node: Expr) -> None:
        if isinstance(node, Count | Lookup):
            found.add(node.table)
        for child in children_of(node):
            walk(child)

    walk(expr)
    return frozenset(found)


@cache
def columns_read(node: Expr) -> frozenset[str]:
    """Columns, of whatever table, that an expression reads."""
    found = {name for child in children_of(node) for name in columns_read(child)}
    match node:
        case Col(name) | Outer(name) | Lookup(_, _, name):
            found.add(name)
        case Count(_, _, distinct, by):
            found |= {name for name in (distinct, by) if name}
    return frozenset(found)


def children_of(node: Expr) -> tuple[Expr, ...]:
    """The direct parts of a node."""
    match node:
        case Compare(_, left, right):
            return (left, right)
        case In(value, _) | IsNull(value):
            return (value,)
        case And(parts) | Or(parts):
            return parts
        case Not(part):
            return (part,)
        case Count(_, where, _, _):
            return (where,)
        case Lookup(_, key, _):
            return (key,)
        case DatePart(date, _, _):
            return (date,)
        case PathPart(path, _) | Contains(path, _) | Text(path):
            return (path,)
        case _:
            return ()
