"""dataframely: a schema class a table; `filter` gives the failures."""

from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from ruleset import Ruleset, Unit

from runners.outcome import Outcome, file_of

TYPES = {
    "text": dy.String, "code": dy.String, "id": dy.String, "day": dy.Date, "flag": dy.Bool,
    "integer": dy.Int64, "number": dy.Float64,
}  # fmt: skip


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Cells, rows and keys; collections join on one key that all members share, which this format's do not."""
    outcome = Outcome()
    for table, columns in rules.columns.items():
        units = rules.of(table, "cell", "row", "key")
        outcome.expressed += units
        frame = pl.read_parquet(file_of(folder, table), row_index_name="row_")
        _, failure = _schema(table, columns, units).filter(frame)
        required = {unit.column: unit for unit in units if unit.sort == "required"}
        if not failure.counts():
            continue
        details = failure.details()
        for rule in failure.counts():
            rows = details.filter(pl.col(rule) == "invalid")["row_"]
            column, _, name = rule.rpartition("|")
            if name == "nullability":
                outcome.add(required[column], rows)
            elif name.lstrip("u").isdigit():
                outcome.add(units[int(name.lstrip("u"))], rows)
            elif name in ("nan", "inf", "min", "max"):
                unit = next(u for u in units if u.column == column and u.sort in _BOUNDS)
                outcome.add(unit, rows)
            else:
                sort = {"max_length": "length"}.get(name, "codes")
                outcome.add(next(u for u in units if u.column == column and u.sort == sort), rows)
    return outcome


_BOUNDS = ("finite", "between")


def _schema(table: str, columns: dict[str, str], units: list[Unit]) -> Any:
    required = {unit.column for unit in units if unit.sort == "required"}
    given: dict[str, dict[str, Any]] = {name: {} for name in columns}
    body: dict[str, Any] = {"row_": dy.UInt32(nullable=False)}
    for number, unit in enumerate(units):
        at, data = given[unit.column], unit.data
        match unit.sort:
            case "required":
                pass
            case "codes":
                at["check"] = {f"u{number}": _is_in(data["codes"])}
            case "length":
                at["max_length"] = data["most"]
            case "between":
                at |= {"min": data["low"], "max": data["high"]}
            case "finite":
                at |= {"allow_nan": False, "allow_inf": False}
                if data["low"] is not None:
                    at |= {"min": float(data["low"]), "max": float(data["high"])}
            case "key":
                body[f"u{number}"] = _rule(pl.struct(data["key"]).is_first_distinct())
            case _:
                body[f"u{number}"] = _rule(unit.expr)
    for name, kind in columns.items():
        body[name] = TYPES[kind](nullable=name not in required, **given[name])
    return type(f"{table}_schema", (dy.Schema,), body)


def _is_in(codes: list[str]) -> Any:
    return lambda value: value.is_in(codes)


def _rule(sound: pl.Expr) -> Any:
    return dy.rule()(lambda cls: sound)
