"""Columns and truth values as numpy sees them: what the kernels of the screen compute with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Index = NDArray[np.intp]
Rows = Index | slice
Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Truth:
    """Kleene truth of every row: true, false, or neither, which is unknown."""

    true: Bools
    false: Bools

    def __and__(self, other: "Truth") -> "Truth":
        return Truth(self.true & other.true, self.false | other.false)

    def __or__(self, other: "Truth") -> "Truth":
        return Truth(self.true | other.true, self.false & other.false)

    def __invert__(self) -> "Truth":
        return Truth(self.false, self.true)

    def take(self, rows: Rows) -> "Truth":
        """The truth of some rows."""
        return Truth(self.true[rows], self.false[rows])

    @property
    def known(self) -> Bools:
        """Where it is true or false."""
        return self.true | self.false


def everywhere(holds: bool, rows: int) -> Truth:
    """The same truth for every row."""
    return Truth(np.full(rows, holds), np.full(rows, not holds))


def known(holds: Bools, valid: Bools | None = None) -> Truth:
    """True or false where it is valid, unknown elsewhere."""
    return Truth(holds, ~holds) if valid is None else Truth(holds & valid, ~holds & valid)


_FEW = 4


def looked_up(lut: Bools, codes: NDArray[Any]) -> Bools:
    """The truth of each row by its code; a comparison takes a tenth of the time of a look-up."""
    chosen = np.flatnonzero(lut)
    if len(chosen) <= _FEW:
        return _any_of(codes, chosen)
    others = np.flatnonzero(~lut)
    if len(others) <= _FEW:
        return ~_any_of(codes, others)
    return lut.take(codes)


def _any_of(codes: NDArray[Any], chosen: Index) -> Bools:
    if not len(chosen):
        return np.zeros(len(codes), np.bool_)
    found: Bools = codes == chosen[0]
    for code in chosen[1:]:
        found |= codes == code
    return found


@dataclass(frozen=True, eq=False)
class Coded:
    """Texts by number: an empty cell has the number after the last."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]

    def take(self, rows: Rows) -> "Coded":
        """Some rows of the column."""
        return Coded(self.codes[rows], self.values)

    @property
    def valid(self) -> Bools:
        """Where a cell is not empty."""
        found: Bools = self.codes != len(self.values)
        return found

    def where(self, chosen: Sequence[bool]) -> Truth:
        """True where the value is among the chosen, unknown where there is none."""
        lut = np.array([*chosen, False], np.bool_)
        other = np.array([*(not c for c in chosen), False], np.bool_)
        return Truth(looked_up(lut, self.codes), looked_up(other, self.codes))

    def among(self, chosen: Sequence[bool]) -> Bools | None:
        """Where the value is among the chosen, or None if no value is."""
        if not any(chosen):
            return None
        return looked_up(np.array([*chosen, False], np.bool_), self.codes)

    def mapped(self, change: Mapping[str, str | None]) -> "Coded":
        """Every value changed; those that become None are empty."""
        values = tuple(dict.fromkeys(v for v in change.values() if v is not None))
        place = {value: number for number, value in enumerate(values)}
        lut = [len(values) if (new := change[v]) is None else place[new] for v in self.values]
        return Coded(np.array([*lut, len(values)], np.int32)[self.codes], values)

    def equals(self, other: "Coded") -> Truth:
        """Equality of two columns, each with values of its own."""
        place = {value: number for number, value in enumerate(self.values)}
        nowhere = len(self.values) + 1
        lut = np.array([*(place.get(v, nowhere) for v in other.values), nowhere], np.int32)
        return known(self.codes == lut[other.codes], self.valid & other.valid)


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers, days as days since 1970, or texts and ids as one number each."""

    values: Array
    valid: Bools

    def take(self, rows: Rows) -> "Numbers":
        """Some rows of the column."""
        return Numbers(self.values[rows], self.valid[rows])


@dataclass(frozen=True, eq=False)
class Filled:
    """A text of which only matters whether it is there."""

    valid: Bools

    def take(self, rows: Rows) -> "Filled":
        """Some rows of the column."""
        return Filled(self.valid[rows])


@dataclass(frozen=True, eq=False)
class Flags:
    """A column of yes and no."""

    truth: Truth

    def take(self, rows: Rows) -> "Flags":
        """Some rows of the column."""
        return Flags(self.truth.take(rows))

    @property
    def valid(self) -> Bools:
        """Where a cell is not empty."""
        return self.truth.known


Column = Coded | Numbers | Filled | Flags


def joined(parts: Sequence[Column]) -> Column:
    """The same column of several pieces of a table, one below the other."""
    first = parts[0]
    if len(parts) == 1:
        return first
    match first:
        case Coded():
            return _joined_codes([part for part in parts if isinstance(part, Coded)])
        case Numbers():
            numbers = [part for part in parts if isinstance(part, Numbers)]
            values = np.concatenate([part.values for part in numbers])
            return Numbers(values, np.concatenate([part.valid for part in numbers]))
        case Filled():
            return Filled(np.concatenate([part.valid for part in parts]))
        case Flags():
            flags = [part.truth for part in parts if isinstance(part, Flags)]
            true, false = ([getattr(t, side) for t in flags] for side in ("true", "false"))
            return Flags(Truth(np.concatenate(true), np.concatenate(false)))


def _joined_codes(parts: list[Coded]) -> Coded:
    values = parts[0].values
    if all(part.values is values or part.values == values for part in parts):
        return Coded(np.concatenate([part.codes for part in parts]), values)
    place = {value: number for number, value in enumerate(values)}
    for part in parts:
        for value in part.values:
            place.setdefault(value, len(place))
    codes = []
    for part in parts:
        lut = np.array([*(place[value] for value in part.values), len(place)], np.int32)
        codes.append(lut.take(part.codes))
    return Coded(np.concatenate(codes), tuple(place))
