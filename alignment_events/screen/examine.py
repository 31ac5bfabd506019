"""Examines suspect records: their rows, with what lies around them, go through the checks of tables."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, partial

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alignment_events.check.focus import Focus, numbered_rules
from alignment_events.check.kept import uncollected
from alignment_events.check.relations import Around, check_relations
from alignment_events.check.table_ledger import TableLedger
from alignment_events.check.tables import check_cells
from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.screen.arrays import flags, mask
from alignment_events.screen.arrays import places as rows_at
from alignment_events.screen.arrays import texts as text_array
from alignment_events.screen.distinct import places_in
from alignment_events.screen.gathered import RECORD, ROW, Rows
from alignment_events.screen.ids import id_numbers, is_short
from alignment_events.screen.index import RecordIndex
from alignment_events.screen.index_frames import IndexFrames
from alignment_events.screen.opened import Opened
from alignment_events.screen.reasons import rules_beyond
from alignment_events.spec.tables import record_key, registry_keys, table_specs

_NO_ROWS = np.zeros(0, np.intp)
RECORD_TABLES = ("events", "deeds")


def empty(name: str) -> pl.DataFrame:
    """A table of the format without rows."""
    return pl.DataFrame(schema={c.name: POLARS_TYPES[c.type] for c in table_specs()[name].columns})


def related(tables: Container[str]) -> bool:
    """True if there are records to which rows belong among tables."""
    return any(name in tables for name in RECORD_TABLES)


@dataclass
class Examiner:
    """Runs the checks of tables on some records at a time.

    Attributes:
        opened: The tables that are streamed.
        small: The tables that were read whole, faulty cells marked.
        index: All records and links.
        ledger: Takes what is found.
        package: True if every link must lead to a record that is here.
        reported_sources: Rows of sources of which was said that they stand twice.
    """

    opened: Mapping[str, Opened]
    small: Mapping[str, pl.DataFrame]
    index: RecordIndex
    ledger: TableLedger
    package: bool
    reported_sources: set[int | None] = field(default_factory=set)
    _unnamed: bool = False
    _issued: tuple[NDArray[np.uint64], frozenset[str]] | None = None

    @cached_property
    def _frames(self) -> IndexFrames:
        return IndexFrames(self.index)

    def start(self) -> None:
        """Check the tables that were read whole, and note which rules are run on how many rows."""
        if related(self.opened):
            around = self._around(frozenset(self.opened), {}, self.small, None, Rows().focus({}))
            check_relations(self.small, self.ledger, self.package, around, rules=False)
        heights = {name: opened.rows for name, opened in self.opened.items()}
        self._examine({}, heights, None, Rows().focus({}))

    def take_back(self, rows: Mapping[str, int]) -> None:
        """Note that rules were not run on so many rows of tables after all."""
        less = {name: -count for name, count in rows.items()}
        self._examine({}, less, None, Rows().focus({}))

    def examine(
        self, rows: Rows, *, aside: bool = False, unnamed: bool = True, every: bool = False
    ) -> None:
        """Examine some records.

        Args:
            rows: Rows of these records, all of each table into which the examination looks.
            aside: True for records that must be looked at together with the sources of others.
            unnamed: With `aside`, True if the links of no record are among the rows.
            every: With `aside`, True if there are no other records that must be.
        """
        self._unnamed = aside and unnamed
        frames = rows.frames()
        focus = rows.focus(frames)
        sources = None
        if aside and related(self.opened):
            sources = self._sources_of_others(frames, every)
        with uncollected():
            self._examine(frames, dict.fromkeys(self.opened, 0), sources, focus)

    def _examine(
        self,
        frames: Mapping[str, pl.DataFrame],
        heights: Mapping[str, int],
        sources: pl.DataFrame | None,
        focus: Focus,
    ) -> None:
        numbers = {name: frame[ROW] for name, frame in frames.items()}
        part = self.ledger.part(numbers, heights)
        part.said_of_keys = partial(self._said_of_keys, again=sources is not None)
        typed = {}
        for name in self.opened:
            frame = frames[name].drop(ROW, RECORD) if name in frames else empty(name)
            typed[name] = check_cells(name, frame, part, focus.cells.get(name, _NO_ROWS))
        if related(self.opened):
            around = self._around(frozenset(self.small), frames, typed, sources, focus)
            check_relations(typed, part, self.package, around, focus=focus)
        self.ledger.join(part)

    def _said_of_keys(self, table: str, row: int | None, *, again: bool) -> bool:
        """Note what is said of keys that stand twice; False if it was said of a source before."""
        if table == "sources":
            if again and row in self.reported_sources:
                return False
            self.reported_sources.add(row)
        return True

    def _around(
        self,
        tables: frozenset[str],
        frames: Mapping[str, pl.DataFrame],
        typed: Mapping[str, pl.DataFrame],
        sources: pl.DataFrame | None,
        focus: Focus,
    ) -> Around:
        index, links = self._linked(frames, focus)
        registries = registry_keys()
        if sources is None:
            sources = pl.DataFrame(schema=_source_schema())

        # Only rows of others' sources may belong to records that are not at hand.
        repeated: frozenset[str] = frozenset()
        if sources.height:
            mine = [f[record_key(n)] for n, f in frames.items() if n in RECORD_TABLES]
            here = pl.concat(mine) if mine else pl.Series(dtype=pl.String)
            repeated = self._frames.repeated_elsewhere(here)

        def known(table: str, values: pl.Series) -> pl.Series:
            if table in registries:
                column = registries[table]
                registry = self.small.get(table)
                found = registry[column] if registry is not None else values.clear()
                return found.drop_nulls()
            if table == "records":
                return self._known_records(values)
            return sources["source_id"] if table == "sources" else values.clear()

        return Around(tables, index, links, sources, repeated, known)

    def _linked(
        self, frames: Mapping[str, pl.DataFrame], focus: Focus
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Entries of the index and links that lie around the records of which rules ask for them."""
        asking = np.logical_or.reduce([focus.of_rule(number) for number in rules_beyond()])
        rows = {name: focus.of_records(name, asking) for name in frames}
        keys = {name: frames[name][record_key(name)] for name in frames}
        own = _distinct(keys[name].gather(rows[name]) for name in _asking_tables() & keys.keys())
        numbers = _numbers(own)
        links, of = self._frames.links_to(np.sort(numbers[is_short(numbers)]))
        # Of a record at hand there are all links or none.
        here = _distinct(keys[name] for name in ("links",) if name in keys)
        links = links.filter(pl.Series(~np.isin(of, _numbers(here))))
        strays = self._frames.stray_links
        # Links of records without a short id are among the rows at hand, or none of them is.
        known = pl.col("record_id").is_in(here.implode())
        strays = strays.filter(
            pl.col("target_id").is_in(own.implode()) & ~(known.fill_null(self._unnamed))
        )
        links = pl.concat([links, strays])
        ends = [links["record_id"]]
        if "links" in frames:
            target = frames["links"]["target_id"]
            to_own = target.is_in(own.implode()).fill_null(value=False)
            ends += [target.gather(rows["links"]), keys["links"].filter(to_own)]
        wanted = _distinct(ends)
        local = _distinct(keys[name] for name in RECORD_TABLES if name in keys)
        wanted = wanted.filter(~wanted.is_in(local.implode()))
        numbers = _numbers(wanted)
        entries = self._frames.entries(np.sort(numbers[is_short(numbers)]))
        strays = self._frames.stray_entries.filter(pl.col("record_id").is_in(wanted.implode()))
        return pl.concat([entries, strays]), links

    def _known_records(self, values: pl.Series) -> pl.Series:
        numbers = _numbers(values)
        there = self.index.place(numbers)[1]
        texts = self._frames.stray_entries["record_id"]
        there |= values.is_in(texts.implode()).to_numpy()
        if not there.all() and "records" in self.opened:
            issued, others = self._all_issued()
            there |= places_in(issued, numbers)[1]
            there |= values.is_in(list(others)).to_numpy()
        return values.filter(pl.Series(there))

    def _all_issued(self) -> tuple[NDArray[np.uint64], frozenset[str]]:
        """Ids of the table of all ids issued, rising, read when one is asked for that no record has."""
        if self._issued is None:
            found, others = [np.zeros(0, np.uint64)], set()
            for batch in self.opened["records"].batches(262_144, ("record_id",)):
                numbers = id_numbers(batch.column(0))[0].values
                short = is_short(numbers)
                found.append(numbers[short])
                others |= set(batch.column(0).filter(mask(~short)).drop_null().to_pylist())
            self._issued = np.sort(np.concatenate(found)), frozenset(others)
        return self._issued

    def _sources_of_others(self, frames: Mapping[str, pl.DataFrame], every: bool) -> pl.DataFrame:
        """Rows of `sources` elsewhere whose id is that of a source, or is cited, at hand."""
        names = [n for n in ("sources", "citations", "claims") if n in frames]
        schema = _source_schema()
        if "sources" not in self.opened or not names:
            return pl.DataFrame(schema=schema)
        wanted = pl.concat([frames[n]["source_id"] for n in names]).drop_nulls().unique()
        if every:
            # At hand are the sources of these records, and all whose id is not of their own record.
            here = _distinct(frame[record_key(name)] for name, frame in frames.items())
            wanted = wanted.filter(~wanted.str.extract("^([^/]*)/").is_in(here.implode()))
        if not len(wanted):
            return pl.DataFrame(schema=schema)
        mine = frames["sources"][ROW] if "sources" in frames else pl.Series(dtype=pl.Int64)
        found = [pl.DataFrame(schema=schema)]
        first = 0
        values = wanted.to_arrow().cast(pa.string())
        for batch in self.opened["sources"].batches(262_144, ("source_id", "record_id")):
            rows = np.flatnonzero(flags(pc.is_in(batch.column("source_id"), value_set=values)))
            if len(rows):
                frame = pl.DataFrame(batch.take(rows_at(rows))).select("source_id", "record_id")
                found.append(frame.with_columns(pl.Series(ROW, rows + first, dtype=pl.Int64)))
            first += batch.num_rows
        return pl.concat(found).filter(~pl.col(ROW).is_in(mine.implode()))


def _distinct(columns: Iterable[pl.Series]) -> pl.Series:
    return pl.concat([pl.Series(dtype=pl.String), *columns]).drop_nulls().unique()


@cache
def _asking_tables() -> frozenset[str]:
    """Tables whose records are asked for links that lead to them."""
    return frozenset(name for number in rules_beyond() for name in numbered_rules()[number].on)


def _source_schema() -> dict[str, pl.DataType]:
    return {"source_id": pl.String(), "record_id": pl.String(), ROW: pl.Int64()}


def _numbers(texts: Sequence[str] | pl.Series) -> NDArray[np.uint64]:
    return id_numbers(text_array(texts))[0].values
