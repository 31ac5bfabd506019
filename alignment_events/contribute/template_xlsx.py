"""The workbook to fill in: a drop-down for every coded column, definitions, codebook and examples."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from alignment_events.contribute.template import (
    READ_ME,
    Sheet,
    example_cells,
    is_required,
    note_on,
    sheets,
    takes_several,
    vocabulary_of,
    worked_examples,
)
from alignment_events.findings import AlignmentEventsError
from alignment_events.model.marks import CODEBOOK_VERSION, FORMAT_VERSION
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.wide import WideColumn

ROWS = 2000
"""Rows that have drop-downs."""

_MADE = dt.datetime(2000, 1, 1)  # the same workbook every time
_LONGEST_HINT = 255  # what a spreadsheet shows beside a cell
_LONGEST_NOTE = 3000
_WIDE = ("title", "summary", "note", "participants", "links", "claims", "stages", "url")


def workbook(kinds: Sequence[str]) -> bytes:
    """The bytes of a workbook for records of these kinds.

    Raises:
        AlignmentEventsError: If XlsxWriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise AlignmentEventsError(
            "workbooks need XlsxWriter: pip install alignment-events[xlsx]"
        ) from None
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False,
                                        "strings_to_urls": False, "strings_to_numbers": False})  # fmt: skip
    book.set_properties({
        "title": "Alignment events: records to fill in",
        "comments": f"Format {FORMAT_VERSION}, codebook {CODEBOOK_VERSION}",
        "created": _MADE,
    })  # fmt: skip
    _Writer(book).write(tuple(kinds))
    book.close()
    return stream.getvalue()


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._text = book.add_format({"num_format": "@", "valign": "top"})
        self._wrapped = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        look = {"num_format": "@", "bottom": 1, "valign": "top"}
        self._optional = book.add_format({**look, "bg_color": "#EEEEEE"})
        self._required = book.add_format({**look, "bg_color": "#D9E8F5", "bold": True})
        self._heading = book.add_format({"bold": True, "bottom": 1, "valign": "top"})

    def write(self, kinds: tuple[str, ...]) -> None:
        to_fill = list(sheets(kinds))
        self._read_me()
        for sheet in to_fill:
            self._sheet(sheet)
        self._examples(kinds)
        self._codebook(to_fill)
        self._codes()
        # The first sheet to fill is what a person wants to see.
        self._book.get_worksheet_by_name(to_fill[0].name).activate()

    def _read_me(self) -> None:
        page = self._book.add_worksheet("Read me")
        page.set_column(0, 0, 100, self._wrapped)
        page.write_string(0, 0, "How to fill in this workbook", self._heading)
        for number, line in enumerate(READ_ME, 1):
            page.write_string(number, 0, line, self._wrapped)

    def _sheet(self, sheet: Sheet) -> None:
        page = self._book.add_worksheet(sheet.name)
        page.freeze_panes(1, 1)
        for number, column in enumerate(sheet.columns):
            page.set_column(number, number, _width(column), self._text)
            look = self._required if is_required(sheet, column) else self._optional
            page.write_string(0, number, column.name, look)
            note = note_on(sheet, column)
            height = 20 * min(30, 2 + note.count("\n") + len(note) // 60)
            options = {"x_scale": 3, "height": height, "author": ""}
            page.write_comment(0, number, note[:_LONGEST_NOTE], options)
            self._drop_down(page, number, column)

    def _drop_down(self, page: Any, number: int, column: WideColumn) -> None:
        vocabulary = vocabulary_of(column)
        flag = column.field is not None and column.field.type == "flag"
        if vocabulary is None and not flag:
            return
        source: Any = f"=codes_{vocabulary.name}" if vocabulary else ["true", "false"]
        several = takes_several(column)
        hint = "Several codes are divided by semicolons. " * several + column.doc
        page.data_validation(1, number, ROWS, number, {
            "validate": "list",
            "source": source,
            "input_title": column.name[:32],
            "input_message": hint[:_LONGEST_HINT],
            "error_title": "Not a code",
            "error_message": "Choose from the list; the sheet Codebook defines each code.",
            # A list of codes is no code: it is let through, and judged by validate.
            "show_error": not several,
        })  # fmt: skip

    def _examples(self, kinds: tuple[str, ...]) -> None:
        page = self._book.add_worksheet("Examples")
        for place, width in enumerate((16, 6, 32, 90)):
            page.set_column(place, place, width, self._wrapped if place == 3 else self._text)
        says = "Invented records, to show how cells are filled. This sheet is never read."
        page.write_string(0, 0, says, self._heading)
        line = 2
        for name, record in worked_examples(kinds):
            for place, head in enumerate(("Sheet", "Row", "Column", "Cell")):
                page.write_string(line, place, head, self._heading)
            for sheet, row, column, text in example_cells(name, record):
                line += 1
                for place, cell in enumerate((sheet, str(row), column, text)):
                    page.write_string(line, place, cell)
            line += 2

    def _codebook(self, to_fill: Sequence[Sheet]) -> None:
        page = self._book.add_worksheet("Codebook")
        for place, width in enumerate((22, 32, 90)):
            page.set_column(place, place, width, self._wrapped if place == 2 else self._text)
        page.freeze_panes(1, 0)
        for place, head in enumerate(
            ("Sheet or vocabulary", "Column or code", "What it holds or means")
        ):
            page.write_string(0, place, head, self._heading)
        line = 0
        for sheet in to_fill:
            for column in sheet.columns:
                line += 1
                vocabulary = vocabulary_of(column)
                codes = f" Codes: {vocabulary.name}." if vocabulary else ""
                must = " Must be filled." if is_required(sheet, column) else ""
                for place, text in enumerate((sheet.name, column.name, column.doc + codes + must)):
                    page.write_string(line, place, text)
        for vocabulary in all_vocabularies().values():
            line += 1
            page.write_string(line, 0, vocabulary.name, self._heading)
            page.write_string(line, 2, vocabulary.doc, self._heading)
            for code in vocabulary.codes:
                line += 1
                for place, text in enumerate((vocabulary.name, code.code, code.definition)):
                    page.write_string(line, place, text)
        page.autofilter(0, 0, line, 2)

    def _codes(self) -> None:
        """One column a vocabulary: a list in a cell may have 255 characters at most, a name any."""
        from xlsxwriter.utility import xl_col_to_name

        page = self._book.add_worksheet("Codes")
        page.freeze_panes(1, 0)
        for number, vocabulary in enumerate(all_vocabularies().values()):
            page.set_column(number, number, max(12, len(vocabulary.name) + 2), self._text)
            page.write_string(0, number, vocabulary.name, self._heading)
            for line, code in enumerate(vocabulary.values, 1):
                page.write_string(line, number, code, self._text)
            column = xl_col_to_name(number, col_abs=True)
            last = len(vocabulary.values) + 1
            self._book.define_name(f"codes_{vocabulary.name}", f"=Codes!{column}$2:{column}${last}")


def _width(column: WideColumn) -> int:
    if column.name in _WIDE or column.name.endswith("_url"):
        return 40
    return max(14, min(30, len(column.name) + 3))
