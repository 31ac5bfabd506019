"""Checks that no change to an example breaks have a sample: what it calls wrong is, and right not."""

import re

import pytest

import alignment_events as ae
from alignment_events.model.rules import CATALOGUE
from alignment_events.model.rules.samples import SAMPLES


def test_every_check_has_an_example_of_one_sort():
    other = {
        code for code, entry in CATALOGUE.items() if entry.breaks or getattr(entry, "raw", None)
    }
    assert set(SAMPLES) == set(CATALOGUE) - other
    assert all(sample.wrong.strip() != sample.right.strip() for sample in SAMPLES.values())


def found_in(dataset, text, name):
    """The codes that the dataset has with this text as one of its files, or at the end of it."""
    path = dataset / name
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    ends = name == "dataset.yaml" and "\nname:" not in f"\n{body}"
    path.write_text((path.read_text(encoding="utf-8") if ends else "") + body, encoding="utf-8")
    return {found.code for found in ae.validate(dataset).findings}


@pytest.mark.parametrize("sort", ["wrong", "right"])
@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("AE501", "actors.csv"),
        ("AE503", "dataset.yaml"),
        ("AE504", "dataset.yaml"),
        ("AE506", "dataset.yaml"),
        ("AE509", "errata.csv"),
        ("AE510", "withdrawn.csv"),
    ],
)
def test_samples_of_datasets_are_what_they_say(code, name, sort, dataset_copy):
    codes = found_in(dataset_copy, getattr(SAMPLES[code], sort), name)
    # The actors of the sample are not all that the records name.
    assert (code in codes) is (sort == "wrong"), codes
    if sort == "right" and code != "AE501":
        assert not codes


def test_an_id_that_is_still_there_is_not_withdrawn(dataset_copy):
    assert "AE508" in found_in(dataset_copy, SAMPLES["AE508"].wrong, "withdrawn.csv")


def test_two_records_in_a_file_of_a_dataset(dataset_copy):
    assert "AE011" in found_in(dataset_copy, SAMPLES["AE011"].wrong, "records/two.yaml")


@pytest.mark.parametrize("sort", ["wrong", "right"])
def test_participants_of_a_core_record(dataset_copy, sort):
    text = getattr(SAMPLES["AE507"], sort)
    path = next(p for p in dataset_copy.rglob("*.yaml") if "kind: agreement" in p.read_text())
    record = re.sub(r"\nparticipants:\n(?:[- ].*\n)+", "\n", path.read_text()).replace(
        "\nscope: core", ""
    )
    path.write_text(record + text)
    codes = {found.code for found in ae.validate(dataset_copy).findings}
    assert ("AE507" in codes) is (sort == "wrong")
    assert not codes & {"AE006", "AE102"}


@pytest.mark.parametrize("sort", ["wrong", "right"])
def test_a_quotation_mark_that_is_never_closed(tmp_path, sort):
    text = re.sub(r"^#.*\n", "", getattr(SAMPLES["AE015"], sort), flags=re.MULTILINE)
    (tmp_path / "calls.csv").write_text(text)
    codes = {found.code for found in ae.validate(tmp_path / "calls.csv").findings}
    assert ("AE015" in codes) is (sort == "wrong")


@pytest.mark.parametrize("sort", ["wrong", "right"])
def test_bytes_that_are_no_utf8(tmp_path, sort):
    data = bytes.fromhex(getattr(SAMPLES["AE002"], sort).splitlines()[1])
    (tmp_path / "call.yaml").write_bytes(b"title: " + data + b"\n")
    codes = {found.code for found in ae.validate(tmp_path / "call.yaml").findings}
    assert ("AE002" in codes) is (sort == "wrong")


@pytest.mark.parametrize(("value", "reason"), [("many", "not a number."), ("inf", "not a finite")])
def test_a_wrong_number_in_the_description_of_a_dataset(dataset_copy, value, reason):
    path = dataset_copy / "dataset.yaml"
    assertion = f"assertions:\n- {{table: events, min: {value}}}\n"
    told = re.sub(r"^assertions:\n(?:[- ].*\n)+", "", path.read_text(), flags=re.MULTILINE)
    path.write_text(told + assertion)
    found = [f.message for f in ae.validate(dataset_copy).findings if "assertions" in f.message]
    assert len(found) == 1
    assert f"assertions/0/min: {reason}" in found[0]
