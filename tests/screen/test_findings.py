"""Findings without limit of number: all are counted, some listed, every one in the file if it is asked for."""

import dataclasses
import json
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from spoilt import all_counterexamples, spoil, whole, write

import alignment_events as ae
from alignment_events.check import kept, tables
from alignment_events.findings import AlignmentEventsError, Finding, Report
from alignment_events.read import parquet
from alignment_events.report.formats import FORMATS, render
from alignment_events.screen import memory, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(spoil(all_counterexamples(), 9, 150), tmp_path / "tables", row_group=300)


@pytest.fixture
def expected(folder: Path) -> Report:
    return whole(folder, package=False)


@pytest.fixture
def few(expected: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most three of a sort are listed; and this after what is expected was found without limit."""
    monkeypatch.setattr(kept, "MAX_LISTED", 3)
    monkeypatch.setattr(kept, "ALWAYS_KEPT", 2)
    monkeypatch.setattr(tables, "EXAMINED_AT_ONCE", 7)


def in_file(file: Path) -> Counter[Finding]:
    return Counter(Finding(**row) for row in pl.read_parquet(file).to_dicts())


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("streamed", [False, True])
def test_all_are_counted_and_in_the_file(
    folder: Path, expected: Report, streamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "STREAMED_FROM", 0 if streamed else 1 << 40)
    monkeypatch.setattr(memory.Memory, "waiting_records", 40)
    file = folder.parent / "all.parquet"
    found = ae.validate(folder, findings=file)
    if not streamed:
        # Whole tables are read as a contribution, which words some hints otherwise.
        strip = [dataclasses.replace(f, hint=None, file=None) for f in expected.findings]
        there = Counter(dataclasses.replace(f, hint=None, file=None) for f in in_file(file))
        assert there == Counter(strip)
    else:
        assert in_file(file) == Counter(expected.findings)
    assert found.findings_file == str(file)
    assert found.counts == expected.counts
    assert found.hidden == len(expected.findings) - len(found.findings) > 30
    assert not found.ok
    assert max(Counter((f.code, f.table) for f in found.findings).values()) <= 3
    assert [one.name for one in folder.parent.iterdir() if one.name.startswith(".")] == []


@pytest.mark.usefixtures("few")
def test_without_a_file_they_are_counted(folder: Path, expected: Report) -> None:
    found = ae.validate(folder)
    assert found.counts == expected.counts
    code, table = next((c, t) for c, all_in in found.unlisted.items() for t in all_in)
    count = expected.counts[code][table]
    listed = count - found.unlisted[code][table]
    for format in FORMATS:
        shown = render(found, format)
        if format == "json":
            assert json.loads(shown)["counts"][code][table] == count
        else:
            assert f"{count:,} of {code} in {table}, {listed:,} listed" in shown
            assert "--findings FILE.parquet" in shown
    total = sum(sum(of.values()) for of in expected.counts.values())
    levels = Counter(found.level for found in expected.findings)
    assert sum(levels.values()) == total
    assert all(f"{n:,} {level.value}" in render(found, "text") for level, n in levels.items())


def test_the_first_by_place_are_listed_whoever_finds_them(
    folder: Path, expected: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report on too many findings is the same for any number of processes and size of batches."""
    limits = {"MAX_LISTED": 6, "ALWAYS_KEPT": 2, "MAX_KEPT": 200}
    for name, value in limits.items():
        monkeypatch.setattr(kept, name, value)
    monkeypatch.setattr(memory.Memory, "waiting_records", 40)
    report = whole(folder, package=False)
    for processes, rows in ((1, 60), (1, 10_000), (2, 60), (3, 10_000)):
        found = run.check_streamed(folder, processes=processes, batch_rows=rows)
        assert found == report
    sizes = set()
    for code, tables_of in expected.counts.items():
        for table, count in tables_of.items():
            listed, there = (
                [f for f in one.findings if (f.code, f.table or "") == (code, table)]
                for one in (report, expected)
            )
            assert listed == there[: len(listed)]
            if len(listed) < count:
                sizes.add(len(listed))
    (size,) = sizes
    assert 2 < size < 6
    assert len(report.findings) <= 200


@pytest.mark.usefixtures("few")
def test_a_table_read_twice_is_not_counted_twice(
    tmp_path: Path, expected: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That tables are not sorted shows late, when some findings were made already."""
    broken = spoil(all_counterexamples(), 9, 150)
    broken["participants"] = pl.concat([broken["participants"][5:], broken["participants"][:5]])
    write(broken, tmp_path / "late")
    monkeypatch.setattr(memory.Memory, "waiting_records", 40)
    monkeypatch.setattr(parquet, "STREAMED_FROM", 0)
    monkeypatch.setattr(run, "BATCH_ROWS", 500)
    file = tmp_path / "all.parquet"
    found = ae.validate(tmp_path / "late", findings=file)
    assert found.counts == expected.counts
    assert sum(in_file(file).values()) == sum(sum(of.values()) for of in found.counts.values())


def test_the_file_is_whole_or_not_there(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "link.parquet"
    place.symlink_to(tmp_path / "else")
    with pytest.raises(AlignmentEventsError, match="link"):
        ae.validate(folder, findings=place)
    with pytest.raises(TypeError):
        ae.validate(3, findings=tmp_path / "none.parquet")
    assert not [one for one in tmp_path.iterdir() if "none" in one.name]


@pytest.mark.parametrize(
    ("text", "size"),
    [("1GiB", 2**30), ("800MB", 800_000_000), ("1.5 g", 1_500_000_000), ("600000000", 600_000_000)],
)
def test_sizes(text: str, size: int) -> None:
    assert memory.parse_size(text) == size
    assert memory.Memory.of(text).total == size


@pytest.mark.parametrize("text", ["", "1 GiBB", "-1", "much", "1iB", "30MB"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(AlignmentEventsError, match=r"no size|too little"):
        memory.Memory.of(text)
