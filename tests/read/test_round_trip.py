"""Record → wide sheet, workbook, CSV or JSON Lines → the same record."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sheets import FORMS, write
from strategies import datasets, nested_records

import alignment_events as ae
from alignment_events.model.events import Record, record_adapter
from alignment_events.read.contribution import read_contribution
from alignment_events.read.flat_records import nested_records as records_of
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.wide import RECORD, read_item, read_main, to_wide


def through_cells(record: dict[str, Any], numbered: dict[str, int]) -> dict[str, Any]:
    row = to_wide(record, numbered)
    main = read_main(row.main, "")
    assert main.faults == []
    for name, items in row.items.items():
        for cells in items:
            assert cells[RECORD] == record["id"]
            found = read_item(name, cells, len(main.values.get(name, ())))
            assert found.faults == []
            main.values.setdefault(name, []).append(found.values)
    return main.values


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nested_records())
def test_any_record_comes_back_from_cells(record: dict[str, Any]) -> None:
    sound = record_adapter.validate_python(record)
    for numbered in ({"sources": 3, "observations": 1}, {}):
        back = through_cells(sound.model_dump(), numbered)
        assert record_adapter.validate_python(back) == sound


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("form", FORMS)
@given(datasets())
def test_any_dataset_comes_back_from_files(form: str, records: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dumped = [record.model_dump(mode="json", exclude_none=True) for record in records]
        sent = read_contribution(write(form, Path(folder), dumped))
    assert sent.findings == []
    back = [record_adapter.validate_python(record.values) for record in records_of(sent)]
    assert sorted(back, key=lambda r: r.id) == sorted(records, key=lambda r: r.id)


@pytest.mark.parametrize("form", FORMS)
def test_sound_examples_have_no_findings(form: str, tmp_path: Path) -> None:
    report = ae.validate(write(form, tmp_path, list(sound_examples().values())))
    assert report.findings == ()
    assert report.exit_code() == 0
