"""The rows of withdrawn.csv, by themselves and against the ids that were issued."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.check.messages import finding, no_such, shown
from alignment_events.findings import Finding
from alignment_events.model.codes import RecordStatus
from alignment_events.spec.cells import INVALID

if TYPE_CHECKING:
    from alignment_events.check.dataset import DatasetParts

Row = Mapping[str, Any]


def check_withdrawn(parts: "DatasetParts") -> Iterator[Finding]:
    """Status, day, reason and replacement of every withdrawn id.

    That the id is gone from the records is checked by itself, at the record that still has it.
    """
    given = (source.values.get("id") for source in parts.records)
    live = {record_id for record_id in given if isinstance(record_id, str)}
    gone = {row["record_id"]: row for row in parts.withdrawn if row["record_id"] is not INVALID}
    file = str(Path(parts.file).with_name("withdrawn.csv"))
    lines: Sequence[int | None] = parts.withdrawn_lines or [None] * len(parts.withdrawn)
    for row, line in zip(parts.withdrawn, lines, strict=True):
        place: dict[str, Any] = {"file": file, "line": line, "column": 1 if line else None}
        for field, message in _incomplete(row):
            yield finding("AE510", message, field=field, **place)
        instead = row["replaced_by"]
        if instead is None or instead is INVALID:
            continue
        place |= {"field": "replaced_by", "value": shown(instead)}
        if instead not in live and instead not in gone:
            message, hint = no_such(instead, "record", [*live, *map(str, gone)])
            yield finding("AE510", message, hint=hint, **place)
        elif _ends_nowhere(str(row["record_id"]), gone):
            message = f"What replaces {row['record_id']} leads back to itself."
            yield finding("AE510", message, **place)


def _incomplete(row: Row) -> Iterator[tuple[str, str]]:
    if row["status"] is not INVALID and row["status"] != RecordStatus.WITHDRAWN:
        yield "status", f"The status of {shown(row['record_id'])} is not withdrawn."
    for field in ("withdrawn_date", "reason"):
        if row[field] is None:
            yield field, f"{field} of {shown(row['record_id'])} is missing."


def _ends_nowhere(record_id: str, gone: Mapping[Any, Row]) -> bool:
    seen = set()
    while record_id in gone:
        if record_id in seen:
            return True
        seen.add(record_id)
        record_id = gone[record_id]["replaced_by"]
    return False
