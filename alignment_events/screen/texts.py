"""Texts by their bytes: which cells may break the form of their column.

A look at all bytes at once settles nearly every column; only the cells that it cannot settle are put to the
pattern itself. What passes here is of the right form; a test proves it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.model.forms import URL, check_form
from alignment_events.model.marks import Form
from alignment_events.screen.arrays import FEW, coded_texts, flags, places, valid_cells
from alignment_events.screen.values import Bools

_SPACES = b" \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
_FORMULA = b"=+-@"
_HTTP, _HTTPS = b"http://", b"https://"
_FEW = 5_000
"""Texts that are sooner looked at one by one."""
_BLOCK = 1 << 18
"""Bytes looked at together: what is made of them stays near the processor."""


@dataclass(frozen=True)
class TextShape:
    """Bytes that settle a text: each byte, the first and the last are among the harmless ones."""

    any_byte: NDArray[np.bool_]
    first: NDArray[np.bool_]
    last: NDArray[np.bool_]
    prefixes: tuple[bytes, ...] = ()


def _among(*ranges: tuple[int, int], without: bytes = b"") -> NDArray[np.bool_]:
    found = np.zeros(256, np.bool_)
    for low, high in ranges:
        found[low : high + 1] = True
    found[list(without)] = False
    return found


_PRINTABLE = (0x20, 0x7E)
_ASCII_TEXT = _among(_PRINTABLE, without=_SPACES + _FORMULA)
TEXT = TextShape(
    any_byte=_among(_PRINTABLE, (0x80, 0xFF)),
    first=_ASCII_TEXT,
    last=_among(_PRINTABLE, without=_SPACES),
)


def doubtful(array: pa.StringArray, form: Form) -> Bools:
    """Cells that a look at their bytes does not clear; empty cells are clear.

    Args:
        array: The column, of one chunk.
        form: Its form.
    """
    rows = len(array)
    clear = np.zeros(rows, np.bool_)
    if array.null_count == rows:
        return clear
    starts, ends, data = spans(array)
    lengths = ends - starts
    filled = lengths > 0
    # Characters are no more than bytes, so that what is short in bytes is short.
    suspect = lengths > form.max_length
    if form.name in ("text", "person"):
        suspect |= _unclear(starts, ends, data, filled, TEXT)
        suspect |= ~filled
    elif form == URL:
        suspect |= _unclear_addresses(starts, ends, data)
    else:
        suspect |= ~_matches(array, form)
    if array.null_count:
        suspect &= valid_cells(array)
    left = np.flatnonzero(suspect)
    if len(left) > _FEW:
        suspect[left] = _unsound(array.take(places(left)), form)
    else:
        for row in left.tolist():
            suspect[row] = check_form(form, array[row].as_py()) is not None
    return suspect


def _unsound(array: pa.StringArray, form: Form) -> Bools:
    """Which cells break the form, by the very words of the check itself."""
    import polars as pl

    value = pl.col("value")
    sound = (value.str.len_chars() <= form.max_length) & value.str.contains(form.pattern)
    found = pl.DataFrame({"value": pl.Series(array, dtype=pl.String)}).select(~sound)
    wrong: Bools = found.to_series().fill_null(False).to_numpy()
    return wrong


def spans(
    array: pa.StringArray,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text begins and ends, and the bytes of all."""
    _, offset_buffer, data = array.buffers()
    width = np.dtype(np.int64 if pa.types.is_large_string(array.type) else np.int32)
    found = np.frombuffer(offset_buffer, width)[array.offset : array.offset + len(array) + 1]
    offsets: NDArray[np.int64] = found.astype(np.int64)
    block = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return offsets[:-1], offsets[1:], block


def _unclear(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    data: NDArray[np.uint8],
    filled: Bools,
    shape: TextShape,
) -> Bools:
    found = np.zeros(len(starts), np.bool_)
    for first, block in _blocks(starts, ends, data):
        # The least byte clears most blocks of control characters; the other is one that no text needs.
        harmful = block == np.uint8(0x7F)
        if block.min() < 0x20:
            harmful |= block < np.uint8(0x20)
        _mark(found, harmful, first, ends)
    rows = np.flatnonzero(filled)
    found[rows] |= ~shape.first[data[starts[rows]]] | ~shape.last[data[ends[rows] - 1]]
    return found


def _blocks(
    starts: NDArray[np.int64], ends: NDArray[np.int64], data: NDArray[np.uint8]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The bytes of all texts in blocks, and where each begins."""
    end = int(ends[-1])
    for first in range(int(starts[0]), end, _BLOCK):
        yield first, data[first : min(first + _BLOCK, end)]


def _mark(found: Bools, harmful: Bools, first: int, ends: NDArray[np.int64]) -> None:
    """Mark the texts in which harmful bytes of a block stand."""
    if harmful.any():
        found[np.searchsorted(ends, np.flatnonzero(harmful) + first, side="right")] = True


def _unclear_addresses(
    starts: NDArray[np.int64], ends: NDArray[np.int64], data: NDArray[np.uint8]
) -> Bools:
    """Web addresses that do not begin as one, or hold what none holds or is beyond ASCII."""
    if len(data) < len(_HTTPS):
        return np.ones(len(starts), np.bool_)
    # Every eight bytes in a row as one number, little-endian; no copy is made.
    words = np.ndarray((len(data) - 7,), "<u8", buffer=data, strides=(1,))
    begins = words[np.minimum(starts, len(words) - 1)]
    secure = begins == int.from_bytes(_HTTPS, "little")
    plain = (begins & np.uint64((1 << 56) - 1)) == int.from_bytes(_HTTP, "little")
    lengths = ends - starts
    found = ~((secure & (lengths > len(_HTTPS))) | (plain & (lengths > len(_HTTP))))
    # The shortest address has eight bytes, so that none ends before the words do.
    found |= lengths < len(_HTTPS)
    for first, block in _blocks(starts, ends, data):
        harmful = block - np.uint8(0x21) > np.uint8(0x5D)
        # With bit 2 set, space and quote are one byte, as are < and >, and \\ and ^.
        paired = block | np.uint8(2)
        for byte in (0x22, 0x3E, 0x5E):
            harmful |= paired == np.uint8(byte)
        harmful |= block == np.uint8(0x60)
        harmful |= block - np.uint8(0x7B) <= np.uint8(2)
        _mark(found, harmful, first, ends)
    marked: Bools = found
    return marked


def is_ascii(array: pa.Array) -> bool:
    """True for a column of texts all of whose bytes are of ASCII."""
    if not pa.types.is_string(array.type):
        return False
    _, offset_buffer, data = array.buffers()
    if data is None or not len(array):
        return True
    offsets = np.frombuffer(offset_buffer, np.int32)[array.offset : array.offset + len(array) + 1]
    block = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    # Eight bytes at a time; those that are left over at the end are looked at one by one.
    whole = len(block) // 8 * 8
    joined = np.bitwise_or.reduce(block[:whole].view(np.uint64)) if whole else np.uint64(0)
    return not joined & np.uint64(0x8080808080808080) and not (block[whole:] & 0x80).any()


def _matches(array: pa.StringArray, form: Form) -> Bools:
    if len(array) <= FEW:
        codes, values = coded_texts(array)
        if len(values) <= _FEW:
            sound = [check_form(form, value) is None for value in values]
            return np.array([*sound, True], np.bool_)[codes]
    import pyarrow.compute as pc

    found = pc.match_substring_regex(array, form.pattern)
    matched: Bools = ~valid_cells(found) | flags(found)
    return matched
