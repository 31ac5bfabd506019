"""What must be true of the dataset itself, whatever is added to it."""

import csv
import itertools
from pathlib import Path

import pytest

import alignment_events as ae
from alignment_events.release.build import build
from alignment_events.release.card import card_text

FOLDER = Path(__file__).parents[2] / "datasets" / "china-russia-dprk"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    package = tmp_path_factory.mktemp("real") / FOLDER.name
    build(FOLDER, package)
    return ae.load(package)


def test_it_is_valid_with_every_warning_accepted():
    assert ae.validate(FOLDER).findings == ()


def test_the_card_is_up_to_date():
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == card_text(FOLDER), (
        "run: alignment-events card datasets/china-russia-dprk"
    )


# From the treaty texts as ATOP 4.01 codes them; the last is newer than ATOP.
TREATIES = {
    "3445": ("C5", {"defence", "non_aggression"}, "in_force"),
    "3440": ("C5", {"defence"}, "expired"),
    "4940": ("C4", {"consultation"}, "terminated"),
    "4980": ("C4", {"non_aggression", "consultation"}, None),
}


@pytest.mark.parametrize("atop", TREATIES)
def test_treaties_that_another_project_coded_come_out_alike(dataset, atop):
    commitment, obligations, stage = TREATIES[atop]
    ids = dataset.to_polars("external_ids")
    (record_id,) = ids.filter((ids["scheme"] == "ATOP") & (ids["value"] == atop))["record_id"]
    treaty = dataset[record_id]
    assert treaty.commitment == commitment
    assert obligations <= {code.value for code in treaty.agreement.obligations}
    events = dataset.to_polars()
    found = events.filter(events["event_id"] == record_id)["agreement_stage"][0]
    assert stage is None or found == stage


def test_the_treaty_of_2024_is_a_binding_duty_to_defend(dataset):
    (treaty,) = (
        record
        for record in dataset.filter(
            kind="agreement", subtype="treaty", actors=["RUS", "PRK"], since="2024"
        )
        if record.date.start.startswith("2024")
    )
    assert treaty.commitment == "C5"
    assert {"ratified", "in_force"} <= {stage.stage.value for stage in treaty.stages}


def test_every_account_is_decided_once_and_leads_to_records(dataset):
    with (FOLDER / "decisions.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    # What was found by a search has no account, and says in words what it is.
    keys = [row["card_key"] for row in rows if row["card_key"]]
    assert len(keys) == len(set(keys))
    assert all(row["reason"] for row in rows if not row["card_key"])
    issued = set(dataset.tables["records"]["record_id"].to_pylist())
    for row in rows:
        ids = row["record_ids"].split()
        assert set(ids) <= issued, row["card_key"]
        assert bool(ids) == (row["outcome"] != "rejected"), row["card_key"]
        assert row["outcome"] == "coded" or row["reason"], row["card_key"]


def test_machine_codings_are_called_so(dataset):
    rows = [*dataset.events.to_pylist(), *dataset.deeds.to_pylist()]
    assert {row["method"] for row in rows} == {"machine"}
    assert {row["release_status"] for row in rows} == {"candidate"}


def test_no_two_records_of_a_kind_tell_the_same(dataset):
    rows = sorted(
        (row["kind"], row["date_start"], row["title"].casefold())
        for row in dataset.events.to_pylist()
    )
    assert [a for a, b in itertools.pairwise(rows) if a == b] == []
