"""Answers to every question, read from a record that is known: as a coder would type them."""

from typing import Any

from alignment_events.contribute.answers import get
from alignment_events.contribute.record_file import plain_values
from alignment_events.model.events import record_adapter
from alignment_events.spec.compact import cell_text, write_codes, write_parts


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: as_text(inner) for name, inner in value.items() if inner not in ((), [])}
    if isinstance(value, list | tuple):
        return [as_text(item) for item in value]
    return cell_text(value)


def wanted(values: dict[str, Any]) -> dict[str, Any]:
    """The record in its one way of writing, every scalar text."""
    found = as_text(plain_values(record_adapter.validate_python(values)))
    assert isinstance(found, dict)
    return found


def typed(question: Any, want: dict[str, Any]) -> str:
    """What the coder of the record would type."""
    value = get(want, question.path)
    if question.more:
        return "n" if value is None else "y"
    if value is None:
        return ""
    if question.spec.name == "supports":
        return write_parts(value, question.spec.part)
    return write_codes(value) if isinstance(value, list) else str(value)
