"""Table specification → Table Schema (Data Package v2) of the CSV file of a published table."""

from typing import Any

from alignment_events.compile.json_schema import portable_pattern
from alignment_events.model.ids import ID_PATTERN
from alignment_events.spec.ir import ColumnSpec, TableSpec
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.tables import table_specs

Descriptor = dict[str, Any]

_PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"
_TYPES = {
    "text": "string",
    "code": "string",
    "id": "string",
    "day": "date",
    "flag": "boolean",
    "integer": "integer",
    "number": "number",
}
_PAIRS = {"record_codes": ("vocabularies", ("vocabulary", "code"))}
"""Table to the reference that it makes with two columns together."""


def table_schema(table: str) -> Descriptor:
    """The Table Schema of a published table; empty cells are missing values, in every type."""
    spec = table_specs()[table]
    schema: Descriptor = {
        "$schema": _PROFILE,
        "name": spec.name,
        "title": spec.name.replace("_", " "),
        "description": spec.doc,
        "fields": [_field(column) for column in spec.columns],
        "missingValues": [""],
    }
    if any(spec.column(name).nullable for name in spec.key):
        # A primary key may not be empty, not even in part.
        schema["uniqueKeys"] = [list(spec.key)]
    else:
        schema["primaryKey"] = list(spec.key)
    if references := _foreign_keys(spec):
        schema["foreignKeys"] = references
    return schema


def _field(column: ColumnSpec) -> Descriptor:
    field: Descriptor = {
        "name": column.name,
        "title": column.name.replace("_", " "),
        "description": column.doc,
        "type": _TYPES[column.type],
    }
    if column.type == "flag":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    if constraints := _constraints(column):
        field["constraints"] = constraints
    return field


def _constraints(column: ColumnSpec) -> Descriptor:
    found: Descriptor = {}
    if not column.nullable:
        found["required"] = True
    if column.type == "code":
        # Kinds with vocabularies of their own share the column: which code fits, rules say.
        names = dict.fromkeys(column.vocabularies.values())
        codes = (code for name in names for code in all_vocabularies()[name].values)
        found["enum"] = list(dict.fromkeys(codes))
    if column.type == "id":
        found["pattern"] = ID_PATTERN
    if column.form is not None:
        found["pattern"] = portable_pattern(column.form.pattern)
        found["maxLength"] = column.form.max_length
    if column.between is not None:
        found |= {"minimum": column.between.low, "maximum": column.between.high}
    return found


def _foreign_keys(spec: TableSpec) -> list[Descriptor]:
    found = [
        _reference((column.name,), column.ref.table, (column.ref.column,), spec.name)
        for column in spec.columns
        if column.ref is not None
    ]
    if spec.name in _PAIRS:
        table, columns = _PAIRS[spec.name]
        found.append(_reference(columns, table, columns, spec.name))
    return found


def _reference(
    columns: tuple[str, ...], table: str, targets: tuple[str, ...], here: str
) -> Descriptor:
    # A table refers to itself by the empty name.
    resource = "" if table == here else table
    return {"fields": list(columns), "reference": {"resource": resource, "fields": list(targets)}}
