"""The records: four kinds of event, and the deed against which they are measured."""

from typing import Annotated, Literal, Protocol

from pydantic import ConfigDict, Field, TypeAdapter

from alignment_events.model import codes as c
from alignment_events.model.marks import Items
from alignment_events.model.parts import (
    Claim,
    Coding,
    DateSpan,
    ExternalId,
    Link,
    Observation,
    Part,
    Participant,
    Place,
    Source,
    Stage,
)
from alignment_events.model.sections import AgreementPart, GapPart, MeetingPart, StatementPart
from alignment_events.model.types import Flag, Note, RecordId, Slug, Summary, Title


class Origin(Protocol):
    """The release that a record was loaded from."""

    def cite_record(self, record_id: str, title: str, format: str) -> str:
        """The record, cited as part of that release."""
        ...


class BaseRecord(Part):
    """What events and deeds share."""

    id: RecordId
    """Opaque id, minted once and never used again."""
    scope: c.Scope
    """About the alignment itself, or an answer to it."""
    title: Title
    """What happened, in one line."""
    summary: Summary
    """What happened, in our own words, without evaluation."""
    date: DateSpan
    """When."""
    occurrence: c.Occurrence = c.Occurrence.HELD
    """Whether it took place."""
    episode: Slug | None = None
    """The occasion that it shares with other records."""
    place: Place | None = None
    """Where; empty for words and instruments without a place."""
    participants: Annotated[tuple[Participant, ...], Items(1, 200)] = ()
    """Who took part, and how."""
    themes: Annotated[tuple[c.Theme, ...], Items(1, 3)] = ()
    """Subject matter; the first is the main one."""
    arenas: Annotated[tuple[c.Arena, ...], Items(0, 5)] = ()
    """Region or conflict that it is about."""
    links: Annotated[tuple[Link, ...], Items(0, 60)] = ()
    """Relations to other records."""
    sources: Annotated[tuple[Source, ...], Items(1, 60)] = ()
    """What supports the record."""
    claims: Annotated[tuple[Claim, ...], Items(0, 60)] = ()
    """Accounts, where they differ."""
    external_ids: Annotated[tuple[ExternalId, ...], Items(0, 20)] = ()
    """The same event in other datasets."""
    coding: Coding
    """Who coded it, and how."""
    note: Note | None = None
    """Remark of the coder: what was hard to decide, and why it was decided so."""

    def cite(self, format: str = "apa") -> str:
        """Cite this record, with the version and content digest of the release that it is from.

        Args:
            format: `apa`, `bibtex`, `cff`, `csl-json`, `datacite` or `ris`.

        Raises:
            ValueError: If it was not loaded from a dataset.
        """
        origin: Origin | None = self.__dict__.get("_origin")
        if origin is None:
            raise ValueError(f"{self.id} was not loaded from a dataset: it has no release to cite.")
        return origin.cite_record(self.id, self.title, format)

    def _from(self, origin: Origin) -> None:
        # Beside the fields, where pydantic keeps cached properties: it is no part of the record.
        self.__dict__["_origin"] = origin


class Meeting(BaseRecord):
    """Contact: who met whom."""

    kind: Literal[c.Kind.MEETING]
    """Always `meeting`."""
    subtype: c.MeetingSubtype
    """Sort of contact."""
    ceremonial: Flag
    """True if protocol was all that is reported."""
    meeting: MeetingPart
    """What only meetings have."""


class Agreement(BaseRecord):
    """Promise: an instrument that parties signed or announced as agreed."""

    kind: Literal[c.Kind.AGREEMENT]
    """Always `agreement`."""
    subtype: c.AgreementSubtype
    """Sort of instrument."""
    ceremonial: Flag
    """True if protocol was all that is reported."""
    commitment: c.Commitment
    """Rung of the words when they were given."""
    agreement: AgreementPart
    """What only agreements have."""
    stages: Annotated[tuple[Stage, ...], Items(1, 60)] = ()
    """Steps in its life; the current one is derived."""


class Statement(BaseRecord):
    """Words: public, or reported by either side."""

    kind: Literal[c.Kind.STATEMENT]
    """Always `statement`."""
    subtype: c.StatementSubtype
    """Form of the words."""
    ceremonial: Flag
    """True if protocol was all that is reported."""
    commitment: c.Commitment
    """Rung of the words when they were given."""
    statement: StatementPart
    """What only statements have."""


class Gap(BaseRecord):
    """Shortfall: conduct or words that fall short of a yardstick."""

    kind: Literal[c.Kind.GAP]
    """Always `gap`."""
    subtype: c.GapSubtype
    """Sort of shortfall: cause before form before effect, the first that fits."""
    ceremonial: Flag
    """True if protocol was all that is reported."""
    gap: GapPart
    """What only gaps have."""


class Deed(BaseRecord):
    """Conduct: something done, moved, built, blocked or fought."""

    kind: Literal[c.Kind.DEED]
    """Always `deed`."""
    subtype: c.DeedSubtype
    """Sort of conduct."""
    observations: Annotated[tuple[Observation, ...], Items(1, 100)] = ()
    """What was known of its extent, over time."""


Event = Meeting | Agreement | Statement | Gap
"""Any of the four kinds of event."""

Record = Meeting | Agreement | Statement | Gap | Deed
"""Any record of the format."""

RECORDS: dict[str, type[BaseRecord]] = {
    "meeting": Meeting,
    "agreement": Agreement,
    "statement": Statement,
    "gap": Gap,
    "deed": Deed,
}
"""Kind to its model, in the order of the codebook."""

record_adapter: TypeAdapter[Record] = TypeAdapter(
    Annotated[Record, Field(discriminator="kind")], config=ConfigDict(defer_build=True)
)
"""Validates a nested record of any kind, chosen by its `kind`."""
