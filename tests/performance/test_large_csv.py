"""A CSV of a hundred thousand rows: the promise is under 30 s and under 1 GiB."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from support import text_tables

from alignment_events.model.ids import hashed_id
from alignment_events.spec.examples import sound_examples

ROWS = 100_000

CHECK = """
import resource, sys, time
import alignment_events as ae
begun = time.process_time()
seen = []
report = ae.validate(sys.argv[1], progress=lambda done, total: seen.append((done, total)))
used = time.process_time() - begun
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(report.findings), report.rows_seen["events"], used, peak, len(seen), seen[-1])
"""


@pytest.mark.full
@pytest.mark.parametrize("spoil", [False, True])
def test_large_csv(spoil: bool, tmp_path: Path) -> None:
    events = text_tables(list(sound_examples().values()))["events"]
    copies = ROWS // events.height + 1
    frame = pl.concat([events] * copies).head(ROWS)
    frame = frame.with_columns(
        pl.Series("event_id", [hashed_id("large", str(number)) for number in range(ROWS)])
    )
    if spoil:
        frame = frame.with_columns(scope=pl.lit("nope"), coded_date=pl.lit("31.12.2024"))
    path = tmp_path / "events.csv"
    frame.write_csv(path)
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(path)], capture_output=True, text=True, check=True
    )
    findings, rows, seconds, kilobytes, steps, *_ = done.stdout.split()
    assert int(rows) == ROWS
    assert (int(findings) > 0) is spoil
    assert int(findings) <= 2 * 10_000
    assert float(seconds) < 30
    assert int(kilobytes) < 1024**2
    assert int(steps) > 5
