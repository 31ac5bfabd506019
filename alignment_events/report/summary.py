"""The summary of a dataset: at most 80 columns of plain text."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from alignment_events.model.codes import Implementation, Kind, Mode

if TYPE_CHECKING:
    from alignment_events.dataset import Dataset

WIDTH = 80
_RUNGS = ("C2", "C3", "C4", "C5", "unknown")


def summary(dataset: "Dataset") -> str:
    """Counts by kind, dyad and period; undertakings by rung and implementation; open gaps."""
    events = dataset.events.to_pylist()
    deeds = dataset.deeds.to_pylist()
    lines = [
        *_title(dataset),
        "",
        *_by_dyad(dataset, events, deeds),
        "",
        *_undertakings(events),
        "",
        *_modes(events),
        "",
        *_gaps(events),
        "",
        *_provenance(events, deeds),
    ]
    return "\n".join(line[:WIDTH].rstrip() for line in lines)


def _title(dataset: "Dataset") -> Iterator[str]:
    about = dataset.about
    yield from wrap(about.title, WIDTH)
    yield f"{about.name} {about.version}, format {about.format_version}, {about.digest[:23]}…"
    yield (
        f"{dataset.events.num_rows} events, {dataset.deeds.num_rows} deeds, "
        f"{dataset.tables['sources'].num_rows} sources; derived columns as of {about.cutoff}"
    )


def periods(years: Sequence[int]) -> list[tuple[str, int, int]]:
    """Four spans that end with the last year: label, first and last year; the first is open."""
    last = max(years)
    cuts = [last - 8, last - 5, last - 2]
    spans = [(f"–{cuts[0] - 1}", 0, cuts[0] - 1)]
    for first in cuts:
        spans.append((f"{first}–{(first + 2) % 100:02d}", first, first + 2))
    return spans


def _by_dyad(
    dataset: "Dataset", events: list[dict[str, Any]], deeds: list[dict[str, Any]]
) -> Iterator[str]:
    records = [
        *((e["event_id"], e["kind"], e["date_start"].year) for e in events),
        *((d["deed_id"], "deed", d["date_start"].year) for d in deeds),
    ]
    if not records:
        yield "No records."
        return
    spans = periods([year for _, _, year in records])
    principals = dataset.about.principals
    present = principals_in(dataset)
    groups = [
        *(frozenset(pair) for pair in combinations(principals, 2)),
        *([frozenset(principals)] if len(principals) > 2 else []),
    ]
    counts: Counter[tuple[str, frozenset[str], str]] = Counter()
    other = frozenset({"others"})
    for record_id, kind, year in records:
        label = next(name for name, first, last in spans if first <= year <= last)
        who = frozenset(present.get(record_id, ()))
        counts[kind, who if who in groups else other, label] += 1
    yield "Records by kind, principals that take part, and year of their start"
    yield f"{'':22}{'':14}" + "".join(f"{name:>10}" for name, _, _ in spans)
    for kind in Kind:
        for number, group in enumerate([*groups, other]):
            row = [counts[kind.value, group, name] for name, _, _ in spans]
            label = (
                "one or none" if group == other else "–".join(p for p in principals if p in group)
            )
            yield f"{kind.value if number == 0 else '':22}{label:14}" + "".join(
                f"{n:>10}" for n in row
            )


def principals_in(dataset: "Dataset") -> dict[str, set[str]]:
    """Record id to the principals of the dataset that take part in it."""
    present: dict[str, set[str]] = {}
    for row in dataset.tables["participants"].to_pylist():
        if row["actor"] in dataset.about.principals and row["role"] != "observer":
            present.setdefault(row["record_id"], set()).add(row["actor"])
    return present


def _undertakings(events: list[dict[str, Any]]) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for event in events:
        state = event["agreement_implementation"] or event["statement_implementation"]
        if event["commitment"] in _RUNGS and state is not None:
            counts[state, event["commitment"]] += 1
    yield "Undertakings by implementation (as coded, each as of its own day) and commitment"
    yield f"{'':22}" + "".join(f"{rung:>10}" for rung in _RUNGS)
    for state in Implementation:
        row = "".join(f"{counts[state.value, rung]:>10}" for rung in _RUNGS)
        yield f"{state.label:22}" + row


def _modes(events: list[dict[str, Any]]) -> Iterator[str]:
    counts = Counter(event["mode"] for event in events if event["mode"])
    yield "Mode of agreements and statements (derived)"
    yield from _flow([f"{mode.value} {counts[mode.value]}" for mode in Mode])


def _gaps(events: list[dict[str, Any]]) -> Iterator[str]:
    gaps = [event for event in events if event["kind"] == "gap"]
    states = Counter(gap["gap_status"] for gap in gaps)
    yield f"Gaps by status: {len(gaps)}"
    yield from _flow([f"{status} {n}" for status, n in states.most_common()])
    still = [gap for gap in gaps if gap["gap_status"] in ("open", "narrowing")]
    if still:
        yield "Open or narrowing, the most severe and latest first:"
        still.sort(key=lambda gap: (gap["gap_severity"], gap["gap_observed_as_of"]), reverse=True)
        for gap in still[:5]:
            yield f"  {gap['event_id']} {gap['date_start']} {gap['title']}"[:WIDTH]
        if len(still) > 5:
            yield f"  and {len(still) - 5} more: alignment-events show --kind gap"


def _provenance(events: list[dict[str, Any]], deeds: list[dict[str, Any]]) -> Iterator[str]:
    everything = [*events, *deeds]
    for column, name in (
        ("release_status", "Status"),
        ("method", "Method"),
        ("verification", "Verification"),
        ("contested", "Contested"),
    ):
        counts = Counter(row[column] for row in everything)
        parts = [f"{code or 'none'} {n}" for code, n in counts.most_common()]
        yield from _flow(
            [f"{name}: {parts[0]}", *parts[1:]] if parts else [f"{name}: none"], indent=0
        )


def _flow(parts: list[str], indent: int = 2) -> Iterator[str]:
    line = " " * indent
    for number, part in enumerate(parts):
        piece = part + ("," if number < len(parts) - 1 else "")
        if len(line) + len(piece) + 1 > WIDTH and line.strip():
            yield line.rstrip()
            line = " " * (indent + 2)
        line += piece + " "
    if line.strip():
        yield line.rstrip()
