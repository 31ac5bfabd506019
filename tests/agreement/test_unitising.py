"""What counts as the same event: the first figure of every round, so its edges are pinned down."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_events.measures.codings import Unit
from alignment_events.measures.unitising import match_units, similarity


def unit(start="2030-05-03", roles="ARC:host BOR:visitor", kind="meeting", card="c", n=1, **more):
    fields = {
        "date/start": start,
        "date/end": more.get("end", start),
        "date/precision": more.get("precision", "day"),
        "roles": frozenset(roles.split()),
        "subtype": more.get("subtype", "visit"),
    }
    return Unit(card, n, kind, fields)


def same(a, b):
    return similarity(a, b) > 0


def test_starts_may_differ_by_three_days():
    assert same(unit(), unit("2030-05-06"))
    assert not same(unit(), unit("2030-05-07"))
    assert same(unit("2030-05-06"), unit())


def test_a_month_matches_every_day_in_it():
    month = unit("2030-05-01", end="2030-05-31", precision="month")
    assert same(month, unit("2030-05-20"))
    assert same(month, unit("2030-06-03"))
    assert not same(month, unit("2030-06-04"))


def test_what_is_ongoing_since_a_month_began_within_that_month():
    since = unit("2030-05-01", end=None, precision="month")
    assert same(since, unit("2030-05-31"))
    assert not same(since, unit("2030-07-01"))


def test_a_long_visit_counts_by_its_start():
    # With the precision `day` the end is duration, and no further chance to match.
    assert not same(unit(end="2030-05-20"), unit("2030-05-15"))


def test_half_of_those_that_act_must_be_the_same():
    assert same(unit(roles="ARC:speaker BOR:speaker"), unit(roles="ARC:speaker"))
    assert not same(unit(roles="ARC:speaker"), unit(roles="ARC:speaker BOR:speaker CAL:speaker"))


def test_those_beside_the_act_do_not_count():
    # Coders list targets and observers more or less fully; that is for `actors` to show.
    full = unit(roles="ARC:speaker BOR:target CAL:target ASSEMBLY:forum")
    assert same(full, unit(roles="ARC:speaker"))
    assert not same(unit(roles="ARC:speaker BOR:target"), unit(roles="BOR:speaker ARC:target"))
    # If nobody acts, all that are named count.
    assert same(unit(roles="ARC:target"), unit(roles="ARC:target"))


def test_never_across_kinds_or_cards():
    for other in (unit(kind="statement"), unit(card="d")):
        found = match_units([unit()], [other])
        assert found.pairs == ()
        assert found.score().f1 == 0


def test_the_best_matching_as_a_whole_is_taken():
    # The nearest pair first would leave the others alone: 4 May goes with 2 May for the sake of all.
    ours = [unit("2030-05-05", n=1), unit("2030-05-02", n=2)]
    theirs = [unit("2030-05-04", n=1), unit("2030-05-08", n=2)]
    found = match_units(ours, theirs)
    starts = [(a.fields["date/start"], b.fields["date/start"]) for a, b in found.pairs]
    assert starts == [("2030-05-05", "2030-05-08"), ("2030-05-02", "2030-05-04")]


def test_the_subtype_decides_between_events_of_one_day():
    ours = [unit(subtype="visit"), unit(subtype="talks", n=2)]
    found = match_units(ours, ours[::-1])
    assert all(a.fields["subtype"] == b.fields["subtype"] for a, b in found.pairs)


def test_scores():
    ours = [unit(), unit("2030-07-01", n=2), unit(kind="gap", n=3)]
    theirs = [unit("2030-05-04"), unit("2030-09-01", n=2)]
    found = match_units(ours, theirs)
    score = found.score()
    assert (score.precision, score.recall, score.f1) == (1 / 2, 1 / 3, 2 / 5)
    assert found.score("gap").f1 == 0
    assert found.score("deed").f1 is None  # nobody found any: no figure, rather than a bad one
    assert (len(found.only_first), len(found.only_second)) == (2, 1)


UNITS = st.lists(
    st.builds(
        lambda day, roles: unit(f"2030-05-{day:02}", roles),
        st.integers(1, 28),
        st.sampled_from(["ARC:speaker", "BOR:speaker", "ARC:speaker BOR:speaker"]),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(UNITS, UNITS)
def test_the_order_of_coders_and_units_is_of_no_account(ours, theirs):
    one, other = match_units(ours, theirs), match_units(theirs[::-1], ours[::-1])
    total = [sum(similarity(a, b) for a, b in found.pairs) for found in (one, other)]
    assert total[0] == pytest.approx(total[1])
    assert match_units(ours, ours).score().both == len(ours)


def test_a_very_long_card_is_matched_too():
    ours = [unit(f"2030-{month:02}-{day:02}") for month in range(1, 13) for day in (1, 15)]
    assert match_units(ours, ours[::-1]).score().f1 == 1
