"""One entry for every kind of input: files, folders, datasets, packages, frames, records."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from alignment_events.check.kept import first_of_each
from alignment_events.check.messages import finding
from alignment_events.findings import AlignmentEventsError, Finding, Interrupted, Report, merge
from alignment_events.model.days import offer
from alignment_events.model.ids import hashed_id
from alignment_events.read.any_folder import is_dataset
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    from alignment_events.check.records import SourceRecord, Surrounding
    from alignment_events.read.contribution import Contribution
    from alignment_events.read.dataset import DatasetSource, Progress
    from alignment_events.report.findings_file import FindingsFile


@dataclass(frozen=True)
class How:
    """How data is checked: by what, who is told of progress, what memory may be taken, who takes what is too much."""

    progress: "Progress | None" = None
    memory: int | str | None = None
    sink: "FindingsFile | None" = None
    engine: Literal["local", "spark"] = "local"
    spark_conf: Mapping[str, str] | None = None


DEFAULT = How()


def validate(
    data: Any,
    *,
    within: str | Path | None = None,
    table: str | None = None,
    progress: "Progress | None" = None,
    engine: Literal["local", "spark"] = "local",
    spark_conf: Mapping[str, str] | None = None,
    memory: int | str | None = None,
    findings: "str | Path | FindingsFile | None" = None,
) -> Report:
    """Check data against the format; the report holds every finding with its place.

    Of findings of one code, the report lists the first 10,000 in a table of Parquet or a frame,
    the first 1,000 in another file, and counts the rest.

    Args:
        data: A path (a file or folder of YAML, JSON Lines, CSV, TSV, workbooks or Parquet, a dataset
            folder, a package folder), a frame (polars, Arrow, DuckDB, pandas, Spark), a mapping of
            table names to frames, or nested records (mapping, Pydantic object, or a list of them).
        within: A dataset folder against which the links and codes of records are resolved.
        table: Which table a frame is; by default its columns tell.
        progress: Called with the number of bytes, files or (of large tables) rows read, and in all.
        engine: What checks Parquet tables at a path; Spark frames are checked on Spark anyway.
        spark_conf: Settings of a new Spark session; by default the session that is there, or one by
            the configuration of this machine.
        memory: What the process may take while it checks large tables, in bytes or as `1GiB`; half
            of what is free by default. What does not fit is refused (AE003). Not for Spark, which
            has settings of its own for it.
        findings: A Parquet file to write every finding to, listed in the report or not.

    Returns:
        The report. Bad data never raises; `Report.raise_if_failed` does if asked to.

    Raises:
        TypeError: If `data` is of a kind that cannot be validated.
        AlignmentEventsError: If `memory` is no size, or too little, or given for Spark.
        Interrupted: If the user stops the check of large tables; it has the report so far.
    """
    if findings is None or not isinstance(findings, str | Path):
        how = How(progress, memory, findings, engine, spark_conf)
        return _validated(data, within, table, how)
    from alignment_events.report.findings_file import FindingsFile

    with FindingsFile(Path(findings)) as file:
        try:
            how = How(progress, memory, file, engine, spark_conf)
            report = _validated(data, within, table, how)
        except Interrupted as stop:
            file.finish(stop.report.findings)
            raise Interrupted(replace(stop.report, findings_file=str(findings))) from None
        file.finish(report.findings)
    return replace(report, findings_file=str(findings))


def _validated(data: Any, within: str | Path | None, table: str | None, how: How) -> Report:
    if isinstance(data, str | Path):
        if how.engine == "spark":
            from alignment_events.spark.run import validate_on_spark

            _require_no_bound(how)
            return validate_on_spark(Path(data), conf=how.spark_conf, unlisted=how.sink)
        try:
            return _path(Path(data), within, how)
        except OSError as error:
            message = f"It cannot be opened: {error.strerror}."
            return _unusable(finding("AE001", message, file=str(error.filename or data)))
    if isinstance(data, Mapping) and not _is_nested(data):
        if any(_is_spark(frame) for frame in data.values()):
            return _spark_frames({str(name): frame for name, frame in data.items()}, how)
        return _frames({str(name): _polars(frame) for name, frame in data.items()}, how)
    if _is_spark(data):
        return _spark_frames({_table_of(data.columns, table): data}, how)
    nested = _nested(data)
    if nested is not None:
        return _check_records(nested, None if within is None else _source(Path(within)))
    frame = _polars(data)
    return _frames({_table_of(frame.columns, table): frame}, how)


def _path(path: Path, within: str | Path | None, how: How) -> Report:
    from alignment_events.read.package import is_package

    if not path.exists():
        return _unusable(finding("AE001", "There is no such file or folder.", file=str(path)))
    if path.is_dir():
        if is_dataset(path):
            from alignment_events.release.build import checked_dataset

            return checked_dataset(path, progress=how.progress)[1].report
        if is_package(path):
            return _package(path, how)
    elif not path.is_file():
        return _unusable(finding("AE001", "This is a pipe or device, not a file.", file=str(path)))
    streamed = None if within else _streamed(path, how)
    if streamed is not None:
        return streamed
    from alignment_events.read.contribution import read_contribution

    return check_contribution(read_contribution(path, progress=how.progress), within, how)


def _package(path: Path, how: How) -> Report:
    """The report on a package, as it is remembered if it is the same as before."""
    from alignment_events.verdicts import contents_of, recall, remember

    contents = contents_of(path)
    if contents is not None and (known := recall(contents)) is not None:
        return known
    report = validate_package(path, how)
    if contents is not None:
        remember(contents, report)
    return report


def _streamed(path: Path, how: How) -> Report | None:
    """The report on large Parquet tables, if that is what the path holds, and nothing else."""
    from alignment_events.read.parquet import is_large_alone

    if not is_large_alone(path):
        return None
    from alignment_events.screen.run import check_streamed

    return check_streamed(path, progress=how.progress, memory=how.memory, unlisted=how.sink)


def check_contribution(
    sent: "Contribution", within: str | Path | None = None, how: How = DEFAULT
) -> Report:
    """Check what was sent in: its records against each other and the dataset, its tables likewise.

    Records without an id are checked as if they had one, since `add` mints it; in a dataset, each
    must have its own.

    Of findings of one code in one file and table, the report lists the first 1,000 and counts the
    rest, which goes to `how.sink` if there is one.
    """
    if not sent.seen and not sent.findings:
        message = "There is no record in it: what is there to be filled in is empty."
        return _unusable(finding("AE005", message, file=sent.name))
    reports = [Report(findings=tuple(sent.findings), unusable=not sent.seen)]
    # A cell that shows an error of its own is no missing value besides.
    unread = {found.place for found in sent.findings if found.code == "AE107" and found.cell}
    source = None
    if within is not None and sent.seen:
        from alignment_events.read.registry_rows import new_rows, without_registries

        source = _source(Path(within))
        new = new_rows(sent, source.tables)
        reports.append(Report(findings=tuple(new.findings), rows_seen=new.seen))
        sent, source = without_registries(sent), new.into(source)
    if sent.records:
        # What is set aside by its place below, or goes to the sink, has to be made.
        every = bool(unread) or how.sink is not None
        reports.append(_check_nested(sent, source, every))
    if sent.tables:
        reports.append(_check_tables(sent, source, how))
    report = merge(reports)
    kept = [
        f for n, f in enumerate(report.findings) if n < len(sent.findings) or f.place not in unread
    ]
    overflow = how.sink.add if how.sink is not None else None
    return first_of_each(replace(report, findings=tuple(kept)), overflow)


def _check_records(
    records: "Sequence[SourceRecord]",
    source: "DatasetSource | None",
    own: Path | None = None,
    *,
    every: bool = True,
) -> Report:
    """The report on records, by themselves or as those of a dataset that they are to be a part of."""
    from alignment_events.check.records import check_records

    checked = check_records(records, _around(source, own), every=every)
    if source is None:
        return checked.report
    from alignment_events.check.dataset import check_membership

    found = check_membership(source.info, source.withdrawn, records, checked)
    return replace(checked.report, findings=(*checked.report.findings, *found))


def _check_nested(sent: "Contribution", source: "DatasetSource | None", every: bool) -> Report:
    from alignment_events.read.wide_rows import about_keys, with_ids

    stand_ins: dict[str, str | None] = {}

    def stand_in(record: "SourceRecord") -> str:
        made = hashed_id("contribution", f"{sent.name}#{len(stand_ins)}")
        stand_ins[made] = record.key
        return made

    records = sent.records if sent.in_dataset else with_ids(sent.records, stand_in)
    report = _check_records(records, source, own=Path(sent.name), every=every)
    # An id that was made up here would mean nothing to the reader.
    findings = tuple(
        f.at(record_id=stand_ins[f.record_id]) if f.record_id in stand_ins else f
        for f in report.findings
    )
    keys = [record.key for record in records]
    return replace(report, findings=tuple(about_keys(f, keys) for f in findings))


def _check_tables(sent: "Contribution", source: "DatasetSource | None", how: How) -> Report:
    from alignment_events.check.tables import check_tables

    around = None
    if source is not None:
        from alignment_events.check.surrounding import around_tables

        around = around_tables(sent.tables, _rows_of(source))

    def told(one: Finding) -> Finding:
        one = sent.origins[one.table].at(one) if one.table in sent.origins else one
        if one.code == "AE104" and (offered := offer(one.value or "")):
            return one.at(hint=f"{offered.capitalize()}.")
        hint = "Add the column, filled in every row."
        return one.at(hint=hint) if one.code == "AE501" else one

    def overflow(one: Finding) -> None:
        if how.sink is not None:
            how.sink.add(told(one))

    report = check_tables(
        sent.tables, around=around, overflow=overflow if how.sink is not None else None
    )
    return replace(report, findings=tuple(told(one) for one in report.findings))


def _rows_of(source: "DatasetSource") -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The sound rows of a dataset, derived columns filled."""
    from alignment_events.check.records import check_records
    from alignment_events.release.rows import dataset_rows

    records = check_records(source.records).records
    as_of = source.info.cutoff if source.info is not None else dt.date.max
    return dataset_rows(records, {"actors": (), "persons": (), **source.tables}, (), as_of)


def _source(folder: Path) -> "DatasetSource":
    if not is_dataset(folder):
        raise AlignmentEventsError(f"{folder} is no dataset folder: it has no dataset.yaml.")
    from alignment_events.read.dataset import read_dataset

    return read_dataset(folder)


def _around(source: "DatasetSource | None", own: Path | None = None) -> "Surrounding":
    from alignment_events.check.records import Surrounding, check_records

    if source is None:
        return Surrounding()
    # The file under check may be part of the dataset already: then it is not its own surrounding.
    own_path = own.resolve() if own is not None else None
    others = [r for r in source.records if r.file and Path(r.file).resolve() != own_path]
    records = check_records(others).records
    return Surrounding(source.tables.get("actors"), source.tables.get("persons"), records, True)


def validate_package(folder: Path, how: How = DEFAULT) -> Report:
    """Check a package folder: descriptor, hashes, tables."""
    from alignment_events.read.parquet import is_large

    if is_large(folder):
        from alignment_events.read.package import read_package
        from alignment_events.screen.run import check_streamed

        streamed = None
        if not read_package(folder).findings:
            streamed = check_streamed(
                folder,
                package=True,
                progress=how.progress,
                memory=how.memory,
                unlisted=how.sink,
            )
        if streamed is not None:
            return streamed
    from alignment_events.packages import check_package

    return check_package(folder, how.sink.add if how.sink is not None else None).report


def _unusable(*findings: Finding) -> Report:
    return Report(findings=findings, unusable=True)


def _is_nested(data: Mapping[Any, Any]) -> bool:
    return "kind" in data or "id" in data or not all(_is_frame(value) for value in data.values())


def _is_frame(value: Any) -> bool:
    return hasattr(value, "__arrow_c_stream__") or hasattr(value, "columns")


def _nested(data: Any) -> "list[SourceRecord] | None":
    """The data as nested records, if that is what it is."""
    from alignment_events.check.records import SourceRecord
    from alignment_events.model.parts import Part

    items = data if isinstance(data, Sequence) and not isinstance(data, str | bytes) else [data]
    plain = [item.model_dump() if isinstance(item, Part) else item for item in items]
    if not all(isinstance(item, Mapping) for item in plain):
        return None
    return [SourceRecord(item) for item in plain]


def _frames(frames: Mapping[str, Any], how: How) -> Report:
    from alignment_events.check.tables import check_tables

    _require_tables(frames)
    return check_tables(frames, overflow=how.sink.add if how.sink is not None else None)


def _spark_frames(frames: Mapping[str, Any], how: How) -> Report:
    from alignment_events.spark.run import validate_frames

    _require_tables(frames)
    _require_no_bound(how)
    return validate_frames(frames, unlisted=how.sink)


def _require_no_bound(how: How) -> None:
    if how.memory is not None:
        raise AlignmentEventsError(
            "a bound of memory is for checks in this process; the processes of Spark have theirs "
            "by its own settings, such as spark.executor.memory=4g."
        )


def _require_tables(names: Iterable[str]) -> None:
    unknown = [name for name in names if name not in table_specs()]
    if unknown:
        raise TypeError(f"no tables of the format: {unknown}; the tables are {list(table_specs())}")


def _is_spark(frame: Any) -> bool:
    return type(frame).__module__.startswith("pyspark.sql.") and hasattr(frame, "mapInArrow")


def _polars(frame: Any) -> Any:
    """Any frame as a polars frame, through Arrow; null stays null and NaN stays NaN."""
    import polars as pl

    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if isinstance(frame, pl.DataFrame):
        return frame
    if type(frame).__module__.split(".")[0] == "pandas":
        return pl.from_arrow(_from_pandas(frame))
    if hasattr(frame, "__arrow_c_stream__"):
        return pl.DataFrame(frame)
    for method in ("to_arrow_table", "arrow"):
        if hasattr(frame, method):
            return pl.from_arrow(getattr(frame, method)())
    raise TypeError(
        f"cannot validate {type(frame).__name__}: give a path, a frame or nested records"
    )


def _from_pandas(frame: Any) -> Any:
    import pyarrow as pa

    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # A column of mixed types has none in Arrow; as text, each value is judged by its column.
        mixed = {name: "string" for name, kind in frame.dtypes.items() if kind.kind == "O"}
        return pa.Table.from_pandas(frame.astype(mixed), preserve_index=False)


def _table_of(columns: Sequence[str], named: str | None) -> str:
    name = named or _which_table(columns)
    if name is None or name not in table_specs():
        raise TypeError(
            f"no table of the format: {name!r}; pass table= one of {list(table_specs())}"
        )
    return name


def _which_table(columns: Sequence[str]) -> str | None:
    """The table whose key the columns hold, and whose columns they match best."""
    best = max(
        (spec for spec in table_specs().values() if set(spec.key) <= set(columns)),
        key=lambda spec: len(set(spec.names) & set(columns)) / len(spec.names),
        default=None,
    )
    return best.name if best else None
