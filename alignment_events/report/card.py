"""The figures of a dataset card: computed from the data, set between two marks in its README."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.findings import AlignmentEventsError
from alignment_events.measures.rounds import decisive
from alignment_events.model.codes import UNKNOWN, Contested, Kind, Mode, Scope, Verification
from alignment_events.report.summary import principals_in
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    from alignment_events.dataset import Dataset

START = "<!-- figures: written by `alignment-events card`; edits here are lost -->"
END = "<!-- end of figures -->"
_CODED_TABLES = ("events", "deeds", "participants", "deed_observations", "sources")


def card_with_figures(text: str, dataset: "Dataset", folder: Path) -> str:
    """The text of a card with the figures between its marks brought up to date.

    Args:
        text: The card as it is.
        dataset: The dataset as built.
        folder: Its source folder, for `decisions.csv` and `reliability.json`.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise AlignmentEventsError("The card has no place for figures; it needs both marks.")
    figures = "\n".join(_figures(dataset, folder))
    return f"{before}{START}\n\n{figures}\n\n{END}{after}"


def _figures(dataset: "Dataset", folder: Path) -> Iterator[str]:
    records = list(_records(dataset))
    yield (
        f"{len(records)} records ({dataset.events.num_rows} events, {dataset.deeds.num_rows} deeds) in "
        f"{len({r['episode_id'] or r['id'] for r in records})} episodes, with "
        f"{dataset.tables['sources'].num_rows} sources; derived columns as of {dataset.about.cutoff}."
    )
    yield from _table("Records by kind and scope", ("kind", *Scope, "all"), _by_scope(records))
    yield from _table(
        "Records by kind and principals that take part", *_by_principals(dataset, records)
    )
    yield from _table(
        "Records by year of their start",
        ("year", *(kind.value for kind in Kind)),
        _by_year(records),
    )
    yield from _evidence(dataset, records)
    yield from _table(
        "Share of `unknown` by field", ("field", "coded", "unknown"), _unknown(dataset)
    )
    yield from _decisions(folder / "decisions.csv")
    yield from _reliability(folder / "reliability.json")


def _records(dataset: "Dataset") -> Iterator[dict[str, Any]]:
    for row in dataset.events.to_pylist():
        yield {**row, "id": row["event_id"]}
    for row in dataset.deeds.to_pylist():
        yield {**row, "id": row["deed_id"], "kind": "deed", "mode": None}


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield f"\n**{title}**\n"
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"


def _by_scope(records: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    counts = Counter((r["kind"], r["scope"]) for r in records)
    for kind in Kind:
        row = [counts[kind.value, scope.value] for scope in Scope]
        yield (kind.value, *row, sum(row))


def _by_principals(
    dataset: "Dataset", records: Sequence[Mapping[str, Any]]
) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    present = principals_in(dataset)
    groups = sorted({frozenset(g) for g in present.values()}, key=lambda g: (len(g), sorted(g)))
    counts = Counter((frozenset(present.get(r["id"], ())), r["kind"]) for r in records)

    def rows() -> Iterator[tuple[Any, ...]]:
        for group in [*groups, frozenset()]:
            label = "–".join(sorted(group)) or "none"
            yield (label, *(counts[group, kind.value] for kind in Kind))

    return ("principals", *(kind.value for kind in Kind)), rows()


def _by_year(records: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    counts = Counter((r["date_start"].year, r["kind"]) for r in records)
    for year in sorted({year for year, _ in counts}):
        yield (year, *(counts[year, kind.value] for kind in Kind))


def _evidence(dataset: "Dataset", records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    parties: dict[str, set[str]] = {}
    for row in dataset.tables["participants"].to_pylist():
        parties.setdefault(row["record_id"], set()).add(row["actor"])
    groups: dict[str, set[str]] = {}
    outside: set[str] = set()
    for source in dataset.tables["sources"].to_pylist():
        groups.setdefault(source["record_id"], set()).add(source["independence_group"])
        if source["origin_party"] not in parties.get(source["record_id"], set()):
            outside.add(source["record_id"])
    two = sum(len(found) >= 2 for found in groups.values())
    n = len(records)
    yield (
        f"\n{two} records ({_share(two, n)}) rest on two or more independence groups, and "
        f"{len(outside)} ({_share(len(outside), n)}) have a source that is no participant's own account."
    )
    for title, column, codes in (
        ("Verification", "verification", Verification),
        ("Contested", "contested", Contested),
        ("Mode of agreements and statements", "mode", Mode),
    ):
        counts = Counter(r[column] for r in records)
        parts = [f"{code.value} {counts[code.value]}" for code in codes]
        yield f"\n{title}: {', '.join(parts)}."


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _unknown(dataset: "Dataset") -> Iterator[tuple[Any, ...]]:
    for table in _CODED_TABLES:
        for column in table_specs()[table].columns:
            if column.type == "code" and not column.derived:
                values = dataset.tables[table][column.name].drop_null().to_pylist()
                if unknown := values.count(UNKNOWN):
                    yield f"`{table}.{column.name}`", len(values), _share(unknown, len(values))


def _decisions(path: Path) -> Iterator[str]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    outcomes = Counter(row["outcome"] for row in rows if row["card_key"])
    parts = [f"{count} {outcome}" for outcome, count in sorted(outcomes.items())]
    yield f"\n{sum(outcomes.values())} accounts were decided: {', '.join(parts)} (`decisions.csv`)."
    if found := sum(not row["card_key"] for row in rows):
        yield f"{found} more events were found by searches for what was missing, and coded."


def _reliability(path: Path) -> Iterator[str]:
    if not path.is_file():
        return
    rounds = json.loads(path.read_text(encoding="utf-8"))["rounds"]
    last = decisive(rounds)
    yield (
        f"\nAgreement of a second, blind coding (round {last['round']} of {len(rounds)}, the widest by "
        f"this codebook; seed {last['seed']}, {last['n']} accounts): F1 of unitising {_figure(last['f1'])}."
    )
    fields = [f for f in last["fields"] if f["kind"] == "all"]
    header = ("field", "metric", "n", "alpha", "95 % interval", "coders", "status")
    yield from _table(
        "Krippendorff's alpha by field, all kinds",
        header,
        (
            (
                f"`{f['field']}`",
                f["metric"],
                f["n"],
                _figure(f["alpha"]),
                f"{_figure(f['low'])} to {_figure(f['high'])}",
                f["coders"],
                f["status"],
            )
            for f in fields
        ),
    )


def _figure(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}"
