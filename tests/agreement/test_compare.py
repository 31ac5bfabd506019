"""Two codings compared: the figures, what they may claim, and the reports of them."""

import datetime as dt
import json
import random
from dataclasses import replace

import pytest

from alignment_events.findings import AlignmentEventsError
from alignment_events.measures.codings import Coding, Unit, fields_of
from alignment_events.measures.comparison import agree, compare, reliability_json, status
from alignment_events.measures.long_form import long_rows, write_rows
from alignment_events.report.agreement import render_html, render_text, write_agreement
from alignment_events.spec.examples import sound_examples

HOSTILE = '<script>alert("x")</script>'


def coding(coder="coder-1", method="machine", change=lambda name, n, record: None, times=12):
    """The examples as `times` cards each, after a change; `change` returns False to leave one out."""
    units = []
    for n in range(times):
        for name, record in sound_examples().items():
            if change(name, n, record) is not False:
                units.append(Unit(f"{name}-{n:02}", 1, record["kind"], fields_of(record)))
    cards = frozenset(f"{name}-{n:02}" for name in sound_examples() for n in range(times))
    return Coding(coder, method, "0.1", cards, tuple(units), dt.date(2032, 12, 1))


def sloppy(name, n, record):
    """A coder who misses calls, and in some units gives another code."""
    rnd = random.Random(f"{name}{n}")
    if name == "call":
        return False
    if rnd.random() < 0.3:
        record["themes"] = ["finance"]
    if record["kind"] == "statement" and rnd.random() < 0.3:
        record["commitment"] = "unknown"
    if record["kind"] == "statement" and rnd.random() < 0.4:
        record["statement"] = {**record["statement"], "speech_acts": ["praise"]}
    return None


@pytest.fixture(scope="module")
def agreement():
    return compare(coding(), coding("coder-2", change=sloppy), seed=5)


def row(agreement, field, kind):
    (found,) = [r for r in agreement.fields if (r["field"], r["kind"]) == (field, kind)]
    return found


def test_a_coding_agrees_with_itself():
    same = compare(coding(), coding("coder-2"), seed=1)
    assert (same.precision, same.recall, same.f1) == (1, 1, 1)
    assert same.disagreements == []
    for found in same.fields:
        assert found["percent"] == 1
        # Without variation alpha is undefined: agreement on what never differs shows nothing.
        assert found["alpha"] is None or found["alpha"] == pytest.approx(1)
        assert (found["status"] == "undefined") == bool(found["why"])


def test_units_come_first(agreement):
    every, meeting = agreement.units[:2]
    assert every["first"] - every["second"] == 12  # the calls that one of them missed
    assert (agreement.precision, meeting["recall"]) == (1, 0.5)
    missed = [r for r in agreement.disagreements if r["field"] == "unit"]
    assert len(missed) == 12
    assert all(r["kind"] == "meeting" and r["b"] is None and "ARC" in r["a"] for r in missed)


def test_fields_are_told_by_kind_and_pooled(agreement):
    themes = row(agreement, "themes", "all")
    by_kind = [r for r in agreement.fields if r["field"] == "themes" and r["kind"] != "all"]
    assert themes["n"] == sum(r["n"] for r in by_kind) == agreement.units[0]["both"]
    assert themes["metric"] == "masi"
    assert themes["low"] < themes["alpha"] < themes["high"]
    # Matched units are of one kind: pooled, their subtypes would agree more than coders do.
    assert not [r for r in agreement.fields if (r["field"], r["kind"]) == ("subtype", "all")]


def test_unknown_is_left_out_of_scales_but_not_out_of_sight(agreement):
    commitment = row(agreement, "commitment", "statement")
    differing = [r for r in agreement.disagreements if r["field"] == "commitment"]
    assert commitment["left_out"] == len(differing) > 0
    assert commitment["n"] + commitment["left_out"] == 36
    assert {r["b"] for r in differing} == {"unknown"}


def test_rare_codes_have_ac1_and_positive_agreement(agreement):
    praise = row(agreement, "statement/speech_acts/praise", "statement")
    assert praise["metric"] == "nominal"
    assert praise["ac1"] is not None
    assert praise["positive"] < 1
    assert not [r for r in agreement.fields if r["field"].endswith("/request")]  # nobody used it


def test_a_code_that_hardly_anyone_used_has_no_status():
    def once(name, n, record):
        if (name, n) == ("answer", 0):
            record["statement"] = {**record["statement"], "speech_acts": ["request"]}

    found = compare(coding(change=once), coding("coder-2", change=once), seed=1)
    rare = row(found, "statement/speech_acts/request", "statement")
    assert (rare["uses"], rare["alpha"], rare["status"]) == (1, pytest.approx(1), "undefined")


def test_what_few_units_have_is_undefined_however_well_they_agree():
    few = compare(coding(times=2), coding("coder-2", times=2), seed=1)
    kinds = {r["kind"] for r in few.fields if r["n"] < 10}
    assert kinds
    assert {r["status"] for r in few.fields if r["n"] < 10} == {"undefined"}


def test_items_of_one_actor_are_compared_where_both_name_it():
    def other_level(name, n, record):
        for person in record["participants"]:
            if name == "visit" and person["actor"] == "ARC":
                person["level"] = "L1"

    found = compare(coding(), coding("coder-2", change=other_level), seed=1)
    assert {r["field"] for r in found.disagreements} == {"level/ARC"}
    assert row(found, "level", "meeting")["percent"] < 1


@pytest.mark.parametrize(
    ("alpha", "human", "expected"),
    [
        (0.8, False, "stable"),
        (0.8, True, "certified"),
        (0.7999, True, "tentative"),
        (0.667, False, "tentative"),
        (0.6669, True, "unstable"),
        (None, True, "undefined"),
    ],
)
def test_thresholds(alpha, human, expected):
    assert status(alpha, human=human) == expected


@pytest.mark.parametrize("method", ["machine", "machine_assisted", "human"])
def test_machines_certify_nothing(method):
    found = compare(coding(), coding("coder-2", method=method), seed=1)
    assert found.coders == f"machine–{method}"
    assert ("certified" in {r["status"] for r in found.fields}) == (method == "human")
    assert ("certify nothing" in render_text(found)) == (method == "machine")


def test_only_cards_that_both_coded_count():
    part = coding("coder-2", times=1)
    found = compare(coding(), part, seed=1)
    assert (found.n, found.f1) == (10, 1)
    assert len(found.left_out) == 110


def test_the_same_seed_gives_the_same_figures(agreement):
    again = compare(coding(), coding("coder-2", change=sloppy), seed=5)
    assert again == agreement
    assert compare(coding(), coding("coder-2", change=sloppy), seed=6).fields != agreement.fields


def test_exchanging_the_coders_exchanges_precision_and_recall(agreement):
    other = compare(coding("coder-2", change=sloppy), coding(), seed=5)
    assert (other.precision, other.recall) == (agreement.recall, agreement.precision)
    assert other.f1 == agreement.f1
    alphas = {(r["kind"], r["field"]): r["alpha"] for r in other.fields}
    for found in agreement.fields:
        assert alphas[found["kind"], found["field"]] == pytest.approx(found["alpha"])


def test_the_shape_of_reliability_json(agreement):
    second = replace(agreement, round=2)
    told = json.loads(json.dumps(reliability_json([second, agreement])))
    assert told["codebook_version"] == agreement.codebook_version
    assert [one["round"] for one in told["rounds"]] == [1, 2]
    assert {"round", "seed", "n", "f1", "fields"} <= told["rounds"][0].keys()
    wanted = {"field", "kind", "metric", "n", "alpha", "low", "high", "coders", "status"}
    for found in told["rounds"][0]["fields"]:
        assert wanted <= found.keys()
        assert found["coders"] == "machine–machine"
        assert found["status"] in ("stable", "tentative", "unstable", "undefined")


def test_the_text_fits_and_goes_from_units_to_disagreements(agreement):
    text = render_text(agreement, most=5)
    assert max(map(len, text.splitlines())) <= 100
    assert text.index("Units:") < text.index("Fields of") < text.index("To adjudicate: ")
    more = len(agreement.disagreements) - 5
    assert text.endswith(f"and {more} more: see --out")


def test_no_unit_in_common_is_a_report_and_no_crash():
    nothing = compare(coding(), coding("coder-2", change=lambda *_: False), seed=1)
    assert (nothing.recall, nothing.precision, nothing.f1) == (0, None, 0)
    assert "no matched units" in render_text(nothing)
    assert "<table>" in render_html(nothing)
    neither = compare(replace(coding(), units=()), replace(coding("coder-2"), units=()), seed=1)
    assert neither.f1 is None
    assert reliability_json([neither])["rounds"][0]["f1"] is None


def test_the_page_is_safe_and_stands_alone(agreement):
    hostile = [{**r, "card_key": HOSTILE, "a": HOSTILE} for r in agreement.disagreements]
    page = render_html(replace(agreement, names=(HOSTILE, "b"), disagreements=hostile))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http:" not in page.lower()
    assert "https:" not in page.lower()
    bell = [{**r, "card_key": "\x1b[31mred"} for r in agreement.disagreements]
    assert "\x1b" not in render_text(replace(agreement, disagreements=bell))


def test_rounds_are_kept_and_one_of_the_same_number_replaced(agreement, tmp_path):
    out = tmp_path / "new" / "out"
    write_agreement(agreement, out)
    write_agreement(replace(agreement, round=2), out)
    paths = write_agreement(replace(agreement, round=2, seed=9), out)
    told = json.loads(paths[0].read_text(encoding="utf-8"))
    assert [(one["round"], one["seed"]) for one in told["rounds"]] == [(1, 5), (2, 9)]
    assert [path.name for path in paths] == [
        "reliability.json",
        "agreement.html",
        "disagreements.csv",
    ]
    paths[0].write_text("[]", encoding="utf-8")
    with pytest.raises(AlignmentEventsError, match="no file of reliability"):
        write_agreement(agreement, out)


def test_agree_reads_what_it_is_given(tmp_path, agreement):
    paths = []
    for one in (coding(), coding("coder-2", change=sloppy)):
        paths.append(tmp_path / f"{one.coder}.csv")
        write_rows(long_rows(one, "round-1"), paths[-1])
    found = agree(*paths, seed=5)
    assert found == agreement
    write_rows(long_rows(replace(coding(), cards=frozenset({"x"}), units=()), "s"), paths[0])
    with pytest.raises(AlignmentEventsError, match="no card in common"):
        agree(*paths)
