"""The line of a file that a finding is about, and which part of it."""

import csv
import io
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from alignment_events.findings import Finding
from alignment_events.read.csv_cells import Cell, csv_rows_of, delimiter_of

MOST_BYTES = 20_000_000
_TABLES = (".csv", ".tsv", ".tab")
_TEXTS = (".yaml", ".yml", ".jsonl", ".ndjson", ".json", *_TABLES)
_ENDS = re.compile(r"\r\n|\n|\r")
_WORD = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^']|'')*'?|[^\s,\]}]+")


@dataclass(frozen=True, slots=True)
class Context:
    """A line as it stands in the file.

    Attributes:
        line: Number of the line, from 1.
        text: The line, without its end.
        column: Character at which the part in question begins, from 1.
        length: Number of its characters.
    """

    line: int
    text: str
    column: int
    length: int


@dataclass
class _Source:
    text: str
    lines: list[str]
    table: bool
    delimiter: str
    _ends: list[int] | None = None
    _last: tuple[int, int, list[Cell]] = (0, 0, [])

    def cell(self, line: int, number: int) -> Cell | None:
        """A cell of the row that ends in a line, which is how the readers count rows.

        Only that row is taken apart: a table may have millions of cells, and few are shown.
        """
        if self._last[0] == line:
            return self._at(number)  # one row may have as many findings as cells
        if self._ends is None:
            self._ends = list(self._row_ends())
        place = bisect_left(self._ends, line)
        if place == len(self._ends) or self._ends[place] != line:
            return None
        first = self._ends[place - 1] if place else 0
        row = "\n".join(self.lines[first:line])
        from alignment_events.read.grid import MAX_COLUMNS

        # A row of more cells than a table may have is refused as a whole.
        wide = row.count(self.delimiter) > MAX_COLUMNS
        self._last = line, first, [] if wide else next(csv_rows_of(row, self.delimiter), [])
        return self._at(number)

    def _at(self, number: int) -> Cell | None:
        _, first, cells = self._last
        if not 0 < number <= len(cells):
            return None
        cell = cells[number - 1]
        return cell._replace(line=cell.line + first)

    def _row_ends(self) -> Iterator[int]:
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter)
        try:
            for _ in reader:
                yield reader.line_num
        except csv.Error:
            return  # the rows after the fault have no cells to show


@dataclass
class Lines:
    """Looks lines up; each file is read once, and a file that cannot be read has none."""

    _sources: dict[str, _Source | None] = field(default_factory=dict)

    def of(self, found: Finding) -> Context | None:
        """The line of a finding, if it is about a line of a text file that is there."""
        if found.file is None or found.line is None:
            return None
        if found.file not in self._sources:
            self._sources[found.file] = _read(Path(found.file))
        source = self._sources[found.file]
        if source is None or not 0 < found.line <= len(source.lines):
            return None
        if source.table and found.column is not None:
            return _cell(source, found.line, found.column)
        text = source.lines[found.line - 1]
        column = min(found.column or 1, len(text) + 1)
        return Context(found.line, text, column, _length(text, column, found.value))


def _cell(source: _Source, line: int, number: int) -> Context:
    """The cell of a row; the column of a finding about a table counts cells."""
    cell = source.cell(line, number)
    if cell is None:
        text = source.lines[line - 1]
        return Context(line, text, 1, max(1, len(text)))
    text = source.lines[cell.line - 1]
    within = min(cell.end - cell.start, len(text) + 1 - cell.column)
    return Context(cell.line, text, cell.column, max(1, within))


def _length(text: str, column: int, value: str | None) -> int:
    rest = text[column - 1 :]
    if value and rest.startswith(value):
        return len(value)
    word = _WORD.match(rest)
    return len(word[0].rstrip(":")) or 1 if word else 1


def _read(path: Path) -> _Source | None:
    if path.suffix.lower() not in _TEXTS:
        return None
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        # What is not UTF-8 is shown as far as it can be: the finding is about just that.
        text = path.read_bytes().decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return None
    table = path.suffix.lower() in _TABLES
    delimiter = delimiter_of(text, path.name) if table else ","
    return _Source(text, _ENDS.split(text), table, delimiter)
