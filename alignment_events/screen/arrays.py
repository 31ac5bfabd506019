"""Arrow arrays as numpy arrays and back, by their buffers: the ways of pyarrow itself import pandas."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.screen.values import Bools

FEW = 100_000
"""Cells that are sooner gone over one by one than what goes over many at once is imported."""


def plain_values(array: pa.Array, kind: type[np.generic]) -> NDArray[Any]:
    """The values of an array of fixed width; what stands in empty cells means nothing."""
    data = array.buffers()[1]
    if data is None:
        return np.zeros(len(array), kind)
    found: NDArray[Any] = np.frombuffer(data, kind)[array.offset : array.offset + len(array)]
    return found


def valid_cells(array: pa.Array) -> Bools:
    """Where a cell is not empty."""
    if not array.null_count:
        return np.ones(len(array), np.bool_)
    if array.null_count == len(array):
        return np.zeros(len(array), np.bool_)
    return _bits(array.buffers()[0], array)


def flags(array: pa.BooleanArray) -> Bools:
    """The values of an array of yes and no; what stands in empty cells means nothing."""
    return _bits(array.buffers()[1], array) if len(array) else np.zeros(0, np.bool_)


def _bits(data: pa.Buffer | None, array: pa.Array) -> Bools:
    if data is None:
        return np.zeros(len(array), np.bool_)
    first, shift = divmod(array.offset, 8)
    last = -(-(array.offset + len(array)) // 8)
    bits = np.unpackbits(np.frombuffer(data, np.uint8)[first:last], bitorder="little")
    found: Bools = bits[shift : shift + len(array)].view(np.bool_)
    return found


def coded_texts(array: pa.StringArray) -> tuple[NDArray[np.int32], list[str]]:
    """For each cell the place of its text among the different ones, and these; empty cells come last."""
    if len(array) <= FEW:
        place: dict[str, int] = {}
        cells = [None if t is None else place.setdefault(t, len(place)) for t in array.to_pylist()]
        return np.array([len(place) if n is None else n for n in cells], np.int32), list(place)
    encoded = array.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    codes = plain_values(encoded.indices, np.int32)
    if array.null_count:
        codes = np.where(valid_cells(array), codes, np.int32(len(texts)))
    return codes, texts


def places(rows: NDArray[np.intp]) -> pa.Int64Array:
    """Places of rows, to be taken."""
    return numbers_array(rows.astype(np.int64, copy=False))


def numbers_array(numbers: NDArray[Any]) -> pa.Array:
    """Numbers as an array of their type."""
    plain = np.ascontiguousarray(numbers)
    kind = pa.from_numpy_dtype(plain.dtype)
    return pa.Array.from_buffers(kind, len(plain), [None, pa.py_buffer(plain)])


def texts(values: Iterable[str | None]) -> pa.StringArray:
    """Texts as an array."""
    encoded = [None if v is None else v.encode("utf-8", "surrogatepass") for v in values]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum([len(v or b"") for v in encoded], out=offsets[1:])
    there = np.packbits(np.array([v is not None for v in encoded], np.bool_), bitorder="little")
    buffers = [there.tobytes(), offsets.tobytes(), b"".join(v or b"" for v in encoded)]
    return pa.Array.from_buffers(
        pa.string(), len(encoded), [pa.py_buffer(data) for data in buffers]
    )


def mask(chosen: Bools) -> pa.BooleanArray:
    """Rows chosen, to be filtered by."""
    bits = np.packbits(chosen, bitorder="little").tobytes()
    return pa.Array.from_buffers(pa.bool_(), len(chosen), [None, pa.py_buffer(bits)])
