"""A small package checked at once gets the report of the checks of whole tables, or none: never a better one."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from spoilt import Tables, spoil, tables_of, whole, write

import alignment_events as ae
from alignment_events.check.focus import numbered_rules
from alignment_events.compile.arrow import arrow_schema
from alignment_events.model.rules import CATALOGUE
from alignment_events.screen import at_once
from alignment_events.screen.at_once import check_at_once
from alignment_events.screen.opened import TooWide, open_table
from alignment_events.spec.examples import broken, sound_examples
from alignment_events.spec.tables import table_specs


@pytest.fixture(scope="module")
def sound() -> Tables:
    return tables_of([list(sound_examples().values())] * 3)


def settled(folder: Path) -> bool:
    """Whether the package is settled at once; if it is, as the checks of whole tables say."""
    found = check_at_once(folder)
    if found is None:
        return False
    expected = whole(folder, package=True)
    assert found.report == expected
    assert list(found.report.rows_seen) == list(expected.rows_seen)
    return True


def test_sound_tables(sound: Tables, tmp_path: Path) -> None:
    assert settled(write(sound, tmp_path))


def test_tables_as_they_are_published(sound: Tables, tmp_path: Path) -> None:
    found = check_at_once(write(sound, tmp_path))
    assert found is not None
    for name in table_specs():
        table = found.table(name)
        assert table.schema.equals(arrow_schema(name), check_metadata=True)
        assert table.to_pylist() == pq.read_table(tmp_path / f"{name}.parquet").to_pylist()


_OF_RECORDS = {rule.code for rule in numbered_rules() if rule.scope != "row"}
_BREAKS = [
    pytest.param(change, id=f"{code}-{number}")
    for code, entry in CATALOGUE.items()
    if code in _OF_RECORDS
    for number, change in enumerate(entry.breaks)
]


@pytest.mark.parametrize("change", _BREAKS)
def test_broken_rules_of_records(change: object, tmp_path: Path) -> None:
    write(tables_of([broken(change)]), tmp_path)  # type: ignore[arg-type]
    expected = {found.code for found in whole(tmp_path, package=True).findings}
    assert expected
    assert settled(tmp_path) == (expected <= _OF_RECORDS)


@pytest.mark.parametrize("seed", range(40))
def test_a_fault_is_never_missed(seed: int, sound: Tables, tmp_path: Path) -> None:
    settled(write(spoil(sound, seed, 1 + seed % 2), tmp_path))


@pytest.mark.full
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_faults_are_never_missed(seed: int, sound: Tables, tmp_path: Path) -> None:
    settled(write(spoil(sound, seed, 1 + seed % 3), tmp_path))


def test_what_is_left_to_the_checks_of_whole_tables(sound: Tables, tmp_path: Path) -> None:
    """Everything that this check does not know how to read."""
    folder = write(sound, tmp_path / "sound")

    def changed(name: str, table: pa.Table | None, **more: int) -> Path:
        copy = shutil.copytree(folder, tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}")
        (copy / f"{name}.parquet").unlink()
        if table is not None:
            pq.write_table(table, copy / f"{name}.parquet", **more)
        return copy

    events = pq.read_table(folder / "events.parquet")
    links = pq.read_table(folder / "links.parquet")
    backwards = events.take(list(range(events.num_rows))[::-1])
    coded = events.set_column(
        events.schema.get_field_index("kind"), "kind", events["kind"].dictionary_encode()
    )
    for one in (
        changed("events", None),
        changed("events", backwards),
        changed("events", coded),
        changed("links", links.drop_columns(["target_id"])),
        changed("links", links.append_column("extra", [["x"] * links.num_rows])),
        changed("links", links.select([*links.schema.names[1:], links.schema.names[0]])),
    ):
        assert not settled(one)
    damaged = changed("events", events)
    data = bytearray((damaged / "events.parquet").read_bytes())
    data[len(data) // 3] ^= 0xFF
    (damaged / "events.parquet").write_bytes(data)
    assert not settled(damaged)


def test_row_groups_do_not_matter(sound: Tables, tmp_path: Path) -> None:
    write(sound, tmp_path, row_group=7)
    assert pq.read_metadata(tmp_path / "participants.parquet").num_row_groups > 1
    assert settled(tmp_path)


def test_bounds(sound: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large, or would be, is not held at once."""
    folder = write(sound, tmp_path)
    for bound, most in (("_MOST_ROWS", 10), ("_MOST_BYTES", 1000)):
        with monkeypatch.context() as patched:
            patched.setattr(at_once, bound, most)
            assert not settled(folder)


def test_small_files_may_hold_much(tmp_path: Path) -> None:
    """Long texts that are nearly alike take little room in a file, and are never held in full."""
    rows = 50_000
    table = pa.table({"url": ["https://example.org/" + "x" * 1500] * rows})
    file = tmp_path / "sources.parquet"
    pq.write_table(table, file, use_dictionary=False, compression="zstd")
    assert file.stat().st_size < 200_000
    most = 10 * 1024**2
    before = pa.total_allocated_bytes()
    opened = open_table("sources", [file], pq.read_schema(file), most)
    assert opened.rows == rows
    seen = []
    release = at_once.Opened.batches

    def noted(self: at_once.Opened, *given: Any) -> Iterator[pa.RecordBatch]:
        for batch in release(self, *given):
            seen.append(pa.total_allocated_bytes() - before)
            yield batch

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(at_once.Opened, "batches", noted)
        with pytest.raises(TooWide):
            at_once._whole(opened)
    assert max(seen) < 4 * most


def test_many_broken_rules(sound: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({**sound, "links": sound["links"].clear()}, tmp_path)
    assert whole(tmp_path, package=True).findings
    assert settled(tmp_path)
    monkeypatch.setattr(at_once, "_MOST_RECORDS", 1)
    assert not settled(tmp_path)


def test_tables_without_rows(sound: Tables, tmp_path: Path) -> None:
    assert settled(write({name: frame.clear() for name, frame in sound.items()}, tmp_path))


@pytest.mark.parametrize("table", ["actors", "persons", "codings"])
def test_keys_of_registries(table: str, sound: Tables, tmp_path: Path) -> None:
    twice = pl.concat([sound[table], sound[table][:1]])
    assert not settled(write({**sound, table: twice}, tmp_path))


def test_a_package(example_package: Path) -> None:
    """What is loaded is what was checked."""
    found = check_at_once(example_package)
    assert found is not None
    loaded = ae.load(example_package)
    assert list(loaded.tables) == list(table_specs())
    for name in table_specs():
        assert loaded.tables[name].equals(found.table(name), check_metadata=True)
