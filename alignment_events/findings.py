"""What a check reports: findings, each with its exact place, and the report that collects them.

A finding is flat on purpose: it is the JSON that `alignment-events validate --format json` prints.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class Level(StrEnum):
    """How much a finding weighs: MUST is an error, SHOULD a warning, MAY a note."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where it is wrong, and what would mend it.

    Attributes:
        code: Stable code such as `AE203`; `alignment-events explain CODE` tells more.
        level: Error, warning or note.
        message: What is wrong, in one sentence, with the offending value.
        hint: What to do about it, or None.
        file: The file as the user named it, or None for a frame in memory.
        line: Line in the file, counted from 1, for text files.
        column: Column in that line, counted from 1, for text files; in CSV and TSV files, the
            number of the cell in its row.
        sheet: Name of the sheet, for workbooks.
        cell: Cell of that sheet, such as `D17`.
        table: Table name, for findings about tables.
        row: Row in the table, counted from 0, header not counted.
        record_id: Id of the record concerned, if it could be read.
        field: Path of the field within the record, or the column of the table.
        value: The offending value as text, shortened.
    """

    code: str
    level: Level
    message: str
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    sheet: str | None = None
    cell: str | None = None
    table: str | None = None
    row: int | None = None
    record_id: str | None = None
    field: str | None = None
    value: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Its attributes by name; plain values all, so that nothing is copied deeply."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def place(self) -> str:
        """The place as one word: `file.yaml:12:5`, `round3.xlsx!Events!D17` or `events#row=3`."""
        if self.sheet is not None:
            cell = f"!{self.cell}" if self.cell else ""
            return f"{self.file or '<memory>'}!{self.sheet}{cell}"
        if self.line is not None:
            return f"{self.file or '<memory>'}:{self.line}:{self.column or 1}"
        where = self.file or self.table or "<memory>"
        return where if self.row is None else f"{where}#row={self.row}"

    def at(self, **changes: Any) -> "Finding":
        """The same finding with some of its place filled in."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a validation: what was found, and what was and was not looked at.

    Attributes:
        findings: Every finding, in order of file and place.
        rows_seen: Table name (or `records`) to the number of rows looked at.
        rules_run: Rule code to the number of rows that it was applied to; 0 means that it saw none.
        rules_skipped: Rule code to the reason for which it was not applied to some or all rows.
        accepted: Warnings that the dataset accepts, each with the reason given in `dataset.yaml`.
        unusable: True if nothing could be checked at all (missing file, not a known format).
        unlisted: Rule code to table (empty for none) to the number of findings that were counted
            but are not listed here, since there are too many of their sort.
        findings_file: The Parquet file that holds every finding, listed here or not, if one was
            asked for.
        partial: True if the check was interrupted: findings, rows and rules are those so far.
    """

    findings: tuple[Finding, ...] = ()
    rows_seen: Mapping[str, int] = None  # type: ignore[assignment]
    rules_run: Mapping[str, int] = None  # type: ignore[assignment]
    rules_skipped: Mapping[str, str] = None  # type: ignore[assignment]
    accepted: tuple[tuple[Finding, str], ...] = ()
    unusable: bool = False
    unlisted: Mapping[str, Mapping[str, int]] = None  # type: ignore[assignment]
    findings_file: str | None = None
    partial: bool = False

    def __post_init__(self) -> None:
        for name in ("rows_seen", "rules_run", "rules_skipped", "unlisted"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, {})

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings at level error."""
        return tuple(f for f in self.findings if f.level is Level.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings at level warning."""
        return tuple(f for f in self.findings if f.level is Level.WARNING)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Rule code to table (empty for none) to the exact number of findings, listed or not."""
        counted: dict[str, Counter[str]] = {}
        for found in self.findings:
            counted.setdefault(found.code, Counter())[found.table or ""] += 1
        for code, tables in self.unlisted.items():
            counted.setdefault(code, Counter()).update(tables)
        return {code: dict(tables) for code, tables in sorted(counted.items())}

    @property
    def hidden(self) -> int:
        """The number of findings that were counted but are not listed."""
        return sum(sum(tables.values()) for tables in self.unlisted.values())

    @property
    def ok(self) -> bool:
        """True if all was checked and there is no finding at level error."""
        return not self.unusable and not self.partial and not self.errors

    def exit_code(self, *, strict: bool = False) -> int:
        """0 valid, 1 findings, 2 unusable input, 130 interrupted.

        With `strict`, warnings count as findings.
        """
        if self.partial:
            return 130
        if self.unusable:
            return 2
        return int(not self.ok or (strict and bool(self.warnings)))

    def raise_if_failed(self) -> "Report":
        """Return self, or raise `InvalidData` if there is any error."""
        if not self.ok:
            raise InvalidData(self)
        return self

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON types; the shape that `--format json` prints."""
        return {
            "findings": [f.as_dict() for f in self.findings],
            "rows_seen": dict(self.rows_seen),
            "rules_run": dict(self.rules_run),
            "rules_skipped": dict(self.rules_skipped),
            "accepted": [{**f.as_dict(), "reason": reason} for f, reason in self.accepted],
            "unusable": self.unusable,
            "unlisted": {code: dict(tables) for code, tables in self.unlisted.items()},
            "findings_file": self.findings_file,
            "partial": self.partial,
            "counts": self.counts,
        }

    def _repr_html_(self) -> str:
        from alignment_events.report.notebook import report_html

        return report_html(self)

    def __str__(self) -> str:
        from alignment_events.report.text import render_text

        return render_text(self)


def merge(reports: Iterable[Report]) -> Report:
    """One report out of several: findings joined, counts added, unusable or partial if any part is."""
    reports = list(reports)
    rows: Counter[str] = Counter()
    run: Counter[str] = Counter()
    skipped: dict[str, str] = {}
    unlisted: dict[str, Counter[str]] = {}
    for report in reports:
        rows.update(report.rows_seen)
        run.update(report.rules_run)
        for code, why in report.rules_skipped.items():
            skipped.setdefault(code, why)
        for code, tables in report.unlisted.items():
            unlisted.setdefault(code, Counter()).update(tables)
    return Report(
        findings=tuple(f for r in reports for f in r.findings),
        rows_seen=dict(rows),
        rules_run=dict(run),
        rules_skipped=skipped,
        accepted=tuple(a for r in reports for a in r.accepted),
        unusable=any(r.unusable for r in reports),
        unlisted={code: dict(tables) for code, tables in unlisted.items()},
        findings_file=next((r.findings_file for r in reports if r.findings_file), None),
        partial=any(r.partial for r in reports),
    )


class Spot(NamedTuple):
    """Where a value of a record stands: line and column, or sheet and cell of a workbook.

    Attributes:
        line: Line in the file, from 1, for text files.
        column: Column in that line, or number of the cell in a row of a CSV file, from 1.
        sheet: Name of the sheet.
        cell: Cell of that sheet.
        file: The file, if it is not that of the record.
    """

    line: int | None = None
    column: int | None = None
    sheet: str | None = None
    cell: str | None = None
    file: str | None = None


def spot_of(where: tuple[int, int] | Spot | None) -> dict[str, Any]:
    """A place as the arguments of a `Finding`."""
    if where is None:
        return {}
    if not isinstance(where, Spot):
        return {"line": where[0], "column": where[1]}
    return {name: value for name, value in where._asdict().items() if value is not None}


class AlignmentEventsError(Exception):
    """Base of every error that this library raises on purpose."""


class InvalidData(AlignmentEventsError):  # noqa: N818 - named for what it is about
    """Data that does not conform to the format; `.report` says what is wrong and where."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(str(report))


class Interrupted(KeyboardInterrupt):
    """A check was interrupted; `.report` is what was found so far, and says that it is partial."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__()


class Sink(Protocol):
    """Takes findings that are too many to be listed."""

    def begin(self) -> None:
        """Begin anew: what comes can be taken back."""

    def add(self, found: Finding, /) -> None:
        """Take a finding."""

    def drop(self) -> None:
        """Take back all since the last beginning."""


class NotFound(AlignmentEventsError):  # noqa: N818 - named for what it is about
    """A dataset, record or file that is not there; the message names what was looked for."""


class YankedRelease(UserWarning):
    """A release was loaded that its makers have withdrawn; the message gives their reason."""
