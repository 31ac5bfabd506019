"""A record as a YAML file: one way of writing, that every YAML reader reads alike."""

import datetime as dt
import json
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from alignment_events.contribute.order import written_fields
from alignment_events.findings import AlignmentEventsError
from alignment_events.model.events import BaseRecord
from alignment_events.read.yaml_reader import read_yaml_text
from alignment_events.spec.ir import FieldSpec, PartSpec
from alignment_events.spec.records import record_specs

WIDTH = 100
"""Longest line of a record file, where a text can be folded."""

# What any reader takes for a plain text wherever it stands: no sign that YAML uses at the start,
# none of ": ", " #" or brackets within. Everything else is put into quotation marks.
_PLAIN = re.compile(r"[^\W\d_](?:[^\x00-\x20\x7f:#,\[\]{}\"\\]|[ ](?=[^ #])|:(?=[^\s,\[\]{}]))*")
# YAML 1.1 and 1.2 read these as no text, each some of them.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_ESCAPED = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")


def plain_values(record: BaseRecord) -> dict[str, Any]:
    """A record as plain data, without what the format supplies itself."""
    return dict(record.model_dump(exclude_none=True))


def render_record(values: Mapping[str, Any], *, schema: str | None = None) -> str:
    """The text of a record file, in the order of the format.

    Args:
        values: The nested record: texts, days, numbers and flags, or all of them as text.
        schema: Where editors find the JSON Schema, relative to the file; the first line names it.

    Raises:
        AlignmentEventsError: If the record holds what no YAML file can hold.
    """
    kind = str(values.get("kind"))
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    lines += _mapping(values, record_specs().get(kind), 0)
    text = "\n".join(lines) + "\n"
    _must_read_the_same(text, values)
    return text


def schema_for(path: Path, kind: str) -> str | None:
    """Path from a record file to the JSON Schema of its kind, if a folder above holds `schema/`."""
    folder = path.resolve().parent
    for up, above in enumerate((folder, *folder.parents)):
        below = f"schema/contribution/{kind}.schema.json"
        if (above / below).is_file():
            return "../" * up + below
        if (above / ".git").exists():
            return None
    return None


def _mapping(values: Mapping[str, Any], part: PartSpec | None, depth: int) -> Iterator[str]:
    specs = {spec.name: spec for spec in (written_fields(part) if part else ())}
    # What the format does not know is written all the same, for the check to name it.
    names = [n for n in specs if n in values] + [n for n in values if n not in specs]
    for name in names:
        value = values[name]
        if value is None or value in ([], (), {}):
            continue
        yield from _entry(name, value, specs.get(name), depth)


def _entry(name: str, value: Any, spec: FieldSpec | None, depth: int) -> Iterator[str]:
    pad = "  " * depth
    part = spec.part if spec else None
    if isinstance(value, Mapping):
        yield f"{pad}{_scalar(name)}:"
        yield from _mapping(value, part, depth + 1)
    elif isinstance(value, list | tuple):
        yield from _list(name, value, part, depth)
    else:
        head = f"{pad}{_scalar(name)}:"
        written = _scalar(value)
        if len(head) + 1 + len(written) > WIDTH and _can_fold(value):
            yield f"{head} >-"
            yield from _folded(str(value), depth + 1)
        else:
            yield f"{head} {written}"


def _list(name: str, items: Any, part: PartSpec | None, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if not any(isinstance(item, Mapping) for item in items):
        on_one_line = f"{pad}{name}: [{', '.join(map(_scalar, items))}]"
        if len(on_one_line) <= WIDTH:
            yield on_one_line
            return
    yield f"{pad}{name}:"
    for item in items:
        if not isinstance(item, Mapping):
            yield f"{pad}  - {_scalar(item)}"
            continue
        first, *rest = _mapping(item, part, depth + 2)
        yield f"{pad}  - {first.lstrip()}"
        yield from rest


def _folded(text: str, depth: int) -> Iterator[str]:
    pad = "  " * depth
    line = ""
    for word in text.split(" "):
        if line and len(pad) + len(line) + 1 + len(word) > WIDTH:
            yield pad + line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield pad + line


def _can_fold(value: Any) -> bool:
    # A fold is one space; two in a row, or what an editor may take for a line end, stay as they are.
    return (
        isinstance(value, str)
        and " " in value
        and "  " not in value
        and value == value.strip()
        and value.isprintable()
    )


def _scalar(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int | float):
        return number_text(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and text.isprintable():
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def number_text(value: float) -> str:
    """A number in decimal digits, without an exponent that some readers take for a text."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value):
        return str(int(value))
    return format(Decimal(repr(float(value))), "f")


def _must_read_the_same(text: str, values: Mapping[str, Any]) -> None:
    """What was written must be what is read: a record that changes on its way is never written."""
    reading = read_yaml_text(text.encode("utf-8", "surrogatepass"), name="record", single=True)
    if reading.findings:
        found = reading.findings[0]
        raise AlignmentEventsError(f"The record cannot be written as YAML: {found.message}")
    if reading.documents[0].values != _as_text(values):
        raise AlignmentEventsError("The record cannot be written as YAML without changing it.")


def _as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            str(name): _as_text(inner)
            for name, inner in value.items()
            if inner is not None and inner not in ([], (), {})
        }
    if isinstance(value, list | tuple):
        return [_as_text(item) for item in value]
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int | float):
        return number_text(value)
    return str(value)
