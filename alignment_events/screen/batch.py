"""One batch of whole records, screened: the records in which something may be wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial

import numpy as np
import pyarrow as pa

from alignment_events.check.focus import numbered_rules
from alignment_events.model.expr import tables_read
from alignment_events.model.rules import Rule
from alignment_events.screen.aligned import Made, Part
from alignment_events.screen.cells import as_column, suspect_cells, suspect_pairs
from alignment_events.screen.frames import Batch, Frame
from alignment_events.screen.ids import places_among
from alignment_events.screen.index import Ids, RecordIndex
from alignment_events.screen.kernels import truth
from alignment_events.screen.keys import repeated_keys, source_keys, without_source
from alignment_events.screen.reasons import BEYOND, SOURCES, WHOLE, Reason
from alignment_events.screen.values import Bools, Coded, Column, Index, Numbers, joined
from alignment_events.spec.ir import ColumnSpec, TableSpec
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
        records: Numbers of the records, rising.
        why: Records of the batch that have to be examined, by what may be wrong with them.
        aside: For each whether it must be examined together with other records, since it names a
            source that is not its own, or one that is not there.
        groups: Table name to the number of the record of each row.
        parts: Table name to the rows.
    """

    records: Ids
    why: Mapping[Reason, Index]
    aside: Bools
    groups: Mapping[str, Index]
    parts: Mapping[str, Sequence[Part]]

    @cached_property
    def suspect(self) -> Bools:
        """For each record whether it has to be examined."""
        found = np.zeros(len(self.records), np.bool_)
        for some in self.why.values():
            found[some] = True
        return found


@cache
def rules_and_tables() -> tuple[tuple[int, Rule, frozenset[str]], ...]:
    """All rules with their numbers, each with the tables that it needs."""
    rules = enumerate(numbered_rules())
    return tuple((number, r, tables_read(r.expr) - {"index"}) for number, r in rules)


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
    hits = suspect_rows(rows, frame, context, record_key(table))
    return replace(part, wrong=hits, aside=aside, made=made, before=0)


def suspect_rows(
    rows: pa.RecordBatch, frame: Frame, context: Context, sound: str | None = None
) -> dict[Reason, Index]:
    """Rows that may have a fault which the row itself shows, by what that is.

    Args:
        rows: The rows.
        frame: The same as the kernels see them.
        context: What the screen knows beside them.
        sound: A column of which is known that its cells are sound and lead somewhere.
    """
    found = _suspect_cells(rows, frame, context, sound)
    for number, rule, needed in rules_and_tables():
        alone = not needed and (rule.scope == "row" or context.related)
        if alone and frame.table in rule.on:
            of_row = rule.scope == "row"
            reason = Reason("cell", frame.table) if of_row else Reason("rule", rule=number)
            found.append((reason, truth(rule.expr, frame).false))
    hits: dict[Reason, Bools] = {}
    for reason, wrong in found:
        if wrong.any():
            hits[reason] = hits[reason] | wrong if reason in hits else wrong
    return {reason: np.flatnonzero(wrong) for reason, wrong in hits.items()}


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
    why = _Why(len(everyone))
    aside = np.zeros(len(everyone), np.bool_)
    batch = Batch(len(everyone), {}, context.index)
    for name, some in parts.items():
        group = groups[name]
        first = 0
        for part in some:
            of_part = group[first : first + len(part)]
            for reason, places in part.wrong.items():
                why.add(reason, of_part[places])
            if part.aside is not None:
                aside[of_part[part.aside]] = True
            first += len(part)
        frame = Frame(name, len(group), group, Made(_Joined(some, keys[name], name)), batch)
        batch.frames[name] = frame
        wrong = repeated_keys(table_specs()[name], frame, some)
        if wrong is not None:
            why.add(WHOLE if name in _RECORDS else Reason("key", name), group[wrong])
    if context.related:
        why.add(WHOLE, np.flatnonzero(_misplaced(batch)))
        why.add(BEYOND, places_among(context.index.touched, everyone))
        citing = {n: f for n, f in batch.frames.items() if n in ("citations", "claims")}
        aside |= without_source(batch.frames.get("sources"), citing, len(everyone))
        for number, rule, needed in rules_and_tables():
            if needed and needed <= context.tables:
                for name in rule.on:
                    if name in batch.frames:
                        frame = batch.frames[name]
                        broken = frame.group[truth(rule.expr, frame).false]
                        why.add(Reason("rule", rule=number), broken)
    # Frames and batch hold each other: what they take is given back now, not when it is noticed.
    batch.frames.clear()
    why.add(SOURCES, np.flatnonzero(aside))
    return Screened(everyone, why.found(), aside, groups, parts)


class _Why:
    """Records of a batch by what may be wrong with them, as it is found out."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._records: dict[Reason, Bools] = {}

    def add(self, reason: Reason, records: Index) -> None:
        """Note that some records are suspect for a reason."""
        if len(records):
            if reason not in self._records:
                self._records[reason] = np.zeros(self._size, np.bool_)
            self._records[reason][records] = True

    def found(self) -> dict[Reason, Index]:
        """The records, rising, by reason."""
        return {reason: np.flatnonzero(chosen) for reason, chosen in self._records.items()}


_RECORDS = ("events", "deeds", "records")
"""Tables with one row a record."""


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


def _suspect_cells(
    rows: pa.RecordBatch, frame: Frame, context: Context, sound: str | None
) -> list[tuple[Reason, Bools]]:
    spec = table_specs()[frame.table]
    kind = frame.columns("kind") if "kind" in spec.names else None
    assert kind is None or isinstance(kind, Coded)
    found: list[tuple[Reason, Bools]] = []
    for column in spec.columns:
        if column.name == sound:
            continue
        made: Column = frame.columns(column.name)
        wrong = suspect_cells(spec, column, rows.column(column.name), made, kind)
        if wrong is not None:
            found.append((Reason("cell", spec.name, column.name), wrong))
        target = column.ref.table if column.ref is not None else ""
        if target in context.registries and isinstance(made, Coded):
            known = context.registries[target]
            wrong = made.among([value not in known for value in made.values])
            if wrong is not None:
                found.append((Reason("reference", spec.name, column.name), wrong))
        elif target == "records" and context.related:
            found += _suspect_links(spec, column, made, context)
    if spec.name == "record_codes":
        vocabulary, code = frame.columns("vocabulary"), frame.columns("code")
        assert isinstance(vocabulary, Coded)
        assert isinstance(code, Coded)
        wrong = suspect_pairs(vocabulary, code, _allowed_pairs())
        found.append((Reason("cell", spec.name, "code"), wrong))
    return found


def _suspect_links(
    spec: TableSpec, column: ColumnSpec, made: Column, context: Context
) -> list[tuple[Reason, Bools]]:
    """Rows that lead to no record, or to one with a faulty cell."""
    assert isinstance(made, Numbers)
    place, there = context.index.place(made.values)
    found = [(Reason("reference", spec.name, column.name), made.valid & ~there)]
    if len(context.index.bad):
        faulty = there & (context.index.bad[place] != 0)
        found.append((BEYOND, made.valid & faulty))
    return found


@cache
def _allowed_pairs() -> frozenset[tuple[str, str]]:
    from alignment_events.model.tables import MULTI_CODES
    from alignment_events.spec.cells import allowed_codes

    return frozenset((v, code) for v in MULTI_CODES.values() for code in allowed_codes(v))


def _misplaced(batch: Batch) -> Bools:
    """Records that are not one event or one deed with the children of its kind."""
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
    return found
