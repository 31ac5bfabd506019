"""Figures with known answers, and what must hold for any ratings.

Data of Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": as in the docstring and
tests/test_krippendorff.py of the package krippendorff 0.9.0 (nominal .743, ordinal .815) and in the
help page of `kripp.alpha` in the R package irr; interval .849 is section C of the paper, as cited in
a public test of another implementation. irrCAC (the R package of K. L. Gwet) ships the same table
as `cac.raw4raters`; its README gives AC1 .77544 and alpha .74342 for it, and for `cont3x3abstractors`
(Gwet 2014, Handbook, 4th ed.) AC1 .8493305, kappa .7964094, alpha .7972585. Cohen's (1968) table of
200 diagnoses is in the help page of `cohen.kappa` of the R package psych: "cohen reports .492".
"""

import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_events.findings import AlignmentEventsError
from alignment_events.measures import agreement
from alignment_events.measures.agreement import (
    Interval,
    bootstrap,
    cohen_kappa,
    gwet_ac1,
    jaccard_distance,
    krippendorff_alpha,
    masi_distance,
    percent_agreement,
    positive_agreement,
)

N = None
KRIPPENDORFF = list(
    zip(
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
        strict=True,
    )
)
SCALE = [1, 2, 3, 4, 5]


def from_table(rows):
    """The ratings of two coders, from how often each pair of codes was given."""
    return [(i, j) for i, row in enumerate(rows) for j, n in enumerate(row) for _ in range(n)]


COHEN = from_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
GWET = from_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]])


@pytest.mark.parametrize(
    ("metric", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_the_published_example_of_krippendorff(metric, expected):
    assert round(krippendorff_alpha(KRIPPENDORFF, metric, SCALE), 3) == expected


def test_the_published_example_of_cohen():
    assert round(cohen_kappa(COHEN), 3) == 0.492
    assert percent_agreement(COHEN) == pytest.approx(0.70)


def test_the_published_examples_of_gwet():
    assert gwet_ac1(GWET) == pytest.approx(0.8493305, abs=5e-8)
    assert cohen_kappa(GWET) == pytest.approx(0.7964094, abs=5e-8)
    assert krippendorff_alpha(GWET, "nominal") == pytest.approx(0.7972585, abs=5e-8)
    # With gaps and four coders: units that one coder alone rated count for prevalence only.
    assert gwet_ac1(KRIPPENDORFF) == pytest.approx(0.77544, abs=5e-6)
    assert percent_agreement(KRIPPENDORFF) == pytest.approx(0.8181818, abs=5e-8)


def test_ac1_stands_where_kappa_collapses():
    # The paradox for which AC1 was made: 118 of 125 agree, all but never on the rare code.
    rare = from_table([[118, 5], [2, 0]])
    assert percent_agreement(rare) > 0.94
    assert cohen_kappa(rare) < 0
    assert gwet_ac1(rare) > 0.93
    assert positive_agreement(rare, 1) == 0


def test_distances_of_sets():
    # nltk documents .665 for the first, with the weights rounded to .67 and .33.
    assert masi_distance(frozenset("ab"), frozenset("abcd")) == pytest.approx(1 - 0.5 * 2 / 3)
    assert masi_distance(frozenset("ab"), frozenset("bc")) == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert masi_distance(frozenset("ab"), frozenset("cd")) == 1
    assert masi_distance(frozenset(), frozenset()) == 0
    assert masi_distance(frozenset(), frozenset("a")) == 1
    assert jaccard_distance(frozenset("ab"), frozenset("abcd")) == 0.5


@pytest.mark.parametrize("metric", ["masi", "jaccard"])
def test_sets_of_one_code_are_nominal_codes(metric):
    # Our own alpha for sets must then be the alpha of the package.
    sets = [[None if v is None else frozenset(str(v)) for v in row] for row in KRIPPENDORFF]
    nominal = krippendorff_alpha(KRIPPENDORFF, "nominal")
    assert krippendorff_alpha(sets, metric) == pytest.approx(nominal)


def test_alpha_of_sets_by_hand():
    # Units ({a},{a}) and ({a},{a,b}): d = 1 - 1/2·2/3 = 2/3 for the one unequal pair.
    # D_o = (2·2/3) / 4; D_e = 2·3·1·(2/3) / (4·3); alpha = 1 - (1/3)/(1/3) = 0.
    a, ab = frozenset("a"), frozenset("ab")
    assert krippendorff_alpha([(a, a), (a, ab)], "masi") == pytest.approx(0)


def test_what_is_not_defined_is_none():
    same = [("yes", "yes")] * 30
    assert krippendorff_alpha(same, "nominal") is None
    assert bootstrap(same, "nominal", seed=1) == Interval()
    assert cohen_kappa(same) is None
    assert gwet_ac1(same) is None
    # AC1 is defined once the codes that could have been given are known.
    assert gwet_ac1(same, ("yes", "no")) == 1
    for nothing in ([], [("yes", None)] * 5):
        assert krippendorff_alpha(nothing, "nominal") is None
        assert percent_agreement(nothing) is None
        assert gwet_ac1(nothing, ("yes", "no")) is None
        assert cohen_kappa(nothing) is None
    assert krippendorff_alpha([("yes", "no")], "nominal") is None
    assert positive_agreement(same, "no") is None


def test_a_value_off_the_scale_is_refused():
    # `unknown` must be taken out before: it is no point between two others.
    with pytest.raises(ValueError, match="unknown is no point"):
        krippendorff_alpha([("C1", "unknown"), ("C1", "C2")], "ordinal", ("C1", "C2"))


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_the_weighted_alpha_of_the_bootstrap_is_the_alpha_of_the_package(metric):
    # The intervals use a formula of their own, for speed; it must be the same alpha.
    import numpy as np

    table = agreement._table(KRIPPENDORFF, metric, SCALE)
    once = np.ones((1, len(table.counts)))
    assert table.weighted(once)[0] == pytest.approx(table.alpha())
    twice = agreement._table([*KRIPPENDORFF, *KRIPPENDORFF[:3]], metric, SCALE).alpha()
    weights = np.asarray([[2.0] * 3 + [1.0] * (len(table.counts) - 3)])
    assert table.weighted(weights)[0] == pytest.approx(twice)


def test_intervals_are_seeded_and_hold_the_figure():
    first = bootstrap(GWET, "nominal", seed=7)
    assert first == bootstrap(GWET, "nominal", seed=7)
    assert first != bootstrap(GWET, "nominal", seed=8)
    assert first.low < 0.797 < first.high
    # Near the interval that irrCAC gives by its formula, (.68, .914).
    assert (first.low, first.high) == (pytest.approx(0.68, abs=0.04), pytest.approx(0.91, abs=0.04))
    assert 0 <= first.p_below <= 0.1


def test_units_of_one_cluster_are_drawn_together():
    # Ten times the same information is no more information: the interval must not shrink.
    alone = bootstrap(GWET[::3], "nominal", seed=3)
    repeated = [pair for pair in GWET[::3] for _ in range(10)]
    clusters = [number // 10 for number in range(len(repeated))]
    together = bootstrap(repeated, "nominal", seed=3, clusters=clusters)
    naive = bootstrap(repeated, "nominal", seed=3)
    assert together.high - together.low > 0.8 * (alone.high - alone.low)
    assert naive.high - naive.low < 0.5 * (alone.high - alone.low)


def test_no_interval_if_most_samples_have_no_variation():
    assert bootstrap([("a", "a")] * 200 + [("b", "a")], "nominal", seed=1).low is not None
    assert bootstrap([("a", "a"), ("a", "b")], "nominal", seed=1).low is not None
    few = [("a", "a"), ("b", "b")]
    assert bootstrap(few, "nominal", seed=1, draws=1) in (Interval(), Interval(1, 1, 0))


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "krippendorff", None)
    with pytest.raises(ImportError, match=r"pip install alignment-events\[agree\]") as error:
        krippendorff_alpha(GWET, "nominal")
    assert isinstance(error.value, AlignmentEventsError)


METRICS = st.sampled_from(["nominal", "ordinal", "interval", "masi", "jaccard"])
CODES = st.integers(1, 5)


def as_rating(value, metric):
    if value is None or metric not in ("masi", "jaccard"):
        return value
    return frozenset("abcde"[i] for i in range(3) if value >> i & 1)


@settings(max_examples=60, deadline=None)
@given(METRICS, st.lists(CODES, min_size=2, max_size=20), st.integers(2, 4))
def test_perfect_agreement_is_one(metric, codes, coders):
    ratings = [[as_rating(code, metric)] * coders for code in codes]
    alpha = krippendorff_alpha(ratings, metric, SCALE)
    assert percent_agreement(ratings) == 1
    assert alpha is None if len(set(codes)) == 1 else alpha == pytest.approx(1)
    if alpha is not None:
        assert gwet_ac1(ratings) == pytest.approx(1)
        assert cohen_kappa(ratings) == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(
    METRICS,
    st.lists(st.lists(st.none() | CODES, min_size=3, max_size=3), min_size=2, max_size=15),
    st.randoms(use_true_random=False),
)
def test_the_order_of_coders_and_units_is_of_no_account(metric, rows, rnd: random.Random):
    ratings = [[as_rating(v, metric) for v in row] for row in rows]
    order = [0, 1, 2]
    rnd.shuffle(order)
    other = [[row[i] for i in order] for row in ratings]
    rnd.shuffle(other)
    for figure in (
        lambda r: krippendorff_alpha(r, metric, SCALE),
        percent_agreement,
        gwet_ac1,
    ):
        one, two = figure(ratings), figure(other)
        assert one is two is None or one == pytest.approx(two, abs=1e-9)
