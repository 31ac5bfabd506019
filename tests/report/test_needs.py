"""The codebook says of every field of a kind whether it must be filled, and by which rule."""

import pytest

import alignment_events as ae
from alignment_events.report.explain import codebook_entry
from alignment_events.report.needs import needed
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.records import leaves, record_specs


@pytest.mark.parametrize(
    ("kind", "path", "says"),
    [
        ("meeting", "title", "required"),
        ("meeting", "participants", "required, 1 to 200"),
        ("meeting", "place/precision", "required in a place"),
        ("meeting", "episode", "optional"),
        ("meeting", "arenas", "optional, up to 5"),
        ("meeting", "place/country", "conditional"),
        ("gap", "gap/expected_by", "conditional"),
        ("statement", "statement/implementation", "conditional"),
        ("agreement", "agreement/implementation", "required"),
    ],
)
def test_what_the_codebook_says(kind, path, says):
    lines = codebook_entry(kind).splitlines()
    (number,) = [n for n, line in enumerate(lines) if line.startswith(f"  {path} (")]
    assert f", {says}): " in lines[number]
    assert (lines[number + 1].strip()[:2] == "AE") is (says == "conditional")


@pytest.mark.parametrize("name", ["call", "visit", "pact", "shortfall", "delivery", "communique"])
def test_what_it_calls_optional_may_be_left_out_and_what_required_not(name):
    """Of the examples each field is taken away, if it is there, and the checks decide."""
    record = sound_examples()[name]
    record = {key: value for key, value in record.items() if key != "links"}
    before = {f.code for f in ae.validate(record).findings}
    tried = 0
    for path, spec in leaves(record_specs()[record["kind"]]):
        first, _, rest = path.partition("/")
        there = record.get(first, {}).get(rest) if rest else record.get(first)
        if there is None or path in ("id", "kind", "links"):
            continue
        without = {k: v for k, v in record.items() if k != first}
        if rest:
            without[first] = {k: v for k, v in record[first].items() if k != rest}
        found = {f.code for f in ae.validate(without).findings if f.field == path} - before
        word, rules = needed(record["kind"], path, spec)
        tried += 1
        if word.startswith("required"):
            assert found & {"AE101", "AE110"}, path
        elif not rules:
            assert not found, path
        else:
            assert found <= {rule.code for rule in rules}, path
    assert tried > 15
