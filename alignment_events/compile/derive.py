"""Derived values of a dataset, by the rules of derivation: verification, contested, enactment, mode.

`as_of` is world time: only stages, deeds, observations and closing links that are certainly dated
by then count, and a coded state counts only if its own date is not later.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from alignment_events.compile.predicate import compile_predicate
from alignment_events.model import derivation as d
from alignment_events.model.codes import ActorLevel, Enactment, Verification
from alignment_events.spec.cells import INVALID

Values = Mapping[str, Any]
Tables = Mapping[str, Sequence[Values]]
Admitted = Literal["independent", "parties", "all"]
"""Which deeds count as enactment of a promise; see `derive`."""

_RECORDS_OF_DEEDS = ("statistics", "imagery_osint")
_LOOKED_FOR = ("pledged", "committed", "stalled", "cancelled")
_NOT_ACTING = ("forum", "observer", "mediator", "controller", "target", "affected")
_INDEPENDENT = ("documented", "corroborated")
_ADMITTED: dict[str, tuple[str, ...]] = {
    "independent": _INDEPENDENT,
    "parties": (*_INDEPENDENT, "parties_only", "party_claim"),
    "all": tuple(code.value for code in Verification),
}
_RANKS = {level.value: level.rank() for level in ActorLevel}


class _NoSurroundings:
    """Conclusions look at features only."""

    touched_invalid = False
    thorough = False

    def __init__(self) -> None:
        self.memo: dict[Any, Any] = {}

    def children(self, table: str, by: str | None, key: Any) -> Sequence[Values]:
        return ()

    def lookup(self, table: str, key: Any) -> Values | None:
        return None

    def record_key(self, row: Values) -> Any:
        return None


def conclude(conclusions: Iterable[d.Conclusion], features: Values) -> str | None:
    """The value of the first conclusion whose condition holds, or None."""
    for conclusion in conclusions:
        if compile_predicate(conclusion.when)(features, None, _NoSurroundings()) is True:
            return conclusion.value
    return None


def derive(
    tables: Tables,
    as_of: dt.date | None,
    *,
    verified: Admitted = "independent",
    mode_rules: Sequence[d.Conclusion] = d.MODE,
) -> dict[str, dict[str, Any]]:
    """The derived columns of every record.

    Args:
        tables: Table name to rows; `events`, `deeds` and their child tables are read.
        as_of: The day as of which the values hold; None for the latest that the records know.
        verified: Which deeds count as enactment: those vouched for from outside the parties
            (`independent`), those of the parties' own account too (`parties`), or every deed that
            is not refuted, alleged ones among them (`all`).
        mode_rules: Rule table for the mode.

    Returns:
        Record id to the values of its derived columns.
    """
    by_record = {name: _group(tables.get(name, ()), key) for name, key in _CHILD_KEYS.items()}
    found: dict[str, dict[str, Any]] = {}
    for row in (*tables.get("deeds", ()), *tables.get("events", ())):
        record_id = row.get("deed_id") or row.get("event_id")
        found[str(record_id)] = _standing(row, record_id, by_record)
    for deed in tables.get("deeds", ()):
        seen = [
            o for o in by_record["deed_observations"][deed["deed_id"]] if _by(o["as_of"], as_of)
        ]
        latest = max(seen, key=lambda o: (o["as_of"], o["position"]), default=None)
        found[str(deed["deed_id"])].update(
            enactment=_sound(latest["enactment"]) if latest else None, as_of=as_of
        )
    admitted = _admitted_rungs(tables, found, by_record, as_of, verified)
    for event in tables.get("events", ()):
        values = found[str(event["event_id"])]
        values.update(_of_event(event, by_record, admitted, as_of, mode_rules))
    return found


_CHILD_KEYS = {
    "participants": "record_id",
    "sources": "record_id",
    "citations": "record_id",
    "claims": "record_id",
    "stages": "event_id",
    "deed_observations": "deed_id",
}


def _group(rows: Iterable[Values], key: str) -> defaultdict[Any, list[Values]]:
    grouped: defaultdict[Any, list[Values]] = defaultdict(list)
    for row in rows:
        grouped[row[key]].append(row)
    return grouped


def _sound(value: Any) -> Any:
    return None if value is INVALID else value


def _by(day: Any, as_of: dt.date | None) -> bool:
    return isinstance(day, dt.date) and (as_of is None or day <= as_of)


def _standing(
    row: Values, record_id: Any, by_record: Mapping[str, Mapping[Any, list[Values]]]
) -> dict[str, Any]:
    parties = {p["actor"] for p in by_record["participants"][record_id]}
    core = {c["source_id"] for c in by_record["citations"][record_id] if c["field"] == "core"}
    sources = [s for s in by_record["sources"][record_id] if s["source_id"] in core]
    is_deed = "deed_id" in row
    records = _RECORDS_OF_DEEDS if is_deed else ("primary_text",)
    # A signed text documents a promise, not its performance; a vote record documents a vote cast.
    if is_deed and row["deed_type"] in ("coordinated_vote", "shielding_veto", "procedural_block"):
        records = (*records, "primary_text")
    outside = {s["independence_group"] for s in sources if _sound(s["origin_party"]) not in parties}
    verification = conclude(
        d.VERIFICATION,
        {
            "has_record": any(s["source_type"] in records for s in sources),
            "groups": len({s["independence_group"] for s in sources}),
            "outside_groups": len(outside),
            "party_origins": len({s["origin_party"] for s in sources} & parties),
        },
    )
    contested = conclude(d.CONTESTED, _claim_features(by_record["claims"][record_id], parties))
    return {"verification": verification if sources else None, "contested": contested}


def _claim_features(claims: Sequence[Values], parties: set[Any]) -> dict[str, Any]:
    def about_core(claim: Values) -> bool:
        head = str(claim["field"]).partition("/")[0]
        return head in ("core", "kind", "date", "participants")

    accounts = [
        c for c in claims if c["form"] == "account" and c["withdrawn"] is None and about_core(c)
    ]
    live = set()
    for claim in claims:
        if claim["form"] != "denial" or claim["claimant"] not in parties or not about_core(claim):
            continue
        taken_back = claim["withdrawn"] is not None or any(
            a["claimant"] == claim["claimant"]
            and isinstance(a["made"], dt.date)
            and isinstance(claim["made"], dt.date)
            and a["made"] > claim["made"]
            for a in accounts
        )
        if not taken_back:
            live.add(claim["claimant"])
    return {
        "refuted": any(c["form"] == "refutation" for c in claims),
        "live_denials": len(live),
        "core_accounts": max(
            (
                len({a["value"] for a in accounts if a["field"] == f})
                for f in {a["field"] for a in accounts}
            ),
            default=0,
        ),
    }


def _admitted_rungs(
    tables: Tables,
    found: Mapping[str, Values],
    by_record: Mapping[str, Mapping[Any, list[Values]]],
    as_of: dt.date | None,
    verified: Admitted,
) -> dict[Any, str]:
    """Promise to the highest rung of the admitted deeds that implement it and were done by then."""
    enough, held = _ADMITTED[verified], ("held", "alleged") if verified == "all" else ("held",)
    deeds = {deed["deed_id"]: deed for deed in tables.get("deeds", ())}
    order = [point.value for point in Enactment.points()]
    rungs: dict[Any, str] = {}
    for link in tables.get("links", ()):
        deed = deeds.get(link["record_id"])
        if deed is None or link["link_type"] != "implements":
            continue
        standing = found[str(deed["deed_id"])]
        if standing["verification"] not in enough or standing["contested"] == "refuted":
            continue
        if deed["occurrence"] not in held or not _begun(deed, as_of):
            continue
        for seen in by_record["deed_observations"][deed["deed_id"]]:
            rung = seen["enactment"]
            if _by(seen["as_of"], as_of) and rung in order:
                best = rungs.get(link["target_id"], "E0")
                rungs[link["target_id"]] = max(best, rung, key=order.index)
    return rungs


def _begun(record: Values, as_of: dt.date | None) -> bool:
    """True if it had certainly begun: exact dates by their start, uncertain ones by their end."""
    exact = record["date_precision"] == "day"
    day = record["date_start"] if exact or record["date_end"] is None else record["date_end"]
    return _by(day, as_of)


def _of_event(
    event: Values,
    by_record: Mapping[str, Mapping[Any, list[Values]]],
    admitted: Mapping[Any, str],
    as_of: dt.date | None,
    mode_rules: Sequence[d.Conclusion],
) -> dict[str, Any]:
    kind, record_id = event["kind"], event["event_id"]
    stage, in_force = _life(by_record["stages"][record_id], as_of)
    values: dict[str, Any] = {"as_of": as_of, "enactment": None, "mode": None}
    values["agreement_stage"] = stage
    values["meeting_rank_gap"] = (
        _rank_gap(by_record["participants"][record_id]) if kind == "meeting" else None
    )
    if kind not in ("agreement", "statement") or not _begun(event, as_of):
        return values
    implementation = event[f"{kind}_implementation"]
    if not _by(event[f"{kind}_implementation_as_of"], as_of):
        implementation = None
    commitment = _sound(event["commitment"])
    if commitment in ("C2", "C3", "C4", "C5", "unknown"):
        looked = implementation in _LOOKED_FOR
        values["enactment"] = admitted.get(record_id) or ("E0" if looked else None)
    values["mode"] = conclude(
        mode_rules,
        {
            "kind": kind,
            "commitment": commitment,
            "enactment": values["enactment"],
            "implementation": _sound(implementation),
            "stage": stage,
            "in_force": in_force,
        },
    )
    return values


def _life(stages: Sequence[Values], as_of: dt.date | None) -> tuple[str | None, bool]:
    """The latest stage certainly reached, and whether the instrument is in force."""
    reached = [s for s in stages if _by(s["date_end"], as_of) and s["stage"] is not INVALID]
    reached.sort(key=lambda s: (s["date_end"], s["position"]))
    in_force = False
    for stage in reached:
        if stage["stage"] in ("in_force", "resumed"):
            in_force = True
        elif stage["stage"] in ("suspended", "expired", "terminated"):
            in_force = False
    return (reached[-1]["stage"] if reached else None), in_force


def _rank_gap(participants: Sequence[Values]) -> int | None:
    """Steps between the highest ranks of the two actors that sent the highest."""
    best: dict[Any, int] = {}
    for person in participants:
        if person["role"] in _NOT_ACTING:
            continue
        rank = _RANKS.get(person["level"])
        if rank is not None:
            best[person["actor"]] = max(best.get(person["actor"], 0), rank)
    top = sorted(best.values(), reverse=True)
    return top[0] - top[1] if len(top) > 1 else None
