"""Ids as numbers: the same id the same number, and ids in order the numbers in order."""

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.model.ids import ALPHABET, check_table, is_valid_id
from alignment_events.screen.arrays import coded_texts, valid_cells
from alignment_events.screen.distinct import places_in
from alignment_events.screen.values import Bools, Index, Numbers

_WIDTH = len("AE-XXXX-XXXX")
_PLACES = (3, 4, 5, 6, 8, 9, 10, 11)
_CHECK = 40
_BAD = np.uint64(1) << np.uint64(48)
_LONG = np.uint64(1) << np.uint64(63)
"""Set in the numbers of what is no id of the short form; they are hashes."""
EMPTY = _LONG
"""The number of an empty cell."""


def is_short(numbers: NDArray[np.uint64]) -> Bools:
    """Which numbers are those of sound ids of the short form, and so exact; that of an empty cell is not."""
    found: Bools = numbers < _LONG
    return found


def places_among(numbers: NDArray[np.uint64], rising: NDArray[np.uint64]) -> Index:
    """Where numbers stand among others that rise; those that are not there are left out."""
    places, there = places_in(rising, numbers)
    return places[there]


def id_texts(numbers: NDArray[np.uint64]) -> list[str]:
    """The ids of the short form that numbers stand for."""
    shifts = np.arange(35, -1, -5, dtype=np.uint64)
    letters = np.frombuffer(ALPHABET.encode(), np.uint8)[
        ((numbers[:, None] >> shifts) & np.uint64(31)).astype(np.intp)
    ]
    text = np.empty((len(numbers), _WIDTH), np.uint8)
    text[:, 0:3] = np.frombuffer(b"AE-", np.uint8)
    text[:, 3:7], text[:, 7], text[:, 8:] = letters[:, :4], ord("-"), letters[:, 4:]
    return [row.tobytes().decode() for row in text]


@cache
def _pairs() -> NDArray[np.uint64]:
    """For each pair of places, and each two bytes there, their share of the number.

    The shares of one id are joined by exclusive or: its digits lie in the low bits, above them the sum of
    the check, and above that a bit for each pair in which some byte is not of an id. The number stands
    alone if the id is sound.
    """
    summands = dict(zip(_PLACES, check_table(8), strict=True))
    marks = {0: "A", 1: "E", 2: "-", 7: "-"}
    found = np.zeros((_WIDTH // 2, 256, 256), np.uint64)
    for pair, share in enumerate(found):
        share[:] = _BAD << np.uint64(pair)
        values = []
        for place in (2 * pair, 2 * pair + 1):
            if place in marks:
                values.append({ord(marks[place]): 0})
                continue
            shift = 5 * (7 - _PLACES.index(place))
            of_check = summands[place]
            values.append(
                {ord(c): n << shift | of_check[c] << _CHECK for n, c in enumerate(ALPHABET)}
            )
        for first, low in values[0].items():
            for second, high in values[1].items():
                share[second, first] = low ^ high
    return found.reshape(_WIDTH // 2, 65536)


def id_numbers(array: pa.StringArray) -> tuple[Numbers, Bools]:
    """Ids as numbers, and which cells are well-formed ids; neighbours that are equal are read once.

    Args:
        array: Ids as text, of one chunk.

    Returns:
        The numbers, valid where a cell is not empty (what is no id gets a number by its hash),
        and where a cell is empty or an id with the right check character.
    """
    valid = valid_cells(array)
    if array.null_count == len(array):
        return Numbers(np.full(len(array), EMPTY), valid), ~valid
    text = fixed_width(array, _WIDTH, valid)
    if text is None:
        return _one_by_one(array)
    front, back = _eight(text, 0), _eight(text, _WIDTH - 8)
    heads = np.ones(len(text), np.bool_)
    heads[1:] = front[1:] != front[:-1]
    heads[1:] |= back[1:] != back[:-1]
    first = np.flatnonzero(heads)
    alone = 2 * len(first) > len(text)
    numbers = _short(text if alone else text[first])
    if numbers.max() >> np.uint64(_CHECK):
        return _one_by_one(array)
    if not alone:
        numbers = np.repeat(numbers, np.diff(first, append=len(text)))
    if array.null_count:
        numbers = _spread(numbers, valid)
    return Numbers(numbers, valid), np.ones(len(array), np.bool_)


def _spread(numbers: NDArray[np.uint64], valid: Bools) -> NDArray[np.uint64]:
    """Numbers of the cells that are not empty, each at its place."""
    found = np.full(len(valid), EMPTY, np.uint64)
    found[valid] = numbers
    return found


def _eight(text: NDArray[np.uint8], start: int) -> NDArray[np.uint64]:
    """Eight bytes of each row as one number; no copy is made."""
    return np.ndarray((len(text),), "<u8", buffer=text, offset=start, strides=(_WIDTH,))


def fixed_width(array: pa.StringArray, width: int, valid: Bools) -> NDArray[np.uint8] | None:
    """The bytes of a column whose texts are all of one width, a row for each that is not empty.

    Args:
        array: The column, in which some cell is not empty.
        width: How many bytes.
        valid: Where a cell is not empty.

    Returns:
        The bytes; None if a text is of another width.
    """
    rows = len(array) - array.null_count
    _, offset_buffer, data = array.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32)[array.offset : array.offset + len(array) + 1]
    # What lies in empty cells would stand between the others.
    if offsets[-1] - offsets[0] != width * rows:
        return None
    widths = np.diff(offsets)
    if ((widths != width) & valid if array.null_count else widths != width).any():
        return None
    block = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    return block.reshape(rows, width)


def _short(text: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Numbers of ids, with bits above those of the digits where one is not sound."""
    twos = text.view("<u2")
    numbers: NDArray[np.uint64] = _pairs()[0].take(twos[:, 0])
    for pair in range(1, _WIDTH // 2):
        numbers ^= _pairs()[pair].take(twos[:, pair])
    return numbers


def _one_by_one(array: pa.StringArray) -> tuple[Numbers, Bools]:
    """The same for columns with empty cells, long ids, or what is no id; by distinct value."""
    codes, texts = coded_texts(array)
    numbers = np.array([*(_number(text) for text in texts), _LONG], np.uint64)
    sound = np.array([*(is_valid_id(text) for text in texts), True], np.bool_)
    return Numbers(numbers[codes], codes != len(texts)), sound[codes]


def _number(text: str) -> np.uint64:
    if len(text) == _WIDTH and is_valid_id(text):
        block = np.frombuffer(text.encode(), np.uint8).reshape(1, _WIDTH)
        found: np.uint64 = _short(block)[0]
        return found
    import hashlib

    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big")) | _LONG
