"""Publishing that is killed leaves the old state or the new; run again, it is done."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest


def killed(shelf: Path, tmp_path: Path, kills: int, seed: int) -> Counter[str]:
    script = Path(__file__).with_name("killed.py")
    done = subprocess.run(
        [sys.executable, script, shelf, shelf.parents[1] / "dist", tmp_path, str(kills), str(seed)],
        capture_output=True, text=True, check=False, timeout=500,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rounds) == kills
    assert all(round["rerun"] for round in rounds), rounds
    return Counter(round["left"] for round in rounds)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes as POSIX does")
def test_seven_kills(shelf: Path, tmp_path: Path) -> None:
    assert set(killed(shelf, tmp_path, 7, seed=1)) <= {"old", "new"}


@pytest.mark.full
def test_sixty_five_kills(shelf: Path, tmp_path: Path) -> None:
    found = killed(shelf, tmp_path, 65, seed=2)
    assert set(found) <= {"old", "new"}
    # Kills that all come too early or too late would prove nothing.
    assert found["old"] >= 10
