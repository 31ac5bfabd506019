"""The classes of a report → JSON Schema of what `validate --format json` prints."""

import dataclasses
import inspect
import re
import types
import typing
from typing import Any

from alignment_events.findings import Finding, Level, Report
from alignment_events.model.marks import FORMAT_VERSION

_CODE = {"type": "string", "pattern": "^AE[0-9]{3}$"}
_COUNTS = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
_SHAPES: dict[str, dict[str, Any]] = {
    "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
    "accepted": {"type": "array", "items": {"$ref": "#/$defs/accepted"}},
    "rows_seen": _COUNTS,
    "rules_run": {**_COUNTS, "propertyNames": _CODE},
    "rules_skipped": {
        "type": "object",
        "propertyNames": _CODE,
        "additionalProperties": {"type": "string"},
    },
    "unusable": {"type": "boolean"},
    "unlisted": {"type": "object", "propertyNames": _CODE, "additionalProperties": _COUNTS},
    "findings_file": {"type": ["string", "null"]},
    "partial": {"type": "boolean"},
}
_NUMBERS_FROM = {"line": 1, "column": 1, "row": 0}


def report_schema() -> dict[str, Any]:
    """JSON Schema of a report; a field of the classes that it does not know is a KeyError."""
    finding = _finding()
    reason = {"type": "string", "description": "Why the dataset accepts it."}
    accepted = {
        **finding,
        "required": [*finding["required"], "reason"],
        "properties": {**finding["properties"], "reason": reason},
    }
    docs = _docs(Report)
    names = [f.name for f in dataclasses.fields(Report)]
    properties = {name: {"description": docs[name], **_SHAPES[name]} for name in names}
    counts = {"description": inspect.getdoc(Report.counts), **_SHAPES["unlisted"]}
    properties["counts"] = counts
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "report.schema.json",
        "title": "Report of a validation",
        "description": (
            f"What `alignment-events validate --format json` prints, format {FORMAT_VERSION}. "
            "Fields may be added; none is taken away within a version of the format."
        ),
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "$defs": {"finding": finding, "accepted": accepted},
    }


def _finding() -> dict[str, Any]:
    docs, hints = _docs(Finding), typing.get_type_hints(Finding)
    names = [f.name for f in dataclasses.fields(Finding)]
    return {
        "type": "object",
        "required": names,
        "properties": {n: {"description": docs[n], **_value(n, hints[n])} for n in names},
    }


def _value(name: str, hint: Any) -> dict[str, Any]:
    if name == "code":
        return _CODE
    if hint is Level:
        return {"type": "string", "enum": [level.value for level in Level]}
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    words = {str: "string", int: "integer", type(None): "null"}
    shape: dict[str, Any] = {"type": [words[option] for option in options]}
    if len(options) == 1:
        shape["type"] = shape["type"][0]
    if name in _NUMBERS_FROM:
        shape["minimum"] = _NUMBERS_FROM[name]
    return shape


def _docs(of: type) -> dict[str, str]:
    """Attribute to its sentence in the docstring of the class."""
    part = inspect.getdoc(of).partition("Attributes:\n")[2]  # type: ignore[union-attr]
    found = re.findall(r"^    (\w+): (.*(?:\n     +.*)*)", part, re.M)
    return {name: " ".join(text.split()) for name, text in found}
