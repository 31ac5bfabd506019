"""What is written from the models and committed is what the models say today."""

import subprocess
import sys
from pathlib import Path

from alignment_events.model.events import RECORDS
from alignment_events.model.rules.record_parts import FIELD_HEADS
from alignment_events.release.schema_folder import write_schema
from alignment_events.spec.describe import PLACE, described
from alignment_events.spec.extract import records_of_models
from alignment_events.spec.records import record_specs

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


def test_the_description_of_records_is_up_to_date():
    assert PLACE.read_text(encoding="utf-8") == described(), "run: make schema"
    assert record_specs() == records_of_models()


def test_the_description_is_made_without_itself():
    """A model can be changed beyond what the old description fits."""
    program = (
        "import sys; sys.modules['alignment_events.spec.described'] = None\n"
        "from alignment_events.spec.describe import described; described()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_paths_begin_with_the_fields_of_records():
    fields = (name for record in RECORDS.values() for name in record.model_fields)
    beside = ("id", "sources", "coding")
    assert ("core", *dict.fromkeys(n for n in fields if n not in beside)) == FIELD_HEADS
