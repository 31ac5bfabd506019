"""Rules about one row of events or deeds."""

from alignment_events.findings import Level
from alignment_events.model.expr import (
    Col,
    DatePart,
    Expr,
    Not,
    empty,
    eq,
    given,
    implies,
    isin,
    le,
    lt,
    must_be,
)
from alignment_events.model.rules.base import DELETED, Change, Rule

BOTH = ("events", "deeds")


def _starts_and_ends_units(first_months: tuple[int, ...]) -> Expr:
    """The span begins on the first day of a unit, and the day after it begins one too."""

    def begins(date: Expr, shift: int) -> Expr:
        month = DatePart(date, "month", shift)
        first: Expr = eq(month, first_months[0])
        for number in first_months[1:]:
            first = first | eq(month, number)
        return eq(DatePart(date, "day", shift), 1) & first

    return begins(Col("date_start"), 0) & begins(Col("date_end"), 1)


ROW_RULES = (
    Rule(
        "AE201",
        Level.ERROR,
        "row",
        BOTH,
        "date_end",
        le("date_start", "date_end"),
        "An event ends no earlier than it starts.",
        "Durations and panels would be negative.",
        "Swap the dates, or mend the wrong one.",
        (Change("visit", "date/end", "2031-03-01"),),
    ),
    Rule(
        "AE202",
        Level.ERROR,
        "row",
        BOTH,
        "date_start",
        implies(eq("date_precision", "month"), _starts_and_ends_units(tuple(range(1, 13))))
        & implies(eq("date_precision", "quarter"), _starts_and_ends_units((1, 4, 7, 10)))
        & implies(eq("date_precision", "year"), _starts_and_ends_units((1,))),
        "A date known by month, quarter or year covers whole months, quarters or years.",
        "A day that stands for a month claims to know what no source says.",
        "Write 2024-10, 2024-Q2 or 2024, or code the precision as day or window.",
        (
            Change("settlement", "date/start", "2032-02-03"),
            Change("delivery", "date/start", "2031-08"),
        ),
    ),
    Rule(
        "AE203",
        Level.ERROR,
        "row",
        BOTH,
        "date_end",
        implies(eq("ongoing", True), empty("date_end"))
        & implies(eq("ongoing", False), given("date_end")),
        "What is ongoing has no end, and what is not has one.",
        "An end date of something that goes on is a guess.",
        "Leave the end out, or set ongoing to false.",
        (
            Change("visit", "date/ongoing", "true"),
            Change(
                "shortfall",
                "date",
                {"start": "2031-12-31", "end": "2032-01-01", "precision": "day", "ongoing": "true"},
            ),
        ),
    ),
    Rule(
        "AE204",
        Level.ERROR,
        "row",
        BOTH,
        "date_end",
        implies(
            eq("date_precision", "window") & eq("ongoing", False), lt("date_start", "date_end")
        ),
        "A window lies between two different days.",
        "A window of one day is a day.",
        "Give the last possible day as the end, or code the precision as day.",
        (Change("call", "date/precision", "window"),),
    ),
    Rule(
        "AE205",
        Level.ERROR,
        "row",
        ("events",),
        "place_precision",
        implies(
            isin("meeting_medium", "phone", "video", "correspondence"),
            must_be("place_precision", "remote"),
        ),
        "A call or letter has the place precision remote.",
        "A city on a call would count as a visit to it.",
        "Write place: {precision: remote}.",
        (Change("call", "place", DELETED),),
    ),
    Rule(
        "AE206",
        Level.ERROR,
        "row",
        ("events",),
        "place_precision",
        implies(eq("meeting_medium", "in_person"), Not(eq("place_precision", "remote"))),
        "A meeting in person was in a place.",
        "Remote is for calls and letters only.",
        "Code how exactly the place is known, or leave the place out.",
        (Change("visit", "place", {"precision": "remote"}),),
    ),
    Rule(
        "AE207",
        Level.ERROR,
        "row",
        ("events",),
        "agreement_implementation_as_of",
        implies(
            given("agreement_implementation") & Not(eq("agreement_implementation", "not_assessed")),
            given("agreement_implementation_as_of"),
        ),
        "An assessed implementation says as of which day.",
        "Without its day the state cannot be set against any other date.",
        "Give implementation_as_of, or code not_assessed.",
        (Change("pact", "agreement/implementation_as_of", DELETED),),
    ),
    Rule(
        "AE208",
        Level.ERROR,
        "row",
        ("events",),
        "statement_implementation_as_of",
        implies(
            given("statement_implementation") & Not(eq("statement_implementation", "not_assessed")),
            given("statement_implementation_as_of"),
        ),
        "An assessed implementation of a statement says as of which day.",
        "Without its day the state cannot be set against any other date.",
        "Give implementation_as_of, or code not_assessed.",
        (Change("communique", "statement/implementation_as_of", DELETED),),
    ),
    Rule(
        "AE209",
        Level.ERROR,
        "row",
        ("events",),
        "statement_implementation",
        implies(
            eq("kind", "statement") & isin("commitment", "C2", "C3", "unknown"),
            given("statement_implementation"),
        )
        & implies(
            eq("kind", "statement") & isin("commitment", "C0", "C1"),
            empty("statement_implementation") & empty("statement_implementation_as_of"),
        ),
        "A statement has an implementation if it commits to something, and only then.",
        "Where nothing was promised there is nothing to carry out.",
        "Give implementation (not_assessed if nobody looked), or mend the commitment.",
        (
            Change("ballot", "statement/implementation", "not_due"),
            Change("communique", "statement", {"authority": "state", "speech_acts": ["pledge"]}),
        ),
        also=("AE208",),
    ),
    Rule(
        "AE210",
        Level.ERROR,
        "row",
        ("events",),
        "commitment",
        implies(
            eq("kind", "agreement") & isin("commitment", "C4", "C5"),
            isin("agreement_legal_status", "binding", "mixed"),
        )
        & implies(eq("kind", "statement"), Not(isin("commitment", "C4", "C5"))),
        "C4 and C5 need an instrument that binds, at least in part.",
        "The two highest rungs mean a duty in law.",
        "Code C3 or less, or the legal status that the text supports.",
        (
            Change("pact", "agreement/legal_status", "non_binding"),
            Change("communique", "commitment", "C4"),
        ),
    ),
    Rule(
        "AE212",
        Level.ERROR,
        "row",
        ("events",),
        "agreement_delegation",
        implies(
            eq("kind", "agreement") & Not(isin("agreement_text_access", "full", "partial")),
            eq("agreement_delegation", "unknown")
            & eq("agreement_conditionality", "unknown")
            & eq("agreement_symmetry", "unknown"),
        ),
        "Delegation, conditionality and symmetry are coded from a text, else they are unknown.",
        "An official description does not show what the text leaves out.",
        "Code the three as unknown, or the text access as full or partial.",
        (
            Change("oldpact", "agreement/symmetry", "mutual"),
            Change("pact", "agreement/text_access", "summary"),
        ),
    ),
    Rule(
        "AE213",
        Level.ERROR,
        "row",
        ("events",),
        "gap_expected_by",
        implies(
            eq("kind", "gap") & isin("subtype", "unfulfilled_obligation", "delay"),
            given("gap_expected_by"),
        ),
        "An unfulfilled obligation or a delay says by when performance was due.",
        "Without a day nothing can be late.",
        "Give expected_by, or code another subtype.",
        (Change("shortfall", "gap/expected_by", DELETED),),
    ),
    Rule(
        "AE214",
        Level.ERROR,
        "row",
        ("events",),
        "gap_severity",
        implies(
            eq("gap_evidence_basis", "search_negative"), isin("gap_severity", "1", "2", "unknown")
        ),
        "A gap that rests on a search without result is of severity 2 at most.",
        "Silence is weak evidence, above all where the press is steered.",
        "Lower the severity, or name evidence of another sort.",
        (Change("shortfall", "gap/severity", "3"),),
    ),
    Rule(
        "AE215",
        Level.ERROR,
        "row",
        ("events",),
        "gap_search_protocol",
        implies(eq("gap_evidence_basis", "search_negative"), given("gap_search_protocol"))
        & implies(given("gap_search_protocol"), eq("gap_evidence_basis", "search_negative")),
        "A search without result has its protocol, and only such evidence has one.",
        "A reader must be able to repeat the search.",
        "Say what was searched, where and when.",
        (Change("shortfall", "gap/search_protocol", DELETED),),
    ),
    Rule(
        "AE216",
        Level.ERROR,
        "row",
        ("events",),
        "gap_yardstick",
        implies(isin("gap_yardstick_kind", "norm", "past_practice"), given("gap_yardstick")),
        "A norm is named and a past practice described.",
        "No yardstick, no gap.",
        "Write the norm or the practice into yardstick.",
        (
            Change(
                "shortfall",
                "gap",
                {
                    "yardstick_kind": "norm",
                    "performance": "none",
                    "expected_by": "2031-12-31",
                    "observed_as_of": "2032-01-31",
                    "evidence_basis": "deadline_passed",
                    "severity": "2",
                    "attribution": "unclear",
                    "status": "closed",
                },
            ),
        ),
    ),
    Rule(
        "AE225",
        Level.ERROR,
        "row",
        BOTH,
        "longitude",
        implies(given("latitude"), given("longitude"))
        & implies(given("longitude"), given("latitude")),
        "Latitude and longitude come together.",
        "Half a position is on no map.",
        "Give both or neither.",
        (Change("visit", "place/longitude", DELETED),),
    ),
    Rule(
        "AE226",
        Level.ERROR,
        "row",
        BOTH,
        "coded_date",
        implies(isin("occurrence", "held"), le("date_start", "coded_date")),
        "What took place was coded afterwards.",
        "Nobody can code what has not happened.",
        "Mend the date, or code the occurrence as planned.",
        (Change("call", "coding/date", "2032-01-01"),),
    ),
    Rule(
        "AE228",
        Level.ERROR,
        "row",
        BOTH,
        "place_country",
        implies(
            isin("place_precision", "site", "city", "province", "country"), given("place_country")
        ),
        "A place on land names its country.",
        "Counts by country would lose it.",
        "Give the country by its ISO 3166 code; code zone for sea and air.",
        (Change("pact", "place/country", DELETED),),
    ),
    Rule(
        "AE232",
        Level.ERROR,
        "row",
        ("events",),
        "gap_observed_as_of",
        implies(eq("kind", "gap"), le("date_start", "gap_observed_as_of")),
        "A gap was last observed no earlier than it began.",
        "One of the two dates is wrong.",
        "Mend the date.",
        (Change("shortfall", "gap/observed_as_of", "2031-06-30"),),
    ),
    Rule(
        "AE233",
        Level.ERROR,
        "row",
        BOTH,
        "reviewer_id",
        implies(eq("release_status", "vetted"), given("reviewer_id"))
        & Not(eq("reviewer_id", Col("coder_id"))),
        "A vetted record names a reviewer, who is not the coder.",
        "Vetted means that a second person looked.",
        "Give the reviewer, or code the status as candidate.",
        (Change("visit", "coding/reviewer", "coder-1"),),
    ),
    Rule(
        "AE234",
        Level.ERROR,
        "row",
        BOTH,
        "release_status",
        implies(eq("method", "machine"), eq("release_status", "candidate")),
        "What a program or model coded alone stays a candidate.",
        "No person has decided it.",
        "Code the status as candidate, or the method as it was.",
        (Change("visit", "coding/method", "machine"),),
    ),
)
"""Rules about one row of events or deeds."""
