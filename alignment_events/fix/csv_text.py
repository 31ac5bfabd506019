"""Changes single cells of CSV tables in place: every other character stays as it is."""

import csv
from collections import Counter
from itertools import zip_longest

from alignment_events.fix.values import Actors, certain
from alignment_events.fix.yaml_text import Edit, Mended, edited
from alignment_events.read.csv_cells import Cell, csv_rows_of, delimiter_of, values_of
from alignment_events.spec.ir import ColumnSpec, TableSpec


def mend_table(
    data: bytes, spec: TableSpec, actors: Actors | None, *, name: str = ""
) -> tuple[bytes, tuple[Mended, ...]]:
    """The bytes of a CSV file of one table with all that is certain mended, and what was changed.

    A file that is not UTF-8 or not CSV is left. The outcome is read again, and must differ in just
    the cells that were changed.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data, ()
    delimiter = delimiter_of(text, name)
    try:
        values = values_of(text, delimiter)
    except csv.Error:
        return data, ()
    if not values:
        return data, ()
    header = values[0]
    known, times = set(spec.names), Counter(header)
    columns = [spec.column(c) if c in known and times[c] == 1 else None for c in header]
    kind_at = next((n for n, c in enumerate(columns) if c and c.name == "kind"), None)
    # Codes and ids stand in many rows.
    told: dict[tuple[int, str, str | None], tuple[str, str] | None] = {}
    edits: list[Edit] = []
    mended: list[Mended] = []
    expected = []
    for cells, row in zip_longest(csv_rows_of(text, delimiter), values):
        if cells is None or row is None or [cell.value for cell in cells] != row:
            return data, ()
        expected.append(row)
        if len(row) != len(header) or len(expected) == 1:
            continue
        kind = None if kind_at is None else row[kind_at]
        for number, (cell, about) in enumerate(zip(cells, columns, strict=True)):
            if about is None or not cell.value:
                continue
            key = number, cell.value, kind
            if key not in told:
                told[key] = _change(cell.value, about, kind, actors)
            change = told[key]
            if change is None:
                continue
            edits.append((cell.start, cell.end, _written(text, cell, change[0], delimiter)))
            mended.append(Mended(cell.line, about.name, cell.value, *change))
            row[number] = change[0]
    if not edits:
        return data, ()
    after = edited(text, edits)
    if values_of(after, delimiter) != expected:
        raise AssertionError("a change to single cells changed something else")
    return data[: len(data) - len(text.encode())] + after.encode(), tuple(mended)


def _change(
    value: str, about: ColumnSpec, kind: str | None, actors: Actors | None
) -> tuple[str, str] | None:
    if not value.strip():
        return None
    names = about.vocabularies
    return certain(value, about, names.get("*") or names.get(kind or ""), actors)


def _written(text: str, cell: Cell, new: str, delimiter: str) -> str:
    """The new value, in quotation marks if the old one was, or if it needs them."""
    if text[cell.start : cell.start + 1] == '"' or set(new) & {delimiter, '"', "\n", "\r"}:
        doubled = new.replace('"', '""')
        return f'"{doubled}"'
    return new
