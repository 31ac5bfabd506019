"""Rows that are found by value are those that are found by looking at each, faulty values included."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_events.check.store import Store
from alignment_events.compile import predicate
from alignment_events.compile.predicate import objection
from alignment_events.model import expr as x
from alignment_events.spec.cells import INVALID
from alignment_events.spec.project import Row

EQUAL = x.Compare("eq", x.Col("source_id"), x.Outer("source_id"))
CONDITIONS = (
    EQUAL,
    x.And((x.In(x.Col("field"), ("a", "b")), EQUAL)),
    x.And((EQUAL, x.Not(x.IsNull(x.Col("field"))))),
    x.Compare("eq", x.Outer("source_id"), x.Col("field")),
    x.Not(EQUAL),
    x.Or((EQUAL, x.IsNull(x.Col("field")))),
)
VALUES = st.sampled_from(["a", "b", "c", None])


def verdicts(rows: list[dict[str, Any]], where: x.Expr, distinct: str | None) -> list[Any]:
    store = Store()
    for values in rows:
        store.rows["citations"].append(Row("citations", {"record_id": "r", **values}, ()))
    objects = objection(x.Compare("lt", x.Count("citations", where, distinct), x.Val(3)))
    return [objects(row.values, store) for row in store.rows["citations"]]


@given(
    st.lists(st.fixed_dictionaries({"source_id": VALUES, "field": VALUES}), max_size=12),
    st.sampled_from(CONDITIONS),
    st.sampled_from([None, "field"]),
    st.none() | st.integers(0, 11),
)
def test_the_same_verdicts(
    rows: list[dict[str, Any]], where: x.Expr, distinct: str | None, faulty: int | None
) -> None:
    if faulty is not None and faulty < len(rows):
        rows[faulty]["source_id" if faulty % 2 else "field"] = INVALID
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predicate, "_FEW", 1_000)
        one_by_one = verdicts(rows, where, distinct)
        patch.setattr(predicate, "_FEW", 0)
        assert verdicts(rows, where, distinct) == one_by_one


def test_not_every_row_with_every_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of rows, each of which is like few others, are not compared with all of them."""
    looked_at = 0
    read = predicate._read

    def counted(*args: Any) -> Any:
        nonlocal looked_at
        looked_at += 1
        return read(*args)

    monkeypatch.setattr(predicate, "_read", counted)
    rows = [{"source_id": str(n), "field": "a"} for n in range(2_000)]
    assert verdicts(rows, EQUAL, None) == [False] * len(rows)
    assert looked_at < 10 * len(rows)
