"""Agreement between coders: percent, Krippendorff's alpha with intervals, Gwet's AC1, Cohen's kappa.

Sources of the formulas:

* Krippendorff (2011), *Computing Krippendorff's Alpha-Reliability*: alpha = 1 − D_o / D_e over the
  matrix of coincidences; any number of coders, values may be missing. Interval by resampling, and
  the probability of falling below a minimum: Hayes and Krippendorff (2007).
* Passonneau (2006), *Measuring Agreement on Set-Valued Items (MASI)*: the distance of sets.
* Gwet (2008), doi:10.1348/000711006X126600: AC1, which does not collapse on rare codes.
* Cohen (1960), *A Coefficient of Agreement for Nominal Scales*: kappa.

Figures that are not defined are None, never 0 or 1: alpha needs two units that two coders rated,
and values that vary at all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from alignment_events.findings import AlignmentEventsError
from alignment_events.measures.unitising import jaccard

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Ratings = Sequence[Sequence[Hashable | None]]
"""One row a unit, one column a coder; None where a coder gave no value."""

DRAWS = 1000
LEAST_UNITS = 10
"""Below this number of units a figure says nothing, and its status is `undefined`."""
LEAST_USES = 5
"""The same for a code of a set that fewer units have, in either coding."""
TENTATIVE, STABLE = 0.667, 0.8
"""Thresholds of Krippendorff: below the first nothing is concluded, from the second it is relied on."""


class MissingExtra(AlignmentEventsError, ImportError):  # noqa: N818 - named for what it is about
    """A package is not installed that only the extra `agree` brings."""


def masi_distance(a: frozenset[str], b: frozenset[str]) -> float:
    """1 − Jaccard × monotonicity: 1 if equal, 2/3 if nested, 1/3 if they overlap, 0 if disjoint."""
    if a == b:
        return 0.0
    weight = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - jaccard(a, b) * weight


def jaccard_distance(a: frozenset[str], b: frozenset[str]) -> float:
    """1 − size of the intersection over size of the union."""
    return 1 - jaccard(a, b)


_SETS: dict[str, Callable[[Any, Any], float]] = {"masi": masi_distance, "jaccard": jaccard_distance}


def pairable(ratings: Ratings) -> list[list[Hashable]]:
    """The values of each unit that two coders or more gave a value."""
    given = [[value for value in row if value is not None] for row in ratings]
    return [row for row in given if len(row) > 1]


def percent_agreement(ratings: Ratings) -> float | None:
    """Mean over units of the share of pairs of coders that gave the same value."""
    shares = []
    for row in pairable(ratings):
        pairs = list(combinations(row, 2))
        shares.append(sum(a == b for a, b in pairs) / len(pairs))
    return sum(shares) / len(shares) if shares else None


def gwet_ac1(ratings: Ratings, codes: Iterable[Hashable] = ()) -> float | None:
    """Gwet's AC1 for nominal codes; `codes` are those that could have been given."""
    given = [[value for value in row if value is not None] for row in ratings]
    given = [row for row in given if row]
    agreed = percent_agreement(ratings)
    used = {value for row in given for value in row} | set(codes)
    if agreed is None or len(used) < 2:
        return None
    share: dict[Hashable, float] = defaultdict(float)
    for row in given:
        for value in row:
            share[value] += 1 / len(row) / len(given)
    chance = sum(p * (1 - p) for p in share.values()) / (len(used) - 1)
    return (agreed - chance) / (1 - chance)


def cohen_kappa(ratings: Ratings) -> float | None:
    """Cohen's kappa of two coders, over the units that both rated."""
    rows = [(row[0], row[1]) for row in ratings if row[0] is not None and row[1] is not None]
    if not rows:
        return None
    first, second = Counter(a for a, _ in rows), Counter(b for _, b in rows)
    observed = sum(a == b for a, b in rows) / len(rows)
    chance = sum(n * second[value] for value, n in first.items()) / len(rows) ** 2
    return None if chance == 1 else (observed - chance) / (1 - chance)


def positive_agreement(ratings: Ratings, code: Hashable) -> float | None:
    """Share of agreement among uses of a code by either of two coders: 2a / (2a + b + c)."""
    uses = [sum(value == code for value in row) for row in ratings]
    return sum(2 for n in uses if n == 2) / sum(uses) if sum(uses) else None


class _Table:
    """Ratings as counts of values per unit, values in order of their scale."""

    def __init__(self, ratings: Ratings, metric: str, scale: Sequence[Hashable]) -> None:
        import numpy as np

        self.metric = metric
        used: set[Any] = {value for row in ratings for value in row}
        order = {code: place for place, code in enumerate(scale)}
        if metric == "ordinal":
            if off := used - order.keys():
                raise ValueError(f"{sorted(map(str, off))[0]} is no point of the scale.")
            self.values = sorted(used, key=order.__getitem__)
        elif metric in _SETS:
            self.values = sorted(used, key=sorted)
        else:
            self.values = sorted(used)
        place = {value: number for number, value in enumerate(self.values)}
        self.counts: Floats = np.zeros((len(ratings), len(self.values)))
        for number, row in enumerate(ratings):
            for value in row:
                self.counts[number, place[value]] += 1

    @property
    def usable(self) -> bool:
        return len(self.counts) > 1 and len(self.values) > 1

    def alpha(self) -> float:
        """Alpha by the package `krippendorff`; for sets by the same definition here."""
        if self.metric in _SETS:
            import numpy as np

            return float(self.weighted(np.ones((1, len(self.counts))))[0])
        import krippendorff

        domain = self.values if self.metric == "interval" else range(len(self.values))
        return float(
            krippendorff.alpha(
                value_counts=self.counts,
                value_domain=list(domain),
                level_of_measurement=self.metric,  # type: ignore[arg-type]
            )
        )

    def weighted(self, weights: "Floats") -> "Floats":
        """Alpha of each row of weights of units; NaN where values do not vary."""
        import numpy as np

        n = weights @ self.counts
        total = n.sum(axis=1)
        if self.metric == "ordinal":
            # The ordinal metric is the interval metric on mid-ranks, which each draw has anew.
            middle = np.cumsum(n, axis=1) - n / 2
            observed = weights @ self._coincidences().reshape(len(self.counts), -1)
            observed = observed.reshape(len(weights), len(self.values), -1)
            within = 2 * (n * middle**2).sum(axis=1)
            within -= 2 * np.einsum("bi,bij,bj->b", middle, observed, middle)
            expected = 2 * total * (n * middle**2).sum(axis=1) - 2 * (n * middle).sum(axis=1) ** 2
        else:
            distance = self._distances()
            per_unit = np.einsum("ui,ij,uj->u", self.counts, distance, self.counts)
            within = weights @ (per_unit / (self.counts.sum(axis=1) - 1))
            expected = ((n @ distance) * n).sum(axis=1)
        varied = (n > 0).sum(axis=1) > 1
        ratio = np.divide(
            within * (total - 1), expected, out=np.full(len(weights), np.nan), where=varied
        )
        found: Floats = 1 - ratio
        return found

    def _coincidences(self) -> "Floats":
        import numpy as np

        counts = self.counts
        both: Floats = counts[:, :, None] * counts[:, None, :]
        both -= counts[:, :, None] * np.eye(counts.shape[1])[None]
        both /= (counts.sum(axis=1) - 1)[:, None, None]
        return both

    def _distances(self) -> "Floats":
        import numpy as np

        found: Floats
        if self.metric == "nominal":
            found = 1 - np.eye(len(self.values))
        elif self.metric == "interval":
            numbers = np.asarray(self.values, dtype=np.float64)
            found = (numbers[:, None] - numbers[None, :]) ** 2
        else:
            apart = _SETS[self.metric]
            found = np.asarray([[apart(a, b) for b in self.values] for a in self.values])
        return found


def _table(ratings: Ratings, metric: str, scale: Sequence[Hashable]) -> _Table | None:
    try:
        import krippendorff  # noqa: F401 - it brings numpy, which the table needs
    except ImportError as error:
        raise MissingExtra(
            "krippendorff is not installed: pip install alignment-events[agree]"
        ) from error
    table = _Table(pairable(ratings), metric, scale)
    return table if table.usable else None


def krippendorff_alpha(
    ratings: Ratings, metric: str, scale: Sequence[Hashable] = ()
) -> float | None:
    """Krippendorff's alpha, or None where it is not defined.

    Args:
        ratings: One row a unit, one column a coder; None for no value. Numbers for `interval`,
            frozen sets for `masi` and `jaccard`.
        metric: nominal, ordinal, interval, masi or jaccard.
        scale: The codes in order, for `ordinal`.

    Raises:
        MissingExtra: If the extra `agree` is not installed.
    """
    table = _table(ratings, metric, scale)
    return None if table is None else table.alpha()


@dataclass(frozen=True)
class Interval:
    """What resampling says of alpha: 95 % interval, and the probability of less than .667."""

    low: float | None = None
    high: float | None = None
    p_below: float | None = None


def bootstrap(
    ratings: Ratings,
    metric: str,
    scale: Sequence[Hashable] = (),
    *,
    seed: int,
    clusters: Sequence[Hashable] | None = None,
    draws: int = DRAWS,
) -> Interval:
    """Percentile interval of alpha, resampling units with replacement.

    Args:
        ratings: As for `krippendorff_alpha`.
        metric: As there.
        scale: As there.
        seed: Seed; the same seed gives the same interval.
        clusters: What each unit belongs to, where units that belong together (the actors of one
            record) must be drawn together.
        draws: Number of samples. Those in which nothing varies have no alpha and are left out; if
            they are more than half, there is no interval.
    """
    table = _table(ratings, metric, scale)
    if table is None:
        return Interval()
    import numpy as np

    kept = [i for i, row in enumerate(ratings) if sum(value is not None for value in row) > 1]
    names = list(range(len(ratings))) if clusters is None else list(clusters)
    order = {name: place for place, name in enumerate(dict.fromkeys(names[i] for i in kept))}
    member = np.asarray([order[names[i]] for i in kept])
    drawn = np.random.default_rng(seed).multinomial(
        len(order), np.full(len(order), 1 / len(order)), size=draws
    )
    alphas = table.weighted(drawn[:, member].astype(np.float64))
    alphas = alphas[~np.isnan(alphas)]
    if len(alphas) < draws / 2:
        return Interval()
    low, high = np.quantile(alphas, (0.025, 0.975))
    return Interval(float(low), float(high), float((alphas < TENTATIVE).mean()))
