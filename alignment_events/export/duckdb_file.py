"""A DuckDB database: typed tables, keys, comments on tables and columns."""

from pathlib import Path

from alignment_events.compile.sql import name as quoted
from alignment_events.export.contents import Contents
from alignment_events.export.sql_tables import (
    create_description,
    create_table,
    description_rows,
    insert,
    parents_first,
)
from alignment_events.spec.tables import table_specs

_TYPES = {
    "text": "VARCHAR",
    "code": "VARCHAR",
    "id": "VARCHAR",
    "day": "DATE",
    "flag": "BOOLEAN",
    "integer": "BIGINT",
    "number": "DOUBLE",
}


def write_duckdb(contents: Contents, path: Path) -> None:
    """Write the database.

    Keys of a table to itself are not declared: DuckDB checks them row by row, before the row that is
    referred to has come.
    """
    try:
        import duckdb
    except ImportError as error:
        raise ImportError(
            "duckdb is not installed: pip install alignment-events[duckdb]"
        ) from error
    connection = duckdb.connect()
    try:
        # Small blocks: the tables are many and short, and each takes whole blocks.
        place = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{place}' AS target (BLOCK_SIZE 16384)")
        connection.execute("USE target")
        for done, name in enumerate(parents_first(contents.names), 1):
            spec = table_specs()[name]
            connection.execute(create_table(spec, _TYPES, contents.names, to_itself=False))
            connection.register("incoming", contents.table(name))
            connection.execute(f"INSERT INTO {quoted(name)} SELECT * FROM incoming")
            connection.unregister("incoming")
            connection.execute(f"COMMENT ON TABLE {quoted(name)} IS {_text(spec.doc)}")
            for column in spec.columns:
                where = f"{quoted(name)}.{quoted(column.name)}"
                connection.execute(f"COMMENT ON COLUMN {where} IS {_text(column.doc)}")
            contents.done(done)
        for name, told in description_rows(contents).items():
            connection.execute(create_description(name, _TYPES))
            connection.executemany(insert(name, len(told[0])), told)
    finally:
        connection.close()


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
