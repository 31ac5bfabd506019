"""Splits sorted tables into spans of records, each of which can be read and screened by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from alignment_events.screen.arrays import texts
from alignment_events.screen.ids import id_numbers, is_short
from alignment_events.screen.opened import NotSorted, Opened
from alignment_events.spec.tables import record_key

_HIGHEST = int(np.iinfo(np.uint64).max)


@dataclass(frozen=True)
class Stretch:
    """Where the rows of a span lie in one table.

    Attributes:
        opened: The table, of which only those row groups are read that may hold such rows.
        first: Number in the table of the first row that is read.
        end: Number of the first row that is for the next span, if it is of no record in order.
    """

    opened: Opened
    first: int = 0
    end: int = _HIGHEST


@dataclass(frozen=True)
class Span:
    """Some of the records: those from one number up to another.

    Attributes:
        low: Least number of a record.
        high: The number above them.
        tables: Table name to where their rows lie.
    """

    low: int
    high: int
    tables: Mapping[str, Stretch]


def whole(opened: Mapping[str, Opened]) -> Span:
    """All records."""
    return Span(0, _HIGHEST, {name: Stretch(one) for name, one in opened.items()})


@dataclass(frozen=True, eq=False)
class _Groups:
    """The row groups of a table, by what the footers say of them.

    Attributes:
        least: For each, a record up to which it reaches at least.
        most: For each, a record up to which it reaches at most.
        rows: For each, the number of rows; a zero before them.
        size: Bytes of all of them.
    """

    least: NDArray[np.uint64]
    most: NDArray[np.uint64]
    rows: NDArray[np.int64]
    size: int

    def __len__(self) -> int:
        return len(self.least)


def spans(opened: Mapping[str, Opened], count: int) -> list[Span]:
    """Split tables into about so many spans with about as much to read in each.

    What footers say may be false, and is only a hint: whoever reads a span keeps to its records,
    and whoever reads all of them has to see whether every row was read.

    Returns:
        One or more spans, by which all records are covered once.

    Raises:
        NotSorted: If the footers tell that a table is not in order.
    """
    groups = {name: _groups(one) for name, one in opened.items()}
    known = {name: one for name, one in groups.items() if one is not None}
    if count < 2 or not known or len(known) < len(groups):
        return [whole(opened)]
    # Cut where the largest table has a row group that ends, so that few rows are read twice.
    largest = max(known.values(), key=lambda one: one.size)
    ends = np.flatnonzero(largest.least == largest.most)[:-1]
    if not len(ends):
        return [whole(opened)]
    done = np.cumsum(largest.rows)[1:][ends] / largest.rows.sum()
    wanted = np.arange(1, count) / count
    places = np.abs(done[:, None] - wanted).argmin(axis=0)
    cuts = sorted({int(largest.most[ends[place]]) + 1 for place in places})
    bounds = [0, *cuts, _HIGHEST]
    return [
        Span(low, high, {name: _stretch(opened[name], known[name], low, high) for name in opened})
        for low, high in pairwise(bounds)
    ]


def _stretch(opened: Opened, groups: _Groups, low: int, high: int) -> Stretch:
    # The group in which a bound falls is read for both sides; what is in no order there is for the latter.
    begin = _reaching(groups.most, low) if low else 0
    end = _reaching(groups.least, high) + 1
    first = np.cumsum(groups.rows)
    next_ = _HIGHEST if high == _HIGHEST else int(first[_reaching(groups.most, high)])
    some = replace(opened, groups=range(begin, min(end, len(groups))))
    return Stretch(some, int(first[begin]), next_)


def _reaching(ends: NDArray[np.uint64], bound: int) -> int:
    """The first row group that may reach a bound."""
    return int(np.searchsorted(ends, np.uint64(bound), "left"))


def _groups(opened: Opened) -> _Groups | None:
    """The row groups, or None if the footers do not say which records they hold in order."""
    ends, rows, size = [], [0], 0
    for piece in opened.pieces:
        footer = pq.read_metadata(piece.file)
        columns = [footer.schema.column(number).path for number in range(footer.num_columns)]
        if record_key(opened.table) not in columns:
            return None
        column = columns.index(record_key(opened.table))
        for group in map(footer.row_group, range(footer.num_row_groups)):
            told = group.column(column).statistics
            ends.append(told.max if told is not None and told.has_min_max else None)
            rows.append(group.num_rows)
            size += group.total_byte_size
    if not all(isinstance(end, str | None) for end in ends):
        return None
    numbers = id_numbers(texts(ends))[0].values
    if (np.diff(numbers[is_short(numbers)].astype(np.int64)) < 0).any():
        raise NotSorted(opened.table)
    # A group may end with what is no id: then it reaches as far as its neighbours allow.
    sound = is_short(numbers)
    least = np.maximum.accumulate(np.where(sound, numbers, 0))
    most = np.minimum.accumulate(np.where(sound, numbers, _HIGHEST)[::-1])[::-1]
    return _Groups(least.astype(np.uint64), most.astype(np.uint64), np.array(rows), size)
