"""One record as text for a terminal."""

from collections.abc import Iterator
from typing import Any

from alignment_events.model.events import Record


def render_record(record: Record) -> str:
    """The record as indented text in the order of the codebook, empty fields left out."""
    return "\n".join(_lines(record.model_dump(mode="json", exclude_none=True), 0))


def _lines(value: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    for name, inner in value.items():
        if inner in ([], {}):
            continue
        if isinstance(inner, dict):
            yield f"{pad}{name}:"
            yield from _lines(inner, depth + 1)
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield f"{pad}{name}:"
            for item in inner:
                if not isinstance(item, dict):
                    yield f"{pad}  - {item}"
                    continue
                first, *rest = _lines(item, depth + 2)
                yield f"{pad}  - {first.strip()}"
                yield from rest
        elif isinstance(inner, list):
            yield f"{pad}{name}: {', '.join(str(_flat(item)) for item in inner)}"
        else:
            yield f"{pad}{name}: {_flat(inner)}"


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return f"{value['field']} (“{value['quote']}”)"
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
