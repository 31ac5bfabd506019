"""One batch of whole records, screened: the records in which something may be wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.model.expr import tables_read
from alignment_events.model.rules import RULES, Rule
from alignment_events.screen.aligned import Made, Part
from alignment_events.screen.cells import as_column, suspect_cells, suspect_pairs
from alignment_events.screen.frames import Batch, Frame
from alignment_events.screen.index import RecordIndex
from alignment_events.screen.kernels import truth
from alignment_events.screen.keys import repeated_keys, source_keys, without_source
from alignment_events.screen.values import Bools, Coded, Column, Index, Numbers, joined
from alignment_events.spec.ir import TableSpec
from alignment_events.spec.items import item_rules
from alignment_events.spec.tables import record_key, table_specs


@dataclass(frozen=True, eq=False)
class Context:
    """What the screen knows beside the batch.

    Attributes:
        index: All records and links.
        tables: The tables that were given; rules that need another are not run.
        registries: Keys of the registries that were given, by table.
        related: False if neither events nor deeds were given, so that only rows are checked.
    """

    index: RecordIndex
    tables: frozenset[str]
    registries: Mapping[str, frozenset[str]]
    related: bool = True


@dataclass(frozen=True, eq=False)
class Screened:
    """What the screen says of a batch.

    Attributes:
        suspect: For each record of the batch whether it has to be examined.
        aside: For each whether it must be examined together with other records, since it names a
            source that is not its own, or one that is not there.
        keys: The numbers of the records.
        groups: Table name to the number of the record of each row.
        parts: Table name to the rows.
    """

    suspect: Bools
    aside: Bools
    keys: NDArray[np.uint64]
    groups: Mapping[str, Index]
    parts: Mapping[str, Sequence[Part]]


@cache
def rules_and_tables() -> tuple[tuple[Rule, frozenset[str]], ...]:
    """All rules, each with the tables that it needs."""
    return tuple((r, tables_read(r.expr) - {"index"}) for r in (*item_rules(), *RULES))


def screen_rows(table: str, part: Part, context: Context) -> Part:
    """Look at rows by themselves, all of which have short ids: at cells, references, and rules of a row."""
    spec = table_specs()[table]
    rows = part.rows
    makers = {c.name: partial(as_column, rows.column(c.name), c) for c in spec.columns}
    aside = None
    if "source_id" in makers:
        cited, own = source_keys(rows.column("source_id"), rows.column(record_key(table)))
        makers["source_id"] = partial(_same, cited)
        others = ~own & cited.valid
        aside = others if others.any() else None
    # The numbers by which the stream was ordered need not be made a second time.
    makers[record_key(table)] = partial(_same, _record_numbers(part.keys))
    made = Made(makers)
    batch = Batch(1, {}, context.index)
    frame = Frame(table, len(part), np.zeros(len(part), np.intp), made, batch)
    found = _suspect_rows(spec, rows, frame, context)
    for rule, needed in rules_and_tables():
        alone = not needed and (rule.scope == "row" or context.related)
        if alone and table in rule.on:
            found.append(truth(rule.expr, frame).false)
    hits = [wrong for wrong in found if wrong.any()]
    wrong = np.logical_or.reduce(hits) if hits else None
    return replace(part, wrong=wrong, aside=aside, made=made, before=0)


def screen_batch(parts: Mapping[str, Sequence[Part]], context: Context) -> Screened:
    """Screen one batch of whole records, all of which have short ids, and whose rows were looked at."""
    keys = {name: np.concatenate([p.keys for p in some]) for name, some in parts.items()}
    # The keys of a table rise, so that most of them fall away before anything is sorted.
    new = {name: np.concatenate([[True], key[1:] != key[:-1]]) for name, key in keys.items()}
    heads = {name: key[new[name]] for name, key in keys.items()}
    everyone = np.sort(np.concatenate(list(heads.values())))
    everyone = everyone[np.concatenate([[True], everyone[1:] != everyone[:-1]])]
    groups = {
        name: np.searchsorted(everyone, heads[name])[np.cumsum(new[name]) - 1] for name in keys
    }
    suspect = np.zeros(len(everyone), np.bool_)
    aside = np.zeros(len(everyone), np.bool_)
    batch = Batch(len(everyone), {}, context.index)
    for name, some in parts.items():
        group = groups[name]
        first = 0
        for part in some:
            of_part = group[first : first + len(part)]
            if part.wrong is not None:
                suspect[of_part[part.wrong]] = True
            if part.aside is not None:
                aside[of_part[part.aside]] = True
            first += len(part)
        frame = Frame(name, len(group), group, Made(_Joined(some, keys[name], name)), batch)
        batch.frames[name] = frame
        wrong = repeated_keys(table_specs()[name], frame, some)
        if wrong is not None:
            suspect[group[wrong]] = True
    if context.related:
        suspect |= _misplaced(batch, everyone, context)
        citing = {n: f for n, f in batch.frames.items() if n in ("citations", "claims")}
        aside |= without_source(batch.frames.get("sources"), citing, len(everyone))
        for rule, needed in rules_and_tables():
            if needed and needed <= context.tables:
                for name in rule.on:
                    if name in batch.frames:
                        frame = batch.frames[name]
                        suspect[frame.group[truth(rule.expr, frame).false]] = True
    # Frames and batch hold each other: what they take is given back now, not when it is noticed.
    batch.frames.clear()
    return Screened(suspect | aside, aside, everyone, groups, parts)


class _Joined(dict[str, Callable[[], Column]]):
    """Makers of the columns of the rows of several parts."""

    def __init__(self, parts: Sequence[Part], keys: np.ndarray, table: str) -> None:
        for column in table_specs()[table].columns:
            self[column.name] = partial(_joined, parts, column.name)
        self[record_key(table)] = partial(_record_numbers, keys)


def _joined(parts: Sequence[Part], name: str) -> Column:
    return joined([part.column(name) for part in parts])


def _same(column: Column) -> Column:
    return column


def _record_numbers(keys: np.ndarray) -> Numbers:
    return Numbers(keys, np.ones(len(keys), np.bool_))


def _suspect_rows(
    spec: TableSpec, rows: pa.RecordBatch, frame: Frame, context: Context
) -> list[Bools]:
    kind = frame.columns("kind") if "kind" in spec.names else None
    assert kind is None or isinstance(kind, Coded)
    found = []
    for column in spec.columns:
        if column.name == record_key(spec.name):
            continue
        made: Column = frame.columns(column.name)
        wrong = suspect_cells(spec, column, rows.column(column.name), made, kind)
        if wrong is not None:
            found.append(wrong)
        target = column.ref.table if column.ref is not None else ""
        if target in context.registries and isinstance(made, Coded):
            known = context.registries[target]
            wrong = made.among([value not in known for value in made.values])
            if wrong is not None:
                found.append(wrong)
    if spec.name == "record_codes":
        vocabulary, code = frame.columns("vocabulary"), frame.columns("code")
        assert isinstance(vocabulary, Coded)
        assert isinstance(code, Coded)
        found.append(suspect_pairs(vocabulary, code, _allowed_pairs()))
    if context.related:
        for name in ("target_id", "replaced_by"):
            if name in spec.names:
                made = frame.columns(name)
                assert isinstance(made, Numbers)
                place, there = context.index.place(made.values)
                faulty = (
                    there & (context.index.bad[place] != 0) if len(context.index.bad) else there
                )
                found.append(made.valid & (~there | faulty))
    return found


@cache
def _allowed_pairs() -> frozenset[tuple[str, str]]:
    from alignment_events.model.tables import MULTI_CODES
    from alignment_events.spec.cells import allowed_codes

    return frozenset((v, code) for v in MULTI_CODES.values() for code in allowed_codes(v))


def _misplaced(batch: Batch, everyone: np.ndarray, context: Context) -> Bools:
    """Records that are not one event or one deed with the children of its kind, or touched by others' faults."""
    there = {name: np.zeros(batch.size, np.int64) for name in ("events", "deeds")}
    found = np.zeros(batch.size, np.bool_)
    for name in there:
        if name in batch.frames:
            there[name] = np.bincount(batch.frames[name].group, minlength=batch.size)
    for name, frame in batch.frames.items():
        key = next(c for c in table_specs()[name].columns if c.name == record_key(name))
        target = key.ref.table if key.ref is not None else ""
        if target in there and name not in there:
            found[frame.group] |= there[target][frame.group] != 1
        elif name not in there and name != "records":
            found[frame.group] |= (there["events"] + there["deeds"])[frame.group] != 1
    found |= there["events"] + there["deeds"] > 1
    touched = context.index.touched
    if len(touched):
        found |= np.isin(everyone, touched)
    return found
