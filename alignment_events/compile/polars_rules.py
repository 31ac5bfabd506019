"""Rule expression → polars: for tables, one pass over columns instead of one call a row.

A count becomes a join with the counted table and a group-by, a look-up a join; both put their
result beside the row as a helper column. The null logic is that of polars itself, which is Kleene's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count

import polars as pl

from alignment_events.model import expr as x
from alignment_events.spec.tables import record_key

BAD = "__bad_"
"""Prefix of the helper columns that mark cells with a fault of their own."""

_ROW = "__row"
_OUTER = "__outer_"


@dataclass
class _Frame:
    """A frame that grows helper columns as expressions are compiled against it.

    It is a plan, carried out once when all of the rule is compiled: polars takes its time for each.

    Attributes:
        table: The table.
        frame: Its rows.
        tables: All tables.
        marks: Helper columns of `frame` that mark faulty cells.
        numbers: Of the next helper column.
    """

    table: str
    frame: pl.LazyFrame
    tables: Mapping[str, pl.DataFrame]
    marks: frozenset[str] = frozenset()
    numbers: "count[int]" = field(default_factory=count)

    def add(self, helper: pl.LazyFrame, on: str) -> None:
        self.frame = self.frame.join(helper, on=on, how="left", maintain_order="left")

    def fresh(self) -> str:
        return f"__h{next(self.numbers)}"


def failing_rows(
    rule_expr: x.Expr, table: str, tables: Mapping[str, pl.DataFrame]
) -> tuple[list[int], list[int]]:
    """Rows of a table for which the expression is false, and rows for which it was skipped.

    Args:
        rule_expr: The expression.
        table: Table to whose rows it applies.
        tables: Table name to its frame, `index` among them; cells with a fault of their own are
            marked by a helper column `__bad_<column>`.

    Returns:
        Row numbers from 0: those that break the rule, and those that touch a faulty cell.
    """
    read = as_read(rule_expr, table, tables)
    at = _Frame(table, read[table].lazy().with_row_index(_ROW), read, _marks(read[table]))
    holds = _compile(rule_expr, at)
    faulty = _faults(rule_expr, at)
    touched = pl.lit(False) if faulty is None else faulty.fill_null(False)
    found = at.frame.select(_ROW, broken=~touched & ~holds, touched=touched)
    suspect = found.filter(pl.col("broken") | pl.col("touched")).collect(
        engine="in-memory", optimizations=pl.QueryOptFlags.none()
    )
    if not suspect.height:
        return [], []
    broken, skipped = (suspect.filter(name)[_ROW].to_list() for name in ("broken", "touched"))
    return broken, skipped


def _marks(frame: pl.DataFrame) -> frozenset[str]:
    return frozenset(name for name in frame.columns if name.startswith(BAD))


def as_read(
    node: x.Expr, table: str, tables: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """The tables that an expression looks into, with the columns that it reads: joins copy whole rows."""
    names = x.columns_read(node)
    found = {}
    for name in {table, *x.tables_read(node)}:
        wanted = names | {record_key(name)}
        columns = [c for c in tables[name].columns if c.removeprefix(BAD) in wanted]
        found[name] = tables[name].select(columns)
    return found


@cache
def row_expression(node: x.Expr) -> pl.Expr:
    """The polars expression of a rule of scope row, which needs no other table."""
    return _compile(node, _Frame("", pl.LazyFrame(), {}))


def _compile(node: x.Expr, at: _Frame) -> pl.Expr:
    match node:
        case x.Val(value):
            return pl.lit(value)
        case x.Col(name):
            return pl.col(name)
        case x.Outer(name):
            return pl.col(_OUTER + name)
        case x.Compare(op, left, right):
            a, b = _compile(left, at), _compile(right, at)
            return {"eq": a == b, "lt": a < b, "le": a <= b}[op]
        case x.In(value, among):
            return _compile(value, at).is_in(list(among))
        case x.IsNull(value):
            return _compile(value, at).is_null()
        case x.Not(part):
            return ~_compile(part, at)
        case x.And(parts):
            return _fold([_compile(p, at) for p in parts], "and")
        case x.Or(parts):
            return _fold([_compile(p, at) for p in parts], "or")
        case x.DatePart(date, part, shift):
            moved = _compile(date, at).dt.offset_by(f"{shift}d")
            return (moved.dt.day() if part == "day" else moved.dt.month()).cast(pl.Int64)
        case x.PathPart(path, index):
            return _compile(path, at).str.split("/").list.get(index, null_on_oob=True)
        case x.Text(number):
            return _compile(number, at).cast(pl.String)
        case x.Contains(text, part):
            return _compile(text, at).str.contains(part, literal=True)
        case x.Count():
            return pl.col(_count(node, at))
        case x.Lookup(table, key, column):
            return pl.col(_look_up(table, key, column, at))
    raise TypeError(f"no polars expression for {node!r}")


def _fold(parts: list[pl.Expr], how: str) -> pl.Expr:
    folded = parts[0]
    for part in parts[1:]:
        folded = folded & part if how == "and" else folded | part
    return folded


def _joined(node: x.Count, at: _Frame) -> _Frame:
    """The counted rows beside the rows outside, which are renamed."""
    key = record_key(at.table)
    by = node.by or record_key(node.table)
    outside = at.frame.select(
        pl.col(_ROW).alias("__out"), pl.all().exclude(_ROW).name.prefix(_OUTER)
    )
    counted = at.tables[node.table]
    inside = counted.lazy().with_columns(pl.col(by).alias("__by"))
    joined = outside.join(
        inside, left_on=_OUTER + key, right_on="__by", how="inner", maintain_order="left"
    )
    marks = _marks(counted) | {_OUTER + name for name in at.marks}
    return _Frame(node.table, joined.with_row_index(_ROW), at.tables, marks, at.numbers)


def _count(node: x.Count, at: _Frame) -> str:
    inner = _joined(node, at)
    condition = _compile(node.where, inner)
    chosen = inner.frame.filter(condition)
    counted = pl.col(node.distinct).drop_nulls().n_unique() if node.distinct else pl.len()
    name = at.fresh()
    found = chosen.group_by("__out").agg(counted.cast(pl.Int64).alias(name))
    at.add(found.rename({"__out": _ROW}), _ROW)
    at.frame = at.frame.with_columns(pl.col(name).fill_null(0))
    return name


def _look_up(table: str, key: x.Expr, column: str, at: _Frame) -> str:
    wanted, name = at.fresh(), at.fresh()
    at.frame = at.frame.with_columns(_compile(key, at).alias(wanted))
    target = at.tables[table]
    found = (
        target.lazy()
        .select(pl.col(record_key(table)).alias(wanted), pl.col(column).alias(name))
        .unique(wanted, keep="first", maintain_order=True)
    )
    at.add(found.drop_nulls(wanted), wanted)
    return name


def _faults(node: x.Expr, at: _Frame) -> pl.Expr | None:
    """True where the expression touches a cell with a fault of its own; None if it cannot."""
    match node:
        case x.Col(name):
            return pl.col(BAD + name) if BAD + name in at.marks else None
        case x.Outer(name):
            marked = _OUTER + BAD + name
            return pl.col(marked) if marked in at.marks else None
        case x.Count(table, where, distinct, _):
            if not at.marks and not _marks(at.tables[table]):
                return None
            inner = _joined(node, at)
            parts = [_faults(where, inner), _faults(x.Col(distinct), inner) if distinct else None]
            touched = [part for part in parts if part is not None]
            if not touched:
                return None
            name = at.fresh()
            hit = inner.frame.filter(_fold(touched, "or"))
            found = hit.select(pl.col("__out").alias(_ROW)).unique()
            at.add(found.with_columns(pl.lit(True).alias(name)), _ROW)
            return pl.col(name).fill_null(False)
        case x.Lookup(table, key, column):
            parts = [_faults(key, at)]
            if BAD + column in at.tables[table].columns:
                parts.append(pl.col(_look_up(table, key, BAD + column, at)).fill_null(False))
        case _:
            parts = [_faults(child, at) for child in x.children_of(node)]
    touched = [part for part in parts if part is not None]
    return _fold(touched, "or") if touched else None
