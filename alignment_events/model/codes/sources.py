"""Vocabularies about evidence: sources, accounts, coding and what is concluded from them."""

from alignment_events.model.codes.base import UNDECIDED, Code, Scale


class SourceType(Code):
    """What kind of text or data a source is."""

    PRIMARY_TEXT = "primary_text", "instrument, resolution or vote record"
    OFFICIAL_READOUT = "official_readout", "a government's own account"
    STATE_MEDIA = "state_media", "outlet that a state owns or directs"
    NEWS_AGENCY = "news_agency", "news agency that no state directs"
    INDEPENDENT_MEDIA = "independent_media", "newspaper or broadcaster that no state directs"
    THIRD_GOVERNMENT = "third_government", "a government that is not a participant"
    INTERNATIONAL_BODY = "international_body", "an international organisation"
    STATISTICS = "statistics", "published series"
    IMAGERY_OSINT = "imagery_osint", "satellite images, ship tracking, open-source investigation"
    RESEARCH = "research", "academic or institute study"
    UNKNOWN = UNDECIDED


class ClaimForm(Code):
    """What an account says about the coded value."""

    ACCOUNT = "account", "gives a value of its own for the field"
    DENIAL = "denial", "says that it did not take place, or that the claimant took no part"
    REFUTATION = "refutation", "evidence, in the coder's judgement, that it did not happen"


class Method(Code):
    """Who decided the codes."""

    HUMAN = "human", "a person"
    MACHINE_ASSISTED = "machine_assisted", "a model proposed, a person decided"
    MACHINE = "machine", "a program or a model; no person decided"


class CoderConfidence(Scale):
    """How sure the coder is of the record as a whole."""

    LOW = "low", "facts are thin or codes were hard to choose"
    MEDIUM = "medium", "one or two codes were hard to choose"
    HIGH = "high", "facts settle the codes"


class ReleaseStatus(Code):
    """Whether the record has been vetted."""

    CANDIDATE = "candidate", "coded, not yet reviewed by a person"
    VETTED = "vetted", "reviewed by a person other than the coder"


class Verification(Code):
    """How well it is established that it took place with its core: kind, actors, when."""

    DOCUMENTED = "documented", "a primary text, a vote record, or for a deed a record of the act"
    CORROBORATED = (
        "corroborated",
        "two or more independence groups, at least one whose origin is no participant",
    )
    PARTIES_ONLY = "parties_only", "own accounts of two or more participants, none from outside"
    PARTY_CLAIM = "party_claim", "every source goes back to one participant"
    SINGLE_SOURCE = "single_source", "one independence group, which is no participant"


class Contested(Code):
    """Whether accounts of the core disagree."""

    NONE = "none", "no live disagreement about the core"
    DENIED = "denied", "a participant denies that it took place or that it took part"
    CONFLICTING = "conflicting", "accounts of the core differ; nobody denies it"
    REFUTED = "refuted", "evidence shows that it did not happen; kept, excluded by default"


class Mode(Code):
    """What became of an undertaking's words, as of a date."""

    INTEGRATED = "integrated", "carried out at E4 or E5"
    OPERATIONAL = "operational", "carried out at E2 or E3"
    NOT_ASSESSED = "not_assessed", "commitment not known, or nobody looked for its enactment"
    DECLARATORY = "declaratory", "C0 or C1: nothing was promised"
    ENDED = "ended", "expired or terminated"
    PENDING = "pending", "not due, or binding and not yet in force"
    PAPER_BINDING = "paper_binding", "binding, looked for, nothing found"
    PERFORMATIVE = "performative", "C2 or C3, looked for, nothing found"
