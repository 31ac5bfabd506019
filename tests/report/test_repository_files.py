"""What a repository that holds a dataset is given: hook, workflow, fixture, forms, errata."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Cli
from reports import CALL, changed

import alignment_events as ae
from alignment_events.release.record_file import schema_line
from alignment_events.spec.records import leaves, record_specs

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "templates" / "dataset-repository"


# --- The fixture --------------------------------------------------------------------------------


@pytest.fixture
def repository(pytester: pytest.Pytester, example_dataset: Path) -> Path:
    """A repository with a dataset and the test of the template, run as there."""
    shutil.copytree(example_dataset, pytester.path / "datasets" / "example-world")
    test = (TEMPLATE / "tests" / "test_dataset.py").read_text(encoding="utf-8")
    pytester.makepyfile(test_dataset=test.replace("my-dataset", "example-world"))
    return pytester.path


def run(pytester: pytest.Pytester) -> pytest.RunResult:
    # Named as well as installed: it must not be registered twice.
    return pytester.runpytest_subprocess("-q", "-p", "alignment_events.pytest_plugin")


def test_a_repository_tests_itself(pytester: pytest.Pytester, repository: Path) -> None:
    run(pytester).assert_outcomes(passed=1)
    wrong = repository / "datasets" / "example-world" / "records" / "call.yaml"
    wrong.write_text(changed(("subtype: talks", "subtype: talk")), encoding="utf-8")
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*datasets/example-world is not valid.",
            "*call.yaml:3:10: error AE103*",
            "*Did you mean talks?",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_plugin_is_light_and_declared() -> None:
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (name,) = declared["entry-points"]["pytest11"].items()
    assert name[0] == name[1] == "alignment_events.pytest_plugin"
    code = "import alignment_events.pytest_plugin, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pydantic", "polars", "yaml", "rich", "jinja2"}
    assert not heavy & set(done.stdout.split())


# --- The hook -----------------------------------------------------------------------------------


def hooks() -> dict[str, dict[str, Any]]:
    found = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return {hook["id"]: hook for hook in found}


def test_the_hook_takes_files_of_datasets_only() -> None:
    taken = re.compile(hooks()["alignment-events-validate"]["files"])
    real = ROOT / "datasets" / "china-russia-dprk"
    records = list(real.rglob("*.yaml"))
    assert all(taken.search(p.relative_to(ROOT).as_posix()) for p in records)
    assert taken.search("persons.csv")
    for other in (".pre-commit-config.yaml", "docs/notes.csv", "a/records.yaml", "mkdocs.yml"):
        assert not taken.search(other)


def test_whole_checks_each_dataset_once(dataset_copy: Path, tmp_path: Path, cli: Cli) -> None:
    files = [dataset_copy / "records" / "call.yaml", dataset_copy / "records" / "answer.yaml"]
    alone = tmp_path / "alone.yaml"
    alone.write_text(CALL, encoding="utf-8")
    done = cli(
        "validate", "--whole", *files, dataset_copy / "actors.csv", alone, "--format", "json"
    )
    assert done.returncode == 0
    n = len(list((dataset_copy / "records").iterdir()))
    assert json.loads(done.stdout)["rows_seen"] == {"records": n + 1}
    inside = cli("validate", "--whole", "records/call.yaml", cwd=dataset_copy)
    assert f"{n} records," in inside.stdout


@pytest.mark.full
@pytest.mark.needs("pre_commit", "git")
def test_the_hook_in_a_repository(tmp_path: Path, example_dataset: Path) -> None:
    """With pre-commit itself, of a repository that has this hook, in one that has a dataset.

    Only the language is another, since an environment of its own cannot be built without a network.
    """
    source, user = tmp_path / "source", tmp_path / "user"
    source.mkdir()
    script = source / "alignment-events"
    command = f"exec {sys.executable} -c 'from alignment_events.cli import main; main()' \"$@\""
    script.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    script.chmod(0o755)
    given = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    given = given.replace("language: python", "language: script")
    (source / ".pre-commit-hooks.yaml").write_text(given, encoding="utf-8")
    shutil.copytree(example_dataset, user / "datasets" / "example-world")
    environment = {
        **os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home"), "HOME": str(tmp_path),
        "GIT_CONFIG_NOSYSTEM": "1", "PYTHONPATH": str(ROOT), "SKIP": "",
    }  # fmt: skip

    def git(folder: Path, *arguments: str) -> str:
        who = ("-c", "user.name=x", "-c", "user.email=x@x.example", "-c", "core.hooksPath=.none")
        done = subprocess.run(
            ["git", *who, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        return done.stdout.strip()

    for folder in (source, user):
        git(folder, "init", "-q")
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", "first")
    config = {
        "repos": [
            {
                "repo": str(source),
                "rev": git(source, "rev-parse", "HEAD"),
                "hooks": [{"id": "alignment-events-validate"}],
            }
        ]
    }
    (user / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    git(user, "add", "-A")

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--all-files"],
            cwd=user, env=environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    passed = check()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout
    record = user / "datasets" / "example-world" / "records" / "call.yaml"
    record.write_text(changed(("subtype: talks", "subtype: talk")), encoding="utf-8")
    git(user, "add", "-A")
    failed = check()
    assert failed.returncode == 1
    assert "records/call.yaml:3:10: error AE103" in failed.stdout


# --- Workflow, forms, editors -------------------------------------------------------------------


@pytest.mark.needs("check_jsonschema")
@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("github-workflows", TEMPLATE / ".github" / "workflows" / "validate.yml"),
        ("github-issue-forms", ROOT / ".github" / "ISSUE_TEMPLATE" / "error-in-a-record.yml"),
        ("github-issue-config", ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"),
    ],
)
def test_github_will_read_it(schema: str, path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_workflow_gives_forks_nothing() -> None:
    text = (TEMPLATE / ".github" / "workflows" / "validate.yml").read_text(encoding="utf-8")
    flow = yaml.safe_load(text)
    assert set(flow[True]) == {"pull_request", "push"}  # YAML 1.1 reads `on` as true
    assert flow["permissions"] == {"contents": "read"}
    assert "secrets." not in text
    for name, job in flow["jobs"].items():
        if "write" in str(job.get("permissions", {})):
            assert "head.repo.full_name == github.repository" in job["if"], name
        for step in job["steps"]:
            assert re.fullmatch(r"[\w-]+/[\w/-]+@v\d+", step.get("uses", "a/b@v1"))
            # What a pull request brings may be named anything, and must not become a command.
            assert "github.event" not in step.get("run", "")
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
    runs = [step["run"] for step in flow["jobs"]["validate"]["steps"] if "run" in step]
    for run_ in runs[1:]:
        for line in filter(None, run_.splitlines()):
            _, *arguments = line.removesuffix(" || true").split(" ")
            assert arguments[:2] == ["validate", '"$DATASET"']
            assert arguments[3] in ("github", "sarif", "html")


def test_the_form_asks_for_what_errata_hold() -> None:
    form = yaml.safe_load(
        (ROOT / ".github/ISSUE_TEMPLATE/error-in-a-record.yml").read_text(encoding="utf-8")
    )
    needed = {p["id"] for p in form["body"] if p.get("validations", {}).get("required")}
    assert {"record", "field", "source"} <= needed


def test_editors_find_the_schema() -> None:
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    records = set(ROOT.glob("datasets/*/records/**/*.yaml"))
    for schema, patterns in settings["yaml.schemas"].items():
        assert (ROOT / schema).is_file()
        assert {p for pattern in patterns for p in ROOT.glob(pattern)} == records
    for schema in settings["json.schemas"]:
        assert (ROOT / schema["url"]).is_file()
    for path in records:
        with path.open(encoding="utf-8") as stream:
            assert stream.readline() == f"{schema_line(path)}\n"


def test_the_schema_line_of_a_new_record(tmp_path: Path) -> None:
    assert schema_line(tmp_path / "a.yaml") is None
    (tmp_path / "schema" / "contribution").mkdir(parents=True)
    (tmp_path / "schema/contribution/record.schema.json").write_text("{}", encoding="utf-8")
    line = schema_line(tmp_path / "datasets" / "d" / "records" / "2024" / "a.yaml")
    assert line is not None
    assert line.endswith("$schema=../../../../schema/contribution/record.schema.json")
    record = tmp_path / "a.yaml"
    record.write_text(f"{line}\n{CALL}", encoding="utf-8")
    assert ae.validate(record).findings == ()


# --- Errata -------------------------------------------------------------------------------------

HEADER = "record_id,field,reported,wrong,source,status,corrected_in\n"
ERRATUM = "AE-ZZ9H-KFFK,date/start,2032-05-01,The call was a day later.,https://a.example/,corrected,0.2\n"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (ERRATUM, []),
        (ERRATUM.replace("corrected,0.2", "reported,"), []),
        (ERRATUM.replace("KFFK", "KFFX"), [("AE109", 2, "record_id")]),
        (ERRATUM.replace("AE-ZZ9H-KFFK", "AE-1DW0-GR3Q"), [("AE402", 2, "record_id")]),
        (ERRATUM.replace("2032-05-01", "May"), [("AE104", 2, "reported")]),
        (ERRATUM.replace("date/start", "The date"), [("AE105", 2, "field")]),
        (ERRATUM.replace("https:", "a"), [("AE105", 2, "source")]),
        (
            ERRATUM.replace("corrected,", "mended,"),
            [("AE105", 2, "status")],
        ),
        (ERRATUM.replace(",0.2", ","), [("AE509", 2, "corrected_in")]),
        (ERRATUM.replace("corrected,0.2", "accepted,0.2"), [("AE509", 2, "corrected_in")]),
        (ERRATUM * 2, [("AE401", 3, None)]),
        (ERRATUM.replace("The call", "=The call"), [("AE106", 2, "wrong")]),
        ("AE-ZZ9H-KFFK\n", [("AE015", 2, None)]),
    ],
)
def test_errata_are_checked(
    rows: str, found: list[tuple[str, int, str | None]], dataset_copy: Path
) -> None:
    (dataset_copy / "errata.csv").write_text(HEADER + rows, encoding="utf-8")
    report = ae.validate(dataset_copy)
    assert [(f.code, f.line, f.field) for f in report.findings] == found
    assert all(str(f.file).endswith("errata.csv") for f in report.findings)


def test_an_erratum_may_be_of_a_withdrawn_record(dataset_copy: Path) -> None:
    withdrawn = "record_id,record_type,status,withdrawn_date,reason,replaced_by\n"
    row = "AE-1DW0-GR3Q,event,withdrawn,2032-06-01,merge,\n"
    (dataset_copy / "withdrawn.csv").write_text(withdrawn + row, encoding="utf-8")
    errata = HEADER + ERRATUM.replace("AE-ZZ9H-KFFK", "AE-1DW0-GR3Q")
    (dataset_copy / "errata.csv").write_text(errata, encoding="utf-8")
    assert [f for f in ae.validate(dataset_copy).findings if "errata" in str(f.file)] == []
    (dataset_copy / "errata.csv").unlink()
    (dataset_copy / "errata.csv").symlink_to("actors.csv")
    assert [f.code for f in ae.validate(dataset_copy).findings] == ["AE001"]


def test_fields_of_errata_can_name_every_field() -> None:
    from alignment_events.model.forms import FIELD_PATH

    paths = {path for kind in record_specs().values() for path, _ in leaves(kind)}
    assert all(FIELD_PATH.compiled.fullmatch(path) for path in paths)
