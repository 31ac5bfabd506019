"""What was written otherwise than it was given: the format has one way to write a thing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alignment_events.check.shape import field_path
from alignment_events.model.events import BaseRecord
from alignment_events.spec.compact import cell_text
from alignment_events.spec.project import NestedPath


def rewritten(given: Mapping[str, Any], record: BaseRecord) -> list[str]:
    """A line for each value that the record holds otherwise than it was given."""
    return list(_changed(given, record.model_dump(), ()))


def filled_in(given: Mapping[str, Any], completed: Mapping[str, Any]) -> list[str]:
    """Path and value of everything that was not given."""
    return [
        f"{field_path(path)} {cell_text(value)}"
        for path, value in _leaves(completed, ())
        if _at(given, path) is None
    ]


def _changed(given: Any, made: Any, path: NestedPath) -> Iterator[str]:
    for where, value in _leaves(given, path):
        if value is None or value == "" or "supports" in where:
            continue  # a path alone and one in braces are the same
        was, now = cell_text(value), _at(made, where)
        if now is None:
            yield f"{field_path(where)}: {was} is left out, since it adds nothing."
        elif cell_text(now) != was and not _same_number(was, cell_text(now)):
            yield f"{field_path(where)}: {was} is written as {cell_text(now)}."


def _same_number(was: str, now: str) -> bool:
    try:
        return float(was) == float(now)
    except ValueError:
        return False


def _leaves(value: Any, path: NestedPath) -> Iterator[tuple[NestedPath, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*path, number))
    else:
        yield path, value


def _at(values: Any, path: NestedPath) -> Any:
    for step in path:
        if isinstance(values, Mapping):
            values = values.get(str(step))
        elif isinstance(values, list | tuple) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return None
    return values
