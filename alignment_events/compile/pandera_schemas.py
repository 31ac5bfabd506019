"""Table specifications → Pandera schemas for polars frames: checks of scope field and row.

A failure's check reads `AE103 scope`: the code of the rule and the column. `schemas()["events"].validate(frame, lazy=True)` gives every fault at once. Never pass a LazyFrame:
at its default depth Pandera does not look at the values of one.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.compile.row_checks import RowCheck, row_checks
from alignment_events.spec.tables import table_specs


@cache
def schemas() -> dict[str, pa.DataFrameSchema]:
    """Table name to its schema, in published order."""
    return {
        name: _schema(name, row_checks(name), table_specs()[name].names) for name in table_specs()
    }


@lru_cache(100)
def schema_of(table: str, numbers: tuple[int, ...]) -> pa.DataFrameSchema:
    """The schema with some of the checks only, and the columns that these read.

    Args:
        table: The table.
        numbers: Of the checks, as `row_checks` gives them.
    """
    checks = [row_checks(table)[number] for number in numbers]
    read = {name for check in checks for name in check.sound.meta.root_names()}
    return _schema(table, checks, [name for name in table_specs()[table].names if name in read])


def _schema(table: str, checks: Sequence[RowCheck], columns: Sequence[str]) -> pa.DataFrameSchema:
    spec = table_specs()[table]
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                POLARS_TYPES[column.type],
                nullable=column.nullable,
                required=not column.nullable,
                description=column.doc,
            )
            for column in spec.columns
            if column.name in columns
        },
        checks=[
            pa.Check(
                _mask(check.sound),
                name=check.code,
                error=f"{check.code} {check.column}",
                description=check.sentence,
            )
            for check in checks
            if not check.by_column
        ],
        name=table,
        description=spec.doc,
        strict=True,
    )


def _mask(sound: pl.Expr) -> Callable[[PolarsData], pl.LazyFrame]:
    def check(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(sound)

    return check
