"""What a record holds in a shape that cannot be read: unknown, which is not the same as missing.

A text where a list is needed is one fault. Rules that look into the list can say nothing of it, so
what could not be read stands in the rows as unknown values, and they are skipped.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from alignment_events.model.tables import CHILDREN, MULTI_CODES
from alignment_events.spec.cells import INVALID
from alignment_events.spec.project import NestedPath, Row
from alignment_events.spec.tables import table_specs


def is_unread(values: Any, path: str) -> bool:
    """True if something stands on the way to a field that is no mapping, and so cannot hold it."""
    for step in path.split("/"):
        if values is None:
            return False
        if not isinstance(values, Mapping):
            return True
        values = values.get(step)
    return False


def unread_rows(record: Mapping[str, Any]) -> Iterator[Row]:
    """A row of unknown values for each list, and each item of one, that could not be read."""
    for table in CHILDREN:
        if table.each:
            for path in _unread_items(record.get(table.each), (table.each,), mappings=True):
                yield _row(table.name, path)
                if table.each == "sources":
                    yield _row("citations", path)
    for name, vocabulary in MULTI_CODES.items():
        *holder, last = name.split("/")
        given: Any = record
        for step in holder:
            given = given.get(step) if isinstance(given, Mapping) else None
        given = given.get(last) if isinstance(given, Mapping) else None
        paths = _unread_items(given, tuple(name.split("/")), mappings=False)
        if is_unread(record, name) or next(paths, None) is not None:
            yield _row("record_codes", tuple(name.split("/")), vocabulary=vocabulary)
    sources = record.get("sources")
    for number, source in enumerate(sources if isinstance(sources, list | tuple) else ()):
        if isinstance(source, Mapping):
            path = ("sources", number, "supports")
            for place in _unread_items(source.get("supports"), path, mappings=False):
                key = f"{record.get('id')}/{source.get('id')}"
                yield _row("citations", place, source_id=key)


def _unread_items(given: Any, path: NestedPath, *, mappings: bool) -> Iterator[NestedPath]:
    if given is None:
        return
    if not isinstance(given, list | tuple):
        yield path
    elif mappings:
        yield from ((*path, n) for n, item in enumerate(given) if not isinstance(item, Mapping))


def _row(table: str, path: NestedPath, **known: Any) -> Row:
    return Row(table, {**dict.fromkeys(table_specs()[table].names, INVALID), **known}, path)
