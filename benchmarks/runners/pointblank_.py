"""Pointblank: one chain of steps a table over a polars frame; failing rows are its extracts."""

from pathlib import Path

import pointblank as pb
import polars as pl
from ruleset import Ruleset

from runners.outcome import Outcome, file_of


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Cells, rows and keys; a validation is of one table."""
    outcome = Outcome()
    for table in rules.columns:
        units = rules.of(table, "cell", "row", "key")
        outcome.expressed += units
        frame = pl.read_parquet(file_of(folder, table))
        steps = pb.Validate(data=frame)
        for unit in units:
            name, data = unit.column, unit.data
            match unit.sort:
                case "required":
                    steps = steps.col_vals_not_null(columns=name)
                case "codes":
                    steps = steps.col_vals_in_set(columns=name, set=[*data["codes"], None])
                case "between":
                    steps = steps.col_vals_between(
                        columns=name, left=data["low"], right=data["high"], na_pass=True
                    )
                case "key":
                    steps = steps.rows_distinct(columns_subset=data["key"])
                case _:
                    steps = steps.col_vals_expr(expr=unit.expr)
        done = steps.interrogate(extract_limit=1_000_000_000)
        failed = done.n_failed()
        for number, unit in enumerate(units, start=1):
            if failed[number]:
                extract = done.get_data_extracts(i=number, frame=True)
                outcome.add(unit, (row - 1 for row in extract["_row_num_"]))
    return outcome
