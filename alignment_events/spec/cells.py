"""One cell of a table: from text or value to the typed value, or `INVALID`.

This is the reading of single values outside Pydantic: for cells of tables whose columns came as
text, and for the sound parts of a record that has a fault elsewhere.
"""

import datetime as dt
from enum import Enum
from functools import cache
from typing import Any, Final

from alignment_events.model import dates, ids
from alignment_events.model.forms import ISSUE_TYPES, WrongValue, check_form, read_flag, read_number
from alignment_events.spec.ir import ColumnSpec
from alignment_events.spec.records import all_vocabularies


class Invalid(Enum):
    """The mark for a value that has a fault of its own; rules that need it are skipped."""

    INVALID = "invalid"

    def __repr__(self) -> str:
        return "INVALID"


INVALID: Final = Invalid.INVALID

Cell = str | int | float | bool | dt.date | None
"""A typed value of a table."""


@cache
def allowed_codes(vocabulary: str) -> frozenset[str]:
    """The codes of a vocabulary, for look-up."""
    return frozenset(all_vocabularies()[vocabulary].values)


def read_cell(column: ColumnSpec, raw: Any, kind: str | None) -> Cell | Invalid:
    """The typed value, None if empty, `INVALID` if it has a fault. Never raises for bad input."""
    return INVALID if cell_fault(column, raw, kind) else _value(column, raw)


def cell_fault(column: ColumnSpec, raw: Any, kind: str | None) -> str | None:
    """The code of the finding that this value deserves, or None; emptiness is not judged here."""
    if raw is None:
        return None
    if raw is INVALID:
        return ISSUE_TYPES["ae_type"]
    match column.type:
        case "text" | "id" | "code":
            if not isinstance(raw, str):
                return ISSUE_TYPES["ae_type"]
            return _text_fault(column, raw, kind)
        case "day":
            if isinstance(raw, dt.date):
                within = dates.FIRST_DAY <= raw <= dates.LAST_DAY
                return None if within else ISSUE_TYPES["ae_date"]
            return _fault_of(dates.parse_day, raw, "ae_date")
        case "flag":
            return _fault_of(read_flag, raw, "ae_type")
        case _:
            return _number_fault(column, raw)


def _text_fault(column: ColumnSpec, raw: str, kind: str | None) -> str | None:
    if column.type == "id":
        return None if ids.is_valid_id(raw) else ISSUE_TYPES["ae_id"]
    if column.type == "code":
        names = column.vocabularies
        vocabulary = names.get("*") or names.get(kind or "")
        known = vocabulary is not None and raw in allowed_codes(vocabulary)
        return None if known else ISSUE_TYPES["ae_code"]
    if column.form is not None and (problem := check_form(column.form, raw)):
        return ISSUE_TYPES[problem]
    return None


def _number_fault(column: ColumnSpec, raw: Any) -> str | None:
    try:
        number = read_number(raw)
    except WrongValue as error:
        return ISSUE_TYPES[error.issue]
    if column.type == "integer" and number != int(number):
        return ISSUE_TYPES["ae_type"]
    if column.between and not column.between.low <= number <= column.between.high:
        return ISSUE_TYPES["ae_range"]
    return None


def _fault_of(read: Any, raw: Any, issue: str) -> str | None:
    try:
        read(raw)
    except (ValueError, TypeError):
        return ISSUE_TYPES[issue]
    return None


def _value(column: ColumnSpec, raw: Any) -> Cell:
    if raw is None:
        return None
    match column.type:
        case "day":
            return raw if isinstance(raw, dt.date) else dates.parse_day(raw)
        case "flag":
            return read_flag(raw)
        case "number":
            return read_number(raw)
        case "integer":
            return int(read_number(raw))
        case _:
            return str(raw)
