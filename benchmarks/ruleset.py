"""The rules of the format as plain data, from which the runners make rules for other tools.

Everything is derived from the specification. The set is written once and pickled, so that a runner
need not import this library (nor be charged for deriving rules that a user would have typed).
"""

import datetime as dt
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCOPES = ("cell", "row", "key", "reference", "record", "dataset")
"""Sorts of rules: of one value, of one row, keys, references, records with children, all records."""


@dataclass(frozen=True)
class Unit:
    """One rule on one table.

    Attributes:
        code: The code of this library.
        table: The table.
        column: The column, or the last column of a key.
        scope: One of `SCOPES`.
        sort: For cells: required, by_kind, codes, codes_by_kind, between, pattern, length, finite,
            id, pair. For others the scope.
        sql: Condition that is true of a sound row; for rules of records and datasets with
            subqueries over the other tables; rows are called `r`.
        polars: Pickled polars expression, true of a sound row; None beyond rows.
        data: Codes, bounds, pattern, key or reference, as the sort needs.
    """

    code: str
    table: str
    column: str
    scope: str
    sort: str
    sql: str = ""
    polars: bytes | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def expr(self) -> Any:
        """The polars expression."""
        return pickle.loads(self.polars) if self.polars else None


@dataclass(frozen=True)
class Ruleset:
    """All rules, the columns of all tables in order with their types, and the view of all records."""

    units: tuple[Unit, ...]
    columns: dict[str, dict[str, str]]
    descriptors: dict[str, dict[str, Any]]
    index_view: str

    def of(self, table: str, *scopes: str) -> list[Unit]:
        """The rules of some scopes on a table."""
        return [unit for unit in self.units if unit.table == table and unit.scope in scopes]


def derive() -> Ruleset:
    """Derive the set from the specification."""
    from alignment_events.compile.schema_dir import INDEX_VIEW
    from alignment_events.compile.sql import to_sql
    from alignment_events.compile.table_schema import table_schema
    from alignment_events.model.rules import RULES
    from alignment_events.spec.items import item_rules
    from alignment_events.spec.tables import table_specs

    units: list[Unit] = []
    for name, spec in table_specs().items():
        units += _cells(name)
        units.append(Unit("AE401", name, spec.key[-1], "key", "key", data={"key": list(spec.key)}))
        units += [
            Unit(
                "AE402", name, column.name, "reference", "reference",
                data={"table": column.ref.table, "column": column.ref.column},
            )
            for column in spec.columns
            # Links that lead out of the data are allowed outside packages.
            if column.ref is not None and column.name != "target_id"
        ]  # fmt: skip
    for rule in (*item_rules(), *RULES):
        for table in rule.on:
            expr = _row_expr(rule.expr) if rule.scope == "row" else None
            sql = to_sql(rule.expr, "r", None, table)
            units.append(Unit(rule.code, table, rule.field, rule.scope, rule.scope, sql, expr))
    return Ruleset(
        tuple(units),
        {n: {c.name: c.type for c in s.columns} for n, s in table_specs().items()},
        {name: table_schema(name) for name in table_specs()},
        INDEX_VIEW,
    )


def _row_expr(expr: Any) -> bytes:
    from alignment_events.compile.polars_rules import row_expression

    return pickle.dumps(row_expression(expr).fill_null(True))


def _cells(table: str) -> list[Unit]:
    from alignment_events.compile.cells import cell_checks
    from alignment_events.spec.tables import table_specs

    spec = table_specs()[table]
    found = [
        Unit("AE101", table, c.name, "cell", "required", f'r."{c.name}" IS NOT NULL')
        for c in spec.columns
        if not c.nullable
    ]
    seen: set[tuple[str, str]] = set()
    for code, name, sound in cell_checks(table):
        column = spec.column(name)
        sort, sql, data = _described(code, column, table, first=(table, name) not in seen)
        if sort == "length":
            seen.add((table, name))
        found.append(Unit(code, table, name, "cell", sort, sql, pickle.dumps(sound), data))
    return found


def _described(
    code: str, column: Any, table: str, *, first: bool
) -> tuple[str, str, dict[str, Any]]:
    """The sort of a check of cells, its condition in SQL and what it compares with."""
    from alignment_events.model import dates, ids
    from alignment_events.model.tables import MULTI_CODES
    from alignment_events.spec.cells import allowed_codes

    here = f'r."{column.name}"'
    if code == "AE101":
        kinds = list(column.required_for)
        return "by_kind", f"(NOT r.kind IN ({_list(kinds)}) OR {here} IS NOT NULL)", {"must": kinds}
    if code == "AE102":
        kinds = list(column.applies_to)
        return "by_kind", f"(r.kind IN ({_list(kinds)}) OR {here} IS NULL)", {"may": kinds}
    if code == "AE103" and table == "record_codes":
        pairs = [f"{n}/{c}" for n in MULTI_CODES.values() for c in sorted(allowed_codes(n))]
        return "pair", f"(r.vocabulary || '/' || {here} IN ({_list(pairs)}))", {"pairs": pairs}
    if code == "AE103":
        by_kind = {k: sorted(allowed_codes(v)) for k, v in column.vocabularies.items()}
        if "*" in by_kind:
            return "codes", f"{here} IN ({_list(by_kind['*'])})", {"codes": by_kind["*"]}
        parts = [f"(r.kind = '{k}' AND {here} IN ({_list(v)}))" for k, v in by_kind.items()]
        return "codes_by_kind", f"({' OR '.join(parts)})", {"codes": by_kind}
    if code == "AE104":
        low, high = (dt.date.fromisoformat(str(d)) for d in (dates.FIRST_DAY, dates.LAST_DAY))
        sql = f"{here} BETWEEN DATE '{low}' AND DATE '{high}'"
        return "between", sql, {"low": low, "high": high}
    if code == "AE108":
        bounds = (column.between.low, column.between.high) if column.between else (None, None)
        sql = f"isfinite({here})"
        if column.between:
            sql += f" AND {here} BETWEEN {bounds[0]} AND {bounds[1]}"
        return "finite", f"({sql})", {"low": bounds[0], "high": bounds[1]}
    if code == "AE109":
        return "id", f"regexp_matches({here}, {_text(ids.ID_PATTERN)})", {"pattern": ids.ID_PATTERN}
    form = column.form
    if first:
        return "length", f"length({here}) <= {form.max_length}", {"most": form.max_length}
    sql = f"(length({here}) > {form.max_length} OR regexp_matches({here}, {_text(form.pattern)}))"
    return "pattern", sql, {"pattern": form.pattern}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _list(values: list[str]) -> str:
    return ", ".join(map(_text, values))


def write(path: Path) -> None:
    """Write the set for the runners."""
    path.write_bytes(pickle.dumps(derive()))


def read(path: Path) -> Ruleset:
    """Read the set."""
    found = pickle.loads(path.read_bytes())
    assert isinstance(found, Ruleset)
    return found
