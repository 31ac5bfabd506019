"""One contribution with many distinct faults, made in five formats: each is found at its place.

Nothing else may be reported than the faults and what is listed with them.
"""

from collections import Counter
from pathlib import Path

import pytest
from faults.contribution import FAULTS, MAKERS, Fault, names, spoilt

import alignment_events as ae
from alignment_events.model.rules import CATALOGUE


def test_there_are_many_of_every_scope() -> None:
    assert len({fault.path for fault in FAULTS}) == len(FAULTS) >= 40
    scopes = Counter(CATALOGUE[fault.code].scope for fault in FAULTS)
    assert min(scopes[scope] for scope in ("field", "row", "record", "dataset")) >= 8


def record_of(fault: Fault) -> str:
    """The id of the record in which the fault is."""
    return dict(zip(names(), (record["id"] for record in spoilt()), strict=True))[
        fault.path.split("/")[0]
    ]


@pytest.mark.parametrize("format", MAKERS)
def test_every_fault_is_found_in_its_place(format: str, tmp_path: Path) -> None:
    path, places = MAKERS[format](tmp_path)
    report = ae.validate(path)
    found = {(f.code, f.place) for f in report.findings}
    able = [fault for fault in FAULTS if format not in fault.not_in]
    missed = [f for f in able if not any((f.code, p) in found for p in places[f])]
    assert not missed, [(f.path, f.code, sorted(places[f])) for f in missed]
    wanted = {(fault.code, place) for fault in able for place in places[fault]}
    also = {
        (code, record_of(fault))
        for fault in able
        for code, formats in fault.also
        if format in formats
    }
    extra = [
        f
        for f in report.findings
        if (f.code, f.place) not in wanted and (f.code, f.record_id) not in also
    ]
    assert not [(f.code, f.place, f.field, f.message) for f in extra]
