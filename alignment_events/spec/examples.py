"""The sound examples, and what becomes of them when a change breaks a rule."""

import copy
from functools import cache
from importlib.resources import files
from typing import Any

from alignment_events.model.rules import DELETED, Change

Nested = dict[str, Any]


@cache
def _sound() -> dict[str, Nested]:
    import yaml

    text = files("alignment_events.model").joinpath("examples.yaml").read_text(encoding="utf-8")
    # The examples are our own; every scalar stays text, as in a contributed file.
    loaded = yaml.load(text, Loader=yaml.BaseLoader)
    return dict(loaded)


def sound_examples() -> dict[str, Nested]:
    """Name to example record, each sound, and all of them together a sound dataset."""
    return copy.deepcopy(_sound())


def closure(names: set[str], records: dict[str, Nested]) -> list[str]:
    """The records named, all that they link to, and all that close or carry them out."""
    by_id = {record["id"]: name for name, record in records.items()}

    def targets(name: str, *types: str) -> set[str]:
        links = records[name].get("links", ())
        return {
            by_id[k["to"]] for k in links if k["to"] in by_id and (not types or k["type"] in types)
        }

    found = set(names)
    while True:
        more = {target for name in found for target in targets(name)}
        more |= {name for name in records if targets(name, "closes", "implements") & found}
        if more <= found:
            return [name for name in records if name in found]
        found |= more


def broken(change: Change) -> list[Nested]:
    """The example that a change breaks, with what it needs beside it, after the change."""
    records = sound_examples()
    before = set(closure({change.record}, records))
    everything = (change, *change.with_)
    for one in everything:
        _apply(records[one.record], one.path, one.value)
    after = closure(before | {one.record for one in everything}, records)
    return [records[name] for name in after]


def _apply(record: Nested, path: str, value: Any) -> None:
    steps = [int(step) - 1 if step.isdigit() else step for step in path.split("/")]
    *way, last = steps
    target: Any = record
    for step in way:
        target = target[step]
    if value is DELETED:
        del target[last]
    elif isinstance(target, list) and last == len(target):
        target.append(copy.deepcopy(value))
    else:
        target[last] = copy.deepcopy(value)
