"""Rules about a record and the records that it links to."""

from alignment_events.findings import Level
from alignment_events.model.expr import (
    Col,
    Compare,
    Count,
    Expr,
    Lookup,
    Not,
    Outer,
    at_least,
    eq,
    has_code,
    implies,
    isin,
    le,
)
from alignment_events.model.rules.base import DELETED, Change, Rule

_EVENTS = ("meeting", "agreement", "statement", "gap")
_ANY = (*_EVENTS, "deed")
_WORDS = ("agreement", "statement")

DOMAINS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "implements": (("deed", "meeting", "statement", "agreement"), _WORDS),
    "responds_to": (_ANY, _ANY),
    "reaffirms": (_WORDS, _WORDS),
    "contradicts": (("statement", "gap", "deed"), _ANY),
    "amends": (("agreement",), ("agreement",)),
    "supersedes": (("agreement",), ("agreement",)),
    "terminates": (("agreement", "statement", "deed"), ("agreement",)),
    "announces": (_ANY, _ANY),
    "produced": (("meeting",), _WORDS),
    "yardstick": (("gap",), _WORDS),
    "shown_by": (("gap",), _ANY),
    "closes": (_ANY, ("gap",)),
}
"""Type of link to the kinds of record that it may lead from and to."""


def _own(column: str) -> Expr:
    return Lookup("index", Col("record_id"), column)


def _target(column: str) -> Expr:
    return Lookup("index", Col("target_id"), column)


def _kinds_allowed(end: int, kind: Expr) -> Expr:
    allowed: Expr | None = None
    for link_type, ends in DOMAINS.items():
        if ends[end] != _ANY:
            one = implies(eq("link_type", link_type), isin(kind, *ends[end]))
            allowed = one if allowed is None else allowed & one
    assert allowed is not None
    return allowed


def _produced(kind: str) -> Expr:
    where = eq("link_type", "produced") & eq(_target("kind"), kind)
    return at_least(Count("links", where), 1)


_admitted = (
    eq("link_type", "implements")
    & eq(_own("kind"), "deed")
    & isin(_own("verification"), "documented", "corroborated")
    & Not(eq(_own("contested"), "refuted"))
)

_is_coded_yardstick = eq("link_type", "yardstick") & Compare(
    "eq", _target("kind"), Outer("gap_yardstick_kind")
)

DATASET_RULES = (
    Rule(
        "AE403",
        Level.ERROR,
        "dataset",
        ("events",),
        "meeting_documents_not_itemised",
        implies(
            has_code("outcome", "documents_signed"),
            eq("meeting_documents_not_itemised", True) | _produced("agreement"),
        ),
        "Documents signed at a meeting are linked agreements, or said not to be itemised.",
        "A count of documents without the documents cannot be checked.",
        "Add links of type produced to the agreements, or set documents_not_itemised to true.",
        (Change("visit", "links/1", DELETED),),
    ),
    Rule(
        "AE404",
        Level.ERROR,
        "dataset",
        ("events",),
        "kind",
        implies(has_code("outcome", "joint_text"), _produced("statement")),
        "A joint text issued at a meeting is a linked statement.",
        "The words are what the meeting is judged by.",
        "Add a link of type produced to the statement.",
        (Change("visit", "links/2", DELETED),),
    ),
    Rule(
        "AE407",
        Level.ERROR,
        "dataset",
        ("events",),
        "gap_status",
        implies(
            eq("gap_status", "closed"),
            at_least(Count("links", eq("link_type", "closes"), by="target_id"), 1),
        ),
        "A closed gap has a record that closes it.",
        "Closure is an event of its own, with its sources.",
        "Link the deed or event that met the yardstick with closes, or code another status.",
        (Change("settlement", "links/1", DELETED),),
    ),
    Rule(
        "AE408",
        Level.ERROR,
        "dataset",
        ("links",),
        "link_type",
        _kinds_allowed(0, _own("kind")),
        "Each type of link leads from certain kinds of record only.",
        "A meeting has no yardstick; only a gap has.",
        "Choose the type that fits this kind of record.",
        (
            Change(
                "call", "links", [{"type": "yardstick", "to": "AE-CKNX-QQ7X", "basis": "stated"}]
            ),
        ),
    ),
    Rule(
        "AE409",
        Level.ERROR,
        "dataset",
        ("links",),
        "target_id",
        _kinds_allowed(1, _target("kind")),
        "Each type of link leads to certain kinds of record only.",
        "What is carried out is a promise, not another deed.",
        "Choose the type that fits the other record, or the right record.",
        (Change("delivery", "links/1/to", "AE-ZZ9H-KFFK"),),
        also=("AE411",),
    ),
    Rule(
        "AE410",
        Level.ERROR,
        "dataset",
        ("links",),
        "target_id",
        implies(eq("link_type", "responds_to"), le(_target("date_start"), _own("date_end"))),
        "What is answered began no later than the answer ended.",
        "Nobody answers what has not happened.",
        "Check the dates and the id.",
        (Change("answer", "date", {"start": "2031-02-01", "precision": "day"}),),
    ),
    Rule(
        "AE411",
        Level.WARNING,
        "dataset",
        ("events",),
        "kind",
        implies(
            isin("agreement_implementation", "under_way", "completed")
            | isin("statement_implementation", "under_way", "completed"),
            at_least(Count("links", _admitted, by="target_id"), 1),
        ),
        "An implementation under way or completed has a deed that carries it out, verified from "
        "outside the parties.",
        "Without the deed the enactment stays empty.",
        "Code the deed and link it with implements, or accept the warning with the reason.",
        (Change("delivery", "links/1", DELETED),),
    ),
    Rule(
        "AE412",
        Level.ERROR,
        "dataset",
        ("links",),
        "target_id",
        implies(
            isin("link_type", "reaffirms", "amends", "supersedes", "terminates", "contradicts"),
            le(_target("date_start"), _own("date_end")),
        ),
        "What is reaffirmed, amended, superseded, ended or contradicted began no later than this.",
        "One of the two dates, or the direction of the link, is wrong.",
        "Check the dates; links read from this record to the other.",
        (
            Change(
                "pact",
                "date/start",
                "2010-03-05",
                (Change("pact", "stages/1/date", "2010-03-05"),),
            ),
        ),
    ),
    Rule(
        "AE413",
        Level.ERROR,
        "dataset",
        ("links",),
        "target_id",
        implies(eq("link_type", "announces"), le(_own("date_start"), _target("date_end"))),
        "What is announced comes later.",
        "An announcement of the past is a report.",
        "Check the dates, or choose another type of link.",
        (
            Change(
                "call", "links", [{"type": "announces", "to": "AE-CKNX-QQ7X", "basis": "stated"}]
            ),
        ),
    ),
    Rule(
        "AE414",
        Level.ERROR,
        "dataset",
        ("events",),
        "gap_yardstick_kind",
        implies(
            isin("gap_yardstick_kind", *_WORDS), at_least(Count("links", _is_coded_yardstick), 1)
        ),
        "A yardstick that is linked is of the kind that is coded.",
        "One of the two is wrong.",
        "Code yardstick_kind as the kind of the linked record.",
        (Change("shortfall", "gap/yardstick_kind", "agreement"),),
    ),
)
"""Rules of scope dataset, by code."""
