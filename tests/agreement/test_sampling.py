"""The sample must be drawn again by anyone from the seed alone."""

import random

import pytest

from alignment_events.measures.sampling import draw_sample

CARDS = [{"key": f"{kind}-{n:02}", "kind": kind} for kind in ("gap", "meeting") for n in range(30)]


def test_the_sample_is_fixed_by_the_seed_and_not_by_the_order_of_cards():
    sample = draw_sample(CARDS, 5, 11)
    shuffled = random.Random(1).sample(CARDS, len(CARDS))
    assert draw_sample(shuffled, 5, 11) == sample == sorted(sample)
    assert draw_sample(CARDS, 5, 12) != sample
    # Written down, so that another version of Python or of this code cannot draw another one.
    assert draw_sample(CARDS, 2, 11) == ["gap-14", "gap-27", "meeting-17", "meeting-27"]


def test_so_many_of_each_kind_and_those_that_must_be_there():
    sample = draw_sample(CARDS, 5, 11, always=["gap-00", "gap-01"])
    assert {"gap-00", "gap-01"} <= set(sample)
    assert sum(key.startswith("meeting") for key in sample) == 5
    assert len(draw_sample(CARDS, 100, 11)) == 60


def test_what_is_no_card_is_refused():
    with pytest.raises(ValueError, match="no card nowhere"):
        draw_sample(CARDS, 1, 1, always=["nowhere"])
    with pytest.raises(ValueError, match="twice"):
        draw_sample([CARDS[0], CARDS[0]], 1, 1)
