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

import datetime as dt
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.findings import AlignmentEventsError
from alignment_events.measures.codings import (
    SET,
    CodedField,
    Coding,
    Unit,
    Value,
    coded_fields,
    read_coding,
    written,
)
from alignment_events.measures.unitising import TOLERANCE, Pair, jaccard, match_units
from alignment_events.model.codes import UNKNOWN, Kind, Method
from alignment_events.read.dataset import is_dataset

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


def _pairable(ratings: Ratings) -> list[list[Hashable]]:
    given = [[value for value in row if value is not None] for row in ratings]
    return [row for row in given if len(row) > 1]


def percent_agreement(ratings: Ratings) -> float | None:
    """Mean over units of the share of pairs of coders that gave the same value."""
    shares = []
    for row in _pairable(ratings):
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
    table = _Table(_pairable(ratings), metric, scale)
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


# --- two codings of the same cards ------------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """How far two codings agree: units first, then fields, then what is to be adjudicated.

    Attributes:
        round: Number of the round.
        seed: Seed of the intervals, and by custom of the sample.
        codebook_version: Codebook of the second coding.
        names: Pseudonyms of the two coders.
        coders: Their methods, such as `machine–machine`.
        n: Cards that both coded.
        left_out: Cards that only one coded.
        units: Counts and scores of unitising by kind, `all` first.
        fields: One row a field and kind.
        disagreements: One row a value that differs, or a unit that one coder does not have.
    """

    round: int
    seed: int
    codebook_version: str
    names: tuple[str, str]
    coders: str
    n: int
    left_out: tuple[str, ...] = ()
    units: list[dict[str, Any]] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)
    disagreements: list[dict[str, Any]] = field(default_factory=list)

    @property
    def precision(self) -> float | None:
        """Share of the second coder's units that the first has too."""
        return self.units[0]["precision"]  # type: ignore[no-any-return]

    @property
    def recall(self) -> float | None:
        """Share of the first coder's units that the second has too."""
        return self.units[0]["recall"]  # type: ignore[no-any-return]

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return self.units[0]["f1"]  # type: ignore[no-any-return]


@dataclass
class _Column:
    """The values of one field: pairs of values, and the matched pair that each comes from."""

    coded: CodedField
    presence: bool = False
    pairs: list[tuple[Value, Value]] = field(default_factory=list)
    clusters: list[int] = field(default_factory=list)

    def add(self, a: Value, b: Value, cluster: int) -> None:
        self.pairs.append((a, b))
        self.clusters.append(cluster)


def compare(
    a: Coding,
    b: Coding,
    *,
    seed: int,
    round: int = 1,
    tolerance: int = TOLERANCE,
    sets: str = SET,
    draws: int = DRAWS,
) -> Agreement:
    """Compare two codings on the cards that both coded.

    Args:
        a: The first coding, against which precision and recall are told.
        b: The second coding.
        seed: Seed of the intervals.
        round: Number of the round.
        tolerance: Days by which start dates of the same unit may differ.
        sets: Distance of sets, masi or jaccard.
        draws: Samples for the intervals.
    """
    cards = a.cards & b.cards
    matching = match_units(a.only(cards).units, b.only(cards).units, tolerance=tolerance)
    kinds = [kind.value for kind in Kind]
    units = []
    for kind in ("all", *kinds):
        score = matching.score(None if kind == "all" else kind)
        row = {"kind": kind, "first": score.first, "second": score.second, "both": score.both}
        units.append({**row, "precision": score.precision, "recall": score.recall, "f1": score.f1})
    columns, differences = _columns(matching.pairs)
    human = Method.HUMAN in (a.method, b.method)
    rows = [
        _row(name, kind, column, seed=seed, sets=sets, draws=draws, human=human)
        for (kind, name), column in columns.items()
    ]
    for which, alone in (("a", matching.only_first), ("b", matching.only_second)):
        differences += [_alone(unit, which) for unit in alone]
    differences.sort(key=lambda row: (row["card_key"], row["kind"], row["field"] != "unit"))
    return Agreement(
        round=round,
        seed=seed,
        codebook_version=b.codebook,
        names=(a.coder, b.coder),
        coders=f"{a.method}–{b.method}",
        n=len(cards),
        left_out=tuple(sorted(a.cards ^ b.cards)),
        units=units,
        fields=[row for row in rows if row["n"] or row["left_out"]],
        disagreements=differences,
    )


def _alone(unit: Unit, which: str) -> dict[str, Any]:
    actors = unit.fields.get("actors")
    told = [str(unit.fields.get(name) or "") for name in ("date/start", "subtype")]
    told += sorted(actors) if isinstance(actors, frozenset) else []
    found = {"a": None, "b": None, which: " ".join(told)}
    return {"card_key": unit.card_key, "kind": unit.kind, "field": "unit", **found}


def _columns(
    pairs: Sequence[Pair],
) -> tuple[dict[tuple[str, str], _Column], list[dict[str, Any]]]:
    """Every field by kind, and pooled where several kinds share it; and what differs."""
    columns: dict[tuple[str, str], _Column] = {}
    differences: list[dict[str, Any]] = []
    holders: dict[str, set[str]] = defaultdict(set)
    for holder in Kind:
        for name in coded_fields(holder.value):
            holders[name].add(holder.value)
    for number, (one, other) in enumerate(pairs):
        for name, coded in coded_fields(one.kind).items():
            # A subtype says little beyond the kind, on which matched units agree by definition.
            pooled = len(holders[name]) > 1 and name != "subtype"
            for path, a, b in _values(name, coded, one, other):
                for kind in ("all", one.kind) if pooled else (one.kind,):
                    column = columns.setdefault((kind, name), _Column(coded))
                    column.add(a, b, number)
                if a != b:
                    row = {"card_key": one.card_key, "kind": one.kind, "field": path}
                    differences.append({**row, "a": written(a), "b": written(b)})
    for (kind, name), column in list(columns.items()):
        if column.coded.metric == SET and "/" in name:
            columns.update(_presence(kind, name, column))
    return columns, differences


def _values(
    name: str, coded: CodedField, one: Unit, other: Unit
) -> Iterable[tuple[str, Value, Value]]:
    if not coded.each:
        yield name, one.fields.get(name), other.fields.get(name)
        return
    first, second = one.fields.get("actors"), other.fields.get("actors")
    if isinstance(first, frozenset) and isinstance(second, frozenset):
        for actor in sorted(first & second):
            path = f"{name}/{actor}"
            a, b = one.fields.get(path), other.fields.get(path)
            if (a, b) != (None, None):
                yield path, a, b


def _presence(kind: str, name: str, column: _Column) -> dict[tuple[str, str], _Column]:
    """For every code of a set that either coder used: whether it is there."""
    sets = [
        (a, b) for a, b in column.pairs if isinstance(a, frozenset) and isinstance(b, frozenset)
    ]
    used = {code for pair in sets for one in pair for code in one}
    found = {}
    for code in (code for code in column.coded.codes if code in used):
        flags = _Column(CodedField("nominal", ("false", "true")), presence=True)
        flags.clusters = column.clusters
        flags.pairs = [(str(code in a).lower(), str(code in b).lower()) for a, b in sets]
        found[kind, f"{name}/{code}"] = flags
    return found


def _row(
    name: str, kind: str, column: _Column, *, seed: int, sets: str, draws: int, human: bool
) -> dict[str, Any]:
    """The figures of one field and kind."""
    coded = column.coded
    metric = sets if coded.metric == SET else coded.metric
    ratings = [[_rating(value, metric) for value in pair] for pair in column.pairs]
    n = len(_pairable(ratings))
    alpha = krippendorff_alpha(ratings, metric, coded.codes)
    # A seed of its own for each field: its interval stays when other fields come or go.
    own = zlib.crc32(f"{seed}/{kind}/{name}".encode())
    interval = bootstrap(
        ratings, metric, coded.codes, seed=own, clusters=column.clusters, draws=draws
    )
    nominal = metric == "nominal"
    uses = sum("true" in pair for pair in column.pairs) if column.presence else None
    why = "no variation" if alpha is None and n > 1 else ""
    if uses is not None and uses < LEAST_USES:
        why = f"used in fewer than {LEAST_USES} units"
    if n < LEAST_UNITS:
        why = f"fewer than {LEAST_UNITS} units"
    return {
        "field": name,
        "kind": kind,
        "metric": metric,
        "n": n,
        "left_out": len(ratings) - n,
        "percent": percent_agreement(ratings),
        "alpha": alpha,
        "low": interval.low,
        "high": interval.high,
        "p_below_667": interval.p_below,
        "ac1": gwet_ac1(ratings, coded.codes) if nominal else None,
        "kappa": cohen_kappa(ratings) if nominal else None,
        "positive": positive_agreement(ratings, "true") if column.presence else None,
        "uses": uses,
        "status": "undefined" if why else status(alpha, human=human),
        "why": why,
    }


def _rating(value: Value, metric: str) -> Hashable | None:
    """The value as its metric takes it: `unknown` is no point on a scale, and empty no day."""
    if metric == "nominal":
        return value or ""  # that it does not apply is a finding on which coders can agree
    if metric == "interval" and isinstance(value, str):
        return dt.date.fromisoformat(value).toordinal()
    return None if value == UNKNOWN else value


def status(alpha: float | None, *, human: bool) -> str:
    """What may be claimed; `certified` is kept for what a human coder took part in."""
    if alpha is None:
        return "undefined"
    if alpha >= STABLE:
        return "certified" if human else "stable"
    return "tentative" if alpha >= TENTATIVE else "unstable"


def reliability_json(rounds: Iterable[Agreement]) -> dict[str, Any]:
    """The content of `reliability.json`; every round is told, and the last one counts."""
    ordered = sorted(rounds, key=lambda one: one.round)
    return {
        "codebook_version": ordered[-1].codebook_version if ordered else None,
        "rounds": [_round(one) for one in ordered],
    }


def _round(one: Agreement) -> dict[str, Any]:
    def short(row: dict[str, Any]) -> dict[str, Any]:
        return {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}

    scores = {"f1": one.f1, "precision": one.precision, "recall": one.recall}
    return {
        "round": one.round,
        "seed": one.seed,
        "n": one.n,
        **short(scores),
        "codebook_version": one.codebook_version,
        "units": [short(row) for row in one.units],
        "fields": [{**short(row), "coders": one.coders} for row in one.fields],
    }


def agree(
    a: Path,
    b: Path,
    *,
    seed: int = 0,
    round: int = 1,
    coder_a: str | None = None,
    coder_b: str | None = None,
    tolerance: int = TOLERANCE,
) -> Agreement:
    """Read two codings and compare them; what the command line calls.

    Args:
        a: The first coding: units in YAML, a folder of them, a CSV of `codings`, or a dataset.
        b: The second coding, likewise.
        seed: Seed of the intervals.
        round: Number of the round.
        coder_a: Coder to take from the first, if several coded the same cards there.
        coder_b: Likewise for the second.
        tolerance: Days by which start dates of the same unit may differ.

    Raises:
        InvalidData: If a coding cannot be read.
        AlignmentEventsError: If they have no card in common, or the extra `agree` is missing.
    """
    # The cards of a sample are a few; a dataset is read for those only.
    if is_dataset(a) and not is_dataset(b):
        second = read_coding(b, coder=coder_b)
        first = read_coding(a, coder=coder_a, cards=second.cards)
    else:
        first = read_coding(a, coder=coder_a)
        second = read_coding(b, coder=coder_b, cards=first.cards if is_dataset(b) else None)
    if not first.cards & second.cards:
        raise AlignmentEventsError(f"{a} and {b} have no card in common.")
    return compare(first, second, seed=seed, round=round, tolerance=tolerance)
