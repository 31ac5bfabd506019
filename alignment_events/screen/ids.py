"""Ids as numbers: the same id the same number, and ids in order the numbers in order."""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alignment_events.model.ids import ALPHABET, check_table, is_valid_id
from alignment_events.screen.values import Bools, Numbers

_WIDTH = len("AE-XXXX-XXXX")
_PLACES = (3, 4, 5, 6, 8, 9, 10, 11)
_LONG = np.uint64(1) << np.uint64(63)
"""Set in the numbers of what is no id of the short form; they are hashes."""
EMPTY = _LONG
"""The number of an empty cell."""


def is_short(numbers: NDArray[np.uint64]) -> Bools:
    """Which numbers are those of sound ids of the short form, and so exact; that of an empty cell is not."""
    found: Bools = numbers < _LONG
    return found


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
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """For each byte its value (255: no character of an id), and for each place its summand."""
    value = np.full(256, 255, np.uint8)
    for number, letter in enumerate(ALPHABET):
        value[ord(letter)] = number
    summand = np.zeros((8, 256), np.uint8)
    for place, table in enumerate(check_table(8)):
        for letter, product in table.items():
            summand[place, ord(letter)] = product
    return value, summand


def id_numbers(array: pa.StringArray) -> tuple[Numbers, Bools]:
    """Ids as numbers, and which cells are well-formed ids; neighbours that are equal are read once.

    Args:
        array: Ids as text, of one chunk.

    Returns:
        The numbers, valid where a cell is not empty (what is no id gets a number by its hash),
        and where a cell is empty or an id with the right check character.
    """
    text = fixed_width(array, _WIDTH)
    if text is None:
        return _one_by_one(array)
    words = text.view(np.uint32)
    heads = np.ones(len(text), np.bool_)
    heads[1:] = (words[1:] != words[:-1]).any(axis=1)
    first = np.flatnonzero(heads)
    numbers, sound = _short(text[first])
    if not sound.all():
        return _one_by_one(array)
    run = np.cumsum(heads) - 1
    all_rows = np.ones(len(text), np.bool_)
    return Numbers(numbers[run], all_rows), all_rows


def fixed_width(array: pa.StringArray, width: int) -> NDArray[np.uint8] | None:
    """The bytes of a column without empty cells whose texts are all of one width, a row each."""
    if array.null_count or not len(array):
        return None
    _, offset_buffer, data = array.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32)[array.offset : array.offset + len(array) + 1]
    if offsets[-1] - offsets[0] != width * len(array) or (np.diff(offsets) != width).any():
        return None
    block = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    return block.reshape(len(array), width)


def _short(text: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], Bools]:
    value, summand = _tables()
    frame = text[:, (0, 1, 2, 7)] == np.frombuffer(b"AE--", np.uint8)
    numbers = np.zeros(len(text), np.uint64)
    check = np.zeros(len(text), np.uint8)
    sound = frame.all(axis=1)
    for position, place in enumerate(_PLACES):
        letter = text[:, place]
        digit = value[letter]
        sound &= digit != 255
        check ^= summand[position][letter]
        numbers = (numbers << np.uint64(5)) | (digit & 31).astype(np.uint64)
    return numbers, sound & (check == 0)


def _one_by_one(array: pa.StringArray) -> tuple[Numbers, Bools]:
    """The same for columns with empty cells, long ids, or what is no id; by distinct value."""
    encoded = array.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    numbers = np.array([*(_number(text) for text in texts), _LONG], np.uint64)
    sound = np.array([*(is_valid_id(text) for text in texts), True], np.bool_)
    codes = pc.fill_null(encoded.indices, len(texts)).to_numpy(zero_copy_only=False)
    return Numbers(numbers[codes], codes != len(texts)), sound[codes]


def _number(text: str) -> np.uint64:
    if len(text) == _WIDTH and is_valid_id(text):
        block = np.frombuffer(text.encode(), np.uint8).reshape(1, _WIDTH)
        found: np.uint64 = _short(block)[0][0]
        return found
    import hashlib

    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big")) | _LONG
