"""Runs the checks of tables on Spark, and brings what they find together again."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from alignment_events.check.messages import finding
from alignment_events.check.relations import Around, check_relations
from alignment_events.check.table_ledger import TableLedger
from alignment_events.check.tables import check_cells, check_columns, missing_table
from alignment_events.findings import AlignmentEventsError, Finding, Level, Report, merge
from alignment_events.read.parquet import read_tables
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
    tables_at,
)
from alignment_events.spark.pieces import PIECE_DDL, batches_of, bucket_by_bucket
from alignment_events.spec.tables import record_key, table_specs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RECORDS_IN_BUCKET = 20_000
"""Records that are checked at a time, with all their rows, in one process."""

_FOUND = pa.schema(
    [
        ("sort", pa.string()),
        ("step", pa.list_(pa.int32())),
        ("count", pa.int64()),
        *((n, pa.string()) for n in ("code", "level", "message", "hint", "table")),
        ("row", pa.int64()),
        *((n, pa.string()) for n in ("record_id", "field", "value")),
    ]
)
_FOUND_DDL = (
    "sort string, step array<int>, count bigint, code string, level string, message string, "
    "hint string, table string, row bigint, record_id string, field string, value string"
)
_OF_FINDING = ("code", "message", "hint", "table", "row", "record_id", "field", "value")

Batches = Iterator[pa.RecordBatch]


def session_of(conf: Mapping[str, str] | None = None) -> "SparkSession":
    """The Spark session that is there, or a new one by the configuration of this machine.

    Raises:
        AlignmentEventsError: If PySpark or Java is not installed.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise AlignmentEventsError(
            "Spark is not installed: pip install alignment-events[spark]"
        ) from error
    # Workers run the same Python, unless the cluster is set up otherwise.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    active = SparkSession.getActiveSession()
    if active is not None and not conf:
        return active
    builder = SparkSession.builder.appName("alignment-events")
    for key, value in (conf or {}).items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise AlignmentEventsError(f"Spark cannot be started: {reason}") from error


def validate_on_spark(
    path: Path, *, conf: Mapping[str, str] | None = None, package: bool | None = None
) -> Report:
    """Check Parquet tables at a path: a file, a folder, partitioned folders, or a package.

    Args:
        path: The path; every executor must see it.
        conf: Settings of a new Spark session, such as `spark.master`.
        package: True for a whole dataset; by default what the path is decides.
    """
    from alignment_events.read.package import is_package, read_package

    if not path.exists():
        missing = finding("AE001", "There is no such file or folder.", file=str(path))
        return Report(findings=(missing,), unusable=True)
    before = Report()
    if package is None and path.is_dir() and is_package(path):
        package = True
        before = Report(findings=tuple(read_package(path, tables=False).findings))
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
    small: dict[str, pl.DataFrame] = {}
    files: dict[str, str] = {}
    with _explained():
        for name, found in by_table.items():
            if name in SMALL:
                read = read_tables(found[0])
                findings += read.findings
                small |= read.tables
                files |= read.files
            else:
                wanted[name] = read_files(session, found)
        report = _Run(session, numbered(wanted), small, files, bool(package)).report()
    return merge([before, replace(report, findings=(*findings, *report.findings))])


def validate_frames(frames: Mapping[str, "DataFrame"]) -> Report:
    """Check Spark frames: table name to frame.

    Rows are numbered as in the files that a frame was read from, or else as they come.
    """
    session = next(iter(frames.values())).sparkSession

    with _explained():
        wanted = {n: of_frame(frame) for n, frame in frames.items() if n not in SMALL}
        small = {n: pl.DataFrame(f.toArrow()) for n, f in frames.items() if n in SMALL}
        return _Run(session, numbered(wanted), small, {}, package=False).report()


@contextmanager
def _explained() -> Iterator[None]:
    """What Spark cannot do is told in one sentence."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise AlignmentEventsError(f"Spark failed: {' '.join(lines[-1:])[:300]}") from error


class _Run:
    """One run over all tables."""

    def __init__(
        self,
        session: "SparkSession",
        given: Mapping[str, Given],
        small: Mapping[str, pl.DataFrame],
        files: Mapping[str, str],
        package: bool,
    ) -> None:
        self.session = session
        self.given: dict[str, Given] = {}
        self.all = given
        self.small: dict[str, pl.DataFrame] = {}
        self.package = package
        named = {name: one.files[0] for name, one in given.items() if one.files}
        self.ledger = TableLedger({**files, **named})
        for name in table_specs():
            if name in given:
                empty = pl.from_arrow(given[name].schema.empty_table())
                assert isinstance(empty, pl.DataFrame)
                if check_columns(name, empty, self.ledger, package).usable:
                    self.given[name] = given[name]
            elif name in small:
                result = check_columns(name, small[name], self.ledger, package)
                if result.usable:
                    self.small[name] = check_cells(name, result.frame, self.ledger)
            elif package:
                missing_table(name, self.ledger)
        self.seen = {name: one.height for name, one in given.items()}
        self.seen |= {name: frame.height for name, frame in small.items()}
        records = sum(self.seen.get(name, 0) for name in ("events", "deeds"))
        most = max((one.height for one in self.given.values()), default=0)
        self.buckets = max(1, -(-max(records, most // 8) // RECORDS_IN_BUCKET))

    def report(self) -> Report:
        keys = {"actors": "actor", "persons": "person_id"}
        setting = Setting(
            tables=tuple(self.given),
            small=frozenset(self.small),
            registries={
                name: tuple(self.small[name][key].drop_nulls().to_list())
                if name in self.small
                else ()
                for name, key in keys.items()
            },
            files=self.ledger.files,
            package=self.package,
        )
        setting = replace(setting, foreign=self._foreign_sources())
        if setting.related:
            around = self._around_small()
            check_relations(self.small, self.ledger, self.package, around, rules=False)
        # Which rules are run is known even where no row is.
        self.ledger.join(check_bucket({}, setting))
        if self.given:
            for batch in self._checked(setting).toArrow().to_batches():
                _take(batch, self.ledger)
        report = self.ledger.report(self.seen)
        findings = tuple(self._placed(one) for one in report.findings)
        return replace(report, findings=findings, unusable=not self.seen)

    def _placed(self, found: Finding) -> Finding:
        given = self.all.get(found.table or "")
        return found if given is None else given.at(found)

    def _pieces(self, cutter: Callable[..., Iterator[Any]], tables: Iterable[str]) -> "DataFrame":
        """The rows of some tables, cut into pieces."""
        parts = [
            self.given[name].frame.mapInArrow(
                _cutting(cutter, name, dict(self.given[name].starts), self.buckets), PIECE_DDL
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
            pieces = pieces.unionAll(wanted.mapInArrow(_answering, PIECE_DDL))
        return self._gathered(pieces).mapInArrow(_checking(setting), _FOUND_DDL)

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
        for batch in batches:
            if not batch.num_rows:
                continue
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
            yield _told(check_bucket(parts, setting))

    return run


def _told(ledger: TableLedger) -> pa.RecordBatch:
    """What was found, as rows."""
    rows: list[dict[str, Any]] = [
        {"sort": "found", "step": list(step), "level": one.level.value}
        | {name: getattr(one, name) for name in _OF_FINDING}
        for step, one in ledger.kept.found
    ]
    rows += [{"sort": "run", "code": code, "count": n} for code, n in ledger.run.items()]
    rows += [
        {"sort": "skipped", "code": code, "step": list(step), "message": reason}
        for code, (step, reason) in ledger.skipped.items()
    ]
    rows += [
        {"sort": "unlisted", "code": code, "table": table, "count": n}
        for code, tables in ledger.kept.unlisted().items()
        for table, n in tables.items()
    ]
    rows.append({"sort": "outside", "count": ledger.outside})
    return pa.RecordBatch.from_pylist(rows, _FOUND)


def _take(batch: pa.RecordBatch, ledger: TableLedger) -> None:
    """Add what one bucket told."""
    part = TableLedger()
    for row in batch.to_pylist():
        match row["sort"]:
            case "found":
                values = {name: row[name] for name in _OF_FINDING}
                file = ledger.files.get(row["table"])
                one = Finding(level=Level(row["level"]), file=file, **values)
                ledger.kept.put(tuple(row["step"]), one)
            case "unlisted":
                ledger.kept.counts[row["code"], row["table"]] += row["count"]
            case "run":
                part.run[row["code"]] += row["count"]
            case "skipped":
                part.step = tuple(row["step"])
                part.skip(row["code"], row["message"])
            case _:
                part.outside += row["count"]
    ledger.join(part)
