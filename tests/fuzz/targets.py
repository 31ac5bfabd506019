"""What is fuzzed: one input, drawn by its number, goes into one reader.

An input is an empty folder with files in it and the name of a target, so that it can be kept and
replayed: `found/<name>/target` says which target, the other files are the input.
"""

import contextlib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fuzz.corpus import SINGLE, Corpus
from fuzz.mutate import mutated, mutated_zip

import alignment_events as ae
from alignment_events.findings import AlignmentEventsError, Report
from alignment_events.report.formats import FORMATS, Format, render_listing
from alignment_events.report.listing import listing

Files = dict[str, bytes]

TEXT: tuple[Format, ...] = ("text",)

LARGE = 10_000
"""Seeds of more bytes are drawn less often."""


def draw_input(corpus: Corpus, draw: random.Random) -> tuple[str, Files]:
    """Name of a target, and the files for it."""
    target = draw.choices(list(TARGETS), [w for _, w in TARGETS.values()])[0]
    if target == "registry":
        return target, {"registry.json": mutated(corpus.registry, b"{}", draw)}
    if target == "cells":
        cells = [draw.choice(corpus.cells).encode() for _ in range(3)]
        return target, {"cells": mutated(cells[0], b";".join(cells), draw)[:20_000]}
    if target in ("dataset", "package"):
        return target, _in_folder(corpus.dataset if target == "dataset" else corpus.package, draw)
    suffix = draw.choices(SINGLE, (4, 2, 4, 4, 1, 3, 1))[0]
    if target == "fix":
        suffix = draw.choice((".yaml", ".csv"))
    name, data = draw.choice(corpus.files[suffix])
    if len(data) > LARGE and draw.random() < 0.8:  # they take long and are seldom worth it
        name, data = draw.choice(corpus.files[suffix])
    _, other = draw.choice(corpus.files[draw.choice((suffix, suffix, ".yaml", ".csv"))])
    if suffix == ".xlsx" and draw.random() < 0.8:
        data = mutated_zip(data, draw)
    else:
        data = mutated(data, other, draw)
    return target, {name if draw.random() < 0.97 else f"x{suffix}": data}


def _in_folder(folder: Path, draw: random.Random) -> Files:
    files = {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    heads = [n for n in files if n in ("dataset.yaml", "datapackage.json", "SHA256SUMS")]
    name = draw.choice(heads if draw.random() < 0.5 else sorted(files))
    return {name: mutated(files[name], draw.choice(list(files.values())), draw)}


def _told(report: Report, formats: Sequence[Format]) -> None:
    """What is found has its place and its words, and the formats of report can hold it."""
    for found in report.findings:
        assert found.message
        assert found.file, found
    assert bool(report.findings) or not report.unusable
    told = listing(report)  # as `render` makes it for every format anew
    for format in formats:
        text = render_listing(told, format)
        text.encode("utf-8")
        if format in ("json", "sarif"):
            json.loads(text)


def read(folder: Path, corpus: Corpus) -> None:
    """One file, by itself: read, and what the reader found told with its lines."""
    from alignment_events.read.contribution import read_contribution

    (path,) = folder.iterdir()
    sent = read_contribution(path)
    _told(Report(findings=tuple(sent.findings)), TEXT)


def validate(folder: Path, corpus: Corpus) -> None:
    """One file, by itself: read and checked; every so often in all formats of report."""
    (path,) = folder.iterdir()
    report = ae.validate(path)
    size = path.stat().st_size
    _told(report, FORMATS if size % 64 == 0 else ("text", "json", "sarif")[: 3 - 2 * (size % 2)])


def as_records(folder: Path, corpus: Corpus) -> None:
    """A contribution as `add` takes it: read, then made into records."""
    from alignment_events.read.contribution import read_contribution
    from alignment_events.read.flat_records import nested_records
    from alignment_events.validation import check_contribution

    (path,) = folder.iterdir()
    sent = read_contribution(path)
    if not check_contribution(sent).errors:
        nested_records(sent)


def in_dataset(folder: Path, corpus: Corpus) -> None:
    """A contribution against a dataset."""
    (path,) = folder.iterdir()
    _told(ae.validate(path, within=corpus.dataset), TEXT)


def fix(folder: Path, corpus: Corpus) -> None:
    """Certain fixes: what they change is written, and what is written can be read again."""
    from alignment_events.fix.files import apply, plan

    (path,) = folder.iterdir()
    found = plan([path], within=corpus.dataset)
    for one in found.fixes:
        one.diff()
    apply(found.fixes)
    again = plan([path], within=corpus.dataset)
    assert not again.fixes, "a second run finds more to mend"


def coding(folder: Path, corpus: Corpus) -> None:
    """A coding for `agree`."""
    from alignment_events.measures.coding_files import read_coding

    (path,) = folder.iterdir()
    with contextlib.suppress(AlignmentEventsError):
        read_coding(path)


def registry(folder: Path, corpus: Corpus) -> None:
    """The list of releases, as it comes from the web."""
    from alignment_events.registry import read_registry

    with contextlib.suppress(AlignmentEventsError):
        read_registry(folder / "registry.json")


def _with(base: Path, folder: Path, check: Callable[[Path], Any]) -> None:
    """Check the base folder with one file of it changed; it is put right again afterwards."""
    (changed,) = folder.iterdir()
    (target,) = (p for p in base.rglob(changed.name) if p.is_file())
    before = target.read_bytes()
    target.write_bytes(changed.read_bytes())
    try:
        check(base)
    finally:
        target.write_bytes(before)


def dataset(folder: Path, corpus: Corpus) -> None:
    """A dataset of which one file is damaged."""
    _with(corpus.dataset, folder, lambda base: _told(ae.validate(base), TEXT))


def package(folder: Path, corpus: Corpus) -> None:
    """A package of which one file is damaged."""
    _with(corpus.package, folder, lambda base: _told(ae.validate(base), TEXT))


def cells(folder: Path, corpus: Corpus) -> None:
    """The notation of lists in one cell of a wide sheet."""
    from alignment_events.spec.compact import read_parts, write_parts
    from alignment_events.spec.records import record_specs

    text = (folder / "cells").read_bytes().decode("utf-8", "replace")
    spec = record_specs()["agreement"]
    for name in ("participants", "stages", "links", "sources"):
        field = spec.field(name)
        assert field is not None
        assert field.part is not None
        items, faults = read_parts(text, field.part)
        assert isinstance(items, list)
        for fault in faults:
            assert fault.message
        if not faults and all(isinstance(item, dict) for item in items):
            write_parts(items, field.part)


TARGETS: dict[str, tuple[Callable[[Path, Corpus], None], int]] = {
    "read": (read, 60),
    "validate": (validate, 30),
    "as_records": (as_records, 6),
    "in_dataset": (in_dataset, 1),
    "fix": (fix, 10),
    "coding": (coding, 8),
    "registry": (registry, 5),
    "dataset": (dataset, 1),
    "package": (package, 2),
    "cells": (cells, 10),
}
"""Name to the function, and how often it is drawn."""


def run(target: str, folder: Path, corpus: Corpus) -> None:
    """Run one input; any exception is a fault of the library."""
    TARGETS[target][0](folder, corpus)
