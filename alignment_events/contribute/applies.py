"""What the rules say of an answer not yet given: whether it applies, is needed, and which codes fit.

No list of conditions is kept here. A field that any value would break a rule with does not apply;
one whose absence breaks a rule is needed; a code that breaks one is not offered. Fields not asked
yet are unknown to the rules, so that they judge only what is known.
"""

from collections.abc import Iterator, Set
from functools import cache
from typing import Any

from alignment_events.check.store import Store
from alignment_events.compile.predicate import objection
from alignment_events.contribute.answers import Nested
from alignment_events.model import dates
from alignment_events.model.expr import Col, Count, Expr, children_of
from alignment_events.model.marks import Between
from alignment_events.model.rules import RULES, Rule
from alignment_events.spec.cells import INVALID, read_cell
from alignment_events.spec.ir import ColumnSpec, FieldSpec, TableSpec
from alignment_events.spec.project import NestedPath, Row, main_table, to_rows
from alignment_events.spec.records import all_vocabularies, leaves, record_specs
from alignment_events.spec.tables import table_specs

_NO_VALUE = object()
_THIS = "this record"  # so that its rows find each other while it has no id


def objections(
    values: Nested, known: Set[NestedPath], path: NestedPath, value: Any = _NO_VALUE
) -> tuple[Rule, ...]:
    """The rules about single rows that an answer breaks, given the answers before it.

    Args:
        values: The record so far, `value` not in it unless left out here.
        known: Paths that were answered, if only with nothing.
        path: Path of the answer.
        value: The answer to try, None for nothing; by default what stands in `values`.
    """
    name, index = _table_of(str(values["kind"]), path)
    if name is None:
        return ()
    spec = table_specs()[name]
    column_path = "/".join(str(step) for step in (path if index is None else path[2:]))
    columns = {c.name for c in spec.columns if c.path == column_path}
    rules = [rule for rule in _rules_of(name) if columns & _columns_read(rule.expr)]
    if not rules:
        return ()
    store = Store()
    rows = [
        _typed(row, values, known | {path})
        for row in to_rows({**_with(values, path, value), "id": _THIS})
    ]
    store.add(rows)
    here = [r for r in rows if r.table == name and (index is None or r.path[1:2] == (index,))]
    return tuple(rule for rule in rules for row in here if objection(rule.expr)(row.values, store))


def does_not_apply(
    values: Nested, known: Set[NestedPath], path: NestedPath, spec: FieldSpec
) -> bool:
    """True if any value would break a rule, and no value breaks none."""
    if objections(values, known, path, None):
        return False
    return all(objections(values, known, path, sample) for sample in _samples(spec, values))


def is_needed(values: Nested, known: Set[NestedPath], path: NestedPath, spec: FieldSpec) -> bool:
    """True if leaving the field empty would break a rule that some value keeps."""
    if not objections(values, known, path, None):
        return False
    return not all(objections(values, known, path, sample) for sample in _samples(spec, values))


def _samples(spec: FieldSpec, values: Nested) -> Iterator[Any]:
    """Values that stand for all: every code, and days early, late and in between."""
    if spec.vocabulary:
        yield from all_vocabularies()[spec.vocabulary].values
    elif spec.type in ("day", "partial_date"):
        start = str((values.get("date") or {}).get("start") or "2000-01-01")
        yield from (start, dates.FIRST_DAY.isoformat(), dates.LAST_DAY.isoformat())
    elif spec.type == "flag":
        yield from ("true", "false")
    elif spec.type == "number":
        between = spec.between or Between(0, 1)
        yield from (str(between.low), str(between.high))
    else:
        yield "X"


def _with(values: Nested, path: NestedPath, value: Any) -> Nested:
    """A copy along the path, with another value at its end."""
    if value is _NO_VALUE:
        return values

    def copied(nested: Any, steps: NestedPath) -> Any:
        if not steps:
            return value
        step, *rest = steps
        if isinstance(step, int):
            items = list(nested or [])
            items += [{}] * (step + 1 - len(items))
            items[step] = copied(items[step], tuple(rest))
            return items
        return {**(nested or {}), step: copied((nested or {}).get(step), tuple(rest))}

    found: Nested = copied(values, path)
    return found


def _typed(row: Row, values: Nested, known: Set[NestedPath]) -> Row:
    """The row in types, what was not asked yet marked as unknown."""
    kind = str(values["kind"])
    spec = table_specs()[row.table]
    found: dict[str, Any] = {}
    for column in spec.columns:
        raw = row.values[column.name]
        if _is_asked(spec, column, kind) and row.path_of(column) not in known:
            found[column.name] = INVALID
        elif column.form is not None or column.name in spec.key or column.name == spec.parent:
            # The form of a text is judged elsewhere; keys are as they are.
            found[column.name] = raw
        else:
            found[column.name] = read_cell(column, raw, kind)
    return Row(row.table, found, row.path)


def _is_asked(spec: TableSpec, column: ColumnSpec, kind: str) -> bool:
    if not column.path or column.path in ("id", "kind"):
        return False
    return spec.each is not None or column.path in _leaf_paths(kind)


@cache
def _leaf_paths(kind: str) -> frozenset[str]:
    return frozenset(path for path, _ in leaves(record_specs()[kind]))


def _table_of(kind: str, path: NestedPath) -> tuple[str | None, int | None]:
    """The table whose row holds the value of a path, and the number of the item."""
    if len(path) < 3 or not isinstance(path[1], int):
        return main_table(kind), None
    tables = [name for name, spec in table_specs().items() if spec.each == path[0]]
    return (tables[0] if tables else None), path[1]


@cache
def _rules_of(table: str) -> tuple[Rule, ...]:
    """The rules that look at one row, or from a row at its record: none that counts other rows."""
    return tuple(
        rule
        for rule in RULES
        if rule.scope in ("row", "record") and table in rule.on and not _counts(rule.expr)
    )


@cache
def _counts(expr: Expr) -> bool:
    return isinstance(expr, Count) or any(map(_counts, children_of(expr)))


@cache
def _columns_read(expr: Expr) -> frozenset[str]:
    own = frozenset({expr.name}) if isinstance(expr, Col) else frozenset()
    return own.union(*map(_columns_read, children_of(expr)))
