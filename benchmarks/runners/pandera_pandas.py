"""Pandera on pandas: a schema a table, columns with the built-in checks."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from ruleset import Ruleset, Unit

from runners.outcome import Outcome, file_of


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Cells and keys; rules between columns would be functions written anew, which nothing derives."""
    outcome = Outcome()
    for table, columns in rules.columns.items():
        units = [u for u in rules.of(table, "cell", "key") if u.sort in SORTS]
        # Of an id only the form is given, and a NaN is a missing value in pandas.
        outcome.expressed += [unit for unit in units if unit.sort not in ("id", "finite")]
        frame = pd.read_parquet(file_of(folder, table))
        try:
            _schema(columns, units).validate(frame, lazy=True)
        except SchemaErrors as errors:
            cases = errors.failure_cases[["check", "column", "index"]]
            required = {unit.column: unit for unit in units if unit.sort == "required"}
            keys = [unit for unit in units if unit.sort == "key"]
            for check_, column, row in cases.itertuples(index=False):
                if check_ == "not_nullable":
                    outcome.add(required[column], [row])
                elif check_ == "multiple_fields_uniqueness":
                    outcome.add(keys[0], [row])
                else:
                    outcome.add(units[int(check_)], [row])
    return outcome


SORTS = {
    "required", "codes", "pair", "between", "length", "pattern", "id", "finite", "by_kind",
    "codes_by_kind", "key",
}  # fmt: skip


def _schema(columns: dict[str, str], units: list[Unit]) -> pa.DataFrameSchema:
    required = {unit.column for unit in units if unit.sort == "required"}
    checks: dict[str, list[pa.Check]] = {name: [] for name in columns}
    wide: list[pa.Check] = []
    key: list[str] | None = None
    for number, unit in enumerate(units):
        says = {"error": str(number)}
        at, data = checks[unit.column], unit.data
        match unit.sort:
            case "codes":
                at.append(pa.Check.isin(data["codes"], **says))
            case "between":
                at.append(pa.Check.in_range(data["low"], data["high"], **says))
            case "finite" if data["low"] is not None:
                at.append(pa.Check.in_range(data["low"], data["high"], **says))
            case "length":
                at.append(pa.Check.str_length(max_value=data["most"], **says))
            case "pattern" | "id":
                at.append(pa.Check.str_matches(data["pattern"], **says))
            case "key":
                key = data["key"]
            case "pair" | "by_kind" | "codes_by_kind":
                wide.append(pa.Check(_sound(unit), **says))
            case _:
                pass
    return pa.DataFrameSchema(
        {name: pa.Column(None, checks[name], nullable=name not in required) for name in columns},
        checks=wide,
        unique=key,
        report_duplicates="exclude_first",
    )


def _sound(unit: Unit):  # type: ignore[no-untyped-def]
    data, name = unit.data, unit.column
    if unit.sort == "pair":
        return lambda f: (f["vocabulary"] + "/" + f[name]).isin(data["pairs"]) | f[name].isna()
    if "must" in data:
        return lambda f: ~f["kind"].isin(data["must"]) | f[name].notna()
    if "may" in data:
        return lambda f: f["kind"].isin(data["may"]) | f[name].isna()

    def by_kind(frame: pd.DataFrame) -> pd.Series:
        sound = frame[name].isna()
        for kind, codes in data["codes"].items():
            sound |= (frame["kind"] == kind) & frame[name].isin(codes)
        return sound

    return by_kind
