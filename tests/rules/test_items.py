"""A list with too few or too many items is named, with how many it may have, in every notation."""

import pytest

import alignment_events as ae
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.items import item_rules


@pytest.mark.parametrize(
    ("example", "path", "value", "message"),
    [
        ("call", "themes", ["defence", "trade", "energy", "finance"], "themes holds 1 to 3 items."),
        ("call", "arenas", ["military"] * 6, "arenas holds at most 5 items."),
        ("visit", "themes", [], "themes holds 1 to 3 items."),
    ],
)
def test_the_list_and_its_bounds_are_named(example, path, value, message):
    record = {**sound_examples()[example], path: value, "links": []}
    found = [f for f in ae.validate(record).findings if f.code == "AE110"]
    assert [(f.field, f.message) for f in found] == [(path, message)]


def test_every_list_has_a_sentence_of_its_own():
    rules = item_rules()
    sentences = {(rule.on, rule.sentence) for rule in rules}
    assert len(sentences) == len(rules)
    assert all(rule.sentence.startswith(f"{rule.field} holds ") for rule in rules)
