"""Looks into a workbook before it is read: a zip archive of XML that a stranger may have sent.

The parts that hold cells are unfolded here, within bounds, and looked through; what is handed on
is a plain archive of those parts alone, so that the reader of cells meets nothing that was not
measured. Macros, pictures and outside links are never touched.
"""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from posixpath import normpath
from typing import IO
from xml.parsers import expat

from alignment_events.read.text_file import Stop

MAX_WORKBOOK_BYTES = 20_000_000
MAX_UNFOLDED_BYTES = 100_000_000
MAX_RATIO = 300
MAX_ENTRIES = 2_000
MAX_SHEETS = 100
MAX_SHEET_CELLS = 2_000_000
MAX_TEXT = 100_000_000
"""Characters of all cells together; a text that many cells share counts for each."""

_DIRECTORY_END = b"PK\x05\x06"
_DIRECTORY_END_64 = b"PK\x06\x07"
_PART = re.compile(r"(\[Content_Types\]\.xml|_rels/\.rels|xl/[A-Za-z0-9_/.\-]+\.(xml|rels))")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_AGAIN = "Save the workbook again as .xlsx, with the data alone."


@dataclass
class SheetLook:
    """What a sheet holds beside values.

    Attributes:
        errors: Cells that show an error, such as `#REF!`, with that error.
        uncomputed: Cells with a formula and no stored value.
        merged: Ranges of merged cells, as written.
    """

    errors: list[tuple[str, str]] = field(default_factory=list)
    uncomputed: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)


@dataclass
class Guarded:
    """A workbook that may be read: its parts in a plain archive, and what each sheet holds."""

    data: bytes
    sheets: dict[str, SheetLook]


def guard(stream: IO[bytes]) -> Guarded:
    """Look through a workbook; `Stop` if it is none, too large, or built to do harm."""
    parts = _unfold(_archive(stream))
    if "xl/workbook.xml" not in parts:
        message = "The archive holds no workbook in the form of .xlsx."
        raise Stop("AE015", message, _AGAIN, None)
    names = _sheet_parts(parts)
    if len(names) > MAX_SHEETS:
        raise Stop("AE003", f"The workbook has more than {MAX_SHEETS} sheets.", _AGAIN, None)
    lengths = _shared_lengths(parts.get("xl/sharedStrings.xml", b""))
    looks: dict[str, SheetLook] = {}
    budget = _Budget()
    for name, part in names:
        if part in parts:
            looks[name] = _look(parts[part], lengths, budget)
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    return Guarded(plain.getvalue(), looks)


def _archive(stream: IO[bytes]) -> zipfile.ZipFile:
    start = stream.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        message = "This is a workbook of the old kind (.xls), or one that is locked by a password."
        raise Stop("AE015", message, "Save it as .xlsx, without a password.", None)
    if not start.startswith(b"PK"):
        message = "This is no workbook: it does not begin as .xlsx files do."
        raise Stop("AE015", message, "Save it as .xlsx, or give it the name of what it is.", None)
    stream.seek(0, io.SEEK_END)
    size = stream.tell()
    stream.seek(max(0, size - 65_600))
    tail = stream.read()
    at = tail.rfind(_DIRECTORY_END)
    if at < 0 or len(tail) - at < 22:
        raise Stop("AE015", "The workbook is damaged: its end is missing.", "Send it again.", None)
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    # Some 46 bytes an entry; Python would make objects of millions before anyone could count them.
    if entries > MAX_ENTRIES or directory > 300 * MAX_ENTRIES or _DIRECTORY_END_64 in tail[:at]:
        raise Stop("AE003", f"The archive has more than {MAX_ENTRIES:,} parts.", _AGAIN, None)
    stream.seek(0)
    try:
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Stop("AE015", f"The workbook is damaged: {error}.", "Send it again.", None) from error


def _unfold(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """The parts that matter, unfolded; first what the archive says of itself, then what is true."""
    infos = [info for info in archive.infolist() if _PART.fullmatch(info.filename)]
    if sum(info.file_size for info in infos) > MAX_UNFOLDED_BYTES:
        raise _too_large()
    parts: dict[str, bytes] = {}
    left = MAX_UNFOLDED_BYTES
    for info in infos:
        if info.flag_bits & 1:
            message = "The workbook is locked by a password."
            raise Stop("AE015", message, "Save it without a password.", None)
        if info.filename in parts:
            message = f"The archive holds {info.filename} twice."
            raise Stop("AE015", message, _AGAIN, None)
        if info.file_size > 5_000_000 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise _too_large()
        try:
            with archive.open(info) as part:
                data = part.read(left + 1)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
            message = f"The workbook is damaged: {info.filename}: {error}."
            raise Stop("AE015", message, "Send it again.", None) from error
        except Exception as error:  # zlib.error and lzma.LZMAError have no common base
            if type(error).__module__ not in ("zlib", "_lzma", "lzma"):
                raise
            message = f"The workbook is damaged: {info.filename}: {error}."
            raise Stop("AE015", message, "Send it again.", None) from error
        left -= len(data)
        if left < 0:
            raise _too_large()
        parts[info.filename] = data
    return parts


def _too_large() -> Stop:
    message = f"The workbook unfolds to more than {MAX_UNFOLDED_BYTES:,} bytes, or too steeply."
    return Stop("AE003", message, "Split it, or send CSV files.", None)


def _parse(
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Run over XML; `Stop` if it is not well-formed or has a document type, as entities do."""
    parser = expat.ParserCreate(namespace_separator=None)
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        message = "A part of the workbook has a document type declaration, which no program writes."
        raise Stop("AE015", message, _AGAIN, None)

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, given: start(_local(name), given)
    if end is not None:
        parser.EndElementHandler = lambda name: end(_local(name))
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        message = f"The workbook is damaged: a part is not XML: {error}."
        raise Stop("AE015", message, _AGAIN, None) from error


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _sheet_parts(parts: dict[str, bytes]) -> list[tuple[str, str]]:
    """Name of each sheet, and the part that holds it."""
    named: list[tuple[str, str]] = []
    targets: dict[str, str] = {}

    def sheet(name: str, given: dict[str, str]) -> None:
        if name == "sheet":
            relation = next((v for k, v in given.items() if _local(k) == "id"), "")
            named.append((given.get("name", ""), relation))

    def relation(name: str, given: dict[str, str]) -> None:
        if name == "Relationship":
            target = given.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else normpath(f"xl/{target}")
            targets[given.get("Id", "")] = path

    _parse(parts["xl/workbook.xml"], sheet)
    _parse(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"), relation)
    return [(name, targets.get(relation, "")) for name, relation in named]


def _shared_lengths(data: bytes) -> list[int]:
    """The length of each text that cells may share."""
    lengths: list[int] = []

    def start(name: str, given: dict[str, str]) -> None:
        if name == "si":
            lengths.append(0)

    def text(found: str) -> None:
        if lengths:
            lengths[-1] += len(found)

    if data:
        _parse(data, start, None, text)
    return lengths


@dataclass
class _Budget:
    text: int = MAX_TEXT
    cells: int = MAX_SHEET_CELLS


def _look(data: bytes, lengths: list[int], budget: _Budget) -> SheetLook:
    """Run over a sheet: how far it reaches, how much its cells hold, and what is no value."""
    look = SheetLook()
    row = column = last_row = last_column = 0
    kind, formula, value = "", False, ""
    inside = False

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal row, column, last_row, last_column, kind, formula, value, inside
        if name == "row":
            row, column = int(given.get("r", row + 1)), 0
        elif name == "c":
            column += 1
            if "r" in given:
                found = _REFERENCE.fullmatch(given["r"])
                if found is None:
                    raise ValueError(f"there is no cell {given['r'][:20]!r}")
                row, column = int(found[2]), _column_number(found[1])
            kind, formula, value = given.get("t", "n"), False, ""
            last_row, last_column = max(last_row, row), max(last_column, column)
            budget.cells -= 1
            if budget.cells < 0 or last_row * last_column > MAX_SHEET_CELLS:
                message = f"The workbook reaches over more than {MAX_SHEET_CELLS:,} cells."
                hint = "Delete the rows and columns beyond the data, or send CSV files."
                raise Stop("AE003", message, hint, None)
        elif name == "f":
            formula = True
        elif name == "v":
            inside = True
        elif name == "mergeCell":
            look.merged.append(given.get("ref", ""))

    def text(found: str) -> None:
        nonlocal value
        if inside and len(value) < 100:
            value += found

    def end(name: str) -> None:
        nonlocal inside
        if name == "v":
            inside = False
        elif name == "c":
            here = f"{column_name(column)}{row}"
            if kind == "e":
                look.errors.append((here, value))
            elif formula and not value:
                look.uncomputed.append(here)
            if kind == "s" and value.isdecimal() and int(value) < len(lengths):
                budget.text -= lengths[int(value)]
                if budget.text < 0:
                    message = f"The cells hold more than {MAX_TEXT:,} characters."
                    raise Stop("AE003", message, "Split the workbook.", None)

    _parse(data, start, end, text)
    return look


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_name(number: int) -> str:
    """The letters of a column of a spreadsheet, from 1: A, B, … Z, AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
