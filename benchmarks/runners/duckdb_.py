"""DuckDB SQL written by hand: one query a table for cells and rows, one a key, reference or other rule."""

from pathlib import Path

import duckdb
from ruleset import Ruleset

from runners.outcome import Outcome, file_of


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Every rule, but the check characters of ids."""
    outcome = Outcome()
    base = duckdb.connect()
    for table in rules.columns:
        path = str(file_of(folder, table)).replace("'", "''")
        base.execute(
            f"CREATE VIEW \"{table}\" AS SELECT * FROM read_parquet('{path}', file_row_number=true)"
        )
    base.execute(rules.index_view)
    for table in rules.columns:
        units = rules.of(table, "cell", "row")
        outcome.expressed += [unit for unit in units if unit.sort != "id"]
        flags = ", ".join(f"NOT {unit.sql} AS u{n}" for n, unit in enumerate(units))
        sound = " AND ".join(unit.sql for unit in units)
        query = f'SELECT r.file_row_number, {flags} FROM "{table}" AS r WHERE NOT ({sound})'
        for row, *broken in base.execute(query).fetchall():
            for unit, is_broken in zip(units, broken, strict=True):
                if is_broken:
                    outcome.add(unit, [row])
        for unit in rules.of(table, "key", "reference", "record", "dataset"):
            outcome.expressed.append(unit)
            outcome.add(unit, (row for (row,) in base.execute(_query(unit)).fetchall()))
    return outcome


def _query(unit) -> str:  # type: ignore[no-untyped-def]
    if unit.scope == "key":
        key = ", ".join(f'"{name}"' for name in unit.data["key"])
        return (
            f"SELECT unnest(list_sort(rows)[2:]) FROM (SELECT list(file_row_number) AS rows "
            f'FROM "{unit.table}" GROUP BY {key} HAVING count(*) > 1)'
        )
    if unit.scope == "reference":
        return (
            f'SELECT r.file_row_number FROM "{unit.table}" AS r ANTI JOIN "{unit.data["table"]}" '
            f'AS t ON r."{unit.column}" = t."{unit.data["column"]}" '
            f'WHERE r."{unit.column}" IS NOT NULL'
        )
    return f'SELECT r.file_row_number FROM "{unit.table}" AS r WHERE NOT ({unit.sql})'
