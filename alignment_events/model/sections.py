"""The sections of a record that only one kind of event has."""

from typing import Annotated

from alignment_events.model import codes as c
from alignment_events.model.marks import Items
from alignment_events.model.parts import Part
from alignment_events.model.types import Day, Flag, Line, Note


class MeetingPart(Part):
    """What only meetings have."""

    medium: c.Medium
    """How the parties were in contact."""
    regularity: c.Regularity
    """Why then."""
    outcome: Annotated[tuple[c.Outcome, ...], Items(1, 6)] = ()
    """What came out of it."""
    readout_asymmetry: c.ReadoutAsymmetry
    """How the parties' own accounts differ."""
    documents_not_itemised: Flag = False
    """True if documents were signed of which no source gives a list."""


class AgreementPart(Part):
    """What only agreements have."""

    legal_status: c.LegalStatus
    """Whether it binds in law."""
    commitment_scope: c.CommitmentScope
    """How far it reaches."""
    obligations: Annotated[tuple[c.Obligation, ...], Items(1, 18)] = ()
    """What the parties undertake."""
    text_access: c.TextAccess
    """How much of the text is public."""
    delegation: c.Delegation
    """What is handed to a third hand."""
    conditionality: c.Conditionality
    """What performance depends on."""
    symmetry: c.Symmetry
    """Whether the duties are the same."""
    implementation: c.Implementation
    """How far it has been carried out."""
    implementation_as_of: Day | None = None
    """Day to which `implementation` refers."""


class StatementPart(Part):
    """What only statements have."""

    authority: c.Authority
    """On whose behalf the words are spoken."""
    speech_acts: Annotated[tuple[c.SpeechAct, ...], Items(1, 3)] = ()
    """What is done with the words; at most three."""
    occasion: Line | None = None
    """Resolution voted on, question asked or event at which they were spoken."""
    implementation: c.Implementation | None = None
    """How far the undertaking has been carried out; for statements with C2 or more."""
    implementation_as_of: Day | None = None
    """Day to which `implementation` refers."""


class GapPart(Part):
    """What only gaps have."""

    yardstick_kind: c.YardstickKind
    """What the conduct is measured against."""
    yardstick: Note | None = None
    """The norm by name, or the practice described; for an agreement or statement, the words of it
    that matter."""
    performance: c.Performance
    """What was done of what the yardstick asks."""
    expected_by: Day | None = None
    """Day by which it was due."""
    observed_as_of: Day
    """Day on which the shortfall was last observed."""
    evidence_basis: c.EvidenceBasis
    """What shows it."""
    search_protocol: Note | None = None
    """What was searched, where and when, if the evidence is a search without result."""
    severity: c.Severity
    """Cost to the partner."""
    attribution: c.Attribution
    """Why it fell short."""
    status: c.GapStatus
    """What became of it, as of `observed_as_of`."""
