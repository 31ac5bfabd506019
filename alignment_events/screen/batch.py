"""One batch of whole records, screened: the records in which something may be wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pyarrow as pa

from alignment_events.model.expr import tables_read
from alignment_events.model.rules import RULES, Rule
from alignment_events.screen.aligned import Part
from alignment_events.screen.cells import as_column, suspect_cells, suspect_pairs
from alignment_events.screen.kernels import Batch, Frame, Records, columns_of, truth
from alignment_events.screen.values import Bools, Coded, Column, Index
from alignment_events.spec.ir import TableSpec
from alignment_events.spec.items import item_rules
from alignment_events.spec.tables import record_key, table_specs


@dataclass(frozen=True, eq=False)
class Screened:
    """What the screen says of a batch.

    Attributes:
        suspects: Numbers (within the batch) of records that have to be examined.
        groups: Table name to the number of the record of each row.
        parts: Table name to the rows.
    """

    suspects: Index
    groups: Mapping[str, Index]
    parts: Mapping[str, Sequence[Part]]


@cache
def _rules() -> tuple[Rule, ...]:
    return (*item_rules(), *RULES)


def screen_batch(
    parts: Mapping[str, Sequence[Part]], records: Records, scopes: frozenset[str]
) -> Screened:
    """Screen one batch.

    Args:
        parts: Table name to the rows of it that belong to the batch.
        records: What is known of all records.
        scopes: Scopes of the rules to be run; cells are looked at in any case.
    """
    keys = {name: np.concatenate([p.keys for p in some]) for name, some in parts.items()}
    everyone = np.unique(np.concatenate(list(keys.values())))
    groups = {name: np.searchsorted(everyone, key) for name, key in keys.items()}
    suspect = np.zeros(len(everyone), np.bool_)
    batch = Batch(len(everyone), {}, records)
    for name, some in parts.items():
        spec = table_specs()[name]
        table = pa.Table.from_batches([p.rows for p in some]).combine_chunks().unify_dictionaries()
        rows = table.to_batches(max_chunksize=None)[0]
        sound = np.concatenate([p.sound for p in some])
        suspect[groups[name][~sound]] = True
        frame = _frame(spec, rows, groups[name], batch)
        # The rows of a record stand together, unless an id without an order of its own came between.
        if (np.diff(groups[name]) < 0).any():
            order = np.argsort(groups[name], kind="stable")
            suspect[groups[name]] = True
            frame = frame.take(order)
        batch.frames[name] = frame
        for wrong in _suspect_rows(spec, rows, _frame(spec, rows, groups[name], batch)):
            suspect[groups[name][wrong]] = True
        suspect |= _not_one_each(spec, groups[name], frame, len(everyone))
    suspect |= _without_record(parts, groups, len(everyone))
    for rule in _rules():
        if rule.scope not in scopes:
            continue
        for name in rule.on:
            if name in batch.frames:
                frame = batch.frames[name]
                suspect[frame.group[truth(rule.expr, frame).false]] = True
    return Screened(np.flatnonzero(suspect), groups, parts)


def _frame(spec: TableSpec, rows: pa.RecordBatch, group: Index, batch: Batch) -> Frame:
    made = {
        column.name: partial(as_column, rows.column(column.name), column)
        for column in spec.columns
        if column.name in rows.schema.names
    }
    return Frame(spec.name, rows.num_rows, group, columns_of(made), batch)


def _suspect_rows(spec: TableSpec, rows: pa.RecordBatch, frame: Frame) -> list[Bools]:
    kind = frame.columns("kind") if "kind" in rows.schema.names else None
    assert kind is None or isinstance(kind, Coded)
    found = []
    for column in spec.columns:
        made: Column = frame.columns(column.name)
        wrong = suspect_cells(spec, column, rows.column(column.name), made, kind)
        if wrong is not None:
            found.append(wrong)
    if spec.name == "record_codes":
        vocabulary, code = frame.columns("vocabulary"), frame.columns("code")
        assert isinstance(vocabulary, Coded)
        assert isinstance(code, Coded)
        found.append(suspect_pairs(vocabulary, code, _allowed_pairs()))
    return found


@cache
def _allowed_pairs() -> frozenset[tuple[str, str]]:
    from alignment_events.model.tables import MULTI_CODES
    from alignment_events.spec.cells import allowed_codes

    return frozenset((v, code) for v in MULTI_CODES.values() for code in allowed_codes(v))


def _not_one_each(spec: TableSpec, group: Index, frame: Frame, size: int) -> Bools:
    """Records whose rows may repeat a key: the rest of the key does not rise from row to row."""
    rest = [name for name in spec.key if name != record_key(spec.name)]
    same = np.zeros(len(group), np.bool_)
    same[1:] = group[1:] == group[:-1]
    for number, name in enumerate(rest):
        column = frame.columns(name)
        values = column.codes if isinstance(column, Coded) else getattr(column, "values", None)
        if values is None:
            break
        if number == len(rest) - 1 and name == "position":
            same[1:] &= values[1:] <= values[:-1]
        else:
            same[1:] &= values[1:] == values[:-1]
    found = np.zeros(size, np.bool_)
    found[group[same]] = True
    return found


def _without_record(
    parts: Mapping[str, Sequence[Part]], groups: Mapping[str, Index], size: int
) -> Bools:
    """Numbers under which child rows stand, and no record does, or an event and a deed both."""
    there = {
        name: np.bincount(groups[name], minlength=size) if name in parts else np.zeros(size, int)
        for name in ("events", "deeds")
    }
    one: Bools = there["events"] + there["deeds"] != 1
    return one


def reads(scope_rules: Sequence[Rule]) -> frozenset[str]:
    """The tables that rules look into."""
    return frozenset().union(*(tables_read(rule.expr) for rule in scope_rules))
