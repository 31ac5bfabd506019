"""Rows of many records in memory, so arranged that rules can ask for children and other records."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alignment_events.spec.project import Row
from alignment_events.spec.tables import record_key, table_specs

Values = Mapping[str, Any]


@dataclass
class Store:
    """Tables as lists of rows, with the look-ups that rules need.

    Attributes:
        rows: Table name to its rows.
        touched_invalid: Set by a rule that met a value with a fault of its own.
        thorough: True while a rule is to look at every value that it reads.
        memo: What rules worked out from the rows.
    """

    rows: dict[str, list[Row]] = field(default_factory=lambda: {n: [] for n in table_specs()})
    touched_invalid: bool = False
    thorough: bool = False
    memo: dict[Any, Any] = field(default_factory=dict)
    _children: dict[tuple[str, str], dict[Any, list[Values]]] = field(default_factory=dict)
    _lookups: dict[str, dict[Any, Values]] = field(default_factory=dict)
    _keys: dict[int, str] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows; look-ups made earlier are forgotten."""
        for row in rows:
            self.rows[row.table].append(row)
        self.memo.clear()
        self._children.clear()
        self._lookups.clear()

    def values(self, table: str) -> list[Values]:
        """The rows of a table as plain values."""
        return [row.values for row in self.rows[table]]

    def children(self, table: str, by: str | None, key: Any) -> Sequence[Values]:
        """Rows of a table that belong to the record, or name it in column `by`."""
        column = by or record_key(table)
        grouped = self._children.get((table, column))
        if grouped is None:
            grouped = defaultdict(list)
            for row in self.rows[table]:
                grouped[row.values[column]].append(row.values)
            self._children[table, column] = grouped
        return grouped.get(key, ())

    def lookup(self, table: str, key: Any) -> Values | None:
        """The row that a key names; in `index`, any record."""
        known = self._lookups.get(table)
        if known is None:
            known = self._index() if table == "index" else self._by_key(table)
            self._lookups[table] = known
        return known.get(key)

    def record_key(self, row: Values) -> Any:
        """Id of the record that a row belongs to."""
        for column in ("record_id", "event_id", "deed_id"):
            if column in row:
                return row[column]
        return None

    def _by_key(self, table: str) -> dict[Any, Values]:
        column = record_key(table)
        found: dict[Any, Values] = {}
        for row in self.rows[table]:
            found.setdefault(row.values[column], row.values)
        return found

    def _index(self) -> dict[Any, Values]:
        found: dict[Any, Values] = {}
        for row in (*self.values("events"), *self.values("deeds")):
            entry = index_entry(row)
            found.setdefault(entry["record_id"], entry)
        return found


def index_entry(row: Values) -> dict[str, Any]:
    """A row of `events` or `deeds` as rules see records of any kind."""
    deed = "deed_id" in row
    return {
        "record_id": row["deed_id"] if deed else row["event_id"],
        "kind": "deed" if deed else row["kind"],
        "subtype": row["deed_type"] if deed else row["subtype"],
        **{name: row[name] for name in ("date_start", "date_end", "verification", "contested")},
    }
