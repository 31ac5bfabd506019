"""Unitising: which record of one coder is the same event as which record of the other.

Two units of one card match if they are of the same kind, their acting actors overlap, and their
dates agree as far as their precision lets them. Among all one-to-one matchings of a card, the one
with the highest total similarity is taken. Only matched units can be compared field by field, so
precision, recall and F1 come before any other figure (codebook, agreement between coders).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from alignment_events.measures.codings import Unit
from alignment_events.model import dates
from alignment_events.model.codes import Kind, Role

BESIDE = frozenset(
    {Role.TARGET, Role.AFFECTED, Role.FORUM, Role.MEDIATOR, Role.OBSERVER, Role.CONTROLLER}
)
"""Roles of those that did not themselves act; they do not count for the match."""

LEAST_OVERLAP = 0.5
"""Least Jaccard overlap of the acting actors."""

TOLERANCE = 3
"""Days by which start dates may differ."""

_MOST_EXACT = 12

Pair = tuple[Unit, Unit]


@dataclass(frozen=True)
class Score:
    """How many units were found by the first coder, by the second, and by both."""

    first: int
    second: int
    both: int

    @property
    def precision(self) -> float | None:
        """Share of the second coder's units that the first has too; None without any."""
        return self.both / self.second if self.second else None

    @property
    def recall(self) -> float | None:
        """Share of the first coder's units that the second has too; None without any."""
        return self.both / self.first if self.first else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both, the same whoever is called first: 2·both / (first + second)."""
        total = self.first + self.second
        return 2 * self.both / total if total else None


@dataclass(frozen=True)
class Matching:
    """The units of two coders, matched.

    Attributes:
        pairs: Matched units, the first coder's first.
        only_first: Units that the second coder does not have.
        only_second: Units that the first coder does not have.
    """

    pairs: tuple[Pair, ...]
    only_first: tuple[Unit, ...]
    only_second: tuple[Unit, ...]

    def score(self, kind: str | None = None) -> Score:
        """The counts, of one kind or of all."""

        def count(units: Iterable[Unit]) -> int:
            return sum(kind in (None, unit.kind) for unit in units)

        both = count(a for a, _ in self.pairs)
        return Score(both + count(self.only_first), both + count(self.only_second), both)


def match_units(
    first: Sequence[Unit], second: Sequence[Unit], *, tolerance: int = TOLERANCE
) -> Matching:
    """Match the units of two coders, card by card."""
    groups: dict[tuple[str, str], tuple[list[Unit], list[Unit]]] = defaultdict(lambda: ([], []))
    for which, units in enumerate((first, second)):
        for unit in units:
            groups[unit.card_key, unit.kind][which].append(unit)
    order = [kind.value for kind in Kind]
    pairs: list[Pair] = []
    rest: tuple[list[Unit], list[Unit]] = ([], [])
    for key in sorted(groups, key=lambda key: (key[0], order.index(key[1]))):
        ours, theirs = groups[key]
        found = _best(ours, theirs, tolerance)
        pairs += [(ours[i], theirs[j]) for i, j in found]
        rest[0].extend(u for i, u in enumerate(ours) if i not in {p[0] for p in found})
        rest[1].extend(u for j, u in enumerate(theirs) if j not in {p[1] for p in found})
    return Matching(tuple(pairs), tuple(rest[0]), tuple(rest[1]))


def similarity(a: Unit, b: Unit, tolerance: int = TOLERANCE) -> float:
    """0 if they cannot be the same event, else at most 3: actors, closeness in time, subtype."""
    overlap = jaccard(acting(a), acting(b))
    apart = days_apart(a, b, tolerance)
    if a.kind != b.kind or overlap < LEAST_OVERLAP or apart is None:
        return 0.0
    same = a.fields.get("subtype") == b.fields.get("subtype")
    return overlap + 1 - apart / (tolerance + 1) + same


def acting(unit: Unit) -> frozenset[str]:
    """The actors that acted; all of them, if the coder gave none a part of its own."""
    roles = unit.fields.get("roles")
    pairs = [role.rpartition(":") for role in roles] if isinstance(roles, frozenset) else []
    acted = frozenset(actor for actor, _, role in pairs if role not in BESIDE)
    return acted or frozenset(actor for actor, _, _ in pairs)


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Size of the intersection over that of the union; 1 for two empty sets."""
    return len(a & b) / len(a | b) if a or b else 1.0


def days_apart(a: Unit, b: Unit, tolerance: int = TOLERANCE) -> int | None:
    """Days between the starts, 0 where a coarse span reaches the other; None if too far apart.

    With the precision `day` only the start counts; otherwise the whole span within which it may
    have happened does.
    """
    one, other = _span(a), _span(b)
    if one is None or other is None:
        return None
    apart = max((other[0] - one[1]).days, (one[0] - other[1]).days, 0)
    return apart if apart <= tolerance else None


def _span(unit: Unit) -> tuple[dt.date, dt.date] | None:
    start, end = unit.fields.get("date/start"), unit.fields.get("date/end")
    precision = unit.fields.get("date/precision")
    if not isinstance(start, str) or not isinstance(precision, str):
        return None
    first = dt.date.fromisoformat(start)
    if precision == "day":
        return first, first
    if isinstance(end, str):
        return first, dt.date.fromisoformat(end)
    return dates.bounds(dates.written(first, precision))  # ongoing since some time in that period


def _best(ours: list[Unit], theirs: list[Unit], tolerance: int) -> list[tuple[int, int]]:
    """Positions of the matched units: exactly the best matching, greedy for very long cards."""
    gain = [[similarity(a, b, tolerance) for b in theirs] for a in ours]
    if max(len(ours), len(theirs)) > _MOST_EXACT:
        return _greedy(gain)

    @cache
    def best(i: int, taken: int) -> tuple[float, tuple[tuple[int, int], ...]]:
        if i == len(gain):
            return 0.0, ()
        top = best(i + 1, taken)
        for j, value in enumerate(gain[i]):
            if value and not taken >> j & 1:
                total, pairs = best(i + 1, taken | 1 << j)
                if total + value > top[0]:
                    top = total + value, ((i, j), *pairs)
        return top

    return list(best(0, 0)[1])


def _greedy(gain: list[list[float]]) -> list[tuple[int, int]]:
    ranked = sorted((-v, i, j) for i, row in enumerate(gain) for j, v in enumerate(row) if v)
    found: dict[int, int] = {}
    for _, i, j in ranked:
        if i not in found and j not in found.values():
            found[i] = j
    return sorted(found.items())
