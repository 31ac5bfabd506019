"""A workbook: what it is, the columns and the codes, then one sheet a table.

Days are real dates, so that a spreadsheet can sort, subtract and group them, shown as 2024-06-19
whatever the country. Those before March 1900 are text: spreadsheets disagree about them. Nothing is
read into a text: `=1+1` stays the four characters that somebody wrote, and an address is no link.
"""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.export.contents import Contents, key_text
from alignment_events.export.sql_tables import DESCRIPTIONS, description_rows
from alignment_events.findings import AlignmentEventsError
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_TEXT = 32_767
"""Most characters of a cell, counted in units of UTF-16."""

FIRST_DAY = dt.date(1900, 3, 1)
"""First day that every spreadsheet counts alike: Excel believes in a 29 February 1900."""

_MOST_ROWS = 1_048_575
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "constant_memory": False,
}
_WIDTHS = {"day": 11, "flag": 7, "integer": 8, "number": 10, "id": 14, "code": 18, "text": 30}


def write_xlsx(contents: Contents, path: Path) -> None:
    """Write the workbook; refuses what a sheet cannot hold before anything is cut."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise ImportError(
            "xlsxwriter is not installed: pip install alignment-events[exports]"
        ) from error
    book = xlsxwriter.Workbook(str(path), _OPTIONS)
    try:
        _properties(book, contents)
        bold = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        described = description_rows(contents)
        for title, name in (("About", "_release"), ("Columns", "_columns"), ("Codes", "_codes")):
            header = list(DESCRIPTIONS[name])
            sheet = _sheet(book, title, header, [24, 60, 18, 12, 24, 30, 60][: len(header)], bold)
            for number, told in enumerate(described[name], 1):
                for column, value in enumerate(told):
                    _write_cell(sheet, number, column, value, day)
        for done, name in enumerate(contents.names, 1):
            _write_table(book, contents, name, bold, day)
            contents.done(done)
    finally:
        book.close()


def _write_table(
    book: "Workbook", contents: Contents, name: str, bold: "Format", day: "Format"
) -> None:
    spec = table_specs()[name]
    rows = contents.rows(name)
    if len(rows) > _MOST_ROWS:
        raise AlignmentEventsError(
            f"{name} has {len(rows):,} rows; a sheet holds {_MOST_ROWS:,}. Export to another format."
        )
    widths = [_WIDTHS[column.type] for column in spec.columns]
    sheet = _sheet(book, name, list(spec.names), widths, bold)
    for number, row in enumerate(rows, 1):
        for place, column in enumerate(spec.names):
            value = row[column]
            if isinstance(value, str) and (length := _length(value)) > LONGEST_TEXT:
                raise AlignmentEventsError(
                    f"{name} {key_text(name, row)}: the text in {column} has {length:,} "
                    f"characters; a cell holds {LONGEST_TEXT:,}. Export to another format."
                )
            _write_cell(sheet, number, place, value, day)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(spec.names) - 1)


def _sheet(
    book: "Workbook", title: str, header: list[str], widths: list[int], bold: "Format"
) -> "Worksheet":
    sheet = book.add_worksheet(title[:31])
    for column, (text, width) in enumerate(zip(header, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, text, bold)
    sheet.freeze_panes(1, 1)
    return sheet


def _write_cell(sheet: "Worksheet", row: int, column: int, value: Any, day: "Format") -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case dt.date():
            if value >= FIRST_DAY:
                sheet.write_datetime(row, column, value, day)
            else:
                sheet.write_string(row, column, value.isoformat())
        case int() | float():
            sheet.write_number(row, column, value)
        case _:
            sheet.write_string(row, column, value)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _properties(book: "Workbook", contents: Contents) -> None:
    facts = contents.facts
    try:
        day = dt.date.fromisoformat(facts["cutoff"])
    except ValueError:
        day = dt.date(1980, 1, 1)
    book.set_properties(
        {
            "title": f"{facts['title']} {facts['version']}",
            "subject": facts["dataset"],
            "comments": facts["citation"],
            # The time of writing would be the only thing that differs from run to run.
            "created": dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC),
        }
    )
    for name in ("dataset", "version", "format_version", "digest", "licence"):
        book.set_custom_property(name, facts[name], "text")
