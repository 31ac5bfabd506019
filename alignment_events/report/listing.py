"""A report as one ordered list that every format is made from, each finding with its line."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from alignment_events.findings import Finding, Level, Report
from alignment_events.model.rules import CATALOGUE
from alignment_events.report.context import Context, Lines

IN_MEMORY = "<memory>"


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding as reports show it.

    Attributes:
        found: The finding.
        group: The file, or the table of a frame in memory, under which it is listed.
        context: Its line in the file, where there is one.
        accepted: The reason for which the dataset accepts it, if it does.
    """

    found: Finding
    group: str
    context: Context | None = None
    accepted: str | None = None

    @property
    def within(self) -> str:
        """Where it is in its group: `12:5`, `Events!D17`, `row=812`, or nothing."""
        return self.found.place.removeprefix(self.group).lstrip(":!#")


@dataclass(frozen=True, slots=True)
class Listing:
    """All entries of a report in order of file and place; what a dataset accepts stands apart."""

    report: Report
    entries: tuple[Entry, ...]
    accepted: tuple[Entry, ...]

    @property
    def levels(self) -> dict[Level, int]:
        """Level to the number of findings, listed or not; those that do not occur left out."""
        counts = Counter(entry.found.level for entry in self.entries)
        for code, tables in self.report.unlisted.items():
            counts[CATALOGUE[code].level] += sum(tables.values())
        return {level: counts[level] for level in Level if counts[level]}

    @property
    def codes(self) -> dict[str, int]:
        """Code to the number of findings, listed or not, the commonest first."""
        counts = Counter(entry.found.code for entry in self.entries)
        for code, tables in self.report.unlisted.items():
            counts[code] += sum(tables.values())
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def groups(self, most: int | None = None) -> Iterator[tuple[str, list[Entry]]]:
        """The entries file by file; the first `most` of all, if given."""
        for name, entries in groupby(self.entries[:most], key=lambda entry: entry.group):
            yield name, list(entries)


def listing(report: Report, *, context: bool = True, most: int = 0) -> Listing:
    """The report as a list: by file in the order in which they were read, then by line.

    Args:
        report: The report.
        context: Look up the line of each finding in its file.
        most: Look it up for so many findings only; 0 for all.
    """
    lines = Lines() if context else None
    ordered = _sorted([_entry(found) for found in report.findings])
    accepted = [replace(_entry(found), accepted=reason) for found, reason in report.accepted]
    if lines is not None:
        end = most or len(ordered)
        shown = [replace(e, context=lines.of(e.found)) for e in ordered[:end]]
        ordered = [*shown, *ordered[end:]]
        accepted = [replace(e, context=lines.of(e.found)) for e in accepted]
    return Listing(report, tuple(ordered), tuple(accepted))


def _entry(found: Finding) -> Entry:
    return Entry(found, found.file or found.table or IN_MEMORY)


def _sorted(entries: list[Entry]) -> list[Entry]:
    # Sorting is stable: what has no line (rows, cells of workbooks) stays in the order of reading.
    groups = {name: number for number, name in enumerate(dict.fromkeys(e.group for e in entries))}
    return sorted(entries, key=lambda e: (groups[e.group], e.found.line or 0, e.found.column or 0))


def in_order(report: Report) -> Report:
    """The report with its findings in the order of its listing."""
    found = tuple(entry.found for entry in listing(report, context=False).entries)
    return replace(report, findings=found)


def plain(report: Report) -> dict[str, Any]:
    """The report as `--format json` prints it."""
    return in_order(report).as_dict()


def unlisted_in_words(report: Report) -> list[str]:
    """What was counted and is not listed, a line for each code and table; and where all of it is."""
    lines = []
    for code, tables in report.unlisted.items():
        for table, hidden in tables.items():
            count = report.counts[code][table]
            where = f" in {table}" if table else ""
            lines.append(f"{count:,} of {code}{where}, {count - hidden:,} listed")
    if report.findings_file:
        lines.append(f"all findings: {report.findings_file}")
    elif lines:
        lines.append("--findings FILE.parquet writes all of them to a file")
    return lines
