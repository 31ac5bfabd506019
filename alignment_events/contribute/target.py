"""The dataset that a contribution is meant for: what is in it, and what would become of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from alignment_events.check.dataset import DatasetParts, check_dataset
from alignment_events.check.records import CheckedRecords, SourceRecord
from alignment_events.findings import AlignmentEventsError, Finding, Level, Report
from alignment_events.model.events import BaseRecord
from alignment_events.model.ids import mint_id
from alignment_events.read.dataset import DatasetSource, Progress, is_dataset, read_dataset
from alignment_events.read.registry_rows import NewRows


@dataclass(frozen=True)
class Target:
    """A dataset folder as read, to which records are to be added."""

    source: DatasetSource

    @property
    def folder(self) -> Path:
        """The folder."""
        return self.source.folder

    @cached_property
    def issued(self) -> frozenset[str]:
        """Every id that the dataset ever gave out: those of its records, and withdrawn ones."""
        found = [record.values.get("id") for record in self.source.records]
        found += [row.get("record_id") for row in self.source.withdrawn]
        return frozenset(one for one in found if isinstance(one, str))

    @cached_property
    def checked(self) -> CheckedRecords:
        """The dataset as it is, checked."""
        return _check(self.source, self.source.records)

    @property
    def records(self) -> tuple[BaseRecord, ...]:
        """The sound records of the dataset."""
        return self.checked.records

    def known(self, table: str) -> tuple[str, ...]:
        """The keys of a registry: codes of actors, or ids of persons."""
        key = {"actors": "actor", "persons": "person_id"}[table]
        rows: Sequence[Any] = self.source.tables.get(table, ())
        return tuple(row[key] for row in rows if isinstance(row[key], str))

    def mint(self, also: Iterable[str] = ()) -> str:
        """A fresh id, given out neither by the dataset nor in `also`."""
        return mint_id(self.issued | set(also))

    def with_(self, added: Sequence[SourceRecord], rows: NewRows | None = None) -> CheckedRecords:
        """What the whole dataset would be with these records; the report is about them.

        Findings about what was there already are left out, unless the added records cause them.

        Args:
            added: The records.
            rows: What comes into the registries with them.
        """
        source = rows.into(self.source) if rows is not None else self.source
        together = _check(source, [*self.source.records, *added])
        own = {id_ for one in added if isinstance(id_ := one.values.get("id"), str)}
        files = {one.file for one in added if one.file}
        before = set(map(_what, self.checked.report.findings))
        findings = tuple(
            f
            for f in together.report.findings
            if f.record_id in own or f.file in files or _what(f) not in before
        )
        report = replace(
            together.report,
            findings=findings,
            accepted=(),
            rows_seen={"records": len(added)},
        )
        return CheckedRecords(report, together.records, together.store)


def _check(source: DatasetSource, records: Sequence[SourceRecord]) -> CheckedRecords:
    parts = DatasetParts(
        source.info,
        records,
        source.tables,
        source.withdrawn,
        source.findings,
        str(source.folder / "dataset.yaml"),
    )
    return check_dataset(parts)


def _what(found: Finding) -> tuple[str, str | None, str | None, str, int | None]:
    return (found.code, found.file, found.record_id, found.message, found.line)


def open_target(folder: Path, *, progress: Progress | None = None) -> Target:
    """The dataset of a folder, for adding to it.

    Raises:
        AlignmentEventsError: If it is no dataset, or its description cannot be read.
    """
    if not is_dataset(folder):
        raise AlignmentEventsError(f"{folder} is no dataset folder: it has no dataset.yaml.")
    source = read_dataset(folder, progress=progress)
    if source.info is None:
        broken = [f for f in source.findings if f.level is Level.ERROR]
        raise AlignmentEventsError(f"{folder} cannot be added to: {Report(tuple(broken))}")
    return Target(source)
