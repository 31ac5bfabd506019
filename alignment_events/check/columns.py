"""The columns of a table: there, known, and of the right type; text is read as what it should be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from alignment_events.check.ledger import MAX_LISTED, not_listed
from alignment_events.check.messages import finding, shown, unknown_field
from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.compile.polars_rules import BAD
from alignment_events.findings import Finding
from alignment_events.model.dates import DAY_PATTERN
from alignment_events.spec.ir import ColumnSpec, TableSpec

_NOT_FINITE = ("nan", "inf", "infinity")
_NUMBER = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"


@dataclass
class TypedTable:
    """A table with exactly the columns of its specification, each of the type of the format.

    Attributes:
        frame: The table; a cell that could not be read is empty and marked by `__bad_<column>`.
        findings: What is wrong with columns and unreadable cells.
        usable: False if a column is missing without which no row means anything.
    """

    frame: pl.DataFrame
    findings: list[Finding] = field(default_factory=list)
    usable: bool = True


def typed_table(frame: pl.DataFrame, spec: TableSpec, file: str | None, strict: bool) -> TypedTable:
    """Bring a table into the types of the format, reporting whatever does not fit.

    Args:
        frame: The table as read.
        spec: Its specification.
        file: Name of the file, for findings.
        strict: True for a package, where every column must be there with its very type; False for
            a contribution, where text is read as dates and numbers and columns may be left out
            that may be empty.
    """
    place = {"file": file, "table": spec.name}
    result = TypedTable(frame)
    for name in frame.columns:
        if name not in spec.names:
            message, hint = unknown_field(name, f"table {spec.name}", spec.names)
            result.findings.append(finding("AE102", message, hint=hint, field=name, **place))
    columns: list[pl.Series] = []
    for column in spec.columns:
        if column.name not in frame.columns:
            columns.append(_missing(column, frame.height))
            if strict or not column.nullable:
                message = f"The column {column.name} is missing from table {spec.name}."
                result.findings.append(finding("AE501", message, field=column.name, **place))
                result.usable = result.usable and column.nullable
            continue
        columns += _typed(frame[column.name], column, spec, strict, result.findings, place)
    result.frame = pl.DataFrame(columns)
    return result


def _missing(column: ColumnSpec, height: int) -> pl.Series:
    return pl.Series(column.name, [None] * height, dtype=POLARS_TYPES[column.type])


def _typed(
    series: pl.Series,
    column: ColumnSpec,
    spec: TableSpec,
    strict: bool,
    findings: list[Finding],
    place: dict[str, Any],
) -> list[pl.Series]:
    wanted = POLARS_TYPES[column.type]
    if series.dtype in (pl.Categorical, pl.Enum):
        series = series.cast(pl.String)
    if series.dtype == wanted:
        return [series]
    if series.dtype == pl.Null:
        return [series.cast(wanted)]
    if strict and not _same_kind(series.dtype, wanted):
        message = f"{column.name} is {series.dtype}, and the format has {wanted}."
        findings.append(finding("AE502", message, field=column.name, **place))
    read, fault = _read(series, column, wanted)
    bad = series.is_not_null() & read.is_null()
    rows = bad.arg_true().to_list()
    for row in rows[:MAX_LISTED]:
        value = shown(series[row])
        message = f"{column.name}: “{value}” is not {_wanted_in_words(column)}."
        code = _code(fault, column, value)
        found = finding(code, message, field=column.name, value=value, row=row, **place)
        findings.append(found)
    if len(rows) > MAX_LISTED:
        more = f"{len(rows) - MAX_LISTED:,} more cells of {column.name}"
        findings[-1] = not_listed(findings[-1], more)
    marked = [bad.alias(BAD + column.name)] if rows else []
    return [read.alias(column.name), *marked]


def _same_kind(found: pl.DataType, wanted: pl.DataType) -> bool:
    integers = found.is_integer() and wanted.is_integer()
    return integers or (found.is_float() and wanted.is_float())


def _read(series: pl.Series, column: ColumnSpec, wanted: pl.DataType) -> tuple[pl.Series, str]:
    """The values in the wanted type, empty where they cannot be read, and the code of that fault."""
    frame = pl.DataFrame({"v": series})
    value = pl.col("v")
    if wanted == pl.Date:
        if series.dtype == pl.String:
            day = pl.when(value.str.contains(DAY_PATTERN)).then(value)
            return frame.select(day.str.to_date("%Y-%m-%d", strict=False))["v"], "AE104"
        if series.dtype == pl.Datetime:
            midnight = value.dt.time() == pl.time(0, 0, 0)
            return frame.select(pl.when(midnight).then(value.cast(pl.Date)))["v"], "AE104"
        return _nothing(series, wanted), "AE104"
    if wanted == pl.Boolean:
        if series.dtype == pl.String:
            read = value.replace_strict({"true": True, "false": False}, default=None)
            return frame.select(read.cast(pl.Boolean))["v"], "AE107"
        return _nothing(series, wanted), "AE107"
    if wanted in (pl.Int64, pl.Float64):
        if series.dtype == pl.String:
            value = pl.when(value.str.contains(_NUMBER)).then(value.str.strip_chars())
            number = value.cast(pl.Float64, strict=False)
        elif series.dtype.is_numeric():
            number = value.cast(pl.Float64, strict=False)
        else:
            return _nothing(series, wanted), "AE107"
        if wanted == pl.Int64:
            number = pl.when(number == number.floor()).then(number).cast(pl.Int64, strict=False)
        return frame.select(number.alias("v"))["v"], "AE107"
    if series.dtype.is_numeric() or series.dtype in (pl.Boolean, pl.Date):
        return series.cast(pl.String), "AE107"
    return _nothing(series, wanted), "AE107"


def _code(fault: str, column: ColumnSpec, value: str | None) -> str:
    """A word for what is no finite number is out of bounds, as it is in nested records."""
    word = (value or "").strip().lower().removeprefix("-")
    return "AE108" if column.type == "number" and word in _NOT_FINITE else fault


def _nothing(series: pl.Series, wanted: pl.DataType) -> pl.Series:
    return pl.Series(series.name, [None] * len(series), dtype=wanted)


def _wanted_in_words(column: ColumnSpec) -> str:
    return {
        "day": "a day of the calendar, such as 2024-06-19",
        "flag": "true or false",
        "integer": "a whole number",
        "number": "a finite number",
    }.get(column.type, "a text")


def mark_bad(frame: pl.DataFrame, faults: Sequence[tuple[int, str]]) -> pl.DataFrame:
    """The frame with cells marked as having a fault of their own.

    Args:
        frame: A typed table.
        faults: Row number and column of each such cell.
    """
    by_column: dict[str, list[int]] = {}
    for row, column in faults:
        by_column.setdefault(column, []).append(row)
    for column, rows in by_column.items():
        mask = pl.Series([False] * frame.height).scatter(rows, True)
        if BAD + column in frame.columns:
            mask = mask | frame[BAD + column]
        frame = frame.with_columns(mask.alias(BAD + column))
    return frame
