"""Every check of cells and of single rows of a table, as the Pandera schemas and the screen before them use it."""

from dataclasses import dataclass
from functools import cache

import polars as pl

from alignment_events.compile.cells import cell_checks
from alignment_events.compile.polars_rules import row_expression
from alignment_events.model.rules import RULES
from alignment_events.spec.tables import table_specs


@dataclass(frozen=True, eq=False)
class RowCheck:
    """A check of a cell or a row.

    Attributes:
        code: Code of the rule.
        column: The column that a finding names.
        sound: True where nothing is wrong.
        sentence: What the rule says; None for checks of cells.
        by_column: True if the column itself says it in the schema, as that it may not be empty.
    """

    code: str
    column: str
    sound: pl.Expr
    sentence: str | None = None
    by_column: bool = False


@cache
def row_checks(table: str) -> tuple[RowCheck, ...]:
    """The checks of a table: those of cells, that cells are not empty, and the rules of rows."""
    found = [RowCheck(code, column, sound) for code, column, sound in cell_checks(table)]
    found += [
        RowCheck("AE101", column.name, pl.col(column.name).is_not_null(), by_column=True)
        for column in table_specs()[table].columns
        if not column.nullable
    ]
    for rule in RULES:
        if rule.scope == "row" and table in rule.on:
            holds = row_expression(rule.expr).fill_null(True)
            found.append(RowCheck(rule.code, rule.field, holds, rule.sentence))
    return tuple(found)
