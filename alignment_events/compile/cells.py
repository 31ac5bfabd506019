"""Column specification → polars expressions that say which cells are sound, each with its code.

The Pandera schemas and the screen before them use these same expressions.
"""

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

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
    # Not as expressions: some fifty for one column, which take longer to plan than to run.
    return value.map_batches(_sound_ids, return_dtype=pl.Boolean(), is_elementwise=True)


def _sound_ids(texts: pl.Series) -> pl.Series:
    """Which ids are in the form of one, with the right check character; null stays null."""
    formed = texts.str.contains(ids.ID_PATTERN)
    sound = formed.fill_null(False).to_numpy().copy()
    for width, length in ((12, 8), (19, 16)):
        rows = (formed & (texts.str.len_bytes() == width)).arg_true().to_numpy()
        if len(rows):
            letters = np.frombuffer("".join(texts[rows]).encode(), np.uint8).reshape(-1, width)
            sound[rows] = _check_sums(letters[:, [*range(3, 7), *range(-4, 0)]] if length == 8
                                      else letters[:, 3:]) == 0  # fmt: skip
    return pl.select(pl.when(texts.is_not_null()).then(pl.Series(sound))).to_series()


def _check_sums(letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    tables = _summands(letters.shape[1])
    sums = np.zeros(len(letters), np.uint8)
    for place, table in enumerate(tables):
        sums ^= table[letters[:, place]]
    return sums


@cache
def _summands(length: int) -> NDArray[np.uint8]:
    """For each place of an id and each byte there, what it adds to the check sum."""
    tables = np.zeros((length, 256), np.uint8)
    for place, summands in enumerate(ids.check_table(length)):
        for letter, summand in summands.items():
            tables[place, ord(letter)] = summand
    return tables
