"""Agreement between coders for people: text of at most 100 columns, and a page that stands alone."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import Any

from alignment_events.files import write_whole
from alignment_events.findings import AlignmentEventsError
from alignment_events.measures.agreement import (
    LEAST_UNITS,
    LEAST_USES,
    TENTATIVE,
)
from alignment_events.measures.comparison import Agreement, reliability_json
from alignment_events.model.codes import Kind, Method
from alignment_events.report.page import render_page
from alignment_events.report.text import printable

WIDTH = 100
MOST_DISAGREEMENTS = 40
_NOTHING = "–"
_KINDS = ("all", *(kind.value for kind in Kind))


def render_text(agreement: Agreement, *, most: int = MOST_DISAGREEMENTS) -> str:
    """The agreement as plain text: units, fields, then what is to be adjudicated.

    Args:
        agreement: What was compared.
        most: Most disagreements to list.
    """
    lines = [*_head(agreement), "", *_units(agreement), "", *_fields(agreement), ""]
    lines += _disagreements(agreement, most)
    return "\n".join(_cut(printable(line), WIDTH) for line in lines)


def caution(agreement: Agreement) -> str:
    """What the figures may be used for, which depends on who coded."""
    if agreement.coders.split("–") == [Method.MACHINE, Method.MACHINE]:
        return (
            f"Coders: {agreement.coders}. Two runs of one model agree more than two people do: "
            "these figures are an upper bound and certify nothing."
        )
    return f"Coders: {agreement.coders}."


def sorted_fields(agreement: Agreement) -> list[dict[str, Any]]:
    """The rows of fields by kind, the lowest alpha first, undefined ones last."""

    def order(row: Mapping[str, Any]) -> tuple[int, bool, float, str]:
        alpha = row["alpha"]
        undefined = row["status"] == "undefined"
        return _KINDS.index(row["kind"]), undefined, alpha if alpha is not None else 2, row["field"]

    return sorted(agreement.fields, key=order)


def _head(agreement: Agreement) -> Iterator[str]:
    first, second = agreement.names
    yield f"Round {agreement.round}, seed {agreement.seed}, codebook {agreement.codebook_version}"
    yield f"{agreement.n} cards, coded by {first} (A) and {second} (B)"
    if agreement.left_out:
        yield f"Left out: {len(agreement.left_out)} cards that only one of them coded"
    yield from wrap(caution(agreement), WIDTH)


def _units(agreement: Agreement) -> Iterator[str]:
    yield "Units: what both took for the same event (kind, acting actors, date)"
    yield f"{'kind':12}{'A':>7}{'B':>7}{'both':>7}{'precision':>11}{'recall':>9}{'F1':>7}"
    for row in agreement.units:
        counts = "".join(f"{row[name]:>7}" for name in ("first", "second", "both"))
        scores = f"{_share(row['precision']):>11}{_share(row['recall']):>9}{_share(row['f1']):>7}"
        yield f"{row['kind']:12}{counts}{scores}"


def _fields(agreement: Agreement) -> Iterator[str]:
    yield "Fields of matched units, the lowest alpha first"
    yield from wrap(
        "alpha: Krippendorff's, with a 95 % interval by resampling; P: probability that it is "
        f"below {TENTATIVE}; AC1: Gwet's, for nominal codes; undefined: no variation, fewer than "
        f"{LEAST_UNITS} units, or a code used in fewer than {LEAST_USES}",
        WIDTH,
    )
    yield (
        f"{'kind':10}{'field':31}{'metric':9}{'n':>4}{'agree':>6}{'alpha':>6}{'interval':>12}"
        f"{'P':>5}{'AC1':>5}  status"
    )
    for row in sorted_fields(agreement):
        field = row["field"].removeprefix(row["kind"] + "/")
        interval = "" if row["low"] is None else f"{_share(row['low'])} {_share(row['high'])}"
        yield (
            f"{row['kind']:10}{_cut(field, 30):31}{row['metric']:9}{row['n']:>4}"
            f"{_share(row['percent']):>6}{_share(row['alpha']):>6}{interval:>12}"
            f"{_share(row['p_below_667']):>5}{_share(row['ac1']):>5}  {row['status']}"
        )
    counts = Counter(row["status"] for row in agreement.fields)
    yield ", ".join(f"{status} {n}" for status, n in sorted(counts.items())) or "no matched units"


def _disagreements(agreement: Agreement, most: int) -> Iterator[str]:
    found = agreement.disagreements
    yield f"To adjudicate: {len(found)} (A | B); “unit” is an event that only one of them has"
    for card, rows in groupby(found[:most], key=lambda row: row["card_key"]):
        yield str(card)
        for row in rows:
            yield (
                f"  {row['kind']} {row['field']}: "
                f"{_cut(row['a'] or _NOTHING, 32)} | {_cut(row['b'] or _NOTHING, 32)}"
            )
    if len(found) > most:
        yield f"and {len(found) - most} more: see --out"


def _share(value: float | None) -> str:
    """Two digits, without the zero before the point: `.87`, `-.05`, `1.00`."""
    if value is None:
        return _NOTHING
    text = f"{value:.2f}"
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def _cut(text: str, width: int) -> str:
    return text.rstrip() if len(text) <= width else text[: width - 1] + "…"


_COLUMNS = (
    "kind", "field", "metric", "n", "left out", "agree", "alpha", "low", "high",
    f"P(alpha < {TENTATIVE})", "AC1", "kappa", "positive agreement", "status",
)  # fmt: skip


def render_html(agreement: Agreement) -> str:
    """The agreement as one HTML page without any outside resource; every text is escaped."""
    first, second = agreement.names
    units = [
        (
            row["kind"],
            *(row[name] for name in ("first", "second", "both")),
            *(_share(row[name]) for name in ("precision", "recall", "f1")),
        )
        for row in agreement.units
    ]
    figures = ("percent", "alpha", "low", "high", "p_below_667", "ac1", "kappa", "positive")
    fields = [
        (
            *(row[name] for name in ("kind", "field", "metric", "n", "left_out")),
            *(_share(row[name]) for name in figures),
            f"{row['status']} ({row['why']})" if row["why"] else row["status"],
        )
        for row in sorted_fields(agreement)
    ]
    differ = [
        (r["card_key"], r["kind"], r["field"], r["a"] or _NOTHING, r["b"] or _NOTHING)
        for r in agreement.disagreements
    ]
    tables = (
        {
            "title": "Units",
            "header": ("kind", "A", "B", "both", "precision", "recall", "F1"),
            "rows": units,
            "caption": "What both took for the same event (kind, acting actors, date)",
        },
        {
            "title": "Fields",
            "header": _COLUMNS,
            "rows": fields,
            "caption": "Fields of matched units, the lowest alpha first",
        },
        {
            "title": f"To adjudicate: {len(differ)}",
            "header": ("card", "kind", "field", "A", "B"),
            "rows": differ,
            "caption": "What the two coded differently; “unit” is an event that only one of them has",
        },
    )
    title = f"Agreement between coders, round {agreement.round}"
    about = (
        f"{agreement.n} cards, coded by {first} (A) and {second} (B); "
        f"{len(agreement.left_out)} cards that only one of them coded are left out. "
        f"Codebook {agreement.codebook_version}, seed {agreement.seed}. {caution(agreement)}"
    )
    return render_page("agreement.html.j2", title=title, about=about, tables=tables)


def write_agreement(agreement: Agreement, out: Path) -> list[Path]:
    """Write reliability.json, agreement.html and disagreements.csv into a folder.

    Earlier rounds in reliability.json stay, but for one of the same number.
    """
    out.mkdir(parents=True, exist_ok=True)
    told = reliability_json([agreement])
    path = out / "reliability.json"
    if path.is_file():
        told["rounds"] = sorted(
            [*_earlier(path, agreement.round), *told["rounds"]], key=lambda one: one["round"]
        )
        told["codebook_version"] = told["rounds"][-1].get("codebook_version")
    shown = render_html(agreement)
    write_whole(path, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    page = out / "agreement.html"
    write_whole(page, shown)
    table = out / "disagreements.csv"
    names = ("card_key", "kind", "field", "a", "b")
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(agreement.disagreements)
    write_whole(table, written.getvalue())
    return [path, page, table]


def _earlier(path: Path, number: int) -> list[dict[str, Any]]:
    try:
        rounds = json.loads(path.read_text(encoding="utf-8"))["rounds"]
        return [one for one in rounds if one["round"] != number]
    except (ValueError, KeyError, TypeError) as error:
        raise AlignmentEventsError(f"{path} is no file of reliability: {error}.") from error
