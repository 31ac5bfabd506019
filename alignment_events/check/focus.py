"""What has to be looked at in tables that a screen has gone over: the rest of them is sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alignment_events.model import expr as x
from alignment_events.model.rules import RULES, Rule
from alignment_events.spec.items import item_rules
from alignment_events.spec.tables import record_key

if TYPE_CHECKING:
    import polars as pl

Bools = NDArray[np.bool_]
Places = NDArray[np.intp]


@cache
def numbered_rules() -> tuple[Rule, ...]:
    """All rules in the order in which they are applied; the number of a rule is its place."""
    return (*item_rules(), *RULES)


@dataclass(frozen=True, eq=False)
class Focus:
    """Records and rows to be looked at, by what may be wrong with them.

    Of a record at hand, a table has all rows or none; it has those of all rules that may be broken.

    Attributes:
        groups: Table name to the number of the record of each row.
        whole: For each record whether all of it is looked at.
        cells: Table name to the rows whose cells are.
        references: Table and column to the rows of which it is looked up where they lead.
        keys: Table name to the records in which a key of it may stand twice.
        rules: Number of a rule to the records in which it may be broken, or not be applied.
    """

    groups: Mapping[str, Places]
    whole: Bools
    cells: Mapping[str, Places]
    references: Mapping[tuple[str, str], Places]
    keys: Mapping[str, Bools]
    rules: Mapping[int, Bools]

    def of_records(self, table: str, records: Bools) -> Places:
        """The rows of a table that belong to some records."""
        group = self.groups.get(table)
        return np.flatnonzero(records[group]) if group is not None else np.zeros(0, np.intp)

    def of_keys(self, table: str) -> Places:
        """The rows of a table whose keys are compared."""
        return self.of_records(table, self.keys.get(table, self.whole))

    def of_references(self, table: str, column: str) -> Places:
        """The rows of a table whose references in a column are looked up."""
        return self.references.get((table, column), self.of_records(table, self.whole))

    def of_rule(self, number: int) -> Bools:
        """The records to which a rule is applied."""
        return self.rules.get(number, self.whole)

    def narrowed(
        self, number: int, table: str, frames: Mapping[str, "pl.DataFrame"]
    ) -> "Narrowed | None":
        """The rows that a rule reads, of the records to which it is applied.

        Args:
            number: Of the rule.
            table: Table to whose rows it is applied.
            frames: All tables, `index` among them; rows beyond those at hand come last.

        Returns:
            The rows, or None if the rule is applied to none.
        """
        import polars as pl

        from alignment_events.compile.polars_rules import as_read

        records = self.of_rule(number)
        rows = self.of_records(table, records)
        if not len(rows):
            return None
        expr = numbered_rules()[number].expr
        read = x.tables_read(expr)
        frames = as_read(expr, table, frames)
        places = {name: self.of_records(name, records) for name in {table, *read} - {"index"}}
        if looks_beyond(expr):
            own = frames[table][rows][record_key(table)].drop_nulls().unique()
            ids = [own]
            if "links" in read or table == "links":
                link = frames["links"]
                ends = [name for name in ("record_id", "target_id") if name in link.columns]
                chosen = np.zeros(link.height, np.bool_)
                for end in ends if "links" in read else ():
                    chosen |= link[end].is_in(own.implode()).fill_null(value=False).to_numpy()
                chosen[places["links"]] = True
                places["links"] = np.flatnonzero(chosen)
                ids += [link[end].gather(places["links"]) for end in ends]
            if "index" in read:
                entries = frames["index"]["record_id"]
                there = entries.is_in(pl.concat(ids).drop_nulls().unique().implode())
                places["index"] = np.flatnonzero(there.fill_null(value=False).to_numpy())
        tables = {name: frames[name][some] for name, some in places.items()}
        return Narrowed(tables, places[table], rows)


@dataclass(frozen=True, eq=False)
class Narrowed:
    """The rows that a rule reads.

    Attributes:
        tables: Table name to rows of it.
        places: Where the rows of the table to which the rule is applied stand in the whole of it.
        applied: Which of these the rule is applied to.
    """

    tables: Mapping[str, "pl.DataFrame"]
    places: Places
    applied: Places

    def there(self, rows: list[int]) -> list[int]:
        """Rows to which the rule is applied by their place in the whole table."""
        found = self.places[rows]
        return found[np.isin(found, self.applied)].tolist() if rows else []


def looks_beyond(expr: x.Expr) -> bool:
    """True if an expression asks about other records than that of the row."""
    match expr:
        case x.Count(by=str()) | x.Lookup(table="index"):
            return True
    return any(looks_beyond(child) for child in x.children_of(expr))


def cells_read(rule: Rule) -> frozenset[tuple[str, str]]:
    """Tables and columns of which a rule may read cells, and more."""
    tables = {*rule.on, *x.tables_read(rule.expr)}
    if "index" in tables:
        tables = tables - {"index"} | {"events", "deeds"}
    return frozenset((table, column) for table in tables for column in x.columns_read(rule.expr))
