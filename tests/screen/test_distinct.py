"""Numbers are found among others the same way whether a table of them is made or they are sorted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_events.screen.distinct import Among, Distinct

SMALL = st.integers(0, 70_000)


@pytest.mark.parametrize(("kind", "low", "high"), [(np.uint64, 0, 2**64), (np.int64, -5, 2**63)])
@given(data=st.data())
def test_places_are_those_of_the_numbers(
    kind: type[np.generic], low: int, high: int, data: st.DataObject
) -> None:
    numbers = SMALL | st.integers(low, high - 1)
    there, asked = data.draw(st.lists(numbers)), data.draw(st.lists(numbers))
    distinct = Distinct.of(np.array(there, kind))
    assert distinct.numbers.tolist() == sorted(set(there))
    place, found = distinct.place(np.array([*there, *asked], kind))
    assert found.tolist() == [one in set(there) for one in (*there, *asked)]
    assert distinct.numbers[place[found]].tolist() == [
        one for one in (*there, *asked) if one in set(there)
    ]


@given(st.lists(st.integers(0, 2**40)), st.lists(st.integers(0, 2**64 - 1)))
def test_among(some: list[int], asked: list[int]) -> None:
    among = Among(np.array(some, np.uint64))
    found = among(np.array([*asked, *some], np.uint64)).tolist()
    assert found == [one in set(some) for one in [*asked, *some]]
