"""How much rows of a Parquet file may unfold to, told from its pages before any of them is unfolded.

What the footer says of sizes may be false; the header of a page is what its reader goes by.
"""

import mmap
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_FIXED = 8
"""Bytes of a value that is no text, at most."""
_DATA, _DICTIONARY, _DATA_2 = 0, 2, 3
_HEADERS = {_DATA: 5, _DICTIONARY: 7, _DATA_2: 8}
_CODECS = dict(enumerate(("", "snappy", "gzip", "lzo", "brotli", "lz4_raw", "zstd", "lz4_raw")))
"""Ways of compression, by their numbers in the footer."""
_SHORT_DICTIONARY = 2_048
_MOST_FIELDS = 10_000


Data = bytes | mmap.mmap
"""A file, or what is mapped of it."""
_SMALL = 1024**2


@dataclass(frozen=True)
class Unfolding:
    """What a file may unfold to.

    Attributes:
        row: Bytes that a row takes at most, on average over a page.
        pages: Bytes of the largest pages of all columns of a row group, which are held together.
    """

    row: float
    pages: int

    def rows_within(self, most: int) -> int:
        """Rows that can be read at a time within so many bytes; 0 if none can."""
        left = most - 2 * self.pages
        return max(0, int(left / self.row)) if self.row else 1 << 30


class Pages:
    """The pages of a Parquet file, of which those of some row groups can be looked at.

    Attributes:
        footer: The footer.
    """

    def __init__(self, file: Path, footer: "pq.FileMetaData") -> None:
        """Look at the footer.

        Raises:
            ValueError: If it is damaged.
            OSError: If the file cannot be read.
        """
        self._file = file
        self.footer = footer
        self._codecs: list[list[str]] = []
        if self.footer.num_row_groups:
            with self._data() as data:
                self._codecs = _codecs(data, self.footer.num_row_groups)

    def unfolding(self, columns: Collection[str], groups: Iterable[int]) -> Unfolding:
        """Look at the pages of some columns of some row groups.

        Raises:
            ValueError: If the file is damaged.
            OSError: If it cannot be read.
        """
        row, pages = 0.0, 0
        some = [number for number in groups if self.footer.row_group(number).num_rows]
        if not some:
            return Unfolding(row, pages)
        with self._data() as data:
            for number in some:
                group = self.footer.row_group(number)
                found = [
                    _of_column(data, column, codec)
                    for column, codec in zip(
                        map(group.column, range(group.num_columns)),
                        self._codecs[number],
                        strict=True,
                    )
                    if column.path_in_schema.partition(".")[0] in columns
                ]
                row = max(row, sum(one.row for one in found))
                pages = max(pages, sum(one.pages for one in found))
        return Unfolding(row, pages)

    @contextmanager
    def _data(self) -> Iterator[Data]:
        with self._file.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size <= _SMALL:
                # Each look into what is mapped takes longer.
                yield stream.read(_SMALL)
                return
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield data


def unfolding(file: Path, footer: "pq.FileMetaData", columns: Collection[str]) -> Unfolding:
    """Look at the pages of some columns of a file.

    Raises:
        ValueError: If the file is damaged.
        OSError: If it cannot be read.
    """
    pages = Pages(file, footer)
    return pages.unfolding(columns, range(pages.footer.num_row_groups))


def _codecs(data: Data, groups: int) -> list[list[str]]:
    """Names of the compression of all columns, row group by row group.

    PyArrow ends the process when it is asked for one that it does not know.
    """
    length = int.from_bytes(data[-8:-4], "little")
    try:
        footer, _ = _struct(data, len(data) - 8 - length)
        found = [[_CODECS[column[3][4]] for column in group[1]] for group in footer[4]]
    except (IndexError, KeyError, TypeError):
        raise ValueError("its footer names a compression that is not known") from None
    if len(found) != groups:
        raise ValueError("its footer is damaged")
    return found


def _of_column(data: Data, column: "pq.ColumnChunkMetaData", codec: str) -> Unfolding:
    begin = column.data_page_offset
    if column.has_dictionary_page and column.dictionary_page_offset:
        begin = min(begin, column.dictionary_page_offset)
    end = begin + column.total_compressed_size
    is_text = column.physical_type == "BYTE_ARRAY"
    row, largest, dictionary = float(_FIXED), 0, 0
    for kind, unfolded, values, body in _pages(data, begin, end):
        if kind == _DICTIONARY:
            dictionary = max(dictionary, unfolded)
            if is_text:
                longest = _longest(data[body[0] : body[1]], unfolded, values, codec)
                row = max(row, longest + 4)
        else:
            largest = max(largest, unfolded)
            if is_text:
                row = max(row, unfolded / max(values, 1) + 4)
    return Unfolding(row, largest + dictionary)


def _pages(data: Data, begin: int, end: int) -> Iterator[tuple[int, int, int, tuple[int, int]]]:
    """Kind, size unfolded, number of values, and place of each page."""
    while begin < end:
        try:
            header, begin = _struct(data, begin)
            kind, unfolded, folded = header[1], header[2], header[3]
            values = header.get(_HEADERS.get(kind, 0), {}).get(1, 0)
        except (IndexError, KeyError, AttributeError, TypeError):
            raise ValueError("the header of a page is damaged") from None
        if not all(isinstance(n, int) and n >= 0 for n in (unfolded, folded, values)):
            raise ValueError("the header of a page is damaged")
        yield kind, unfolded, values, (begin, begin + folded)
        begin += folded


def _longest(folded: bytes, size: int, values: int, codec: str) -> int:
    """Bytes of the longest text of a dictionary."""
    most = size - 4 * values
    if size <= _SHORT_DICTIONARY or values <= 1:
        return max(most, 0)
    plain = folded
    if codec:
        import pyarrow as pa

        try:
            plain = pa.decompress(folded, size, codec, asbytes=True)
        except (pa.ArrowException, OSError, ValueError):
            return max(most, 0)
    width, rest = divmod(size, values)
    if not rest and width >= 4 and len(plain) == size:
        import numpy as np

        # Ids are all of one length, and there are many of them.
        lengths = np.ndarray((values,), "<u4", plain, 0, (width,))
        if (lengths == width - 4).all():
            return width - 4
    return min(longest_text(plain, values), size)


def longest_text(plain: bytes, values: int) -> int:
    """Bytes of the longest of texts that follow each other, each after its length in four bytes."""
    import numpy as np

    # Short texts have lengths of one byte and three zeros, which hardly occur elsewhere. If the places
    # of three zeros lead from one to the next by the lengths that they tell, there are no others.
    found = np.frombuffer(plain, np.uint8)
    zero = found == 0
    heads = np.flatnonzero(zero[1:-2] & zero[2:-1] & zero[3:])
    lengths = found[heads].astype(np.int64)
    ends = heads + 4 + lengths
    whole = len(heads) == values and not heads[0] and ends[-1] == len(plain)
    if whole and (heads[1:] == ends[:-1]).all():
        return int(lengths.max())
    place, longest = 0, 0
    take = int.from_bytes
    for _ in range(values):
        length = take(plain[place : place + 4], "little")
        if length > longest:
            longest = length
        place += 4 + length
    return longest


def _varint(data: Data, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
        shift += 7
        if shift > 63:
            raise IndexError


def _struct(data: Data, place: int, depth: int = 0) -> tuple[dict[int, Any], int]:
    """A structure in the compact protocol of Thrift: whole numbers and structures by field."""
    if depth > 8:
        raise IndexError
    found: dict[int, Any] = {}
    field = 0
    for _ in range(_MOST_FIELDS):
        head = data[place]
        place += 1
        if not head:
            return found, place
        kind = head & 15
        if head >> 4:
            field += head >> 4
        else:
            number, place = _varint(data, place)
            field = (number >> 1) ^ -(number & 1)
        if kind in (1, 2):
            continue
        if kind == 3:
            place += 1
        elif kind in (4, 5, 6):
            number = data[place]
            if number < 128:
                place += 1
            else:
                number, place = _varint(data, place)
            found[field] = (number >> 1) ^ -(number & 1)
        elif kind == 7:
            place += 8
        elif kind == 8:
            length, place = _varint(data, place)
            place += length
        elif kind == 9:
            found[field], place = _list(data, place, depth + 1)
        elif kind == 12:
            found[field], place = _struct(data, place, depth + 1)
        else:
            raise IndexError
    raise IndexError


def _list(data: Data, place: int, depth: int) -> tuple[list[Any], int]:
    """A list in the same protocol: its whole numbers and structures."""
    head = data[place]
    place += 1
    kind, size = head & 15, head >> 4
    if size == 15:
        size, place = _varint(data, place)
    found: list[Any] = []
    for _ in range(size):
        if kind == 12:
            one, place = _struct(data, place, depth)
            found.append(one)
        elif kind in (4, 5, 6):
            number, place = _varint(data, place)
            found.append((number >> 1) ^ -(number & 1))
        elif kind == 8:
            length, place = _varint(data, place)
            place += length
        elif kind in (1, 2, 3):
            place += 1
        else:
            raise IndexError
        if place >= len(data):
            raise IndexError
    return found, place
