"""What the tests share: a small invented dataset, its package, the command line, and missing tools.

The dataset is made of the examples of the format. Tests that only read use `example_dataset` and
`example_package`, which are made once; tests that change something use the `_copy` fixtures.
"""

import importlib.util
import io
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from alignment_events.spec.examples import sound_examples

pytest_plugins = ["served", "workbench"]

# What was checked by one test is not to be spared another.
os.environ["ALIGNMENT_EVENTS_REMEMBER"] = "0"
if TYPE_CHECKING:
    from alignment_events.deposit.parcel import Parcel

NAME = "example-world"

DATASET_YAML = """\
name: example-world
title: Alignment events of an invented world
description: The example records of the format, for tests.
version: 0.1.0
scope:
  principals: [ARC, BOR]
  statement: Acts of Arcadia and Borealia, and how Caledon answers them.
licence: CC0-1.0
contributors:
  - {title: The testers, role: author}
cutoff: 2032-12-31
"""

ACTORS_CSV = """\
actor,name,actor_type,iso3,cow,gw,wikidata,valid_from,valid_to
ARC,Arcadia,state,,,,,,
ARC_GRAIN,Arcadian Grain,firm,,,,,,
ASSEMBLY,Assembly of Nations,international_body,,,,,,
BOR,Borealia,state,,,,,,
CAL,Caledon,state,,,,,,
"""

PERSONS_CSV = """\
person_id,name,name_original,actor,wikidata
ada-arden,Ada Arden,,ARC,
"""

ROOT = os.name == "posix" and os.geteuid() == 0


def to_yaml(*records: Mapping[str, Any]) -> str:
    """Records as the text of a record file."""
    return yaml.safe_dump_all(records, sort_keys=False, allow_unicode=True)


def write_example_dataset(folder: Path) -> Path:
    """Write the dataset of the invented world into a new folder; its name must be `NAME`."""
    (folder / "records").mkdir(parents=True)
    (folder / "dataset.yaml").write_text(DATASET_YAML, encoding="utf-8")
    (folder / "actors.csv").write_text(ACTORS_CSV, encoding="utf-8")
    (folder / "persons.csv").write_text(PERSONS_CSV, encoding="utf-8")
    for name, record in sound_examples().items():
        (folder / "records" / f"{name}.yaml").write_text(to_yaml(record), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def example_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the invented dataset. Not to be changed."""
    return write_example_dataset(tmp_path_factory.mktemp("dataset") / NAME)


@pytest.fixture(scope="session")
def example_package(example_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of its package. Not to be changed."""
    from alignment_events import build

    out = tmp_path_factory.mktemp("package") / NAME
    build(example_dataset, out)
    return out


@pytest.fixture
def dataset_copy(example_dataset: Path, tmp_path: Path) -> Path:
    """A copy of the dataset to be spoilt."""
    return Path(shutil.copytree(example_dataset, tmp_path / "datasets" / NAME))


@pytest.fixture
def package_copy(example_package: Path, tmp_path: Path) -> Path:
    """A copy of the package to be spoilt."""
    return Path(shutil.copytree(example_package, tmp_path / "packages" / NAME))


@pytest.fixture(scope="session")
def shelf(example_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the dataset, with releases 0.1.0 and 0.1.1 built beside. Not to be changed."""
    from alignment_events.release.release import build_release

    root = tmp_path_factory.mktemp("shelf")
    dataset = Path(shutil.copytree(example_dataset, root / "datasets" / example_dataset.name))
    build_release(dataset, "0.1.0", archives=root / "dist", date="2033-01-05")
    info = dataset / "dataset.yaml"
    text = info.read_text(encoding="utf-8")
    info.write_text(text.replace("version: 0.1.0", "version: 0.1.1"), encoding="utf-8")
    record = dataset / "records" / "call.yaml"
    changed = record.read_text(encoding="utf-8").replace("title: ", "title: Again, ", 1)
    record.write_text(changed, encoding="utf-8")
    build_release(dataset, "0.1.1", archives=root / "dist", date="2033-02-05")
    return dataset


@pytest.fixture(scope="session")
def parcel(shelf: Path) -> "Parcel":
    """Release 0.1.0. Not to be changed."""
    from alignment_events.deposit.parcel import open_parcel

    return open_parcel(shelf, "0.1.0", archives=shelf.parents[1] / "dist")


@pytest.fixture(scope="session")
def later(shelf: Path) -> "Parcel":
    """Release 0.1.1. Not to be changed."""
    from alignment_events.deposit.parcel import open_parcel

    return open_parcel(shelf, "0.1.1", archives=shelf.parents[1] / "dist")


@pytest.fixture
def shelf_copy(shelf: Path, tmp_path: Path) -> Path:
    """A copy of all that to be spoilt."""
    shutil.copytree(shelf.parents[1], tmp_path / "shelf")
    return tmp_path / "shelf" / "datasets" / shelf.name


Cli = Callable[..., "subprocess.CompletedProcess[str]"]

COMMAND = [sys.executable, "-c", "from alignment_events.cli import main; main()"]


@pytest.fixture
def cli() -> Cli:
    """Runs the command line in a process of its own; it must never show a traceback."""

    def run(*arguments: object, **options: Any) -> "subprocess.CompletedProcess[str]":
        options.setdefault("timeout", 120)
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            capture_output=True, text=True, encoding="utf-8", errors="replace",
            stdin=subprocess.DEVNULL, check=False, **options,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture
def cli_here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """Runs the command line in this process, for what a process of its own adds nothing to."""
    from alignment_events import cli as entry
    from alignment_events.commands.app import app

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        tokens = [str(argument) for argument in arguments]
        monkeypatch.setattr(entry, "app", lambda **options: app(tokens, **options))
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with pytest.raises(SystemExit) as ended:
            entry.main()
        shown = capsys.readouterr()
        return subprocess.CompletedProcess(tokens, int(ended.value.code or 0), *shown)

    # The command line silences this log for the whole process.
    log = logging.getLogger("alignment_events.version")
    level = log.level
    yield run
    log.setLevel(level)


# --- Tools that may be absent -----------------------------------------------------------------
# A skipped test is easily overlooked: one whose tool is absent is listed by name as "not run", and
# fails where everything must be installed, which is wherever CI is set.

_NOT_RUN = "not run for want of"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(*tools): modules, programs or paths without which the test cannot run"
    )


def _there(tool: str) -> bool:
    if os.sep in tool:
        return Path(tool).exists()
    return importlib.util.find_spec(tool) is not None or shutil.which(tool) is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    tools = [tool for mark in item.iter_markers("needs") for tool in mark.args]
    missing = [tool for tool in tools if not _there(tool)]
    if not missing:
        return
    reason = f"{_NOT_RUN} {', '.join(missing)}"
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; with CI set, all tools must be there", pytrace=False)
    item.user_properties.append((_NOT_RUN, ", ".join(missing)))
    pytest.skip(reason)


def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, str] | None:
    if report.skipped and _NOT_RUN in dict(getattr(report, "user_properties", ())):
        return "not run", "n", "NOT RUN"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.getreports("not run")
    if reports:
        terminalreporter.section("not run", sep="-", yellow=True)
    for report in reports:
        missing = dict(report.user_properties)[_NOT_RUN]
        terminalreporter.line(f"not run: {report.nodeid} ({missing} is not installed)")
