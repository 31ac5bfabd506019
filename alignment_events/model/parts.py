"""The parts that records are made of: dates, places, participants, sources, claims and so on."""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from alignment_events.model import codes as c
from alignment_events.model import dates
from alignment_events.model.marks import Items
from alignment_events.model.types import (
    ActorCode,
    CoderId,
    CountryCode,
    Day,
    FieldPath,
    Flag,
    LanguageTag,
    Latitude,
    Line,
    Longitude,
    PartialDate,
    PersonRef,
    Quantity,
    RecordId,
    SchemeName,
    Slug,
    SourceKey,
    Url,
    VersionText,
)


class Part(BaseModel):
    """Base of all parts and records: immutable, no field that the format does not know."""

    # Validators are built on first use: most programs need that of whole records only.
    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True
    )


class DateSpan(Part):
    """When it happened, at the venue's local date, as exactly as the sources say."""

    start: PartialDate
    """First day; or the day, month (`2024-10`), quarter (`2024-Q2`) or year within which it began."""
    end: PartialDate | None = None
    """Last day or period, if it is not the start; empty while `ongoing`."""
    precision: c.DatePrecision
    """How exactly the date is known. With `day`, start and end are exact; otherwise it happened at
    some time within them."""
    basis: c.DateBasis = c.DateBasis.OCCURRED
    """Which event the date is the date of."""
    ongoing: Flag = False
    """True for what has not ended; there is no end then."""
    text: Line | None = None
    """The date in the words of a source, where they say more than the codes."""

    @model_validator(mode="wrap")
    @classmethod
    def _one_way_of_writing(
        cls, value: Any, handler: ModelWrapValidatorHandler["DateSpan"]
    ) -> "DateSpan":
        span = handler(value)
        # A month written where a day is coded would silently become a duration of a month.
        for place, text in (("start", span.start), ("end", span.end)):
            if text and dates.is_coarser(text, span.precision):
                raise PydanticCustomError(
                    "ae_date",
                    "{text} is no {precision}, as the precision says",
                    {"text": text, "precision": dates.NOUNS[span.precision], "at": place},
                )
        # An end that repeats the start says nothing, and 2024-04 to 2024-06 is 2024-Q2.
        start, end = dates.canonical(span.start, span.end, span.precision)
        if (start, end) == (span.start, span.end):
            return span
        return span.model_copy(update={"start": start, "end": end})


class Place(Part):
    """Where it happened."""

    name: Line | None = None
    """Name of the place, in English."""
    country: CountryCode | None = None
    """Country in which it lies, by ISO 3166; empty at sea and for calls."""
    precision: c.PlacePrecision
    """How exactly the place is known."""
    latitude: Latitude | None = None
    """Degrees north, WGS 84."""
    longitude: Longitude | None = None
    """Degrees east, WGS 84."""


class Participant(Part):
    """An actor in the event, with what it did there and who acted for it."""

    actor: ActorCode
    """State, body, firm or group, by its code in the registry of actors."""
    role: c.Role
    """What the actor did."""
    level: c.ActorLevel | None = None
    """Rank of the person acting; empty for targets, forums and others who did not act."""
    person: PersonRef | None = None
    """Who acted: an id of the registry of persons, or a name that it does not hold."""
    office: Line | None = None
    """Office held at the time."""
    sector: c.Sector | None = None
    """Part of the state or economy; required for a firm, bank or agency."""
    stance: c.Stance | None = None
    """What the words of a statement mean for this target; for targets only."""
    vote: c.Vote | None = None
    """How this speaker voted; for recorded votes only."""


class Citation(Part):
    """A field that a source supports, if wanted with the words that support it."""

    field: FieldPath
    """Path of the field; `core` stands for kind, actors and date."""
    quote: Line | None = None
    """The words of the source, at most 300 characters."""

    @model_validator(mode="wrap")
    @classmethod
    def _path_alone(cls, value: Any, handler: ModelWrapValidatorHandler["Citation"]) -> "Citation":
        # A path alone is how citations are usually written: `supports: [core, date]`.
        return handler({"field": value} if isinstance(value, str) else value)

    @model_serializer(mode="plain")
    def _as_written(self) -> Any:
        return self.field if self.quote is None else {"field": self.field, "quote": self.quote}


class Source(Part):
    """A page or document that was seen to support parts of the record."""

    id: SourceKey
    """Key within the record: s1, s2 and so on; the published id is `AE-…/s1`."""
    url: Url
    """Address at which it was found."""
    publisher: Line
    """Outlet or office that published it; for a reprint, the outlet that was read."""
    type: c.SourceType
    """What kind of text or data it is."""
    origin_party: ActorCode | None = None
    """Actor whose words or data the text rests on, wherever the outlet sits; empty for the outlet's
    own reporting."""
    independence_group: Slug
    """First origin of what the text says: the agency text, the readout, the outlet's own report.
    Reprints share it."""
    language: LanguageTag
    """Language of the text."""
    published: Day | None = None
    """Date of publication, where known."""
    accessed: Day | None = None
    """Day on which the coder read it, live or as a stored copy; empty where it was taken over from a
    list."""
    archived_url: Url | None = None
    """Address of an archived copy."""
    supports: Annotated[tuple[Citation, ...], Items(1, 40)] = ()
    """What the source supports."""


class Claim(Part):
    """What one account says of a field, where accounts differ."""

    field: FieldPath
    """Path of the field that the accounts differ about."""
    form: c.ClaimForm = c.ClaimForm.ACCOUNT
    """Account, denial or refutation."""
    claimant: ActorCode | None = None
    """Whose account it is; empty for a refutation by the coder."""
    value: Line | None = None
    """The value that the account gives."""
    made: Day | None = None
    """Day on which it was made."""
    withdrawn: Day | None = None
    """Day on which the claimant took it back."""
    source: SourceKey
    """Key of the source, within this record."""


class Stage(Part):
    """A step in the life of an instrument."""

    stage: c.StageName
    """Which step."""
    date: PartialDate
    """When, as exactly as known."""
    end: PartialDate | None = None
    """Last possible day, if the step fell somewhere between two days."""
    actor: ActorCode | None = None
    """Whose step it was, for ratification and other steps of one party."""

    @model_validator(mode="after")
    def _window_between_days(self) -> "Stage":
        for place, text in (("date", self.date), ("end", self.end)):
            if self.end and text and dates.is_coarser(text, "day"):
                raise PydanticCustomError(
                    "ae_date",
                    "{text} is no day; a step between two days gives both as days",
                    {"text": text, "at": place},
                )
        return self


class Amount(Part):
    """A number with its range."""

    low: Quantity | None = None
    """Lowest estimate."""
    best: Quantity | None = None
    """Best or only figure."""
    high: Quantity | None = None
    """Highest estimate."""
    unit: c.Unit
    """Unit of all three."""


class Observation(Part):
    """What was known of a deed's extent on a day; sources cite it as `observations/1`."""

    as_of: Day
    """Day to which the observation refers."""
    enactment: c.Enactment
    """Rung of the conduct by then."""
    cost_bearer: ActorCode | None = None
    """Who bore the cost, for E5."""
    quantity: Amount | None = None
    """Extent, if a source gives one."""


class Link(Part):
    """A relation to another record."""

    type: c.LinkType
    """Which relation, read from this record to that one."""
    to: RecordId
    """Id of the other record."""
    basis: c.LinkBasis
    """Whether a source says so, or the coder concludes it."""


class ExternalId(Part):
    """The same event in another dataset."""

    scheme: SchemeName
    """Name of the dataset: ATOP, DCAD, UNTS, COLT, GSDB, GTA, Wikidata."""
    value: Line
    """Id there."""


class Coding(Part):
    """Who coded the record, when, by which codebook and how surely."""

    coder: CoderId
    """Pseudonym of the coder."""
    date: Day
    """Day of coding."""
    method: c.Method
    """Who decided: a person, a person with a model, or a program."""
    confidence: c.CoderConfidence
    """How sure the coder is of the record as a whole."""
    status: c.ReleaseStatus
    """Whether a person has reviewed it."""
    codebook: VersionText
    """Version of the codebook used."""
    reviewer: CoderId | None = None
    """Pseudonym of the reviewer, for vetted records."""
