"""Where each cell of a CSV text stands, so that it can be shown or changed and nothing else."""

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

_DELIMITERS = ",;\t|"


class Cell(NamedTuple):
    """A cell as it is written, quotation marks and all.

    Attributes:
        value: What it holds.
        start: Index of its first character in the text.
        end: Index after its last character.
        line: Line in which it begins, from 1.
        column: Character of that line at which it begins, from 1.
    """

    value: str
    start: int
    end: int
    line: int
    column: int


def delimiter_of(text: str, name: str = "") -> str:
    """The sign between cells: a tab in `.tsv` files, else the commonest of the first line."""
    if name.lower().endswith((".tsv", ".tab")):
        return "\t"
    first = next(csv_rows_of(text, "\x00"), [])
    header = text[: first[0].end] if first else ""
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def csv_rows_of(text: str, delimiter: str = ",") -> Iterator[list[Cell]]:
    """The rows of a CSV text, each as its cells; rows without any are left out.

    It reads as the module `csv` does: `""` within quotation marks is one, and a mark within a cell
    that does not begin with one is a character like others.
    """
    index, line, begin = 0, 1, 0
    size = len(text)
    unquoted = re.compile(f"[^{re.escape(delimiter)}\\r\\n]*")
    plain = re.compile(r'[^"\r\n]+(?=[\r\n]|\Z)')
    while index < size:
        if found := plain.match(text, index):
            # Most lines have no quotation marks.
            yield _plain_row(found[0], delimiter, index, line)
            index = found.end()
            if index < size:
                index += 2 if text.startswith("\r\n", index) else 1
                line, begin = line + 1, index
            continue
        row: list[Cell] = []
        while True:
            start, at_line, at_column = index, line, index - begin + 1
            parts = []
            if index < size and text[index] == '"':
                index += 1
                while index < size:
                    end = text.find('"', index)
                    end = size if end < 0 else end
                    inner = text[index:end]
                    parts.append(inner)
                    breaks = _breaks(inner)
                    if breaks:
                        line += breaks
                        begin = index + max(inner.rfind("\n"), inner.rfind("\r")) + 1
                    index = end + 1
                    if index < size and text[index] == '"':
                        parts.append('"')
                        index += 1
                        continue
                    break
                index = min(index, size)
            rest = unquoted.match(text, index)
            assert rest is not None
            parts.append(rest[0])
            index = rest.end()
            row.append(Cell("".join(parts), start, index, at_line, at_column))
            if index < size and text[index] == delimiter:
                index += 1
                continue
            break
        if index < size:
            index += 2 if text.startswith("\r\n", index) else 1
            line, begin = line + 1, index
        if len(row) > 1 or row[0].end > row[0].start:
            yield row


def _plain_row(text: str, delimiter: str, start: int, line: int) -> list[Cell]:
    """The cells of a line without quotation marks that starts at an index."""
    row = []
    end = start
    for value in text.split(delimiter):
        row.append(Cell(value, end, end + len(value), line, end - start + 1))
        end += len(value) + 1
    return row


def _breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def values_of(text: str, delimiter: str) -> list[list[str]]:
    """The rows as the module `csv` reads them, to check the above against."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return [row for row in reader if row]
