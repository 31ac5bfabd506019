"""Records that were sent as tables of the format: put together again from their rows."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from alignment_events.check.records import SourceRecord
from alignment_events.findings import AlignmentEventsError
from alignment_events.model.tables import CHILDREN
from alignment_events.spec.cells import read_cell
from alignment_events.spec.project import to_nested
from alignment_events.spec.tables import record_key, table_specs

if TYPE_CHECKING:
    from alignment_events.read.contribution import Contribution

_MAIN = ("events", "deeds")


def nested_from_tables(sent: "Contribution") -> list[SourceRecord]:
    """The records in the tables of a contribution, which passed the check of tables.

    Raises:
        AlignmentEventsError: If there is a table that holds no records, such as actors.
    """
    children = {table.name for table in CHILDREN}
    other = sorted(set(sent.tables) - children - set(_MAIN) - {"records", "vocabularies"})
    if other:
        raise AlignmentEventsError(
            f"{sent.name} holds rows of {', '.join(other)}: add takes records only. Add such rows to "
            f"{other[0]}.csv of the dataset by hand."
        )
    by_record: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for name in children & set(sent.tables):
        for _, row in _rows(sent, name):
            by_record[row[record_key(name)]][name].append(row)
    found = []
    for name in _MAIN:
        for number, row in _rows(sent, name) if name in sent.tables else ():
            values = to_nested(row, by_record[row[record_key(name)]])
            origin = sent.origins[name]
            found.append(SourceRecord(values, sent.name, _place(origin, number)))
    return found


def _rows(sent: "Contribution", name: str) -> list[tuple[int, dict[str, Any]]]:
    """The typed rows of a table, with their numbers."""
    spec = table_specs()[name]
    found = []
    for number, raw in enumerate(sent.tables[name].iter_rows(named=True)):
        kind = str(raw.get("kind"))
        row = {c.name: read_cell(c, raw.get(c.name), kind) for c in spec.columns}
        found.append((number, row))
    return found


def _place(origin: Any, number: int) -> Any:
    from alignment_events.check.messages import finding

    def locate(path: Any, key: bool) -> Any:
        from alignment_events.findings import Spot

        found = origin.at(finding("AE402", "").at(row=number))
        return Spot(**{name: getattr(found, name) for name in Spot._fields})

    return locate
