"""Tables in many files, below folders of their own, give the report of the tables in one file each."""

import random
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from spoilt import Tables, all_counterexamples, spoil, write

import alignment_events as ae
from alignment_events.findings import Finding
from alignment_events.read import parquet
from alignment_events.screen.files import Files
from alignment_events.screen.memory import Memory
from alignment_events.screen.run import check_streamed
from alignment_events.spec.tables import table_specs

MANY = ("events", "participants", "sources", "actors")


def cut(tables: Tables, folder: Path, seed: int) -> dict[str, list[tuple[Path, int]]]:
    """Write some tables in parts; the files of each, with the number of the first row."""
    draw = random.Random(seed)
    places: dict[str, list[tuple[Path, int]]] = {}
    for name in MANY:
        frame = tables[name]
        bounds = sorted(draw.randrange(frame.height + 1) for _ in range(3))
        first = 0
        for number, end in enumerate((*bounds, frame.height)):
            file = folder / name / f"part={number}" / "rows.parquet"
            write({name: frame[first:end]}, file.parent, row_group=60)
            (file.parent / f"{name}.parquet").rename(file)
            places.setdefault(name, []).append((file, first))
            first = end
    write({n: f for n, f in tables.items() if n not in MANY}, folder, row_group=60)
    return places


def in_parts(found: Finding, places: dict[str, list[tuple[Path, int]]], folder: Path) -> Finding:
    """A finding of the whole table, as it is of the parts."""
    if found.table not in places:
        return replace(found, file=str(folder / Path(found.file or "").name))
    file, first = places[found.table][0]
    for other, begin in places[found.table]:
        if found.row is not None and begin <= found.row:
            file, first = other, begin
    return replace(found, file=str(file), row=None if found.row is None else found.row - first)


@pytest.mark.parametrize(("seed", "processes"), [(1, 1), (2, 3), (3, 1)])
def test_the_report_is_that_of_whole_tables(seed: int, processes: int, tmp_path: Path) -> None:
    tables = spoil(all_counterexamples(), seed, 200)
    if seed == 3:
        # Parts by year or place are not in the order of records.
        tables["events"] = tables["events"].sample(fraction=1, shuffle=True, seed=seed)
    write(tables, tmp_path / "whole", row_group=60)
    places = cut(tables, tmp_path / "parts", seed)
    expected = check_streamed(tmp_path / "whole", processes=1)
    found = check_streamed(tmp_path / "parts", processes=processes, batch_rows=2_000)
    assert expected is not None
    assert found is not None
    assert len(expected.findings) > 100
    moved = [in_parts(one, places, tmp_path / "parts") for one in expected.findings]
    assert set(found.findings) ^ set(moved) == set()
    assert replace(found, findings=()) == replace(expected, findings=())


def test_large_and_small_folders_are_told_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(spoil(all_counterexamples(), 4, 60), tmp_path, 4)

    def told(folder: Path) -> set[tuple[str | None, ...]]:
        return {(f.code, f.place, f.record_id, f.field) for f in ae.validate(folder).findings}

    for folder in (tmp_path, tmp_path / "events"):
        monkeypatch.setattr(parquet, "STREAMED_FROM", 0)
        streamed = told(folder)
        monkeypatch.setattr(parquet, "STREAMED_FROM", 10**12)
        assert streamed == told(folder)
        assert any("part=2" in (place or "") for _, place, _, _ in streamed)


def test_a_damaged_part_is_left_out_alone(tmp_path: Path) -> None:
    tables = all_counterexamples()
    places = cut(tables, tmp_path, 5)
    file, first = places["participants"][1]
    end = places["participants"][2][1]
    damaged = bytearray(file.read_bytes())
    damaged[40:90] = bytes(50)
    file.write_bytes(damaged)
    report = check_streamed(tmp_path, processes=1)
    assert report is not None
    assert [f.code for f in report.findings if f.file == str(file)] == ["AE015"]
    assert report.rows_seen["participants"] == tables["participants"].height - (end - first)
    # Rows of later parts are numbered as they are in their own file.
    last, _ = places["participants"][3]
    rows = pl.read_parquet(last, hive_partitioning=False)
    for found in report.findings:
        if found.file == str(last) and found.row is not None:
            assert rows["event_id"][found.row] == found.record_id


def test_parts_with_different_columns_are_joined_first(tmp_path: Path) -> None:
    events = all_counterexamples()["events"]
    write({"events": events[:50]}, tmp_path / "events" / "a")
    write({"events": events[50:].drop("note")}, tmp_path / "events" / "b")
    assert check_streamed(tmp_path) is None
    assert ae.validate(tmp_path).rows_seen == {"events": events.height}


def test_links_and_what_is_hidden_are_not_read(tmp_path: Path) -> None:
    tables = all_counterexamples()
    write({"events": tables["events"]}, tmp_path / "data" / "events")
    write({"events": tables["events"]}, tmp_path / "data" / ".trash")
    write({"events": tables["events"]}, tmp_path / "elsewhere")
    (tmp_path / "data" / "more.parquet").symlink_to(tmp_path / "elsewhere" / "events.parquet")
    files = Files(Memory.of(None))
    files.find(tmp_path / "data")
    assert {name: one.rows for name, one in files.opened.items()} == {
        "events": tables["events"].height
    }
    assert [(f.code, Path(f.file or "").name) for _, f in files.findings] == [
        ("AE001", "more.parquet")
    ]
    assert set(files.opened) <= set(table_specs())
