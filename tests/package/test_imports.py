"""Nothing heavy is imported before it is needed; each test looks at a fresh process."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
from conftest import to_yaml

from alignment_events.spec.examples import sound_examples

HEAVY = ("pandas", "polars", "pandera", "frictionless", "duckdb", "pyarrow")


NOT_FOR_PACKAGES = {
    *(set(HEAVY) - {"pyarrow"}),
    "alignment_events.check.records",
    "alignment_events.model.events",
    "jinja2",
    "numpy.ma",
    "pyarrow.compute",
    "pydantic",
    "yaml",
}
"""What a sound package is checked without."""


def imported(code: str, among: Iterable[str] = HEAVY) -> set[str]:
    """Which of some libraries, by default the heavy ones, some code imports."""
    code += "\nimport sys\nprint('imported:', *sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = done.stdout.rpartition("imported:")[2].split()
    assert "alignment_events" in names
    return set(among) & set(names)


def test_import_of_the_library() -> None:
    assert imported("import alignment_events") == set()


def test_all_names_can_be_had() -> None:
    import alignment_events as ae

    for name in ae.__all__:
        assert getattr(ae, name) is not None
    assert ae.__version__
    with pytest.raises(AttributeError, match="lod"):
        _ = ae.lod


def test_import_of_the_command_line() -> None:
    assert imported("import alignment_events.cli") == set()


def test_check_of_a_record(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_text(to_yaml(sound_examples()["call"]), encoding="utf-8")
    code = f"import alignment_events as ae\nassert ae.validate({str(path)!r}).ok"
    assert imported(code) == set()


def test_check_of_a_wrong_record(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_text(to_yaml({**sound_examples()["call"], "scope": "cor"}), encoding="utf-8")
    code = f"import alignment_events as ae\nassert not ae.validate({str(path)!r}).ok"
    assert imported(code) == set()


def test_check_of_a_dataset(example_dataset: Path) -> None:
    code = f"import alignment_events as ae\nassert ae.validate({str(example_dataset)!r}).ok"
    assert not imported(code) & {"pandas", "pandera", "frictionless", "duckdb"}


def test_load(example_package: Path) -> None:
    code = (
        "import alignment_events as ae\n"
        f"dataset = ae.load({str(example_package)!r})\n"
        "dataset.filter(kind='gap').summary(); dataset.dyads(); dataset.derive('2032'); repr(dataset)"
    )
    assert imported(code) == {"polars", "pyarrow"}


def test_verdict_on_a_package(example_package: Path) -> None:
    code = f"import alignment_events as ae\nassert ae.validate({str(example_package)!r}).ok"
    assert imported(code, NOT_FOR_PACKAGES) == set()


def test_verdict_on_a_package_by_the_command(example_package: Path) -> None:
    code = (
        "import sys\nfrom alignment_events.cli import main\n"
        f"sys.argv = ['alignment-events', 'validate', {str(example_package)!r}]\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert stop.code == 0"
    )
    assert imported(code, NOT_FOR_PACKAGES) == set()


def test_verdict_on_faulty_tables_by_the_command(example_package: Path, tmp_path: Path) -> None:
    """Pandera imports pandas and PySpark where they are installed, which takes longer than the rest."""
    events = pl.read_parquet(example_package / "events.parquet")
    events.with_columns(scope=pl.lit("cor")).write_parquet(tmp_path / "events.parquet")
    code = (
        "import sys\nfrom alignment_events.cli import main\n"
        f"sys.argv = ['alignment-events', 'validate', {str(tmp_path / 'events.parquet')!r}]\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert stop.code == 1"
    )
    assert imported(code, {*HEAVY, "pyspark"}) == {"pandera", "polars", "pyarrow"}


def test_verdict_that_is_remembered(
    example_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes need neither polars nor Parquet to be judged again."""
    monkeypatch.setenv("ALIGNMENT_EVENTS_REMEMBER", "1")
    monkeypatch.setenv("ALIGNMENT_EVENTS_CACHE", str(tmp_path))
    code = f"import alignment_events as ae\nassert ae.validate({str(example_package)!r}).ok"
    assert imported(code) == {"pyarrow"}
    assert imported(code) == set()
    code = f"import alignment_events as ae\ndataset = ae.load({str(example_package)!r})"
    assert imported(code) == set()
    assert imported(f"{code}\ndataset.events") == {"pyarrow"}


def test_load_of_a_package(example_package: Path) -> None:
    code = f"import alignment_events as ae\nae.load({str(example_package)!r})"
    assert imported(code, NOT_FOR_PACKAGES) == set()
