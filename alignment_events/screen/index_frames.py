"""The index of all records and links as the examination reads it: frames of polars."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from alignment_events.compile.polars_rules import BAD
from alignment_events.model import dates
from alignment_events.model.ids import is_valid_id
from alignment_events.screen.ids import id_texts
from alignment_events.screen.index import (
    CODES,
    DAYS,
    FAULTY,
    LINK_COLUMNS,
    NO_DAY,
    Ids,
    RecordIndex,
    code_values,
)
from alignment_events.spec.tables import record_key


@dataclass(frozen=True, eq=False)
class IndexFrames:
    """Entries and links of an index, in texts.

    Attributes:
        index: The index.
    """

    index: RecordIndex

    def entries(self, numbers: Ids) -> pl.DataFrame:
        """Entries of those of some records with short ids that are there."""
        place, there = self.index.place(numbers)
        return self._frame(id_texts(numbers[there]), place[there])

    def _frame(self, texts: list[str], place: NDArray[np.intp]) -> pl.DataFrame:
        columns = [pl.Series("record_id", texts, dtype=pl.String)]
        for number, name in enumerate((*CODES, *DAYS)):
            found = self.index.columns[name][place]
            if name in CODES:
                codes = _texts_of_codes(name)
                columns.append(pl.Series(name, [codes[code] for code in found], dtype=pl.String))
            else:
                days = pl.Series(name, found, dtype=pl.Int32)
                columns.append(days.set(days == NO_DAY, None).cast(pl.Date))
            mark = (self.index.bad[place] >> number) & 1
            columns.append(pl.Series(BAD + name, mark.astype(np.bool_)))
        return pl.DataFrame(columns)

    @cached_property
    def stray_entries(self) -> pl.DataFrame:
        """Entries of the records that have no short id."""
        nobody = self._frame([], np.zeros(0, np.intp))
        found = [_stray_entries(batch, table) for table, batch in self.index.stray_records]
        return pl.concat([nobody, *found], how="diagonal")

    @cached_property
    def stray_links(self) -> pl.DataFrame:
        """Links of which one end has none."""
        found = [pl.DataFrame(schema=_link_schema()), *map(_stray_links, self.index.stray_links)]
        return pl.concat(found)

    def repeated_elsewhere(self, local: pl.Series) -> frozenset[str]:
        """Ids of records that stand twice in one table, but for those at hand."""
        strays = self.stray_entries.filter(
            pl.struct("record_id", pl.col("kind") == "deed").is_duplicated()
            & pl.col("record_id").is_not_null()
        )
        found = {*id_texts(self.index.twice), *strays["record_id"].to_list()}
        return frozenset(found.difference(local.to_list()))

    def links_to(self, numbers: Ids) -> tuple[pl.DataFrame, Ids]:
        """The links that lead to some records, and the numbers of the records that they are of."""
        records, targets, types = self.index.links
        low = np.searchsorted(targets, numbers, "left")
        high = np.searchsorted(targets, numbers, "right")
        sizes = high - low
        begins = np.cumsum(sizes) - sizes
        rows = np.arange(int(sizes.sum())) - np.repeat(begins - low, sizes)
        codes = _texts_of_codes("link_type")
        frame = pl.DataFrame(
            {
                "record_id": id_texts(records[rows]),
                "link_type": [codes[code] for code in types[rows]],
                "target_id": id_texts(targets[rows]),
                BAD + "link_type": (types[rows] == FAULTY),
                BAD + "record_id": np.zeros(len(rows), np.bool_),
            },
            schema=_link_schema(),
        )
        return frame, records[rows]


def _texts_of_codes(column: str) -> tuple[str | None, ...]:
    """What each of the 256 bytes stands for."""
    values = code_values(column)
    return (*values, *[None] * (256 - len(values)))


def _link_schema() -> dict[str, pl.DataType]:
    marks = dict.fromkeys((BAD + "link_type", BAD + "record_id"), pl.Boolean())
    return {**dict.fromkeys(LINK_COLUMNS, pl.String()), **marks}


def _framed(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _stray_entries(batch: pa.RecordBatch, table: str) -> pl.DataFrame:
    """Entries of the index as polars makes them; whether their cells are faulty is told there."""
    frame = _framed(batch).rename({record_key(table): "record_id"})
    if table == "deeds":
        frame = frame.with_columns(kind=pl.lit("deed"))
    frame = frame.with_columns(pl.col(name).cast(pl.String) for name in CODES)

    def day(name: str) -> pl.Expr:
        return ~pl.col(name).is_between(pl.lit(dates.FIRST_DAY), pl.lit(dates.LAST_DAY))

    marks = [
        (~pl.col(n).is_in(code_values(n))).fill_null(n == "kind").alias(BAD + n) for n in CODES
    ]
    marks += [day(n).fill_null(n == "date_start").alias(BAD + n) for n in DAYS]
    return frame.select("record_id", *CODES, *DAYS).with_columns(marks)


def _stray_links(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = _framed(batch).select(pl.col(name).cast(pl.String) for name in LINK_COLUMNS)
    bad = (~frame["link_type"].is_in(code_values("link_type"))).fill_null(value=True)
    sound = [is_valid_id(text or "") for text in frame["record_id"]]
    return frame.with_columns(
        bad.alias(BAD + "link_type"), ~pl.Series(BAD + "record_id", sound, dtype=pl.Boolean)
    )
