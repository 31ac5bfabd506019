"""Units, their fields and the long form: what is compared must be what was coded."""

import csv
import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from conftest import NAME, to_yaml
from hypothesis import HealthCheck, given, settings
from sheets import wide_sheets, write_csvs, write_json_lines, write_xlsx
from strategies import datasets

from alignment_events.findings import AlignmentEventsError, InvalidData
from alignment_events.measures.coding_files import read_coding
from alignment_events.measures.codings import (
    Coding,
    Unit,
    coded_fields,
    fields_of,
)
from alignment_events.measures.long_form import coding_of_rows, long_rows, write_rows, written
from alignment_events.read.csv_rows import read_csv_table
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.records import all_vocabularies, leaves, record_specs
from alignment_events.spec.tables import table_specs

DAY = dt.date(2032, 12, 1)
NOT_CODED = (
    "id",
    "title",
    "summary",
    "sources",
    "coding",
    "links",
    "claims",
    "external_ids",
    "note",
)
KINDS = list(record_specs())


def as_unit(record, card="card-1"):
    """A record as a blind coder would write it."""
    return {"card_key": card, **{k: v for k, v in record.items() if k not in NOT_CODED}}


@pytest.fixture
def units_file(tmp_path):
    path = tmp_path / "Part 1.yaml"
    records = sound_examples()
    units = [as_unit(records["visit"]), as_unit(records["pact"]), {"card_key": "card-2"}]
    path.write_text(to_yaml(*units), encoding="utf-8")
    return path


def test_every_code_of_a_kind_is_compared():
    # Derived from the specification, so that a new field is compared without anybody's doing.
    for kind in KINDS:
        fields = coded_fields(kind)
        for path, spec in leaves(record_specs()[kind]):
            if spec.vocabulary and not spec.constant and not path.startswith("coding/"):
                assert path in fields


def test_the_metric_follows_the_vocabulary():
    assert coded_fields("statement")["commitment"].metric == "ordinal"
    assert coded_fields("gap")["gap/severity"].metric == "ordinal"
    assert coded_fields("meeting")["level"].metric == "ordinal"
    assert coded_fields("meeting")["subtype"].metric == "nominal"
    assert coded_fields("meeting")["ceremonial"].codes == ("false", "true")
    assert coded_fields("agreement")["agreement/obligations"].metric == "masi"
    assert coded_fields("deed")["observations/enactment"].metric == "ordinal"
    assert coded_fields("deed")["date/start"].metric == "interval"


def test_unknown_is_no_point_of_a_scale_but_a_nominal_code():
    assert "unknown" not in coded_fields("statement")["commitment"].codes
    assert "unknown" in coded_fields("meeting")["meeting/regularity"].codes


def test_fields_of_a_record():
    records = sound_examples()
    visit, ballot = fields_of(records["visit"]), fields_of(records["ballot"])
    assert visit["roles"] == {"ARC:visitor", "BOR:host"}
    assert visit["actors"] == {"ARC", "BOR"}
    assert (visit["date/start"], visit["date/end"]) == ("2031-03-04", "2031-03-05")
    assert visit["themes/1"] == records["visit"]["themes"][0]
    assert {name for name in ballot if name.startswith("vote/")} == {"vote/ARC", "vote/BOR"}
    assert "vote/CAL" not in ballot


def test_days_are_those_that_the_date_may_mean():
    delivery, shortfall = (fields_of(sound_examples()[n]) for n in ("delivery", "shortfall"))
    assert (delivery["date/start"], delivery["date/end"]) == ("2031-07-01", "2031-12-31")
    assert shortfall["date/end"] == "2031-12-31"  # one day, as no end is given
    ongoing = {**sound_examples()["shortfall"], "date": {"start": "2031-12-31", "ongoing": "true"}}
    assert fields_of(ongoing)["date/end"] is None


def test_a_default_that_was_left_out_is_what_was_coded():
    record = dict(sound_examples()["visit"])
    record.pop("occurrence", None)
    assert fields_of(record)["occurrence"] == "held"
    assert fields_of(record)["date/ongoing"] == "false"


def test_several_entries_of_an_actor_give_its_highest_level():
    record = dict(sound_examples()["visit"])
    record["participants"] = [
        {"actor": "ARC", "role": "visitor", "level": level} for level in ("L2", "unknown", "L5")
    ]
    assert fields_of(record)["level/ARC"] == "L5"


def test_the_latest_observation_counts():
    record = dict(sound_examples()["delivery"])
    record["observations"] = [
        {"as_of": "2032-01-01", "enactment": "E3"},
        {"as_of": "2031-08-01", "enactment": "E2"},
    ]
    assert fields_of(record)["observations/enactment"] == "E3"


def test_plain_records_and_models_give_the_same_fields():
    from alignment_events.model.events import record_adapter

    for record in sound_examples().values():
        model = record_adapter.validate_python(record).model_dump()
        assert fields_of(record) == fields_of(model)


def coding_of(records, card="card-1"):
    units = tuple(
        Unit(card, n, str(r["kind"]), fields_of(r), r["id"]) for n, r in enumerate(records, 1)
    )
    return Coding("coder-2", "machine", "0.1", frozenset({card, "empty"}), units, DAY)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(datasets())
def test_the_long_form_says_it_all(tmp_path_factory, records):
    coding = coding_of([record.model_dump() for record in records])
    rows = long_rows(coding, "sample-1")
    assert coding_of_rows(rows) == coding
    # It is the published table: every row is sound there, and so it stays through CSV.
    path = tmp_path_factory.mktemp("codings") / "codings.csv"
    write_rows(rows, path)
    read = read_csv_table(path, table_specs()["codings"], name="codings.csv")
    assert read.findings == ()
    assert coding_of_rows(read.rows) == coding
    keys = [tuple(row[k] for k in table_specs()["codings"].key) for row in read.rows]
    assert len(set(keys)) == len(keys)


def test_signs_are_words_in_the_long_form():
    # A cell that begins with + or - is a formula to a spreadsheet, and refused by the format.
    assert written("+2") == "plus 2"
    for code in all_vocabularies()["stance"].values:
        fields = {"stance/ARC": code, "actors": frozenset({"ARC"})}
        fields["roles"] = frozenset({"ARC:target"})
        coding = replace(coding_of([]), units=(Unit("card-1", 1, "statement", fields),))
        assert coding_of_rows(long_rows(coding, "s")).units[0].fields["stance/ARC"] == code


def test_the_day_of_coding_is_never_invented():
    with pytest.raises(ValueError, match="day of coding"):
        long_rows(replace(coding_of([]), date=None), "s")


def test_units_are_read_from_yaml(units_file):
    coding = read_coding(units_file)
    assert [(u.card_key, u.number, u.kind) for u in coding.units] == [
        ("card-1", 1, "meeting"),
        ("card-1", 2, "agreement"),
    ]
    assert coding.cards == {"card-1", "card-2"}  # in card-2 the coder found no record
    assert (coding.coder, coding.method) == ("part-1", "machine")
    assert read_coding(units_file.parent).units == coding.units


def test_a_human_coder_must_be_named_as_such(tmp_path):
    path = tmp_path / "a.yaml"
    about = {"coder": "coder-9", "method": "human", "date": "2032-11-30"}
    unit = {**as_unit(sound_examples()["visit"]), "coding": about}
    path.write_text(to_yaml(unit), encoding="utf-8")
    coding = read_coding(path)
    assert (coding.coder, coding.method, coding.date) == ("coder-9", "human", dt.date(2032, 11, 30))
    # One unit of a machine, and no longer did a person decide everything.
    path.write_text(to_yaml(unit, as_unit(sound_examples()["pact"], "card-3")), encoding="utf-8")
    assert read_coding(path).method == "machine_assisted"


def test_two_codings_of_one_card_are_not_taken_for_one(tmp_path):
    for name in ("ada", "ben"):
        unit = to_yaml(as_unit(sound_examples()["visit"]))
        (tmp_path / f"{name}.yaml").write_text(unit, encoding="utf-8")
    with pytest.raises(AlignmentEventsError, match=r"coded card-1.*: ada, ben"):
        read_coding(tmp_path)
    assert len(read_coding(tmp_path, coder="ben").units) == 1


def test_what_is_wrong_in_a_unit_is_told_with_its_place(tmp_path):
    path = tmp_path / "a.yaml"
    wrong = as_unit(sound_examples()["visit"])
    wrong["subtype"] = "visitation"
    missing = as_unit(sound_examples()["call"])
    del missing["ceremonial"]
    nameless = {k: v for k, v in as_unit(sound_examples()["pact"]).items() if k != "card_key"}
    path.write_text(to_yaml(wrong, missing, nameless), encoding="utf-8")
    with pytest.raises(InvalidData) as error:
        read_coding(path)
    found = error.value.report.findings
    assert {(f.code, f.field) for f in found} == {
        ("AE103", "subtype"),
        ("AE101", "ceremonial"),
        ("AE101", None),
    }
    assert all(f.file == str(path) and f.line for f in found)
    line = path.read_text(encoding="utf-8").splitlines()[found[0].line - 1]
    assert "visitation" in line


@pytest.fixture
def decided(dataset_copy):
    records = sound_examples()
    rows = [
        ("card-1", "coded", f"{records['visit']['id']} {records['pact']['id']}"),
        ("card-2", "rejected", ""),
        ("card-3", "merged", records["visit"]["id"]),
    ]
    with (dataset_copy / "decisions.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("card_key", "outcome", "record_ids", "reason"))
        writer.writerows((*row, "") for row in rows)
    return dataset_copy


def test_a_dataset_is_the_first_coding(decided):
    coding = read_coding(decided)
    assert decided.name == NAME
    assert coding.cards == {"card-1", "card-2", "card-3"}
    assert [(u.card_key, u.kind) for u in coding.units] == [
        ("card-1", "meeting"),
        ("card-1", "agreement"),
        ("card-3", "meeting"),
    ]
    assert coding.units[0].record_id == sound_examples()["visit"]["id"]
    assert read_coding(decided, cards={"card-2"}).units == ()


def test_a_decision_must_lead_to_a_record(decided):
    with (decided / "decisions.csv").open("a", encoding="utf-8") as stream:
        stream.write("card-4,coded,AE-0000-0000,\n")
    with pytest.raises(AlignmentEventsError, match="card-4"):
        read_coding(decided)
    assert read_coding(decided, cards={"card-1"}).units


def test_a_faulty_record_or_table_of_decisions_is_told_and_no_crash(decided):
    path = decided / "records" / "visit.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("kind: meeting", "kind: party"))
    with pytest.raises(InvalidData) as error:
        read_coding(decided)
    assert [(f.code, f.file) for f in error.value.report.findings] == [("AE103", str(path))]
    (decided / "decisions.csv").write_text("card,ids\n")
    with pytest.raises(AlignmentEventsError, match="lacks a column"):
        read_coding(decided)


def test_a_folder_of_other_yaml_is_one_sentence(decided):
    with pytest.raises(AlignmentEventsError, match="no document has a card_key"):
        read_coding(decided / "records")


def test_a_folder_without_units_or_decisions_says_so(tmp_path, dataset_copy):
    with pytest.raises(InvalidData, match="no files in the folder"):
        read_coding(_empty(tmp_path))
    with pytest.raises(AlignmentEventsError, match=r"no decisions\.csv"):
        read_coding(dataset_copy)


def _empty(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def _units_as(form, folder, units):
    """The same units in any form in which a contribution may come."""
    if form == "yaml":
        (folder / "units.yaml").write_text(to_yaml(*units), encoding="utf-8")
        return folder / "units.yaml"
    if form == "jsonl":
        return write_json_lines(folder / "units.jsonl", units)
    sheets = wide_sheets([{k: v for k, v in u.items() if k != "card_key"} for u in units])
    cards = ["card_key", *(u["card_key"] for u in units)]
    sheets["Events"] = [[c, *row] for c, row in zip(cards, sheets["Events"], strict=True)]
    if form == "xlsx":
        return write_xlsx(folder / "units.xlsx", sheets)
    suffix, delimiter = {"csv": (".csv", ","), "tsv": (".tsv", "\t")}[form]
    return write_csvs(folder / "units", sheets, suffix, delimiter)


@pytest.mark.parametrize("form", ["jsonl", "xlsx", "csv", "tsv"])
def test_units_are_the_same_in_every_form(tmp_path, form):
    # Ids hold the sheets of one unit together; they are not compared.
    units = [
        {"id": record["id"], **as_unit(record, f"card-{number % 3}")}
        for number, record in enumerate(sound_examples().values())
    ]
    expected = read_coding(_units_as("yaml", tmp_path, units))
    found = read_coding(_units_as(form, tmp_path, units))
    assert found.units == expected.units
    assert found.cards == expected.cards == {"card-0", "card-1", "card-2"}


def test_a_fault_in_a_unit_of_a_workbook_is_told_by_cell(tmp_path):
    record = sound_examples()["visit"]
    unit = {"id": record["id"], **as_unit(record), "subtype": "visitation"}
    with pytest.raises(InvalidData) as error:
        read_coding(_units_as("xlsx", tmp_path, [unit]))
    (found,) = error.value.report.findings
    assert (found.code, found.field, found.sheet) == ("AE103", "subtype", "Events")
    assert found.cell


@pytest.mark.parametrize("form", ["tsv", "xlsx", "parquet"])
def test_the_long_form_is_the_same_in_every_form(tmp_path, form):
    coding = coding_of([sound_examples()["visit"], sound_examples()["pact"]])
    rows = long_rows(coding, "s")
    header = list(table_specs()["codings"].names)
    texts = [header, *(["" if row[c] is None else str(row[c]) for c in header] for row in rows)]
    if form == "parquet":
        path = tmp_path / "codings.parquet"
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(path)
    elif form == "xlsx":
        path = write_xlsx(tmp_path / "round.xlsx", {"codings": texts})
    else:
        path = write_csvs(tmp_path / "t", {"codings": texts}, ".tsv", "\t") / "codings.tsv"
    assert read_coding(path) == coding_of_rows(rows)


def test_a_table_of_several_coders_needs_a_name(tmp_path):
    one = coding_of([sound_examples()["visit"]])
    rows = [*long_rows(one, "s"), *long_rows(replace(one, coder="coder-3"), "s")]
    path = tmp_path / "codings.csv"
    write_rows(rows, path)
    with pytest.raises(AlignmentEventsError, match="coder-2, coder-3"):
        read_coding(path)
    assert read_coding(path, coder="coder-3").coder == "coder-3"


def test_a_faulty_table_is_told_by_line(tmp_path):
    path = tmp_path / "codings.csv"
    rows = long_rows(coding_of([sound_examples()["visit"]]), "s")
    rows[3]["field"] = "Unit one"
    write_rows(rows, path)
    with pytest.raises(InvalidData) as error:
        read_coding(path)
    assert [(f.line, f.field) for f in error.value.report.findings] == [(5, "field")]


@pytest.mark.parametrize(
    ("field", "value"), [("unit/1/sort", "x"), ("unit/1/kind", "treaty"), ("unit/2/scope", "core")]
)
def test_fields_that_no_unit_has_are_refused(field, value):
    # Else a typing error in a field would silently make a code into none.
    rows = long_rows(coding_of([sound_examples()["visit"]]), "s")
    rows.append({**rows[1], "field": field, "value": value})
    with pytest.raises(AlignmentEventsError, match="card-1"):
        coding_of_rows(rows)
