"""Patito: a model a table, fields with patterns, codes and expressions; it counts the rows that fail."""

import datetime as dt
import re
from pathlib import Path
from typing import Any, Literal, Optional

import patito as pt
import polars as pl
from pydantic import create_model
from ruleset import Ruleset, Unit

from runners.outcome import Outcome, file_of

TYPES: dict[str, Any] = {
    "text": str, "code": str, "id": str, "day": dt.date, "flag": bool, "integer": int,
    "number": float,
}  # fmt: skip


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Cells, rows and keys; it names columns and counts rows, but does not say which rows."""
    outcome = Outcome(names_rows=False)
    for table, columns in rules.columns.items():
        units = rules.of(table, "cell", "row", "key")
        outcome.expressed += units
        frame = pl.read_parquet(file_of(folder, table))
        try:
            _model(table, columns, units).validate(frame)
        except pt.exceptions.DataFrameValidationError as errors:
            for error in errors.errors():
                counted = re.match(r"(\d+) ", error["msg"])
                outcome.count += int(counted[1]) if counted else 1
    return outcome


def _model(table: str, columns: dict[str, str], units: list[Unit]) -> Any:
    required = {unit.column for unit in units if unit.sort == "required"}
    fields: dict[str, Any] = {}
    for name, kind in columns.items():
        of = [unit for unit in units if unit.column == name]
        codes = next((u.data["codes"] for u in of if u.sort == "codes"), None)
        values = Literal[tuple(codes)] if codes else TYPES[kind]
        given: dict[str, Any] = {}
        constraints = []
        for unit in of:
            match unit.sort:
                case "required" | "codes":
                    pass
                case "length":
                    given["max_length"] = unit.data["most"]
                case "between":
                    given |= {"ge": unit.data["low"], "le": unit.data["high"]}
                case "key":
                    constraints.append(pl.struct(unit.data["key"]).is_first_distinct())
                case _:
                    constraints.append(unit.expr)
        if constraints:
            given["constraints"] = constraints
        if name in required:
            fields[name] = (values, pt.Field(**given))
        else:
            fields[name] = (Optional[values], pt.Field(default=None, **given))  # noqa: UP045
    return create_model(f"{table}_model", __base__=pt.Model, **fields)
