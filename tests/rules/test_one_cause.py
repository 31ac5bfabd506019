"""A value that cannot be read is one fault: rules that need what it should hold say nothing."""

import copy
from typing import Any

import pytest

import alignment_events as ae
from alignment_events.spec.examples import sound_examples

CASES = (
    ("call", "date", 17),
    ("call", "date", []),
    ("call", "place", "Boreal City"),
    ("call", "meeting", 4),
    ("call", "meeting/outcome", "readouts_only"),
    ("call", "themes", "defence"),
    ("call", "participants", 3),
    ("call", "participants/1", "Arcadia"),
    ("call", "sources", {}),
    ("call", "sources/0", "s1"),
    ("call", "sources/0/supports", "core"),
    ("call", "coding", "coder-1"),
    ("visit", "links", [3]),
    ("pact", "stages", "signed"),
    ("pact", "agreement", "treaty"),
    ("delivery", "observations", "E3"),
    ("delivery", "observations/0/quantity", 12),
    ("delivery", "sources", "a ministry"),
    ("delivery", "claims", "denied"),
    ("shortfall", "gap", []),
    ("ballot", "statement", "no"),
)


@pytest.mark.parametrize(("name", "path", "value"), CASES)
def test_one_cause_is_one_finding(name: str, path: str, value: object) -> None:
    # With all the others, so that what leads to the record or away from it is there.
    records = copy.deepcopy(sound_examples())
    target: Any = records[name]
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("/"))
    for step in steps:
        target = target[step]
    target[last] = value
    report = ae.validate(list(records.values()))
    field = "/".join(str(int(s) + 1) if s.isdigit() else s for s in path.split("/"))
    found = [(f.code, f.field) for f in report.findings]
    unread = field if value != [3] else "links/1"
    assert found == [("AE107", unread)]
