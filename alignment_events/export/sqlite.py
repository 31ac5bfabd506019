"""An SQLite database: strict tables, keys declared and checked, descriptions in tables beside."""

import datetime as dt
import sqlite3
from pathlib import Path
from typing import Any

from alignment_events.compile.sql import name as quoted
from alignment_events.export.contents import Contents
from alignment_events.export.sql_tables import (
    create_description,
    create_table,
    description_rows,
    insert,
    parents_first,
)
from alignment_events.findings import AlignmentEventsError
from alignment_events.spec.tables import table_specs

# SQLite has no days and no truth values: days are ISO texts, which compare and which its date
# functions read; truth values are 0 and 1.
_TYPES = {
    "text": "TEXT",
    "code": "TEXT",
    "id": "TEXT",
    "day": "TEXT",
    "flag": "INTEGER",
    "integer": "INTEGER",
    "number": "REAL",
}
_STRICT_SINCE = (3, 37, 0)


def write_sqlite(contents: Contents, path: Path) -> None:
    """Write the database.

    Raises:
        AlignmentEventsError: If a row refers to a row that is not there.
    """
    strict = " STRICT" if sqlite3.sqlite_version_info >= _STRICT_SINCE else ""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for done, name in enumerate(parents_first(contents.names), 1):
            spec = table_specs()[name]
            connection.execute(create_table(spec, _TYPES, contents.names) + strict)
            rows = ([_cell(row[column]) for column in spec.names] for row in contents.rows(name))
            connection.executemany(insert(name, len(spec.names)), rows)
            _index(connection, name)
            contents.done(done)
        for name, told in description_rows(contents).items():
            connection.execute(create_description(name, _TYPES) + strict)
            connection.executemany(insert(name, len(told[0])), told)
        connection.execute("COMMIT")
        # Settings of the file itself: it is seen by programs that open it to be of this library.
        connection.execute(f"PRAGMA application_id = {int.from_bytes(b'AEvt', 'big')}")
        if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
            raise AlignmentEventsError(
                f"{broken[0]}: row {broken[1]} refers to a row of {broken[2]} that is not there."
            )
    finally:
        connection.close()


def _index(connection: sqlite3.Connection, table: str) -> None:
    parent = table_specs()[table].parent
    if parent is not None:
        index = quoted(f"{table}_by_{parent}")
        connection.execute(f"CREATE INDEX {index} ON {quoted(table)} ({quoted(parent)})")


def _cell(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value
