"""What is committed under `schema/` is what the models say today."""

from pathlib import Path

from alignment_events.release.schema_folder import write_schema

COMMITTED = Path(__file__).parents[2] / "schema"


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_committed_folder_is_up_to_date(tmp_path):
    measured = COMMITTED.parent / "datasets" / "china-russia-dprk" / "reliability.json"
    write_schema(tmp_path / "schema", measured if measured.is_file() else None)
    fresh, committed = contents(tmp_path / "schema"), contents(COMMITTED)
    assert sorted(fresh) == sorted(committed), "run: alignment-events schema write"
    changed = [name for name in fresh if fresh[name] != committed[name]]
    assert changed == [], "run: alignment-events schema write"
