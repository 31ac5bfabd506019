"""Tables of a contribution, checked against the dataset that they are to be a part of."""

import pytest
from sheets import write_tables

import alignment_events as ae
from alignment_events.model.ids import hashed_id
from alignment_events.spec.examples import sound_examples


@pytest.fixture
def linked():
    """A record that links to another, with that other's id."""
    records = sound_examples()
    return next(r for r in records.values() if r.get("links"))


def _found(report):
    return {(f.code, f.field, f.value) for f in report.findings}


def test_links_lead_to_records_of_the_dataset(tmp_path, linked, dataset_copy):
    folder = write_tables(tmp_path / "sent", [linked])
    alone = ae.validate(folder)
    assert "lead outside" in alone.rules_skipped["AE402"]
    # The record is part of the dataset already: what was sent stands in its place.
    within = ae.validate(folder, within=dataset_copy)
    assert within.ok
    assert "AE402" not in within.rules_skipped


def test_what_the_dataset_does_not_hold_is_told(tmp_path, linked, dataset_copy):
    elsewhere = hashed_id("elsewhere", "1")
    linked["links"] = [{**link, "to": elsewhere} for link in linked["links"]]
    linked["participants"] = [{**p} for p in linked["participants"]]
    linked["participants"][0]["actor"] = "ARX"
    folder = write_tables(tmp_path / "sent", [linked])
    assert not _found(ae.validate(folder)) & {("AE402", "actor", "ARX")}
    report = ae.validate(folder, within=dataset_copy)
    found = next(f for f in report.findings if f.field == "actor")
    assert (found.code, found.value) == ("AE402", "ARX")
    assert ("AE402", "target_id", elsewhere) in _found(report)
