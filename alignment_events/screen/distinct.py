"""Numbers among others that rise: the different ones of a column, and where given ones stand."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alignment_events.screen.values import Bools, Index

_TWO_BYTES = 1 << 16
_LEAST_BITS, _MOST_BITS = 12, 20
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SPARSE = 32
"""Entries of a table for each number that is looked up, up to which a table is sooner made than numbers sorted."""


def different(values: NDArray[Any]) -> NDArray[Any]:
    """The different numbers among some, rising; `np.unique` imports what takes longer than few numbers."""
    rising = np.sort(values)
    first = np.ones(len(rising), np.bool_)
    first[1:] = rising[1:] != rising[:-1]
    return rising[first]


def places_in(rising: NDArray[Any], values: NDArray[Any]) -> tuple[Index, Bools]:
    """Where values stand among numbers that rise, any place if they do not, and whether they do."""
    if not len(rising):
        return np.zeros(len(values), np.intp), np.zeros(len(values), np.bool_)
    place = np.minimum(np.searchsorted(rising, values), len(rising) - 1)
    return place, rising[place] == values


class Among:
    """Says which numbers are among some, that are few beside those which are asked for."""

    def __init__(self, numbers: NDArray[np.uint64]) -> None:
        self._numbers = np.sort(numbers)
        bits = min(max((_SPARSE * len(numbers)).bit_length(), _LEAST_BITS), _MOST_BITS)
        self._shift = np.uint64(64 - bits)
        self._table = np.zeros(1 << bits, np.bool_)
        self._table[self._place(self._numbers)] = True

    def __len__(self) -> int:
        return len(self._numbers)

    def _place(self, numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
        return (numbers * _MIX) >> self._shift

    def __call__(self, numbers: NDArray[np.uint64]) -> Bools:
        """Which of these are."""
        # Most are told by a look into a small table.
        found: Bools = self._table[self._place(numbers)]
        near = np.flatnonzero(found)
        if len(near):
            found[near] = places_in(self._numbers, numbers[near])[1]
        return found


@dataclass(frozen=True, eq=False)
class Distinct:
    """Different numbers, rising.

    Attributes:
        numbers: The numbers.
        table: Their places by the numbers themselves, where these are small, as most keys are; with an
            entry for all that are larger.
    """

    numbers: NDArray[Any]
    table: NDArray[np.int32] | None

    def __len__(self) -> int:
        return len(self.numbers)

    @classmethod
    def of(cls, values: NDArray[Any]) -> "Distinct":
        """The different numbers among some whole numbers."""
        most = int(values.max()) if len(values) else -1
        if not 0 <= most < max(_TWO_BYTES, _SPARSE * len(values)) or values.min() < 0:
            return cls(different(values), None)
        occurs = np.zeros(most + 1, np.bool_)
        occurs[values] = True
        numbers = np.flatnonzero(occurs)
        table = np.zeros(most + 2, np.int32)
        table[numbers] = np.arange(len(numbers), dtype=np.int32)
        return cls(numbers.astype(values.dtype), table)

    def place(self, values: NDArray[Any]) -> tuple[Index, Bools]:
        """Where values stand among the numbers, any place if they do not, and whether they do.

        Args:
            values: Of the type of the numbers.
        """
        if self.table is None or values.dtype.kind != "u":
            return places_in(self.numbers, values)
        found = self.table[np.minimum(values, values.dtype.type(len(self.table) - 1))]
        return found, self.numbers[found] == values
