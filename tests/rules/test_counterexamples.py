"""Every file in `schema/counterexamples/` gets the codes of its first line, whichever way it goes in.

Validators that report bad data as valid are the worst kind; so each file is sent through every
public path that can hold its fault: the file itself, the command line, plain Python data, frames,
Parquet tables.
"""

import json
import re
from pathlib import Path

import pytest
from support import text_tables

import alignment_events as ae
from alignment_events.cli import app
from alignment_events.model.rules import CATALOGUE
from alignment_events.read.yaml_reader import read_yaml

SCHEMA = Path(__file__).parents[2] / "schema"
FILES = sorted((SCHEMA / "counterexamples").glob("*.yaml"))
EXAMPLES = sorted((SCHEMA / "examples").glob("*.yaml"))


def expected(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return set(re.fullmatch(r"# expect: \[(.*)\]", first).group(1).replace(" ", "").split(",")) - {
        ""
    }


def of_file_alone(path):
    """True if the fault is in how the file is written, which data in memory cannot show."""
    return any(CATALOGUE[code].scope == "file" for code in expected(path))


def documents(path):
    return [document.values for document in read_yaml(path).documents]


def codes(report):
    return {found.code for found in report.findings}


def test_every_rule_has_a_counterexample():
    rules = json.loads((SCHEMA / "rules.json").read_text(encoding="utf-8"))
    shown = {path.name.partition("-")[0] for path in FILES}
    assert {rule["code"] for rule in rules} == shown
    assert all({"code", "level", "scope", "sentence"} <= set(rule) for rule in rules)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_through_the_file(path):
    report = ae.validate(path)
    assert codes(report) == expected(path)
    # The place is what a contributor needs most.
    assert all(found.file == str(path) and found.line for found in report.findings)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_through_the_command_line(path, capsys):
    levels = {CATALOGUE[code].level for code in expected(path)}
    code = app(
        ["validate", str(path), "--format", "json", "--strict"], result_action="return_value"
    )
    printed = json.loads(capsys.readouterr().out)
    assert {found["code"] for found in printed["findings"]} == expected(path)
    assert code in (1, 2)
    lenient = app(["validate", str(path), "--format", "json"], result_action="return_value")
    assert (lenient == 0) == (levels == {"warning"})


@pytest.mark.parametrize(
    "path", [p for p in FILES if not of_file_alone(p)], ids=lambda path: path.stem
)
def test_through_python(path):
    assert codes(ae.validate(documents(path))) == expected(path)


@pytest.mark.parametrize(
    "path", [p for p in FILES if not of_file_alone(p)], ids=lambda path: path.stem
)
def test_through_frames_and_parquet(path, tmp_path):
    tables = text_tables(documents(path))
    for name, frame in tables.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    report = ae.validate(tmp_path)
    assert codes(report) == expected(path)
    assert all(found.table and found.file for found in report.findings)
    assert codes(ae.validate(tables)) == expected(path)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_sound_examples_pass_every_path(path, tmp_path):
    assert ae.validate(path).findings == ()
    assert ae.validate(documents(path)).findings == ()
    for name, frame in text_tables(documents(path)).items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    assert ae.validate(tmp_path).findings == ()
