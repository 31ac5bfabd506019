"""Pandera on polars: a schema a table, columns with the built-in checks, expressions for the rest."""

from pathlib import Path

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors
from ruleset import Ruleset, Unit

from runners.outcome import Outcome, file_of

TYPES = {
    "text": pl.String, "code": pl.String, "id": pl.String, "day": pl.Date, "flag": pl.Boolean,
    "integer": pl.Int64, "number": pl.Float64,
}  # fmt: skip


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Cells, rows and keys; a schema is of one table, so references and further scopes are beyond it."""
    outcome = Outcome()
    for table, columns in rules.columns.items():
        units = rules.of(table, "cell", "row", "key")
        outcome.expressed += units
        frame = pl.read_parquet(file_of(folder, table))
        names = {str(number): unit for number, unit in enumerate(units)}
        try:
            _schema(columns, units).validate(frame, lazy=True)
        except SchemaErrors as errors:
            cases = errors.failure_cases
            if cases.filter(pl.col("index").is_null() & pl.col("check").is_in(names.keys())).height:
                raise
            required = {unit.column: unit for unit in units if unit.sort == "required"}
            for check_, column, row in cases.select("check", "column", "index").iter_rows():
                if check_ == "not_nullable":
                    outcome.add(required[column], [row])
                elif check_ in names:
                    outcome.add(names[check_], [row])
                else:
                    raise
    return outcome


def _schema(columns: dict[str, str], units: list[Unit]) -> pa.DataFrameSchema:
    required = {unit.column for unit in units if unit.sort == "required"}
    checks: dict[str, list[pa.Check]] = {name: [] for name in columns}
    wide: list[pa.Check] = []
    for number, unit in enumerate(units):
        says = {"error": str(number)}
        at, data = checks[unit.column], unit.data
        match unit.sort:
            case "required":
                pass
            case "codes":
                at.append(pa.Check.isin(data["codes"], **says))
            case "between":
                at.append(pa.Check.in_range(data["low"], data["high"], **says))
            case "length":
                at.append(pa.Check.str_length(max_value=data["most"], **says))
            case "key":
                # `unique=` of a schema reports one failure for all: as a check it has rows.
                wide.append(pa.Check(_of(pl.struct(data["key"]).is_first_distinct()), **says))
            case _:
                wide.append(pa.Check(_of(unit.expr), **says))
    return pa.DataFrameSchema(
        {
            name: pa.Column(TYPES[kind], checks[name], nullable=name not in required)
            for name, kind in columns.items()
        },
        checks=wide,
        strict=True,
    )


def _of(sound: pl.Expr):  # type: ignore[no-untyped-def]
    return lambda data: data.lazyframe.select(sound)
