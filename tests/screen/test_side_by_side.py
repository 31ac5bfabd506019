"""Several processes, each with a span of the records, give the report that one gives."""

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from spoilt import all_counterexamples, spoil, write

from alignment_events.findings import Finding, Interrupted
from alignment_events.screen import spans, workers
from alignment_events.screen.files import Files
from alignment_events.screen.memory import Memory
from alignment_events.screen.run import check_streamed
from alignment_events.screen.workers import Workers, processes_for


def number_of_spans(folder: Path, processes: int) -> int:
    files = Files(Memory.of(None))
    files.find(folder)
    return len(spans.spans(files.opened, processes))


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_same_report(seed: int, tmp_path: Path) -> None:
    tables = spoil(all_counterexamples(), seed, random.Random(seed).choice([20, 300]))
    write(tables, tmp_path, row_group=40)
    alone = check_streamed(tmp_path, package=True, processes=1)
    assert alone is not None
    assert len(alone.findings) > 100
    assert number_of_spans(tmp_path, 3) > 1
    assert check_streamed(tmp_path, package=True, processes=3, batch_rows=2_000) == alone


def test_every_row_is_in_one_span(tmp_path: Path) -> None:
    """Ids that are none may end a row group: which records it holds is known in part only."""
    tables = spoil(all_counterexamples(), 5, 300)
    write(tables, tmp_path, row_group=20)
    files = Files(Memory.of(None))
    files.find(tmp_path)
    for count in (2, 3, 7, 50):
        found = spans.spans(files.opened, count)
        assert 1 < len(found) <= count
        assert found[0].low == 0
        assert all(one.high == next_.low for one, next_ in pairwise(found))
        for name, opened in files.opened.items():
            # Rows without an id of a record are for one span each.
            starts = [span.tables[name].first for span in found]
            ends = [span.tables[name].end for span in found]
            assert starts[0] == 0
            assert starts[1:] == ends[:-1]
            assert ends[-1] >= opened.rows


@pytest.mark.parametrize("lie", [0, 10**15])
def test_footers_that_lie(lie: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where records are said to be is a hint: no row is lost if it is false."""
    write(all_counterexamples(), tmp_path, row_group=40)
    alone = check_streamed(tmp_path, processes=1)
    told = spans._groups

    def false(opened: spans.Opened) -> spans._Groups | None:
        groups = told(opened)
        if groups is None or opened.table != "participants":
            return groups
        wrong = np.full(len(groups), lie, np.uint64)
        return spans._Groups(wrong, wrong, groups.rows, groups.size)

    monkeypatch.setattr(spans, "_groups", false)
    assert check_streamed(tmp_path, processes=2) == alone


def test_a_process_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(all_counterexamples(), tmp_path, row_group=40)
    alone = check_streamed(tmp_path, processes=1)
    begin = Workers.begin

    def begin_and_kill(self: Workers, *args: object) -> None:
        begin(self, *args)  # type: ignore[arg-type]
        self._processes[-1].kill()

    monkeypatch.setattr(Workers, "begin", begin_and_kill)
    assert check_streamed(tmp_path, processes=2) == alone


def test_a_fault_in_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does a share of the work itself, and its faults are told as those of the others are."""
    write(all_counterexamples(), tmp_path, row_group=40)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("made up")

    monkeypatch.setattr(workers, "do", fail)
    with pytest.raises(RuntimeError, match="made up"):
        check_streamed(tmp_path, processes=2)


def test_what_is_too_wide_for_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are refused for what all of the memory does not hold, not for the share of a process."""
    write(all_counterexamples(), tmp_path, row_group=40)
    alone = check_streamed(tmp_path, processes=1)
    bytes_of = Memory.batch_bytes.fget
    assert bytes_of is not None
    scarce = property(lambda bound: 1 if bound.shared else bytes_of(bound))
    monkeypatch.setattr(Memory, "batch_bytes", scarce)
    assert check_streamed(tmp_path, processes=2) == alone


def test_an_interrupt(tmp_path: Path) -> None:
    tables = all_counterexamples()
    write(tables, tmp_path, row_group=40)

    def stop(done: int, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        check_streamed(tmp_path, batch_rows=20, progress=stop, processes=2)
    report = caught.value.report
    assert report.partial
    assert sum(report.rows_seen.values()) > 0
    assert report.rows_seen["participants"] < tables["participants"].height
    whole = check_streamed(tmp_path)
    assert whole is not None
    assert all(report.rules_run[code] <= count for code, count in whole.rules_run.items())
    assert set(report.findings) < set(whole.findings)


class Taken:
    """Takes what is not listed."""

    def __init__(self) -> None:
        self.found: Counter[Finding] = Counter()

    def begin(self) -> None:
        assert not self.found

    def add(self, found: Finding, /) -> None:
        self.found[found] += 1

    def drop(self) -> None:
        self.found.clear()


def test_findings_that_are_not_listed(tmp_path: Path) -> None:
    rows = all_counterexamples()["participants"].with_columns(role=pl.lit("nothing"))
    many = pl.concat([rows] * (1 + 24_000 // rows.height)).sort("record_id")
    write({"participants": many}, tmp_path, row_group=1_000)
    taken = Taken(), Taken()
    alone, together = (
        check_streamed(tmp_path, processes=number, unlisted=to)
        for number, to in zip((1, 2), taken, strict=True)
    )
    assert alone is not None
    assert together is not None
    assert alone.unlisted
    assert together.unlisted == alone.unlisted
    listed = [Counter(one.findings) for one in (alone, together)]
    assert listed[0] + taken[0].found == listed[1] + taken[1].found
    # Without anybody to take them, they are counted.
    counted = check_streamed(tmp_path, processes=2)
    assert counted is not None
    assert counted.unlisted == alone.unlisted


def test_how_many() -> None:
    assert processes_for(10_000) == 1
    assert processes_for(10**9) >= 1
    assert Memory(2**40).processes(8, 0) == 8
    assert Memory(2**29).processes(8, 0) == 1
    # What all have in common leaves less for each.
    assert Memory(2**30).processes(2, 0) == 2
    assert Memory(2**30).processes(2, 2**29) == 1
