"""What changed, and which version that requires."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import NAME, Cli
from workbench import FIRST, SECOND, Workbench, second_state

import alignment_events as ae
from alignment_events.commands.releasing import release_diff
from alignment_events.compile.arrow import arrow_schema
from alignment_events.findings import AlignmentEventsError
from alignment_events.release.diff import Diff, diff, table_diff
from alignment_events.release.plan import plan
from alignment_events.release.sides import Side, side_of_dataset, side_of_package
from alignment_events.release.versions import Bump, bumped, numbers, required
from alignment_events.report.plan import plan_text
from alignment_events.spec.examples import sound_examples

CALL = str(sound_examples()["call"]["id"])


@pytest.fixture(scope="session")
def changes(bench_with_both: Workbench) -> Diff:
    before, after = (side_of_package(bench_with_both.release(v)) for v in (FIRST, SECOND))
    return diff(before, after)


# --- The difference ---------------------------------------------------------------------------


def test_rows_by_key_with_both_values(changes: Diff) -> None:
    events = changes.table("events")
    assert len(events.added) == 1
    assert events.removed == ()
    (row,) = events.changed
    assert row.key == {"event_id": CALL}
    (cell,) = (cell for cell in row.cells if cell.column == "title")
    assert cell.new == "Foreign ministers speak about grain again"
    assert cell.old != cell.new
    assert [r["actor"] for r in changes.table("actors").added] == ["DOR"]
    assert not changes.table("deeds")


def test_records_by_field(changes: Diff) -> None:
    assert [line.title for line in changes.added] == ["Foreign ministers speak once more"]
    (record,) = changes.changed
    assert record.record_id == CALL
    assert "title" in {field.field for field in record.fields}


def test_no_difference(bench_with_both: Workbench) -> None:
    side = side_of_package(bench_with_both.release(FIRST))
    loaded = side_of_dataset(ae.load(bench_with_both.release(FIRST)))
    for other in (side, loaded):
        same = diff(side, other)
        assert not same
        assert required(same).bump is Bump.NONE
        assert "No row" in str(same)
        assert "No row" in same.to_markdown()


def test_forms_of_the_difference(
    changes: Diff, bench_with_both: Workbench, cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = bench_with_both.release(FIRST), bench_with_both.archive(SECOND)
    done = cli("release", "diff", old, new, "--format", "json")
    assert done.returncode == 0, done.stderr
    text = (bench_with_both.release(SECOND) / "changes.json").read_text("utf-8")
    assert json.loads(done.stdout) == json.loads(text)
    for form, shown, has in (
        ("text", f"{changes}\n", "Foreign ministers speak about grain again"),
        ("markdown", changes.to_markdown(), "## Records added (1)"),
        ("html", changes.to_html(), "<td>Foreign ministers speak about grain again</td>"),
    ):
        assert release_diff(str(old), str(new), format=form) == 0  # type: ignore[arg-type]
        assert capsys.readouterr().out == shown
        assert has in shown


def test_hostile_texts_are_shown_as_text(changes: Diff, bench_with_both: Workbench) -> None:
    old = side_of_package(bench_with_both.release(FIRST))
    rows = old.tables["events"].to_pylist()
    rows[0]["title"] = "<script>alert(1)</script> [x](javascript:1) \x1b[31m\n# head"
    table = pa.Table.from_pylist(rows, schema=old.tables["events"].schema)
    hostile = diff(old, with_table(old, "events", table))
    assert "<script>" not in hostile.to_html()
    assert "\x1b" not in str(hostile) + hostile.to_html() + hostile.to_markdown()
    assert "[x](javascript" not in hostile.to_markdown()
    assert "\n# head" not in hostile.to_markdown()


def test_nulls_in_keys_and_moved_rows() -> None:
    schema = arrow_schema("coverage")
    row: dict[str, Any] = {
        "actor_a": "ARC", "actor_b": None, "kind": "meeting", "coverage": "partial",
        "period_start": dt.date(2030, 1, 1), "period_end": dt.date(2030, 12, 31),
        "source_frame": "x", "search_protocol": "y", "searched": dt.date(2031, 1, 1),
    }  # fmt: skip
    other = {**row, "actor_b": "BOR"}
    old = pa.Table.from_pylist([row, other], schema=schema)
    assert not table_diff("coverage", old, pa.Table.from_pylist([other, row], schema=schema))
    new = pa.Table.from_pylist([{**row, "source_frame": "z"}, other], schema=schema)
    found = table_diff("coverage", old, new)
    assert len(found.changed) == 1
    assert not found.added
    assert not found.removed
    assert found.changed[0].key["actor_b"] is None


def test_changes_since(
    bench_with_both: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALIGNMENT_EVENTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(repository_of(bench_with_both))
    dataset = ae.load(NAME, SECOND, offline=True)
    found = dataset.changes(since=FIRST)
    assert [r.record_id for r in found.changed] == [CALL]
    # A selection does not make what it leaves out look withdrawn.
    assert dataset.filter(kind="deed").changes(since=FIRST).as_dict() == found.as_dict()
    assert "<td>" in found._repr_html_()


def repository_of(bench: Workbench) -> Path:
    (bench.root / "schema").mkdir(exist_ok=True)
    return bench.root


# --- Versions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "bump", "after"),
    [
        ("1.4.2", Bump.MAJOR, "2.0.0"),
        ("1.4.2", Bump.MINOR, "1.5.0"),
        ("1.4.2", Bump.PATCH, "1.4.3"),
        ("0.4.2", Bump.MAJOR, "0.5.0"),
        ("0.4.2", Bump.MINOR, "0.4.3"),
        ("0.4.2", Bump.PATCH, "0.4.3"),
        ("0.9.9", Bump.MAJOR, "0.10.0"),
        ("0.4.2", Bump.NONE, "0.4.2"),
    ],
)
def test_bumps(before: str, bump: Bump, after: str) -> None:
    assert bumped(before, bump) == after


@pytest.mark.parametrize(
    "version", ["1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.٣", "99999.0.0"]
)
def test_no_versions(version: str) -> None:
    with pytest.raises(AlignmentEventsError, match="three numbers"):
        numbers(version)


def with_table(side: Side, name: str, table: pa.Table) -> Side:
    from dataclasses import replace

    return replace(side, tables={**side.tables, name: table})


def covered(start: int, end: int, status: str) -> dict[str, Any]:
    return {
        "actor_a": "ARC", "actor_b": "BOR", "kind": "meeting", "coverage": status,
        "period_start": dt.date(start, 1, 1), "period_end": dt.date(end, 12, 31),
        "source_frame": "x", "search_protocol": "y", "searched": dt.date(2033, 1, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "bump"),
    [
        ([(2030, 2032, "full")], [(2030, 2031, "full")], Bump.MAJOR),
        ([(2030, 2032, "full")], [(2030, 2032, "partial")], Bump.MAJOR),
        ([(2030, 2032, "full")], [], Bump.MAJOR),
        ([(2030, 2032, "full")], [(2030, 2031, "full"), (2032, 2032, "partial")], Bump.MAJOR),
        ([(2030, 2032, "full")], [(2031, 2033, "full")], Bump.MAJOR),
        ([(2030, 2032, "partial")], [(2030, 2033, "partial")], Bump.MINOR),
        ([(2030, 2032, "partial")], [(2030, 2032, "full")], Bump.MINOR),
        ([], [(2030, 2032, "partial")], Bump.MINOR),
        ([(2030, 2032, "full")], [(2030, 2030, "full"), (2031, 2032, "full")], Bump.PATCH),
        ([(2030, 2032, "none")], [], Bump.PATCH),
    ],
)
def test_coverage(
    before: list[Any], after: list[Any], bump: Bump, bench_with_both: Workbench
) -> None:
    side = side_of_package(bench_with_both.release(FIRST))
    old, new = (
        with_table(
            side,
            "coverage",
            pa.Table.from_pylist([covered(*r) for r in rows], schema=arrow_schema("coverage")),
        )
        for rows in (before, after)
    )
    assert required(diff(old, new)).bump is bump


def test_columns_and_codes(bench_with_both: Workbench) -> None:
    side = side_of_package(bench_with_both.release(FIRST))
    events = side.tables["events"]
    without = with_table(side, "events", events.drop_columns(["occurrence"]))
    assert required(diff(side, without)).bump is Bump.MAJOR
    assert required(diff(without, side)).bump is Bump.MINOR
    number = events.schema.get_field_index("meeting_rank_gap")
    retyped = events.set_column(
        number, "meeting_rank_gap", events["meeting_rank_gap"].cast(pa.float64())
    )
    found = diff(side, with_table(side, "events", retyped))
    assert required(found).bump is Bump.MAJOR
    assert "events.meeting_rank_gap" in str(found)
    codes = side.tables["vocabularies"]
    fewer = with_table(side, "vocabularies", codes.slice(1))
    assert required(diff(side, fewer)).bump is Bump.MAJOR
    assert required(diff(fewer, side)).bump is Bump.MINOR
    nothing = codes.slice(0, 0)
    assert diff(side, with_table(side, "vocabularies", nothing)).table("vocabularies").removed


def test_another_kind_is_another_meaning(bench_with_both: Workbench) -> None:
    side = side_of_package(bench_with_both.release(FIRST))
    rows = side.tables["events"].to_pylist()
    gap = next(row for row in rows if row["kind"] == "gap")
    gap["kind"] = "statement"
    table = pa.Table.from_pylist(rows, schema=side.tables["events"].schema)
    assert required(diff(side, with_table(side, "events", table))).bump is Bump.MAJOR


# --- The plan ---------------------------------------------------------------------------------


def test_before_the_first_release(dataset_copy: Path, cli: Cli) -> None:
    done = cli("release", "plan", "--dataset", dataset_copy)
    assert done.returncode == 0, done.stderr
    assert "nothing was released yet; 0.1.0 is the first" in done.stdout


def test_nothing_changed(first: Workbench) -> None:
    made = plan(first.dataset)
    assert made.verdict is not None
    assert made.verdict.bump is Bump.NONE
    assert not made.changes


def test_the_plan_is_what_is_built(first: Workbench, cli: Cli) -> None:
    second_state(first)
    first.set_version(FIRST)
    made = plan(first.dataset)
    assert made.verdict is not None
    assert made.verdict.bump is Bump.MINOR
    assert made.lowest == "0.1.1"
    assert "Write version: 0.1.1 or higher" in plan_text(made)
    told = json.loads(cli("release", "plan", "--dataset", first.dataset, "--format", "json").stdout)
    first.set_version("0.1.1")
    built = first.build("0.1.1", date="2032-03-01")
    assert told["digest"] == made.now.digest == built.entry.digest


def test_a_lower_version_is_refused(first: Workbench, cli: Cli) -> None:
    coverage = first.dataset / "coverage.csv"
    header = ",".join(covered(2030, 2031, "full"))
    order = "actor_a,actor_b,kind,period_start,period_end,coverage,source_frame,search_protocol,searched"
    assert sorted(header.split(",")) == sorted(order.split(","))
    line = "ARC,BOR,meeting,2030-01-01,2032-12-31,full,Press,Searched,2033-01-01\n"
    coverage.write_text(f"{order}\n{line}", "utf-8")
    first.set_version("0.1.1")
    first.build("0.1.1", date="2032-03-01")
    coverage.write_text(f"{order}\n{line.replace('2032-12-31', '2031-12-31')}", "utf-8")
    first.set_version("0.1.2")
    done = cli("release", "plan", "--dataset", first.dataset, "--version", "0.1.2")
    assert done.returncode == 2
    assert "too low" in done.stderr
    assert "coverage was cut" in done.stdout
    with pytest.raises(AlignmentEventsError, match=r"0\.1\.2 is too low.*\n.*coverage was cut"):
        first.build("0.1.2", date="2032-04-01")
    assert not first.release("0.1.2").exists()
    first.set_version("0.2.0")
    first.build("0.2.0", date="2032-04-01")


def test_withdrawn_and_lost_ids(first: Workbench, cli: Cli) -> None:
    gone = first.add("call", "to-go", title="A call that never was")
    first.set_version("0.1.1")
    first.build("0.1.1", date="2032-03-01")
    path = first.dataset / "records" / "to-go.yaml"
    text = path.read_text("utf-8")
    path.unlink()
    first.set_version("0.1.2")
    with pytest.raises(AlignmentEventsError, match=gone):
        first.build("0.1.2", date="2032-04-01")
    done = cli("release", "plan", "--dataset", first.dataset)
    assert (done.returncode, gone in done.stderr) == (2, True)
    path.write_text(text, "utf-8")
    assert first.withdraw("to-go") == gone
    made = plan(first.dataset)
    assert made.verdict is not None
    assert made.verdict.bump is Bump.PATCH
    folder = first.build("0.1.2", date="2032-04-01").folder
    assert f"{gone}  2032-01-15" in (folder / "CHANGES.md").read_text("utf-8")
    rows = {r["record_id"]: r for r in side_of_package(folder).rows("records")}
    assert (rows[gone]["status"], rows[gone]["first_release"]) == ("withdrawn", "0.1.1")
    # A tombstone stays, and what was withdrawn does not rise again.
    (first.dataset / "withdrawn.csv").unlink()
    first.set_version("0.1.3")
    for back in (False, True):
        if back:
            path.write_text(text, "utf-8")
        with pytest.raises(AlignmentEventsError, match=gone):
            first.build("0.1.3", date="2032-05-01")


def test_sources_and_parts_of_lists_are_told_apart(first: Workbench) -> None:
    import yaml

    path = first.dataset / "records" / "call.yaml"
    (told,) = yaml.load_all(path.read_text("utf-8"), yaml.BaseLoader)
    told["participants"] = told["participants"][::-1]
    told["sources"][0]["publisher"] = "Another publisher"
    path.write_text(yaml.safe_dump(told, sort_keys=False), "utf-8")
    (record,) = plan(first.dataset).changes.changed  # type: ignore[union-attr]
    (field,) = record.fields
    assert field.field == f"sources[{told['sources'][0]['id']}]/publisher"
    assert field.new == "Another publisher"
