"""Table specifications → Pandera schemas for polars frames: checks of scope field and row.

A failure's check reads `AE103 scope`: the code of the rule and the column. `schemas()["events"].validate(frame, lazy=True)` gives every fault at once. Never pass a LazyFrame:
at its default depth Pandera does not look at the values of one.
"""

from collections.abc import Callable
from functools import cache

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from alignment_events.compile.cells import POLARS_TYPES, cell_checks
from alignment_events.compile.polars_rules import row_expression
from alignment_events.model.rules import RULES
from alignment_events.spec.tables import table_specs


@cache
def schemas() -> dict[str, pa.DataFrameSchema]:
    """Table name to its schema, in published order."""
    return {name: _schema(name) for name in table_specs()}


def _schema(table: str) -> pa.DataFrameSchema:
    spec = table_specs()[table]
    checks = [
        pa.Check(_mask(sound), name=code, error=f"{code} {column}")
        for code, column, sound in cell_checks(table)
    ]
    checks += [
        pa.Check(
            _mask(row_expression(rule.expr).fill_null(True)),
            name=rule.code,
            error=f"{rule.code} {rule.field}",
            description=rule.sentence,
        )
        for rule in RULES
        if rule.scope == "row" and table in rule.on
    ]
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                POLARS_TYPES[column.type],
                nullable=column.nullable,
                required=not column.nullable,
                description=column.doc,
            )
            for column in spec.columns
        },
        checks=checks,
        name=table,
        description=spec.doc,
        strict=True,
    )


def _mask(sound: pl.Expr) -> Callable[[PolarsData], pl.LazyFrame]:
    def check(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(sound)

    return check
