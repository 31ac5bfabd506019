"""Column specification → polars expressions that say which cells are sound, each with its code.

The Pandera schemas and the screen before them use these same expressions.
"""

from functools import cache, reduce

import polars as pl

from alignment_events.model import dates, ids
from alignment_events.spec.cells import allowed_codes
from alignment_events.spec.ir import ColumnSpec, TableSpec
from alignment_events.spec.tables import table_specs

POLARS_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "id": pl.String(),
    "day": pl.Date(),
    "flag": pl.Boolean(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
}
"""Type of a column to its polars type."""


@cache
def cell_checks(table: str) -> tuple[tuple[str, str, pl.Expr], ...]:
    """Code, column and expression (true where the cell is sound) of every check of a table's cells.

    Emptiness of columns that may never be empty is not among them.
    """
    spec = table_specs()[table]
    found = []
    for column in spec.columns:
        for code, sound in _checks(column, spec):
            found.append((code, column.name, sound.fill_null(True)))
    return tuple(found)


def _checks(column: ColumnSpec, spec: TableSpec) -> list[tuple[str, pl.Expr]]:
    value = pl.col(column.name)
    found: list[tuple[str, pl.Expr]] = []
    if column.required_for:
        kinds = list(column.required_for)
        found.append(("AE101", ~pl.col("kind").is_in(kinds) | value.is_not_null()))
    if column.applies_to:
        kinds = list(column.applies_to)
        found.append(("AE102", pl.col("kind").is_in(kinds) | value.is_null()))
    if column.type == "code":
        found.append(("AE103", _is_code(column, value)))
    elif column.type == "id":
        found.append(("AE109", _is_id(value)))
    elif column.type == "day":
        found.append(("AE104", value.is_between(pl.lit(dates.FIRST_DAY), pl.lit(dates.LAST_DAY))))
    elif column.type == "number":
        found.append(("AE108", _in_bounds(column, value)))
    elif column.form is not None:
        code = "AE106" if column.form.name in ("text", "person") else "AE105"
        short = value.str.len_chars() <= column.form.max_length
        found.append(("AE106", short))
        # What is too long has no form either: one finding says enough, as in nested records.
        found.append((code, ~short | value.str.contains(column.form.pattern)))
    if spec.name == "record_codes" and column.name == "code":
        pair = pl.concat_str(pl.col("vocabulary"), pl.lit("/"), value)
        found.append(("AE103", pair.is_in(_multi_code_pairs())))
    return found


def _is_code(column: ColumnSpec, value: pl.Expr) -> pl.Expr:
    names = column.vocabularies
    if "*" in names:
        return value.is_in(sorted(allowed_codes(names["*"])))
    sound = pl.lit(False)
    for kind, vocabulary in names.items():
        sound = sound | ((pl.col("kind") == kind) & value.is_in(sorted(allowed_codes(vocabulary))))
    return sound


def _multi_code_pairs() -> list[str]:
    from alignment_events.model.tables import MULTI_CODES

    return [
        f"{name}/{code}" for name in MULTI_CODES.values() for code in sorted(allowed_codes(name))
    ]


def _in_bounds(column: ColumnSpec, value: pl.Expr) -> pl.Expr:
    finite = value.is_finite()
    if column.between is None:
        return finite
    return finite & (value >= column.between.low) & (value <= column.between.high)


def _is_id(value: pl.Expr) -> pl.Expr:
    characters = value.str.slice(3).str.replace("-", "", literal=True)
    short = value.str.len_chars() == 12
    return value.str.contains(ids.ID_PATTERN) & (
        pl.when(short).then(_check_sum(characters, 8)).otherwise(_check_sum(characters, 16)) == 0
    )


def _check_sum(characters: pl.Expr, length: int) -> pl.Expr:
    summands = [
        characters.str.slice(place, 1).replace_strict(old, new, default=0, return_dtype=pl.Int64)
        for place, (old, new) in enumerate(_summands(length))
    ]
    return reduce(lambda a, b: a ^ b, summands)


@cache
def _summands(length: int) -> list[tuple[pl.Series, pl.Series]]:
    """Of each place of an id: the characters and their summands. Made once: every column has the same."""
    return [
        (pl.Series(list(table)), pl.Series(list(table.values()), dtype=pl.Int64))
        for table in ids.check_table(length)
    ]
