"""Rules about a child row and the record that it belongs to."""

from alignment_events.findings import Level
from alignment_events.model.codes import DeedSubtype
from alignment_events.model.expr import (
    Col,
    Compare,
    Count,
    In,
    Lookup,
    Or,
    Outer,
    PathPart,
    Text,
    at_least,
    empty,
    eq,
    given,
    implies,
    isin,
    some,
)
from alignment_events.model.rules.base import DELETED, Change, Rule

_USUAL_RUNGS = {
    rung: tuple(code.value for code in DeedSubtype if code.usual_rung == rung)
    for rung in ("E2", "E3", "E4", "E5")
}

_head, _item, _sub = (PathPart(Col("field"), step) for step in range(3))
_outer_item, _outer_sub = (PathPart(Outer("field"), step) for step in (1, 2))


FIELD_HEADS = (
    "core", "scope", "title", "summary", "date", "occurrence", "episode", "place", "participants",
    "themes", "arenas", "links", "claims", "external_ids", "note", "kind", "subtype", "ceremonial",
    "meeting", "commitment", "agreement", "stages", "statement", "gap", "observations",
)  # fmt: skip
"""First steps of field paths: `core` and the fields of records that a source can support."""


def _nth(table: str) -> Or:
    """A path into a list by number: the item exists (or the path names the whole list)."""
    exists = Count(table, Compare("eq", Text(Col("position")), _outer_item))
    return Or((empty(_item), at_least(exists, 1)))


_path_leads_somewhere = (
    In(_head, FIELD_HEADS)
    & implies(eq(_head, "participants"), _nth("participants"))
    & implies(eq(_head, "observations"), _nth("deed_observations"))
    & implies(
        eq(_head, "stages"),
        Or(
            (
                at_least(
                    Count(
                        "stages",
                        implies(given(_outer_item), Compare("eq", Col("stage"), _outer_item))
                        & implies(
                            given(_outer_sub),
                            given("actor") & Compare("eq", Col("actor"), _outer_sub),
                        ),
                    ),
                    1,
                ),
            )
        ),
    )
)

RECORD_PART_RULES = (
    Rule(
        "AE310",
        Level.ERROR,
        "record",
        ("participants",),
        "vote",
        implies(
            given("vote"),
            eq("role", "speaker") & eq(Lookup("events", Col("record_id"), "subtype"), "un_vote"),
        ),
        "Only speakers in a recorded vote have a vote.",
        "A vote elsewhere would be counted.",
        "Take it away, or code the statement as un_vote.",
        (Change("communique", "participants/1/vote", "yes"),),
    ),
    Rule(
        "AE311",
        Level.ERROR,
        "record",
        ("participants",),
        "stance",
        implies(
            eq("role", "target") & eq(Lookup("events", Col("record_id"), "kind"), "statement"),
            given("stance"),
        ),
        "Every target of a statement has a stance.",
        "What the words mean for it is why it is a target.",
        'Code "-2" to "+2", or unknown.',
        (Change("communique", "participants/3/stance", DELETED),),
    ),
    Rule(
        "AE321",
        Level.ERROR,
        "record",
        ("citations", "claims"),
        "field",
        _path_leads_somewhere,
        "A field path leads to something that the record holds.",
        "Support for what is not there supports nothing.",
        "Use core, a field name, participants/1, stages/signed or observations/1; items count from 1.",
        (
            Change("pact", "sources/1/supports/2", "stages/expired"),
            Change("visit", "sources/1/supports/2", "participants/7"),
            Change("call", "sources/1/supports/2", "weather"),
            Change("delivery", "claims/1/field", "observations/9/quantity"),
        ),
    ),
    Rule(
        "AE323",
        Level.ERROR,
        "record",
        ("deed_observations",),
        "enactment",
        Or(
            (
                *(
                    eq("enactment", rung)
                    & isin(Lookup("deeds", Col("deed_id"), "deed_type"), *types)
                    for rung, types in _USUAL_RUNGS.items()
                ),
                some(
                    "citations",
                    eq(PathPart(Col("field"), 0), "observations")
                    & Compare("eq", PathPart(Col("field"), 1), Text(Outer("position"))),
                ),
            )
        ),
        "A rung other than the usual one of the deed's sort has a source for that observation.",
        "A patrol that counts as integration needs proof.",
        "Cite observations/1 (or its number) from a source, or code the usual rung.",
        (
            Change(
                "settlement",
                "observations/1/enactment",
                "E4",
                (Change("settlement", "sources/1/supports", ["core"]),),
            ),
        ),
    ),
    Rule(
        "AE324",
        Level.WARNING,
        "record",
        ("stages",),
        "date_start",
        implies(
            eq("stage", "in_force"),
            eq(
                Count(
                    "stages",
                    eq("stage", "signed") & Compare("lt", Outer("date_end"), Col("date_start")),
                ),
                0,
            ),
        ),
        "Entry into force follows signature.",
        "Stages out of order mean a wrong date.",
        "Check the dates of the stages.",
        (Change("pact", "stages/4/date", "2031-03-01"),),
    ),
)
"""Rules about a child row and the record that it belongs to."""
