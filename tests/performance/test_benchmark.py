"""The data of the benchmark is what it says: clean, or with faults exactly where the truth has them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from alignment_events.findings import Report
from alignment_events.screen.run import check_streamed
from alignment_events.validation import validate

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
BENCH_PYTHON = str(BENCHMARKS.parent / ".venv-bench" / "bin" / "python")
"""The Python of `make bench`: the only one that has all the other tools."""
EVENTS = 400


@pytest.fixture(scope="module", autouse=True)
def modules() -> Iterator[None]:
    """The modules of the benchmark can be imported."""
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def faulty(example_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from generate import make

    folder = tmp_path_factory.mktemp("benchmark") / "faulty"
    make(example_package, folder, EVENTS, faults=1)
    return folder


def assert_exact(report: Report, folder: Path) -> None:
    """Recall and precision of (code, table, row) are both 1."""
    from generate import truth_of

    truth = pl.read_parquet(truth_of(folder)).filter("required")
    found = {(one.code, one.table, one.row) for one in report.findings}
    assert found == set(truth.select("code", "table", "row").rows())
    assert len(found) == len(report.findings) == truth.height
    assert truth["name"].n_unique() >= 20
    assert truth["code"].n_unique() >= 15


def test_clean_data_is_clean(example_package: Path, tmp_path: Path) -> None:
    from generate import make

    make(example_package, tmp_path / "clean", EVENTS)
    report = validate(tmp_path / "clean")
    assert report.findings == ()
    assert report.rows_seen["events"] >= EVENTS


def test_every_fault_and_nothing_else_is_found(faulty: Path) -> None:
    assert_exact(validate(faulty), faulty)
    streamed = check_streamed(faulty)
    assert streamed is not None
    assert_exact(streamed, faulty)


def test_faults_are_put_into_large_data_part_by_part(
    example_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import generate

    monkeypatch.setattr(generate, "SPOILED_AT_ONCE", EVENTS // 3)
    folder = tmp_path / "faulty"
    generate.make(example_package, folder, EVENTS, faults=1)
    report = validate(folder)
    assert report.rows_seen["events"] >= EVENTS - 10
    assert_exact(report, folder)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["faulty"]


def test_the_truth_moves_with_the_rows(example_package: Path, tmp_path: Path) -> None:
    from generate import make

    folder = tmp_path / "mixed"
    make(example_package, folder, EVENTS, faults=2, shuffled=3)
    ids = pl.read_parquet(folder / "events.parquet")["event_id"]
    assert not ids.is_sorted()
    assert_exact(validate(folder), folder)


@pytest.mark.full
@pytest.mark.needs(BENCH_PYTHON)
@pytest.mark.parametrize(
    ("tool", "scopes"),
    [
        ("alignment_events_", 6),
        ("polars_", 4),
        ("duckdb_", 6),
        ("dataframely_", 3),
        ("pointblank_", 3),
        ("patito_", 3),
        ("pandera_polars", 3),
        ("pandera_pandas", 2),
        ("pydantic_", 1),
        ("frictionless_", 3),
        ("great_expectations_", 2),
    ],
)
def test_every_tool_finds_what_it_can_express(
    tool: str, scopes: int, faulty: Path, tmp_path: Path
) -> None:
    code = (
        "import importlib, pathlib, ruleset, sys\n"
        "folder, rules = map(pathlib.Path, sys.argv[2:4])\n"
        "ruleset.write(rules)\n"
        "tool = importlib.import_module('runners.' + sys.argv[1])\n"
        "if hasattr(tool, 'prepare'):\n"
        "    tool.prepare(folder, ruleset.read(rules))\n"
        "import run_one\n"
        "run_one.main()\n"
        "sys.argv[1:] = [sys.argv[4], sys.argv[2]]\n"
        "import score\n"
        "score.main()"
    )
    paths = f"import sys; sys.path[:0] = [{str(BENCHMARKS)!r}, {str(BENCHMARKS.parent)!r}]\n"
    command = [BENCH_PYTHON, "-W", "ignore", "-c", paths + code, tool, str(faulty)]
    done = subprocess.run(
        [*command, str(tmp_path / "rules"), str(tmp_path / "found")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # DuckDB shows its progress on the same stream.
    score = json.loads(done.stdout.splitlines()[-1])
    assert sum(given > 0 for given, _ in score["expressed"].values()) == scopes
    assert score["count"] > 0
    if score["names_rows"]:
        assert score["precision"] > 0.99
        assert score["recall"] == 1 if scopes == 6 and tool != "duckdb_" else score["recall"] > 0.2
