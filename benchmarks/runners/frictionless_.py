"""Frictionless: the Table Schemas of the format, with keys and references, over CSV files.

It is made for CSV; the copies in CSV are made before the clock starts.
"""

from pathlib import Path
from typing import Any

import polars as pl
from ruleset import Ruleset, Unit

from runners.outcome import Outcome, file_of

ALL = 1_000_000_000
SORTS = {
    "required": "required", "enum": "codes", "pattern": "pattern", "maxLength": "length",
    "minimum": "finite", "maximum": "finite",
}  # fmt: skip


def prepare(folder: Path, rules: Ruleset) -> None:
    """Write the copies in CSV."""
    place = _place(folder)
    place.mkdir(exist_ok=True)
    for table in rules.columns:
        pl.scan_parquet(file_of(folder, table)).sink_csv(place / f"{table}.csv")


def _place(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-csv")


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Cells by themselves, keys and references: what Table Schema can say."""
    from frictionless import Checklist, Package, system

    outcome = Outcome()
    place = _place(folder)
    resources = [
        {"name": n, "path": f"{n}.csv", "type": "table", "schema": _schema(d)}
        for n, d in rules.descriptors.items()
    ]
    for table in rules.columns:
        outcome.expressed += _expressed(rules, table)
    with system.use_context(trusted=True):
        package = Package.from_descriptor(
            {"name": "benchmark", "resources": resources}, basepath=str(place)
        )
        report = package.validate(Checklist(), limit_errors=ALL)
    for task in report.tasks:
        units = _expressed(rules, task.name)
        for error in task.errors:
            unit = _unit(units, error.to_dict())
            if unit is None:
                raise RuntimeError(str(error))
            outcome.add(unit, [error.to_dict()["rowNumber"] - 2])
    return outcome


def _schema(descriptor: dict[str, Any]) -> dict[str, Any]:
    # The profile of version 2 is not one that it knows by name.
    return {key: value for key, value in descriptor.items() if key != "$schema"}


def _expressed(rules: Ruleset, table: str) -> list[Unit]:
    sorts = {*SORTS.values(), "pair"}
    cells = [unit for unit in rules.of(table, "cell") if unit.sort in sorts]
    return cells + rules.of(table, "key", "reference")


def _unit(units: list[Unit], error: dict[str, Any]) -> Unit | None:
    kind, note = error["type"], error.get("note", "")
    if kind in ("primary-key", "unique-error"):
        return next((u for u in units if u.scope == "key"), None)
    if kind == "foreign-key":
        names = error.get("fieldNames", [])
        if len(names) > 1:
            return next((u for u in units if u.sort == "pair"), None)
        return next((u for u in units if u.scope == "reference" and u.column in names), None)
    of = {u.sort: u for u in units if u.column == error.get("fieldName") and u.scope == "cell"}
    if kind == "constraint-error":
        for word, sort in SORTS.items():
            if f'"{word}"' in note and sort in of:
                return of[sort]
    return next(iter(of.values()), None)
