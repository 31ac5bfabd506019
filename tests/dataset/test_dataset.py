"""Loaded datasets: selections, records by id, dyads, derived columns, frames, notebooks."""

import datetime as dt
import html
import pickle
from pathlib import Path
from typing import Any

import pytest
from conftest import NAME, to_yaml

import alignment_events as ae
from alignment_events.dataset import Dataset
from alignment_events.findings import NotFound
from alignment_events.model.derivation import Conclusion
from alignment_events.model.events import record_adapter
from alignment_events.model.expr import eq
from alignment_events.model.ids import hashed_id, mint_id
from alignment_events.model.tables import CHILDREN
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.tables import record_key, table_specs

IDS = {name: record["id"] for name, record in sound_examples().items()}
PER_RECORD = ("events", "deeds", *(child.name for child in CHILDREN))


@pytest.fixture(scope="session")
def world(example_package: Path) -> Dataset:
    return ae.load(example_package)


def names(dataset: Dataset) -> set[str]:
    held = {*dataset.events["event_id"].to_pylist(), *dataset.deeds["deed_id"].to_pylist()}
    return {name for name, key in IDS.items() if key in held}


# --- Selections -------------------------------------------------------------------------------

MEETINGS = {"visit", "call"}
AGREEMENTS = {"pact", "oldpact"}
STATEMENTS = {"communique", "ballot", "answer"}
DEEDS = {"delivery", "settlement"}

SELECTIONS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, set(IDS)),
    ({"kind": "meeting"}, MEETINGS),
    ({"kind": ["deed", "gap"]}, DEEDS | {"shortfall"}),
    ({"actors": "CAL"}, {"communique", "ballot", "answer"}),
    ({"actors": ["BOR", "CAL"]}, {"communique", "ballot"}),
    ({"actors": ["ARC", "ASSEMBLY"]}, {"ballot"}),
    ({"since": "2032-02-10"}, {"ballot", "settlement"}),
    ({"since": dt.date(2032, 2, 29)}, {"settlement"}),
    ({"since": "2032-03"}, set()),
    ({"until": "2011"}, {"oldpact"}),
    ({"until": dt.datetime(2031, 3, 4, 12)}, {"oldpact", "visit"}),
    ({"since": "2031-Q3", "until": "2031"}, {"delivery", "shortfall"}),
    ({"theme": "trade"}, {"visit", "delivery"}),
    ({"theme": ["trade", "order"]}, {"visit", "delivery", "oldpact", "communique", "ballot", "answer"}),
    ({"scope": "response"}, {"answer"}),
    ({"mode": "operational"}, {"pact"}),
    ({"mode": ["ended", "declaratory"]}, {"oldpact", "ballot", "answer"}),
    ({"subtype": "exercise"}, {"settlement"}),
    ({"subtype": ["treaty", "delivery"]}, AGREEMENTS | {"delivery"}),
    ({"kind": "statement", "actors": "ARC", "scope": "core"}, {"communique", "ballot"}),
    ({"kind": "gap", "theme": "trade"}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "expected"), SELECTIONS)
def test_filter(wanted: dict[str, Any], expected: set[str], world: Dataset) -> None:
    found = world.filter(**wanted)
    assert names(found) == expected
    assert len(found) == len(expected)
    assert {record.id for record in found} == {IDS[name] for name in expected}


@pytest.mark.parametrize(("wanted", "expected"), SELECTIONS)
def test_a_selection_is_a_dataset(
    wanted: dict[str, Any], expected: set[str], world: Dataset
) -> None:
    """Rows of the kept records, all of them and no others; references lead somewhere."""
    found = world.filter(**wanted)
    assert list(found.tables) == list(world.tables)
    kept = {IDS[name] for name in expected}
    for name, table in found.tables.items():
        assert table.schema.equals(world.tables[name].schema)
        if name in PER_RECORD:
            rows = [r for r in world.tables[name].to_pylist() if r[record_key(name)] in kept]
            assert table.to_pylist() == rows
        else:
            assert table.equals(world.tables[name])
    for name, spec in table_specs().items():
        for column in spec.columns:
            if column.ref is not None:
                there = set(found.tables[column.ref.table][column.ref.column].to_pylist())
                assert set(found.tables[name][column.name].to_pylist()) - {None} <= there
    found.summary()


def test_filters_add_up(world: Dataset) -> None:
    twice = world.filter(actors="CAL").filter(kind="statement").filter(scope="core")
    assert names(twice) == names(world.filter(actors="CAL", kind="statement", scope="core"))
    assert names(world) == set(IDS)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"kind": "meetings"}, "Did you mean meeting?"),
        ({"theme": "defense"}, "Did you mean defence?"),
        ({"scope": "cor"}, "Did you mean core?"),
        ({"mode": ["pending", "operationl"]}, "Did you mean operational?"),
        ({"subtype": "excercise"}, "Did you mean exercise?"),
        ({"actors": "ARC_GRIAN"}, "Did you mean ARC_GRAIN?"),
        ({"actors": ["ARC", "XYZ"]}, "no actor “XYZ”"),
        ({"since": "2024-02-30"}, ""),
        ({"since": "June 2024"}, "2024-06"),
        ({"until": "24"}, "2024-06"),
    ],
)
def test_bad_arguments_are_not_an_empty_selection(
    wanted: dict[str, Any], says: str, world: Dataset
) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - what it says is checked below
        world.filter(**wanted)
    assert says in str(refusal.value)


# --- Records ----------------------------------------------------------------------------------


def test_records_are_those_of_the_source(world: Dataset) -> None:
    expected = {r["id"]: record_adapter.validate_python(r) for r in sound_examples().values()}
    found = world.records()
    # In the tables a registered person stands by name as well; records hold the id.
    assert {record.id: record for record in found} == expected
    assert [record.id for record in found] == [
        *sorted(r.id for r in expected.values() if r.kind != "deed"),
        *sorted(r.id for r in expected.values() if r.kind == "deed"),
    ]


def test_by_id(world: Dataset) -> None:
    for name, key in IDS.items():
        assert world[key].title == sound_examples()[name]["title"]
        assert key in world
    assert "AE-0000-0000" not in world


@pytest.mark.parametrize("text", ["ae-9nrx-h50f", " AE-9NRX-H50F ", "AE-9NRX-H5OF", "ae-9nrx-h5of"])
def test_ids_are_read_as_crockford_says(text: str, world: Dataset) -> None:
    assert world[text].id == IDS["pact"]


@pytest.mark.parametrize("text", ["AE-9NRX-H50G", "AE-9NRX-5H0F", "AE-9NRX-H50", "9NRX-H50F"])
def test_near_ids_are_suggested_and_never_taken(text: str, world: Dataset) -> None:
    with pytest.raises(NotFound) as refusal:
        world[text]
    assert ("Did you mean AE-9NRX-H50F?" in str(refusal.value)) == text.startswith("AE")


def test_withdrawn_ids(dataset_copy: Path, tmp_path: Path) -> None:
    gone, unreplaced = hashed_id("test", "gone"), hashed_id("test", "unreplaced")
    (dataset_copy / "withdrawn.csv").write_text(
        "record_id,record_type,status,withdrawn_date,reason,replaced_by\n"
        f"{gone},event,withdrawn,2032-05-01,merge,{IDS['pact']}\n"
        f"{unreplaced},deed,withdrawn,2032-05-02,out_of_scope,\n"
    )
    ae.build(dataset_copy, tmp_path / NAME)
    dataset = ae.load(tmp_path / NAME)
    assert len(dataset) == len(IDS)
    stone = dataset[gone]
    assert isinstance(stone, ae.Withdrawn)
    assert (stone.id, stone.record_type, stone.reason) == (gone, "event", "merge")
    assert (stone.date, stone.replaced_by) == (dt.date(2032, 5, 1), IDS["pact"])
    assert str(stone) == (
        f"{gone} was withdrawn on 2032-05-01: two records were one (merge). "
        f"Replaced by {IDS['pact']}."
    )
    assert repr(stone) == f"<Withdrawn {stone}>"
    assert gone not in dataset
    # A program that reads on as if it had a record is told why it has none.
    with pytest.raises(AttributeError, match=r"no “title”: .* was withdrawn on 2032-05-01"):
        _ = stone.title  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(stone)) == stone
    other = dataset[unreplaced.lower()]
    assert str(other).endswith("not within the scope of the dataset (out_of_scope).")


def test_minting_passes_over_ids_that_were_ever_issued() -> None:
    """The first seven draws give an id that was withdrawn; the next are taken."""
    drawn = iter([*[1] * 7, *[2] * 7])
    withdrawn = mint_id((), draw=lambda _: 1)
    assert mint_id({withdrawn}, draw=lambda _: next(drawn)) == mint_id((), draw=lambda _: 2)


# --- Frames -----------------------------------------------------------------------------------


def test_to_polars(world: Dataset) -> None:
    frame = world.to_polars("deeds")
    assert frame.columns == list(table_specs()["deeds"].names)
    assert frame.rows(named=True) == world.deeds.to_pylist()


@pytest.mark.needs("pandas")
def test_to_pandas(world: Dataset) -> None:
    frame = world.to_pandas()
    assert list(frame.columns) == list(table_specs()["events"].names)
    visit = frame.set_index("event_id").loc[IDS["visit"]]
    assert visit["date_start"] == dt.date(2031, 3, 4)
    assert visit["meeting_rank_gap"] == 1
    assert frame["meeting_rank_gap"].dtype.kind == "i"
    assert ae.validate({"events": frame, "deeds": world.to_pandas("deeds")}).errors == ()


@pytest.mark.needs("duckdb")
def test_to_duckdb(world: Dataset) -> None:
    connection = world.to_duckdb()
    for name, table in world.tables.items():
        counted = connection.sql(f"SELECT count(*) FROM {name}").fetchall()
        assert counted == [(table.num_rows,)]
    by_kind = connection.sql("SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind")
    assert by_kind.fetchall() == [("agreement", 2), ("gap", 1), ("meeting", 2), ("statement", 3)]
    assert world.to_duckdb(connection) is connection


def test_a_table_that_is_not_there(world: Dataset) -> None:
    with pytest.raises(NotFound, match="Did you mean participants"):
        world.to_polars("participant")


# --- Dyads ------------------------------------------------------------------------------------


def pairs(table: Any, key: str = "record_id") -> set[tuple[str, str, str]]:
    by_id = {key: name for name, key in IDS.items()}
    found = [
        (by_id.get(row[key], row[key]), row["actor_a"], row["actor_b"]) for row in table.to_pylist()
    ]
    assert len(found) == len(set(found))
    return set(found)


BOTH = {"visit", "call", "pact", "oldpact", "communique", "ballot", "shortfall", "settlement"}


def test_undirected_dyads(world: Dataset) -> None:
    """Each pair once; forums and controllers are no party."""
    assert pairs(world.dyads()) == {
        *((name, "ARC", "BOR") for name in BOTH),
        *((name, actor, "CAL") for name in ("communique", "ballot") for actor in ("ARC", "BOR")),
        ("answer", "ARC", "CAL"),
        ("delivery", "ARC_GRAIN", "BOR"),
    }


def test_directed_dyads(world: Dataset) -> None:
    """From the one that acts to the one acted upon; in both directions if they act together."""
    found = pairs(world.dyads(directed=True))
    assert {p for p in found if p[0] == "visit"} == {("visit", "ARC", "BOR")}
    assert {p for p in found if p[0] == "shortfall"} == {("shortfall", "BOR", "ARC")}
    assert {p for p in found if p[0] == "delivery"} == {("delivery", "ARC_GRAIN", "BOR")}
    assert {p for p in found if p[0] == "answer"} == {("answer", "CAL", "ARC")}
    assert {p for p in found if p[0] == "pact"} == {("pact", "ARC", "BOR"), ("pact", "BOR", "ARC")}
    assert {p for p in found if p[0] == "communique"} == {
        ("communique", "ARC", "BOR"), ("communique", "BOR", "ARC"),
        ("communique", "ARC", "CAL"), ("communique", "BOR", "CAL"),
    }  # fmt: skip


def test_dyads_by_episode(world: Dataset) -> None:
    rows = world.dyads(by="episode", actors=["ARC", "BOR"]).to_pylist()
    counts = {row["episode_id"]: row["n_records"] for row in rows}
    assert counts["arcadia-borealia-visit-2031-03"] == 3
    assert counts[IDS["oldpact"]] == 1
    assert len(rows) == len(BOTH) - 2
    (visit,) = (row for row in rows if row["n_records"] == 3)
    assert visit["date_start"] == dt.date(2031, 3, 4)


def test_dyads_with_the_states_behind_firms(world: Dataset) -> None:
    more = pairs(world.dyads(controllers=True)) - pairs(world.dyads())
    assert more == {("delivery", "ARC", "ARC_GRAIN"), ("delivery", "ARC", "BOR")}


def test_dyads_of_a_selection(world: Dataset) -> None:
    assert pairs(world.filter(kind="gap").dyads()) == {("shortfall", "ARC", "BOR")}
    assert pairs(world.dyads(actors=["ARC", "CAL"])) == {
        (name, "ARC", "CAL") for name in ("communique", "ballot", "answer")
    }
    assert world.filter(kind="gap", theme="trade").dyads().num_rows == 0


def test_dyads_of_what_is_not_there(world: Dataset) -> None:
    with pytest.raises(ValueError, match="Did you mean ARC_GRAIN"):
        world.dyads(actors=["ARC", "ARC_GRIAN"])
    with pytest.raises(ValueError, match="record or episode"):
        world.dyads(by="year")  # type: ignore[arg-type]


# --- Derived columns --------------------------------------------------------------------------


def derived(dataset: Dataset, name: str, as_of: str | dt.date, **options: Any) -> dict[str, Any]:
    rows = {row["record_id"]: row for row in dataset.derive(as_of, **options).to_pylist()}
    row = rows[IDS[name]]
    assert isinstance(row, dict)
    return row


@pytest.mark.parametrize(
    ("as_of", "mode", "stage", "enactment"),
    [
        ("2031-03-04", None, None, None),
        ("2031-03-05", "pending", "signed", None),
        # Ratified by Arcadia at some time in May: not certain before its end.
        ("2031-05-30", "pending", "ratified", None),
        ("2031-06-01", "not_assessed", "in_force", None),
        # Ships sailed in the second half of the year, and not certainly before its end.
        ("2031-Q3", "not_assessed", "in_force", None),
        ("2031-12-30", "not_assessed", "in_force", None),
        ("2031-12-31", "operational", "in_force", "E3"),
        ("2032", "operational", "in_force", "E3"),
    ],
)
def test_life_of_a_pact(
    as_of: str, mode: str, stage: str | None, enactment: str | None, world: Dataset
) -> None:
    row = derived(world, "pact", as_of)
    assert (row["mode"], row["agreement_stage"], row["enactment"]) == (mode, stage, enactment)


@pytest.mark.parametrize(
    ("name", "as_of", "mode"),
    [
        ("oldpact", "2011", "pending"),
        ("oldpact", "2031-06-01", "ended"),
        ("communique", "2031-12-30", "not_assessed"),
        ("communique", "2031-12-31", "performative"),
        ("communique", "2032", "performative"),
        ("ballot", "2032", "declaratory"),
        ("visit", "2032", None),
    ],
)
def test_modes(name: str, as_of: str, mode: str | None, world: Dataset) -> None:
    assert derived(world, name, as_of)["mode"] == mode


def test_deeds_as_of_a_day(world: Dataset) -> None:
    assert derived(world, "delivery", "2031-09-29")["enactment"] is None
    assert derived(world, "delivery", dt.date(2031, 9, 30))["enactment"] == "E3"
    assert derived(world, "settlement", "2032")["enactment"] == "E2"


def test_default_is_the_cutoff(world: Dataset) -> None:
    rows = {row["record_id"]: row for row in world.derive("2032-12-31").to_pylist()}
    for event in world.events.to_pylist():
        row = rows[event["event_id"]]
        assert {key: event[key] for key in row if key in event} == {
            key: value for key, value in row.items() if key in event
        }


def test_rules_of_ones_own(world: Dataset) -> None:
    rules = (Conclusion("ours", eq("kind", "agreement"), "all agreements"),)
    assert derived(world, "pact", "2032", mode_rules=rules)["mode"] == "ours"
    assert derived(world, "ballot", "2032", mode_rules=rules)["mode"] is None


def test_deeds_that_the_parties_alone_vouch_for(dataset_copy: Path, tmp_path: Path) -> None:
    settlement = sound_examples()["settlement"]
    settlement["sources"][0] |= {"type": "official_readout", "origin_party": "ARC"}
    (dataset_copy / "records" / "settlement.yaml").write_text(to_yaml(settlement))
    ae.build(dataset_copy, tmp_path / NAME)
    dataset = ae.load(tmp_path / NAME)
    assert derived(dataset, "communique", "2032")["mode"] == "performative"
    assert derived(dataset, "communique", "2032", verified="parties")["mode"] == "operational"


def test_a_selection_derives_from_the_whole(world: Dataset) -> None:
    """Without the deed that carries it out, the pact would look as if nothing had come of it."""
    chosen = world.filter(kind="agreement").filter(actors="ARC")
    assert derived(chosen, "pact", "2032")["mode"] == "operational"
    assert {r["record_id"] for r in chosen.derive("2032").to_pylist()} == {
        IDS["pact"], IDS["oldpact"]
    }  # fmt: skip
    with pytest.raises(ValueError, match="2024-06"):
        world.derive("soon")


# --- Notebooks --------------------------------------------------------------------------------

HOSTILE = "<script>alert('x')</script> & \"more\""


def test_html_escapes_titles(dataset_copy: Path, tmp_path: Path) -> None:
    info = dataset_copy / "dataset.yaml"
    quoted = HOSTILE.replace("\\", "").replace('"', '\\"')
    info.write_text(
        info.read_text().replace(
            "title: Alignment events of an invented world", f'title: "{quoted}"'
        )
    )
    ae.build(dataset_copy, tmp_path / NAME)
    dataset = ae.load(tmp_path / NAME)
    assert dataset.about.title == HOSTILE
    shown = dataset._repr_html_()
    assert "<script" not in shown
    assert html.escape(HOSTILE) in shown
    assert dataset.digest in shown
    assert repr(dataset).startswith(
        f"<Dataset {NAME} 0.1.0: 8 events, 2 deeds; format 0.1, sha256:"
    )
    assert "status: candidate 9, vetted 1; method: human 9, machine_assisted 1>" in repr(dataset)


def test_html_of_a_report_escapes_values() -> None:
    report = ae.validate({**sound_examples()["call"], "scope": HOSTILE})
    shown = report._repr_html_()
    assert "<script" not in shown
    assert html.escape(HOSTILE) in shown
    assert "AE103" in shown
