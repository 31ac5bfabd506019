"""Whatever was sent in, as records and tables with their places: one entry for every format.

A contribution is a file or a folder of files: YAML, JSON Lines, CSV, TSV, workbooks, Parquet, mixed
as may be. Nothing in it is run, no link is followed, and nothing outside of it is opened.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.check.messages import finding, suggestion
from alignment_events.check.records import SourceRecord
from alignment_events.findings import Finding
from alignment_events.read.any_folder import files_below
from alignment_events.read.csv_grid import CSV_SUFFIXES, read_csv
from alignment_events.read.dataset import Progress, is_dataset, source_record
from alignment_events.read.grid import Grid
from alignment_events.read.json_lines import JSON_SUFFIXES, read_json
from alignment_events.read.parquet import TablePart, read_part
from alignment_events.read.wide_rows import (
    MAX_RECORDS,
    kind_named,
    list_of,
    main_score,
    normal,
    read_wide,
)
from alignment_events.read.xlsx import XLSX_SUFFIXES, read_xlsx
from alignment_events.read.yaml_reader import read_yaml
from alignment_events.spec.tables import table_specs
from alignment_events.spec.wide import item_sheets, wide_columns

if TYPE_CHECKING:
    import polars as pl

YAML_SUFFIXES = (".yaml", ".yml")
SUFFIXES = (*YAML_SUFFIXES, *JSON_SUFFIXES, *CSV_SUFFIXES, *XLSX_SUFFIXES, ".parquet")
"""How the names of files that can be read end."""

MAX_FILES = 20_000
MAX_HELD_BYTES = 400_000_000
"""Text tables of one contribution together, as they unfold in memory."""

_OTHER = {
    ".xls": "Save it as .xlsx.",
    ".xlsb": "Save it as .xlsx.",
    ".ods": "Save it as .xlsx.",
    ".numbers": "Export it as .xlsx or CSV.",
    ".docx": "Put the data into a workbook or CSV file.",
    ".pdf": "Put the data into a workbook or CSV file.",
    ".txt": "Name it after what it holds: .csv, .tsv or .yaml.",
    ".zip": "Unpack it, and name the folder.",
}
"""Endings that people try, and what to do instead."""


@dataclass
class Origin:
    """Where the rows of a table stand, which may come from several files or sheets."""

    starts: list[int] = field(default_factory=list)
    parts: list[Grid | TablePart] = field(default_factory=list)

    def at(self, found: Finding) -> Finding:
        """A finding about a row of the table, with its place in the file that the row came from."""
        part, row = self.parts[0], None
        if found.row is not None:
            part, row = self.part_of(found.row)
        if isinstance(part, TablePart):
            return found.at(file=part.file, row=row)
        if row is None and found.field not in part.header:
            spot = part.spot(None)
        else:
            spot = part.spot(row, part.column_of(found.field))
        return found.at(row=row, **{k: v for k, v in spot._asdict().items() if v is not None})

    def part_of(self, row: int) -> tuple[Grid | TablePart, int]:
        """The file or sheet that a row of the table stands in, and the row's number there."""
        number = bisect_right(self.starts, row) - 1
        return self.parts[number], row - self.starts[number]


@dataclass
class Contribution:
    """What was sent in.

    Attributes:
        name: The path, as findings name it.
        records: Nested records, of whatever notation; some may have no id yet.
        tables: Tables of the format, by name, as far as they were sent as such; cells of text files
            are text.
        origins: For each table, where its rows stand.
        findings: What is wrong with the files, and with the notation of cells.
    """

    name: str
    records: list[SourceRecord] = field(default_factory=list)
    tables: "dict[str, pl.DataFrame]" = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def seen(self) -> bool:
        """True if there is anything to check."""
        return bool(self.records or self.tables)

    @property
    def in_dataset(self) -> bool:
        """True if it is part of a dataset already, so that its records must have their ids."""
        path = Path(self.name).absolute()
        return any(is_dataset(folder) for folder in (path, *path.parents))


def read_contribution(
    path: Path, *, progress: Progress | None = None, also: Sequence[str] = ()
) -> Contribution:
    """Read a file, or all files below a folder, whatever the format.

    Args:
        path: The file or folder; it exists.
        progress: Called with the number of bytes read and of bytes in all.
        also: Names that stand beside the fields of each record, in units of a coding: then YAML
            files of a folder may hold several.
    """
    reader = _Reader(Contribution(str(path)), path, progress, also)
    reader.read()
    return reader.contribution


class _Reader:
    """Reads the files of one contribution."""

    def __init__(
        self,
        contribution: Contribution,
        path: Path,
        progress: Progress | None,
        also: Sequence[str],
    ) -> None:
        self.contribution = contribution
        self._also = also
        self._path = path
        self._progress = progress
        self._grids: list[Grid] = []
        self._parts: dict[str, list[Grid | TablePart]] = {}
        self._held = self._unfolded = 0

    def read(self) -> None:
        files = list(self._files())
        if not files and not self.contribution.findings:
            message = "There are no files in the folder that can be read."
            self._report("AE014", message, str(self._path))
        total = sum(file.stat().st_size for file in files)
        done = 0
        for file in files:
            self._one(file, self._advance(done, total))
            done += file.stat().st_size
            if self._progress is not None:
                self._progress(done, total)
        self._place_grids()
        self._join_parts()
        if len(self.contribution.records) > MAX_RECORDS:
            message = f"There are more than {MAX_RECORDS:,} records; the rest is not checked."
            hint = "Send them in several parts, or as tables of the format (events.csv and others)."
            self._report("AE003", message, str(self._path), hint)
            del self.contribution.records[MAX_RECORDS:]

    def _advance(self, done: int, total: int) -> Callable[[int], None] | None:
        progress = self._progress
        return None if progress is None else lambda read: progress(min(done + read, total), total)

    def _files(self) -> Iterator[Path]:
        """The files to read, in order of their path; what is no file is reported."""
        if not self._path.is_dir():
            yield self._path
            return
        found = sorted(_below(self._path))
        if len(found) > MAX_FILES:
            message = f"The folder holds more than {MAX_FILES:,} files."
            self._report("AE003", message, str(self._path))
            found = found[:MAX_FILES]
        for file in found:
            if file.is_symlink():
                message = "The file is a link: it is not read. Put the file itself into the folder."
                self._report("AE001", message, str(file))
            elif not file.is_file():
                message = "This is a link, a pipe or a folder, not a file: it is not read."
                self._report("AE001", message, str(file))
            else:
                yield file

    def _report(self, code: str, message: str, file: str, hint: str | None = None) -> None:
        self.contribution.findings.append(finding(code, message, hint=hint, file=file))

    def _one(self, file: Path, advance: Callable[[int], None] | None) -> None:
        suffix = file.suffix.lower()
        records, findings = self.contribution.records, self.contribution.findings
        if suffix in YAML_SUFFIXES:
            # A file on its own may hold several records; in a folder each has its own.
            reading = read_yaml(file, single=file != self._path and not self._also)
            findings += reading.findings
            records += [source_record(document, str(file)) for document in reading.documents]
        elif suffix in JSON_SUFFIXES:
            found = read_json(file, advance=advance)
            records += found[0]
            findings += found[1]
        elif suffix in CSV_SUFFIXES:
            self._hold(read_csv(file, advance=advance))
        elif suffix in XLSX_SUFFIXES:
            sheets, wrong = read_xlsx(file)
            findings += wrong
            for sheet in sheets:
                self._hold(sheet)
        elif suffix == ".parquet":
            left = MAX_HELD_BYTES - self._unfolded
            part, wrong = read_part(file, self._table_of(file), most=left)
            findings += wrong
            if part is not None:
                self._unfolded += part.unfolded
                self._parts.setdefault(part.table, []).append(part)
        else:
            known = ", ".join(SUFFIXES)
            message = f"Files that end in “{file.suffix}” cannot be validated."
            hint = _OTHER.get(suffix, f"These can: {known}.")
            self._report("AE014", message, str(file), hint)

    def _table_of(self, file: Path) -> str | None:
        """The table of a Parquet file in a folder named after it: `events/year=2024/part-0`."""
        if file == self._path:
            return None
        folders = file.relative_to(self._path).parent.parts
        names = [self._path.name, *folders] if folders else [self._path.name]
        return next((name for name in reversed(names) if name in table_specs()), None)

    def _hold(self, grid: Grid) -> None:
        self._held += int(grid.frame.estimated_size()) if grid.frame.width else 0
        if self._held > MAX_HELD_BYTES:
            message = f"The tables unfold to more than {MAX_HELD_BYTES:,} bytes together."
            self._report("AE003", message, grid.file, "Validate them one by one.")
            return
        self._grids.append(grid)

    def _place_grids(self) -> None:
        """Say what each grid holds: a table, records, or items of records."""
        mains: list[Grid] = []
        further: list[tuple[str, Grid]] = []
        for grid in self._grids:
            table, score = _table_in(grid)
            if not any(grid.header):
                pass  # nothing could be read, which is reported
            elif (name := list_of(grid)) is not None:
                further.append((name, grid))
            elif main_score(grid) > score:
                mains.append(grid)
            elif table is not None:
                self._parts.setdefault(table, []).append(grid)
            else:
                self._unknown(grid)
        self.contribution.records += read_wide(mains, further, self._also)
        for grid in self._grids:
            self.contribution.findings += grid.findings

    def _unknown(self, grid: Grid) -> None:
        what = f"sheet “{grid.sheet}”" if grid.sheet else "file"
        names = [*table_specs(), *item_sheets()]
        near = suggestion(grid.name, names)
        columns = ", ".join(column.name for column in wide_columns(numbered={})[:8])
        hint = near or f"Name it after a table of the format, or begin with columns: {columns} …"
        place: dict[str, Any] = {"file": grid.file}
        place |= {"sheet": grid.sheet} if grid.sheet else {"line": grid.header_line, "column": 1}
        message = f"The header of the {what} is none of the format."
        self.contribution.findings.append(finding("AE014", message, hint=hint, **place))

    def _join_parts(self) -> None:
        if not self._parts:
            return  # records alone do without polars, whose import takes its time
        import polars as pl

        for name, parts in self._parts.items():
            origin = Origin()
            frames: list[pl.DataFrame] = []
            height = 0
            for part in parts:
                frame = part.named() if isinstance(part, Grid) else part.frame
                origin.starts.append(height)
                origin.parts.append(part)
                height += frame.height
                frames.append(frame)
            try:
                joined = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal")
            except pl.exceptions.PolarsError:
                # Text in one file and numbers in another: as text, each is judged by its column.
                as_text = [frame.select(pl.all().cast(pl.String, strict=False)) for frame in frames]
                joined = pl.concat(as_text, how="diagonal")
            self.contribution.tables[name] = joined
            self.contribution.origins[name] = origin


def _below(folder: Path) -> Iterator[Path]:
    """Files below a folder whose names end as data does."""
    for file in files_below(folder):
        readable = file.suffix.lower() in SUFFIXES
        if readable and not file.name.startswith("~$") and file.name != "datapackage.json":
            yield file


def _table_in(grid: Grid) -> tuple[str | None, float]:
    """The table that a grid holds by its name and header, and how well it fits."""
    headers = {name for name in grid.header if name}
    scores = {name: len(headers & set(spec.names)) for name, spec in table_specs().items()}
    best = max(scores, key=lambda name: scores[name])
    named = normal(grid.name)
    if named in scores and not kind_named(grid.name):
        best = max(best, named, key=lambda name: (scores[name], name == named))
        # The name alone is enough, unless a header says that it is something else.
        return (
            (named, scores[named] + 0.5)
            if scores[best] < 3 or best == named
            else (best, scores[best])
        )
    return (best, scores[best]) if scores[best] >= 3 else (None, 0)
