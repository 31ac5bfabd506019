"""What SQLite and DuckDB have in common: tables, keys, and the tables that describe them."""

from alignment_events.compile.sql import name as quoted
from alignment_events.compile.table_schema import table_schema
from alignment_events.export.contents import Contents
from alignment_events.spec.ir import TableSpec
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.tables import table_specs

Types = dict[str, str]
"""Type of a column to its SQL type."""

DESCRIPTIONS = {
    "_release": ("name", "value"),
    "_columns": (
        "table_name",
        "column_name",
        "position",
        "type",
        "nullable",
        "derived",
        "description",
    ),
    "_codes": (
        "table_name",
        "column_name",
        "vocabulary",
        "position",
        "code",
        "label",
        "definition",
    ),
}
"""Table of description to its columns; `position` is a number, everything else text."""


def create_table(
    spec: TableSpec, types: Types, present: tuple[str, ...], *, to_itself: bool = True
) -> str:
    """The statement that makes a table, with its keys.

    Args:
        spec: The table.
        types: SQL types.
        present: Tables that are there, to which foreign keys can lead.
        to_itself: Whether foreign keys of the table to itself are declared.
    """
    schema = table_schema(spec.name)
    lines = [
        f"{quoted(c.name)} {types[c.type]}{'' if c.nullable else ' NOT NULL'}" for c in spec.columns
    ]
    if key := schema.get("primaryKey"):
        lines.append(f"PRIMARY KEY ({_list(key)})")
    lines += [f"UNIQUE ({_list(key)})" for key in schema.get("uniqueKeys", ())]
    for reference in schema.get("foreignKeys", ()):
        target = reference["reference"]["resource"] or spec.name
        if target in present and (to_itself or target != spec.name):
            fields = _list(reference["reference"]["fields"])
            lines.append(
                f"FOREIGN KEY ({_list(reference['fields'])}) REFERENCES {quoted(target)} ({fields})"
            )
    return f"CREATE TABLE {quoted(spec.name)} (\n  " + ",\n  ".join(lines) + "\n)"


def create_description(name: str, types: Types) -> str:
    """The statement that makes a table of description."""
    columns = ", ".join(
        f"{quoted(column)} {types['integer' if column == 'position' else 'text']}"
        for column in DESCRIPTIONS[name]
    )
    return f"CREATE TABLE {quoted(name)} ({columns})"


def insert(name: str, width: int) -> str:
    """The statement that inserts a row."""
    return f"INSERT INTO {quoted(name)} VALUES ({', '.join('?' * width)})"


def parents_first(names: tuple[str, ...]) -> tuple[str, ...]:
    """The tables in an order in which each comes after those that it refers to."""
    placed: list[str] = []

    def visit(name: str) -> None:
        for reference in table_schema(name).get("foreignKeys", ()):
            target = reference["reference"]["resource"]
            if target in names and target not in placed:
                visit(target)
        if name not in placed:
            placed.append(name)

    for name in names:
        visit(name)
    return tuple(placed)


def description_rows(contents: Contents) -> dict[str, list[tuple[object, ...]]]:
    """The rows of the tables of description."""
    columns: list[tuple[object, ...]] = []
    codes: list[tuple[object, ...]] = []
    for name in contents.names:
        for place, column in enumerate(table_specs()[name].columns, 1):
            columns.append(
                (
                    name, column.name, place, column.type, _yes(column.nullable),
                    _yes(column.derived), column.doc,
                )
            )  # fmt: skip
            for vocabulary in dict.fromkeys(column.vocabularies.values()):
                codes += [
                    (name, column.name, vocabulary, rank, code.code, code.label, code.definition)
                    for rank, code in enumerate(all_vocabularies()[vocabulary].codes, 1)
                ]
    return {"_release": list(contents.facts.items()), "_columns": columns, "_codes": codes}


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _list(columns: list[str]) -> str:
    return ", ".join(map(quoted, columns))
