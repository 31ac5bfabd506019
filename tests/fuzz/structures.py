"""Structures that Hypothesis makes: records of any shape, with the names and codes of the format."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import strategies as ours
import yaml
from fuzz.corpus import words
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from alignment_events.spec.records import record_specs

_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(words()), st.sampled_from(("2024-02-30", "AE-ZZ9H-KFFK", "s1", "=1", "")),
)  # fmt: skip
_ANY = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(words()), st.text(max_size=5)), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


@st.composite
def _records(draw: st.DrawFn) -> Any:
    """A record that is sound in shape, of which up to three values are replaced by anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(_ANY)
    record = json.loads(json.dumps(draw(ours.nested_records()), default=str))
    for _ in range(draw(st.integers(0, 3))):
        target = record
        while True:
            steps = list(target) if isinstance(target, Mapping) else list(range(len(target)))
            if not steps:
                break
            step = draw(st.sampled_from(steps))
            if isinstance(target[step], dict | list) and draw(st.booleans()):
                target = target[step]
                continue
            target[step] = draw(_ANY)
            break
    if isinstance(record, dict) and draw(st.integers(0, 4)) == 0:
        record["kind"] = draw(st.sampled_from(list(record_specs())))
    return record


def block(number: int, size: int, each: Callable[[str, bytes], None]) -> None:
    """Give `size` files of structures to `each`: name and content.

    Args:
        number: Seed.
        size: How many.
        each: Takes every input; must not raise.
    """

    @seed(number)
    @settings(
        max_examples=size, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        st.lists(_records(), min_size=1, max_size=3), st.sampled_from((".jsonl", ".json", ".yaml"))
    )
    def every(records: list[Any], suffix: str) -> None:
        if suffix == ".jsonl":
            text = "\n".join(json.dumps(r) for r in records)
        elif suffix == ".json":
            text = json.dumps(records)
        else:
            text = yaml.safe_dump_all(records, allow_unicode=True)
        each(f"structures{suffix}", text.encode("utf-8", "surrogatepass"))

    every()
