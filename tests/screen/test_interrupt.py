"""An interrupt leaves a partial report, which says that it is partial."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from spoilt import all_counterexamples, write

from alignment_events.findings import Interrupted, Report
from alignment_events.report.formats import FORMATS, render
from alignment_events.screen.run import check_streamed

PROGRAM = """
import sys
from alignment_events.read import parquet
from alignment_events.screen import run, screening
parquet.STREAMED_FROM = 0
screen = screening.screen_batch
calls = 0
def slow(*args):
    # The test stops the program while it is at work, wherever that is.
    global calls
    calls += 1
    if calls == 3:
        print("screening", file=sys.stderr, flush=True)
        import time
        time.sleep(5)
    return screen(*args)
screening.screen_batch = slow
checked = run.check_streamed
run.check_streamed = lambda path, **more: checked(path, batch_rows=1, **more)
from alignment_events.cli import main
main()
"""


def interrupted(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", PROGRAM, "validate", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        while "screening" not in (line := process.stderr.readline()):
            assert line, "it ended before it was interrupted"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def test_a_real_interrupt(tmp_path: Path) -> None:
    tables = all_counterexamples()
    folder = write(tables, tmp_path / "tables", row_group=50)
    file = tmp_path / "findings.parquet"
    ended = interrupted(
        folder, "--format", "json", "--findings", file, "--output", tmp_path / "report.json"
    )
    assert ended.returncode == 130, ended.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["partial"]
    assert 0 < report["rows_seen"]["events"] < tables["events"].height
    assert report["findings"]
    assert pq.read_metadata(file).num_rows == len(report["findings"])
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_says_that_it_is_partial(format: str) -> None:
    shown = render(Report(partial=True, rows_seen={"events": 7}), format)  # type: ignore[arg-type]
    assert "nterrupted" in shown or '"partial": true' in shown


def test_what_was_seen_is_what_was_checked(tmp_path: Path) -> None:
    tables = all_counterexamples()
    write(tables, tmp_path, row_group=50)

    def stop(done: int, _: int) -> None:
        if done > 2_000:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        check_streamed(tmp_path, batch_rows=1, progress=stop)
    report = caught.value.report
    assert report.partial
    assert not report.ok
    assert report.exit_code() == 130
    seen = report.rows_seen["events"]
    assert 0 < seen < tables["events"].height
    # Each rule of rows was run on the rows seen, and on no others.
    whole = check_streamed(tmp_path)
    assert whole is not None
    assert all(report.rules_run[code] <= count for code, count in whole.rules_run.items())
    assert set(report.findings) < set(whole.findings)
