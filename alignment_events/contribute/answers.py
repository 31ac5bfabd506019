"""Answers given by path, as flags or one by one: from text to its place in a nested record."""

from collections.abc import Iterable, Mapping
from typing import Any

from alignment_events.findings import AlignmentEventsError
from alignment_events.spec.compact import is_flat, read_codes, read_parts
from alignment_events.spec.ir import FieldSpec, PartSpec
from alignment_events.spec.project import NestedPath
from alignment_events.spec.records import record_specs

Nested = dict[str, Any]
_MOST_ITEMS = 200


def from_flags(kind: str, flags: Iterable[str], into: Nested | None = None) -> Nested:
    """The record that flags such as `participants/1/actor=RUS` describe, added to `into`.

    Raises:
        AlignmentEventsError: If a flag is no `path=value`, or its path is none of that kind.
    """
    values = into if into is not None else {}
    values.setdefault("kind", kind)
    for flag in flags:
        path, sign, text = flag.partition("=")
        if not sign:
            raise AlignmentEventsError(
                f"--set {flag}: write path=value, as in participants/1/role=host."
            )
        assign(values, read_path(path, values), text)
    return values


def read_path(text: str, values: Mapping[str, Any]) -> NestedPath:
    """The path that a person writes, list positions counted from 1.

    Raises:
        AlignmentEventsError: If records of this kind have no such path, or a position is left out.
    """
    part: PartSpec | None = record_specs()[str(values["kind"])]
    spec: FieldSpec | None = None
    found: list[str | int] = []
    wants_position = False
    for step in text.strip().split("/"):
        if wants_position and step.isascii() and step.isdigit() and 0 < int(step) <= _MOST_ITEMS:
            found.append(int(step) - 1)
            wants_position = False
            continue
        where = "/".join(str(s + 1) if isinstance(s, int) else s for s in found)
        if wants_position and part is not None:
            raise AlignmentEventsError(f"{text}: after {where} comes a number, as in {where}/1.")
        spec = part.field(step) if part is not None else None
        if spec is None:
            raise AlignmentEventsError(_no_such_field(text, step, where, part))
        found.append(step)
        part, wants_position = spec.part, spec.items is not None
    return tuple(found)


def _no_such_field(text: str, step: str, where: str, part: PartSpec | None) -> str:
    from alignment_events.check.messages import unknown_field

    if part is None:
        return f"{text}: {where} has no parts."
    message, hint = unknown_field(step, where or part.name.lower(), [f.name for f in part.fields])
    return f"{text}: {message} {hint}"


def spec_at(kind: str, path: NestedPath) -> FieldSpec:
    """The field that a path leads to."""
    part: PartSpec | None = record_specs()[kind]
    spec: FieldSpec | None = None
    for step in path:
        if isinstance(step, str) and part is not None:
            spec = part.field(step)
            part = spec.part if spec else None
    if spec is None:
        raise KeyError(path)
    return spec


def parse(text: str, spec: FieldSpec, *, item: bool = False) -> Any:
    """What a text means as the value of a field: one value, several codes, or several items."""
    text = text.strip()
    if spec.items is None or item:
        return text
    if spec.part is None:
        return read_codes(text.replace(",", ";"))
    if not is_flat(spec.part):
        names = ", ".join(f"{spec.name}/1/{field.name}" for field in spec.part.fields[:3])
        raise AlignmentEventsError(f"{spec.name} is given field by field: {names} …")
    if spec.name == "supports" and '"' not in text:
        text = text.replace(",", ";")
    items, faults = read_parts(text, spec.part)
    if faults:
        raise AlignmentEventsError(faults[0].message)
    return items


def assign(values: Nested, path: NestedPath, text: str) -> None:
    """Put an answer into its place; an empty one takes away what is there.

    Raises:
        AlignmentEventsError: If an item is given before those that stand before it.
    """
    spec = spec_at(str(values["kind"]), path)
    if spec.part is not None and (spec.items is None or isinstance(path[-1], int)):
        name = spec.part.fields[0].name
        where = "/".join(str(s + 1) if isinstance(s, int) else s for s in path)
        if text.strip():
            raise AlignmentEventsError(f"{where} has parts: give each, as in {where}/{name}.")
        remove(values, path)
        return
    if not text.strip():
        remove(values, path)
        return
    put(values, path, parse(text, spec, item=isinstance(path[-1], int)))


def put(values: Nested, path: NestedPath, value: Any) -> None:
    """Put a value at a path, making the parts and items on the way."""
    target: Any = values
    for step, following in zip(path, (*path[1:], None), strict=True):
        made: Any = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if step > len(target):
                raise AlignmentEventsError(
                    f"{'/'.join(map(str, path[:-1]))}: number {step + 1} comes after "
                    f"{len(target)}; give the items in order."
                )
            if step == len(target):
                target.append(made)
        elif target.get(step) is None:
            target[step] = made
        if following is None:
            target[step] = value
        target = target[step]


def remove(values: Nested, path: NestedPath) -> None:
    """Take away what stands at a path, and the parts that are empty without it."""
    way: list[tuple[Any, str | int]] = []
    target: Any = values
    for step in path:
        there = step < len(target) if isinstance(step, int) else step in (target or {})
        if not there:
            return
        way.append((target, step))
        target = target[step]
    for holder, step in reversed(way):
        del holder[step]
        if holder or holder is values:
            return


def get(values: Any, path: NestedPath) -> Any:
    """What stands at a path, or None."""
    for step in path:
        if isinstance(values, Mapping):
            values = values.get(str(step))
        elif isinstance(values, list) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return None
    return values
