"""Runs the checks of tables on Spark, and brings what they find together again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from alignment_events.check.kept import Kept
from alignment_events.check.messages import finding
from alignment_events.check.relations import Around, check_relations
from alignment_events.check.table_ledger import TableLedger
from alignment_events.check.tables import check_cells, check_columns, missing_table
from alignment_events.findings import Finding, Report, Sink, merge
from alignment_events.read.parquet_parts import Places, Whole, read_whole, tables_at
from alignment_events.screen.files import SMALL
from alignment_events.spark.bucket import (
    ROW,
    Setting,
    answers,
    as_specified,
    check_bucket,
    rows_to_buckets,
    wishes,
)
from alignment_events.spark.given import (
    FILE,
    Given,
    Wanted,
    numbered,
    of_frame,
    read_files,
)
from alignment_events.spark.pieces import (
    PIECE,
    batches_of,
    bucket_by_bucket,
    spark_schema,
    together,
)
from alignment_events.spark.session import explained, session_of
from alignment_events.spark.told import FOUND, take, told
from alignment_events.spec.tables import record_key, registry_keys, table_specs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RECORDS_IN_BUCKET = 20_000
"""Records that are checked at a time, with all their rows, in one process."""

Batches = Iterator[pa.RecordBatch]


def validate_on_spark(
    path: Path,
    *,
    conf: Mapping[str, str] | None = None,
    package: bool | None = None,
    unlisted: Sink | None = None,
) -> Report:
    """Check Parquet tables at a path: a file, a folder, partitioned folders, or a package.

    Args:
        path: The path; every executor must see it.
        conf: Settings of a new Spark session, such as `spark.master`.
        package: True for a whole dataset; by default what the path is decides.
        unlisted: Takes the findings that are too many of their sort to be listed.
    """
    from alignment_events.read.package import is_package, read_package

    if not path.exists():
        missing = finding("AE001", "There is no such file or folder.", file=str(path))
        return Report(findings=(missing,), unusable=True)
    before = Report()
    if package is None and path.is_dir() and is_package(path):
        package = True
        before = Report(findings=tuple(read_package(path).findings))
        if before.findings:
            return replace(before, unusable=True)
    by_table, findings = tables_at(path)
    if not by_table:
        if not findings:
            message = "There are no Parquet tables here: Spark checks nothing else."
            findings.append(finding("AE014", message, file=str(path)))
        return Report(findings=tuple(findings), unusable=True)
    session = session_of(conf)
    wanted: dict[str, Wanted] = {}
    small: dict[str, Whole] = {}
    with explained():
        for name, found in by_table.items():
            if name in SMALL:
                whole, wrong = read_whole(name, found)
                findings += wrong
                if whole is not None:
                    small[name] = whole
            else:
                wanted[name] = read_files(session, found)
        report = _Run(session, numbered(wanted), small, bool(package), unlisted).report()
    return merge([before, replace(report, findings=(*findings, *report.findings))])


def validate_frames(frames: Mapping[str, "DataFrame"], *, unlisted: Sink | None = None) -> Report:
    """Check Spark frames: table name to frame.

    Rows are numbered as in the files that a frame was read from, or else as they come.

    Args:
        frames: The frames; those of small tables are brought here.
        unlisted: Takes the findings that are too many of their sort to be listed.
    """
    session = next(iter(frames.values())).sparkSession

    with explained():
        wanted = {n: of_frame(frame) for n, frame in frames.items() if n not in SMALL}
        small = {n: Whole(pl.DataFrame(f.toArrow())) for n, f in frames.items() if n in SMALL}
        return _Run(session, numbered(wanted), small, False, unlisted).report()


class _Run:
    """One run over all tables."""

    def __init__(
        self,
        session: "SparkSession",
        given: Mapping[str, Given],
        small: Mapping[str, Whole],
        package: bool,
        unlisted: Sink | None,
    ) -> None:
        self.session = session
        self.given: dict[str, Given] = {}
        self.places = {name: one.places for name, one in given.items()}
        self.places |= {name: one.places for name, one in small.items()}
        self.small: dict[str, pl.DataFrame] = {}
        self.package = package
        self.unlisted = unlisted
        named = {name: some.files[0] for name, some in self.places.items() if some.files}
        self.ledger = TableLedger(named, kept=Kept(None if unlisted is None else self._hand_on))
        for name in table_specs():
            if name in given:
                empty = pl.from_arrow(given[name].schema.empty_table())
                assert isinstance(empty, pl.DataFrame)
                if check_columns(name, empty, self.ledger, package).usable:
                    self.given[name] = given[name]
            elif name in small:
                result = check_columns(name, small[name].frame, self.ledger, package)
                if result.usable:
                    self.small[name] = check_cells(name, result.frame, self.ledger)
            elif package:
                missing_table(name, self.ledger)
        self.seen = {name: one.height for name, one in given.items()}
        self.seen |= {name: whole.frame.height for name, whole in small.items()}
        records = sum(self.seen.get(name, 0) for name in ("events", "deeds"))
        most = max((one.height for one in self.given.values()), default=0)
        self.buckets = max(1, -(-max(records, most // 8) // RECORDS_IN_BUCKET))

    def report(self) -> Report:
        setting = Setting(
            tables=tuple(self.given),
            small=frozenset(self.small),
            registries={
                name: tuple(self.small[name][key].drop_nulls().to_list())
                if name in self.small
                else ()
                for name, key in registry_keys().items()
            },
            files=self.ledger.files,
            package=self.package,
            every=self.unlisted is not None,
        )
        setting = replace(setting, foreign=self._foreign_sources())
        if setting.related:
            around = self._around_small()
            check_relations(self.small, self.ledger, self.package, around, rules=False)
        # Which rules are run is known even where no row is.
        self.ledger.join(check_bucket({}, setting))
        if self.given:
            self._take(self._checked(setting))
        report = self.ledger.report(self.seen)
        findings = tuple(self._placed(one) for one in report.findings)
        return replace(report, findings=findings, unusable=not self.seen)

    def _take(self, found: "DataFrame") -> None:
        """Add what all buckets told."""
        if self.unlisted is None:
            for batch in found.toArrow().to_batches():
                take(batch.to_pylist(), self.ledger)
            return
        from pyspark import StorageLevel

        # All processes work at once, and what they find comes here a part at a time.
        found.persist(StorageLevel.DISK_ONLY)
        try:
            found.count()
            take((row.asDict() for row in found.toLocalIterator()), self.ledger)
        finally:
            found.unpersist()

    def _hand_on(self, found: Finding) -> None:
        assert self.unlisted is not None
        self.unlisted.add(self._placed(found))

    def _placed(self, found: Finding) -> Finding:
        return self.places.get(found.table or "", Places()).at(found)

    def _pieces(self, cutter: Callable[..., Iterator[Any]], tables: Iterable[str]) -> "DataFrame":
        """The rows of some tables, cut into pieces."""
        parts = [
            self.given[name].frame.mapInArrow(
                _cutting(cutter, name, dict(self.given[name].starts), self.buckets),
                spark_schema(PIECE),
            )
            for name in tables
        ]
        found = parts[0]
        for part in parts[1:]:
            found = found.unionAll(part)
        return found

    def _gathered(self, pieces: "DataFrame") -> "DataFrame":
        # One bucket after the other in each process, all of a bucket in one.
        return pieces.repartition(self.buckets, "bucket").sortWithinPartitions("bucket")

    def _checked(self, setting: Setting) -> "DataFrame":
        pieces = self._pieces(rows_to_buckets, self.given)
        asking = [name for name in ("events", "deeds", "links", "records") if name in self.given]
        if asking:
            wanted = self._gathered(self._pieces(wishes, asking))
            pieces = pieces.unionAll(wanted.mapInArrow(_answering, spark_schema(PIECE)))
        return self._gathered(pieces).mapInArrow(_checking(setting), spark_schema(FOUND))

    def _around_small(self) -> Around:
        """What the tables that were read whole may refer to."""
        values = [
            self.small[name][column.name]
            for name in self.small
            for column in table_specs()[name].columns
            if column.ref is not None and column.ref.table == "records"
        ]
        asked = pl.concat([pl.Series(dtype=pl.String), *values]).drop_nulls().unique()
        there = self._records_among(asked)

        def known(table: str, values: pl.Series) -> pl.Series:
            return (
                values.filter(values.is_in(there.implode()))
                if table == "records"
                else values.clear()
            )

        empty = pl.DataFrame(schema={"record_id": pl.String})
        return Around(frozenset(self.given), empty, empty, empty, frozenset(), known)

    def _records_among(self, ids: pl.Series) -> pl.Series:
        tables = [name for name in ("events", "deeds", "records") if name in self.given]
        if not len(ids) or not tables:
            return ids.clear()
        asked = self.session.createDataFrame(pl.DataFrame({"id": ids}).to_arrow())
        found = [
            asked.join(self.given[n].frame.selectExpr(f"{record_key(n)} AS id"), "id", "left_semi")
            for n in tables
        ]
        texts = [text for one in found for text in one.toArrow()["id"].to_pylist()]
        return pl.Series(texts, dtype=pl.String).unique()

    def _foreign_sources(self) -> pa.Table | None:
        """Rows of `sources` whose ids are cited, or repeated, by rows of other records."""
        from pyspark.sql import functions as f

        if "sources" not in self.given:
            return None
        apart = []
        for name in ("sources", "citations", "claims"):
            if name in self.given and {"source_id", record_key(name)} <= set(
                self.given[name].schema.names
            ):
                frame = self.given[name].frame
                own = f.col("source_id").startswith(f.concat(f.col(record_key(name)), f.lit("/")))
                apart.append(frame.where(~f.coalesce(own, f.lit(False))).select("source_id"))
        foreign = apart[0]
        for part in apart[1:]:
            foreign = foreign.unionAll(part)
        starts = self.given["sources"].starts
        found = (
            self.given["sources"]
            .frame.join(foreign.dropna().distinct(), "source_id", "left_semi")
            .select("source_id", "record_id", FILE, ROW)
            .toArrow()
        )
        rows = [
            starts[f] + r for f, r in zip(*(found[n].to_pylist() for n in (FILE, ROW)), strict=True)
        ]
        numbered = found.drop_columns([FILE, ROW]).append_column(ROW, pa.array(rows, pa.int64()))
        return numbered if numbered.num_rows else None


# What follows runs in the processes of the cluster.


def _cutting(
    cutter: Callable[..., Iterator[Any]], table: str, starts: dict[str, int], buckets: int
) -> Callable[[Batches], Batches]:
    def run(batches: Batches) -> Batches:
        spec = table_specs()[table]
        for batch in together(batch for batch in batches if batch.num_rows):
            rows = as_specified(batch, spec).append_column(ROW, _numbers(batch, starts))
            yield from batches_of(cutter(table, rows, buckets))

    return run


def _numbers(batch: pa.RecordBatch, starts: Mapping[str, int]) -> pa.Array:
    """The number of each row in the whole table."""
    import pyarrow.compute as pc

    files = batch.column(FILE).dictionary_encode()
    first = pa.array([starts[file] for file in files.dictionary.to_pylist()], pa.int64())
    return pc.add(first.take(files.indices), batch.column(ROW).cast(pa.int64()))


def _answering(batches: Batches) -> Batches:
    yield from batches_of(answers(batches))


def _checking(setting: Setting) -> Callable[[Batches], Batches]:
    def run(batches: Batches) -> Batches:
        for _, parts in bucket_by_bucket(batches):
            extra: list[Finding] = []
            overflow = extra.append if setting.every else None
            yield told(check_bucket(parts, setting, overflow), extra)

    return run
