"""The wide sheet: one row a record, made for hands, and what a row becomes.

Nothing here lists fields: headers follow from the nested record by one rule, the path joined by
underscores (`date/start` → `date_start`, `meeting/outcome` → `meeting_outcome`).

- A field that takes several codes is one column, codes divided by `;`.
- A list of plain items (participants, stages, links …) is one column in the notation of
  `spec.compact`.
- A list of items that hold more (sources, observations) is spread over numbered columns:
  `source_1_url`, `source_1_publisher`, `source_2_url` …
- Every list may also stand on a sheet of its own, one row an item, whose column `record` holds the
  `id` of the record or, while it has none, the `key` that the contributor gave its row.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

from alignment_events.spec.compact import (
    Fault,
    cell_text,
    is_flat,
    needs_quotes,
    read_codes,
    read_parts,
    write_codes,
    write_parts,
)
from alignment_events.spec.ir import FieldSpec
from alignment_events.spec.project import NestedPath
from alignment_events.spec.records import leaves, record_specs

KEY = "key"
"""Column of the main sheet: a name for the row that the contributor makes up, for other rows and
sheets to refer to while the record has no id."""

RECORD = "record"
"""Column of every further sheet: id or key of the record that the item belongs to."""

MAIN_SHEET = "Events"
"""Name that the main sheet of a template has; sheets are recognised by their header."""

GUIDE_SHEETS = ("Read me", "Codebook", "Codes", "Examples")
"""Sheets of a workbook that explain and hold no data: never read."""

NUMBERED = {"sources": 3, "observations": 1}
"""How many numbered groups of columns a template has; a reader takes any number."""

_FIRST = ("id", "kind", "subtype")
_LAST = ("coding", "note")
_DEFAULTS = {("sources", "supports"): "core"}
"""Column of a list to what it holds if it is left empty."""

_NUMBERED_HEADER = re.compile(r"([a-z_]+?)_([1-9][0-9]{0,2})_([a-z_]+)")


@dataclass(frozen=True)
class WideColumn:
    """A column of a wide sheet.

    Attributes:
        name: Its header.
        path: Path in the nested record, or in the item of a further sheet; list positions from 0.
        field: The field that it holds; for `key` and `record`, None.
        kinds: Kinds of record that have it.
        doc: What it holds.
    """

    name: str
    path: NestedPath
    field: FieldSpec | None
    kinds: tuple[str, ...]
    doc: str

    @property
    def vocabularies(self) -> dict[str, str]:
        """Kind to the vocabulary that the cell is filled from, if it is."""
        found = {kind: _spec_of(kind, self.path) for kind in self.kinds}
        return {k: spec.vocabulary for k, spec in found.items() if spec and spec.vocabulary}


@dataclass
class WideRow:
    """A record as it is written into sheets.

    Attributes:
        main: Header to cell of its row on the main sheet; empty cells left out.
        items: Name of a list to the rows of the sheet of that list.
    """

    main: dict[str, str] = field(default_factory=dict)
    items: dict[str, list[dict[str, str]]] = field(default_factory=dict)


@dataclass
class Filled:
    """A row or item read back from cells.

    Attributes:
        values: The nested values, every scalar text.
        places: Path of a value to the header of the cell that it stands in.
        faults: Header and what is wrong with the notation of its cell.
    """

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[NestedPath, str] = field(default_factory=dict)
    faults: list[tuple[str, Fault]] = field(default_factory=list)


def wide_columns(
    kinds: Sequence[str] = (), numbered: Mapping[str, int] = NUMBERED
) -> tuple[WideColumn, ...]:
    """The columns of the main sheet, for records of these kinds; of all if none is named."""
    wanted = tuple(kinds) or tuple(record_specs())
    found: dict[str, WideColumn] = {}
    for kind in wanted:
        for path, spec in leaves(record_specs()[kind]):
            for name, steps, leaf in _spread(path, spec, numbered):
                before = found[name].kinds if name in found else ()
                found[name] = WideColumn(name, steps, leaf, (*before, kind), leaf.doc)
    key = WideColumn(KEY, (), None, wanted, "Name of the row that other rows and sheets may use.")
    columns = [key, *found.values()]
    return tuple(sorted(columns, key=_rank))


def item_columns(name: str) -> tuple[WideColumn, ...]:
    """The columns of the sheet of a list: one row an item."""
    kinds = _holders(name)
    spec = record_specs()[kinds[0]].field(name)
    assert spec is not None
    assert spec.part is not None
    record = WideColumn(RECORD, (), None, kinds, "Id or key of the record it belongs to.")
    return (
        record,
        *(
            WideColumn(_header(path), tuple(path.split("/")), leaf, kinds, leaf.doc)
            for path, leaf in leaves(spec.part)
        ),
    )


@cache
def item_sheets() -> tuple[str, ...]:
    """The lists of parts, which may stand on a sheet of their own."""
    names = (s.name for record in record_specs().values() for s in record.fields if _is_list(s))
    return tuple(dict.fromkeys(names))


@lru_cache(4096)
def main_column(header: str) -> WideColumn | None:
    """The column of the main sheet that a header means, or None; groups may have any number."""
    found = _NUMBERED_HEADER.fullmatch(header)
    if found is None:
        return _main_columns().get(header)
    name = next((n for n in item_sheets() if _singular(n) == found[1] and _is_numbered(n)), None)
    column = item_column(name, found[3]) if name else None
    if name is None or column is None or column.field is None:
        return None
    return replace(column, name=header, path=(name, int(found[2]) - 1, *column.path))


@cache
def _main_columns() -> dict[str, WideColumn]:
    return {column.name: column for column in wide_columns(numbered={})}


@lru_cache(4096)
def item_column(name: str, header: str) -> WideColumn | None:
    """The column of the sheet of a list that a header means, or None."""
    return next((c for c in item_columns(name) if c.name == header), None)


def read_main(cells: Mapping[str, str], kind: str) -> Filled:
    """The record in a row of the main sheet, as far as that sheet tells it.

    Args:
        cells: Header to text; of empty cells, only the place is noted.
        kind: Kind of the record, if it has no cell of its own.
    """
    filled = Filled({"kind": kind} if kind else {})
    groups: dict[str, dict[int, dict[str, str]]] = {}
    for header, text in cells.items():
        column = main_column(header)
        if column is None or column.field is None:
            continue
        if len(column.path) > 1 and isinstance(column.path[1], int):
            name, number = str(column.path[0]), column.path[1]
            groups.setdefault(name, {}).setdefault(number, {})[header] = text
        else:
            _fill(filled, column.path, column.field, header, text)
    for name, by_number in groups.items():
        for number, group in sorted(by_number.items()):
            if not any(group.values()):
                continue
            index = len(filled.values.setdefault(name, []))
            filled.values[name].append({})
            for header, text in group.items():
                column = main_column(header)
                assert column is not None
                assert column.field is not None
                path = (name, index, *column.path[2:])
                _fill(filled, path, column.field, header, text)
            _complete(filled.values[name][index], name, number)
    return filled


def read_item(name: str, cells: Mapping[str, str], number: int) -> Filled:
    """The item in a row of the sheet of a list; `number` is its place in the list, from 0."""
    filled = Filled()
    for header, text in cells.items():
        column = item_column(name, header)
        if column is not None and column.field is not None:
            _fill(filled, column.path, column.field, header, text)
    _complete(filled.values, name, number)
    return filled


def to_wide(record: Mapping[str, Any], numbered: Mapping[str, int] = NUMBERED) -> WideRow:
    """A record as cells; lists that do not fit into its row go to the sheets of their own.

    Args:
        record: The nested record as plain data, sound in shape.
        numbered: How many groups of columns the main sheet has for each list.
    """
    row = WideRow()
    kind = cell_text(record["kind"])
    for column in wide_columns([kind], {}):
        value = _get(record, column.path)
        if column.field is None or value is None or value == () or value == []:
            continue
        if column.field.part is not None and needs_quotes(value):
            _write_items(row, record, column.field.name, value)
        else:
            row.main[column.name] = _write(value, column.field)
    for name in item_sheets():
        items = record.get(name) or ()
        if _is_numbered(name):
            room = numbered.get(name, 0)
            for number, item in enumerate(items[:room]):
                group = f"{_singular(name)}_{number + 1}_"
                row.main.update({group + k: v for k, v in _item_cells(name, item).items()})
            _write_items(row, record, name, items[room:])
    return row


def _write_items(row: WideRow, record: Mapping[str, Any], name: str, items: Sequence[Any]) -> None:
    if items:
        owner = {RECORD: cell_text(record["id"])} if record.get("id") else {}
        row.items[name] = [{**owner, **_item_cells(name, item)} for item in items]


def _item_cells(name: str, item: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for column in item_columns(name):
        value = _get(item, column.path) if column.field is not None else None
        if column.field is not None and value is not None and value != ():
            found[column.name] = _write(value, column.field)
    return found


def _write(value: Any, spec: FieldSpec) -> str:
    if spec.part is not None:
        return write_parts(value, spec.part)
    return write_codes(value) if spec.items is not None else cell_text(value)


def _fill(filled: Filled, path: NestedPath, spec: FieldSpec, header: str, text: str) -> None:
    filled.places[path] = header
    if not text:
        return
    value: Any = text
    if spec.part is not None:
        value, faults = read_parts(text, spec.part)
        filled.faults += [(header, fault) for fault in faults]
    elif spec.items is not None:
        value = read_codes(text)
    target: Any = filled.values
    for step in path[:-1]:
        target = target[step] if isinstance(step, int) else target.setdefault(step, {})
    target[path[-1]] = value


def _complete(item: dict[str, Any], name: str, number: int) -> None:
    """Fill in what an item may leave out: the key of a source, what it supports."""
    for (where, column), text in _DEFAULTS.items():
        if where == name:
            item.setdefault(column, read_codes(text))
    if name == "sources":
        item.setdefault("id", f"s{number + 1}")


def _spread(
    path: str, spec: FieldSpec, numbered: Mapping[str, int]
) -> Iterator[tuple[str, NestedPath, FieldSpec]]:
    if spec.part is None or is_flat(spec.part):
        yield _header(path), tuple(path.split("/")), spec
        return
    for number in range(numbered.get(spec.name, 0)):
        for inner, leaf in leaves(spec.part):
            name = f"{_singular(spec.name)}_{number + 1}_{_header(inner)}"
            yield name, (spec.name, number, *inner.split("/")), leaf


def _header(path: str) -> str:
    return path.replace("/", "_")


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _is_list(spec: FieldSpec) -> bool:
    return spec.part is not None and spec.items is not None


@cache
def _is_numbered(name: str) -> bool:
    spec = record_specs()[_holders(name)[0]].field(name)
    return spec is not None and spec.part is not None and not is_flat(spec.part)


@cache
def _holders(name: str) -> tuple[str, ...]:
    return tuple(kind for kind, record in record_specs().items() if record.field(name) is not None)


def _spec_of(kind: str, path: NestedPath) -> FieldSpec | None:
    holder, spec = record_specs()[kind], None
    for step in path:
        if isinstance(step, str):
            spec = holder.field(step)
            if spec is None:
                return None
            holder = spec.part or holder
    return spec


def _rank(column: WideColumn) -> int:
    if column.name == KEY:
        return -1
    if column.name in _FIRST:
        return _FIRST.index(column.name)
    first = column.path[0]
    return 100 + _LAST.index(str(first)) if first in _LAST else 50


def _get(nested: Any, path: NestedPath) -> Any:
    for step in path:
        if not isinstance(nested, Mapping):
            return None
        nested = nested.get(step)
    return nested if path else None
