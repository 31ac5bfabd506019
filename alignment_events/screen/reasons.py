"""Why a record is suspect, and what an examination has to look at for that reason."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from alignment_events.check.focus import cells_read, looks_beyond, numbered_rules
from alignment_events.model.expr import tables_read
from alignment_events.spec.tables import table_specs

Sort = Literal["cell", "reference", "key", "rule", "beyond", "sources", "whole"]
CITING = ("sources", "citations", "claims")
"""Tables with ids of sources."""


@dataclass(frozen=True)
class Reason:
    """Why a record, or a row of it, is suspect.

    Attributes:
        sort: What may be wrong: a cell (or, without a column, the cells of a row, or a rule of rows),
            a reference, a key of a table; a rule; rules that look at other records, since there are
            faulty cells in these; ids of sources that are not those of the record, or not there; anything.
        table: The table, if it is the matter of one.
        column: The column likewise.
        rule: The number of the rule.
    """

    sort: Sort
    table: str = ""
    column: str = ""
    rule: int = -1


BEYOND, SOURCES, WHOLE = Reason("beyond"), Reason("sources"), Reason("whole")


@cache
def rules_for(reason: Reason) -> tuple[int, ...]:
    """Numbers of the rules, but for those of rows, that may be broken, or not be applied."""
    rules = [(n, r) for n, r in enumerate(numbered_rules()) if r.scope != "row"]
    match reason.sort:
        case "rule":
            return (reason.rule,)
        case "cell":
            cell = (reason.table, reason.column)
            return tuple(number for number, rule in rules if cell in cells_read(rule))
        case "beyond":
            return tuple(number for number, rule in rules if looks_beyond(rule.expr))
        case "sources":
            ids = {(table, "source_id") for table in CITING}
            return tuple(number for number, rule in rules if ids & cells_read(rule))
        case "whole":
            return tuple(number for number, _ in rules)
    return ()


@cache
def tables_for(reason: Reason) -> frozenset[str]:
    """The tables whose rows have to be at hand."""
    if reason.sort == "whole":
        return frozenset(table_specs())
    found = {reason.table} if reason.table else set()
    if reason.sort == "sources":
        found |= set(CITING)
    for number in rules_for(reason):
        rule = numbered_rules()[number]
        found |= {*rule.on, *tables_read(rule.expr)}
    if "index" in found:
        found = found - {"index"} | {"events", "deeds"}
    return frozenset(found)


@cache
def rules_beyond() -> tuple[int, ...]:
    """Numbers of the rules that look at other records."""
    return rules_for(BEYOND)
