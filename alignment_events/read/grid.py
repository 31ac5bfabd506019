"""Cells in rows under a header, whatever file they come from, each with its place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alignment_events.check.messages import finding, repeated_columns
from alignment_events.findings import Finding, Spot
from alignment_events.read.workbook_guard import column_name

if TYPE_CHECKING:
    import polars as pl

# Line breaks and tabs within a cell are left to the form of its text.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
"""Characters that no cell may hold; a space stands for each when the rest is checked."""

INVISIBLE = "Remove it; it often comes with text copied from a PDF or a web page."
"""What to do about them."""

MAX_COLUMNS = 1_000
"""No table of the format has a tenth of it."""

MAX_CELLS = 10_000_000
"""A sheet with more is refused: it would not fit into memory."""


@dataclass
class Grid:
    """A CSV file or a sheet of a workbook: header, cells as text, and where each stands.

    Attributes:
        file: The file, as findings name it.
        name: Name of the file without suffix, or of the sheet.
        header: Names of the columns as written; empty for a column without a name.
        frame: The rows; columns are named by their number, empty cells are null.
        lines: Line or row of the file in which each row begins, from 1.
        header_line: Line or row of the header.
        sheet: Name of the sheet, for workbooks.
        inner_lines: Row to the line of each of its cells, for rows with line breaks in cells.
        findings: What is wrong with the file or sheet as such.
    """

    file: str
    name: str
    header: list[str]
    frame: "pl.DataFrame"
    lines: Sequence[int]
    header_line: int = 1
    sheet: str | None = None
    inner_lines: dict[int, list[int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def spot(self, row: int | None, column: int = 0) -> Spot:
        """The place of a cell; `row` None is the header."""
        line = self.header_line if row is None else self.lines[row]
        if self.sheet is not None:
            return Spot(sheet=self.sheet, cell=f"{column_name(column + 1)}{line}", file=self.file)
        if row in self.inner_lines:
            line = self.inner_lines[row][column]
        return Spot(line=line, column=column + 1, file=self.file)

    def column_of(self, name: str | None) -> int:
        """Number of the column of that name; the first column if there is none."""
        return self.header.index(name) if name in self.header else 0

    def report(
        self, code: str, message: str, row: int | None, column: int = 0, **more: Any
    ) -> None:
        """Note a finding at a cell."""
        at = self.spot(row, column)
        place: dict[str, Any] = {"file": at.file, "line": at.line, "column": at.column}
        if at.sheet is not None:
            place |= {"sheet": at.sheet, "cell": at.cell}
        self.findings.append(finding(code, message, **place, **more))

    def check_header(self) -> None:
        """Report columns that are there twice or have values and no name; they are left out."""
        import polars as pl

        seen: set[str] = set()
        repeated: list[int] = []
        for number, name in enumerate(self.header):
            if name and name in seen:
                repeated.append(number)
            elif name:
                seen.add(name)
            else:
                filled = self.frame.get_column(str(number)).is_not_null()
                if filled.any():
                    row = int(filled.arg_true()[0])
                    message = "The column has values and no name in the header."
                    hint = "Name the column, undo merged cells of the header, or clear the column."
                    self.report("AE015", message, row, number, hint=hint)
        for one, message, _ in repeated_columns([self.header[number] for number in repeated]):
            self.report("AE006", message, None, repeated[one])
        for number in repeated:
            self.header[number] = ""
        # From here on, a column without a name is not there.
        keep = [str(number) for number, name in enumerate(self.header) if name]
        self.frame = self.frame.select(keep) if keep else pl.DataFrame()

    def named(self) -> "pl.DataFrame":
        """The rows, with columns named by the header."""
        return self.frame.rename(
            {number: self.header[int(number)] for number in self.frame.columns}
        )


def text_frame(rows: Sequence[Sequence[str]], width: int) -> "pl.DataFrame":
    """Rows of text as a frame whose columns are named by their number; empty cells become null."""
    import polars as pl

    if not rows:
        return pl.DataFrame(schema={str(number): pl.String for number in range(width)})
    columns = [
        pl.Series(str(number), values, dtype=pl.String)
        for number, values in enumerate(zip(*rows, strict=True))
    ]
    return pl.DataFrame(columns).select(pl.when(pl.all() != "").then(pl.all()).name.keep())
