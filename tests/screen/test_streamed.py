"""The streamed check gives the report of the checks of tables read whole: every finding, with its exact row."""

import random
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from spoilt import all_counterexamples, spoil, whole, write

from alignment_events.read import parquet
from alignment_events.screen import index
from alignment_events.screen.examine import Examiner
from alignment_events.screen.gathered import Rows
from alignment_events.screen.memory import Memory
from alignment_events.screen.run import check_streamed
from alignment_events.validation import validate


def assert_same(folder: Path, *, package: bool, batch_rows: int = 500_000) -> int:
    expected = whole(folder, package=package)
    found = check_streamed(folder, package=package, batch_rows=batch_rows)
    assert found is not None, "not streamed"
    assert set(expected.findings) - set(found.findings) == set()
    assert found == expected
    return len(expected.findings)


@pytest.mark.parametrize("package", [False, True])
def test_every_counterexample(package: bool, tmp_path: Path) -> None:
    write(all_counterexamples(), tmp_path, row_group=100)
    assert assert_same(tmp_path, package=package) > 100


def test_records_that_batches_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Memory, "waiting_records", 100)
    write(all_counterexamples(), tmp_path, row_group=50)
    assert_same(tmp_path, package=True, batch_rows=250)


def test_no_more_waits_than_memory_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that wait to be examined, those put aside for others included, are examined in pieces."""
    sizes: list[tuple[bool, int]] = []
    examine = Examiner.examine

    def noted(self: Examiner, rows: Rows, *, aside: bool = False, **more: bool) -> None:
        sizes.append((aside, rows.size))
        examine(self, rows, aside=aside, **more)

    monkeypatch.setattr(Examiner, "examine", noted)
    write(spoil(all_counterexamples(), 7, 300), tmp_path, row_group=50)
    assert_same(tmp_path, package=True, batch_rows=1000)
    most = max(size for aside, size in sizes if aside)
    assert sum(aside for aside, _ in sizes) == 1
    sizes.clear()
    monkeypatch.setattr(Memory, "waiting_bytes", most // 4)
    assert_same(tmp_path, package=True, batch_rows=1000)
    pieces = [size for aside, size in sizes if aside]
    assert len(pieces) > 2
    assert max(pieces) < most


def check_seed(seed: int, folder: Path) -> None:
    draw = random.Random(seed)
    tables = spoil(all_counterexamples(), seed, draw.choice([5, 60, 300]))
    if seed % 3 == 2:
        for name in draw.sample(sorted(tables), draw.randrange(1, 8)):
            del tables[name]
    write(tables, folder, row_group=draw.choice([50, 1000]))
    assert_same(folder, package=bool(seed % 2), batch_rows=draw.choice([1000, 500_000]))


@pytest.mark.parametrize("seed", [1, 2, 5, 6])
def test_random_faults(seed: int, tmp_path: Path) -> None:
    check_seed(seed, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_random_faults(seed: int, tmp_path: Path) -> None:
    check_seed(seed, tmp_path)


@pytest.mark.parametrize("name", ["events", "participants", "sources", "codings"])
def test_one_table_alone(name: str, tmp_path: Path) -> None:
    write({name: spoil(all_counterexamples(), 3, 60)[name]}, tmp_path)
    assert_same(tmp_path, package=False)


def test_tables_without_rows(tmp_path: Path) -> None:
    write({name: frame.clear() for name, frame in all_counterexamples().items()}, tmp_path)
    assert assert_same(tmp_path, package=True) == 0


def test_columns_left_out_and_unknown(tmp_path: Path) -> None:
    tables = all_counterexamples()
    changed = {
        **tables,
        "events": tables["events"].drop("note", "verification").with_columns(extra=pl.lit(1)),
        "links": tables["links"].drop("target_id"),
        "sources": tables["sources"].drop("archived_url"),
    }
    write(changed, tmp_path)
    for package in (False, True):
        assert_same(tmp_path, package=package)


def test_near_types(tmp_path: Path) -> None:
    """Smaller integers, large texts, dictionaries, and columns of nothing."""
    write(all_counterexamples(), tmp_path)
    changes = {
        "participants": {"position": pa.int16(), "role": pa.dictionary(pa.int8(), pa.string())},
        "events": {"title": pa.large_string(), "episode_id": pa.null(), "kind": pa.large_string()},
        "deed_observations": {"quantity_low": pa.float32()},
    }
    for name, columns in changes.items():
        table = pq.read_table(tmp_path / f"{name}.parquet")
        for column, kind in columns.items():
            place = table.schema.get_field_index(column)
            old = table.column(column)
            new = pa.nulls(len(old)) if pa.types.is_null(kind) else old.combine_chunks().cast(kind)
            table = table.set_column(place, column, new)
        pq.write_table(table, tmp_path / f"{name}.parquet")
    assert_same(tmp_path, package=True)


def test_other_types_are_not_streamed(tmp_path: Path) -> None:
    tables = all_counterexamples()
    write(tables, tmp_path)
    text = tables["events"].with_columns(pl.col("date_start").cast(pl.String))
    text.write_parquet(tmp_path / "events.parquet")
    assert check_streamed(tmp_path, package=True) is None


def test_damage_and_texts_that_are_not_utf8(tmp_path: Path) -> None:
    write(all_counterexamples(), tmp_path)
    table = pq.read_table(tmp_path / "sources.parquet")
    wrong = pa.array([b"\xff\xfe" if n == 300 else b"x" for n in range(len(table))]).view(
        pa.string()
    )
    place = table.schema.get_field_index("publisher")
    pq.write_table(table.set_column(place, "publisher", wrong), tmp_path / "sources.parquet")
    damaged = bytearray((tmp_path / "stages.parquet").read_bytes())
    damaged[200:260] = b"\x00" * 60
    (tmp_path / "stages.parquet").write_bytes(damaged)
    expected, found = whole(tmp_path, package=True), check_streamed(tmp_path, package=True)
    assert found is not None
    assert [f.code for f in found.findings] == [f.code for f in expected.findings]
    unread = {Path(f.file or "").stem for f in found.findings if f.code == "AE015"}
    assert unread == {"sources", "stages"}
    # The words for the same damage may name another batch.
    places = [(f.code, f.file, f.table, f.row, f.field) for f in found.findings]
    assert places == [(f.code, f.file, f.table, f.row, f.field) for f in expected.findings]
    assert found.rules_run == expected.rules_run


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    write(all_counterexamples(), tmp_path)
    (tmp_path / "aaa.parquet").write_bytes((tmp_path / "links.parquet").read_bytes())
    (tmp_path / "bbb.parquet").write_bytes(b"PAR1")
    (tmp_path / "ccc.parquet").symlink_to(tmp_path / "links.parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "evnts.parquet")
    assert_same(tmp_path, package=False)


def test_validate_gives_the_same_either_way(
    example_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(spoil(all_counterexamples(), 7, 20), tmp_path)
    before = [validate(example_package), validate(tmp_path)]
    monkeypatch.setattr(parquet, "STREAMED_FROM", 0)
    calls: list[tuple[int, int]] = []
    after = [
        validate(folder, progress=lambda *told: calls.append(told))
        for folder in (example_package, tmp_path)
    ]
    assert after == before
    assert before[0].ok
    assert not before[1].ok
    assert calls
    assert calls[-1][0] <= calls[-1][1]


def test_links_are_counted_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked about all links is worked out for some at a time: together they take too much memory."""
    monkeypatch.setattr(index, "_ROWS", 7)
    tables = all_counterexamples()
    assert tables["links"].height > 100
    write(tables, tmp_path, row_group=40)
    assert check_streamed(tmp_path, package=True) == whole(tmp_path, package=True)
