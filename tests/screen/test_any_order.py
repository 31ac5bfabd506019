"""The three passes over tables in any order: by one process or several, stopped, or without room."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from spoilt import all_counterexamples, spoil, tables_of, whole, write
from test_unsorted import shuffled

from alignment_events.findings import Interrupted, Report
from alignment_events.screen import any_order, narrow, run, spans
from alignment_events.screen.files import Files
from alignment_events.screen.memory import Memory
from alignment_events.screen.opened import NotSorted
from alignment_events.screen.run import check_streamed
from alignment_events.screen.scratch import Scratch
from alignment_events.screen.values import Coded
from alignment_events.screen.workers import Workers
from alignment_events.spec.examples import sound_examples


@pytest.fixture(autouse=True)
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PARTITION_ROWS", 2_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faulty tables in random order, some of whose rows have no place in any order."""
    tables = spoil(all_counterexamples(), 21, 60)
    return write(shuffled(tables, 5), tmp_path_factory.mktemp("shuffled"), row_group=300)


@pytest.fixture(scope="module")
def expected(folder: Path) -> Report:
    return whole(folder, package=True)


def test_several_processes(folder: Path, expected: Report) -> None:
    assert check_streamed(folder, package=True, processes=3) == expected


@pytest.mark.parametrize("most", [0, 3, 30, 20_000])
def test_columns_with_many_values(
    most: int, folder: Path, expected: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes are numbered for a whole table until there are too many, then for some rows at a time."""
    monkeypatch.setattr(narrow, "_MOST_VALUES", most)
    with Scratch() as second:

        def two_files(first: Scratch, *more: object) -> any_order.Own:
            """As if two processes shared in it, each of which numbers values as they come to it."""
            own = any_order.Own(first, *more)  # type: ignore[arg-type]
            own.files = [first, second]
            return own

        monkeypatch.setattr(run, "Own", two_files)
        assert check_streamed(folder, package=True, processes=1) == expected


def test_values_that_only_later_rows_use() -> None:
    """A dictionary with more values than a batch has rows may be that of the next batch too."""
    values, among = tuple("abcde"), narrow._Values()
    first, second = (
        among.numbers(Coded(np.array(codes, np.int32), values)) for codes in ([3, 5, 3], [0, 3, 4])
    )
    assert among.all() == ["d", "a", "e"]
    assert first.tolist() == [0, -1, 0]
    assert second.tolist() == [1, 0, 2]


def test_order_is_told_by_the_footers(folder: Path) -> None:
    """So that no process is started, and no index read, for nothing."""
    files = Files(Memory.of(None))
    files.find(folder)
    with pytest.raises(NotSorted):
        spans.spans(files.opened, 2)


def stopped(folder: Path, processes: int, part: float) -> Report:
    """The report of a check that is interrupted after so many passes."""
    total = sum(pl.scan_parquet(f).select(pl.len()).collect().item() for f in folder.iterdir())

    def stop(done: int, _: int) -> None:
        if done > part * total:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        check_streamed(folder, package=True, processes=processes, progress=stop, batch_rows=200)
    assert caught.value.report.partial
    return caught.value.report


@pytest.mark.parametrize("part", [0.3, 1.5])
def test_an_interrupt(part: float, tmp_path: Path) -> None:
    tables = tables_of([list(sound_examples().values())] * 50)
    write(shuffled(tables, 6), tmp_path, row_group=300)
    expected = whole(tmp_path, package=True)
    report = stopped(tmp_path, 1, part)
    seen = report.rows_seen
    # What was read, but not brought together with its record, was not checked.
    assert bool(seen["participants"]) == (part > 1)
    assert seen["participants"] < expected.rows_seen["participants"]
    assert set(report.findings) <= set(expected.findings)
    assert all(report.rules_run[code] <= count for code, count in expected.rules_run.items())


def test_an_interrupt_of_the_third_pass(
    folder: Path, expected: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records without a fault that shows count as checked by then, and those that were examined."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(any_order.Spill, "partitions", interrupted)
    with pytest.raises(Interrupted) as caught:
        check_streamed(folder, package=True, processes=1)
    report = caught.value.report
    assert 0 < report.rows_seen["participants"] < expected.rows_seen["participants"]
    assert set(report.findings) < set(expected.findings)


@pytest.mark.parametrize("ask", [1, 2])
def test_an_interrupt_of_several_processes(
    ask: int, folder: Path, expected: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, asked = Workers.begin, 0

    def begin_and_stop(self: Workers, *items: object) -> None:
        nonlocal asked
        asked += 1
        begin(self, *items)  # type: ignore[arg-type]
        if asked == ask:
            # In the first pass their answer is missing; in the second they send what they have.
            monkeypatch.setattr(any_order, "wait", interrupted)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Workers, "begin", begin_and_stop)
    with pytest.raises(Interrupted) as caught:
        check_streamed(folder, package=True, processes=2)
    report = caught.value.report
    assert report.partial
    assert set(report.findings) < set(expected.findings)
    assert report.rows_seen["participants"] < expected.rows_seen["participants"]


@pytest.mark.parametrize("ask", [1, 2])
def test_a_process_that_is_killed(
    ask: int, folder: Path, expected: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, asked = Workers.begin, 0

    def begin_and_kill(self: Workers, *items: object) -> None:
        nonlocal asked
        asked += 1
        begin(self, *items)  # type: ignore[arg-type]
        if asked == ask:
            self._processes[-1].kill()

    monkeypatch.setattr(Workers, "begin", begin_and_kill)
    assert check_streamed(folder, package=True, processes=2) == expected


LIMITED = """
import resource, sys
from pathlib import Path
from alignment_events.findings import AlignmentEventsError
from alignment_events.screen.run import check_streamed
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    check_streamed(Path(sys.argv[1]), package=True, processes=int(sys.argv[2]))
except AlignmentEventsError as error:
    print(error)
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_no_room_on_disk(processes: int, folder: Path) -> None:
    # What all processes share takes less room than what they write.
    command = [sys.executable, "-c", LIMITED, str(folder), str(processes), "60000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "temporary files cannot be written" in done.stdout, done.stderr
    assert "TMPDIR" in done.stdout
    assert "Traceback" not in done.stderr


def test_one_record_with_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = all_counterexamples()["participants"]
    many = pl.concat([rows, *[rows.head(1)] * 5_000]).sample(fraction=1, shuffle=True, seed=1)
    write({"participants": many}, tmp_path, row_group=500)
    monkeypatch.setattr(Memory, "batch_rows", lambda *_: 3_000)
    report = check_streamed(tmp_path, processes=1)
    assert report is not None
    assert [one.code for one in report.findings] == ["AE003"]
    assert "participants" in report.findings[0].message


PANDAS = """
import sys
from pathlib import Path
from alignment_events.screen.run import check_streamed

class Never:
    def find_spec(self, name, *_):
        assert name != "pandas", "half a second for nothing"

sys.meta_path.insert(0, Never())
report = check_streamed(Path(sys.argv[1]), processes=1, batch_rows=500)
assert report.ok and report.rows_seen["participants"], report.findings
"""


@pytest.mark.parametrize("in_order", [True, False])
def test_sound_tables_are_checked_without_pandas(
    in_order: bool, example_package: Path, tmp_path: Path
) -> None:
    tables = {file.stem: pl.read_parquet(file) for file in example_package.glob("*.parquet")}
    if not in_order:
        tables = shuffled(tables, 8)
    write(tables, tmp_path, row_group=2)
    command = [sys.executable, "-c", PANDAS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert not done.returncode, done.stderr
