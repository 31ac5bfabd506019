"""The columns of a table: there, known, and of the right type; text is read as what it should be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from alignment_events.check.messages import shown, unknown_columns
from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.compile.polars_rules import BAD
from alignment_events.model.dates import DAY_PATTERN
from alignment_events.spec.ir import ColumnSpec, TableSpec

_NOT_FINITE = ("nan", "inf", "infinity")
_NUMBER = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"

Note = Callable[..., None]
"""Takes a finding about the table: code and message, then `row`, `hint`, `field`, `value`."""
_AT_ONCE = 100_000


@dataclass
class TypedTable:
    """A table with exactly the columns of its specification, each of the type of the format.

    Attributes:
        frame: The table; a cell that could not be read is empty and marked by `__bad_<column>`.
        usable: False if a column is missing without which no row means anything.
    """

    frame: pl.DataFrame
    usable: bool = True


def unnoted(*_: Any, **__: Any) -> None:
    """A note that is not taken, where only the table is wanted."""


def typed_table(frame: pl.DataFrame, spec: TableSpec, note: Note, strict: bool) -> TypedTable:
    """Bring a table into the types of the format, noting whatever does not fit.

    Args:
        frame: The table as read.
        spec: Its specification.
        note: Takes what is wrong with columns and unreadable cells, column by column.
        strict: True for a package, where every column must be there with its very type; False for
            a contribution, where text is read as dates and numbers and columns may be left out
            that may be empty.
    """
    result = TypedTable(frame)
    unknown = [name for name in frame.columns if name not in spec.names]
    for number, message, hint in unknown_columns(unknown, f"table {spec.name}", spec.names):
        note("AE102", message, hint=hint, field=unknown[number])
    columns: list[pl.Series] = []
    for column in spec.columns:
        if column.name not in frame.columns:
            columns.append(_missing(column, frame.height))
            if strict or not column.nullable:
                message = f"The column {column.name} is missing from table {spec.name}."
                note("AE501", message, field=column.name)
                result.usable = result.usable and column.nullable
            continue
        columns += _typed(frame[column.name], column, strict, note)
    result.frame = pl.DataFrame(columns)
    return result


def _missing(column: ColumnSpec, height: int) -> pl.Series:
    return pl.Series(column.name, [None] * height, dtype=POLARS_TYPES[column.type])


def _typed(series: pl.Series, column: ColumnSpec, strict: bool, note: Note) -> list[pl.Series]:
    wanted = POLARS_TYPES[column.type]
    if series.dtype in (pl.Categorical, pl.Enum):
        series = series.cast(pl.String)
    if series.dtype == wanted:
        return [series]
    if series.dtype == pl.Null:
        return [series.cast(wanted)]
    if strict and not _same_kind(series.dtype, wanted):
        message = f"{column.name} is {series.dtype}, and the format has {wanted}."
        note("AE502", message, field=column.name)
    read, fault = _read(series, column, wanted)
    bad = series.is_not_null() & read.is_null()
    rows = bad.arg_true()
    for some in rows.to_frame().iter_slices(_AT_ONCE):
        for row in some.to_series():
            value = shown(series[row])
            message = f"{column.name}: “{value}” is not {_wanted_in_words(column)}."
            code = _code(fault, column, value)
            note(code, message, field=column.name, value=value, row=row)
    marked = [bad.alias(BAD + column.name)] if len(rows) else []
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


def mark_bad(frame: pl.DataFrame, faults: Mapping[str, pl.Series]) -> pl.DataFrame:
    """The frame with cells marked as having a fault of their own.

    Args:
        frame: A typed table.
        faults: Column to the numbers of the rows in which its cell has.
    """
    for column, rows in faults.items():
        mask = pl.repeat(False, frame.height, eager=True).scatter(rows, True)
        if BAD + column in frame.columns:
            mask = mask | frame[BAD + column]
        frame = frame.with_columns(mask.alias(BAD + column))
    return frame
