"""What is derived follows the published tables of conclusions, first match, and world time."""

import copy
import datetime as dt

import pytest
from support import nested_report, typed_tables

from alignment_events.compile.derive import conclude, derive
from alignment_events.model import derivation as d
from alignment_events.spec.examples import sound_examples

DAY = dt.date.fromisoformat
PACT, COMMUNIQUE, OLD, DELIVERY = "AE-9NRX-H50F", "AE-CKNX-QQ7X", "AE-60YP-TKHK", "AE-NJBA-7DA7"


def derived(as_of, change=lambda records: None, **options):
    records = sound_examples()
    change(records)
    rows = {name: f.to_dicts() for name, f in typed_tables(list(records.values())).items()}
    return derive(rows, DAY(as_of), **options)


@pytest.mark.parametrize(
    ("as_of", "mode", "enactment", "stage"),
    [
        # Before it was signed nothing had become of it.
        ("2031-03-04", None, None, None),
        ("2031-04-01", "pending", None, "signed"),
        # Ratification by Borealia fell somewhere between 10 and 20 May: not certain on the 15th.
        ("2031-05-31", "pending", None, "ratified"),
        ("2031-06-01", "not_assessed", None, "in_force"),
        # The first delivery is known only to the third and fourth quarter, certain on 31 December.
        ("2031-10-01", "not_assessed", None, "in_force"),
        ("2031-12-31", "operational", "E3", "in_force"),
    ],
)
def test_the_life_of_a_treaty(as_of, mode, enactment, stage):
    values = derived(as_of)[PACT]
    assert (values["mode"], values["enactment"], values["agreement_stage"]) == (
        mode,
        enactment,
        stage,
    )


def test_what_was_terminated_has_ended():
    assert derived("2031-05-01")[OLD]["mode"] != "ended"
    assert derived("2031-06-01")[OLD]["mode"] == "ended"


def test_words_looked_for_and_not_found_are_performative_until_a_deed_is_done():
    assert derived("2031-06-01")[COMMUNIQUE]["mode"] == "not_assessed"
    assert derived("2031-12-31")[COMMUNIQUE]["mode"] == "performative"
    # One agency saw the exercise: a single source does not count by default.
    assert derived("2032-03-31")[COMMUNIQUE]["mode"] == "performative"
    assert derived("2032-03-31", verified="all")[COMMUNIQUE]["mode"] == "operational"


def test_no_deed_is_not_the_same_as_nothing_found():
    def unassessed(records):
        statement = records["communique"]["statement"]
        statement["implementation"] = "not_assessed"
        del statement["implementation_as_of"]

    assert derived("2031-12-31", unassessed)[COMMUNIQUE]["enactment"] is None
    assert derived("2031-12-31", unassessed)[COMMUNIQUE]["mode"] == "not_assessed"


def claim(form, **more):
    return {"field": "core", "form": form, "source": "s1", **more}


@pytest.mark.parametrize(
    ("claims", "contested"),
    [
        ([], "none"),
        ([claim("denial", claimant="BOR", made="2032-01-01")], "denied"),
        ([claim("denial", claimant="BOR", made="2032-01-01", withdrawn="2032-02-01")], "none"),
        ([claim("denial", claimant="CAL", made="2032-01-01")], "none"),  # no participant
        (
            [
                claim("denial", claimant="BOR", made="2032-01-01"),
                claim("account", claimant="BOR", value="ships came", made="2032-02-01"),
            ],
            "none",
        ),
        (
            [
                claim("account", claimant="ARC", value="ten ships"),
                claim("account", claimant="BOR", value="no ships"),
            ],
            "conflicting",
        ),
        (
            [claim("refutation", value="port records"), claim("denial", claimant="BOR")],
            "refuted",
        ),
    ],
)
def test_contested_follows_the_live_claims(claims, contested):
    def with_claims(records):
        records["delivery"]["claims"] = copy.deepcopy(claims)

    records = sound_examples()
    with_claims(records)
    assert nested_report(list(records.values())).errors == ()
    assert derived("2032-12-31", with_claims)[DELIVERY]["contested"] == contested


def test_a_refuted_deed_enacts_nothing():
    def refute(records):
        records["delivery"]["claims"] = [claim("refutation", value="port records")]

    assert derived("2031-12-31", refute)[PACT]["enactment"] is None


@pytest.mark.parametrize(
    ("features", "verification"),
    [
        ((True, 1, 0, 1), "documented"),
        ((False, 2, 1, 1), "corroborated"),
        ((False, 1, 1, 0), "single_source"),
        ((False, 3, 0, 1), "party_claim"),
        ((False, 2, 0, 2), "parties_only"),
        ((False, 2, 2, 0), "corroborated"),
    ],
)
def test_verification_is_the_first_that_holds(features, verification):
    names = ("has_record", "groups", "outside_groups", "party_origins")
    assert conclude(d.VERIFICATION, dict(zip(names, features, strict=True))) == verification


def test_users_may_bring_their_own_rules():
    mine = (d.Conclusion("performative", d.MODE[0].when | ~d.MODE[0].when, "everything"),)
    assert derived("2031-12-31", mode_rules=mine)[PACT]["mode"] == "performative"


def test_the_rank_gap_counts_steps_between_the_two_sides():
    values = derived("2031-12-31")
    assert values["AE-DHZH-G7X2"]["meeting_rank_gap"] == 1
    assert values[PACT]["meeting_rank_gap"] is None
