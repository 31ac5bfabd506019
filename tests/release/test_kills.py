"""Killed at any moment, a build of a release leaves the old state or the new one."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import COMMAND, NAME
from workbench import DATES, FIRST, SECOND, Workbench, hashes, second_state

from alignment_events.registry import read_registry
from alignment_events.release.verify import verify

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")


def run(bench: Workbench) -> "subprocess.Popen[bytes]":
    command = [*COMMAND, "release", "build", SECOND, "--dataset", str(bench.dataset)]
    command += ["--archives", str(bench.dist), "--date", DATES[SECOND]]
    return subprocess.Popen(
        [sys.executable, *command[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def wait_for(moment: str, bench: Workbench, running: "subprocess.Popen[bytes]") -> None:
    """Wait until the build has come as far as that."""
    releases = bench.release(SECOND).parent

    def come() -> bool:
        if moment == "writing":
            return any(path.name.startswith(f".{SECOND}.") for path in releases.iterdir())
        if moment == "placing":
            return bench.archive(SECOND).exists()
        return moment == "start" or bench.release(SECOND).exists()

    while running.poll() is None and not come():
        time.sleep(0.0005)


def state(bench: Workbench, new: dict[str, str], archive: bytes, old: bytes) -> str:
    """`old` or `new`; whatever is neither fails."""
    folder = bench.release(SECOND)
    # What is there under its name is whole, whoever sees it and when.
    if folder.exists():
        assert hashes(folder) == new
    if bench.archive(SECOND).exists():
        assert bench.archive(SECOND).read_bytes() == archive
    names = {path.name for path in folder.parent.iterdir() if not path.name.startswith(".")}
    assert {FIRST} <= names <= {FIRST, SECOND}
    # The registry decides what is released, and lists only what is all there.
    if bench.registry.read_bytes() == old:
        return "old"
    versions = [release.version for release in read_registry(bench.registry).of(NAME)]
    assert versions == [FIRST, SECOND]
    assert folder.exists()
    assert bench.archive(SECOND).exists()
    return "new"


@pytest.mark.parametrize("times", [7, pytest.param(70, marks=pytest.mark.full)])
def test_killed_builds(
    times: int, bench_with_both: Workbench, first: Workbench, tmp_path: Path
) -> None:
    new = hashes(bench_with_both.release(SECOND))
    archive = bench_with_both.archive(SECOND).read_bytes()
    second_state(first)
    old = first.registry.read_bytes()
    generator = random.Random(times)
    killed = 0
    seen = set()
    for number in range(times):
        # Each run is the rerun of the one that was killed before it.
        running = run(first)
        moment = ("writing", "placing", "start", "writing", "registering")[number % 5]
        wait_for(moment, first, running)
        longest = {"start": 1.5, "writing": 1.0, "placing": 0.01, "registering": 0.005}[moment]
        time.sleep(generator.random() * longest)
        running.send_signal(signal.SIGKILL)
        killed += running.wait() == -signal.SIGKILL
        found = state(first, new, archive, old)
        seen.add(found)
        if found == "new":
            assert running.returncode == 0 or verify(first.release(SECOND)).ok
            first.registry.write_bytes(old)
            shutil.rmtree(first.release(SECOND))
            first.archive(SECOND).unlink()
    assert killed >= times // 2
    assert "old" in seen
    assert run(first).wait() == 0
    assert state(first, new, archive, old) == "new"
    assert verify(first.release(SECOND)).ok
    left = [p for place in (first.release(SECOND).parent, first.dist) for p in place.iterdir()]
    assert not [path for path in left if path.name.startswith(".")], "leftovers are cleaned"


@pytest.mark.full
def test_one_run_does_not_clean_away_the_work_of_another(first: Workbench) -> None:
    second_state(first)
    runs = [run(first) for _ in range(3)]
    assert [running.wait() for running in runs] == [0, 0, 0]
    assert verify(first.release(SECOND)).ok
    assert not [p for p in first.release(SECOND).parent.iterdir() if p.name.startswith(".")]
