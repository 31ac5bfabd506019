"""A rule means the same on every engine: row by row in Python, polars, SQL in DuckDB.

For each rule the sound examples pass, and each declared break makes it object, and nothing but it
and the codes that it says cannot be avoided (records, frames and Parquet go through the
counterexamples). Random records check the same where nobody thought of an example.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import datasets
from support import (
    breaches,
    nested_report,
    polars_breaches,
    python_breaches,
    sql_breaches,
    text_tables,
    typed_tables,
)

from alignment_events.check.tables import check_tables
from alignment_events.model.rules import CATALOGUE, RULES
from alignment_events.spec.examples import broken, sound_examples

BREAKS = [
    pytest.param(entry, change, id=f"{entry.code}-{change.record}-{change.path}")
    for entry in CATALOGUE.values()
    for change in entry.breaks
]


def test_the_examples_are_sound_on_every_engine():
    records = list(sound_examples().values())
    assert nested_report(records).findings == ()
    assert check_tables(text_tables(records)).findings == ()
    assert sql_breaches(typed_tables(records)) == set()


def test_every_rule_has_a_break():
    assert [rule.code for rule in RULES if not rule.breaks] == []


def test_codes_are_unique():
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("entry", "change"), [p for p in BREAKS if p.values[0].code in {r.code for r in RULES}]
)
def test_a_break_is_found_in_sql(entry, change):
    codes = {code for code, _ in sql_breaches(typed_tables(broken(change)))}
    assert entry.code in codes
    assert codes <= {entry.code, *entry.also}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(datasets())
def test_random_records_get_the_same_verdict_from_every_engine(records):
    same_verdicts(records)


@pytest.mark.full
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(datasets())
def test_more_random_records_get_the_same_verdict_from_every_engine(records):
    same_verdicts(records)


def same_verdicts(records):
    nested = [record.model_dump() for record in records]
    links_inside = {record.id for record in records}
    for record in nested:
        # Links that lead outside are not checked at all; that is tested elsewhere.
        record["links"] = [link for link in record["links"] if link["to"] in links_inside]
    tables = typed_tables(nested)
    by_row = python_breaches(nested)
    assert polars_breaches(tables) == by_row
    assert sql_breaches(tables) == by_row


def test_breaches_are_told_apart_by_record():
    change = next(rule for rule in RULES if rule.code == "AE201").breaks[0]
    assert breaches(nested_report(broken(change))) == {("AE201", "AE-DHZH-G7X2")}
