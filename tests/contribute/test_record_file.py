"""A record written as a file is the record that any YAML reader gets back."""

import datetime as dt
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from ruamel.yaml import YAML
from strategies import nested_records

from alignment_events.contribute.record_file import (
    WIDTH,
    number_text,
    plain_values,
    render_record,
    schema_for,
)
from alignment_events.findings import AlignmentEventsError
from alignment_events.model.events import record_adapter
from alignment_events.read.dataset import read_records
from alignment_events.read.yaml_reader import read_yaml_text
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.records import record_specs

ROOT = Path(__file__).parents[2]


def read(text):
    reading = read_yaml_text(text.encode(), name="x", single=True)
    assert reading.findings == ()
    return reading.documents[0].values


def as_record(values):
    return record_adapter.validate_python(values)


def test_every_real_record_comes_back_as_it_was():
    findings = []
    sources = list(read_records(ROOT / "datasets/china-russia-dprk/records", findings))
    assert len(sources) > 500
    for source in sources:
        record = as_record(source.values)
        text = render_record(plain_values(record))
        assert as_record(read(text)) == record, source.file


@settings(max_examples=40, deadline=None)
@given(nested_records())
def test_three_readers_see_the_same_record(values):
    record = as_record(values)
    text = render_record(plain_values(record))
    ours = as_record(read(text))
    by_yaml_1_1 = as_record(yaml.safe_load(text))
    by_yaml_1_2 = as_record(YAML(typ="safe", pure=True).load(text))
    assert ours == by_yaml_1_1 == by_yaml_1_2 == record


@pytest.mark.parametrize(
    "text",
    ["NO", "no", "on", "Off", "y", "null", "~", "2024-06", "2024-06-19", "2024", "1e3", "0o17", "0x1F",
     "1_000", "12:30:45", ".5", "NaN", "inf", "!tag", "&a", "*a", "- x", "? x", "a: b", "a #b", "a,b",
     "[a]", "{a}", "'a'", '"a"', "a\\b", "| x", "> x", "%x", "`x", "<<", "null: 1", "ünï", "北京", "№ 5",
     "Café\u2028x", "\ufeffx", "a\u00a0b", "https://a.example/b?c=d#e", "x:", "true", "C'est", "x -", "1."],
)  # fmt: skip
def test_a_text_stays_a_text_in_every_reader(text):
    values = {**sound_examples()["call"], "note": text, "themes": [text, "x"]}
    written = render_record(values)
    for found in (
        read(written),
        yaml.safe_load(written),
        YAML(typ="safe", pure=True).load(written),
    ):
        assert found["note"] == text
        assert found["themes"] == [text, "x"]


def test_what_no_file_can_hold_is_refused():
    for text in ("a\x85b", "a\ud800"):
        with pytest.raises(AlignmentEventsError, match="cannot be written"):
            render_record({**sound_examples()["call"], "note": text})


def test_the_layout():
    record = as_record(sound_examples()["visit"])
    text = render_record(plain_values(record), schema="../schema/x.json")
    lines = text.splitlines()
    assert lines[0] == "# yaml-language-server: $schema=../schema/x.json"
    tops = [line.split(":")[0] for line in lines[1:] if line[0] not in " -"]
    assert tops[:7] == ["id", "kind", "subtype", "scope", "title", "summary", "date"]
    assert tops[-2:] == ["sources", "coding"]
    assert max(map(len, lines)) <= WIDTH
    assert "summary: >-" in lines
    assert "themes: [defence, trade]" in lines
    assert '  start: "2031-03-04"' in lines
    assert "    published: 2031-03-05" in lines


def test_every_field_of_every_kind_has_a_place():
    from alignment_events.contribute.order import asked_fields, written_fields

    for spec in record_specs().values():
        assert sorted(f.name for f in written_fields(spec)) == sorted(f.name for f in spec.fields)
        assert sorted(f.name for f in asked_fields(spec)) == sorted(f.name for f in spec.fields)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (900.0, "900"),
        (1e15, "1000000000000000"),
        (0.25, "0.25"),
        (1e-7, "0.0000001"),
        (-61.5, "-61.5"),
    ],
)
def test_numbers_have_no_exponent(number, text):
    assert number_text(number) == text
    assert yaml.safe_load(text) == number


def test_the_schema_line_leads_to_the_schema(tmp_path):
    (tmp_path / "schema/contribution").mkdir(parents=True)
    (tmp_path / "schema/contribution/gap.schema.json").touch()
    path = tmp_path / "datasets/x/records/2031/y.yaml"
    found = schema_for(path, "gap")
    assert found == "../../../../schema/contribution/gap.schema.json"
    path.parent.mkdir(parents=True)
    assert (path.parent / found).is_file()
    assert schema_for(path, "deed") is None
    assert schema_for(Path("/nowhere/x.yaml"), "gap") is None


def test_days_stay_days():
    assert "accessed: 2031-04-01" in render_record(
        {"kind": "meeting", "sources": [{"accessed": dt.date(2031, 4, 1)}]}
    )
