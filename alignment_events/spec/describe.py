"""Writes `described.py`: what the models say of records, as plain specifications.

Run by `make schema`. A test compares the file with the models.
"""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from alignment_events.model import forms
from alignment_events.model.marks import Form
from alignment_events.spec.extract import records_of_models
from alignment_events.spec.ir import PartSpec

PLACE = Path(__file__).parent / "described.py"
_FORMS = {form: name for name, form in vars(forms).items() if isinstance(form, Form)}
_HEAD = '''\
"""The records of the format; written from the models by `make schema`, never edited."""

from alignment_events.model.forms import (
{forms}
)
from alignment_events.model.marks import Between, Items, Ref
from alignment_events.spec.ir import FieldSpec, PartSpec
'''


def described() -> str:
    """The text of the module."""
    records = records_of_models()
    parts: dict[str, PartSpec] = {}
    for record in records.values():
        _collect(record, parts)
    used = {_name_of(form) for part in parts.values() for form in _forms(part)}
    lines = [_HEAD.format(forms="\n".join(f"    {name}," for name in sorted(used)))[:-1]]
    for part in parts.values():
        lines += ["", f"{_constant(part)} = PartSpec(", f"    {part.name!r},", f"    {part.doc!r},"]
        lines += ["    ("]
        lines += [f"        {_written(one)}," for one in part.fields]
        lines += ["    ),", ")"]
    lines += ["", "RECORDS: dict[str, PartSpec] = {"]
    lines += [f"    {kind!r}: {_constant(record)}," for kind, record in records.items()]
    lines += [
        "}",
        '"""Kind to the specification of its nested record, in the order of the codebook."""',
    ]
    return "\n".join(lines) + "\n"


def _collect(part: PartSpec, found: dict[str, PartSpec]) -> None:
    """Add the parts of a part before itself."""
    for one in part.fields:
        if one.part is not None:
            _collect(one.part, found)
    if found.setdefault(part.name, part) != part:
        raise ValueError(f"two models are named {part.name}")


def _forms(part: PartSpec) -> Iterator[Form]:
    return (one.form for one in part.fields if one.form is not None)


def _name_of(form: Form) -> str:
    return _FORMS.get(form, "text_form")


def _constant(part: PartSpec) -> str:
    return "_" + "".join(f"_{c}" if c.isupper() else c for c in part.name).upper().strip("_")


def _written(value: Any) -> str:
    """A value as Python, without what is said by default."""
    if isinstance(value, PartSpec):
        return _constant(value)
    if isinstance(value, Form):
        name = _name_of(value)
        return f"text_form({value.max_length})" if name == "text_form" else name
    if not is_dataclass(value):
        return repr(value)
    given = []
    for field in fields(value):
        held = getattr(value, field.name)
        if field.default is MISSING:
            given.append(_written(held))
        elif held != field.default:
            given.append(f"{field.name}={_written(held)}")
    return f"{type(value).__name__}({', '.join(given)})"


if __name__ == "__main__":
    PLACE.write_text(described(), encoding="utf-8", newline="\n")
