"""The two forms of each table of a package, read whatever their state, and where they differ."""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_events.release.digest import canonical_value, table_digest
from alignment_events.spec.ir import ColumnSpec
from alignment_events.spec.tables import table_specs

MOST_CELLS = 20
_LONGEST_CELL = 60

Table = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Form:
    """One form of a table: its rows and their digest, or why there are none."""

    path: Path
    rows: Table | None
    digest: str
    problem: str = ""


def parquet_form(path: Path) -> Form:
    """The rows of a Parquet file of a package."""
    from alignment_events.read.parquet import read_tables

    if path.is_symlink() or not path.is_file():
        return Form(path, None, "", "it is not there")
    read = read_tables(path)
    if path.stem not in read.tables:
        return Form(path, None, "", read.findings[0].message if read.findings else "it is empty")
    return _form(path, read.tables[path.stem].to_dicts())


def csv_form(path: Path) -> Form:
    """The rows of a CSV file of a package, typed by the format; what has no type stays text."""
    if path.is_symlink() or not path.is_file():
        return Form(path, None, "", "it is not there")
    spec = table_specs()[path.stem]
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream, strict=True)
            header = next(lines, [])
            if list(header) != list(spec.names):
                return Form(path, None, "", "its columns are not those of the format, in order")
            rows = []
            for cells in lines:
                if len(cells) != len(header):
                    problem = f"line {lines.line_num} has {len(cells)} cells, not {len(header)}"
                    return Form(path, None, "", problem)
                typed = map(_typed, spec.columns, cells)
                rows.append(dict(zip(spec.names, typed, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return Form(path, None, "", str(error))
    return _form(path, rows)


def _form(path: Path, rows: Table) -> Form:
    names = table_specs()[path.stem].names
    if rows and any(name not in rows[0] for name in names):
        return Form(path, None, "", "a column is missing")
    try:
        digest = table_digest(path.stem, rows)
    except (TypeError, ValueError) as error:  # keys of several types, numbers that are none
        return Form(path, rows, "", str(error))
    return Form(path, rows, digest)


def _typed(column: ColumnSpec, cell: str) -> Any:
    if not cell:
        return None
    try:
        match column.type:
            case "day":
                return dt.date.fromisoformat(cell) if len(cell) == 10 else cell
            case "flag":
                return {"true": True, "false": False}[cell]
            case "integer":
                return int(cell) if str(int(cell)) == cell else cell
            case "number":
                return float(cell) if canonical_value(float(cell)) == cell else cell
    except (ValueError, KeyError, OverflowError):
        pass
    return cell


def changed_cells(table: str, was: Table, now: Table) -> list[str]:
    """Where a table is not what it was, each in a line; at most some, and how many more."""
    found = list(_changes(table, was, now))
    if len(found) > MOST_CELLS:
        found[MOST_CELLS:] = [f"and {len(found) - MOST_CELLS} more"]
    return found


def _changes(table: str, was: Table, now: Table) -> Iterator[str]:
    spec = table_specs()[table]
    before, after = (
        {tuple(canonical_value(row[name]) for name in spec.key): row for row in rows}
        for rows in (was, now)
    )
    for key in sorted(before.keys() | after.keys()):
        name = f"{table} {', '.join(part.strip(chr(34)) for part in key)}"
        if key not in after:
            yield f"{name}: the row is missing"
        elif key not in before:
            yield f"{name}: the row is new"
        else:
            for column in spec.names:
                old, new = before[key][column], after[key][column]
                if canonical_value(old) != canonical_value(new):
                    yield f"{name}: {column} is {_shown(new)}, and was {_shown(old)}"
    if len(was) != len(now) and before.keys() == after.keys():
        yield f"{table}: rows stand twice"


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    text = "".join(c if c.isprintable() else "�" for c in str(value))
    return f"“{text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + '…'}”"
