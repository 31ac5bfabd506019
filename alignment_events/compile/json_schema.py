"""Record specification → JSON Schema (draft 2020-12) of contribution files, made for editors.

An editor reads YAML 1.2: `2031-03-04` is a text there, but `2011` and `0.1` are numbers and `false`
is a boolean. Our own reader keeps every scalar as text, so numbers, flags and years are accepted
either way; anything else that looks like a number must be quoted. What JSON Schema cannot say
(check characters, the calendar, the rules) is left to `alignment-events validate`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from alignment_events.model.dates import DAY_PATTERN, PARTIAL_DATE_PATTERN
from alignment_events.model.ids import ID_PATTERN
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.ir import FieldSpec, PartSpec
from alignment_events.spec.records import all_vocabularies, record_specs

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER_PATTERN = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_SHORT_FORMS = {"Citation": "field"}
"""Part that may be written as the bare value of one of its fields."""


def contribution_schemas() -> dict[str, Schema]:
    """Kind, or `record` for any of them, to the schema of its contribution files."""
    kinds = {kind: _kind_schema(kind, spec) for kind, spec in record_specs().items()}
    return {**kinds, "record": _any_kind(tuple(kinds))}


def portable_pattern(pattern: str) -> str:
    """The pattern without escapes of quotation marks, which JavaScript's unicode mode refuses."""
    return re.sub(r"""\\(["'])""", r"\1", pattern)


def _head(name: str, title: str, description: str) -> Schema:
    # No host: the schemas find each other as neighbours, wherever they are kept.
    return {
        "$schema": _DIALECT,
        "$id": f"{name}.schema.json",
        "title": title,
        "description": description,
    }


def _kind_schema(kind: str, spec: PartSpec) -> Schema:
    samples = [record for record in sound_examples().values() if record["kind"] == kind]
    return {**_head(kind, spec.name, spec.doc), **_object(spec, samples)}


def _any_kind(kinds: Sequence[str]) -> Schema:
    """Chooses by `kind`, so that an editor speaks of one kind's faults and not of all five's."""
    branches = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"$ref": f"{kind}.schema.json"},
        }
        for kind in kinds
    ]
    description = "A record of any kind; its kind decides which fields it has."
    return {
        **_head("record", "Record", description),
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": _codes("kind", "What sort of record it is.")},
        "allOf": branches,
    }


def _object(spec: PartSpec, samples: Sequence[Mapping[str, Any]]) -> Schema:
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": [f.name for f in spec.fields if _must_be_given(f)],
        "properties": {f.name: _property(f, _values(f, samples)) for f in spec.fields},
    }
    if spec.name == "DateSpan":
        schema["if"], schema["then"] = _exact_dates()
    return schema


def _must_be_given(spec: FieldSpec) -> bool:
    return spec.required or (spec.items is not None and spec.items.least > 0)


def _values(spec: FieldSpec, samples: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What the sound examples have in this field, items of lists one by one."""
    found = [sample[spec.name] for sample in samples if spec.name in sample]
    return found if spec.items is None else [item for items in found for item in items]


def _exact_dates() -> tuple[Schema, Schema]:
    """With the precision day or window, both dates are full days."""
    day = {
        "pattern": DAY_PATTERN,
        "patternErrorMessage": "With this precision, a full day is needed.",
    }
    exact = {"properties": {"precision": {"enum": ["day", "window"]}}, "required": ["precision"]}
    dates = {"start": {"type": "string", **day}, "end": {"type": ["string", "null"], **day}}
    return exact, {"properties": dates}


def _property(spec: FieldSpec, samples: list[Any]) -> Schema:
    if spec.items is None:
        return _single(spec, samples)
    schema: Schema = {
        "description": spec.doc,
        "type": "array",
        "items": _single(spec, samples),
        "maxItems": spec.items.most,
    }
    if spec.items.least:
        schema["minItems"] = spec.items.least
    if spec.type == "code":
        schema["uniqueItems"] = True
    return schema


def _single(spec: FieldSpec, samples: list[Any]) -> Schema:
    schema = _value(spec, samples)
    # An optional field may be left empty as well as left out, unless a default stands for it.
    if not spec.required and spec.default is None and spec.items is None:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema["type"] = [*kinds, "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
            for listing in ("enumDescriptions", "markdownEnumDescriptions"):
                schema[listing] = [*schema[listing], "does not apply"]
    if spec.default is not None:
        schema["default"] = spec.default == "true" if spec.type == "flag" else spec.default
    return schema


def _value(spec: FieldSpec, samples: list[Any]) -> Schema:
    if spec.constant is not None:
        return {"description": spec.doc, "type": "string", "const": spec.constant}
    match spec.type:
        case "code":
            return _codes(str(spec.vocabulary), spec.doc)
        case "flag":
            allowed = [True, False, "true", "false"]
            return {"description": spec.doc, "type": ["boolean", "string"], "enum": allowed} | {
                name: ["yes", "no", "yes, as text", "no, as text"]
                for name in ("enumDescriptions", "markdownEnumDescriptions")
            }
        case "part":
            return _part(spec, samples)
        case _:
            described = {"description": spec.doc, **_scalar(spec)}
            return {**described, "examples": samples[:1]} if samples else described


def _codes(vocabulary: str, doc: str) -> Schema:
    """An enum; the definitions both in the description and in the lists that editors understand."""
    codes = all_vocabularies()[vocabulary].codes
    definitions = [code.definition for code in codes]
    listing = "\n".join(f"- {code.code}: {code.definition}" for code in codes)
    return {
        "description": f"{doc}\n\n{listing}",
        "type": "string",
        "enum": [code.code for code in codes],
        "enumDescriptions": definitions,
        "markdownEnumDescriptions": definitions,
    }


def _part(spec: FieldSpec, samples: list[Any]) -> Schema:
    part = spec.part
    assert part is not None
    schema = _object(part, [sample for sample in samples if isinstance(sample, dict)])
    schema = {"description": spec.doc if spec.items is None else part.doc, **schema}
    if short := part.field(_SHORT_FORMS.get(part.name, "")):
        # Keywords apply to values of their own type only, so no choice of schemas is needed.
        schema.update(_scalar(short), type=["string", "object"])
    return schema


def _scalar(spec: FieldSpec) -> Schema:
    match spec.type:
        case "id":
            return _text(ID_PATTERN, "An id such as AE-7K3M-9QX4; ids are minted, never made up.")
        case "day":
            return {**_text(DAY_PATTERN, "A day, such as 2024-06-19."), "format": "date"}
        case "partial_date":
            says = "2024-06-19, 2024-06, 2024-Q2 or 2024."
            year = {"type": ["string", "integer"], "minimum": 1800, "maximum": 2099}
            return {**_text(PARTIAL_DATE_PATTERN, says), **year}
        case "number":
            schema = {**_text(_NUMBER_PATTERN, "A number."), "type": ["number", "string"]}
            if spec.between is not None:
                schema |= {"minimum": spec.between.low, "maximum": spec.between.high}
            return schema
        case "text" if spec.form is not None:
            says = f"{spec.form.says[0].upper()}{spec.form.says[1:]}."
            if spec.form.name == "version":
                says += " Put it in quotation marks, or it is read as a number."
            return {**_text(spec.form.pattern, says), "maxLength": spec.form.max_length}
    raise TypeError(f"field {spec.name}: no JSON Schema for the type {spec.type}")


def _text(pattern: str, says: str) -> Schema:
    return {"type": "string", "pattern": portable_pattern(pattern), "patternErrorMessage": says}
