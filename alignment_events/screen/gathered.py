"""Rows of suspect records, gathered until there are enough of them to be examined."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alignment_events.check.focus import Focus
from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.screen.aligned import Part
from alignment_events.screen.arrays import places as rows_at
from alignment_events.screen.batch import Screened
from alignment_events.screen.ids import places_among
from alignment_events.screen.index import Ids
from alignment_events.screen.reasons import WHOLE, Reason, rules_for, tables_for
from alignment_events.screen.values import Bools, Index
from alignment_events.spec.tables import table_specs

ROW, RECORD = "__row", "__record"
Piece = tuple[pa.RecordBatch, NDArray[np.int64], Ids]


@dataclass
class Rows:
    """Rows of suspect records, waiting to be examined.

    Of each record those of the tables that the examination has to look into.

    Attributes:
        tables: Table name to pieces of it, each with the numbers of its rows in the file and those
            of their records.
        why: Numbers of records, by what may be wrong with them.
        rows: Numbers of rows in the file, by what may be wrong with them.
        records: How many records, about.
        height: How many rows.
        size: How many bytes.
    """

    tables: dict[str, list[Piece]] = field(default_factory=dict)
    why: dict[Reason, list[Ids]] = field(default_factory=dict)
    rows: dict[Reason, list[NDArray[np.int64]]] = field(default_factory=dict)
    records: int = 0
    height: int = 0
    size: int = 0

    def add(self, screened: Screened, chosen: Bools) -> None:
        """Take the rows of some records of a batch."""
        if not chosen.any():
            return
        self.records += int(chosen.sum())
        wanted: dict[str, Bools] = {
            name: np.zeros(len(chosen), np.bool_) for name in screened.parts
        }
        for reason, found in screened.why.items():
            records = found[chosen[found]]
            if len(records):
                self.why.setdefault(reason, []).append(screened.records[records])
                for name in tables_for(reason) & wanted.keys():
                    wanted[name][records] = True
        for name, parts in screened.parts.items():
            group = screened.groups[name]
            taken = wanted[name][group]
            first = 0
            for part in parts:
                end = first + len(part)
                places = np.flatnonzero(taken[first:end])
                if len(places):
                    keys = part.keys[places]
                    self._add(name, part.rows.take(rows_at(places)), part.numbers[places], keys)
                for reason, rows in part.wrong.items():
                    if reason.sort in _OF_ROWS:
                        mine = rows[chosen[group[first:end][rows]]]
                        if len(mine):
                            self.rows.setdefault(reason, []).append(part.numbers[mine])
                first = end

    def add_unscreened(self, name: str, part: Part) -> None:
        """Take rows of a table at which the screen has not looked."""
        self._add(name, part.rows, part.numbers, part.keys)
        self.why.setdefault(WHOLE, []).append(part.keys)
        self.rows.setdefault(Reason("cell", name), []).append(part.numbers)

    def _add(self, name: str, rows: pa.RecordBatch, numbers: NDArray[np.int64], keys: Ids) -> None:
        self.tables.setdefault(name, []).append((rows, numbers, keys))
        self.size += sum(map(_size, rows.columns))
        self.height += len(numbers)

    def join(self, other: "Rows") -> None:
        """Take all of what others are."""
        for name, pieces in other.tables.items():
            self.tables.setdefault(name, []).extend(pieces)
        for reason, records in other.why.items():
            self.why.setdefault(reason, []).extend(records)
        for reason, rows in other.rows.items():
            self.rows.setdefault(reason, []).extend(rows)
        self.records += other.records
        self.height += other.height
        self.size += other.size

    def frames(self) -> dict[str, pl.DataFrame]:
        """The tables in the types of the format, each in the order of the file."""
        return {name: _as_frame(name, pieces) for name, pieces in self.tables.items()}

    def focus(self, frames: dict[str, pl.DataFrame]) -> Focus:
        """What has to be looked at in these tables."""
        keys = {name: frame[RECORD].to_numpy() for name, frame in frames.items()}
        everyone = np.unique(np.concatenate([*keys.values(), np.zeros(0, np.uint64)]))
        whole = np.zeros(len(everyone), np.bool_)
        of_keys: dict[str, Bools] = {}
        rules: dict[int, Bools] = {}
        suspect = {
            r: places_among(np.concatenate(found), everyone) for r, found in self.why.items()
        }
        whole[suspect.pop(WHOLE, np.zeros(0, np.intp))] = True
        foreign = whole.copy()
        for reason, records in suspect.items():
            if reason.sort == "key":
                of_keys.setdefault(reason.table, whole.copy())[records] = True
            if reason.sort == "sources":
                of_keys.setdefault("sources", whole.copy())[records] = True
                foreign[records] = True
            for number in rules_for(reason):
                rules.setdefault(number, whole.copy())[records] = True
        cells: dict[str, Index] = {}
        groups = {name: np.searchsorted(everyone, found) for name, found in keys.items()}
        references: dict[tuple[str, str], Index] = {
            (name, "source_id"): np.flatnonzero(foreign[groups[name]])
            for name in ("citations", "claims")
            if name in groups
        }
        for reason, some in self.rows.items():
            name, column = reason.table, reason.column
            rows = np.searchsorted(frames[name][ROW].to_numpy(), np.concatenate(some))
            if reason.sort == "cell":
                cells[name] = np.union1d(cells[name], rows) if name in cells else np.unique(rows)
            else:
                known = references.get((name, column), np.flatnonzero(whole[groups[name]]))
                references[name, column] = np.union1d(rows, known)
        return Focus(groups, whole, cells, references, of_keys, rules)


_OF_ROWS = ("cell", "reference")
"""Sorts of reasons for which single rows are looked at."""


def _size(array: pa.Array) -> int:
    """Bytes of a column; pieces of a table share the values of their codes."""
    return 4 * len(array) if pa.types.is_dictionary(array.type) else int(array.nbytes)


def _as_frame(name: str, pieces: Sequence[Piece]) -> pl.DataFrame:
    table = pa.Table.from_batches([rows for rows, _, _ in pieces])
    columns = []
    for column, array in zip(table_specs()[name].columns, table.columns, strict=True):
        if pa.types.is_dictionary(array.type):
            array = pc.cast(array, array.type.value_type)
        columns.append(pl.Series(column.name, array, dtype=POLARS_TYPES[column.type]))
    numbers = np.concatenate([numbers for _, numbers, _ in pieces])
    keys = np.concatenate([keys for _, _, keys in pieces])
    row = pl.Series(ROW, numbers, dtype=pl.Int64)
    frame = pl.DataFrame([*columns, row, pl.Series(RECORD, keys, dtype=pl.UInt64)])
    return frame if (numbers[1:] > numbers[:-1]).all() else frame.sort(ROW)
