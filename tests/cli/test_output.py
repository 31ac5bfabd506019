"""What the commands print: exact places, suggestions, the JSON shape, exit codes, plain text."""

import json
import subprocess
from pathlib import Path

import pytest
from conftest import COMMAND, NAME, Cli, to_yaml

import alignment_events as ae
from alignment_events.model.ids import hashed_id
from alignment_events.model.rules import CATALOGUE
from alignment_events.report.summary import WIDTH
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.records import all_vocabularies, record_specs
from alignment_events.spec.tables import table_specs

# Written out, because line and column are what is tested.
CALL = """\
id: AE-ZZ9H-KFFK
kind: meeting
subtype: talks
scope: core
title: Leaders of Arcadia and Borealia speak by telephone
summary: The two leaders spoke by telephone about the exercise.
date: {start: 2032-01-20, precision: day, basis: reported}
place: {precision: remote}
participants:
  - {actor: ARC, role: initiator, level: L6}
  - {actor: BOR, role: participant, level: L5}
themes: [defence]
ceremonial: "false"
meeting:
  medium: phone
  regularity: ad_hoc
  outcome: [readouts_only]
  readout_asymmetry: one_sided
sources:
  - id: s1
    url: https://president.arcadia.example/calls/2032-01-20
    publisher: Office of the President of Arcadia
    type: official_readout
    origin_party: ARC
    independence_group: arcadia-readout-2032-01-20
    language: en
    supports: [core]
coding: {coder: coder-1, date: 2032-03-01, method: human, confidence: high, status: candidate, codebook: "0.1"}
"""

FIELDS = {
    "code", "level", "message", "hint", "file", "line", "column", "sheet", "cell", "table", "row",
    "record_id", "field", "value",
}  # fmt: skip


def findings(cli: Cli, *arguments: object) -> list[dict[str, object]]:
    found = json.loads(cli("validate", "--format", "json", *arguments).stdout)["findings"]
    assert isinstance(found, list)
    return found


# old text, new text, code, line, column, field, part of the hint
FAULTS = [
    ("subtype: talks", "subtype: talk", "AE103", 3, 10, "subtype", "Did you mean talks?"),
    ("role: initiator", "role: intiator", "AE103", 10, 24, "participants/1/role", "Did you mean initiator?"),
    ("[defence]", "[trade, defense]", "AE103", 12, 17, "themes/2", "Did you mean defence?"),
    ("ceremonial:", "ceremonail:", "AE102", 13, 1, "ceremonail", "Did you mean ceremonial?"),
    ('"false"', "yes", "AE107", 13, 13, "ceremonial", "true or false"),
    ("2032-01-20, p", "2032-02-30, p", "AE104", 7, 15, "date/start", "2024-06-19"),
    ("medium: phone", "medum: phone", "AE102", 15, 3, "meeting/medum", "Did you mean medium?"),
    ("AE-ZZ9H-KFFK", "ae-zz9h-kffk", "AE109", 1, 5, "id", "Write AE-ZZ9H-KFFK."),
    ("https:", "htps:", "AE105", 21, 10, "sources/1/url", ""),
    ("kind: meeting", "kind: meetng", "AE103", 2, 7, "kind", "Did you mean meeting?"),
    ("summary: The", "commitment: C1\nsummary: The", "AE102", 6, 1, "commitment", "Only "),
    ("language: en", "language: en\n    language: fr", "AE006", 27, 5, None, "Keep only one"),
    ("scope: core", "scope: &a core", "AE007", 4, 8, None, "Write the value out"),
    ("themes: [defence]", "themes: [defence", "AE004", 13, 11, None, "bracket"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "line", "column", "field", "hint"), FAULTS)
def test_place_and_suggestion(
    old: str, new: str, code: str, line: int, column: int, field: str | None, hint: str,
    tmp_path: Path, cli: Cli,
) -> None:  # fmt: skip
    assert CALL.count(old) == 1
    path = tmp_path / "record.yaml"
    path.write_text(CALL.replace(old, new), encoding="utf-8")
    (found,) = (f for f in findings(cli, path) if f["code"] == code)
    assert (found["line"], found["column"], found["field"]) == (line, column, field)
    assert found["file"] == str(path)
    assert hint in str(found["hint"])


def test_missing_field_points_to_what_should_hold_it(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "record.yaml"
    path.write_text(CALL.replace("  medium: phone\n", ""), encoding="utf-8")
    (found,) = findings(cli, path)
    assert (found["code"], found["line"], found["column"]) == ("AE101", 15, 3)
    assert found["message"] == "meeting/medium is missing."


def test_json_shape(dataset_copy: Path, cli: Cli) -> None:
    record = dataset_copy / "records" / "call.yaml"
    record.write_text(CALL.replace("talks", "talk"), encoding="utf-8")
    done = cli("validate", dataset_copy, "--format", "json")
    told = json.loads(done.stdout)
    assert set(told) == {
        "findings", "rows_seen", "rules_run", "rules_skipped", "accepted", "unusable",
        "unlisted", "findings_file", "partial", "counts",
    }  # fmt: skip
    assert told["findings"] == [
        {
            "code": "AE103",
            "level": "error",
            "message": "“talk” is not a code of meeting_subtype.",
            "hint": "Did you mean talks?",
            "file": str(record),
            "line": 3,
            "column": 10,
            "sheet": None,
            "cell": None,
            "table": None,
            "row": None,
            "record_id": "AE-ZZ9H-KFFK",
            "field": "subtype",
            "value": "talk",
        }
    ]
    assert told["rows_seen"] == {"records": len(sound_examples())}
    assert all(isinstance(n, int) for n in told["rules_run"].values())
    assert all(isinstance(why, str) for why in told["rules_skipped"].values())
    assert done.stdout.isascii()


def test_json_of_tables_names_the_row(example_package: Path, tmp_path: Path, cli: Cli) -> None:
    import polars as pl

    path = tmp_path / "events.parquet"
    events = pl.read_parquet(example_package / "events.parquet")
    events.with_columns(
        scope=pl.when(pl.int_range(pl.len()) == 2).then(pl.lit("cor")).otherwise("scope")
    ).write_parquet(path)
    (found,) = findings(cli, path)
    assert set(found) == FIELDS
    assert (found["table"], found["row"], found["line"]) == ("events", 2, None)
    assert (found["field"], found["value"]) == ("scope", "cor")
    assert found["hint"] == "Did you mean core?"
    assert found["record_id"] == events["event_id"][2]
    assert "events.parquet#row=2: error AE103" in cli("validate", path).stdout


def test_exit_codes(example_dataset: Path, example_package: Path, tmp_path: Path, cli: Cli) -> None:
    assert cli("validate", example_dataset).returncode == 0
    assert cli("validate", example_package).returncode == 0
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(CALL.replace("talks", "talk"), encoding="utf-8")
    assert cli("validate", wrong).returncode == 1
    assert cli("validate", wrong, example_dataset).returncode == 1
    # What could not be looked at outweighs findings.
    assert cli("validate", wrong, tmp_path / "absent").returncode == 2
    for usage in ((), ("--bogus", wrong), (wrong, "--format", "xml")):
        assert cli("validate", *usage).returncode == 2
    assert cli("frobnicate").returncode == 2


def test_strict_counts_warnings(dataset_copy: Path, cli: Cli) -> None:
    warned = "\naccepted_warnings: [{code: AE403, record: AE-ZZ9H-KFFK, reason: None.}]\n"
    with (dataset_copy / "dataset.yaml").open("a", encoding="utf-8") as stream:
        stream.write(warned)
    done = cli("validate", dataset_copy)
    assert done.returncode == 0
    assert "warning AE506" in done.stdout
    assert cli("validate", dataset_copy, "--strict").returncode == 1


def test_links_are_resolved_in_a_dataset(example_dataset: Path, tmp_path: Path, cli: Cli) -> None:
    answer = {**sound_examples()["answer"], "id": hashed_id("test", "1")}
    path = tmp_path / "answer.yaml"
    path.write_text(to_yaml(answer), encoding="utf-8")
    alone = cli("validate", path)
    assert alone.returncode == 0
    assert "not checked: AE402" in alone.stdout
    within = cli("validate", path, "--in", example_dataset)
    assert within.returncode == 0
    assert "not checked" not in within.stdout
    answer["links"][0]["to"] = hashed_id("nobody", "1")
    answer["participants"][0]["actor"] = "CAM"
    path.write_text(to_yaml(answer), encoding="utf-8")
    dangling = [f for f in findings(cli, path, "--in", example_dataset) if f["code"] == "AE402"]
    assert {f["field"] for f in dangling} == {"participants/1/actor", "links/1/to"}


def test_a_record_of_the_dataset_is_checked_against_the_others(
    dataset_copy: Path, cli: Cli
) -> None:
    path = dataset_copy / "records" / "answer.yaml"
    done = cli("validate", path, "--in", dataset_copy)
    assert done.returncode == 0
    assert "1 record," in done.stdout
    assert "not checked" not in done.stdout


@pytest.mark.parametrize("code", CATALOGUE)
def test_explain(code: str) -> None:
    from alignment_events.report.explain import explain

    told = explain(code)
    entry = CATALOGUE[code]
    assert told.startswith(f"{code} ({entry.level.value}, ")
    for words in (entry.sentence, entry.why, entry.hint):
        assert words in told
    wrong, right = (told.index(f"\n{title}:\n    ") for title in ("Wrong", "Right"))
    assert wrong < right


def test_explain_by_command(cli: Cli) -> None:
    done = cli("explain", "ae203")
    assert done.returncode == 0
    assert done.stdout.startswith("AE203 (")
    done = cli("explain", "AE2O3")
    assert done.returncode == 2
    assert "There is no code “AE2O3”. Did you mean AE203?" in done.stderr


def test_codebook(cli: Cli) -> None:
    from alignment_events.report.explain import codebook_entry

    overview = cli("codebook")
    assert overview.returncode == 0
    terms = [*record_specs(), *all_vocabularies(), *table_specs()]
    assert all(f"  {term} " in overview.stdout for term in terms)
    codes = {code.code for vocabulary in all_vocabularies().values() for code in vocabulary.codes}
    columns = {name for table in table_specs().values() for name in table.names}
    for term in {*terms, *codes, *columns} - {"unknown"}:
        assert term in codebook_entry(term)
    missed = cli("codebook", "verifcation")
    assert missed.returncode == 2
    assert "Did you mean verification?" in missed.stderr


def test_show(example_package: Path, cli: Cli) -> None:
    shown = cli("show", "ae-zz9h-kffk", "--dataset", example_package)
    assert shown.returncode == 0
    assert "id: AE-ZZ9H-KFFK\n" in shown.stdout
    assert "  medium: phone\n" in shown.stdout
    near = cli("show", "AE-ZZ9H-KFFX", "--dataset", example_package)
    assert near.returncode == 2
    assert "Did you mean AE-ZZ9H-KFFK?" in near.stderr
    listed = cli("show", "--dataset", example_package, "--kind", "meeting", "--limit", "1")
    assert listed.stdout.splitlines() == [
        "2031-03-04  AE-DHZH-G7X2  meeting    President of Arcadia visits Borealia",
        "2 records; 1 more, see --limit",
    ]
    wrong = cli("show", "--dataset", example_package, "--actor", "ARC_GRIAN")
    assert wrong.returncode == 2
    assert "There is no actor “ARC_GRIAN”. Did you mean ARC_GRAIN?" in wrong.stderr


def test_summary(example_package: Path, cli: Cli) -> None:
    done = cli("summary", example_package)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= WIDTH == 80
    assert "8 events, 2 deeds, 12 sources; derived columns as of 2032-12-31" in lines
    assert "  closed 1" in lines


def test_summary_is_narrow_whatever_it_holds(dataset_copy: Path, tmp_path: Path) -> None:
    path = dataset_copy / "dataset.yaml"
    words = path.read_text(encoding="utf-8")
    words = words.replace("invented world\n", "very long " + "title " * 15 + "end\n", 1)
    words = words.replace("[ARC, BOR]", "[ARC, BOR, CAL, ARC_GRAIN, ASSEMBLY]")
    path.write_text(words, encoding="utf-8")
    ae.build(dataset_copy, tmp_path / NAME)
    whole = ae.load(tmp_path / NAME)
    for dataset in (whole, whole.filter(kind="gap", actors="CAL")):
        assert max(map(len, dataset.summary().splitlines())) <= WIDTH
    assert "title end\n" in whole.summary()
    assert "No records." in whole.filter(kind="gap", actors="CAL").summary()


def test_reader_that_stops_early() -> None:
    """As with `| head`: no complaint about the closed pipe."""
    first = subprocess.Popen([*COMMAND, "codebook"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert first.stdout is not None
    assert first.stderr is not None
    first.stdout.close()
    assert b"Traceback" not in first.stderr.read()
    first.wait(timeout=60)
    first.stderr.close()
