"""Rules about a record with its children."""

from alignment_events.findings import Level
from alignment_events.model.expr import (
    Col,
    Compare,
    Count,
    In,
    Lookup,
    Not,
    Or,
    Outer,
    PathPart,
    Text,
    at_least,
    empty,
    eq,
    given,
    has_code,
    implies,
    isin,
    some,
)
from alignment_events.model.rules.base import DELETED, Change, Rule

BOTH = ("events", "deeds")

_USUAL_RUNGS = {
    "E2": ("exercise", "patrol", "coordinated_vote", "shielding_veto", "procedural_block"),
    "E3": (
        "delivery",
        "transfer_of_funds",
        "technology_transfer",
        "information_supply",
        "personnel_deployment",
        "construction",
        "service_operation",
    ),
    "E4": ("access_basing", "joint_production", "joint_command"),
    "E5": ("combat",),
}

_head, _item, _sub = (PathPart(Col("field"), step) for step in range(3))
_outer_item, _outer_sub = (PathPart(Outer("field"), step) for step in (1, 2))

FIELD_HEADS = (
    "core",
    "kind",
    "subtype",
    "scope",
    "title",
    "summary",
    "date",
    "occurrence",
    "episode",
    "place",
    "participants",
    "themes",
    "arenas",
    "links",
    "ceremonial",
    "commitment",
    "meeting",
    "agreement",
    "statement",
    "gap",
    "stages",
    "observations",
    "claims",
    "external_ids",
    "note",
)
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

RECORD_RULES = (
    Rule(
        "AE301",
        Level.ERROR,
        "record",
        ("events",),
        "agreement_legal_status",
        implies(
            has_code("obligation", "defence", "offence", "access_basing"),
            Not(eq("agreement_legal_status", "unknown"))
            & Not(eq("agreement_text_access", "unknown")),
        ),
        "A duty to defend, to attack or to host forces has a known legal status and text access.",
        "The gravest duties may not rest on a guess.",
        "Find out whether it binds and how much of the text is public, or code other obligations.",
        (
            Change(
                "oldpact",
                "agreement",
                {
                    "legal_status": "binding",
                    "commitment_scope": "standing",
                    "obligations": ["defence"],
                    "text_access": "unknown",
                    "delegation": "unknown",
                    "conditionality": "unknown",
                    "symmetry": "unknown",
                    "implementation": "not_assessed",
                },
            ),
        ),
    ),
    Rule(
        "AE302",
        Level.ERROR,
        "record",
        ("events",),
        "subtype",
        implies(
            eq("kind", "meeting") & isin("subtype", "visit", "state_visit"),
            eq(Count("participants", eq("role", "host"), "actor"), 1)
            & some("participants", eq("role", "visitor")),
        ),
        "A visit has one host and at least one visitor.",
        "Who travelled to whom is what a visit tells.",
        "Code the roles host and visitor, or another subtype.",
        (Change("visit", "participants/2/role", "visitor"),),
    ),
    Rule(
        "AE303",
        Level.ERROR,
        "record",
        ("events",),
        "subtype",
        implies(
            eq("kind", "meeting") & eq("subtype", "sideline"),
            some("participants", eq("role", "forum")),
        ),
        "A sideline meeting names the forum beside which it was held.",
        "Otherwise it is a visit or talks.",
        "Add the forum as a participant, or code another subtype.",
        (Change("call", "subtype", "sideline"),),
    ),
    Rule(
        "AE304",
        Level.ERROR,
        "record",
        ("events",),
        "meeting_readout_asymmetry",
        implies(
            isin("meeting_readout_asymmetry", "none", "emphasis", "substance"),
            some("sources", given("origin_party"), 2, distinct="origin_party"),
        )
        & implies(
            eq("meeting_readout_asymmetry", "one_sided"),
            some("sources", given("origin_party"), 1, distinct="origin_party"),
        ),
        "Accounts that were compared are among the sources, with the party that each is from.",
        "A difference between readouts needs the readouts.",
        "Add both sides' accounts (one side's for one_sided), or code not_assessed.",
        (Change("visit", "sources/2/origin_party", "ARC"),),
    ),
    Rule(
        "AE305",
        Level.ERROR,
        "record",
        ("events",),
        "subtype",
        implies(
            eq("kind", "statement") & eq("subtype", "joint_statement"),
            some("participants", eq("role", "speaker"), 2, distinct="actor"),
        ),
        "A joint statement has two speakers or more.",
        "Words of one are no joint text.",
        "Add the other speakers, or code another subtype.",
        (Change("communique", "participants/2/role", "observer"),),
    ),
    Rule(
        "AE306",
        Level.ERROR,
        "record",
        ("events",),
        "commitment",
        implies(
            eq("kind", "statement") & has_code("speech_act", "pledge", "reaffirm"),
            isin("commitment", "C2", "C3", "C4", "C5", "unknown"),
        ),
        "A pledge, or a promise reaffirmed, is C2 or more.",
        "Who promises an act states at least an intention.",
        "Raise the commitment, or code position, praise or back.",
        (Change("communique", "commitment", "C1"),),
        also=("AE209",),
    ),
    Rule(
        "AE307",
        Level.ERROR,
        "record",
        ("events",),
        "kind",
        implies(
            eq("kind", "statement") & has_code("speech_act", "reaffirm"),
            some("links", eq("link_type", "reaffirms")),
        ),
        "What reaffirms names the earlier commitment.",
        "Without the first promise there is nothing to repeat.",
        "Add a link of type reaffirms, or code pledge.",
        (Change("communique", "links/1/type", "responds_to"),),
    ),
    Rule(
        "AE308",
        Level.ERROR,
        "record",
        ("events",),
        "statement_occasion",
        implies(
            has_code("speech_act", "withhold"),
            given("statement_occasion") | some("links", eq("link_type", "responds_to")),
        ),
        "What was withheld has an occasion that called for it.",
        "Not speaking means something only where words were due.",
        "Name the occasion, or add a link of type responds_to.",
        (Change("ballot", "statement/occasion", DELETED),),
    ),
    Rule(
        "AE309",
        Level.ERROR,
        "record",
        ("events",),
        "subtype",
        implies(
            eq("kind", "statement") & eq("subtype", "un_vote"),
            some("participants", eq("role", "forum"))
            & eq(Count("participants", eq("role", "speaker") & empty("vote")), 0),
        ),
        "A recorded vote names the forum and how each speaker voted.",
        "The vote is the statement.",
        "Add the forum as a participant, and vote to every speaker.",
        (
            Change("ballot", "participants/1/vote", DELETED),
            Change("ballot", "participants/3/role", "observer"),
        ),
    ),
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
        "AE312",
        Level.ERROR,
        "record",
        ("events",),
        "kind",
        implies(eq("kind", "statement"), some("participants", eq("role", "speaker"))),
        "A statement has a speaker.",
        "Words are somebody's.",
        "Code the role speaker.",
        (Change("answer", "participants/1/role", "initiator"),),
    ),
    Rule(
        "AE313",
        Level.ERROR,
        "record",
        ("events",),
        "kind",
        implies(eq("kind", "gap"), some("participants", eq("role", "defaulting"))),
        "A gap names at least one actor that fell short.",
        "A shortfall is somebody's; of a mutual cooling, both.",
        "Code the role defaulting.",
        (Change("shortfall", "participants/1/role", "initiator"),),
    ),
    Rule(
        "AE314",
        Level.ERROR,
        "record",
        ("events",),
        "kind",
        implies(
            eq("kind", "agreement"),
            some("participants", eq("role", "signatory"), 2, distinct="actor"),
        ),
        "An agreement has two signatories or more.",
        "A promise of one is a statement.",
        "Add the other signatory, or make it a statement with pledge.",
        (Change("pact", "participants/2/actor", "ARC"),),
    ),
    Rule(
        "AE315",
        Level.ERROR,
        "record",
        ("events",),
        "kind",
        implies(
            eq("kind", "meeting"),
            some(
                "participants",
                Not(isin("role", "forum", "observer", "controller")),
                2,
                distinct="actor",
            ),
        ),
        "A meeting has two actors or more.",
        "Contact takes two.",
        "Add who else took part.",
        (Change("call", "participants/2/actor", "ARC"),),
    ),
    Rule(
        "AE316",
        Level.ERROR,
        "record",
        ("deeds",),
        "deed_type",
        some("participants", isin("role", "initiator", "supplier", "participant", "signatory")),
        "A deed names who acted: a supplier, a participant or an initiator.",
        "Conduct is somebody's.",
        "Code the role of the actor that did it.",
        (Change("delivery", "participants/1/role", "observer"),),
    ),
    Rule(
        "AE317",
        Level.ERROR,
        "record",
        ("events",),
        "gap_yardstick_kind",
        implies(
            isin("gap_yardstick_kind", "agreement", "statement"),
            some("links", eq("link_type", "yardstick")),
        ),
        "A gap measured against an agreement or a statement links to it.",
        "A reader must be able to open the yardstick.",
        "Add a link of type yardstick.",
        (Change("shortfall", "links/1/type", "shown_by"),),
        also=("AE414",),
    ),
    Rule(
        "AE320",
        Level.ERROR,
        "record",
        BOTH,
        "title",
        some("citations", eq("field", "core")),
        "At least one source supports the core: kind, actors and date.",
        "Verification counts only sources that are cited for the core.",
        "Write core among what a source supports.",
        (Change("call", "sources/1/supports/1", "date"),),
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
        "AE322",
        Level.ERROR,
        "record",
        ("events",),
        "note",
        implies(has_code("obligation", "other"), given("note")),
        "An obligation coded other is named in the note.",
        "Otherwise nobody knows what was promised.",
        "Say in the note what it is, or code one that fits.",
        (Change("pact", "agreement/obligations/2", "other"),),
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
    Rule(
        "AE325",
        Level.WARNING,
        "record",
        BOTH,
        "scope",
        implies(eq("scope", "response"), some("links", eq("link_type", "responds_to"))),
        "A response links to what it answers.",
        "Answers are counted against what they answer.",
        "Add a link of type responds_to, or accept the warning with the reason.",
        (Change("answer", "links", DELETED),),
    ),
)
"""Rules of scope record, by code."""
