"""Frames of every kind get the verdict of the tables, whatever they hold."""

import datetime as dt

import duckdb
import pandas as pd
import pytest
from support import typed_tables

import alignment_events as ae
from alignment_events.spec.examples import sound_examples


@pytest.fixture(scope="module")
def events():
    return typed_tables(list(sound_examples().values()))["events"]


def codes(report):
    return {found.code for found in report.findings}


def forms(frame):
    arrow = frame.to_arrow()
    # DuckDB finds the table by the name of the variable.
    return [frame, frame.lazy(), arrow, arrow.to_pandas(), duckdb.sql("SELECT * FROM arrow")]


@pytest.mark.parametrize("number", range(5))
def test_sound_frames_pass(events, number):
    assert ae.validate(forms(events)[number]).findings == ()


@pytest.mark.parametrize("number", range(5))
def test_a_wrong_code_is_found_in_every_kind_of_frame(events, number):
    wrong = events.with_columns(scope=events["scope"].replace("core", "cre"))
    assert codes(ae.validate(forms(wrong)[number])) == {"AE103"}


def test_a_pandas_column_of_mixed_types_is_judged_value_by_value(events):
    frame = events.to_arrow().to_pandas()
    frame["title"] = frame["title"].astype(object)
    frame.loc[0, "title"] = 7.5
    frame.loc[1, "date_end"] = "yesterday"
    assert codes(ae.validate(frame)) <= {"AE104", "AE107"}
    assert "AE104" in codes(ae.validate(frame))


@pytest.mark.parametrize("year", [1799, 2100, 9998])
def test_dates_beyond_the_bounds_are_found_in_frames_too(events, year):
    late = events.to_arrow().to_pandas()
    late["coded_date"] = dt.date(year, 1, 1)
    assert codes(ae.validate(late)) >= {"AE104"}


def test_an_unknown_sort_of_data_is_a_type_error():
    with pytest.raises(TypeError, match="cannot validate"):
        ae.validate(7)
    with pytest.raises(TypeError, match="no table"):
        ae.validate(pd.DataFrame({"colour": ["red"]}))
