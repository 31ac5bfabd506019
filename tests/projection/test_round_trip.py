"""Record → rows → record loses nothing: the YAML and the tables are two forms of one thing."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from strategies import nested_records

from alignment_events.model.events import Record, record_adapter
from alignment_events.read.yaml_reader import read_yaml
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.project import to_nested, to_rows

REAL = sorted((Path(__file__).parents[2] / "datasets").glob("*/records/**/*.yaml"))


def there_and_back(record: Record) -> Record:
    main, *children = to_rows(record.model_dump())
    grouped = defaultdict(list)
    for row in children:
        grouped[row.table].append(row.values)
    # Tables come sorted by key, not in the order of the record.
    shuffled = {name: rows[::-1] for name, rows in grouped.items()}
    return record_adapter.validate_python(to_nested(main.values, shuffled))


@settings(max_examples=300, deadline=None)
@given(nested_records())
def test_any_record_survives_the_tables(nested):
    record = record_adapter.validate_python(nested)
    assert there_and_back(record) == record


@pytest.mark.parametrize("name", sound_examples())
def test_the_examples_survive_the_tables(name):
    record = record_adapter.validate_python(sound_examples()[name])
    assert there_and_back(record) == record


def test_every_real_record_survives_the_tables():
    assert REAL, "the repository holds records"
    for path in REAL:
        (document,) = read_yaml(path, single=True).documents
        record = record_adapter.validate_python(document.values)
        assert there_and_back(record) == record, path
