"""`new`: a record by questions at a real terminal, or from flags without one."""

import datetime as dt
import subprocess
import sys

import pexpect
import pytest
from conftest import COMMAND, to_yaml
from support_answers import typed, wanted

import alignment_events as ae
from alignment_events.contribute.interview import Interview
from alignment_events.model.ids import is_valid_id
from alignment_events.read.yaml_reader import read_yaml
from alignment_events.spec.examples import sound_examples

CALL = wanted(sound_examples()["call"])


def other_call():
    """A record that is not in the dataset yet: another day, about another thing."""
    return {
        **CALL,
        "title": "Harbour masters of Arcadia and Borealia write to each other",
        "summary": "Letters were exchanged about the dredging of a channel.",
        "date": {
            "start": "2031-11-03",
            "precision": "day",
            "basis": "occurred",
            "ongoing": "false",
        },
    }


def flags(values, path=""):
    """The values as `--set path=value`."""
    found = []
    for name, value in values.items():
        here = f"{path}{name}"
        if isinstance(value, dict):
            found += flags(value, f"{here}/")
        elif isinstance(value, list) and isinstance(value[0], dict):
            for number, item in enumerate(value):
                found += flags(item, f"{here}/{number + 1}/")
        elif name not in ("kind", "id"):
            found += ["--set", f"{here}={', '.join(value) if isinstance(value, list) else value}"]
    return found


def written(dataset):
    (path,) = [p for p in (dataset / "records").rglob("*.yaml") if p.parent.name.isdigit()]
    return path


class AtTerminal:
    """The command in a pseudo-terminal, and a person who types."""

    def __init__(self, *arguments, cwd=None):
        self.child = pexpect.spawn(
            sys.executable, [*COMMAND[1:], *map(str, arguments)],
            encoding="utf-8", timeout=30, dimensions=(50, 300), cwd=cwd,
        )  # fmt: skip
        self.child.delaybeforesend = None
        self.seen = ""

    def type(self, prompt, line):
        self.child.expect_exact(prompt)
        self.seen += self.child.before + self.child.after
        self.child.sendline(line)

    def end(self):
        self.child.expect(pexpect.EOF)
        self.seen += self.child.before
        self.child.close()
        assert "Traceback" not in self.seen
        return self.child.exitstatus

    def answer_all(self, want, given=None):
        """Type the answers of a record, as its interview would ask for them."""
        from alignment_events.contribute.terminal import _prompt

        interview = Interview(want["kind"], dt.date.today(), values=dict(given or {}))
        while (question := interview.next()) is not None:
            answer = typed(question, want)
            self.type(_prompt(question), answer)
            interview.answer(question, answer)


def test_one_question_at_a_terminal(dataset_copy):
    want = other_call()
    given = {k: v for k, v in want.items() if k not in ("title", "id")}
    person = AtTerminal("new", "meeting", "--in", dataset_copy, "--set", "note=x", *flags(given))
    person.type("> ", "=1")
    person.type("not a valid text", "")
    person.type("> ", "?")
    person.type("At most 200 characters", want["title"])
    for _ in range(40):
        found = person.child.expect_exact(["> ", "/N] ", pexpect.EOF])
        if found == 2:
            break
        person.child.sendline("")
    person.seen += person.child.before
    assert "Wrote AE-" in person.seen
    record = read_yaml(written(dataset_copy)).documents[0].values
    assert record["title"] == want["title"]
    assert ae.validate(dataset_copy).ok


@pytest.mark.full
@pytest.mark.parametrize("name", ["visit", "pact", "communique", "delivery", "shortfall", "call"])
def test_a_whole_record_at_a_terminal(name, dataset_copy):
    want = wanted(sound_examples()[name])
    # The same event a year earlier, without what only the example's own place in its world allows.
    person = AtTerminal("new", want["kind"], "--out", dataset_copy.parent / "x.yaml")
    person.answer_all(want)
    code = person.end()
    assert code == 0, person.seen
    made = read_yaml(dataset_copy.parent / "x.yaml").documents[0].values
    assert is_valid_id(made.pop("id"))
    assert wanted({**made, "id": want["id"]}) == want


@pytest.mark.full
def test_mistakes_help_and_going_back_at_a_terminal(dataset_copy):
    person = AtTerminal("new", "meeting", "--in", dataset_copy)
    person.type("> ", "tlaks")
    person.type("Did you mean talks?", "?")
    person.type("contact", "visit")
    person.type("> [core] ", "<")
    person.type("subtype", "talks")
    person.type("> [core] ", "")
    person.type("> ", "A title")
    person.type("> ", "A summary.")
    person.type("> ", "2031-05")
    person.type("> [month] ", "day")
    person.type("2031-05 is no day", "month")
    person.type("date/ongoing", "!q")
    person.type("draft? [Y/n] ", "")
    person.type("File [draft-a-title.yaml] ", str(dataset_copy.parent / "my.yaml"))
    assert person.end() == 1
    assert f"new meeting --in {dataset_copy} --answers" in person.seen
    draft = read_yaml(dataset_copy.parent / "my.yaml").documents[0].values
    assert draft["subtype"] == "talks"
    assert draft["date"] == {"start": "2031-05", "precision": "month"}
    assert not list((dataset_copy / "records").glob("2*"))

    # And on with the draft: nothing that it holds is asked again.
    person = AtTerminal(
        "new", "meeting", "--in", dataset_copy, "--answers", dataset_copy.parent / "my.yaml"
    )
    person.type("date/ongoing", "!q")
    person.type("draft? [Y/n] ", "n")
    assert person.end() == 1
    assert "subtype" not in person.seen


@pytest.mark.full
def test_what_the_whole_record_breaks_is_mended_at_a_terminal(dataset_copy):
    want = other_call()
    want["meeting"] = {**want["meeting"], "readout_asymmetry": "emphasis"}
    person = AtTerminal("new", "meeting", "--in", dataset_copy)
    person.answer_all(want)
    person.child.expect_exact("AE304")
    person.type("is to be changed? [meeting/readout_asymmetry]", "meeting/nothing")
    person.type("not a field", "")
    person.type("New value", "not_assessed")
    assert person.end() == 0, person.seen
    assert ae.validate(dataset_copy).ok
    assert "readout_asymmetry: not_assessed" in written(dataset_copy).read_text(encoding="utf-8")


@pytest.mark.full
@pytest.mark.parametrize("end", ["\x03", "\x04"])
def test_an_interruption_leaves_nothing(end, dataset_copy):
    person = AtTerminal("new", "meeting", "--in", dataset_copy)
    person.child.expect_exact("> ")
    person.child.send(end)
    assert person.end() == 1
    assert "Nothing was written." in person.seen


def test_from_flags(dataset_copy, cli_here):
    done = cli_here("new", "meeting", "--in", dataset_copy, *flags(other_call()))
    assert done.returncode == 0, done.stdout + done.stderr
    path = written(dataset_copy)
    assert (
        path.name == "2031-11-03-harbour-masters-of-arcadia-and-borealia-write-to-each-other.yaml"
    )
    assert str(path) in done.stdout
    made = read_yaml(path).documents[0].values
    want = other_call()
    assert wanted({**made, "id": want["id"]}) == want
    assert ae.validate(dataset_copy).ok

    # Once more: that would be the same event, and the file is there.
    again = cli_here("new", "meeting", "--in", dataset_copy, *flags(other_call()))
    assert again.returncode == 1
    assert "may hold this event already" in again.stdout
    assert made["id"] in again.stdout
    before = path.read_bytes()
    third = cli_here(
        "new", "meeting", "--in", dataset_copy, "--allow-duplicates", *flags(other_call())
    )
    assert third.returncode == 0, third.stdout
    assert path.read_bytes() == before
    assert path.with_name(path.name.replace(".yaml", "-2.yaml")).is_file()


def test_answers_of_any_shape_are_findings(dataset_copy, tmp_path, cli_here):
    path = tmp_path / "a.yaml"
    path.write_text("title: [a, b]\ndate: x\nparticipants: [1]\nsources: {}\n", encoding="utf-8")
    done = cli_here("new", "meeting", "--in", dataset_copy, "--answers", path)
    assert done.returncode == 1
    for field in ("title", "date", "participants/1", "sources"):
        assert f"[{field}]" in done.stdout


def test_answers_from_standard_input(dataset_copy):
    text = to_yaml({k: v for k, v in other_call().items() if k != "id"})
    done = subprocess.run(
        [*COMMAND, "new", "meeting", "--in", str(dataset_copy), "--answers", "-"],
        input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert ae.validate(dataset_copy).ok
    assert len(list((dataset_copy / "records/2031").iterdir())) == 1


def test_what_is_missing_is_listed(cli_here, dataset_copy):
    done = cli_here(
        "new", "gap", "--in", dataset_copy, "--set", "title=x", "--set", "date/start=2031"
    )
    assert done.returncode == 1
    for missing in ("summary", "gap/severity", "coding/coder"):
        assert f"[{missing}]" in done.stdout
    assert "[date/precision]" not in done.stdout
    assert "[coding/codebook]" not in done.stdout
    assert not list((dataset_copy / "records").glob("2*"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["meting"], "Did you mean meeting"),
        (["meeting"], "say where to write"),
        (["meeting", "--dry-run", "--set", "x"], "write path=value"),
        (["meeting", "--dry-run", "--set", "titel=x"], "Did you mean title"),
        (["meeting", "--dry-run", "--set", "participants/x/actor=RUS"], "comes a number"),
        (["meeting", "--dry-run", "--set", "participants/3/actor=RUS"], "in order"),
        (["meeting", "--dry-run", "--set", "sources=x"], "field by field"),
        (["meeting", "--dry-run", "--set", "date=x"], "date has parts"),
        (["meeting", "--dry-run", "--set", "title/x=x"], "has no parts"),
        (["meeting", "--dry-run", "--set", "kind=gap"], "a gap, and a meeting"),
        (["meeting", "--dry-run", "--set", "id=AE-DHZH-G7X2"], "fresh id"),
        (["meeting", "--in", "nowhere"], "no dataset folder"),
        (["meeting", "--dry-run", "--answers", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_what_cannot_be_used(arguments, says, cli_here, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = cli_here("new", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert not list(tmp_path.iterdir())


def test_ids_are_fresh(cli_here, dataset_copy):
    (dataset_copy / "withdrawn.csv").write_text(
        "record_id,record_type,status,withdrawn_date,reason,replaced_by\n", encoding="utf-8"
    )
    done = cli_here("ids", "mint", 5, "--in", dataset_copy)
    minted = done.stdout.split()
    assert len(set(minted)) == 5
    assert all(map(is_valid_id, minted))
    assert cli_here("ids", "mint", 0).returncode == 2
