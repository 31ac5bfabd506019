"""The commonest bug of event-data packages is a zero where nobody looked; here it is null."""

import datetime as dt
import itertools

import pyarrow as pa
import pytest
from support import typed_tables

from alignment_events.measures.panel import panel, periods
from alignment_events.spec.examples import sound_examples

DAY = dt.date.fromisoformat


def tables(*coverage):
    columns = ("actor_a", "actor_b", "kind", "period_start", "period_end", "coverage")
    found = {
        name: frame.to_arrow()
        for name, frame in typed_tables(list(sound_examples().values())).items()
    }
    found["coverage"] = pa.Table.from_pylist(
        [dict(zip(columns, row, strict=True)) for row in coverage]
    )
    return found


def counts(table):
    return {
        row["period_start"].isoformat(): (row["n"], row["n_undated"]) for row in table.to_pylist()
    }


def test_a_zero_is_a_zero_only_where_coverage_is_full():
    found = panel(
        tables(
            ("BOR", "ARC", "meeting", DAY("2030-01-01"), DAY("2030-12-31"), "full"),
            ("ARC", "BOR", "meeting", DAY("2031-01-01"), DAY("2031-12-31"), "full"),
            ("ARC", "BOR", "meeting", DAY("2032-01-01"), DAY("2032-12-31"), "partial"),
        )
    )
    assert counts(found) == {"2030-01-01": (0, 0), "2031-01-01": (1, 0), "2032-01-01": (None, 0)}


def test_coverage_that_ends_within_a_period_does_not_cover_it():
    found = panel(tables(("ARC", "BOR", "meeting", DAY("2031-01-01"), DAY("2031-11-30"), "full")))
    assert counts(found) == {"2031-01-01": (None, 0)}


def test_adjacent_coverage_adds_up():
    found = panel(
        tables(
            ("ARC", "BOR", "meeting", DAY("2031-01-01"), DAY("2031-06-30"), "full"),
            ("ARC", "BOR", "meeting", DAY("2031-07-01"), DAY("2031-12-31"), "full"),
        )
    )
    assert counts(found) == {"2031-01-01": (1, 0)}


def test_what_is_not_known_to_the_month_is_not_put_into_one():
    # The delivery is known by quarters only: third and fourth of 2031.
    everything = ("ARC_GRAIN", "BOR", "deed", DAY("2031-01-01"), DAY("2031-12-31"), "full")
    by_month = counts(panel(tables(everything), freq="month"))
    assert by_month["2031-06-01"] == (0, 0)
    assert by_month["2031-08-01"] == (0, 1)
    assert counts(panel(tables(everything), freq="year")) == {"2031-01-01": (1, 0)}


def test_one_actor_alone_is_no_dyad():
    assert (
        panel(
            tables(("ARC", None, "statement", DAY("2031-01-01"), DAY("2031-12-31"), "full"))
        ).num_rows
        == 0
    )


@pytest.mark.parametrize(("freq", "number"), [("month", 14), ("quarter", 6), ("year", 3)])
def test_periods_are_those_of_the_calendar(freq, number):
    found = list(periods((DAY("2023-12-15"), DAY("2025-01-01")), freq))
    assert len(found) == number
    assert all(a[1] + dt.timedelta(days=1) == b[0] for a, b in itertools.pairwise(found))


def test_an_unknown_frequency_is_refused():
    with pytest.raises(ValueError, match="month, quarter or year"):
        panel(tables(), freq="week")
