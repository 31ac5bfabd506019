"""What is done with one bucket of whole records, in whatever process has it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa

from alignment_events.check.kept import Kept
from alignment_events.check.relations import Around, check_relations
from alignment_events.check.table_ledger import TableLedger
from alignment_events.check.tables import check_cells
from alignment_events.compile.arrow import ARROW_TYPES
from alignment_events.compile.polars_rules import BAD
from alignment_events.findings import Finding
from alignment_events.model import dates
from alignment_events.model.ids import is_valid_id
from alignment_events.screen.examine import empty
from alignment_events.spark.pieces import Piece, bucket_by_bucket, buckets_of, cut
from alignment_events.spec.cells import allowed_codes
from alignment_events.spec.ir import TableSpec
from alignment_events.spec.tables import record_key, table_specs

ROW = "__row"
LINKS, INDEX, ISSUED, WANTED, ENTRIES = "+links", "+index", "+issued", "+wanted", "+entries"
"""Parts that are no tables: what lies around the records of a bucket, and what is asked for it."""

_CODES = ("kind", "verification", "contested")
_DAYS = ("date_start", "date_end")
_SOURCE = ("source_id", "record_id", ROW)


@dataclass(frozen=True)
class Setting:
    """What is the same for all buckets.

    Attributes:
        tables: The tables that are cut into buckets.
        small: Tables that are not, none of whose rows are in any bucket.
        registries: Keys of the registries that were given.
        files: Table name to the file that it was read from.
        package: True if every link must lead to a record that is here.
        foreign: Rows of `sources` whose id is cited by, or repeated in, other records.
        every: True if findings that are too many to be listed are told too.
    """

    tables: tuple[str, ...]
    small: frozenset[str] = frozenset()
    registries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    package: bool = False
    foreign: pa.Table | None = None
    every: bool = False

    @property
    def related(self) -> bool:
        """True if there are records to which rows belong."""
        return "events" in self.tables or "deeds" in self.tables


def as_specified(rows: pa.RecordBatch, spec: TableSpec) -> pa.Table:
    """Exactly the columns of a table, each of the type of the format; those that lack are empty."""
    names = rows.schema.names
    arrays = [
        rows.column(c.name).cast(ARROW_TYPES[c.type])
        if c.name in names
        else pa.nulls(len(rows), ARROW_TYPES[c.type])
        for c in spec.columns
    ]
    return pa.Table.from_arrays(arrays, names=[c.name for c in spec.columns])


def rows_to_buckets(table: str, rows: pa.Table, count: int) -> Iterator[Piece]:
    """The rows of a table, each to the bucket of its record; links to that of their target too.

    Args:
        table: Name of the table.
        rows: Some rows of it as specified, with `__row`.
        count: How many buckets there are.
    """
    own = buckets_of(rows[record_key(table)].combine_chunks(), count)
    yield from cut(table, rows, own)
    if table == "links":
        other = buckets_of(rows["target_id"].combine_chunks(), count)
        away = np.flatnonzero(other != own)
        if len(away):
            yield from cut(LINKS, _links(rows.take(pa.array(away))), other[away])


def _links(rows: pa.Table) -> pa.Table:
    frame = pl.DataFrame(rows).select("record_id", "link_type", "target_id")
    types = sorted(_codes("links", "link_type"))
    sound = [is_valid_id(text or "") for text in frame["record_id"]]
    return frame.with_columns(
        (~pl.col("link_type").is_in(types)).fill_null(value=True).alias(BAD + "link_type"),
        (~pl.Series(BAD + "record_id", sound, dtype=pl.Boolean)),
    ).to_arrow()


def wishes(table: str, rows: pa.Table, count: int) -> Iterator[Piece]:
    """What rows of a table ask, or tell, of records of other buckets."""
    key = record_key(table)
    if table in ("events", "deeds"):
        entries = _entries(pl.DataFrame(rows), table)
        yield from cut(ENTRIES, entries.to_arrow(), buckets_of(rows[key].combine_chunks(), count))
    if table == "records":
        ids = rows.select([key])
        yield from cut(ISSUED, ids, buckets_of(rows[key].combine_chunks(), count))
    for column in table_specs()[table].columns:
        if column.name != key and column.ref is not None and column.ref.table == "records":
            yield from _wish(rows, column.name, key, count)
            if table == "links":
                yield from _wish(rows, key, column.name, count)


def _wish(rows: pa.Table, wanted: str, by: str, count: int) -> Iterator[Piece]:
    rows = rows.select([wanted, by]).drop_null()
    there, to = (buckets_of(rows[name].combine_chunks(), count) for name in (wanted, by))
    away = np.flatnonzero(there != to)
    if len(away):
        ids = rows[wanted].take(pa.array(away))
        asked = pa.table({"record_id": ids, "to": pa.array(to[away])})
        yield from cut(WANTED, asked, there[away])


def _entries(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Records as rules see them from elsewhere, with faulty cells marked."""
    if table == "deeds":
        frame = frame.with_columns(kind=pl.lit("deed"))
    known = {name: _codes("events", name) | {"deed"} for name in _CODES}
    marks = [
        (~pl.col(name).is_in(sorted(known[name]))).fill_null(name == "kind").alias(BAD + name)
        for name in _CODES
    ]
    marks += [
        (~pl.col(name).is_between(pl.lit(dates.FIRST_DAY), pl.lit(dates.LAST_DAY)))
        .fill_null(name == "date_start")
        .alias(BAD + name)
        for name in _DAYS
    ]
    order = pl.lit(table == "deeds").alias("__deed")
    chosen = frame.select(pl.col(record_key(table)).alias("record_id"), *_CODES, *_DAYS, ROW)
    return chosen.with_columns(*marks, order)


def _codes(table: str, column: str) -> set[str]:
    spec = table_specs()[table].column(column)
    return {code for name in spec.vocabularies.values() for code in allowed_codes(name)}


def answers(batches: Iterable[pa.RecordBatch]) -> Iterator[Piece]:
    """What was asked of the records of each bucket, sent to the buckets that asked."""
    for _, parts in bucket_by_bucket(batches):
        if WANTED not in parts:
            continue
        asked = parts[WANTED].unique()
        if ENTRIES in parts:
            # Of records that stand twice the first counts.
            entries = parts[ENTRIES].sort("__deed", ROW).unique("record_id", keep="first")
            yield from _sent(INDEX, asked.join(entries.drop("__deed", ROW), on="record_id"))
        if ISSUED in parts:
            yield from _sent(ISSUED, asked.join(parts[ISSUED].unique(), on="record_id"))


def _sent(part: str, found: pl.DataFrame) -> Iterator[Piece]:
    yield from cut(part, found.drop("to").to_arrow(), found["to"].to_numpy())


def check_bucket(
    parts: Mapping[str, pl.DataFrame],
    setting: Setting,
    overflow: Callable[[Finding], None] | None = None,
) -> TableLedger:
    """Check all that there is of some records, as if they were the whole of the tables.

    Args:
        parts: The rows of the records, and what lies around them.
        setting: What is the same for all buckets.
        overflow: Takes the findings that are too many of their sort to be listed.
    """
    frames = {name: parts[name].sort(ROW) for name in setting.tables if name in parts}
    numbers = {name: frame[ROW] for name, frame in frames.items()}
    ledger = TableLedger(setting.files, rows=numbers, kept=Kept(overflow))
    typed = {}
    for name in setting.tables:
        frame = frames[name].drop(ROW) if name in frames else empty(name)
        typed[name] = check_cells(name, frame, ledger)
    if setting.related:
        # A source whose id another record has is reported where its own row is.
        mine = set(numbers["sources"]) if "sources" in numbers else set()
        ledger.said_of_keys = lambda table, row: table != "sources" or row in mine
        around = _around(parts, frames, setting)
        check_relations(typed, ledger, setting.package, around)
    return ledger


def _around(
    parts: Mapping[str, pl.DataFrame], frames: Mapping[str, pl.DataFrame], setting: Setting
) -> Around:
    issued = parts[ISSUED]["record_id"] if ISSUED in parts else pl.Series(dtype=pl.String)
    foreign = pl.DataFrame(schema=dict(zip(_SOURCE, (pl.String, pl.String, pl.Int64), strict=True)))
    if setting.foreign is not None:
        foreign = pl.DataFrame(setting.foreign).select(_SOURCE)
        used = [frames[n]["source_id"] for n in ("sources", "citations", "claims") if n in frames]
        mine = frames["sources"][ROW] if "sources" in frames else pl.Series(dtype=pl.Int64)
        named = pl.concat([pl.Series(dtype=pl.String), *used]).drop_nulls().unique()
        foreign = foreign.filter(
            pl.col("source_id").is_in(named.implode()) & ~pl.col(ROW).is_in(mine.implode())
        )

    def known(table: str, values: pl.Series) -> pl.Series:
        if table in setting.registries:
            return pl.Series(setting.registries[table], dtype=pl.String)
        if table == "records":
            return values.filter(values.is_in(issued.implode()))
        return foreign["source_id"] if table == "sources" else values.clear()

    return Around(
        setting.small,
        parts.get(INDEX, pl.DataFrame(schema={"record_id": pl.String})),
        parts.get(LINKS, pl.DataFrame(schema={"record_id": pl.String})),
        foreign,
        frozenset(),
        known,
    )
