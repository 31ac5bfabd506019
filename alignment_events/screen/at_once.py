"""Checks a small package at once: all rows of all tables, without what only large or faulty tables need.

The screen clears what it can; rules in which it finds a row broken are applied to the records in
question as they are to nested ones. Whatever else it suspects is left to the check of whole tables.
To import what that takes would be longer than all of this.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from alignment_events.check.focus import looks_beyond, numbered_rules
from alignment_events.check.kept import uncollected
from alignment_events.check.messages import shown
from alignment_events.check.store import Store
from alignment_events.check.table_ledger import RULES_APPLIED, TableLedger
from alignment_events.compile.arrow import arrow_schema
from alignment_events.compile.predicate import objection
from alignment_events.findings import Report
from alignment_events.model.expr import columns_read, tables_read
from alignment_events.model.rules import RULES
from alignment_events.screen.aligned import Made, Part
from alignment_events.screen.arrays import coded_texts
from alignment_events.screen.batch import Context, Screened, screen_batch, screen_rows, suspect_rows
from alignment_events.screen.cells import as_column
from alignment_events.screen.distinct import different
from alignment_events.screen.frames import Batch, Frame
from alignment_events.screen.ids import id_numbers, is_short
from alignment_events.screen.index import read_index
from alignment_events.screen.opened import NotStreamable, Opened, TooWide, Unreadable, open_table
from alignment_events.screen.values import Coded, Index
from alignment_events.spec.project import Row
from alignment_events.spec.tables import record_key, registry_keys, table_specs

_MIX = np.uint64(0x9E3779B97F4A7C15)
_MOST_ROWS = 100_000
_MOST_BYTES = 64 * 1024**2
_MOST_RECORDS = 1_000
"""With more rows, bytes of a table, or records that break rules, what is imported for them is soon made up for."""


@dataclass(frozen=True, eq=False)
class Held:
    """A table in memory.

    Attributes:
        table: Its name.
        batch: Its rows.
    """

    table: str
    batch: pa.RecordBatch
    _values: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.batch.num_rows)

    def values(self, column: str) -> list[Any]:
        """The cells of a column."""
        if column not in self._values:
            array = self.batch.column(column)
            if pa.types.is_dictionary(array.type):
                # Of codes, each is looked at by itself where the array is asked for values.
                texts = array.dictionary.to_pylist()
                places = array.indices.to_pylist()
                found = [None if place is None else texts[place] for place in places]
            else:
                found = array.to_pylist()
            self._values[column] = found
        return self._values[column]

    def rows_with(self, columns: Set[str], rows: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Some rows, with the key of their record and those of some columns that are there."""
        key = record_key(self.table)
        names = [key, *(n for n in table_specs()[self.table].names if n in columns and n != key)]
        cells = [self.values(name) for name in names]
        for row in rows:
            yield {name: values[row] for name, values in zip(names, cells, strict=True)}

    def batches(
        self, size: int, columns: tuple[str, ...] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows, with the columns asked for, in batches of `size` at most."""
        names = self.batch.schema.names
        wanted = self.batch.select([n for n in names if columns is None or n in columns])
        for start in range(0, self.rows, size):
            yield wanted.slice(start, size)


@dataclass(frozen=True)
class AtOnce:
    """A package that was checked at once.

    Attributes:
        report: The report on its tables.
        held: The rows, by table.
    """

    report: Report
    held: Mapping[str, Held]

    def table(self, name: str) -> pa.Table:
        """A table as it is published."""
        columns = [
            array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
            for array in self.held[name].batch.columns
        ]
        return pa.Table.from_arrays(columns, schema=arrow_schema(name))


def check_at_once(
    folder: Path, footers: Mapping[str, pq.FileMetaData] | None = None
) -> AtOnce | None:
    """Check the tables of a package.

    Args:
        folder: The package, whose files were found to be those that are listed.
        footers: The footers of tables, as far as they were read before.

    Returns:
        The report that the check of the whole tables makes; or None if that has to be asked, since
        the package is large, or may have faults other than broken rules.
    """
    # Most of what is made while modules are loaded and rules compiled is kept.
    with uncollected():
        try:
            held = {name: _whole(one) for name, one in _opened(folder, footers or {}).items()}
        except (OSError, pa.ArrowException, ValueError, NotStreamable, TooWide, Unreadable):
            # The check of whole tables says what is wrong.
            return None
        return _checked(held, {name: str(_file(folder, name)) for name in held})


def _file(folder: Path, table: str) -> Path:
    return folder / f"{table}.parquet"


def _opened(folder: Path, footers: Mapping[str, pq.FileMetaData]) -> dict[str, Opened]:
    """All tables.

    Raises:
        NotStreamable: If they are large, or not in the very types of the format.
        OSError, ArrowException, ValueError: If they cannot be read.
    """
    left = _MOST_ROWS
    found = {}
    for name in table_specs():
        footer = footers.get(name) or pq.read_metadata(_file(folder, name))
        schema = footer.schema.to_arrow_schema()
        wanted = arrow_schema(name)
        left -= footer.num_rows
        # Columns may say more of themselves, or less.
        if left < 0 or schema.names != wanted.names or schema.types != wanted.types:
            raise NotStreamable(name)
        found[name] = open_table(name, [_file(folder, name)], schema, _MOST_BYTES, [footer])
    return found


def _whole(opened: Opened) -> Held:
    """A table with all its rows.

    Raises:
        TooWide: If they unfold to more than may be held.
        Unreadable: If the file is damaged.
    """
    batches, held = [], 0
    for batch in opened.batches(_MOST_ROWS):
        batches.append(batch)
        held += batch.nbytes
        if held > opened.most:
            raise TooWide(opened.table, opened.pieces[0].file)
    if len(batches) > 1:
        # Each part of a file may have codes of its own.
        batches = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()
    if batches:
        return Held(opened.table, batches[0])
    schema = arrow_schema(opened.table)
    nothing = [pa.nulls(0, one.type) for one in schema]
    return Held(opened.table, pa.RecordBatch.from_arrays(nothing, schema=schema))


def _checked(held: Mapping[str, Held], files: Mapping[str, str]) -> AtOnce | None:
    registries = {
        name: frozenset(held[name].values(key)) - {None} for name, key in registry_keys().items()
    }
    context = Context(read_index(held), frozenset(held), registries)
    parts = {}
    for name, one in ((name, one) for name, one in held.items() if one.rows):
        key = record_key(name)
        if table_specs()[name].column(key).type != "id":
            if _is_suspect(one, context):
                return None
            continue
        keys = id_numbers(one.batch.column(key))[0].values
        if not is_short(keys).all() or (keys[1:] < keys[:-1]).any():
            return None
        part = Part(one.batch, np.arange(one.rows), keys)
        parts[name] = [screen_rows(name, part, context)]
    ledger = TableLedger(files)
    _count(ledger, {name: one.rows for name, one in held.items()})
    if parts:
        screened = screen_batch(parts, context)
        if not _may_be_settled(screened):
            return None
        for reason, records in screened.why.items():
            _examine(reason.rule, records, screened.groups, held, ledger)
    report = ledger.report({name: held[name].rows for name in sorted(held)})
    # What is too many of its sort to be listed may have to be handed on.
    return None if report.unlisted else AtOnce(report, held)


def _is_suspect(one: Held, context: Context) -> bool:
    """True if there may be a fault in a table whose rows belong to no records."""
    spec = table_specs()[one.table]
    made = Made({c.name: partial(as_column, one.batch.column(c.name), c) for c in spec.columns})
    keys = np.zeros(one.rows, np.uint64)
    for name in spec.key:
        column = made(name)
        if isinstance(column, Coded):
            codes = column.codes
        else:
            codes = coded_texts(one.batch.column(name))[0]
        keys = keys * _MIX + codes.astype(np.uint64)
    if len(different(keys)) < one.rows:
        return True
    nowhere = np.zeros(one.rows, np.intp)
    frame = Frame(one.table, one.rows, nowhere, made, Batch(1, {}, context.index))
    return bool(suspect_rows(one.batch, frame, context))


def _may_be_settled(screened: Screened) -> bool:
    """True if nothing may be wrong but that some records break rules."""
    records = sum(map(len, screened.why.values()))
    return all(reason.sort == "rule" for reason in screened.why) and records <= _MOST_RECORDS


def _count(ledger: TableLedger, heights: Mapping[str, int]) -> None:
    """Note which rules are run on how many rows."""
    for name, height in heights.items():
        references = sum(column.ref is not None for column in table_specs()[name].columns)
        ledger.count("AE401", name, height)
        for _ in range(references):
            ledger.count("AE402", name, height)
    of_rows = [rule for rule in RULES if rule.scope == "row"]
    others = [rule for rule in numbered_rules() if rule.scope != "row"]
    for rule in (*of_rows, *others):
        for table in rule.on:
            ledger.count(rule.code, table, heights[table])


def _examine(
    number: int,
    records: Index,
    groups: Mapping[str, Index],
    held: Mapping[str, Held],
    ledger: TableLedger,
) -> None:
    """Apply a rule to some records, and note the rows that break it.

    Args:
        number: The rule.
        records: The records.
        groups: Table name to the number of the record of each row.
        held: All tables.
        ledger: Takes what is found.
    """
    rule = numbered_rules()[number]
    objects = objection(rule.expr)
    read = tables_read(rule.expr)
    columns = columns_read(rule.expr) | (_OF_INDEX if "index" in read else set())
    rows = {
        name: np.flatnonzero(np.isin(groups[name], records)).tolist()
        for name in {*rule.on, *read} & groups.keys()
    }
    looked_into: dict[str, Sequence[int]] = {
        name: rows[name] if name in groups else range(held[name].rows) for name in read - {"index"}
    }
    if looks_beyond(rule.expr):
        looked_into |= _around(rows, read, held)
    store = Store()
    for name in sorted(looked_into):
        found = held[name].rows_with(columns, looked_into[name])
        store.add(Row(name, values) for values in found)
    for place, table in enumerate(rule.on):
        ledger.step = (RULES_APPLIED, number, place, 1)
        of_records = rows.get(table, ())
        told = rule.field if rule.field in table_specs()[table].names else None
        for row, values in zip(of_records, held[table].rows_with(columns, of_records), strict=True):
            if objects(values, store):
                ledger.note(
                    rule.code,
                    rule.sentence,
                    table,
                    row,
                    hint=rule.hint,
                    record_id=values[record_key(table)],
                    field=rule.field,
                    value=shown(held[table].values(told)[row] if told else None),
                )


def _around(
    rows: Mapping[str, Sequence[int]], read: Set[str], held: Mapping[str, Held]
) -> dict[str, Sequence[int]]:
    """The links that lead to some records or come from them, and the records at the ends of these."""
    own: set[Any] = set()
    for name, some in rows.items():
        ids = held[name].values(record_key(name))
        own.update(ids[row] for row in some)
    ends = held["links"].values("record_id"), held["links"].values("target_id")
    links = [row for row, pair in enumerate(zip(*ends, strict=True)) if not own.isdisjoint(pair)]
    found: dict[str, Sequence[int]] = {"links": links} if "links" in read else {}
    if "index" in read:
        own.update(ids[row] for ids in ends for row in links)
        for name in ("events", "deeds"):
            ids = held[name].values(record_key(name))
            found[name] = [row for row, key in enumerate(ids) if key in own]
    return found


_OF_INDEX = frozenset(
    ("kind", "subtype", "deed_type", "date_start", "date_end", "verification", "contested")
)
