"""What the README and its companions say is tried here as a newcomer would try it."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

import alignment_events as ae

ROOT = Path(__file__).parents[2]
NAME = "china-russia-dprk"
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")


def page(name):
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)


def commands(name):
    """The indented lines that call the library, without their comments."""
    return re.findall(r"^ {4,6}alignment-events (.+?)(?:  #.*)?$", page(name), re.MULTILINE)


COMMANDS = [(name, line) for name in PAGES for line in commands(name)]


@pytest.fixture(scope="session")
def workbench(tmp_path_factory):
    """A copy of what the pages refer to, in which commands may write."""
    folder = tmp_path_factory.mktemp("workbench")
    for name in ("datasets", "schema"):
        shutil.copytree(ROOT / name, folder / name)
    ae.build(folder / "datasets" / NAME, folder / "home" / NAME)
    return folder


@pytest.fixture
def at_the_workbench(workbench, monkeypatch):
    monkeypatch.chdir(workbench)
    monkeypatch.setenv("ALIGNMENT_EVENTS_HOME", str(workbench / "home"))
    return workbench


def run_python(name):
    namespace = {}
    for block in blocks(name, "python"):
        exec(compile(block, name, "exec"), namespace)
    return namespace


def test_the_python_of_the_readme_runs_and_has_something_to_show(at_the_workbench, capsys):
    pytest.importorskip("pandas")
    found = run_python("README.md")
    # An example that selects nothing would run as well.
    assert min(len(found[name]) for name in ("pacts", "meetings", "words")) > 1
    assert found["ds"]["AE-D8GR-EA84"].kind == "agreement"
    assert NAME in capsys.readouterr().out


@pytest.mark.parametrize(("name", "line"), COMMANDS)
def test_the_commands_run(name, line, at_the_workbench, cli):
    done = cli(*shlex.split(line))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()


def test_both_pages_have_commands():
    assert {name for name, _ in COMMANDS} == {"README.md", "CONTRIBUTING.md"}


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_the_r_lines_run(workbench, tmp_path):
    (tmp_path / "package").symlink_to(workbench / "home" / NAME)
    script = tmp_path / "readme.R"
    script.write_text("".join(blocks("README.md", "r")), encoding="utf-8")
    done = subprocess.run(
        ["Rscript", "--vanilla", str(script)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "integrated" in done.stdout
    assert "meeting" in done.stdout


def test_the_example_record_is_sound(tmp_path, cli):
    (record,) = blocks("CONTRIBUTING.md", "yaml")
    file = tmp_path / "my-record.yaml"
    file.write_text(record, encoding="utf-8")
    assert ae.validate(file).findings == ()
    assert cli("validate", file, "--strict").returncode == 0


def test_the_readme_shows_what_the_command_prints(tmp_path, cli):
    (record,) = blocks("CONTRIBUTING.md", "yaml")
    for sound, spoilt in (
        ("start: 2031-05-07,", "start: 2031-05-07, end: 2031-05-06,"),
        ("{precision: remote}", "{precision: city, name: Boreal City, country: BOR}"),
        ("themes: [trade]", "themes: [trades]"),
    ):
        assert record.count(sound) == 1
        record = record.replace(sound, spoilt)
    (tmp_path / "spoilt.yaml").write_text(record, encoding="utf-8")
    (shown,) = blocks("README.md", "console")
    command, _, output = shown.partition("\n")
    assert command == "$ alignment-events validate spoilt.yaml"
    printed = cli("validate", "spoilt.yaml", cwd=tmp_path).stdout

    def without_counts(text):
        """A rule more or less is no reason to change the README."""
        return re.sub(r"\d+ rules", "N rules", text)

    assert without_counts(printed) == without_counts(output)


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)#\s]+)", page(name)):
        if not target.startswith("https://"):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize("name", PAGES)
def test_files_and_folders_that_are_named_exist(name):
    # Both `alignment_events/model/` and, beside a folder that was named, `parts.py`.
    text = re.sub(r"^```.*?^```$", "", page(name), flags=re.MULTILINE | re.DOTALL)
    for named in re.findall(r"`([\w./-]+(?:/|\.(?:py|md|yaml|json|toml|in|cff)))`", text):
        if named.startswith(
            ("alignment_events/", "benchmarks/", "schema/", "datasets/", "tests/", ".ci/")
        ):
            assert (ROOT / named).exists(), named
        elif named.endswith((".py", ".in")):
            assert list((ROOT / "alignment_events").rglob(named)) or list(
                (ROOT / "tests").rglob(named)
            ), named


def test_make_targets_that_are_named_exist():
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    named = {
        target
        for name in PAGES
        for target in re.findall(r"(?:`|^    )make ([a-z]+)", page(name), re.MULTILINE)
    }
    assert {"demo", "test"} <= named <= targets


def test_one_version_everywhere():
    """The pages that people cite from say the version of what they hold."""
    (declared,) = re.findall(
        r"^version: (.+)$", page(f"datasets/{NAME}/dataset.yaml"), re.MULTILINE
    )
    assert f"\nversion: {declared}\n" in page("CITATION.cff")
    assert f"{NAME} {declared}" in page("CHANGELOG.md")
