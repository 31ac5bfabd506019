"""`add` puts new actors and persons behind those of the dataset, and changes no row that is there."""

import json

import pytest
from test_add import later, tree

import alignment_events as ae
from alignment_events.read.dataset import read_dataset

ACTORS = "actor,name,actor_type,iso3,cow,gw,wikidata,valid_from,valid_to\n"
PERSONS = "person_id,name,name_original,actor,wikidata\n"
DELOS = 'DEL2,"Delos, the second",state,,,,Q42,2001-01-01,\n'
PERSON = "mara-dunn,Mara Dunn,,DEL2,\n"


def sent(folder, actors=ACTORS + DELOS, persons=PERSONS + PERSON, **changes):
    """A folder with a call to the new state, and the registries that it brings along."""
    folder.mkdir()
    call = later("call")
    call["participants"] = [
        *call["participants"],
        {"actor": "DEL2", "role": "participant", "level": "L4", "person": "mara-dunn"},
    ]
    (folder / "call.jsonl").write_text(json.dumps({**call, **changes}) + "\n", encoding="utf-8")
    for name, text in (("actors", actors), ("persons", persons)):
        if text:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_new_rows_come_in_with_the_record(dataset_copy, tmp_path, cli_here):
    path = sent(tmp_path / "sent")
    before = tree(dataset_copy)
    checked = ae.validate(path, within=dataset_copy)
    assert not checked.findings
    assert checked.rows_seen == {"records": 1, "actors": 1, "persons": 1}
    dry = cli_here("add", path, "--in", dataset_copy, "--dry-run")
    assert (dry.returncode, tree(dataset_copy)) == (0, before)
    assert f"Would add DEL2 to {dataset_copy}/actors.csv" in dry.stdout
    done = cli_here("add", path, "--in", dataset_copy)
    assert done.returncode == 0, done.stdout
    assert f"Added mara-dunn to {dataset_copy}/persons.csv" in done.stdout
    after = tree(dataset_copy)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"actors.csv", "persons.csv"}
    assert len(set(after) - set(before)) == 1
    for name in changed:
        assert after[name].startswith(before[name])
    rows = {row["actor"]: row for row in read_dataset(dataset_copy).tables["actors"]}
    assert rows["DEL2"]["name"] == "Delos, the second"
    assert rows["DEL2"]["valid_from"].isoformat() == "2001-01-01"
    assert ae.validate(dataset_copy).ok
    # The same rows again are there already, and say nothing new.
    again = cli_here("add", path / "actors.csv", "--in", dataset_copy)
    assert (again.returncode, again.stdout.strip()) == (0, "Nothing was written.")
    assert tree(dataset_copy) == after


@pytest.mark.parametrize("end", ["", "\r\n"])
def test_the_form_of_the_file_stays(dataset_copy, tmp_path, cli_here, end):
    registry = dataset_copy / "actors.csv"
    text = registry.read_text(encoding="utf-8").rstrip("\n")
    registry.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", end or "\n").encode() + end.encode())
    before = registry.read_bytes()
    assert cli_here("add", sent(tmp_path / "sent"), "--in", dataset_copy).returncode == 0
    new = registry.read_bytes().removeprefix(before).decode()
    gap = "" if end else "\n"
    assert new == gap + DELOS.replace("\n", end or "\n")
    assert ae.validate(dataset_copy).ok


@pytest.mark.parametrize(
    ("changes", "code", "place", "says"),
    [
        ({"actors": ACTORS + DELOS + "ARC,Arkadia,state,,,,,,\n"}, "AE401", "actors.csv:3:2",
         "ARC is in actors already, with name “"),
        ({"actors": ACTORS + DELOS + DELOS.replace("Q42", "Q43")}, "AE401", "actors.csv:3:7",
         "DEL2 is in actors already, with wikidata “Q42”"),
        ({"actors": ACTORS + DELOS.replace("state", "realm")}, "AE103", "actors.csv:2:3", ""),
        ({"actors": ACTORS + DELOS.replace("2001-01-01", "25.04.2023")}, "AE104", "actors.csv:2:8",
         "Write 2023-04-25."),
        ({"actors": ACTORS.replace("wikidata", "wikdata") + DELOS}, "AE102", "actors.csv:1:7",
         "Did you mean wikidata?"),
        ({"actors": "actor,actor_type\nDEL2,state\n"}, "AE501", "actors.csv:1:1", "name is missing"),
        ({"persons": PERSONS + PERSON.replace("DEL2", "DEL3")}, "AE402", "persons.csv:2:4",
         "no actor “DEL3”"),
        ({"persons": PERSONS + PERSON.replace("Mara Dunn", "")}, "AE101", "persons.csv:2:2", ""),
        ({"actors": None}, "AE402", "call.jsonl", "no actor “DEL2”"),
    ],
)  # fmt: skip
def test_a_row_that_is_wrong_or_contradicts_keeps_all_out(
    changes, code, place, says, dataset_copy, tmp_path, cli_here
):
    path = sent(tmp_path / "sent", **changes)
    before = tree(dataset_copy)
    done = cli_here("add", path, "--in", dataset_copy)
    assert done.returncode == 1, done.stdout
    assert f"{path}/{place}" in done.stdout
    assert code in done.stdout
    assert says in done.stdout
    assert "Nothing was written." in done.stdout
    assert tree(dataset_copy) == before
    codes = {(f.code, f.place) for f in ae.validate(path, within=dataset_copy).findings}
    assert any(c == code and p.startswith(f"{path}/{place}") for c, p in codes)


def test_a_workbook_may_bring_them_along(dataset_copy, tmp_path, cli_here):
    import csv
    import io

    from sheets import wide_sheets, write_xlsx

    call = later("call", id="AE-M9S3-46QW")
    call["participants"] = [*call["participants"], {"actor": "DEL2", "role": "participant"}]
    sheets = wide_sheets([call])
    sheets["Actors"] = list(csv.reader(io.StringIO(ACTORS + DELOS)))
    before = tree(dataset_copy)
    done = cli_here("add", write_xlsx(tmp_path / "a.xlsx", sheets), "--in", dataset_copy)
    assert done.returncode == 0, done.stdout
    assert tree(dataset_copy)["actors.csv"] == before["actors.csv"] + DELOS.encode()


def test_if_records_cannot_be_written_the_registries_are_as_before(
    dataset_copy, tmp_path, cli_here, monkeypatch
):
    from alignment_events.contribute import add

    before = tree(dataset_copy)
    seen = []

    def fails(files):
        seen.append((dataset_copy / "actors.csv").read_bytes())
        raise add.AlignmentEventsError("nothing was written: the disk is full.")

    monkeypatch.setattr(add, "write_records", fails)
    done = cli_here("add", sent(tmp_path / "sent"), "--in", dataset_copy)
    assert done.returncode == 2
    # They were there before any record that names them could be.
    assert seen == [before["actors.csv"] + DELOS.encode()]
    assert tree(dataset_copy) == before
