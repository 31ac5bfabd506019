"""Changes as a coder sees them: records added, withdrawn, and changed field by field."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alignment_events.model.tables import CHILDREN
from alignment_events.release.sides import Side
from alignment_events.spec.project import to_nested
from alignment_events.spec.tables import record_key, table_specs

if TYPE_CHECKING:
    from alignment_events.release.diff import TableDiff

_MAIN = ("events", "deeds")
AS_OF = "as_of"
"""Changes in every record with the cutoff of the dataset, and says nothing about any of them."""


@dataclass(frozen=True)
class RecordLine:
    """A record in one line.

    Attributes:
        record_id: Its id.
        kind: Its kind.
        date: Its first day; for a withdrawn record the day of withdrawal.
        title: Its title.
        reason: Why it was withdrawn.
        replaced_by: Id of the record that replaces it.
    """

    record_id: str
    kind: str
    date: str
    title: str
    reason: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True)
class FieldChange:
    """A field before and after; None stands for empty. Derived fields are concluded, not coded."""

    field: str
    old: Any
    new: Any
    derived: bool = False


@dataclass(frozen=True)
class RecordChange:
    """A record that both sides have, with the fields that changed."""

    record_id: str
    kind: str
    title: str
    fields: tuple[FieldChange, ...]


Lines = tuple[RecordLine, ...]


def record_changes(
    old: Side, new: Side, tables: "Sequence[TableDiff]"
) -> tuple[Lines, Lines, tuple[str, ...], tuple[RecordChange, ...]]:
    """Records added, withdrawn, gone without a trace, and changed.

    Args:
        old: The earlier side.
        new: The later side.
        tables: What changed in the tables.
    """
    before, after = _Records(old), _Records(new)
    added = tuple(after.line(key) for key in sorted(after.main.keys() - before.main.keys()))
    issued = {row["record_id"]: row for row in new.rows("records")}
    lost = before.main.keys() - after.main.keys()
    withdrawn = tuple(
        RecordLine(
            key,
            before.line(key).kind,
            str(issued[key]["withdrawn_date"]),
            before.line(key).title,
            issued[key]["reason"],
            issued[key]["replaced_by"],
        )
        for key in sorted(lost & issued.keys())
    )
    known = {row["record_id"]: row["status"] for row in old.rows("records")}
    risen = {key for key, status in known.items() if status == "withdrawn"} & after.main.keys()
    gone = tuple(sorted({*(known.keys() - issued.keys()), *(lost - issued.keys()), *risen}))
    both = before.main.keys() & after.main.keys()
    changed = []
    for key in sorted(_touched(tables) & both):
        fields = tuple(before.changes(key, after))
        if fields:
            line = after.line(key)
            changed.append(RecordChange(key, line.kind, line.title, fields))
    return added, withdrawn, gone, tuple(changed)


def _touched(tables: "Sequence[TableDiff]") -> set[str]:
    """Ids of the records of which some row was added, removed or changed."""
    found: set[str] = set()
    for diff in tables:
        if diff.table in (*_MAIN, *(child.name for child in CHILDREN)):
            key = record_key(diff.table)
            found |= {row[key] for row in (*diff.added, *diff.removed) if key in row}
            found |= {change.key[key] for change in diff.changed if key in change.key}
            if key not in diff.key:  # sources have a key of their own, which begins with the record's
                found |= {str(c.key[diff.key[0]]).partition("/")[0] for c in diff.changed}
    return found


class _Records:
    """The records of one side, nested when they are wanted."""

    def __init__(self, side: Side) -> None:
        self.main: dict[str, dict[str, Any]] = {}
        self.table: dict[str, str] = {}
        for table in _MAIN:
            for row in side.rows(table):
                key = row[record_key(table)]
                self.main[key] = row
                self.table[key] = table
        self.children: defaultdict[str, dict[str, list[dict[str, Any]]]] = defaultdict(dict)
        for child in CHILDREN:
            for row in side.rows(child.name):
                rows = self.children[row[record_key(child.name)]]
                rows.setdefault(child.name, []).append(row)

    def line(self, key: str) -> RecordLine:
        row = self.main[key]
        return RecordLine(key, row.get("kind", "deed"), str(row["date_start"]), row["title"])

    def changes(self, key: str, after: "_Records") -> Iterator[FieldChange]:
        yield from _compare(self._nested(key), after._nested(key), "")
        old, new = self.main[key], after.main[key]
        for column in table_specs()[self.table[key]].columns:
            if column.derived and column.name != AS_OF:
                was, is_now = old.get(column.name), new.get(column.name)
                if was != is_now:
                    yield FieldChange(column.name, _plain(was), _plain(is_now), derived=True)

    def _nested(self, key: str) -> dict[str, Any]:
        spec = table_specs()[self.table[key]]
        # A side of an earlier format may lack a column: then it is empty.
        main = {name: self.main[key].get(name) for name in spec.names}
        children = {
            name: [{c: row.get(c) for c in table_specs()[name].names} for row in rows]
            for name, rows in self.children[key].items()
        }
        return to_nested(main, children)


def _compare(old: Any, new: Any, path: str) -> Iterator[FieldChange]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            yield from _compare(old.get(name), new.get(name), f"{path}/{name}".strip("/"))
    elif _holds_parts(old) or _holds_parts(new):
        yield from _compare_parts(old or (), new or (), path)
    else:
        yield FieldChange(path, _plain(old), _plain(new))


def _holds_parts(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value)


def _compare_parts(old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[FieldChange]:
    """Parts of a list: the same, changed, added, removed, wherever in the list they stand."""
    left = [item for item in old if item not in new]
    fresh = [item for item in new if item not in old]
    for item in list(left):
        partner = max(fresh, key=lambda other: _likeness(item, other), default=None)
        if partner is not None and _likeness(item, partner) >= 0.5:
            yield from _compare(item, partner, f"{path}[{_label(item, old)}]")
            left.remove(item)
            fresh.remove(partner)
    for item in left:
        yield FieldChange(f"{path}[{_label(item, old)}]", _plain(item), None)
    for item in fresh:
        yield FieldChange(f"{path}[{_label(item, new)}]", None, _plain(item))


_NAMES = ("id", "actor", "stage", "to", "scheme")
"""Fields by which parts are told apart, the best first."""


def _likeness(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    for name in ("id", "actor"):
        if name in one and one.get(name) != other.get(name):
            return 0.0
        if name == "id" and name in one:
            return 1.0
    names = one.keys() | other.keys()
    return sum(one.get(name) == other.get(name) for name in names) / len(names)


def _label(item: Mapping[str, Any], among: Sequence[Any]) -> str:
    """What tells a part apart from the others: its id, its actor, or its place from 1."""
    for name in _NAMES:
        if name in item and sum(other.get(name) == item[name] for other in among) == 1:
            return str(item[name])
    return str(among.index(item) + 1)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date) else value
