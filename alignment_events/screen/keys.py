"""Keys and references within a batch: rows that may repeat a key, sources that may not be there."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.screen.aligned import Part
from alignment_events.screen.arrays import FEW, valid_cells
from alignment_events.screen.distinct import Among
from alignment_events.screen.frames import Frame
from alignment_events.screen.texts import spans
from alignment_events.screen.values import Bools, Coded, Index, Numbers
from alignment_events.spec.ir import TableSpec
from alignment_events.spec.tables import record_key

_ID = len("AE-XXXX-XXXX")
_LONGEST_KEY = 8
_MIX = np.uint64(0x9E3779B97F4A7C15)


def source_keys(sources: pa.StringArray, records: pa.StringArray) -> tuple[Numbers, Bools]:
    """Ids of sources by the part after the slash, and which are those of the record of their row.

    Args:
        sources: Ids of sources, of one chunk.
        records: The records of the rows; ids of the short form only.

    Returns:
        The key within the record as a number, exact where the second is true.
    """
    starts, ends, data = spans(sources)
    valid = valid_cells(sources)
    lengths = ends - starts - _ID - 1
    own = valid & (lengths > 0) & (lengths <= _LONGEST_KEY)
    if not own.any():
        return Numbers(np.zeros(len(sources), np.uint64), valid), own
    record_starts, _, record_data = spans(records)
    starts = np.where(own, starts, starts[own][0])
    ends = np.where(own, ends, ends[own][0])
    text, record = _words(data), _words(record_data)
    own &= text[starts] == record[record_starts]
    own &= text[starts + 4] == record[record_starts + 4]
    own &= data[starts + _ID] == ord("/")
    unused = (_LONGEST_KEY - np.minimum(np.maximum(lengths, 1), _LONGEST_KEY)) * 8
    return Numbers(text[ends - _LONGEST_KEY] >> unused.astype(np.uint64), valid), own


def _words(data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Every eight bytes in a row as one number, little-endian; no copy is made."""
    return np.ndarray((len(data) - 7,), "<u8", buffer=data, strides=(1,))


def repeated_keys(spec: TableSpec, frame: Frame, parts: Sequence[Part]) -> Bools | None:
    """Rows that may repeat the key of another row, or None if no row does; never fewer than do."""
    rest = [name for name in spec.key if name != record_key(spec.name)]
    group = frame.group
    if rest == ["position"]:
        position = frame.columns("position")
        assert isinstance(position, Numbers)
        wrong = (group[1:] == group[:-1]) & (position.values[1:] <= position.values[:-1])
    elif not rest:
        wrong = group[1:] == group[:-1]
    else:
        return _equal_hashes(rest, frame, parts)
    return np.concatenate([[False], wrong]) if wrong.any() else None


def _equal_hashes(rest: list[str], frame: Frame, parts: Sequence[Part]) -> Bools | None:
    mixed = frame.group.astype(np.uint64)
    for name in rest:
        column = frame.columns(name)
        if isinstance(column, Coded):
            part = column.codes.astype(np.uint64)
        elif isinstance(column, Numbers):
            part = column.values.astype(np.uint64)
        else:
            part = _hashes([p.rows.column(name) for p in parts])
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX + part
        mixed = (mixed ^ (mixed >> np.uint64(32))) * _MIX
    in_order = np.sort(mixed)
    twice = in_order[1:][in_order[1:] == in_order[:-1]]
    if not len(twice):
        return None
    # Few stand twice: looked up among these, nothing more has to be sorted.
    return Among(twice)(mixed)


def _hashes(arrays: Sequence[pa.Array]) -> NDArray[np.uint64]:
    """A number for each text, the same for equal ones."""
    rows = sum(map(len, arrays))
    if rows <= FEW:
        texts = (text for array in arrays for text in array.to_pylist())
        return np.fromiter(map(hash, texts), np.int64, rows).view(np.uint64)
    import polars as pl

    found: NDArray[np.uint64] = np.concatenate([pl.Series(array).hash() for array in arrays])
    return found


def without_source(sources: Frame | None, citing: Mapping[str, Frame], size: int) -> Bools:
    """Records with a row that cites a source which does not stand among those of the record."""
    found = np.zeros(size, np.bool_)
    for frame in citing.values():
        cited = frame.columns("source_id")
        assert isinstance(cited, Numbers)
        if sources is None:
            found[frame.group[cited.valid]] = True
            continue
        there = sources.columns("source_id")
        assert isinstance(there, Numbers)
        distinct = sources.batch.distinct("sources", "source_id")
        if len(distinct) > _BITS:
            wrong = _not_among(cited, frame.group, there, sources.group)
        else:
            # Few different keys, such as s1 to s9: a bit for each.
            bit = np.uint64(1) << distinct.place(there.values)[0].astype(np.uint64)
            held = np.zeros(size, np.uint64)
            heads = np.flatnonzero(np.diff(sources.group, prepend=-1))
            held[sources.group[heads]] = np.bitwise_or.reduceat(bit, heads)
            place, known = distinct.place(cited.values)
            has = (held[frame.group] >> place.astype(np.uint64)) & np.uint64(1)
            wrong = (has == 0) | ~known
        found[frame.group[wrong & cited.valid]] = True
    return found


_BITS = 64


def _not_among(cited: Numbers, group: Index, there: Numbers, group_there: Index) -> Bools:
    numbers, codes = np.unique(np.concatenate([cited.values, there.values]), return_inverse=True)
    width = len(numbers)
    pairs = np.concatenate([group, group_there]).astype(np.int64) * width + codes
    found: Bools = ~np.isin(pairs[: len(group)], pairs[len(group) :])
    return found
