"""Reports that tests of formats share: findings about every sort of input, and hostile text."""

from pathlib import Path
from typing import Any

import polars as pl
from conftest import to_yaml

import alignment_events as ae
from alignment_events.findings import Finding, Level, Report, merge
from alignment_events.spec.examples import sound_examples

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}"
    "%0A::error::x|`*_[a](javascript:alert(1))\u202egnp.exe\x1b[31m\x00 & \"'"
)
ODD_NAME = "a,b 100%&<i>'é.yaml"

CALL = to_yaml(sound_examples()["call"])


def changed(*pairs: tuple[str, str], text: str = CALL) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def mixed(folder: Path, package: Path) -> Report:
    """Findings about records, a registry, a table of rows and a frame; paths are relative."""
    records = [
        (
            ODD_NAME,
            changed(("subtype: talks", "subtype: talk"), ("title: ", "colour: 红\ntitle: ")),
        ),
        ("two.yaml", changed(("role: initiator", 'role: "a,:%\u202eb"'))),
        ("empty.yaml", ""),
        ("open.yaml", "a: [1\n"),
    ]
    for name, text in records:
        (folder / name).write_text(text, encoding="utf-8")
    events = pl.read_parquet(package / "events.parquet")
    events.with_columns(scope=pl.lit("cor")).write_parquet(folder / "events.parquet")
    wrong = {"actor": ["CHN"], "name": [" China"], "actor_type": ["stat"], "focal": [True]}
    reports = [ae.validate(name) for name, _ in records]
    reports += [ae.validate("events.parquet"), ae.validate(pl.DataFrame(wrong), table="actors")]
    return merge([*reports, in_table(folder)])


def in_table(folder: Path) -> Report:
    """Findings about cells of a CSV file, whose columns are counted in cells."""
    rows = 'actor,name,actor_type\nCHN,"A ""long"", name",stat\nRUS,"two\nlines",state \n'
    (folder / "actors.csv").write_text(rows, encoding="utf-8")
    place: dict[str, Any] = {"file": "actors.csv", "table": "actors", "field": "actor_type"}
    return Report(
        findings=(
            Finding("AE103", Level.ERROR, "Third.", line=4, column=3, value="state ", **place),
            Finding("AE103", Level.ERROR, "First.", line=2, column=3, value="stat", **place),
            Finding("AE105", Level.WARNING, "Second.", "A hint.", line=2, column=2, **place),
        )
    )


def hostile() -> Report:
    """Nothing but hostile text, wherever text can be."""
    words: dict[str, Any] = {"record_id": HOSTILE, "field": HOSTILE, "value": HOSTILE}
    found = Finding(
        "AE103",
        Level.ERROR,
        HOSTILE,
        HOSTILE,
        file=f"dir/{HOSTILE}.yaml",
        line=3,
        column=2,
        **words,
    )
    return Report(
        findings=(found, found.at(file=None, line=None, table=HOSTILE, row=2)),
        accepted=((found.at(level=Level.WARNING), HOSTILE),),
        rows_seen={HOSTILE: 1},
        rules_skipped={"AE402": HOSTILE},
    )
