"""Rule expression → Python function: for records read one by one.

A compiled expression takes the row at hand, the row outside (within a count) and the surroundings,
and gives a value, or None for unknown. A value marked `INVALID` makes it unknown and is noted in
the surroundings, so that the rule can be listed as skipped and not as broken or kept. Unless the
surroundings ask to be `thorough`, a part that can no longer change the verdict is not looked at.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from alignment_events.model import expr as x
from alignment_events.spec.cells import INVALID

RowValues = Mapping[str, Any]


class Surroundings(Protocol):
    """What an expression may ask about other rows."""

    touched_invalid: bool
    thorough: bool
    memo: dict[Any, Any]
    """What was worked out from the rows; it is emptied when they change."""

    def children(self, table: str, by: str | None, key: Any) -> Sequence[RowValues]:
        """Rows of a table that belong to the record `key`, or name it in column `by`."""

    def lookup(self, table: str, key: Any) -> RowValues | None:
        """The row of a table that the key names."""

    def record_key(self, row: RowValues) -> Any:
        """Key of the record that a row belongs to."""


Predicate = Callable[[RowValues, RowValues | None, Surroundings], Any]


@cache
def compile_predicate(node: x.Expr) -> Predicate:
    """The function of an expression; equal expressions share one."""
    match node:
        case x.Val(value):
            return lambda row, outer, env: value
        case x.Col(name):
            return lambda row, outer, env: _read(row, name, env)
        case x.Outer(name):
            return lambda row, outer, env: _read(outer or {}, name, env)
        case x.Compare(op, left, right):
            return _compare(op, compile_predicate(left), compile_predicate(right))
        case x.In(value, among):
            return _among(compile_predicate(value), frozenset(among))
        case x.IsNull(value):
            inner = compile_predicate(value)
            return lambda row, outer, env: inner(row, outer, env) is None
        case x.Not(part):
            return _not(compile_predicate(part))
        case x.And(parts):
            return _all(tuple(map(compile_predicate, parts)))
        case x.Or(parts):
            return _any(tuple(map(compile_predicate, parts)))
        case x.Count():
            return _count(node)
        case x.Lookup(table, key, column):
            return _lookup(table, compile_predicate(key), column)
        case x.DatePart(date, part, shift):
            return _date_part(compile_predicate(date), part, shift)
        case x.PathPart(path, index):
            return _path_part(compile_predicate(path), index)
        case x.Text(number):
            inner = compile_predicate(number)
            return lambda row, outer, env: _if_known(inner(row, outer, env), str)
        case x.Contains(text, part):
            inner = compile_predicate(text)
            return lambda row, outer, env: _if_known(inner(row, outer, env), lambda t: part in t)
    raise TypeError(f"no predicate for {node!r}")


def _read(row: RowValues, name: str, env: Surroundings) -> Any:
    value = row.get(name)
    if value is INVALID:
        env.touched_invalid = True
        return None
    return value


def _if_known(value: Any, then: Callable[[Any], Any]) -> Any:
    return None if value is None else then(value)


def _compare(op: str, left: Predicate, right: Predicate) -> Predicate:
    def compare(row: RowValues, outer: RowValues | None, env: Surroundings) -> bool | None:
        a, b = left(row, outer, env), right(row, outer, env)
        if a is None or b is None:
            return None
        if op == "eq":
            return bool(a == b)
        return bool(a < b if op == "lt" else a <= b)

    return compare


def _among(value: Predicate, among: frozenset[str]) -> Predicate:
    def is_among(row: RowValues, outer: RowValues | None, env: Surroundings) -> bool | None:
        found = value(row, outer, env)
        return None if found is None else found in among

    return is_among


def _not(part: Predicate) -> Predicate:
    def negated(row: RowValues, outer: RowValues | None, env: Surroundings) -> bool | None:
        found = part(row, outer, env)
        return None if found is None else not found

    return negated


def _all(parts: tuple[Predicate, ...]) -> Predicate:
    def every(row: RowValues, outer: RowValues | None, env: Surroundings) -> bool | None:
        known: bool | None = True
        for part in parts:
            found = part(row, outer, env)
            if found is None:
                known = None if known else known
            elif not found:
                known = False
                if not env.thorough:
                    return False
        return known

    return every


def _any(parts: tuple[Predicate, ...]) -> Predicate:
    def some(row: RowValues, outer: RowValues | None, env: Surroundings) -> bool | None:
        known: bool | None = False
        for part in parts:
            found = part(row, outer, env)
            if found is None:
                known = known or None
            elif found:
                known = True
                if not env.thorough:
                    return True
        return known

    return some


_FEW = 20
"""Rows that are sooner looked at one by one than sorted by value."""


def _count(node: x.Count) -> Predicate:
    where = compile_predicate(node.where)
    table, by, distinct = node.table, node.by, node.distinct
    equal = _equal_columns(node.where)
    alone = not _reads_others(node.where)
    of_child, of_outer = (sorted(_columns(node.where, sort)) for sort in (x.Col, x.Outer))

    def count(row: RowValues, outer: RowValues | None, env: Surroundings) -> int:
        key = env.record_key(row)
        rows = env.children(table, by, key)
        # A record may have thousands of rows, each of which asks how many others are like it.
        if not alone or len(rows) <= _FEW or _is_faulty(row, of_outer):
            return counted(rows, row, env)
        asked = (id(node), key, env.thorough, *(row.get(name) for name in of_outer))
        if asked not in env.memo:
            if equal is not None:
                inner, same = equal
                known, faulty = _grouped(rows, (id(node), key), inner, of_child, env)
                rows = [*known.get(row.get(same), ()), *faulty]
            before, env.touched_invalid = env.touched_invalid, False
            found = counted(rows, row, env)
            if env.touched_invalid:
                return found
            env.touched_invalid = before
            env.memo[asked] = found
        return int(env.memo[asked])

    def counted(rows: Sequence[RowValues], row: RowValues, env: Surroundings) -> int:
        chosen = [child for child in rows if where(child, row, env) is True]
        if distinct is None:
            return len(chosen)
        values = {_read(child, distinct, env) for child in chosen}
        return len(values - {None})

    return count


Groups = tuple[dict[Any, list[RowValues]], list[RowValues]]
"""Rows by a value of theirs, and rows with a faulty value."""


def _grouped(
    rows: Sequence[RowValues], which: Any, column: str, read: Sequence[str], env: Surroundings
) -> Groups:
    if which not in env.memo:
        env.memo[which] = _by_value(rows, column, read)
    found: Groups = env.memo[which]
    return found


def _equal_columns(where: x.Expr) -> tuple[str, str] | None:
    """A column of the counted row and one of the row outside that must be equal."""
    for part in where.parts if isinstance(where, x.And) else (where,):
        match part:
            case x.Compare("eq", x.Col(inner), x.Outer(outer)):
                return inner, outer
            case x.Compare("eq", x.Outer(outer), x.Col(inner)):
                return inner, outer
    return None


def _reads_others(node: x.Expr) -> bool:
    return isinstance(node, x.Count | x.Lookup) or any(map(_reads_others, x.children_of(node)))


def _columns(node: x.Expr, sort: type[x.Col] | type[x.Outer]) -> frozenset[str]:
    """Columns that an expression reads of the row at hand, or of the row outside."""
    own = {node.name} if isinstance(node, sort) else set()
    return frozenset(own.union(*(_columns(child, sort) for child in x.children_of(node))))


def _by_value(rows: Sequence[RowValues], column: str, read: Sequence[str]) -> Groups:
    """Rows by the value of a column, but for those that have none."""
    found: dict[Any, list[RowValues]] = {}
    faulty = []
    for row in rows:
        if _is_faulty(row, read):
            faulty.append(row)
        elif row.get(column) is not None:
            found.setdefault(row.get(column), []).append(row)
    return found, faulty


def _is_faulty(row: RowValues, columns: Sequence[str]) -> bool:
    return any(row.get(name) is INVALID for name in columns)


def _lookup(table: str, key: Predicate, column: str) -> Predicate:
    def look_up(row: RowValues, outer: RowValues | None, env: Surroundings) -> Any:
        name = key(row, outer, env)
        found = None if name is None else env.lookup(table, name)
        return None if found is None else _read(found, column, env)

    return look_up


Objection = Callable[[RowValues, Surroundings], bool | None]


def objection(rule: x.Expr) -> Objection:
    """A function that is true for a row that breaks the rule, None if a faulty value leaves it open."""
    holds = compile_predicate(rule)

    def objects(row: RowValues, env: Surroundings) -> bool | None:
        env.touched_invalid = False
        verdict = holds(row, None, env)
        if verdict is False and not env.touched_invalid:
            # Only a breach is worth looking at every value that the rule reads.
            env.thorough = True
            holds(row, None, env)
            env.thorough = False
        return None if env.touched_invalid else verdict is False

    return objects


def _date_part(date: Predicate, part: str, shift: int) -> Predicate:
    def take(row: RowValues, outer: RowValues | None, env: Surroundings) -> int | None:
        day = date(row, outer, env)
        if day is None:
            return None
        moved = day + dt.timedelta(days=shift)
        return int(moved.day if part == "day" else moved.month)

    return take


def _path_part(path: Predicate, index: int) -> Predicate:
    def step(row: RowValues, outer: RowValues | None, env: Surroundings) -> str | None:
        text = path(row, outer, env)
        steps = [] if text is None else text.split("/")
        return steps[index] if index < len(steps) else None

    return step
