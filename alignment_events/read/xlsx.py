"""Reads workbooks: every visible sheet as a grid of text, after the guard has looked through it.

A number, date or truth value becomes the text that a YAML file would have: `2`, `2024-06-19`,
`true`. Formulas count for the value that was stored with them; nothing is computed or run.
"""

import datetime as dt
import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.check.messages import finding, quoted
from alignment_events.findings import AlignmentEventsError, Finding, Level
from alignment_events.read.grid import CONTROL, INVISIBLE, MAX_COLUMNS, Grid, text_frame
from alignment_events.read.text_file import Stop, open_file
from alignment_events.read.workbook_guard import (
    MAX_WORKBOOK_BYTES,
    Guarded,
    SheetLook,
    guard,
)
from alignment_events.spec.compact import cell_text
from alignment_events.spec.records import all_vocabularies, leaves, record_specs
from alignment_events.spec.wide import GUIDE_SHEETS

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

XLSX_SUFFIXES = (".xlsx", ".xlsm")

MAX_LISTED = 100
"""Faults of one sort that are listed for one sheet."""


def read_xlsx(path: Path) -> tuple[list[Grid], list[Finding]]:
    """The sheets of a workbook that hold data, and what is wrong with the file as a whole."""
    try:
        with open_file(path, MAX_WORKBOOK_BYTES, "workbook") as stream:
            guarded = guard(stream)
    except Stop as stop:
        return [], [stop.finding.at(file=str(path))]
    return _sheets(path, guarded)


def _sheets(path: Path, guarded: Guarded) -> tuple[list[Grid], list[Finding]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
    except ImportError as error:
        message = "python-calamine is not installed: pip install 'alignment-events[xlsx]'"
        raise AlignmentEventsError(message) from error
    grids: list[Grid] = []
    findings: list[Finding] = []
    guides = {name.lower() for name in GUIDE_SHEETS}
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(guarded.data))
        for about in workbook.sheets_metadata:
            if about.typ != SheetTypeEnum.WorkSheet or about.name.lower() in guides:
                continue
            sheet = workbook.get_sheet_by_name(about.name)
            grid = _grid(path, sheet, guarded.sheets.get(about.name, SheetLook()))
            if grid is None:
                continue
            if about.visible == SheetVisibleEnum.Visible:
                grids.append(grid)
            else:
                message = f"The sheet {quoted(about.name)} is hidden: it is not read."
                hint = "Show it if it belongs to the data."
                findings.append(
                    finding("AE014", message, hint=hint, file=str(path), sheet=about.name)
                    .at(level=Level.NOTE)
                )  # fmt: skip
    except (CalamineError, OSError, ValueError) as error:
        findings.append(_unreadable(path, error))
    except BaseException as error:
        # A panic of the library behind is no Exception, and is as harmless as one.
        if type(error).__name__ != "PanicException":
            raise
        findings.append(_unreadable(path, error))
    return grids, findings


def _unreadable(path: Path, error: BaseException) -> Finding:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return finding("AE015", f"The workbook cannot be read: {reason}.", file=str(path))


def _grid(path: Path, sheet: "CalamineSheet", look: SheetLook) -> Grid | None:
    """A sheet as a grid; None if it is empty."""
    if sheet.start is None:
        return None
    first_column = sheet.start[1]
    header: list[str] = []
    header_line = 1
    lines: list[int] = []
    rows: list[list[str]] = []
    signed: set[int] = set()
    controls: list[tuple[int, int, str]] = []
    for line, cells in enumerate(sheet.iter_rows(), 1):
        texts = ["" if cell == "" else _text(cell) for cell in cells]
        if not any(texts):
            continue
        texts = [""] * first_column + texts
        if not header:
            header, header_line = texts[:MAX_COLUMNS], line
            signed = {number for number, name in enumerate(header) if name in _signed_columns()}
            continue
        for number in signed:
            value = cells[number - first_column]
            if isinstance(value, float) and value > 0:
                texts[number] = f"+{texts[number]}"
        for number, text in enumerate(texts):
            if CONTROL.search(text):
                controls.append((len(lines), number, text))
                texts[number] = CONTROL.sub(" ", text)
        lines.append(line)
        rows.append(texts[:MAX_COLUMNS])
    if not header:
        return None
    frame = text_frame(rows, len(header))
    grid = Grid(str(path), sheet.name, header, frame, lines, header_line, sheet=sheet.name)
    for row, number, text in controls[:MAX_LISTED]:
        found = CONTROL.search(text)
        assert found is not None
        message = f"There is an invisible character here, U+{ord(found[0]):04X}."
        grid.report("AE013", message, row, number, hint=INVISIBLE)
    _report_formulas(grid, look)
    if (sheet.end or (0, 0))[1] >= MAX_COLUMNS:
        message = f"The sheet has more than {MAX_COLUMNS:,} columns; the rest is not read."
        grid.report("AE003", message, None, MAX_COLUMNS)
    grid.check_header()
    return grid


def _report_formulas(grid: Grid, look: SheetLook) -> None:
    place = {"file": grid.file, "sheet": grid.sheet}
    for cell, error in look.errors[:MAX_LISTED]:
        message = f"The formula of this cell gives an error, {quoted(error)}."
        hint = "Mend it, or write the value itself."
        grid.findings.append(finding("AE107", message, hint=hint, cell=cell, **place))
    for cell in look.uncomputed[:MAX_LISTED]:
        message = "The cell holds a formula whose value is empty or was not stored."
        hint = "Write the value itself: copy, and paste as values."
        grid.findings.append(finding("AE107", message, hint=hint, cell=cell, **place))
    for merged in look.merged:
        found = re.fullmatch(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)", merged)
        if found and int(found[2]) <= grid.header_line <= int(found[4]):
            message = f"The header has merged cells, {merged}."
            hint = "Undo the merging, and give each column its own name."
            cell = f"{found[1]}{found[2]}"
            grid.findings.append(finding("AE015", message, hint=hint, cell=cell, **place))


def _text(cell: Any) -> str:
    """A value as the text that a file of text would have."""
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ")
    return cell_text(cell)


@cache
def _signed_columns() -> frozenset[str]:
    """Headers of columns whose codes have a sign, which spreadsheets drop: `+1` becomes 1."""
    signed = {
        name for name, v in all_vocabularies().items() if any(c.startswith("+") for c in v.values)
    }
    found = set()
    for record in record_specs().values():
        for _, spec in leaves(record):
            for part_field in spec.part.fields if spec.part else ():
                if part_field.vocabulary in signed:
                    found.add(part_field.name)
    return frozenset(found)
