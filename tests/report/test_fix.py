"""Only what is certain is mended, nothing else of the file is touched, and nothing gets worse."""

import csv
import io
import os
import random
from pathlib import Path
from typing import Any

import pytest
from conftest import ACTORS_CSV, Cli, to_yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import CALL, changed
from strategies import nested_records

import alignment_events as ae
from alignment_events.files import write_whole
from alignment_events.findings import AlignmentEventsError
from alignment_events.fix import apply, plan
from alignment_events.fix.csv_text import mend_table
from alignment_events.fix.values import Actors
from alignment_events.fix.yaml_text import mend_records
from alignment_events.model.days import unambiguous_day
from alignment_events.read.csv_cells import csv_rows_of, delimiter_of, values_of
from alignment_events.read.yaml_reader import read_yaml_text
from alignment_events.read.yaml_scalars import scalars_of
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.tables import table_specs

REGISTRY = list(csv.DictReader(io.StringIO(ACTORS_CSV)))
ACTORS = Actors.of(
    [*REGISTRY, {"actor": "ARC_TWIN", "name": "Grain"}, {"actor": "ARC_B", "name": "Grain"}]
)

# Written by hand, with remarks, quotation marks and an order of its own, to see that they stay.
RECORD = """\
# yaml-language-server: $schema=../record.schema.json
title: "Leaders of Arcadia and Borealia speak by telephone "   # a space too many
kind: Meeting
id: ae-zz9h-kffk
subtype: 'TALKS'      # shouted
scope:   core
summary: >-
  The two leaders spoke by telephone
  about the exercise.
date: {start: 20 January 2032, precision: Day, basis: "reported"}
place: {precision: remote}
participants:
- {actor: arc, role: initiator, level: l6}
- actor: "borealia"   # by name
  role: participant
  level: L5
themes: [ Defence ,"defence " ]
ceremonial: False
meeting: {medium: phone, regularity: ad_hoc, outcome: [readouts_only], readout_asymmetry: one_sided}
sources:
  - {id: s1, url: "https://president.arcadia.example/calls", publisher: Office, type: official_readout,
     origin_party: Arcadia, independence_group: arcadia-readout, published: 06/07/2031, language: EN, supports: [core]}
coding: {coder: coder-1, date: 2032/03/01, method: human, confidence: high, status: candidate, codebook: "0.1"}
"""
MENDED = (
    RECORD.replace('telephone "', 'telephone"')
    .replace("Meeting", "meeting")
    .replace("ae-zz9h-kffk", "AE-ZZ9H-KFFK")
    .replace("'TALKS'", "'talks'")
    .replace("20 January 2032", "2032-01-20")
    .replace("Day,", "day,")
    .replace("actor: arc,", "actor: ARC,")
    .replace("level: l6", "level: L6")
    .replace('"borealia"', '"BOR"')
    .replace('[ Defence ,"defence " ]', '[ defence ,"defence" ]')
    .replace("False", "false")
    .replace("origin_party: Arcadia", "origin_party: ARC")
    .replace("language: EN", "language: en")
    .replace("2032/03/01", "2032-03-01")
)


def test_what_is_certain_is_mended_and_nothing_else() -> None:
    new, mended = mend_records(RECORD.encode(), ACTORS)
    assert new.decode() == MENDED
    assert len(mended) == 15
    assert {m.what for m in mended} == {
        "space at an end", "case of a code", "date to ISO", "alias of an actor",
    }  # fmt: skip
    # The day that can be read two ways is left.
    assert "06/07/2031" in MENDED


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_mark_and_line_ends_stay(mark: bytes, end: str) -> None:
    data = mark + RECORD.replace("\n", end).encode()
    assert mend_records(data, ACTORS)[0] == mark + MENDED.replace("\n", end).encode()


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("19 June 2024", "2024-06-19"), ("19 Jun 2024", "2024-06-19"), ("June 19, 2024", "2024-06-19"),
        ("Sept. 3 2024", "2024-09-03"), ("2024/06/19", "2024-06-19"), ("2024.6.9", "2024-06-09"),
        ("20240619", "2024-06-19"), ("2024-6-9", "2024-06-09"), ("2024年6月19日", "2024-06-19"),
        ("1-May-2024", "2024-05-01"), ("29 February 2024", "2024-02-29"),
        ("25.04.2023", "2023-04-25"), ("4/25/2023", "2023-04-25"), ("05-05-2023", "2023-05-05"),
        ("31.02.2023", None), ("25.13.2023", None),
        ("06/07/2024", None), ("6.7.2024", None), ("06-07-2024", None), ("19/06/24", None),
        ("29 February 2023", None), ("2024/13/01", None), ("20241301", None), ("June 2024", None),
        ("19 Juni 2024", None), ("1 June 1700", None), ("about 19 June 2024", None), ("", None),
        ("2024/06/19 10:00", None), ("٢٠٢٤/٠٦/١٩", None), ("2024", None), ("19 Mayor 2024", None),
    ],
)  # fmt: skip
def test_days(written: str, day: str | None) -> None:
    assert unambiguous_day(written) == day


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("subtype: talks", "subtype: talk"),
        ("subtype: talks", "subtype: tal ks"),
        ("subtype: talks", "subtype: null"),
        ("subtype: talks", "subtype: [talks]"),
        ("subtype: talks", "subtype: |-\n  TALKS"),
        ("subtype: talks", 'subtype: "TAL\\x4bS"'),
        ("actor: ARC", "actor: Grain"),
        ("actor: ARC", "actor: Arkadia"),
        ("id: s1", "id: S1"),
        ("ceremonial: ", "Ceremonial: "),
        ("themes:", "colour: Red\nthemes:"),
        ("kind: meeting", "kind: Visit"),
        ("publisher: Office of the President of Arcadia", "publisher: NULL\u3000"),
        ("subtype: talks", 'subtype: "talks\\u3000"'),
    ],
)
def test_what_is_in_doubt_is_left(old: str, new: str) -> None:
    data = changed((old, new)).encode()
    assert mend_records(data, ACTORS) == (data, ())


@pytest.mark.parametrize(
    "text", ["a: [1\n", "a: &x TALKS\n", "a: 1\na: 2\n", "", "- 1\n", "a: \x00\n"]
)
def test_what_cannot_be_read_is_left(text: str) -> None:
    assert mend_records(text.encode(), ACTORS) == (text.encode(), ())
    assert mend_records(b"\xff" + text.encode(), ACTORS) == (b"\xff" + text.encode(), ())


def test_without_a_registry_actors_are_left() -> None:
    data = changed(("actor: ARC", "actor: arc")).encode()
    assert mend_records(data, None) == (data, ())


# --- Properties ---------------------------------------------------------------------------------


def spoilt(value: Any, draw: random.Random) -> Any:
    """The record with some of its texts in another case or with space around them."""
    if isinstance(value, dict):
        return {key: spoilt(inner, draw) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [spoilt(inner, draw) for inner in value]
    if isinstance(value, str) and draw.random() < 0.3:
        return draw.choice([value.upper(), value.lower(), f" {value}", f"{value}\u3000", value])
    return value


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    nested_records(), st.randoms(use_true_random=False), st.sampled_from([40, 1000]), st.booleans()
)
def test_mending_never_harms(
    record: dict[str, Any], draw: random.Random, width: int, flow: bool
) -> None:
    import yaml

    plain = (
        {**record, "date": {**record["date"]}} if isinstance(record.get("date"), dict) else record
    )
    raw = yaml.safe_dump(
        spoilt(plain, draw),
        allow_unicode=True,
        sort_keys=False,
        width=width,
        default_flow_style=flow,
    ).encode()
    before = read_yaml_text(raw, name="")
    new, mended = mend_records(raw, ACTORS)
    # Again changes nothing.
    assert mend_records(new, ACTORS) == (new, ())
    if before.findings or not mended:
        return
    # Every line without a change is the same, and there are as many.
    old_lines, new_lines = raw.decode().split("\n"), new.decode().split("\n")
    touched = {m.line for m in mended}
    assert len(old_lines) == len(new_lines)
    for number, (old, fresh) in enumerate(zip(old_lines, new_lines, strict=True), 1):
        assert number in touched or old == fresh
    # No value has a fault afterwards that it had not before.
    faults = [
        {(f.code, f.field) for f in ae.validate(_nested(data)).findings if f.code < "AE2"}
        for data in (raw, new)
    ]
    if "kind" not in {m.field for m in mended}:
        assert faults[1] < faults[0] or "actor" in str(mended)


def _nested(data: bytes) -> Any:
    return read_yaml_text(data, name="").documents[0].values


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nested_records())
def test_sound_values_are_never_changed(record: dict[str, Any]) -> None:
    data = to_yaml(record).encode()
    findings = ae.validate(_nested(data)).findings
    wrong = {f.field for f in findings if f.code < "AE2"}
    _, mended = mend_records(data, None)
    assert {m.field for m in mended} <= wrong


def test_every_example_stays_as_it_is() -> None:
    for record in sound_examples().values():
        data = to_yaml(record).encode()
        assert mend_records(data, Actors.of(REGISTRY)) == (data, ())


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from('ab ,;"\n\r\t中'), max_size=40), st.sampled_from(",;\t"))
def test_cells_are_where_the_reader_finds_them(text: str, delimiter: str) -> None:
    try:
        expected = values_of(text, delimiter)
    except csv.Error:
        return
    rows = list(csv_rows_of(text, delimiter))
    assert [[cell.value for cell in row] for row in rows] == expected
    for row in rows:
        for cell in row:
            written = text[cell.start : cell.end]
            assert cell.value == written or written.startswith('"')
            lines = text[: cell.start].replace("\r\n", "\n").replace("\r", "\n").split("\n")
            assert (cell.line, cell.column) == (len(lines), len(lines[-1]) + 1)


def test_scalars_are_where_the_reader_finds_them() -> None:
    for text in (RECORD, CALL, f"{RECORD}---\n{CALL}"):
        reading = read_yaml_text(text.encode(), name="")
        found = scalars_of(text)
        assert len(found) == len(reading.documents)
        for document, scalars in zip(reading.documents, found, strict=True):
            for path, scalar in scalars.items():
                value: Any = document.values
                for step in path:
                    value = value[step]
                assert value == scalar.value
                line, column = document.place(path)
                assert line == scalar.line
                assert (
                    text[: scalar.start].split("\n")[-1] == text.split("\n")[line - 1][: column - 1]
                )


# --- Tables -------------------------------------------------------------------------------------

TABLE = (
    "person_id,name,name_original,actor,wikidata\r\n"
    'ada-arden,"Ada ""A."" Arden ", ,arcadia,q1\r\n'
    '"bo-berg ",Bo Berg,,"BOREALIA",\r\n'
)


def test_cells_are_mended_in_place() -> None:
    spec = table_specs()["persons"]
    new, mended = mend_table(TABLE.encode(), spec, ACTORS)
    expected = (
        TABLE.replace('Arden "', 'Arden"').replace("arcadia", "ARC").replace('"BOREALIA"', '"BOR"')
        .replace('"bo-berg "', '"bo-berg"')
    )  # fmt: skip
    assert new.decode() == expected
    assert [(m.line, m.field, m.new) for m in mended] == [
        (2, "name", 'Ada "A." Arden'), (2, "actor", "ARC"), (3, "person_id", "bo-berg"),
        (3, "actor", "BOR"),
    ]  # fmt: skip
    assert mend_table(new, spec, ACTORS) == (new, ())


def test_dates_in_tables_and_the_sign_between_cells() -> None:
    text = "actor;valid_from;valid_to\nARC;19 June 2024;06/07/2024\n"
    assert delimiter_of(text) == ";"
    new, _ = mend_table(text.encode(), table_specs()["actors"], None)
    assert new.decode() == text.replace("19 June 2024", "2024-06-19")
    bad = b'actor,name\n"ARC,x\n'
    assert mend_table(bad, table_specs()["actors"], None) == (bad, ())


# --- Files --------------------------------------------------------------------------------------


def spoil(dataset: Path) -> Path:
    record = dataset / "records" / "call.yaml"
    record.write_text(
        changed(("actor: ARC", "actor: arcadia"), ("talks", "Talks")), encoding="utf-8"
    )
    registry = dataset / "actors.csv"
    registry.write_text(ACTORS_CSV.replace("BOR,Borealia", "BOR ,Borealia"), encoding="utf-8")
    return record


def test_a_dataset_is_mended_as_a_whole(dataset_copy: Path, cli: Cli) -> None:
    record = spoil(dataset_copy)
    record.chmod(0o640)
    before = {p: p.read_bytes() for p in dataset_copy.rglob("*") if p.is_file()}
    shown = cli("validate", dataset_copy, "--diff")
    assert shown.returncode == 1
    assert "-subtype: Talks\n+subtype: talks" in shown.stdout
    assert "Would mend 3 values in 2 files." in shown.stdout
    assert {p: p.read_bytes() for p in dataset_copy.rglob("*") if p.is_file()} == before
    done = cli("validate", dataset_copy, "--fix")
    assert done.returncode == 0, done.stdout
    assert "Mended 3 values in 2 files." in done.stdout
    assert done.stdout.endswith("no findings.\n")
    assert record.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in dataset_copy.rglob("*") if p.name.startswith(".")) == []
    again = cli("validate", dataset_copy, "--fix", "--dry-run")
    assert "Nothing to mend that is certain." in again.stdout


def test_a_record_is_mended_with_the_registry_of_its_dataset(
    dataset_copy: Path, tmp_path: Path, cli: Cli
) -> None:
    path = tmp_path / "call.yaml"
    path.write_text(changed(("actor: ARC", "actor: Arcadia"), ("talks", "tolks")), encoding="utf-8")
    done = cli("validate", path, "--in", dataset_copy, "--fix", "--format", "json")
    # What was mended is said aside, and what is left is reported.
    assert '"code": "AE103"' in done.stdout
    assert done.stdout.startswith("{")
    assert "+- actor: ARC" in done.stderr
    assert done.returncode == 1
    assert path.read_text(encoding="utf-8") == changed(("talks", "tolks"))


def test_what_is_not_mended_is_said(dataset_copy: Path, tmp_path: Path) -> None:
    kept = spoil(dataset_copy)
    link = dataset_copy / "records" / "link.yaml"
    link.symlink_to(kept)
    book = tmp_path / "round.xlsx"
    book.write_bytes(b"PK")
    found = plan([dataset_copy, book, tmp_path / "link-to-book"])
    assert found.left[link] == "it is a link"
    assert "spreadsheet" in found.left[book]
    with pytest.raises(AlignmentEventsError, match="is a link"):
        write_whole(link, b"x")


def test_a_file_that_was_changed_meanwhile_is_left(dataset_copy: Path) -> None:
    record = spoil(dataset_copy)
    found = plan([dataset_copy])
    record.write_text("id: other\n", encoding="utf-8")
    with pytest.raises(AlignmentEventsError, match="changed by someone else"):
        apply(found.fixes)
    assert record.read_text(encoding="utf-8") == "id: other\n"
    assert [p.name for p in record.parent.iterdir() if p.name.startswith(".")] == []


def test_a_write_that_fails_leaves_what_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["a.txt"]
    with pytest.raises(AlignmentEventsError, match="no file"):
        write_whole(tmp_path, "new")
