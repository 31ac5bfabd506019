"""Pydantic over rows: a model a table, batches of rows through one TypeAdapter of a list."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import pyarrow.parquet as pq
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, create_model
from ruleset import Ruleset, Unit

from runners.outcome import Outcome, file_of

BATCH = 10_000
TYPES: dict[str, Any] = {"flag": bool, "integer": int, "number": float, "day": dt.date}
SORTS = ("required", "codes", "between", "length", "pattern", "id", "finite")
FAULTS = {
    "string_too_long": "length", "string_pattern_mismatch": "pattern", "literal_error": "codes",
    "finite_number": "finite",
}  # fmt: skip


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Cells by themselves; validators over fields would be functions written anew, and rows are alone."""
    outcome = Outcome()
    for table, columns in rules.columns.items():
        units = [unit for unit in rules.of(table, "cell") if unit.sort in SORTS]
        # Only the form of an id is given, not its check character.
        outcome.expressed += [unit for unit in units if unit.sort != "id"]
        rows = TypeAdapter(list[_model(table, columns, units)])  # type: ignore[misc]
        start = 0
        with pq.ParquetFile(file_of(folder, table)) as file:
            for batch in file.iter_batches(BATCH):
                try:
                    rows.validate_python(batch.to_pylist())
                except ValidationError as errors:
                    for error in errors.errors(include_url=False, include_context=False):
                        row, column = error["loc"][:2]
                        outcome.add(_unit(units, column, error), [start + int(row)])
                start += batch.num_rows
    return outcome


def _unit(units: list[Unit], column: Any, error: Any) -> Unit:
    if error["input"] is None:
        sorts: tuple[str, ...] = ("required",)
    else:
        sorts = (FAULTS.get(error["type"], ""), "between", "finite", "id")
    of = {unit.sort: unit for unit in units if unit.column == column}
    return next(of[sort] for sort in sorts if sort in of)


def _model(table: str, columns: dict[str, str], units: list[Unit]) -> Any:
    fields: dict[str, Any] = {}
    for name, kind in columns.items():
        of = {unit.sort: unit.data for unit in units if unit.column == name}
        values: Any = TYPES.get(kind, str)
        if "codes" in of:
            values = Literal[tuple(of["codes"]["codes"])]
        elif pattern := of.get("pattern") or of.get("id"):
            most = of.get("length", {}).get("most")
            form = StringConstraints(strict=True, pattern=pattern["pattern"], max_length=most)
            values = Annotated[str, form]
        elif bounds := of.get("between") or of.get("finite"):
            more = {} if kind == "day" else {"allow_inf_nan": False}
            values = Annotated[values, Field(ge=bounds["low"], le=bounds["high"], **more)]
        if "required" in of:
            fields[name] = (values, ...)
        else:
            fields[name] = (Optional[values], None)  # noqa: UP045
    return create_model(f"{table}_row", **fields)
