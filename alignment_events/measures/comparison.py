"""Two codings of the same cards compared: units first, then every field, then what differs."""

import datetime as dt
import zlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.findings import AlignmentEventsError
from alignment_events.measures.coding_files import read_coding
from alignment_events.measures.codings import (
    SET,
    CodedField,
    Coding,
    Unit,
    Value,
    coded_fields,
)
from alignment_events.measures.long_form import written
from alignment_events.measures.unitising import TOLERANCE, Pair, match_units
from alignment_events.model.codes import UNKNOWN, Kind, Method
from alignment_events.read.dataset import is_dataset

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
from alignment_events.measures.agreement import (
    DRAWS,
    LEAST_UNITS,
    LEAST_USES,
    STABLE,
    TENTATIVE,
    bootstrap,
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    pairable,
    percent_agreement,
    positive_agreement,
)


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
    n = len(pairable(ratings))
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
