"""Table specifications: the declared columns, completed from the fields that they are projected from."""

from functools import cache

from alignment_events.model.marks import Ref
from alignment_events.model.tables import TABLES, Column, Table
from alignment_events.model.tables.errata import ERRATA
from alignment_events.spec.ir import ColumnSpec, FieldSpec, PartSpec, TableSpec
from alignment_events.spec.records import leaves, record_specs


@cache
def table_specs() -> dict[str, TableSpec]:
    """Table name to its specification, in published order."""
    return {table.name: _table(table) for table in TABLES}


@cache
def errata_spec() -> TableSpec:
    """The list of errata of a dataset, which is read as a table and published as a file."""
    return _table(ERRATA)


@cache
def registry_keys() -> dict[str, str]:
    """Registry to its key: the tables that others refer to which are not of records."""
    named = {c.ref.table for spec in table_specs().values() for c in spec.columns if c.ref}
    return {
        name: spec.key[0]
        for name, spec in table_specs().items()
        if name in named and spec.parent is None and spec.column(spec.key[0]).type != "id"
    }


def record_key(table: str) -> str:
    """The column that names the record that a row belongs to; `index` is every record."""
    if table == "index":
        return "record_id"
    spec = table_specs()[table]
    return spec.parent or spec.key[0]


def _table(table: Table) -> TableSpec:
    fields = _fields_of(table)
    return TableSpec(
        name=table.name,
        doc=table.doc,
        columns=tuple(_column(column, table, fields) for column in table.columns),
        key=table.key,
        parent=table.parent,
        each=table.each,
    )


def _fields_of(table: Table) -> dict[str, dict[str, FieldSpec]]:
    """Kind to path to field: the fields that this table's columns may be projected from."""
    found: dict[str, dict[str, FieldSpec]] = {}
    for kind, record in record_specs().items():
        if table.kinds and kind not in table.kinds:
            continue
        if table.each is None or record.field(table.each) is not None:
            found[kind] = dict(leaves(_row_part(table, kind)))
    return found


def _column(column: Column, table: Table, fields: dict[str, dict[str, FieldSpec]]) -> ColumnSpec:
    holders = {kind: paths[column.path] for kind, paths in fields.items() if column.path in paths}
    if not column.path:
        return ColumnSpec(
            name=column.name,
            doc=column.doc,
            type=column.type or "text",
            nullable=bool(column.nullable),
            vocabularies={"*": column.vocabulary} if column.vocabulary else {},
            form=column.form,
            ref=_ref(column, None),
            derived=column.derived,
        )
    if not holders:
        raise KeyError(f"{table.name}.{column.name}: no record has {column.path}")
    first = next(iter(holders.values()))
    everywhere = len(holders) == len(fields)
    required = tuple(
        kind for kind, spec in holders.items() if _always_there(spec, column.path, table, kind)
    )
    optional = not (everywhere and len(required) == len(holders))
    return ColumnSpec(
        name=column.name,
        doc=column.doc or first.doc,
        type=column.type or first.type,
        nullable=optional if column.nullable is None else column.nullable,
        vocabularies=_vocabularies(holders),
        form=column.form or first.form,
        between=first.between,
        ref=_ref(column, first),
        path=column.path,
        required_for=required if not everywhere else (),
        applies_to=tuple(holders) if not everywhere else (),
    )


def _always_there(spec: FieldSpec, path: str, table: Table, kind: str) -> bool:
    """True if every valid row of the kind gives the field or has a default for it."""
    if not (spec.required or spec.default is not None):
        return False
    head, _, rest = path.partition("/")
    holder = _row_part(table, kind).field(head)
    return not rest or (holder is not None and holder.required)


def _row_part(table: Table, kind: str) -> PartSpec:
    """The part whose fields the rows of a table hold: the record, or the item of a list."""
    record = record_specs()[kind]
    if table.each is None:
        return record
    item = record.field(table.each)
    if item is None or item.part is None:
        raise KeyError(f"{table.name}: {kind} has no list {table.each}")
    return item.part


def _vocabularies(holders: dict[str, FieldSpec]) -> dict[str, str]:
    names = {kind: spec.vocabulary for kind, spec in holders.items() if spec.vocabulary}
    distinct = set(names.values())
    if len(distinct) == 1:
        return {"*": distinct.pop()}
    return {kind: name for kind, name in names.items() if name}


def _ref(column: Column, spec: FieldSpec | None) -> Ref | None:
    if column.refers:
        table, _, name = column.refers.partition(".")
        return Ref(table, name)
    return spec.ref if spec else None
