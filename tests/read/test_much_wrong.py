"""Files in which one mistake stands tens of thousands of times: told soon, and not without end."""

import time
from pathlib import Path

import pytest

import alignment_events as ae
from alignment_events.fix.files import plan
from alignment_events.report.formats import render


def test_a_field_fifty_thousand_times_in_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"id": 1' + ', "id": 1' * 50_000 + "}]")
    begun = time.process_time()
    report = ae.validate(path)
    assert time.process_time() - begun < 5
    assert {f.code for f in report.findings[:-1]} == {"AE006"}
    assert len(report.findings) < 110
    assert report.findings[-1].code == "AE004"
    assert report.findings[0].place == f"{path}:1:{len('[{' + 'xidx: 1, ') + 1}"


def test_a_column_a_hundred_thousand_times_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "deeds.csv"
    path.write_text("deed_id," + "scope," * 100_000 + "title\n")
    begun = time.process_time()
    report = ae.validate(path)
    assert report.findings
    assert "scope" in render(report, "text")
    assert not plan([path], within=None).fixes
    assert time.process_time() - begun < 10


@pytest.mark.full
def test_millions_of_values_in_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[[" + "1," * 5_000_000 + "1]]")
    (found,) = ae.validate(path).findings
    assert (found.code, found.line, found.column) == ("AE003", 1, 2 * 2_000_000 - 1)


def test_more_values_than_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignment_events.read.json_scan.MAX_VALUES", 10)
    path = tmp_path / "a.json"
    path.write_text("[[1, 1],\n [1, 1],\n [1, 1, 1, 1]]")
    (found,) = ae.validate(path).findings
    assert (found.code, found.line, found.column) == ("AE003", 3, 9)
