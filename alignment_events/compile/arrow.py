"""Table specification → Arrow schema, with the documentation of every column in its metadata."""

from functools import cache

import pyarrow as pa

from alignment_events.model.marks import FORMAT_VERSION
from alignment_events.spec.ir import ColumnSpec
from alignment_events.spec.tables import table_specs

ARROW_TYPES = {
    "text": pa.string(),
    "code": pa.string(),
    "id": pa.string(),
    "day": pa.date32(),
    "flag": pa.bool_(),
    "integer": pa.int64(),
    "number": pa.float64(),
}


@cache
def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a published table."""
    spec = table_specs()[table]
    return pa.schema(
        [_field(column) for column in spec.columns],
        metadata={"format_version": FORMAT_VERSION, "table": table, "description": spec.doc},
    )


def _field(column: ColumnSpec) -> pa.Field:
    return pa.field(
        column.name,
        ARROW_TYPES[column.type],
        nullable=column.nullable,
        metadata={"description": column.doc},
    )
