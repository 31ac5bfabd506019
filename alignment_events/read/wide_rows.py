"""Wide sheets become nested records, each value with the cell that it stands in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from alignment_events.check.messages import (
    no_such,
    quoted,
    shown,
    suggestion,
    unknown_columns,
)
from alignment_events.check.records import SourceRecord
from alignment_events.findings import Finding, Spot
from alignment_events.read.grid import Grid
from alignment_events.spec.project import NestedPath
from alignment_events.spec.records import record_specs
from alignment_events.spec.wide import (
    KEY,
    RECORD,
    Filled,
    item_column,
    item_columns,
    item_sheets,
    main_column,
    read_item,
    read_main,
    wide_columns,
)

MAX_RECORDS = 20_000
"""Nested records of one contribution; of more, tables are the right form."""

_LISTED = 10
"""Keys that a message lists."""

_LEAST_HEADERS = 3
"""So many known headers make a sheet one of records, whatever its name."""


def normal(name: str) -> str:
    """The name of a sheet or file as that of a table or list would be written."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def kind_named(name: str) -> str:
    """The kind that a sheet is named after: `Meetings` is of meetings."""
    return next((kind for kind in record_specs() if normal(name) in (kind, f"{kind}s")), "")


def main_score(grid: Grid) -> int:
    """How many headers of the main sheet a grid has; 0 if too few to be one."""
    known = sum(main_column(name) is not None for name in grid.header if name)
    return known if known >= _LEAST_HEADERS or (known and kind_named(grid.name)) else 0


def list_of(grid: Grid) -> str | None:
    """The list whose items a grid holds, one a row, if it is such a sheet."""
    if RECORD not in grid.header:
        return None
    if normal(grid.name) in item_sheets():
        return normal(grid.name)
    scores = {
        name: sum(item_column(name, header) is not None for header in grid.header)
        for name in item_sheets()
    }
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= _LEAST_HEADERS else None


@dataclass
class _Entry:
    """A row of a main sheet, and the rows of its items on further sheets."""

    grid: Grid
    row: int
    kind: str
    also: Sequence[str] = ()
    items: list[tuple[str, Grid, int]] = field(default_factory=list)


def read_wide(
    mains: Sequence[Grid], further: Sequence[tuple[str, Grid]], also: Sequence[str] = ()
) -> Iterable[SourceRecord]:
    """The records of the main sheets with the items of the further sheets.

    Args:
        mains: Sheets with one row a record.
        further: Name of a list, and a sheet with one row an item of it.
        also: Columns of the main sheets that are no part of a record, and are taken as they are.

    What is wrong with the notation in cells is noted in the grids.
    """
    # One more than allowed, so that the caller sees that there are too many.
    entries: list[_Entry] = []
    by_name: dict[str, _Entry] = {}
    for grid in mains:
        known = partial(_in_main, also=also)
        _check_names(grid, "a record", known, [*also, *_main_names()])
        kind = "" if "kind" in grid.header else kind_named(grid.name)
        for row, cells in enumerate(_rows(grid)):
            if len(entries) > MAX_RECORDS:
                break
            entry = _Entry(grid, row, kind, also)
            entries.append(entry)
            for name in dict.fromkeys((cells.get("id"), cells.get(KEY))):
                if name and by_name.setdefault(name, entry) is not entry and cells.get(KEY) == name:
                    message = f"The key {quoted(name)} stands twice."
                    grid.report("AE401", message, row, grid.column_of(KEY), value=shown(name))
    strangers = cache(lambda name: no_such(name, "record", by_name))
    for name, grid in further:
        columns = [column.name for column in item_columns(name)]
        _check_names(grid, f"the sheet of {name}", lambda h, c=columns: h in c, columns)
        for row, cells in enumerate(_rows(grid)):
            owner = by_name.get(cells.get(RECORD, ""))
            if owner is not None:
                owner.items.append((name, grid, row))
            elif RECORD not in cells:
                message = "The row does not say which record it belongs to."
                grid.report("AE101", message, row, grid.column_of(RECORD), field=RECORD)
            else:
                message, hint = strangers(cells[RECORD])
                grid.report(
                    "AE402", message, row, grid.column_of(RECORD),
                    hint=hint, field=RECORD, value=shown(cells[RECORD]),
                )  # fmt: skip
    return [_record(entry) for entry in entries]


def _in_main(header: str, also: Sequence[str]) -> bool:
    return header in also or main_column(header) is not None


def _main_names() -> list[str]:
    return [column.name for column in wide_columns()]


def _check_names(grid: Grid, where: str, known: Any, names: Sequence[str]) -> None:
    """Report columns that are not known; a misspelt one is read as the one that is offered.

    So its values are checked and are not missing in every row besides. Nothing is added to a
    dataset while the name stands as it is.
    """
    free = [name for name in names if name not in grid.header]
    unknown = [n for n, header in enumerate(grid.header) if header and not known(header)]
    headers = [grid.header[number] for number in unknown]
    for one, message, hint in unknown_columns(headers, where, ()):
        number, header = unknown[one], headers[one]
        if hint is None:
            grid.report("AE102", message, None, number, field=header)
            continue
        offer = suggestion(header, free)
        hint = offer or suggestion(header, names) or "Remarks go into the column note."
        grid.report("AE102", message, None, number, hint=hint, field=header)
        meant = offer.split()[-1].rstrip("?") if offer else None
        if meant in free:
            free.remove(meant)
            grid.header[number] = meant


def _rows(grid: Grid) -> Iterable[dict[str, str]]:
    """The filled cells of each row, by header."""
    for row in grid.named().iter_rows(named=True):
        yield {name: text for name, text in row.items() if text is not None}


def _cells(grid: Grid, row: int) -> dict[str, str]:
    """All cells of a row, empty ones too."""
    texts = grid.frame.row(row)
    return {
        grid.header[int(number)]: text or ""
        for number, text in zip(grid.frame.columns, texts, strict=True)
    }


def _record(entry: _Entry) -> SourceRecord:
    values: dict[str, Any] = {}
    cells = _cells(entry.grid, entry.row)
    for place, filled in _parts(entry, values):
        grid, row = place
        for header, fault in filled.faults:
            grid.report(fault.code, fault.message, row, grid.column_of(header), field=header)

    def locate(path: NestedPath, key: bool) -> Spot:
        return _locate(entry, path)

    return SourceRecord(values, entry.grid.file, locate, cells.get(KEY) or None)


def _parts(entry: _Entry, values: dict[str, Any]) -> list[tuple[tuple[Grid, int], Filled]]:
    """Read the rows of a record; `values` takes what they say."""
    cells = _cells(entry.grid, entry.row)
    added = {name: cells.pop(name) for name in entry.also if name in cells}
    main = read_main(cells, entry.kind)
    values.update(main.values)
    values.update({name: text for name, text in added.items() if text})
    main.places.update({(name,): name for name in added})
    found = [((entry.grid, entry.row), main)]
    for name, grid, row in entry.items:
        items = values.setdefault(name, [])
        filled = read_item(name, _cells(grid, row), len(items))
        filled.places = {(name, len(items), *path): h for path, h in filled.places.items()}
        items.append(filled.values)
        found.append(((grid, row), filled))
    return found


def _locate(entry: _Entry, path: NestedPath) -> Spot:
    """The cell of a value: its own, else one of what lies below it, else of what holds it."""
    places: dict[NestedPath, tuple[Grid, int, str]] = {}
    for (grid, row), filled in _parts(entry, {}):
        places.update({p: (grid, row, header) for p, header in filled.places.items()})
    while path:
        within = (p for p in places if p[: len(path)] == path)
        best = path if path in places else next(within, None)
        if best is not None:
            grid, row, header = places[best]
            return grid.spot(row, grid.column_of(header))
        path = path[:-1]
    return entry.grid.spot(entry.row)


def with_ids(records: Iterable[SourceRecord], mint: Any) -> list[SourceRecord]:
    """The records, each with an id, and links that named a row by its key led to its id.

    Args:
        records: Records, of which some have no id yet.
        mint: Called with a record; returns its id.
    """
    given = [(one, one.values.get("id") or mint(one)) for one in records]
    ids = {one.key: record_id for one, record_id in given if one.key}
    return [
        SourceRecord(_with_id(one.values, record_id, ids), one.file, one.locate, one.key)
        for one, record_id in given
    ]


def about_keys(found: Finding, keys: Iterable[str | None]) -> Finding:
    """The finding; if a link names neither an id nor a row, it says which rows there are."""
    path = (found.field or "").split("/")
    if found.code != "AE109" or path[0] != "links" or path[-1] != "to":
        return found
    if not (there := sorted({key for key in keys if key})):
        return found
    listed = f"The keys are: {', '.join(map(quoted, there[:_LISTED]))}"
    listed += f" and {len(there) - _LISTED} more." if len(there) > _LISTED else "."
    return found.at(
        message=f"{found.field}: no row has the key {quoted(found.value)}, and it is no id either.",
        hint=suggestion(found.value, there) or listed,
    )


def _with_id(values: Mapping[str, Any], record_id: Any, ids: Mapping[str, Any]) -> dict[str, Any]:
    found = {"id": record_id, **{k: v for k, v in values.items() if k != "id"}}
    links = values.get("links")
    if isinstance(links, list):
        found["links"] = [
            {**link, "to": ids.get(link["to"], link["to"])}
            if isinstance(link, dict) and isinstance(link.get("to"), str)
            else link
            for link in links
        ]
    return found
