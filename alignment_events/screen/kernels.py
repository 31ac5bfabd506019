"""Rule expression → numpy: the truth of an expression for every row of a batch of whole records.

The rows of a child table lie in the order of their records, so that a count is a difference of running sums.
Nothing is decided here: rows for which a rule is false are suspect, and the polars expressions examine them.
"""

import re
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alignment_events.model import expr as x
from alignment_events.screen.facts import Axis, Facts, axis, facts
from alignment_events.screen.frames import Counts, Frame
from alignment_events.screen.values import (
    Bools,
    Coded,
    Column,
    Filled,
    Flags,
    Index,
    Numbers,
    Truth,
    everywhere,
    known,
    looked_up,
)
from alignment_events.spec.tables import record_key, table_specs

_LARGEST_TABLE = 2_000
"""Combinations of values for which an expression is evaluated, however few the rows."""
_MOST_TABLES = 4_000
_TABLES: dict[tuple[Any, ...], Truth] = {}
"""Truths of all combinations, by the number of the expression and the values of its columns."""
_AS_WRITTEN = re.compile("0|-?[1-9][0-9]{0,17}")


def truth(node: x.Expr, at: Frame) -> Truth:
    """The truth of an expression for every row of a frame."""
    about = facts(node)
    if about.looked_up and at.outer is None and not at.small:
        kept = at.kept.get(about.number)
        if kept is None:
            kept = at.kept[about.number] = _by_table(node, about, at) or _truth(node, at)
        return kept
    return _truth(node, at)


def _truth(node: x.Expr, at: Frame) -> Truth:
    match node:
        case x.Val(value):
            return everywhere(bool(value), at.rows)
        case x.Not(part):
            return ~truth(part, at)
        case x.Or(parts):
            among = facts(node).among
            return _or(parts, at) if among is None else _is_among(*among, at)
        case x.And(parts):
            return ~_or(facts(node).negated, at)
        case x.IsNull(value):
            valid = column(value, at).valid
            return Truth(~valid, valid)
        case x.In(value, among):
            found = _coded(value, at)
            return found.where([v in among for v in found.values])
        case x.Contains(text, part):
            found = _coded(text, at)
            return found.where([part in v for v in found.values])
        case x.Compare(op, left, right):
            return _compare(op, left, right, at)
    raise TypeError(f"no kernel for {node!r}")


def _by_table(node: x.Expr, about: Facts, at: Frame) -> Truth | None:
    """The truth by a table over all combinations of values, if the columns take few.

    The expression is evaluated once for each combination, by the same kernels, and looked up for each row.
    """
    axes = [axis(at.columns(name), valued) for name, valued in about.columns]
    sizes = [one.size for one in axes if one is not None]
    if len(sizes) < len(axes) or prod(sizes) > max(_LARGEST_TABLE, at.rows // 8):
        return None
    key = (about.number, at.table, *(one.values for one in axes if one is not None))
    found = _TABLES.get(key)
    if found is None:
        found = _table_of_truth(node, about, axes, sizes, at)
        if prod(sizes) <= _LARGEST_TABLE:
            if len(_TABLES) >= _MOST_TABLES:
                _TABLES.clear()
            _TABLES[key] = found
    cells: NDArray[Any] | None = None
    for one in axes:
        assert one is not None
        codes = one.codes
        cells = codes if cells is None else cells * one.size + codes
    assert cells is not None
    return Truth(looked_up(found.true, cells), looked_up(found.false, cells))


def _table_of_truth(
    node: x.Expr, about: Facts, axes: Sequence[Axis | None], sizes: Sequence[int], at: Frame
) -> Truth:
    places = np.unravel_index(np.arange(prod(sizes)), sizes)
    columns = {
        name: one.column(place)
        for (name, _), one, place in zip(about.columns, axes, places, strict=True)
        if one is not None
    }
    small = Frame(
        at.table, prod(sizes), np.zeros(prod(sizes), np.intp), columns.__getitem__, at.batch,
        small=True,
    )  # fmt: skip
    return _truth(node, small)


def _or(parts: tuple[x.Expr, ...], at: Frame) -> Truth:
    """The cheap parts first; the costly ones only for rows which they leave open."""
    found: Truth | None = None
    costly = []
    for part in parts:
        if facts(part).costly:
            costly.append(part)
            continue
        found = truth(part, at) if found is None else found | truth(part, at)
    if found is None:
        found = everywhere(False, at.rows)
    for part in costly:
        open_rows = np.flatnonzero(~found.true)
        if not len(open_rows):
            break
        if len(open_rows) == at.rows:
            found = found | truth(part, at)
            continue
        decided = found.take(open_rows) | truth(part, at.take(open_rows))
        true, false = found.true.copy(), found.false.copy()
        true[open_rows], false[open_rows] = decided.true, decided.false
        found = Truth(true, false)
    return found


def _is_among(value: x.Expr, numbers: Sequence[int], at: Frame) -> Truth:
    found = column(value, at)
    if not isinstance(found, Numbers):
        raise TypeError(f"{value!r} is not read as numbers")
    return known(np.isin(found.values, numbers), found.valid)


def column(node: x.Expr, at: Frame) -> Column:
    """The values of an expression that is not a truth, for every row of a frame."""
    match node:
        case x.Col(name):
            return at.columns(name)
        case x.Outer(name):
            assert at.outer is not None
            return at.outer.columns(name)
        case x.PathPart(path, index):
            return _steps(_coded(path, at), index)
        case x.Text(number):
            return column(number, at)
        case x.DatePart(date, part, shift):
            return _date_part(column(date, at), part, shift)
        case x.Count():
            return Numbers(_count(node, at), np.ones(at.rows, np.bool_))
        case x.Lookup(table, key, name):
            return _look_up(table, key, name, at)
    raise TypeError(f"no column for {node!r}")


def _coded(node: x.Expr, at: Frame) -> Coded:
    found = column(node, at)
    if not isinstance(found, Coded):
        raise TypeError(f"{node!r} is not read as codes")
    return found


def _compare(op: str, left: x.Expr, right: x.Expr, at: Frame) -> Truth:
    for one, other in ((left, right), (right, left)):
        if op == "eq" and isinstance(other, x.Val):
            return _equals_constant(column(one, at), other.value)
    a = left.value if isinstance(left, x.Val) else column(left, at)
    b = right.value if isinstance(right, x.Val) else column(right, at)
    if isinstance(a, Coded) and isinstance(b, Coded):
        return a.equals(b)
    if isinstance(a, Coded):
        return _equals_number(a, b)
    if isinstance(b, Coded):
        return _equals_number(b, a)
    first: Any = a.values if isinstance(a, Numbers) else a
    second: Any = b.values if isinstance(b, Numbers) else b
    valid = np.ones(at.rows, np.bool_)
    for v in (a, b):
        if isinstance(v, Numbers):
            valid = valid & v.valid
    compare = {"eq": np.equal, "lt": np.less, "le": np.less_equal}[op]
    return known(np.asarray(compare(first, second)), valid)


def _equals_constant(found: Column, value: Any) -> Truth:
    match found:
        case Coded():
            return found.where([v == value for v in found.values])
        case Flags():
            return found.truth if value else ~found.truth
        case Numbers():
            return known(found.values == value, found.valid)
    raise TypeError(f"cannot compare {type(found).__name__} with {value!r}")


def _equals_number(texts: Coded, numbers: object) -> Truth:
    """Texts beside numbers as one writes them; a text that is no number equals none."""
    assert isinstance(numbers, Numbers)
    written = [bool(_AS_WRITTEN.fullmatch(v)) for v in texts.values]
    values = [
        int(v) if is_number else 0 for v, is_number in zip(texts.values, written, strict=True)
    ]
    equal = np.array([*values, 0], np.int64)[texts.codes] == numbers.values
    equal &= np.array([*written, False], np.bool_)[texts.codes]
    return known(equal, texts.valid & numbers.valid)


def _steps(path: Coded, index: int) -> Coded:
    def step(value: str) -> str | None:
        parts = value.split("/")
        return parts[index] if index < len(parts) else None

    return path.mapped({value: step(value) for value in path.values})


def _date_part(date: Column, part: str, shift: int) -> Numbers:
    assert isinstance(date, Numbers)
    days = (date.values.astype(np.int64) + shift).astype("M8[D]")
    months = days.astype("M8[M]")
    if part == "month":
        return Numbers(months.astype(np.int64) % 12 + 1, date.valid)
    return Numbers((days - months.astype("M8[D]")).astype(np.int64) + 1, date.valid)


def _count(node: x.Count, at: Frame) -> Counts:
    batch = at.batch
    if node.by is not None:
        return batch.records.counted(node, _record_column(at))
    if node.table not in batch.frames:
        return np.zeros(at.rows, np.int64)
    if facts(node.where).reads_outer:
        return _equal_count(node, at) if _is_join(node, at) else _paired_count(node, at)
    number = facts(node).number
    by_record = batch.kept.get(number)
    if by_record is None:
        inner = batch.frames[node.table]
        starts = batch.starts(node.table)
        if node.distinct is None and node.where == x.Val(True):
            by_record = np.diff(starts)
        else:
            chosen = truth(node.where, inner).true
            if node.distinct is not None:
                by_record = _distinct(inner, np.flatnonzero(chosen), node.distinct, inner.group)
            else:
                sums = np.zeros(len(chosen) + 1, np.int32)
                np.cumsum(chosen, out=sums[1:])
                by_record = np.diff(sums[starts])
        batch.kept[number] = by_record
    return _of_record(by_record, at.group)


def _record_column(at: Frame) -> Column:
    return at.columns(record_key(at.table))


def _of_record(by_record: Counts, group: Index) -> Counts:
    found: Counts = np.concatenate([by_record, [0]])[group]
    return found


def _distinct(frame: Frame, rows: Index, name: str, group: Index, size: int = 0) -> Counts:
    """How many different non-empty values stand in the rows of each group."""
    size = size or frame.batch.size
    found = frame.columns(name)
    assert isinstance(found, Coded)
    width = len(found.values) + 1
    filled = rows[found.valid[rows]]
    pairs = np.sort(group[filled].astype(np.int64) * width + found.codes[filled])
    if len(pairs):
        pairs = pairs[np.concatenate([[True], pairs[1:] != pairs[:-1]])]
    return np.bincount(pairs // width, minlength=size)


def _is_join(node: x.Count, at: Frame) -> bool:
    """True for a count of the rows of the record in which a column is that of the row outside."""
    return (
        node.distinct is None
        and isinstance(node.where, x.Compare)
        and node.where.op == "eq"
        and isinstance(node.where.left, x.Col)
        and isinstance(node.where.right, x.Outer)
        and isinstance(at.columns(node.where.right.name), Numbers)
    )


def _equal_count(node: x.Count, at: Frame) -> Counts:
    """Such a count, by the numbers of record and value sorted together."""
    assert isinstance(node.where, x.Compare)
    assert isinstance(node.where.left, x.Col)
    assert isinstance(node.where.right, x.Outer)
    key = ("equal", facts(node).number, at.table)
    inner = at.batch.frames[node.table]
    there, here = inner.columns(node.where.left.name), at.columns(node.where.right.name)
    assert isinstance(there, Numbers)
    assert isinstance(here, Numbers)
    distinct = at.batch.distinct(node.table, node.where.left.name)
    width = len(distinct) + 1
    if at.batch.size * width <= 8 * (inner.rows + at.rows):
        counted = at.batch.kept.get(key)
        if counted is None:
            places = distinct.place(there.values)[0] + inner.group * width
            counted = np.bincount(places[there.valid], minlength=at.batch.size * width)
            at.batch.kept[key] = counted
        place, known_there = distinct.place(here.values)
        held = here.valid & known_there & (at.group >= 0)
        return np.where(held, counted[np.where(held, at.group * width + place, 0)], 0)
    return _paired_count(node, at)


def _paired_count(node: x.Count, at: Frame) -> Counts:
    """A count whose condition looks at the row outside: every row beside every counted row."""
    inner = at.batch.frames[node.table]
    starts = at.batch.starts(node.table)
    there = at.group >= 0
    first = np.where(there, starts[at.group], 0)
    sizes = np.where(there, starts[at.group + 1] - first, 0)
    outside = np.repeat(np.arange(at.rows), sizes)
    begins = np.cumsum(sizes) - sizes
    inside = np.arange(len(outside)) - np.repeat(begins - first, sizes)
    pairs = inner.take(inside, outer=at.take(outside))
    chosen = truth(node.where, pairs).true
    if node.distinct is not None:
        return _distinct(pairs, np.flatnonzero(chosen), node.distinct, outside, at.rows)
    return np.bincount(outside[chosen], minlength=at.rows)


def _look_up(table: str, key: x.Expr, name: str, at: Frame) -> Column:
    if table == "index":
        return at.batch.records.look_up(column(key, at), name)
    target = at.batch.frames.get(table)
    if target is None:
        return _nothing(table, name, at.rows)
    # The key is the record of the row: its row in the target is that of the same group.
    row_of = np.full(at.batch.size + 1, -1, np.intp)
    row_of[target.group[::-1]] = np.arange(target.rows)[::-1]
    rows = row_of[at.group]
    found = target.columns(name)
    absent = rows < 0
    if not absent.any():
        return found.take(rows)
    return _emptied(found.take(rows), absent)


def _nothing(table: str, name: str, rows: int) -> Column:
    """A column of empty cells, for a table of which the batch holds no row."""
    if table_specs()[table].column(name).type == "code":
        return Coded(np.zeros(rows, np.int32), ())
    return Numbers(np.zeros(rows, np.int64), np.zeros(rows, np.bool_))


def _emptied(found: Column, absent: Bools) -> Column:
    match found:
        case Coded(codes, values):
            return Coded(np.where(absent, len(values), codes).astype(np.int32), values)
        case Numbers(values, valid):
            return Numbers(values, valid & ~absent)
        case Filled(valid):
            return Filled(valid & ~absent)
        case Flags(holds):
            return Flags(Truth(holds.true & ~absent, holds.false & ~absent))
