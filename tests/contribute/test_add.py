"""`add`: what was sent in becomes record files, if it is sound and new: all of it, or nothing."""

import json
import sys

import pexpect
import pytest
from conftest import COMMAND, to_yaml
from support_answers import wanted

import alignment_events as ae
from alignment_events.model.ids import is_valid_id
from alignment_events.read.dataset import read_dataset
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.tables import table_specs

EXAMPLES = sound_examples()


def later(name, **changes):
    """An example moved to a time and under a title that the dataset does not have yet, no id."""
    record = {k: v for k, v in EXAMPLES[name].items() if k not in ("id", "links", "episode")}
    if "meeting" in record:
        record["meeting"] = {**record["meeting"], "outcome": ["readouts_only"]}
    record["coding"] = {**record["coding"], "date": "2032-01-15"}
    if name == "visit":
        # The same persons on the same day would be asked about.
        record["participants"] = [
            {k: v for k, v in one.items() if k != "person"} for one in record["participants"]
        ]
    return {
        **record,
        "title": {"call": "Talk of dredging", "visit": "A tour of saw mills"}.get(name, name),
        "summary": {"call": "Of harbours.", "visit": "Forests and mills, at length."}.get(
            name, "Other."
        ),
        "date": {"start": "2031-11-03", "precision": "day", "basis": "occurred"},
        **changes,
    }


def tree(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def new_files(dataset, before):
    after = tree(dataset)
    assert all(after[name] == data for name, data in before.items())
    return sorted(set(after) - set(before))


def same(path, record):
    """The record in a file is the one that was sent, its id aside."""
    (source,) = [s for s in read_dataset(path.parents[2]).records if s.file == str(path)]
    assert is_valid_id(source.values["id"])
    return wanted({**source.values, "id": "AE-DHZH-G7X2"}) == wanted(
        {**record, "id": "AE-DHZH-G7X2"}
    )


def test_yaml_with_two_records(dataset_copy, tmp_path, cli):
    (tmp_path / "two.yaml").write_text(to_yaml(later("call"), later("visit")), encoding="utf-8")
    before = tree(dataset_copy)
    dry = cli("add", tmp_path / "two.yaml", "--in", dataset_copy, "--dry-run")
    assert dry.returncode == 0, dry.stdout
    assert dry.stdout.count("Would write") == 2
    assert tree(dataset_copy) == before
    done = cli("add", tmp_path / "two.yaml", "--in", dataset_copy)
    assert done.returncode == 0, done.stdout
    names = new_files(dataset_copy, before)
    assert names == [
        "records/2031/2031-11-03-a-tour-of-saw-mills.yaml",
        "records/2031/2031-11-03-talk-of-dredging.yaml",
    ]
    assert same(dataset_copy / names[0], later("visit"))
    assert same(dataset_copy / names[1], later("call"))
    assert all(name in done.stdout for name in names)
    assert ae.validate(dataset_copy).ok


def test_rows_that_name_each_other_become_linked_records(dataset_copy, tmp_path, cli_here):
    import csv

    from alignment_events.spec.wide import to_wide

    visit = to_wide(later("visit")).main | {
        "key": "the visit",
        "participants": "ARC:visitor:L6; BOR:host:L5",
        "links": 'produced "the pact" stated',
    }
    pact = to_wide(later("pact")).main | {
        "key": "the pact",
        "participants": "ARC:signatory:L6; BOR:signatory:L5",
        "agreement_implementation": "not_assessed",
    }
    headers = sorted({*visit, *pact})
    with open(tmp_path / "wide.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, headers)
        writer.writeheader()
        writer.writerows([visit, pact])
    before = tree(dataset_copy)
    done = cli_here("add", tmp_path / "wide.csv", "--in", dataset_copy, "--allow-duplicates")
    assert done.returncode == 0, done.stdout
    found = {
        s.values["kind"]: s.values
        for s in read_dataset(dataset_copy).records
        if "2031-11-03" in s.file
    }
    assert found["meeting"]["links"] == [
        {"type": "produced", "to": found["agreement"]["id"], "basis": "stated"}
    ]
    assert len(new_files(dataset_copy, before)) == 2


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "tables"])
def test_other_formats(kind, dataset_copy, tmp_path, cli_here):
    record = later("call")
    if kind == "jsonl":
        path = tmp_path / "sent.jsonl"
        path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    else:
        from support import text_tables, typed_tables

        # Tables of the format name each row's record by its id.
        record = {**record, "id": "AE-M9S3-46QW"}
        tables = typed_tables([record]) if kind == "parquet" else text_tables([record])
        path = tmp_path / "sent"
        path.mkdir()
        for name, frame in tables.items():
            if frame.height and name != "records":
                if kind == "parquet":
                    frame.write_parquet(path / f"{name}.parquet")
                else:
                    frame.write_csv(path / f"{name}.csv")
    before = tree(dataset_copy)
    done = cli_here("add", path, "--in", dataset_copy)
    assert done.returncode == 0, done.stdout
    (name,) = new_files(dataset_copy, before)
    assert same(dataset_copy / name, record)
    assert ae.validate(dataset_copy).ok


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"scope": "cor"}, "Did you mean core"),
        ({"id": "AE-DHZH-G7X2"}, "stands twice"),
        ({"participants": [{"actor": "ARC", "role": "initiator"}, {"actor": "BORE", "role": "participant"}]},
         "no actor “BORE”"),
        ({"links": [{"type": "responds_to", "to": "AE-M9S3-46QW", "basis": "stated"}]}, "no record"),
        ({"title": "=cmd"}, "AE106"),
    ],
)  # fmt: skip
def test_nothing_is_written_if_one_record_is_wrong(changes, says, dataset_copy, tmp_path, cli_here):
    wrong = later("visit", **changes)
    (tmp_path / "two.yaml").write_text(to_yaml(later("call"), wrong), encoding="utf-8")
    before = tree(dataset_copy)
    done = cli_here("add", tmp_path / "two.yaml", "--in", dataset_copy)
    assert done.returncode == 1
    assert says in done.stdout
    assert "Nothing was written." in done.stdout
    assert tree(dataset_copy) == before


def test_files_that_are_none(dataset_copy, tmp_path, cli_here):
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    before = tree(dataset_copy)
    for name in ("empty.yaml", "missing.yaml"):
        done = cli_here("add", tmp_path / name, "--in", dataset_copy)
        assert done.returncode == 2
        assert name in done.stdout
    assert cli_here("add", "--in", dataset_copy).returncode == 2
    (tmp_path / "actors.csv").write_bytes((dataset_copy / "actors.csv").read_bytes())
    done = cli_here("add", tmp_path / "actors.csv", "--in", dataset_copy)
    assert (done.returncode, done.stdout.strip()) == (0, "Nothing was written.")
    header = ",".join(table_specs()["coverage"].names)
    (tmp_path / "coverage.csv").write_text(f"{header}\n", encoding="utf-8")
    done = cli_here("add", tmp_path / "coverage.csv", "--in", dataset_copy)
    assert done.returncode == 2
    assert "coverage" in done.stderr
    assert tree(dataset_copy) == before


def again():
    """The visit of the examples as another person might code it: other words, a day later."""
    visit = {k: v for k, v in EXAMPLES["visit"].items() if k not in ("id", "links")}
    return {
        **visit,
        "title": "Arcadia's president visits Borealia",
        "meeting": {**visit["meeting"], "outcome": ["readouts_only"]},
        "date": {"start": "2031-03-05", "precision": "day", "basis": "occurred"},
    }


def test_a_likely_duplicate_stops_without_a_terminal(dataset_copy, tmp_path, cli_here):
    (tmp_path / "again.yaml").write_text(to_yaml(again()), encoding="utf-8")
    before = tree(dataset_copy)
    done = cli_here("add", tmp_path / "again.yaml", "--in", dataset_copy)
    assert done.returncode == 1
    assert "AE-DHZH-G7X2" in done.stdout
    assert "--allow-duplicates" in done.stdout
    assert tree(dataset_copy) == before
    assert cli_here(
        "add", tmp_path / "again.yaml", "--in", dataset_copy, "--allow-duplicates"
    ).returncode == 0  # fmt: skip


def test_duplicates_within_what_was_sent(dataset_copy, tmp_path, cli_here):
    (tmp_path / "twice.yaml").write_text(to_yaml(later("call"), later("call")), encoding="utf-8")
    done = cli_here("add", tmp_path / "twice.yaml", "--in", dataset_copy)
    assert done.returncode == 1
    assert "100 of 100 alike" in done.stdout


@pytest.mark.parametrize(
    ("answer", "code", "files"), [("k", 0, 2), ("s", 0, 1), ("q", 1, 0), ("\x04", 1, 0)]
)
def test_a_person_decides_on_a_likely_duplicate(answer, code, files, dataset_copy, tmp_path):
    sent = tmp_path / "again.yaml"
    sent.write_text(to_yaml(later("call"), again()), encoding="utf-8")
    before = tree(dataset_copy)
    child = pexpect.spawn(
        sys.executable, [*COMMAND[1:], "add", str(sent), "--in", str(dataset_copy)],
        encoding="utf-8", timeout=30, dimensions=(50, 200),
    )  # fmt: skip
    child.expect_exact("[k/s/q]")
    child.sendline(answer) if answer.isalpha() else child.send(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code, child.before
    assert len(new_files(dataset_copy, before)) == files


def test_what_links_to_a_skipped_record_links_to_the_one_that_is_there(dataset_copy, tmp_path):
    """Through the function: a person skips the visit, and keeps the pact that it produced."""
    from alignment_events.contribute.add import Added, _without_duplicates
    from alignment_events.contribute.target import open_target
    from alignment_events.contribute.terminal import Terminal

    visit = {**again(), "id": "AE-M9S3-46QW"}
    answer = later("call", links=[{"type": "responds_to", "to": "AE-M9S3-46QW", "basis": "stated"}])
    (tmp_path / "x.yaml").write_text(to_yaml(visit, answer), encoding="utf-8")
    added = Added(open_target(dataset_copy))
    added.read(tmp_path / "x.yaml")
    from alignment_events.contribute.new_record import as_record

    records = [as_record(dict(one.values)) for one in added.records]
    kept = _without_duplicates(added, records, Terminal(lambda prompt: "s", lambda line: None))
    assert [(r.kind.value, r.links[0].to) for r in kept] == [("meeting", "AE-DHZH-G7X2")]


def test_validate_within_a_dataset_refuses_what_add_refuses(dataset_copy, tmp_path, cli_here):
    call = later("call")
    call["participants"] = [{**one, "actor": "DEL"} for one in call["participants"]]
    (tmp_path / "call.yaml").write_text(to_yaml(call), encoding="utf-8")
    for command in ("validate", "add"):
        done = cli_here(command, tmp_path / "call.yaml", "--in", dataset_copy)
        assert done.returncode == 1, done.stdout
        assert "AE507 [participants]" in done.stdout
        assert "role: controller" in done.stdout


def test_a_link_to_a_key_that_no_row_has(dataset_copy, tmp_path, cli_here):
    import csv

    from alignment_events.spec.wide import to_wide

    wide = to_wide(later("visit")).main | {
        "key": "tour of mills",
        "links": "produced mou-mill stated",
    }
    with open(tmp_path / "wide.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(wide))
        writer.writeheader()
        writer.writerow(wide)
    for command in ("validate", "add"):
        done = cli_here(command, tmp_path / "wide.csv", "--in", dataset_copy)
        assert done.returncode == 1, done.stdout
        assert "no row has the key “mou-mill”, and it is no id either" in done.stdout
        assert "The keys are: “tour of mills”." in done.stdout
