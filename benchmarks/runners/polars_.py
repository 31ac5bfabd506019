"""Polars written by hand: lazy scans, collected with the streaming engine; only suspect rows leave them."""

from pathlib import Path

import polars as pl
from ruleset import Ruleset

from runners.outcome import Outcome, file_of

col = pl.col


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Cells, rows, keys and references; rules over several tables are not written."""
    outcome = Outcome()
    for table in rules.columns:
        scan = pl.scan_parquet(file_of(folder, table), row_index_name="row_")
        _cells_and_rows(scan, table, rules, outcome)
        for unit in rules.of(table, "key"):
            outcome.expressed.append(unit)
            key = unit.data["key"]
            many = scan.group_by(key).len().filter(col("len") > 1)
            twice = many.collect(engine="streaming")
            if twice.height:
                rows = scan.select("row_", *key).collect(engine="streaming")
                rows = rows.join(twice, on=key, how="semi", nulls_equal=True)
                outcome.add(unit, rows.filter(~pl.struct(key).is_first_distinct())["row_"])
        for unit in rules.of(table, "reference"):
            outcome.expressed.append(unit)
            target = pl.scan_parquet(file_of(folder, unit.data["table"]))
            dangling = (
                scan.select("row_", unit.column)
                .filter(col(unit.column).is_not_null())
                .join(target, left_on=unit.column, right_on=unit.data["column"], how="anti")
            )
            outcome.add(unit, dangling.select("row_").collect(engine="streaming")["row_"])
    return outcome


def _cells_and_rows(scan: pl.LazyFrame, table: str, rules: Ruleset, outcome: Outcome) -> None:
    units = rules.of(table, "cell", "row")
    outcome.expressed += units
    sound = [unit.expr if unit.polars else col(unit.column).is_not_null() for unit in units]
    suspect = scan.filter(~pl.all_horizontal(sound)).collect(engine="streaming")
    if not suspect.height:
        return
    verdicts = suspect.select("row_", *(~one.alias(f"u{n}") for n, one in enumerate(sound)))
    for number, unit in enumerate(units):
        outcome.add(unit, verdicts.filter(col(f"u{number}"))["row_"])
