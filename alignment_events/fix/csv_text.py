"""Changes single cells of CSV tables in place: every other character stays as it is."""

import csv
from collections import Counter

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
    rows = list(csv_rows_of(text, delimiter))
    values = [[cell.value for cell in row] for row in rows]
    try:
        if not rows or values != values_of(text, delimiter):
            return data, ()
    except csv.Error:
        return data, ()
    header = values[0]
    known, times = set(spec.names), Counter(header)
    columns = [spec.column(c) if c in known and times[c] == 1 else None for c in header]
    edits: list[Edit] = []
    mended: list[Mended] = []
    for row in rows[1:]:
        if len(row) != len(header):
            continue
        kind = next(
            (
                c.value
                for c, about in zip(row, columns, strict=True)
                if about and about.name == "kind"
            ),
            None,
        )
        for cell, about in zip(row, columns, strict=True):
            change = _change(cell, about, kind, actors) if about else None
            if about is None or change is None:
                continue
            edits.append((cell.start, cell.end, _written(text, cell, change[0], delimiter)))
            mended.append(Mended(cell.line, about.name, cell.value, *change))
    if not edits:
        return data, ()
    after = edited(text, edits)
    new = {
        (cell_start, cell_end): m.new
        for (cell_start, cell_end, _), m in zip(edits, mended, strict=True)
    }
    expected = [[new.get((cell.start, cell.end), cell.value) for cell in row] for row in rows]
    if values_of(after, delimiter) != expected:
        raise AssertionError("a change to single cells changed something else")
    return data[: len(data) - len(text.encode())] + after.encode(), tuple(mended)


def _change(
    cell: Cell, about: ColumnSpec, kind: str | None, actors: Actors | None
) -> tuple[str, str] | None:
    if not cell.value.strip():
        return None
    names = about.vocabularies
    return certain(cell.value, about, names.get("*") or names.get(kind or ""), actors)


def _written(text: str, cell: Cell, new: str, delimiter: str) -> str:
    """The new value, in quotation marks if the old one was, or if it needs them."""
    if text[cell.start : cell.start + 1] == '"' or set(new) & {delimiter, '"', "\n", "\r"}:
        doubled = new.replace('"', '""')
        return f'"{doubled}"'
    return new
