"""`add`: whatever was sent in, as record files of a dataset, if it is sound and new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from alignment_events.check.messages import finding
from alignment_events.check.records import SourceRecord
from alignment_events.contribute.duplicates import Likeness, likely_duplicates, side_by_side
from alignment_events.contribute.new_record import as_record, write_records
from alignment_events.contribute.place_files import record_path
from alignment_events.contribute.record_file import plain_values
from alignment_events.contribute.registries import appended, longer_registries
from alignment_events.contribute.target import Target
from alignment_events.contribute.terminal import Stopped, Terminal
from alignment_events.contribute.told import rewritten
from alignment_events.findings import AlignmentEventsError, Finding, Report, merge
from alignment_events.model.events import BaseRecord
from alignment_events.model.tables import CHILDREN
from alignment_events.read.contribution import Contribution, read_contribution
from alignment_events.read.flat_records import nested_records
from alignment_events.read.registry_rows import (
    REGISTRIES,
    NewRows,
    new_rows,
    without_registries,
)
from alignment_events.read.wide_rows import about_keys, with_ids
from alignment_events.report.text import printable, render_text
from alignment_events.validation import check_contribution


@dataclass
class Added:
    """Records on their way into a dataset.

    Attributes:
        target: The dataset.
        records: The records, each with an id.
        rows: Rows that are new to the registries.
        minted: Id that was minted here to the key that the contributor gave the record, if any.
        findings: What is wrong with the files themselves.
        counted: What else is wrong with them, of which there is too much to list it.
        unusable: True if nothing could be read.
    """

    target: Target
    records: list[SourceRecord] = field(default_factory=list)
    rows: NewRows = field(default_factory=NewRows)
    minted: dict[str, str | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    counted: list[Report] = field(default_factory=list)
    unusable: bool = False

    def read(self, path: Path) -> None:
        """Take in a file or folder; records without an id get a fresh one."""
        if not path.exists():
            self.findings.append(
                finding("AE001", "There is no such file or folder.", file=str(path))
            )
            self.unusable = True
            return
        sent = read_contribution(path)
        _refuse_other_tables(sent)
        self.findings += sent.findings
        self.unusable |= not sent.seen
        self.rows.add(new_rows(sent, self.rows.into(self.target.source).tables))
        sent = without_registries(sent)
        in_tables = check_contribution(replace(sent, records=[], findings=[]))
        if sent.tables:
            self.findings += in_tables.findings
            self.counted.append(Report(unlisted=in_tables.unlisted))
        # Rows that have a fault cannot be put together, and are reported by themselves.
        records = nested_records(sent) if sent.tables and in_tables.ok else sent.records
        self.records += with_ids(records, self._mint)

    def _mint(self, record: SourceRecord) -> str:
        minted = self.target.mint(self.minted)
        self.minted[minted] = record.key
        return minted

    def check(self) -> Report:
        """What is wrong with the files, the records, and the dataset once they are in it."""
        report = self.target.with_(self.records, self.rows).report
        # A cell that shows an error of its own is no missing value besides.
        unread = {f.place for f in self.findings if f.code == "AE107"}
        # An id that was minted on the way would mean nothing to the reader.
        kept = [
            f.at(record_id=self.minted[f.record_id]) if f.record_id in self.minted else f
            for f in report.findings
            if f.place not in unread
        ]
        keys = [record.key for record in self.records]
        kept = [about_keys(f, keys) for f in kept]
        found = (*self.findings, *self.rows.findings, *kept)
        seen = {**report.rows_seen, **self.rows.seen}
        unlisted = merge([report, *self.counted]).unlisted
        return replace(
            report, findings=found, rows_seen=seen, unusable=self.unusable, unlisted=unlisted
        )

    def without(self, record_id: str, instead: str) -> None:
        """Leave a record out; what linked to it links to the one that is there instead."""
        ids = {record_id: instead}
        self.records = [
            replace(one, values=_relinked(one.values, ids))
            for one in self.records
            if one.values["id"] != record_id
        ]


def add_files(
    paths: Sequence[Path],
    target: Target,
    terminal: Terminal,
    *,
    allow_duplicates: bool = False,
    dry_run: bool = False,
) -> int:
    """Turn what was sent in into record files; the exit code."""
    added = Added(target)
    for path in paths:
        added.read(path)
    report = added.check()
    if report.findings:
        terminal.say(render_text(report))
    if not report.ok:
        terminal.say("Nothing was written.")
        return report.exit_code()
    records = [as_record(dict(one.values)) for one in added.records]
    if not allow_duplicates:
        try:
            records = _without_duplicates(added, records, terminal)
        except Stopped:
            terminal.say("Nothing was written.")
            return 1
    return _write(added, records, terminal, dry_run)


def _without_duplicates(
    added: Added, records: list[BaseRecord], terminal: Terminal
) -> list[BaseRecord]:
    alike = list(likely_duplicates(records, added.target.records))
    if not alike:
        return records
    if not terminal.asks:
        for one in alike:
            _show(one, terminal)
        terminal.say("If they are other events, add --allow-duplicates.")
        raise Stopped
    left_out: set[str] = set()
    for one in alike:
        if {one.new.id, one.old.id} & left_out:
            continue
        _show(one, terminal)
        if not _keeps_both(terminal):
            left_out.add(one.new.id)
            added.without(one.new.id, one.old.id)
    if left_out and added.records:
        report = added.check()
        if not report.ok:
            terminal.say(render_text(report))
            raise Stopped
    return [as_record(dict(one.values)) for one in added.records]


def _keeps_both(terminal: Terminal) -> bool:
    while True:
        word = terminal.ask("Keep both, skip the new one, or stop? [k/s/q] ").lower()
        if word in ("k", "keep", "s", "skip"):
            return word.startswith("k")
        if word in ("q", "stop"):
            raise Stopped
        terminal.say("  Answer k, s or q.")


def _show(one: Likeness, terminal: Terminal) -> None:
    terminal.say("")
    terminal.say(f"These may be one event: {one.why} (words {one.score:.0f} of 100 alike).")
    terminal.say("New, and there already:")
    for line in side_by_side(one):
        terminal.say(f"  {printable(line)}")


def _write(added: Added, records: Iterable[BaseRecord], terminal: Terminal, dry_run: bool) -> int:
    target = added.target
    taken: set[Path] = set()
    files: list[tuple[BaseRecord, Path]] = []
    for record in records:
        values = plain_values(record)
        while (target.folder / (found := record_path(values, taken))).exists():
            taken.add(found)
        taken.add(found)
        files.append((record, target.folder / found))
    given = {one.values["id"]: one.values for one in added.records}
    longer = longer_registries(target.folder, added.rows.rows)
    if not dry_run:
        # What records refer to is there first: whatever happens, none names what is missing.
        with appended(longer):
            write_records(files)
    for one in longer:
        terminal.say(f"{'Would add' if dry_run else 'Added'} {', '.join(one.keys)} to {one.path}")
    for record, path in files:
        terminal.say(f"{'Would write' if dry_run else 'Wrote'} {record.id} to {path}")
        for line in rewritten(given[record.id], record):
            terminal.say(printable(f"  {line}"))
    if not files and not longer:
        terminal.say("Nothing was written.")
    return 0


def _refuse_other_tables(sent: Contribution) -> None:
    known = {table.name for table in CHILDREN} | {"events", "deeds", "records", "vocabularies"}
    other = sorted(set(sent.tables) - known - set(REGISTRIES))
    if other:
        raise AlignmentEventsError(
            f"{sent.name} holds rows of {', '.join(other)}, and add takes records, actors and "
            f"persons only: write such rows into {other[0]}.csv of the dataset by hand."
        )


def _relinked(values: Any, ids: dict[str, str]) -> dict[str, Any]:
    links = [{**link, "to": ids.get(link["to"], link["to"])} for link in values.get("links") or ()]
    return {**values, "links": links} if links else dict(values)
