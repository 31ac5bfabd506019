"""Great Expectations: a suite a table over a pandas frame in an ephemeral context."""

from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from ruleset import Ruleset, Unit

from runners.outcome import Outcome, file_of

SORTS = ("required", "codes", "between", "length", "pattern", "finite", "key")


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Cells by themselves and keys; an expectation is of one table."""
    outcome = Outcome()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("frames")
    for table in rules.columns:
        frame = pd.read_parquet(file_of(folder, table))
        units = [u for u in rules.of(table, "cell", "key") if u.sort in SORTS]
        # A NaN is a missing value in pandas: whether numbers are finite cannot be told.
        outcome.expressed += [unit for unit in units if unit.sort != "finite"]
        suite = gx.ExpectationSuite(name=table)
        for number, unit in enumerate(units):
            suite.add_expectation(_expectation(unit, {"unit": number}))
        asset = source.add_dataframe_asset(table)
        batch = asset.add_batch_definition_whole_dataframe("whole")
        found = batch.get_batch(batch_parameters={"dataframe": frame}).validate(
            suite, result_format={"result_format": "COMPLETE"}
        )
        for result in found.results:
            unit = units[result.expectation_config.meta["unit"]]
            if result.exception_info.get("raised_exception"):
                raise RuntimeError(str(result.exception_info))
            outcome.add(unit, result.result.get("unexpected_index_list") or [])
    return outcome


def _expectation(unit: Unit, meta: dict[str, Any]) -> Any:
    name, data, make = unit.column, unit.data, gx.expectations
    match unit.sort:
        case "required":
            return make.ExpectColumnValuesToNotBeNull(column=name, meta=meta)
        case "codes":
            return make.ExpectColumnValuesToBeInSet(column=name, value_set=data["codes"], meta=meta)
        case "length":
            return make.ExpectColumnValueLengthsToBeBetween(
                column=name, max_value=data["most"], meta=meta
            )
        case "pattern":
            return make.ExpectColumnValuesToMatchRegex(
                column=name, regex=data["pattern"], meta=meta
            )
        case "key" if len(data["key"]) == 1:
            return make.ExpectColumnValuesToBeUnique(column=name, meta=meta)
        case "key":
            return make.ExpectCompoundColumnsToBeUnique(column_list=data["key"], meta=meta)
        case _:
            return make.ExpectColumnValuesToBeBetween(
                column=name, min_value=data["low"], max_value=data["high"], meta=meta
            )
