"""The shape of one nested record: Pydantic's verdict as findings with their place."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from alignment_events.check.messages import (
    finding,
    quoted,
    shown,
    suggestion,
    unknown_code,
    unknown_field,
)
from alignment_events.findings import Finding, Spot, spot_of
from alignment_events.model import ids
from alignment_events.model.events import RECORDS, Record, record_adapter
from alignment_events.model.forms import ISSUE_TYPES
from alignment_events.spec.ir import FieldSpec, PartSpec
from alignment_events.spec.project import NestedPath
from alignment_events.spec.records import all_vocabularies, record_specs

Place = tuple[int, int] | Spot | None


def field_path(path: NestedPath) -> str:
    """A nested path as people and sources write it: `participants/1/role`, items from 1."""
    return "/".join(str(step + 1) if isinstance(step, int) else step for step in path)


def _always(code: str, path: NestedPath) -> bool:
    return True


def check_shape(
    values: Mapping[str, Any],
    place: Callable[[NestedPath, bool], Place],
    wants: Callable[[str, NestedPath], bool] = _always,
) -> tuple[Record | None, list[Finding]]:
    """The record, if its shape is right, or what is wrong with it.

    Args:
        values: The nested record as read.
        place: Line and column of a path; the second argument asks for the key, not the value.
        wants: Asked by code and path whether a finding is to be made; by default each is.
    """
    try:
        return record_adapter.validate_python(values), []
    except ValidationError as error:
        kind = values.get("kind")
        details = error.errors(include_url=False)
        found = []
        for detail in details:
            code, path = _fault(detail)
            if wants(code, path):
                found.append(_finding(code, path, detail, values, kind, place))
        return None, found


def _fault(detail: ErrorDetails) -> tuple[str, NestedPath]:
    """The code of what Pydantic found, and where in the record it is."""
    if detail["type"] == "union_tag_not_found":
        return "AE101", ("kind",)
    if detail["type"] == "union_tag_invalid":
        return "AE103", ("kind",)
    path: NestedPath = tuple(detail["loc"][1:])
    if "at" in detail.get("ctx", {}):
        path = (*path, detail["ctx"]["at"])
    code = ISSUE_TYPES.get(detail["type"], "AE107")
    # A line that was left unfilled is missing.
    return ("AE101" if code == "AE103" and detail["input"] is None else code), path


def _finding(
    code: str,
    path: NestedPath,
    detail: ErrorDetails,
    values: Mapping[str, Any],
    kind: Any,
    place: Callable[[NestedPath, bool], Place],
) -> Finding:
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        message, hint = _about_kind(kind, missing=code == "AE101")
    else:
        message, hint = _words(code, detail, path, str(kind))
    record_id = values.get("id")
    return finding(
        code,
        message,
        hint=hint,
        record_id=shown(record_id),
        field=field_path(path),
        value=None if code == "AE101" else shown(_value_at(values, path)),
        **spot_of(place(path, code == "AE102")),
    )


def _about_kind(kind: Any, missing: bool) -> tuple[str, str | None]:
    if missing:
        return "kind is missing.", f"The kinds are: {', '.join(RECORDS)}."
    return unknown_code(kind, "kind", RECORDS)


def _words(code: str, detail: ErrorDetails, path: NestedPath, kind: str) -> tuple[str, str | None]:
    name = field_path(path)
    holder, spec = _spec_at(kind, path)
    value = detail["input"]
    if code == "AE101":
        return f"{name} is missing.", f"It holds: {spec.doc}" if spec else None
    if code == "AE102":
        others = [f.name for f in holder.fields] if holder else []
        where = f"a {kind}" if len(path) == 1 else field_path(path[:-1])
        message, near = unknown_field(path[-1], where, others)
        return message, _kind_that_has(str(path[-1]), kind) or near
    if code == "AE103" and spec is not None and spec.vocabulary:
        return unknown_code(value, spec.vocabulary, all_vocabularies()[spec.vocabulary].values)
    if code == "AE109":
        read = ids.read_id(value) if isinstance(value, str) else None
        hint = f"Write {read}." if read else None
        return f"{name}: {quoted(value)} is {detail['msg']}.", hint
    if code == "AE107":
        return f"{name}: {_wrong_type(spec, value)}.", suggestion(value, ["true", "false"])
    return f"{name}: {quoted(value)} is {detail['msg']}.", None


def _wrong_type(spec: FieldSpec | None, value: Any) -> str:
    wants = "a value of another type"
    if spec is not None:
        if spec.items is not None and not isinstance(value, list | tuple):
            wants = "a list, such as [one, two]"
        elif spec.part is not None:
            wants = f"a mapping with the fields {', '.join(f.name for f in spec.part.fields)}"
        else:
            wants = {
                "flag": "true or false",
                "number": "a number",
                "day": "a day such as 2024-06-19",
            }.get(spec.type, "a text")
    found = (
        "nothing"
        if value is None
        else quoted(value)
        if not isinstance(value, list | dict)
        else ("a list" if isinstance(value, list) else "a mapping")
    )
    return f"here stands {found}, and {wants} is needed"


def _kind_that_has(name: str, kind: str) -> str | None:
    holders = [k for k, spec in record_specs().items() if spec.field(name) is not None]
    if holders and kind not in holders:
        return f"Only {' and '.join(holders)} have {name}."
    return None


def _spec_at(kind: str, path: NestedPath) -> tuple[PartSpec | None, FieldSpec | None]:
    """The part that holds the last step of a path, and the field of that name."""
    holder: PartSpec | None = record_specs().get(kind)
    spec: FieldSpec | None = None
    for step in path:
        if isinstance(step, int):
            continue
        if spec is not None:
            holder = spec.part
        spec = holder.field(step) if holder is not None else None
    return holder, spec


def _value_at(values: Any, path: NestedPath) -> Any:
    for step in path:
        if isinstance(values, Mapping):
            values = values.get(step)
        elif isinstance(values, list) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return None
    return values
