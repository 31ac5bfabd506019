"""The questions lead to the record that the coder means, and ask nothing that does not apply."""

import datetime as dt
from dataclasses import replace

import pytest
from support_answers import typed, wanted

from alignment_events.contribute.answers import put
from alignment_events.contribute.interview import Interview, Known, Unfit
from alignment_events.model.events import record_adapter
from alignment_events.spec.examples import sound_examples

TODAY = dt.date(2031, 6, 1)
EXAMPLES = {name: wanted(values) for name, values in sound_examples().items()}


def answered(want, *, until=None, known=None):
    """The interview, answered from a record up to the question named `until`; and what was asked."""
    interview = Interview(want["kind"], TODAY, known or Known())
    asked = []
    while (question := interview.next()) is not None:
        if question.name == until:
            return interview, question
        asked.append(question)
        interview.answer(question, typed(question, want))
    assert until is None, f"{until} was not asked: {[q.name for q in asked]}"
    return interview, asked


def at(name, path, **changes):
    want = EXAMPLES[name]
    for where, value in changes.items():
        put(want := {**want}, tuple(where.split("__")), value)
    return answered(want, until=path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_answers_of_a_record_make_that_record(name):
    want = EXAMPLES[name]
    interview, _ = answered(want)
    made = record_adapter.validate_python({**interview.values, "id": want["id"]})
    assert made == record_adapter.validate_python(want)


def names(name):
    return {question.name for question in answered(EXAMPLES[name])[1]}


def test_what_does_not_apply_is_not_asked():
    call, visit, communique = names("call"), names("visit"), names("communique")
    # A call is in no place; that it is remote follows, and is not even asked.
    assert not any(asked.startswith("place/") for asked in call)
    assert {"place/country", "place/latitude"} <= visit
    # A stance is a target's, in a statement.
    assert {a for a in communique if a.endswith("/stance")} == {"participants/3/stance"}
    assert not any(asked.endswith("/stance") for asked in visit)
    assert "participants/3/level" not in communique
    assert not any(asked.endswith("/vote") for asked in communique)
    assert "commitment" in communique
    assert "commitment" not in visit
    assert "coding/reviewer" in visit
    assert "coding/reviewer" not in communique
    assert not {"id", "kind", "sources/1/id"} & (call | visit | communique)


def test_what_the_rules_need_is_required():
    _, question = at("visit", "place/country")
    assert question.required
    _, question = at("shortfall", "gap/expected_by")
    assert question.required
    _, question = at("shortfall", "gap/severity")
    assert question.codes == ("1", "2", "unknown")
    _, question = at("delivery", "participants/1/sector")
    assert question.required
    _, question = at("visit", "participants/1/level")
    assert question.required
    assert "L0" not in question.codes


@pytest.mark.parametrize(
    ("name", "path", "answer", "reason"),
    [
        ("call", "subtype", "summitt", "Did you mean summit"),
        ("call", "subtype", "", "An answer is needed"),
        ("call", "title", "=1+1", "not a valid text"),
        ("call", "title", "a\x07b", "not a valid text"),
        ("call", "title", "x" * 201, "201 characters"),
        ("call", "date/start", "2031-02-30", "not a date of the calendar"),
        ("call", "date/start", "30 May 2031", "write 2031-05-30"),
        ("call", "date/ongoing", "maybe", "true or false"),
        ("call", "themes", "trade, defense", "Did you mean defence"),
        ("call", "episode", "Two Words", "lower-case words"),
        ("visit", "date/end", "2031-03-01", "ends no earlier than it starts"),
        ("visit", "place/latitude", "95", "not between -90 and 90"),
        ("visit", "place/longitude", "", "An answer is needed"),
        ("visit", "sources/1/accessed", "2031-01-01", "no earlier than it was published"),
        ("visit", "coding/reviewer", "coder-1", "who is not the coder"),
        ("call", "participants/1/actor", "ARCA", "no actor “ARCA”"),
        ("call", "participants/1/person", "ada-ardn", "Did you mean ada-arden"),
        ("communique", "links/1/to", "AE-0000-0000", "no record"),
        ("communique", "links/1/to", "ae-60yp-tkhk", "Write AE-60YP-TKHK"),
        ("delivery", "claims/1/source", "s9", "no source “s9”"),
        ("visit", "sources/1/supports", 'core "open', "never closed"),
        ("visit", "participants/3", "perhaps", "y or n"),
    ],
)
def test_a_bad_answer_is_refused_and_changes_nothing(name, path, answer, reason):
    known = Known(
        ("ARC", "BOR", "CAL", "ARC_GRAIN", "ASSEMBLY"),
        ("ada-arden",),
        {want["id"]: want["title"] for want in EXAMPLES.values()},
    )
    interview, question = answered(EXAMPLES[name], until=path, known=known)
    before = repr((interview.values, sorted(map(repr, interview.asked))))
    with pytest.raises(Unfit, match=reason):
        interview.answer(question, answer)
    assert repr((interview.values, sorted(map(repr, interview.asked)))) == before
    assert interview.next() == question


def test_going_back_to_the_first_question_and_answering_again():
    interview, asked = answered(EXAMPLES["visit"])
    for question in reversed(asked):
        assert interview.back()
        again = interview.next()
        assert replace(again, suggested=question.suggested) == question
    assert not interview.back()
    assert interview.values == {"kind": "meeting"}


def test_what_was_given_is_not_asked():
    want = {k: v for k, v in EXAMPLES["visit"].items() if k not in ("id", "title")}
    interview = Interview("meeting", TODAY, values=want)
    question = interview.next()
    assert question.name == "title"
    interview.answer(question, EXAMPLES["visit"]["title"])
    while (question := interview.next()) is not None:
        assert not question.required, question
        interview.answer(question, "n" if question.more else "")
    made = {**interview.values, "id": EXAMPLES["visit"]["id"]}
    assert record_adapter.validate_python(made) == record_adapter.validate_python(EXAMPLES["visit"])


def test_an_answer_that_was_taken_back_is_offered_again():
    interview, question = at("call", "scope")
    interview.answer(question, "response")
    assert interview.back()
    again = interview.next()
    assert (again.name, again.suggested) == ("scope", "response")
    interview.answer(again, "")
    assert interview.values["scope"] == "response"


def mended(interview, *lines):
    """What the terminal says while one field is changed, each line typed in turn."""
    from alignment_events.contribute.terminal import Terminal, _change

    typed_lines, said = iter(lines), []
    path = next(typed_lines)
    _change(interview, Terminal(lambda prompt: next(typed_lines), said.append), path)
    return "\n".join(said)


def test_a_list_is_not_replaced_unseen_and_takes_one_more_item():
    interview, _ = answered(EXAMPLES["call"])
    before = list(interview.values["participants"])
    said = mended(interview, "participants", "n")
    assert "participants/1: ARC" in said
    assert "Write participants/3 to add one" in said
    assert interview.values["participants"] == before
    mended(interview, "participants/3", "CAL", "controller", *[""] * 3)
    assert interview.values["participants"] == [*before, {"actor": "CAL", "role": "controller"}]
