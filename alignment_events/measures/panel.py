"""Panels of dyad × kind × period, in which a zero is a zero and everything else is empty.

A period counts only where `coverage` says that everything within the source frame was looked for
throughout; elsewhere the count is null, never 0: what nobody looked for did not fail to happen.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from alignment_events.measures.dyads import dyads

if TYPE_CHECKING:
    import pyarrow as pa

Frequency = Literal["month", "quarter", "year"]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAY = dt.timedelta(days=1)
_SCHEMA = {
    "actor_a": pl.String,
    "actor_b": pl.String,
    "kind": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "covered": pl.Boolean,
    "n": pl.Int64,
    "n_undated": pl.Int64,
}

Span = tuple[dt.date, dt.date]
Cell = tuple[str, str, str]


def panel(tables: "Mapping[str, pa.Table]", *, freq: Frequency = "year") -> "pa.Table":
    """Records of each pair of actors, kind and period that `coverage` speaks of.

    Args:
        tables: The tables of a dataset.
        freq: Length of a period.

    Returns:
        A table with actor_a, actor_b (in alphabetical order), kind, period_start, period_end,
        covered, n (records that certainly fall into the period; null where not covered) and
        n_undated (records that may fall into it or into a neighbour).

    Raises:
        ValueError: If `freq` is not month, quarter or year.
    """
    if freq not in _MONTHS:
        raise ValueError(f"freq is “{freq}”, and must be month, quarter or year")
    stated = _coverage(tables["coverage"].to_pylist())
    spans = _spans_by_cell(tables)
    rows = [
        _row(cell, period, full, spans[cell])
        for cell, (whole, full) in sorted(stated.items())
        for period in periods(whole, freq)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row").to_arrow()


def _coverage(rows: Sequence[Mapping[str, Any]]) -> dict[Cell, tuple[Span, list[Span]]]:
    """For each cell the whole time that is spoken of, and the spans that are fully covered."""
    found: dict[Cell, tuple[Span, list[Span]]] = {}
    for row in rows:
        if row["actor_b"] is None:
            continue
        first, second = sorted((row["actor_a"], row["actor_b"]))
        cell = (first, second, row["kind"])
        span = (row["period_start"], row["period_end"])
        (start, end), full = found.get(cell, (span, []))
        if row["coverage"] == "full":
            full = [*full, span]
        found[cell] = ((min(start, span[0]), max(end, span[1])), full)
    return {cell: (whole, _joined(full)) for cell, (whole, full) in found.items()}


def _joined(spans: list[Span]) -> list[Span]:
    """The same days in as few spans as possible."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + _DAY:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def periods(whole: Span, freq: Frequency) -> Iterator[Span]:
    """The calendar periods that a span touches."""
    months = _MONTHS[freq]
    index = (whole[0].year * 12 + whole[0].month - 1) // months
    while (start := _month(index * months)) <= whole[1]:
        index += 1
        yield start, _month(index * months) - _DAY


def _month(number: int) -> dt.date:
    return dt.date(number // 12, number % 12 + 1, 1)


def _spans_by_cell(tables: "Mapping[str, pa.Table]") -> defaultdict[Cell, list[Span]]:
    dates = {}
    for name, key in (("events", "event_id"), ("deeds", "deed_id")):
        for row in tables[name].to_pylist():
            exact = row["date_precision"] == "day"
            start = row["date_start"]
            # An exact event belongs to the period in which it began.
            dates[row[key]] = (start, start if exact else row["date_end"] or start)
    found: defaultdict[Cell, list[Span]] = defaultdict(list)
    for pair in dyads(tables).to_pylist():
        cell = (pair["actor_a"], pair["actor_b"], pair["kind"])
        found[cell].append(dates[pair["record_id"]])
    return found


def _row(cell: Cell, period: Span, full: list[Span], spans: list[Span]) -> tuple[Any, ...]:
    covered = any(start <= period[0] and period[1] <= end for start, end in full)
    inside = sum(period[0] <= start and end <= period[1] for start, end in spans)
    touching = sum(start <= period[1] and period[0] <= end for start, end in spans)
    return (*cell, *period, covered, inside if covered else None, touching - inside)
