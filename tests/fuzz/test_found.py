"""What fuzzing found once is never found again: every kept input, through its reader and reports."""

import time
from pathlib import Path

import pytest
from fuzz.corpus import Corpus, make_corpus
from fuzz.targets import run

import alignment_events as ae
from alignment_events.report.formats import FORMATS, render

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
