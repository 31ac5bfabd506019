"""A new record, from answers to a file: completed, checked against its dataset, compared, written."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_events.check.records import SourceRecord, check_records
from alignment_events.contribute.answers import Nested, get, put
from alignment_events.contribute.interview import Interview, Known
from alignment_events.contribute.names import Names
from alignment_events.contribute.place_files import record_path, write_files
from alignment_events.contribute.record_file import plain_values, render_record, schema_for
from alignment_events.contribute.target import Target
from alignment_events.findings import AlignmentEventsError, Report
from alignment_events.model.events import BaseRecord, record_adapter
from alignment_events.model.ids import mint_id
from alignment_events.read.yaml_reader import read_yaml_text
from alignment_events.spec.ir import PartSpec
from alignment_events.spec.records import record_specs


@dataclass(frozen=True)
class Destination:
    """Where a new record goes: into a dataset, or into a file or folder of its own.

    Attributes:
        target: The dataset, or None.
        out: File or folder to write to instead of the dataset's `records/`.
    """

    target: Target | None = None
    out: Path | None = None

    def mint(self) -> str:
        """A fresh id."""
        return self.target.mint() if self.target else mint_id(())

    def known(self) -> Known:
        """What answers may name."""
        if self.target is None:
            return Known()
        titles = {record.id: record.title for record in self.target.records}
        names = {
            n: Names.of(n, self.target.source.tables.get(n, ())) for n in ("actors", "persons")
        }
        return Known(self.target.known("actors"), self.target.known("persons"), titles, names)

    def check(self, values: Nested, name: str) -> Report:
        """What is wrong with the record, by itself or as a part of the dataset."""
        source = SourceRecord(values, name)
        if self.target is None:
            return check_records([source]).report
        return self.target.with_([source]).report

    def path(self, values: Mapping[str, Any]) -> Path:
        """The file that the record will be in."""
        if self.out is not None and not self.out.is_dir():
            return self.out
        folder = self.out or (self.target.folder if self.target else Path())
        there: set[Path] = set()
        while True:
            found = record_path(values, there)
            path = folder / (found if self.out is None and self.target else found.name)
            if not path.exists():
                return path
            there.add(found)


def write_records(records: list[tuple[BaseRecord, Path]]) -> list[Path]:
    """Write records to their files, all or none."""
    files = []
    for record, path in records:
        values = plain_values(record)
        files.append((path, render_record(values, schema=schema_for(path, values["kind"].value))))
    return write_files(files)


def completed(values: Nested, today: dt.date) -> Nested:
    """The answers with what follows by itself, as the questions at a terminal suggest it.

    Keys of sources, the precision of a date from how it is written, status, codebook version and
    day of coding. Required parts that were not given stand empty, so that each missing field in
    them is reported by its name.
    """
    kind = str(values["kind"])
    interview = Interview(kind, today, values=values)
    for path in (
        ("date", "precision"),
        ("coding", "date"),
        ("coding", "codebook"),
        ("coding", "status"),
    ):
        suggested = interview.suggestion(path)
        if get(values, path) is None and suggested is not None:
            put(values, path, suggested)
    for number, source in enumerate(values.get("sources") or ()):
        if isinstance(source, dict):
            source.setdefault("id", f"s{number + 1}")
    _fill_parts(values, record_specs()[kind])
    return values


def _fill_parts(values: Nested, part: PartSpec) -> None:
    for spec in part.fields:
        if spec.part is not None and spec.items is None and spec.required:
            inner = values.setdefault(spec.name, {})
            if isinstance(inner, dict):
                _fill_parts(inner, spec.part)


def read_answers(data: bytes, name: str) -> Nested:
    """The answers in a YAML file, such as a draft that was saved.

    Raises:
        AlignmentEventsError: If it is no YAML file with one record.
    """
    reading = read_yaml_text(data, name=name, single=True)
    if reading.findings or not reading.documents:
        raise AlignmentEventsError(str(Report(reading.findings, unusable=True)))
    return dict(reading.documents[0].values)


def as_record(values: Nested) -> BaseRecord:
    """The record of values that passed the checks."""
    return record_adapter.validate_python(values)


def without_gaps(values: Nested) -> Nested:
    """The answers without parts and items that hold nothing, as a draft is saved."""

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            found = {name: kept(inner) for name, inner in value.items()}
            return {name: inner for name, inner in found.items() if inner not in (None, {}, [])}
        if isinstance(value, list):
            return [inner for inner in map(kept, value) if inner not in (None, {}, [])]
        return value

    found: Nested = kept(values)
    return found
