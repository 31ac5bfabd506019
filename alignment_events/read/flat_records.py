"""Tables that were sent in become nested records, which is how records are kept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alignment_events.check.columns import typed_table, unnoted
from alignment_events.check.records import SourceRecord
from alignment_events.findings import Spot
from alignment_events.read.grid import Grid
from alignment_events.spec.compact import cell_text
from alignment_events.spec.project import NestedPath, to_nested
from alignment_events.spec.tables import record_key, table_specs

if TYPE_CHECKING:
    from alignment_events.read.contribution import Contribution

_Rows = list[dict[str, Any]]


def nested_records(sent: "Contribution") -> list[SourceRecord]:
    """All records of a contribution that has no errors, those of its tables put together again.

    Args:
        sent: The contribution; of tables with errors, rows that make no record are left out.
    """
    children: dict[str, dict[str, _Rows]] = defaultdict(lambda: defaultdict(list))
    mains: list[tuple[str, int, dict[str, Any]]] = []
    for name, frame in sent.tables.items():
        spec = table_specs()[name]
        typed = typed_table(frame, spec, unnoted, False).frame.select(spec.names)
        for number, row in enumerate(typed.iter_rows(named=True)):
            if name in ("events", "deeds"):
                mains.append((name, number, row))
            elif spec.parent is not None:
                children[row[spec.parent]][name].append(row)
    found = []
    for name, number, row in mains:
        values = _nested(row, children.get(row[record_key(name)], {}))
        if values is not None:
            found.append(_source(sent, name, number, values))
    return [*sent.records, *found]


def _nested(
    row: Mapping[str, Any], children: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, Any] | None:
    try:
        found = to_nested(row, children)
    except (TypeError, KeyError, AttributeError):  # a cell without which there is no record
        return None
    as_text = _as_text(found)
    assert isinstance(as_text, dict)
    return as_text


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_text(inner) for name, inner in value.items()}
    return [_as_text(inner) for inner in value] if isinstance(value, list) else cell_text(value)


def _source(sent: "Contribution", table: str, number: int, values: dict[str, Any]) -> SourceRecord:
    part, row = sent.origins[table].part_of(number)

    def locate(path: NestedPath, key: bool) -> Spot | None:
        if not isinstance(part, Grid):
            return None
        columns = table_specs()[table].columns
        name = next(
            (c.name for c in columns if c.path and c.path == "/".join(map(str, path))), None
        )
        return part.spot(row, part.column_of(name))

    return SourceRecord(values, part.file, locate)
