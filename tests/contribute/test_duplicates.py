"""Which records may be of one event: the words alone do not decide."""

import pytest

from alignment_events.contribute.duplicates import likely_duplicates
from alignment_events.contribute.new_record import as_record
from alignment_events.spec.examples import sound_examples

VISIT = sound_examples()["visit"]
URL = VISIT["sources"][0]["url"]
OTHER_WORDS = {"title": "Zzz qqq", "summary": "Xxx vvv kkk."}


def two(first, second):
    """Two records like the visit, in words of their own, and why they may be one event."""
    old = as_record({**VISIT, **first})
    new = as_record({**VISIT, "id": "AE-BSD5-6FVG", **OTHER_WORDS, **second})
    assert new.id != old.id
    return [one.why for one in likely_duplicates([new], [old])]


def people(*persons, state="RUS"):
    roles = [{"actor": "CHN", "role": "host"}, {"actor": state, "role": "visitor"}]
    return [
        {**role, **({"person": p} if p else {})} for role, p in zip(roles, persons, strict=True)
    ]


def sources(url):
    return [{**VISIT["sources"][0], "url": url}]


ELSEWHERE = sources("https://example.org/elsewhere")
LATER = {"start": "2031-11-03", "precision": "day", "basis": "occurred"}


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({}, {"participants": people(None, None, state="RUS_FSB")}, ["the same source"]),
        (
            {"participants": people("A One", "B Two")},
            {"participants": people("A One", "B Two", state="RUS_FSB"), "sources": ELSEWHERE},
            ["the same persons"],
        ),
        (
            {"participants": people(None, None)},
            {
                "participants": people(None, None, state="RUS_FSB"),
                "sources": ELSEWHERE,
                "title": VISIT["title"],
            },
            ["the same states and similar words"],
        ),
        (
            {"participants": people("A One", None)},
            {"participants": people("A One", None), "sources": ELSEWHERE},
            [],
        ),
        ({}, {"date": LATER}, []),
    ],
    ids=["source", "persons", "states", "one person is not enough", "another day"],
)
def test_one_event_in_other_words(first, second, why):
    assert two(first, second) == why
