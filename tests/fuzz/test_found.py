"""What fuzzing found once is never found again: every kept input, through its reader and reports."""

import time
from pathlib import Path
from typing import Any

import pytest
from fuzz.corpus import Corpus, make_corpus
from fuzz.targets import run

import alignment_events as ae
from alignment_events.check.records import check_records
from alignment_events.read.contribution import read_contribution
from alignment_events.report import context
from alignment_events.report.formats import FORMATS, Format, render, render_listing
from alignment_events.report.listing import listing

FOUND = sorted(p for p in (Path(__file__).parent / "found").iterdir() if p.is_dir())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.mark.parametrize("found", FOUND, ids=lambda p: p.name)
def test_found(found: Path, corpus: Corpus, tmp_path: Path) -> None:
    target = (found / "target").read_text()
    for path in found.iterdir():
        if path.name != "target":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    begun = time.process_time()
    run(target, tmp_path, corpus)
    assert time.process_time() - begun < 10
    if target == "validate":
        (path,) = tmp_path.iterdir()
        report = ae.validate(path)
        assert report.findings
        for format in FORMATS:
            assert render(report, format)


def test_same_seed_gives_same_inputs(corpus: Corpus) -> None:
    import random

    from fuzz.targets import draw_input

    for number in range(30):
        first, second = (draw_input(corpus, random.Random(f"1/{number}")) for _ in range(2))
        assert first == second


def test_every_format_of_thousands_of_findings_is_quick() -> None:
    path = Path(__file__).parent / "found/nine-thousand-findings-jsonl/record.jsonl"
    # More than a report on a file lists, as that on a dataset may have them.
    report = check_records(read_contribution(path).records).report
    assert ae.validate(path).counts == report.counts
    assert len(report.findings) > 9_000
    told = listing(report)

    def seconds(format: Format) -> float:
        taken = []
        for _ in range(3):
            begun = time.process_time()
            render_listing(told, format)
            taken.append(time.process_time() - begun)
        return min(taken)

    # Compared with the plainest, so that it does not depend on the machine.
    json = seconds("json")
    for format, times in (("github", 4), ("sarif", 6), ("text", 4)):
        assert seconds(format) < times * json, format


def test_a_row_of_a_million_cells_is_not_taken_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only its line is shown: no finding names one of so many cells."""
    path = tmp_path / "record_codes.csv"
    path.write_text("record_id,vocabulary,code,rank\nAE-ZZ9H-KFFK" + "," * 1_000_000 + "\n")
    taken_apart = []
    rows_of = context.csv_rows_of

    def noted(text: str, delimiter: str) -> Any:
        taken_apart.append(len(text))
        return rows_of(text, delimiter)

    monkeypatch.setattr(context, "csv_rows_of", noted)
    report = ae.validate(path)
    assert report.findings
    assert render(report, "text")
    assert max(taken_apart, default=0) < 10_000
