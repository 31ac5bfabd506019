"""The rules of derivation, as data: what is concluded from the codes and never typed.

Each table is read from the top, and the first row whose condition holds gives the value. The
conditions are written in the language of the rules, over the features that are listed with them.
Users may pass tables of their own; these are a proposal, not a finding.
"""

from dataclasses import dataclass

from alignment_events.model.expr import Expr, Not, eq, given, isin, le, must_be

DERIVATION_VERSION = "0.1"
"""Version of the rules below; a change of any of them changes it."""


@dataclass(frozen=True)
class Conclusion:
    """A value, and the condition under which it is concluded."""

    value: str
    when: Expr
    says: str


VERIFICATION: tuple[Conclusion, ...] = (
    Conclusion(
        "documented",
        eq("has_record", True),
        "a primary text or vote record is cited for the core; for a deed, a record of the act "
        "(statistics, images)",
    ),
    Conclusion(
        "corroborated",
        le(2, "groups") & le(1, "outside_groups"),
        "two or more independence groups, at least one whose origin is no participant",
    ),
    Conclusion(
        "parties_only",
        le(2, "party_origins") & eq("outside_groups", 0),
        "accounts of two or more participants, and nothing from outside",
    ),
    Conclusion("party_claim", eq("outside_groups", 0), "every source goes back to one participant"),
    Conclusion("single_source", le(1, "outside_groups"), "one group, which is no participant"),
)
"""From the sources cited for `core`. Features: has_record, groups (independence groups),
outside_groups (those with a source whose origin is no participant), party_origins (participants
whose words a source rests on)."""

CONTESTED: tuple[Conclusion, ...] = (
    Conclusion("refuted", eq("refuted", True), "the coder gives evidence that it did not happen"),
    Conclusion("denied", le(1, "live_denials"), "a participant's denial of the core is live"),
    Conclusion(
        "conflicting", le(2, "core_accounts"), "accounts of the core differ, none denies it"
    ),
    Conclusion("none", given("refuted"), "otherwise"),
)
"""From the claims. Features: refuted, live_denials (participants who deny the core and have neither
withdrawn the denial nor later given an account of the core), core_accounts (distinct live values
given for the core)."""

MODE: tuple[Conclusion, ...] = (
    Conclusion("integrated", isin("enactment", "E4", "E5"), "carried out at E4 or E5"),
    Conclusion("operational", isin("enactment", "E2", "E3"), "carried out at E2 or E3"),
    Conclusion("not_assessed", eq("commitment", "unknown"), "commitment not known"),
    Conclusion("declaratory", isin("commitment", "C0", "C1"), "nothing was promised"),
    Conclusion("ended", must_be("stage", "expired", "terminated"), "expired or terminated"),
    Conclusion(
        "pending",
        must_be("implementation", "not_due")
        | (isin("commitment", "C4", "C5") & eq("kind", "agreement") & Not(eq("in_force", True))),
        "not due, or binding and not yet in force",
    ),
    Conclusion("not_assessed", Not(given("enactment")), "nobody looked for its enactment"),
    Conclusion(
        "paper_binding", isin("commitment", "C4", "C5"), "binding, looked for, nothing found"
    ),
    Conclusion("performative", given("enactment"), "C2 or C3, looked for, nothing found"),
)
"""For agreements and statements. Features: enactment, commitment, kind, stage (the latest certainly
reached), in_force, implementation (if its own as_of is not later)."""
