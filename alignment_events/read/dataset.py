"""Reads a dataset folder: its description, registries, records and other tables."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alignment_events.check.messages import finding, no_such, shown
from alignment_events.check.records import SourceRecord
from alignment_events.findings import Finding
from alignment_events.model.dataset import DatasetInfo
from alignment_events.read.any_folder import is_dataset as is_dataset
from alignment_events.read.csv_rows import CsvTable, read_csv_table
from alignment_events.read.errata import check_errata
from alignment_events.read.yaml_reader import Document, read_yaml
from alignment_events.spec.cells import INVALID
from alignment_events.spec.ir import TableSpec
from alignment_events.spec.project import NestedPath
from alignment_events.spec.tables import table_specs

Progress = Callable[[int, int], None]
"""Called with the number done and the number in all."""


@dataclass
class DatasetSource:
    """A dataset as it lies in a folder.

    Attributes:
        folder: The folder.
        info: Its description, if that could be read.
        records: The records as read.
        tables: Registry or other table to its rows.
        withdrawn: Rows of withdrawn.csv, in the columns of the table of records.
        withdrawn_lines: Line of each of them.
        findings: What is wrong with the files as files.
    """

    folder: Path
    info: DatasetInfo | None = None
    records: list[SourceRecord] = field(default_factory=list)
    tables: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    withdrawn: tuple[dict[str, Any], ...] = ()
    withdrawn_lines: tuple[int, ...] = ()
    findings: list[Finding] = field(default_factory=list)


def read_dataset(folder: Path, *, progress: Progress | None = None) -> DatasetSource:
    """Read a dataset folder; what is wrong becomes findings, nothing raises."""
    source = DatasetSource(folder)
    source.info = _info(folder, source.findings)
    principals = set(source.info.scope.principals) if source.info else set()
    specs = table_specs()
    for table, leave_out in (("actors", ("focal",)), ("persons", ())):
        path = folder / f"{table}.csv"
        read = read_csv_table(path, specs[table], name=str(path), leave_out=leave_out)
        source.findings += read.findings
        source.findings += _check_relations(read, specs[table], source.tables, str(path))
        source.tables[table] = tuple(
            {**row, "focal": row["actor"] in principals} if table == "actors" else row
            for row in read.rows
        )
    for table in ("coverage", "codings"):
        rows: list[dict[str, Any]] = []
        single = folder / f"{table}.csv"
        for path in [single] if single.is_file() else sorted((folder / table).glob("*.csv")):
            read = read_csv_table(path, specs[table], name=str(path))
            source.findings += read.findings
            source.findings += _check_relations(read, specs[table], source.tables, str(path))
            rows += read.rows
        source.tables[table] = tuple(rows)
    source.withdrawn, source.withdrawn_lines = _withdrawn(folder, source.findings)
    source.records = list(read_records(folder / "records", source.findings, progress=progress))
    issued = {str(record.values.get("id")) for record in source.records}
    issued |= {str(row["record_id"]) for row in source.withdrawn}
    source.findings += check_errata(folder, issued)
    return source


def _check_relations(
    read: CsvTable, spec: TableSpec, tables: Mapping[str, Sequence[Mapping[str, Any]]], name: str
) -> Iterator[Finding]:
    """Keys that stand twice in a file, and actors that the registry does not hold."""
    yield from _repeated(read.rows, read.lines, spec.key, name)
    actors = [row["actor"] for row in tables.get("actors", ()) if isinstance(row["actor"], str)]
    columns = [c.name for c in spec.columns if c.ref is not None and c.ref.table == "actors"]
    # Without a readable registry, each would be reported for a fault that is not its own.
    for row, line in zip(read.rows, read.lines, strict=True) if actors else ():
        for column in columns:
            value = row[column]
            if isinstance(value, str) and value not in actors:
                message, hint = no_such(value, "actor", actors)
                yield finding(
                    "AE402", message, hint=hint, file=name, line=line, column=1, table=spec.name,
                    field=column, value=shown(value),
                )  # fmt: skip


def _repeated(
    rows: tuple[dict[str, Any], ...], lines: tuple[int, ...], key: tuple[str, ...], name: str
) -> Iterator[Finding]:
    seen: dict[tuple[Any, ...], int] = {}
    for row, line in zip(rows, lines, strict=True):
        value = tuple(row[k] for k in key)
        if INVALID in value or not any(value):
            continue  # reported by itself
        if value in seen:
            message = f"The key {shown(value[0])} stands twice; first in line {seen[value]}."
            yield finding("AE401", message, file=name, line=line, column=1, value=shown(value[0]))
        seen.setdefault(value, line)


def _withdrawn(
    folder: Path, findings: list[Finding]
) -> tuple[tuple[dict[str, Any], ...], tuple[int, ...]]:
    """Rows of withdrawn.csv, in the columns of the table of records, and the line of each."""
    path = folder / "withdrawn.csv"
    if not path.is_file():
        return (), ()
    left_out = ("first_release",)
    read = read_csv_table(path, table_specs()["records"], name=str(path), leave_out=left_out)
    findings += read.findings
    findings += _repeated(read.rows, read.lines, ("record_id",), str(path))
    return tuple({**row, "first_release": None} for row in read.rows), read.lines


def read_records(
    path: Path,
    findings: list[Finding],
    *,
    single: bool = True,
    progress: Progress | None = None,
) -> Iterator[SourceRecord]:
    """The records of a file, or of all YAML files below a folder, in order of their path.

    Symbolic links are reported and not followed: a folder that was sent in may point anywhere.
    """
    files = [path] if path.is_file() else sorted(_yaml_files(path))
    for number, file in enumerate(files):
        if file.is_symlink() and file != path:
            message = "The file is a link: it is not read. Put the file itself into the folder."
            findings.append(finding("AE001", message, file=str(file)))
            continue
        reading = read_yaml(file, single=single)
        findings += reading.findings
        for document in reading.documents:
            yield source_record(document, str(file))
        if progress is not None:
            progress(number + 1, len(files))


def _yaml_files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder, followlinks=False):
        for name in names:
            if name.endswith((".yaml", ".yml")):
                yield Path(place, name)


def source_record(document: Document, file: str) -> SourceRecord:
    """A document as a record to be checked, with its places."""

    def locate(path: NestedPath, key: bool) -> tuple[int, int]:
        return document.key_place(path) if key else document.place(path)

    return SourceRecord(document.values, file, locate)


def _info(folder: Path, findings: list[Finding]) -> DatasetInfo | None:
    path = folder / "dataset.yaml"
    reading = read_yaml(path, single=True)
    findings += reading.findings
    if not reading.documents:
        return None
    document = reading.documents[0]
    try:
        info = DatasetInfo.model_validate(document.values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            line, column = document.place(detail["loc"])
            where = "/".join(map(str, detail["loc"]))
            message = f"{where}: {detail['msg']}."
            findings.append(
                finding("AE503", message, file=str(path), line=line, column=column, field=where)
            )
        return None
    if info.name != folder.resolve().name:
        line, column = document.place(("name",))
        message = f"name is {info.name}, and the folder is {folder.resolve().name}."
        findings.append(
            finding("AE503", message, file=str(path), line=line, column=column, field="name")
        )
    return info
