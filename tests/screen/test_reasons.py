"""Several faults in one record, each of which changes what is said of others: the report stays that of whole tables."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from spoilt import (
    Tables,
    all_counterexamples,
    pairs_of_counterexamples,
    spoil_together,
    tables_of,
    whole,
    write,
)

from alignment_events.check.focus import cells_read, numbered_rules
from alignment_events.screen.memory import Memory
from alignment_events.screen.reasons import BEYOND, WHOLE, Reason, rules_for, tables_for
from alignment_events.screen.run import check_streamed
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.tables import record_key


def assert_same(tables: Tables, folder: Path, *, package: bool) -> int:
    write(tables, folder, row_group=100)
    expected = whole(folder, package=package)
    found = check_streamed(folder, package=package, batch_rows=2_000, processes=1)
    assert found is not None
    assert set(expected.findings) - set(found.findings) == set()
    assert found == expected
    return len(expected.findings)


@pytest.mark.parametrize("seed", [1, 2])
def test_records_with_several_faults(seed: int, tmp_path: Path) -> None:
    tables = spoil_together(all_counterexamples(), seed, 60, 4)
    assert assert_same(tables, tmp_path, package=bool(seed % 2)) > 300


@pytest.mark.full
@pytest.mark.parametrize("seed", range(20, 40))
def test_many_records_with_several_faults(seed: int, tmp_path: Path) -> None:
    tables = spoil_together(all_counterexamples(), seed, 80, seed % 5 + 2)
    assert_same(tables, tmp_path, package=bool(seed % 2))


@pytest.mark.parametrize("seed", [1])
def test_two_rules_broken_at_once(seed: int, tmp_path: Path) -> None:
    assert assert_same(pairs_of_counterexamples(seed, 120), tmp_path, package=True) > 150


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_pairs_of_rules_broken_at_once(seed: int, tmp_path: Path) -> None:
    tables = spoil_together(pairs_of_counterexamples(seed, 150), seed, 20, seed % 4)
    assert_same(tables, tmp_path, package=bool(seed % 2))


def test_records_examined_apart_from_those_that_they_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a rule asks of another record is known wherever that is examined."""
    monkeypatch.setattr(Memory, "waiting_records", 5)
    tables = spoil_together(all_counterexamples(), 6, 80, 3)
    assert assert_same(tables, tmp_path, package=True) > 300


def changed(table: str, row: int, **cells: Any) -> Callable[[Tables], Tables]:
    """Some cells of a row with other values."""

    def change(tables: Tables) -> Tables:
        frame = tables[table].with_row_index("__n")
        here = pl.col("__n") == row
        new = [
            pl.when(here).then(pl.lit(v, dtype=frame.schema[c])).otherwise(pl.col(c)).alias(c)
            for c, v in cells.items()
        ]
        return {**tables, table: frame.with_columns(new).drop("__n")}

    return change


def sound(records: int = 2) -> Tables:
    return tables_of([list(sound_examples().values())] * records)


def row_of(tables: Tables, table: str, **cells: str) -> int:
    """The first row that has these values."""
    chosen = pl.all_horizontal(pl.col(c) == v for c, v in cells.items())
    return int(tables[table].with_row_index("__n").filter(chosen)["__n"][0])


def test_a_rule_that_needs_a_faulty_cell(tmp_path: Path) -> None:
    """It is not applied, and said to be so, whatever else is wrong with the record."""
    tables = sound()
    event = row_of(tables, "events", kind="agreement")
    record = tables["events"]["event_id"][event]
    alone = tables["participants"].filter(pl.col("record_id") != record)
    few = {**tables, "participants": alone}
    write(few, tmp_path / "few", row_group=100)
    assert "AE314" in {f.code for f in whole(tmp_path / "few", package=True).findings}
    worse = changed("events", event, kind="agrement", note=" x")(few)
    assert assert_same(worse, tmp_path / "worse", package=True) > 1
    report = check_streamed(tmp_path / "worse", package=True)
    assert report is not None
    assert "AE314" in report.rules_skipped
    assert "AE314" not in {f.code for f in report.findings if f.record_id == record}


@pytest.mark.parametrize("package", [False, True])
@pytest.mark.parametrize("kind", ["deed", "nonsense", None])
def test_links_into_a_record_of_a_faulty_kind(
    package: bool, kind: str | None, tmp_path: Path
) -> None:
    """Also where the code is one, but none of an event."""
    tables = sound()
    target = tables["links"]["target_id"].to_list()
    row = next(n for n, e in enumerate(tables["events"]["event_id"]) if e in target)
    bad = changed("events", row, kind=kind)(tables)
    assert assert_same(bad, tmp_path, package=package) > 0


def test_a_link_of_which_only_a_cell_is_suspect(tmp_path: Path) -> None:
    """The record that it leads to asks for the record that it is of."""
    tables = sound()
    links = tables["links"]
    under_way = tables["events"].filter(agreement_implementation="under_way")["event_id"]
    carried = (links["link_type"] == "implements") & links["target_id"].is_in(under_way.implode())
    row = int(carried.arg_true()[0])
    own = row_of(tables, "links", record_id=links["target_id"][row])
    bad = changed("links", row, basis="nonsense")(tables)
    bad = changed("links", own, target_id=" x")(bad)
    assert assert_same(bad, tmp_path, package=True) > 1


@pytest.mark.parametrize("package", [False, True])
def test_a_link_that_leads_nowhere_and_one_of_no_type(package: bool, tmp_path: Path) -> None:
    """Rules of the dataset are not applied to a record whose links cannot be resolved."""
    tables = sound()
    row = row_of(tables, "links", link_type="closes")
    bad = changed("links", row, target_id="AE-0000-0000")(tables)
    bad = changed("links", row + 1, link_type="close")(bad)
    gap = row_of(bad, "events", kind="gap")
    bad = changed("events", gap, gap_status="closed", title="=1")(bad)
    assert_same(bad, tmp_path, package=package)


@pytest.mark.parametrize(
    "table", ["events", "participants", "record_codes", "citations", "sources"]
)
def test_rows_twice_in_a_record_with_other_faults(table: str, tmp_path: Path) -> None:
    tables = sound()
    frame = tables[table]
    row = frame.height // 2
    twice = {**tables, table: pl.concat([frame[: row + 1], frame[row:]])}
    record = frame[record_key(table)][row]
    events = twice["events"]["event_id"] == record
    if events.any():
        twice = changed("events", int(events.arg_true()[0]), date_start=dt.date(1700, 1, 1))(twice)
    assert assert_same(twice, tmp_path, package=True) > 0


def test_a_source_of_another_record_in_one_with_other_faults(tmp_path: Path) -> None:
    tables = sound()
    cited = tables["citations"]["source_id"].to_list()
    other = next(s for s in reversed(cited) if s[:12] != cited[0][:12])
    bad = changed("citations", 0, source_id=other, field="nothing/1")(tables)
    bad = changed("citations", 1, source_id=f"{cited[1][:12]}/s9")(bad)
    first = bad["events"]["event_id"] == bad["citations"]["record_id"][0]
    bad = changed("events", int(first.arg_true()[0]), verification="seen")(bad)
    assert assert_same(bad, tmp_path / "cited", package=True) > 2
    # A row of sources under the id of another record, which therefore stands twice.
    there = bad["sources"]["source_id"].to_list()
    bad = changed("sources", there.index(other) - 3, source_id=other)(bad)
    assert assert_same(bad, tmp_path / "twice", package=True) > 3


def test_rows_without_a_record_beside_records_with_faults(tmp_path: Path) -> None:
    tables = sound()
    bad = changed("participants", 3, record_id=None, role="nobody")(tables)
    bad = changed("links", 0, record_id="AE-0123456789ABCDEF", link_type="x")(bad)
    bad = changed("events", 5, event_id="AE-XXXX-XXXX")(bad)
    assert assert_same(bad, tmp_path, package=False) > 3


def test_each_cell_that_a_rule_reads_brings_it_about() -> None:
    """Whatever a rule looks into is at hand where the rule is applied."""
    for number, rule in enumerate(numbered_rules()):
        if rule.scope == "row":
            assert number not in rules_for(WHOLE)
            continue
        needed = tables_for(Reason("rule", rule=number))
        assert {*rule.on} <= needed
        for table, column in cells_read(rule):
            assert table in needed
            reason = Reason("cell", table, column)
            assert number in rules_for(reason)
            assert needed <= tables_for(reason)
    codes = {numbered_rules()[number].code for number in rules_for(BEYOND)}
    assert {"AE403", "AE407", "AE408", "AE411", "AE414"} <= codes
    assert codes.isdisjoint({"AE110", "AE314", "AE320"})
