"""Opens a text file that a stranger may have sent: bounded, UTF-8, and nothing but a file."""

import os
import pathlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TypeAlias

from alignment_events.findings import Finding, Level

Place: TypeAlias = tuple[int, int]
"""Line and column, from 1."""

MAX_FILE_BYTES = 5_000_000
# libyaml compares each %TAG line with all earlier ones: 5 MB of them would take it four minutes.
MAX_TAG_LINES = 100

SPLIT = "Split it into several files, and check that nothing was pasted into it by accident."


class Stop(Exception):  # noqa: N818 - it is a way out, not an error
    """Ends the reading of a file; the documents before it stay."""

    def __init__(self, code: str, message: str, hint: str, place: Place | None = (1, 1)) -> None:
        super().__init__(message)
        self.finding = error_finding(code, message, hint, place)


def error_finding(code: str, message: str, hint: str, place: Place | None) -> Finding:
    """A finding at level error, at a place in the file if it has one."""
    line, column = place or (None, None)
    return Finding(code, Level.ERROR, message, hint, line=line, column=column)


def file_bytes(path: pathlib.Path, most: int | None = None, kind: str = "YAML") -> bytes:
    """The bytes of a file, one more than allowed at most; `Stop` if it is none or cannot be read."""
    most = MAX_FILE_BYTES if most is None else most
    with open_file(path, most, kind) as stream:
        return stream.read(most + 1)  # one more tells if it grew meanwhile


@contextmanager
def open_file(path: pathlib.Path, most: int, kind: str) -> Iterator[IO[bytes]]:
    """Opens a file of at most `most` bytes; `Stop` if it is none or cannot be read."""
    # Without O_NONBLOCK, opening a pipe to which nobody writes would hang.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as error:  # ValueError: the path has a NUL in it
        message = f"The file cannot be opened: {getattr(error, 'strerror', None) or error}."
        hint = "Check the file name and the folder, and whether you are allowed to read the file."
        raise Stop("AE001", message, hint, None) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
            raise Stop("AE001", f"This is {what}, not a file.", f"Name a {kind} file.", None)
        check_size(status.st_size, most)
        with os.fdopen(handle, "rb", closefd=False) as stream:
            yield stream
    finally:
        os.close(handle)


def check_size(size: int, most: int = MAX_FILE_BYTES) -> None:
    """`Stop` if a file has more bytes than allowed."""
    if size > most:
        raise Stop("AE003", f"The file has more than {most:,} bytes.", SPLIT)


def decoded(data: bytes, most: int = MAX_FILE_BYTES) -> str:
    """The text, without the byte-order mark that would shift the columns of the first line."""
    check_size(len(data), most)
    hint = "Save the file again with the encoding 'UTF-8'"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = f"The file is not UTF-8 but UTF-16: byte 0, in line 1, is 0x{data[0]:02X}."
        raise Stop("AE002", message, f"{hint} (not 'Unicode' or 'UTF-16').")
    body = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        before, wrong = body[: error.start].decode(), body[error.start : error.start + 1]
        line, column = place_in(before, len(before))
        offset = len(data) - len(body) + error.start
        message = (
            f"The file is not UTF-8: byte {offset}, in line {line}, is 0x{wrong.hex().upper()}."
        )
        guess = wrong.decode("cp1252", "replace")
        hint = f"{hint}, and look at this place, where '{guess}' may have stood."
        raise Stop("AE002", message, hint, (line, column)) from None
    if body.count(b"%TAG") > MAX_TAG_LINES:
        raise Stop("AE003", "The file has too many %TAG lines.", "Remove them; none is needed.")
    return text


def place_in(text: str, index: int) -> Place:
    """Line and column of a character of a text."""
    before = text[:index]
    ends = before.count("\n") + before.count("\r") - before.count("\r\n")
    return ends + 1, index - max(before.rfind("\n"), before.rfind("\r"))
