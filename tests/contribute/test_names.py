"""A name where a code belongs is offered as the code; what is written otherwise is told."""

import pytest
from conftest import to_yaml
from test_add import later
from test_interview import EXAMPLES, answered
from test_new import AtTerminal, flags, other_call

from alignment_events.contribute.interview import Known, Unfit
from alignment_events.contribute.names import Names
from alignment_events.contribute.new_record import as_record
from alignment_events.contribute.told import rewritten
from alignment_events.model.marks import CODEBOOK_VERSION

ACTORS = [
    {"actor": "ARC", "name": "Arcadia", "iso3": "ARK"},
    {"actor": "BOR", "name": "Borealia", "iso3": None},
    {"actor": "BOR_BANK", "name": "Bank of Trade", "iso3": None},
    {"actor": "ARC_BANK", "name": "Bank of Trade", "iso3": None},
]
PERSONS = [
    {"person_id": "ada-arden", "name": "Ada Arden", "name_original": "Ада Арден"},
    {"person_id": "bo-arden", "name": "Bo Arden", "name_original": None},
    {"person_id": "cy-lund", "name": "Cy Lund", "name_original": None},
]
KNOWN = Known(
    tuple(row["actor"] for row in ACTORS),
    tuple(row["person_id"] for row in PERSONS),
    None,
    {"actors": Names.of("actors", ACTORS), "persons": Names.of("persons", PERSONS)},
)


@pytest.mark.parametrize(
    ("field", "typed", "offer", "says"),
    [
        ("actor", "Arcadia", "ARC", "“Arcadia” is ARC in the registry"),
        ("actor", " borealia ", "BOR", "is BOR"),
        ("actor", "ark", "ARC", "is ARC"),
        ("actor", "bor", "BOR", "is BOR"),
        ("actor", "Bank of trade", None, "may be ARC_BANK, BOR_BANK"),
        ("actor", "Nowhere", None, "not a valid actor code"),
        ("person", "Ada Arden", "ada-arden", "is ada-arden"),
        ("person", "Ада Арден", "ada-arden", "is ada-arden"),
        ("person", "lund", "cy-lund", "is cy-lund"),
        ("person", "Arden", None, "may be ada-arden, bo-arden"),
    ],
)
def test_names_are_offered_and_never_taken(field, typed, offer, says):
    interview, question = answered(EXAMPLES["call"], until=f"participants/1/{field}")
    interview.known = KNOWN
    before = repr(interview.values)
    with pytest.raises(Unfit, match=says) as unfit:
        interview.answer(question, typed)
    assert unfit.value.offer == offer
    assert repr(interview.values) == before


def test_a_name_of_a_person_may_be_insisted_on_and_one_that_is_unknown_is_taken():
    for typed in ("Ada Arden", "Dee Moss"):
        interview, question = answered(EXAMPLES["call"], until="participants/1/person")
        interview.known = KNOWN
        if typed == "Ada Arden":
            with pytest.raises(Unfit, match="once more keeps it"):
                interview.answer(question, typed)
        interview.answer(question, typed)
        assert interview.values["participants"][0]["person"] == typed


def test_enter_takes_what_is_offered_at_a_terminal(dataset_copy):
    want = other_call()
    given = {k: v for k, v in want.items() if k not in ("participants", "id")}
    person = AtTerminal("new", "meeting", "--in", dataset_copy, "--set", "note=x", *flags(given))
    while person.child.expect_exact(["participants/1/actor", "> ", "/N] "]):
        person.child.sendline("")
    person.type("> ", "Arcadia")
    person.type("is ARC in the registry: Enter takes it.", "")
    person.type("participants/1/role", "!q")
    person.type("draft?", "n")
    assert person.end() == 1


def call(**date):
    record = {**EXAMPLES["call"], "links": []}
    return {**record, "date": {**record["date"], **date}}


@pytest.mark.parametrize(
    ("date", "lines"),
    [
        ({}, []),
        ({"end": "2032-01-20"}, ["date/end: 2032-01-20 is left out, since it adds nothing."]),
        (
            {"start": "2032-01", "end": "2032-03", "precision": "quarter"},
            [
                "date/start: 2032-01 is written as 2032-Q1.",
                "date/end: 2032-03 is left out, since it adds nothing.",
            ],
        ),
    ],
)
def test_what_is_written_otherwise_is_told(date, lines):
    given = call(**date)
    assert rewritten(given, as_record(given)) == lines


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_told_of_examples(name):
    assert rewritten(EXAMPLES[name], as_record(EXAMPLES[name])) == []


def test_add_and_new_tell_it(dataset_copy, tmp_path, cli_here):
    record = later("call")
    record["date"] = {**record["date"], "end": record["date"]["start"]}
    (tmp_path / "call.yaml").write_text(to_yaml(record), encoding="utf-8")
    told = f"date/end: {record['date']['end']} is left out, since it adds nothing."
    assert told in cli_here("add", tmp_path / "call.yaml", "--in", dataset_copy).stdout
    record["title"] = "Of other things altogether"
    del record["date"]["precision"]
    record["coding"] = {k: v for k, v in record["coding"].items() if k != "codebook"}
    (tmp_path / "call.yaml").write_text(to_yaml(record), encoding="utf-8")
    done = cli_here(
        "new", "meeting", "--in", dataset_copy, "--answers", tmp_path / "call.yaml",
        "--allow-duplicates",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert told in done.stdout
    assert f"Filled in: date/precision day, coding/codebook {CODEBOOK_VERSION}." in done.stdout
