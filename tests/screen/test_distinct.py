"""Numbers are found among others the same way whether a table of them is made or they are sorted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_events.screen.distinct import Distinct

SMALL, LARGE = st.integers(0, 70_000), st.integers(0, 2**64 - 1)


@pytest.mark.parametrize("kind", [np.uint64, np.int64])
@given(data=st.data())
def test_places_are_those_of_the_numbers(kind: type[np.generic], data: st.DataObject) -> None:
    low = 0 if kind is np.uint64 else -5
    numbers = SMALL | (LARGE if kind is np.uint64 else st.integers(low, 2**62))
    there, asked = data.draw(st.lists(numbers)), data.draw(st.lists(numbers))
    distinct = Distinct.of(np.array(there, kind))
    assert distinct.numbers.tolist() == sorted(set(there))
    place, found = distinct.place(np.array([*there, *asked], kind))
    assert found.tolist() == [one in set(there) for one in (*there, *asked)]
    assert distinct.numbers[place[found]].tolist() == [
        one for one in (*there, *asked) if one in set(there)
    ]
