"""The rows of every published table of a dataset, derived columns filled, sorted by key."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from alignment_events.compile.derive import derive
from alignment_events.model.events import Record
from alignment_events.release.digest import sort_key
from alignment_events.spec.project import to_rows
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.tables import table_specs

Rows = list[dict[str, Any]]


def dataset_rows(
    records: Sequence[Record],
    registries: Mapping[str, Sequence[Mapping[str, Any]]],
    withdrawn: Sequence[Mapping[str, Any]],
    as_of: dt.date,
) -> dict[str, Rows]:
    """Table name to rows, for every published table.

    Args:
        records: Sound records.
        registries: Rows of the tables that are no part of records.
        withdrawn: Rows of withdrawn ids.
        as_of: The day as of which derived columns hold.
    """
    tables: dict[str, Rows] = {name: [] for name in table_specs()}
    for record in records:
        for row in to_rows(record.model_dump()):
            tables[row.table].append({name: _plain(value) for name, value in row.values.items()})
    for name, rows in registries.items():
        tables[name] = [dict(row) for row in rows]
    tables["records"] = [
        *(_issued(record) for record in records),
        *(dict(row) for row in withdrawn),
    ]
    tables["vocabularies"] = _vocabularies()
    _fill_derived(tables, as_of)
    _fill_names(tables)
    for name, spec in table_specs().items():
        tables[name].sort(key=lambda row, key=spec.key: sort_key(row, key))  # type: ignore[misc]
    return tables


def _plain(value: Any) -> Any:
    # Codes are strings in the tables, not members of an enumeration.
    return str(value.value) if hasattr(value, "definition") else value


def _issued(record: Record) -> dict[str, Any]:
    return {
        "record_id": record.id,
        "record_type": "deed" if record.kind == "deed" else "event",
        "status": "current",
        "first_release": None,
        "withdrawn_date": None,
        "reason": None,
        "replaced_by": None,
    }


def _vocabularies() -> Rows:
    return [
        {
            "vocabulary": vocabulary.name,
            "code": code.code,
            "label": code.label,
            "definition": code.definition,
            "since": code.since,
            "deprecated": code.deprecated or None,
            "replaced_by": code.replaced_by or None,
        }
        for vocabulary in all_vocabularies().values()
        for code in vocabulary.codes
    ]


def _fill_derived(tables: Mapping[str, Rows], as_of: dt.date) -> None:
    found = derive(tables, as_of)
    for table, key in (("events", "event_id"), ("deeds", "deed_id")):
        for row in tables[table]:
            row.update({name: v for name, v in found[row[key]].items() if name in row})


def _fill_names(tables: Mapping[str, Rows]) -> None:
    """Names of registered persons beside their ids, for those who read one table only."""
    names = {row["person_id"]: row["name"] for row in tables["persons"]}
    for row in tables["participants"]:
        if row["person_id"] is not None:
            row["person"] = names.get(row["person_id"])
