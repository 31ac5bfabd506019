"""Reads CSV and TSV files that a stranger may have sent: in chunks, bounded, every cell in place.

The `column` of a place is the number of the cell in its row, from 1.
"""

import csv
import io
import re
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from alignment_events.check.messages import finding
from alignment_events.findings import Finding
from alignment_events.read.grid import CONTROL, INVISIBLE, MAX_CELLS, MAX_COLUMNS, Grid, text_frame
from alignment_events.read.text_file import Stop, open_file

if TYPE_CHECKING:
    import polars as pl

MAX_CSV_BYTES = 200_000_000
MAX_ROW_CHARACTERS = 2_000_000
MAX_CELL_CHARACTERS = 100_000
MAX_BAD_ROWS = 100
"""Rows of the wrong length that are listed; a file with more has one mistake many times over."""

CSV_SUFFIXES = (".csv", ".tsv", ".tab")

_CHUNK_ROWS = 4_096
_DELIMITERS = {",": "a comma", "\t": "a tab", ";": "a semicolon", "|": "a vertical bar"}

Advance = Callable[[int], None]
"""Called with the number of bytes read so far."""


def read_csv(path: Path, *, advance: Advance | None = None) -> Grid:
    """Read a CSV or TSV file; what is wrong with it becomes findings of the grid.

    Args:
        path: The file; links, pipes and devices are refused.
        advance: Told how far the reading is.
    """
    reader = _Reader(path, advance)
    try:
        with open_file(path, MAX_CSV_BYTES, "CSV") as raw:
            return reader.read(raw)
    except Stop as stop:
        return reader.stopped(stop.finding)


class _Reader:
    """Reads one file."""

    def __init__(self, path: Path, advance: Advance | None) -> None:
        self._path = path
        self._file = str(path)
        self._advance = advance
        self._findings: list[Finding] = []
        self._header: list[str] = []
        self._header_line = 1
        self._lines = array("q")
        self._inner: dict[int, list[int]] = {}
        self._chunk: list[list[str]] = []
        self._chunks: list[pl.DataFrame] = []
        self._line = 0  # physical lines handed to the csv module
        self._begun = 1  # line in which the present row begins
        self._characters = 0  # of the present row
        self._controls: list[tuple[int, str]] = []
        self._bad_rows = 0

    def read(self, raw: IO[bytes]) -> Grid:
        start = raw.read(4)
        raw.seek(0)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            message = f"The file is not UTF-8 but UTF-16: byte 0, in line 1, is 0x{start[0]:02X}."
            hint = "Save it as “CSV UTF-8” (not as “Unicode text”)."
            raise Stop("AE002", message, hint)
        if start.startswith(b"PK\x03\x04"):
            hint = "Name it .xlsx if it is a workbook, or save it as “CSV UTF-8”."
            raise Stop("AE015", "This is a zip archive or a workbook, not CSV.", hint)
        stream = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        # The bound is one for the whole process, and other libraries lift it.
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        try:
            delimiter = self._delimiter(stream)
            self._rows(csv.reader(self._bounded(stream, raw), delimiter=delimiter, strict=True))
        except UnicodeDecodeError:
            raw.seek(0)
            self._findings.append(self._not_utf8(raw))
        except csv.Error as error:
            self._findings.append(self._not_csv(str(error)))
        finally:
            stream.detach()
        if not self._header and not self._findings:
            raise Stop("AE005", "The file is empty.", "Write a header and rows below it.")
        return self._grid()

    def stopped(self, why: Finding) -> Grid:
        """What was read before the reading was ended."""
        self._findings.append(why.at(file=self._file))
        return self._grid()

    def _grid(self) -> Grid:
        import polars as pl

        frame = pl.concat([*self._chunks, text_frame(self._chunk, len(self._header))])
        grid = Grid(
            self._file, self._path.stem, self._header, frame, self._lines, self._header_line,
            inner_lines=self._inner, findings=self._findings,
        )  # fmt: skip
        grid.check_header()
        return grid

    def _delimiter(self, stream: io.TextIOWrapper) -> str:
        """The delimiter of the file, by its first line.

        One that the suffix of the file does not promise is reported, and used nevertheless.
        """
        first = stream.readline(MAX_ROW_CHARACTERS)
        stream.seek(0)
        wanted = "," if self._path.suffix.lower() == ".csv" else "\t"
        unquoted = re.sub(r'"[^"]*"', "", first)
        counts = {sign: unquoted.count(sign) for sign in _DELIMITERS}
        best = max(counts, key=lambda sign: counts[sign])
        if counts[wanted] or not counts[best]:
            return wanted
        message = f"Cells are divided by {_DELIMITERS[best]}, not by {_DELIMITERS[wanted]}."
        hint = (
            "Save it as “CSV UTF-8 (comma delimited)”; where the computer's region writes "
            "semicolons, a workbook (.xlsx) is the easier way."
        )
        if best == "\t":
            hint = "Name the file .tsv."
        self._findings.append(
            finding("AE015", message, hint=hint, file=self._file, line=1, column=1)
        )
        return best

    def _bounded(self, stream: io.TextIOWrapper, raw: IO[bytes]) -> Iterator[str]:
        """The lines of the file, no row longer than allowed, invisible characters replaced."""
        while line := stream.readline(MAX_ROW_CHARACTERS + 1):
            self._line += 1
            self._characters += len(line)
            if self._characters > MAX_ROW_CHARACTERS:
                message = f"The row that begins here has over {MAX_ROW_CHARACTERS:,} characters."
                hint = "Check for a quotation mark that is never closed."
                raise Stop("AE003", message, hint, (self._begun, 1))
            if CONTROL.search(line):
                self._controls.append((self._line, line))
                line = CONTROL.sub(" ", line)
            if self._advance is not None and self._line % _CHUNK_ROWS == 0:
                self._advance(raw.tell())
            yield line

    def _rows(self, rows: Iterator[list[str]]) -> None:
        for cells in rows:
            begun, self._begun = self._begun, self._line + 1
            self._characters = 0
            if self._controls:
                self._report_controls(begun)
            if not any(cells):
                continue
            if not self._header:
                self._take_header(cells, begun)
                continue
            if len(cells) != len(self._header):
                self._report_length(cells, begun)
                continue
            if self._line > begun:
                self._inner[len(self._lines)] = _cell_lines(cells, begun)
            self._lines.append(begun)
            self._chunk.append(cells)
            if len(self._chunk) == _CHUNK_ROWS:
                self._keep_chunk()

    def _take_header(self, cells: list[str], line: int) -> None:
        if len(cells) > MAX_COLUMNS:
            message = f"The header has {len(cells):,} columns; at most {MAX_COLUMNS:,} are read."
            raise Stop("AE003", message, "Keep the columns of the format.", (line, MAX_COLUMNS + 1))
        self._header, self._header_line = cells, line

    def _report_length(self, cells: list[str], line: int) -> None:
        self._bad_rows += 1
        if self._bad_rows > MAX_BAD_ROWS:
            message = f"More than {MAX_BAD_ROWS} rows have not as many cells as the header."
            raise Stop("AE015", message, "Check delimiter and quotation marks.", (line, 1))
        message = f"The row has {len(cells):,} cells, and the header has {len(self._header)}."
        hint = "Quote cells that contain the delimiter, and check the number of delimiters."
        self._findings.append(
            finding("AE015", message, hint=hint, file=self._file, line=line, column=1)
        )

    def _report_controls(self, begun: int) -> None:
        for line, text in self._controls[:MAX_BAD_ROWS]:
            found = CONTROL.search(text)
            assert found is not None
            # In a row of several lines, the cell is counted from the beginning of its line.
            column = len(next(csv.reader([text[: found.start()] + "x"])))
            message = f"There is an invisible character here, U+{ord(found[0]):04X}."
            self._findings.append(
                finding("AE013", message, hint=INVISIBLE, file=self._file, line=line, column=column)
            )
        self._controls.clear()
        if len(self._findings) > 10 * MAX_BAD_ROWS:
            raise Stop("AE013", "The file is full of invisible characters.", "", (begun, 1))

    def _keep_chunk(self) -> None:
        chunk, self._chunk = self._chunk, []
        self._chunks.append(text_frame(chunk, len(self._header)))
        if len(self._lines) * len(self._header) > MAX_CELLS:
            message = f"The file has more than {MAX_CELLS:,} cells."
            raise Stop("AE003", message, "Split it into several files.", (self._lines[-1], 1))

    def _not_csv(self, error: str) -> Finding:
        place = {"file": self._file, "line": self._begun, "column": 1}
        if "field larger" in error:
            message = f"A cell of this row has more than {MAX_CELL_CHARACTERS:,} characters."
            hint = "Shorten it, or check for a quotation mark that is never closed."
            return finding("AE003", message, hint=hint, **place)
        if "end of data" in error:
            message = "A quotation mark is opened in this row and never closed."
            hint = "Close it, or write it twice if it is part of the text."
        else:
            message = f"This row is not CSV: {error}."
            hint = "Put the cell in quotation marks, and write those within it twice."
        return finding("AE015", message, hint=hint, **place)

    def _not_utf8(self, raw: IO[bytes]) -> Finding:
        offset = 0
        for number, line in enumerate(raw, 1):
            try:
                line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                wrong = line[error.start : error.start + 1]
                before = line[: error.start].decode("utf-8", "replace")
                column = before.count(",") + 1
                guess = wrong.decode("cp1252", "replace")
                message = (
                    f"The file is not UTF-8: byte {offset + error.start}, in line {number}, "
                    f"is 0x{wrong.hex().upper()}."
                )
                hint = (
                    "Save it as “CSV UTF-8”, and look at this place, where "
                    f"'{guess}' may have stood."
                )
                return finding(
                    "AE002", message, hint=hint, file=self._file, line=number, column=column
                )
            offset += len(line)
        return finding("AE002", "The file is not UTF-8.", file=self._file)


def _cell_lines(cells: list[str], begun: int) -> list[int]:
    """The line in which each cell of a row of several lines begins."""
    lines = []
    for cell in cells:
        lines.append(begun)
        begun += cell.count("\n") + cell.count("\r") - cell.count("\r\n")
    return lines
