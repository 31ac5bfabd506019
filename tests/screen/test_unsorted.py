"""Tables in any order give the report that they give when read whole."""

import random
from pathlib import Path

import polars as pl
import pytest
from spoilt import Tables, all_counterexamples, spoil, whole, write

from alignment_events.model.ids import hashed_id
from alignment_events.screen import aligned, run
from alignment_events.screen.run import check_streamed
from alignment_events.spec.tables import table_specs


def shuffled(tables: Tables, seed: int) -> Tables:
    return {
        name: frame.sample(fraction=1, shuffle=True, seed=seed + number)
        for number, (name, frame) in enumerate(tables.items())
    }


def assert_same(folder: Path, *, package: bool) -> int:
    expected = whole(folder, package=package)
    found = check_streamed(folder, package=package)
    assert found is not None, "not streamed"
    assert set(found.findings) ^ set(expected.findings) == set()
    assert found == expected
    return len(expected.findings)


@pytest.fixture(autouse=True)
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PARTITION_ROWS", 2_000)


def test_every_counterexample(tmp_path: Path) -> None:
    write(shuffled(all_counterexamples(), 1), tmp_path, row_group=500)
    assert assert_same(tmp_path, package=True) > 100


def check_seed(seed: int, folder: Path) -> None:
    draw = random.Random(seed)
    tables = shuffled(spoil(all_counterexamples(), seed, draw.choice([5, 60, 300])), seed)
    write(tables, folder, row_group=draw.choice([50, 1000]))
    assert_same(folder, package=bool(seed % 2))


@pytest.mark.parametrize("seed", [1, 2])
def test_random_faults(seed: int, tmp_path: Path) -> None:
    check_seed(seed, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(300, 300 + 10))
def test_many_random_faults(seed: int, tmp_path: Path) -> None:
    check_seed(seed, tmp_path)


def with_long_ids(tables: Tables) -> Tables:
    """The same tables, every id of the long form."""
    ids = {
        value
        for frame in tables.values()
        for column in ("event_id", "deed_id", "record_id", "target_id", "replaced_by")
        if column in frame.columns
        for value in frame[column].drop_nulls()
    }
    fresh = {one: hashed_id("test", one) for one in ids if len(one) == 12}
    found = {}
    for name, frame in tables.items():
        for spec in table_specs()[name].columns:
            if spec.type == "id":
                frame = frame.with_columns(pl.col(spec.name).replace(fresh))
            elif spec.name == "source_id":
                head = pl.col("source_id").str.slice(0, 12).replace(fresh)
                frame = frame.with_columns(head + pl.col("source_id").str.slice(12))
        found[name] = frame
    return found


def test_ids_of_the_long_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aligned, "MAX_STRAYS", 100)
    write(shuffled(with_long_ids(spoil(all_counterexamples(), 4, 60)), 3), tmp_path)
    assert_same(tmp_path, package=True)
