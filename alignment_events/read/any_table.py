"""Reads tables of the format out of whatever files people keep them in, to compare them.

Not to check them: a cell that has no value of its column's type stays the text that it is, and
differs from what it was.
"""

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment_events.findings import AlignmentEventsError
from alignment_events.spec.ir import ColumnSpec
from alignment_events.spec.tables import table_specs

MAX_FILE_BYTES = 1_000_000_000
MAX_ROWS = 5_000_000

Row = dict[str, Any]


@dataclass(frozen=True)
class TableFound:
    """A table in a file.

    Attributes:
        where: The file, and the sheet or table in it.
        table: Name of the table of the format, or None if its columns are of none.
        rows: Its rows.
        says: What the file says of itself: `dataset`, `version`, `digest`, `table_digest`.
    """

    where: str
    table: str | None
    rows: list[Row] = field(repr=False)
    says: Mapping[str, str] = field(default_factory=dict)


def tables_in(path: Path) -> list[TableFound]:
    """The tables in a file, by the ending of its name.

    Raises:
        AlignmentEventsError: If there is no such file, or it cannot be read as what it is called.
    """
    if path.is_symlink() or not path.is_file():
        raise AlignmentEventsError(f"{path} is not there, or is a link, a folder or a pipe.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise AlignmentEventsError(f"{path} has more than {MAX_FILE_BYTES:,} bytes.")
    read = _READERS.get(path.suffix.lower())
    if read is None:
        known = ", ".join(_READERS)
        raise AlignmentEventsError(f"{path}: what it is cannot be told; known endings are {known}.")
    try:
        return list(read(path))
    except AlignmentEventsError:
        raise
    except ImportError as error:
        raise AlignmentEventsError(f"{path}: {error.name} is not installed.") from error
    # Half a dozen libraries read here, each with errors of its own, and files may be hostile.
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise AlignmentEventsError(f"{path} cannot be read: {reason}") from error


def _parquet(path: Path) -> Iterator[TableFound]:
    import pyarrow.parquet as pq

    from alignment_events.read.parquet import read_tables

    read = read_tables(path)
    if not read.tables:
        raise AlignmentEventsError(f"{path}: {read.findings[0].message}")
    metadata = pq.read_schema(path).metadata or {}
    mark = "alignment_events."
    says = {
        key.decode().removeprefix(mark): value.decode("utf-8", "replace")[:200]
        for key, value in metadata.items()
        if key.startswith(mark.encode()) and key.isascii()
    }
    for name, frame in read.tables.items():
        named = name if set(table_specs()[name].names) == set(frame.columns) else None
        yield TableFound(str(path), named, frame.to_dicts(), says)


def _delimited(path: Path) -> Iterator[TableFound]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        delimiter = max(",;\t", key=first.count)
        rows = csv.reader(stream, delimiter=delimiter, strict=True)
        yield _found(str(path), next(rows, []), rows)


def _workbook(path: Path) -> Iterator[TableFound]:
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_path(path) as book:
        for name in book.sheet_names:
            rows = iter(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            header = [str(cell) for cell in next(rows, [])]
            found = _found(f"{path}, sheet {name}", header, rows)
            if found.table is not None:
                yield found


def _sqlite(path: Path) -> Iterator[TableFound]:
    import sqlite3

    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        cursor = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        yield from _database(path, [name for (name,) in cursor], connection.execute)
    finally:
        connection.close()


def _duckdb(path: Path) -> Iterator[TableFound]:
    import duckdb

    connection = duckdb.connect(str(path), read_only=True)
    try:
        names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()")
                 .fetchall()]  # fmt: skip
        yield from _database(path, names, connection.execute)
    finally:
        connection.close()


def _database(path: Path, names: list[str], execute: Callable[[str], Any]) -> Iterator[TableFound]:
    says = {}
    if "_release" in names:
        says = {str(k): str(v)[:200] for k, v in execute("SELECT * FROM _release").fetchall()}
    for name in table_specs():
        if name in names:
            cursor = execute(f'SELECT * FROM "{name}"')
            header = [column[0] for column in cursor.description]
            found = _found(f"{path}, table {name}", header, iter(cursor.fetchone, None))
            yield TableFound(found.where, found.table, found.rows, says)


def _statistics(path: Path) -> Iterator[TableFound]:
    import pyreadstat

    read = pyreadstat.read_dta if path.suffix.lower() == ".dta" else pyreadstat.read_sav
    columns, meta = read(str(path), apply_value_formats=True, output_format="dict")
    header = list(columns)
    yield _found(f"{path} ({meta.file_label or ''})", header, zip(*columns.values(), strict=True))


def _found(where: str, header: list[str], rows: Iterable[Any]) -> TableFound:
    """A table of rows, its cells typed by the table that has just these columns."""
    names = [name.strip() for name in header]
    spec = next((s for s in table_specs().values() if sorted(s.names) == sorted(names)), None)
    if spec is None:
        return TableFound(where, None, [])
    found: list[Row] = []
    for cells in rows:
        if len(found) >= MAX_ROWS:
            raise AlignmentEventsError(f"{where} has more than {MAX_ROWS:,} rows.")
        # A row that is too short or long is a row that differs.
        row = dict.fromkeys(spec.names) | dict(zip(names, cells, strict=False))
        found.append({name: typed(spec.column(name), row[name]) for name in spec.names})
    return TableFound(where, spec.name, found)


def typed(column: ColumnSpec, cell: Any) -> Any:
    """A cell as a value of its column's type; unchanged if it is none."""
    if cell is None or cell == "" or cell != cell:
        return None
    try:
        match column.type:
            case "day":
                if isinstance(cell, dt.datetime):
                    return cell.date() if cell.time() == dt.time() else cell.isoformat()
                return cell if isinstance(cell, dt.date) else dt.date.fromisoformat(cell)
            case "flag":
                return {"true": True, "false": False, "1": True, "0": False, "1.0": True,
                        "0.0": False}[str(cell).lower()]  # fmt: skip
            case "integer":
                return int(cell) if float(cell) == int(float(cell)) else float(cell)
            case "number":
                return float(cell)
            case _:
                return str(cell)
    except (ValueError, KeyError, TypeError, OverflowError):
        return str(cell)


_READERS: dict[str, Callable[[Path], Iterator[TableFound]]] = {
    ".parquet": _parquet,
    ".csv": _delimited,
    ".tsv": _delimited,
    ".xlsx": _workbook,
    ".sqlite": _sqlite,
    ".db": _sqlite,
    ".duckdb": _duckdb,
    ".dta": _statistics,
    ".sav": _statistics,
}
