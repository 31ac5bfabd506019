"""Column specification → numpy: which cells of a batch may have a fault of their own."""

from functools import cache, lru_cache

import numpy as np
import pyarrow as pa

from alignment_events.model import dates
from alignment_events.model.marks import Form
from alignment_events.screen.arrays import flags, plain_values, texts, valid_cells
from alignment_events.screen.ids import id_numbers, is_short
from alignment_events.screen.texts import doubtful
from alignment_events.screen.values import Bools, Coded, Column, Filled, Flags, Numbers, Truth
from alignment_events.spec.cells import allowed_codes
from alignment_events.spec.ir import ColumnSpec, TableSpec

_WIDTHS = ((pa.date32(), np.int32), (pa.int64(), np.int64), (pa.float64(), np.float64))
_EPOCH = np.datetime64("1970-01-01")


def as_column(array: pa.Array, spec: ColumnSpec) -> Column:
    """An Arrow column as the kernels see it."""
    if pa.types.is_dictionary(array.type):
        values = _dictionary(array.dictionary, spec)
        codes = plain_values(array.indices, np.int32)
        if array.null_count:
            codes = np.where(valid_cells(array), codes, np.int32(len(values)))
        return Coded(codes, values)
    if spec.type == "id":
        return id_numbers(array)[0]
    if pa.types.is_boolean(array.type):
        valid = valid_cells(array)
        holds = valid & flags(array)
        return Flags(Truth(holds, valid & ~holds))
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return Filled(valid_cells(array))
    width = next(width for kind, width in _WIDTHS if array.type == kind)
    return Numbers(plain_values(array, width), valid_cells(array))


_LAST: dict[int, tuple[pa.Array, tuple[str, ...]]] = {}
"""The dictionary of each column that was met last, and its values, by the column's specification."""


def _dictionary(found: pa.Array, spec: ColumnSpec) -> tuple[str, ...]:
    """The values of a dictionary, the same object for one that is met again, as most are."""
    last = _LAST.get(id(spec))
    if last is None or not last[0].equals(found):
        last = _LAST[id(spec)] = (found, tuple(found.to_pylist()))
    return last[1]


@cache
def day_bounds() -> tuple[int, int]:
    """First and last day that the format allows, as days since 1970."""
    low, high = (np.datetime64(d) - _EPOCH for d in (dates.FIRST_DAY, dates.LAST_DAY))
    return int(low.astype(int)), int(high.astype(int))


def suspect_cells(
    spec: TableSpec, column: ColumnSpec, array: pa.Array, made: Column, kind: Coded | None
) -> Bools | None:
    """Rows whose cell may have a fault, or None if no cell has.

    Args:
        spec: The table.
        column: The column.
        array: Its cells.
        made: The same as the kernels see them.
        kind: The kinds of the rows, in tables that have a column of that name.
    """
    found: list[Bools] = []
    valid = made.valid
    if not column.nullable and array.null_count:
        found.append(~valid)
    if kind is not None and column.required_for and array.null_count:
        found.append(_of_kinds(kind, column.required_for) & ~valid)
    if kind is not None and column.applies_to and array.null_count < len(array):
        found.append(~_of_kinds(kind, column.applies_to) & valid)
    if column.type == "code" and isinstance(made, Coded):
        wrong = _bad_codes(column, made, kind)
        if wrong is not None:
            found.append(wrong)
    elif column.type == "id" and isinstance(made, Numbers):
        # Sound ids of the long form are hashes here: they are examined too.
        found.append(made.valid & ~is_short(made.values))
    elif column.type == "day" and isinstance(made, Numbers):
        low, high = day_bounds()
        found.append(made.valid & ((made.values < low) | (made.values > high)))
    elif column.type == "number" and isinstance(made, Numbers):
        wrong = ~np.isfinite(made.values)
        if column.between is not None:
            wrong |= (made.values < column.between.low) | (made.values > column.between.high)
        found.append(made.valid & wrong)
    elif column.form is not None:
        found.append(_doubtful(column, array, made))
    hits = [one for one in found if one.any()]
    return np.logical_or.reduce(hits) if hits else None


def _of_kinds(kind: Coded, kinds: tuple[str, ...]) -> Bools:
    return kind.where([value in kinds for value in kind.values]).true


def _bad_codes(column: ColumnSpec, made: Coded, kind: Coded | None) -> Bools | None:
    if "*" in column.vocabularies:
        allowed = allowed_codes(column.vocabularies["*"])
        return made.among([value not in allowed for value in made.values])
    if not column.vocabularies:
        return None
    assert kind is not None
    sound = np.zeros(len(made.codes), np.bool_)
    for one, vocabulary in column.vocabularies.items():
        allowed = allowed_codes(vocabulary)
        sound |= made.where([v in allowed for v in made.values]).true & _of_kinds(kind, (one,))
    return made.valid & ~sound


def _doubtful(column: ColumnSpec, array: pa.Array, made: Column) -> Bools:
    assert column.form is not None
    if isinstance(made, Coded):
        wrong = made.among(_doubtful_values(made.values, column.form))
        return wrong if wrong is not None else np.zeros(len(made.codes), np.bool_)
    return doubtful(array, column.form)


@lru_cache(500)
def _doubtful_values(values: tuple[str, ...], form: Form) -> list[bool]:
    found: list[bool] = doubtful(texts(values), form).tolist()
    return found


def suspect_pairs(vocabulary: Coded, code: Coded, allowed: frozenset[tuple[str, str]]) -> Bools:
    """Rows whose pair of vocabulary and code is not among the allowed; empty cells are others' business."""
    table = np.ones((len(vocabulary.values) + 1, len(code.values) + 1), np.bool_)
    table[-1, :] = table[:, -1] = False
    for row, name in enumerate(vocabulary.values):
        for place, value in enumerate(code.values):
            table[row, place] = (name, value) not in allowed
    found: Bools = table[vocabulary.codes, code.codes]
    return found
