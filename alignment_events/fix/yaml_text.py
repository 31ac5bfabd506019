"""Changes single values of YAML records in place: every other character stays as it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alignment_events.check.shape import field_path
from alignment_events.fix.values import Actors, Change, certain
from alignment_events.read.text_file import Stop, decoded
from alignment_events.read.yaml_reader import Path, read_yaml_text
from alignment_events.read.yaml_scalars import Scalar, scalars_of
from alignment_events.spec.ir import FieldSpec, PartSpec
from alignment_events.spec.records import record_specs

# What needs no quotation marks anywhere in YAML, neither in a list nor after a colon.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_./+\-]| (?! ))*(?<! )")


@dataclass(frozen=True, slots=True)
class Mended:
    """One change of a file.

    Attributes:
        line: Line, from 1.
        field: Path of the field, or name of the column.
        old: What was written.
        new: What is written now.
        what: What was done.
    """

    line: int
    field: str
    old: str
    new: str
    what: str


Edit = tuple[int, int, str]
"""First character, end, and the new text."""


def edited(text: str, edits: list[Edit]) -> str:
    """The text with some parts of it written anew."""
    parts = []
    last = 0
    for start, end, new in sorted(edits):
        parts += [text[last:start], new]
        last = end
    return "".join((*parts, text[last:]))


def mend_records(data: bytes, actors: Actors | None) -> tuple[bytes, tuple[Mended, ...]]:
    """The bytes of a record file with all that is certain mended, and what was changed.

    A file that is not read without a finding of its notation is left: it has to be mended by hand
    first. The outcome is read again, and must differ in just the values that were changed.
    """
    before = read_yaml_text(data, name="")
    if before.findings:
        return data, ()
    try:
        text = decoded(data)
    except Stop:
        return data, ()
    edits: list[Edit] = []
    mended: list[Mended] = []
    expected: list[dict[str, Any]] = []
    for document, scalars in zip(before.documents, scalars_of(text), strict=True):
        changes: dict[Path, str] = {}
        for path, scalar in scalars.items():
            change = _change(document.values, path, scalar, scalars, changes, actors)
            new = _written(text, scalar, change[0]) if change else None
            if change is None or new is None:
                continue
            changes[path] = change[0]
            edits.append((scalar.start, scalar.end, new))
            mended.append(Mended(scalar.line, field_path(path), scalar.value, *change))
        expected.append(_with(document.values, changes))
    if not edits:
        return data, ()
    mark = data[: len(data) - len(text.encode())]
    after = mark + edited(text, edits).encode()
    again = read_yaml_text(after, name="")
    if again.findings or [document.values for document in again.documents] != expected:
        raise AssertionError("a change to single values changed something else")
    return after, tuple(mended)


def _change(
    values: Mapping[str, Any],
    path: Path,
    scalar: Scalar,
    scalars: Mapping[Path, Scalar],
    changes: Mapping[Path, str],
    actors: Actors | None,
) -> Change | None:
    kinds = record_specs()
    if path == ("kind",):
        meant = scalar.value.strip().casefold()
        same = [kind for kind in kinds if kind.casefold() == meant and kind != scalar.value]
        return (same[0], "case of a code") if same else None
    kind = values.get("kind")
    if isinstance(kind, str) and kind not in kinds and ("kind",) in scalars:
        # The kind may stand after other fields, and decides what they are.
        found = _change(values, ("kind",), scalars["kind",], scalars, changes, actors)
        kind = found[0] if found else kind
    spec = _spec_at(kinds.get(kind), path) if isinstance(kind, str) else None
    if spec is None or spec.part is not None or not _has_value(values, path):
        return None
    return certain(scalar.value, spec, spec.vocabulary, actors)


def _spec_at(record: PartSpec | None, path: Path) -> FieldSpec | None:
    holder, spec = record, None
    for number, step in enumerate(path):
        if isinstance(step, int):
            if spec is None or spec.items is None or isinstance(path[number - 1], int):
                return None
            continue
        spec = holder.field(step) if holder is not None else None
        if spec is None:
            return None
        holder = spec.part
    # A single value where a list belongs, or the other way round, is no value of this field.
    if spec is not None and (spec.items is not None) != isinstance(path[-1], int):
        return None
    return spec


def _has_value(values: Any, path: Path) -> bool:
    """False for what is null, which is nothing to be mended."""
    for step in path:
        values = values[step]
    return isinstance(values, str)


def _written(text: str, scalar: Scalar, new: str) -> str | None:
    """The new value in the notation of the old one; None where that would take a guess."""
    raw = text[scalar.start : scalar.end]
    if "\n" in raw or "\r" in raw or scalar.style in ("|", ">"):
        return None
    if scalar.style not in ('"', "'"):
        # Without quotation marks, `null` is no text.
        plain = _PLAIN.fullmatch(new) and new.casefold() != "null"
        return new if raw == scalar.value and plain else None
    mark, inner = raw[0], raw[1:-1]
    if inner == scalar.value and not set(new) & {"'", '"', "\\"}:
        return mark + new + mark
    # A value with escapes keeps them: only the space around it can go, if it is written as such.
    trimmed = mark + inner.strip() + mark
    return trimmed if _value_of(trimmed) == new else None


def _value_of(scalar: str) -> str | None:
    """What a quoted scalar holds; None if it is not one whole scalar."""
    documents = (
        scalars_of(scalar) if read_yaml_text(f"a: {scalar}".encode(), name="").documents else []
    )
    return documents[0][()].value if documents and () in documents[0] else None


def _with(values: Any, changes: Mapping[Path, str], path: Path = ()) -> Any:
    if path in changes:
        return changes[path]
    if isinstance(values, dict):
        return {key: _with(value, changes, (*path, key)) for key, value in values.items()}
    if isinstance(values, list):
        return [_with(value, changes, (*path, n)) for n, value in enumerate(values)]
    return values
