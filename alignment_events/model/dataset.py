"""What `dataset.yaml` says about a dataset."""

from typing import Annotated

from alignment_events.model.forms import read_number
from alignment_events.model.parts import Part
from alignment_events.model.types import (
    ActorCode,
    Day,
    Line,
    Note,
    RecordId,
    Slug,
    Title,
    Url,
    VersionText,
    reading,
)

Number = Annotated[int, reading(lambda value: int(read_number(value)))]


class ScopeStatement(Part):
    """What the dataset is about."""

    principals: tuple[ActorCode, ...]
    """The focal states."""
    statement: Note
    """What is in scope and what is not."""


class Contributor(Part):
    """Who made the dataset, and as what."""

    title: Line
    """Name or pseudonym."""
    role: Slug
    """author, coder, reviewer, maintainer and the like."""


class Assertion(Part):
    """How many records there must at least be, and should at most be."""

    table: Slug
    """`events` or `deeds`."""
    kind: Slug | None = None
    """One kind of event, or all."""
    min: Number | None = None
    """Fewer is an error."""
    max: Number | None = None
    """More is a warning."""


class AcceptedWarning(Part):
    """A warning that the maintainers looked at and accept."""

    code: Line
    """Code of the rule."""
    record: RecordId
    """The record concerned."""
    reason: Note
    """Why it is accepted."""


class DatasetInfo(Part):
    """The description of a dataset: `dataset.yaml`."""

    name: Slug
    """Name of the dataset, the same as its folder's."""
    title: Title
    """Title for citations."""
    description: Note
    """What it holds, in a paragraph."""
    version: VersionText
    """Version that the next build gets."""
    scope: ScopeStatement
    """What it is about."""
    licence: Line
    """SPDX identifier of the licence of the data."""
    contributors: tuple[Contributor, ...]
    """Who made it."""
    cutoff: Day
    """Day as of which derived columns hold; nothing later is claimed to be covered."""
    keywords: tuple[Line, ...] = ()
    """Keywords for catalogues."""
    homepage: Url | None = None
    """Where it lives, if anywhere."""
    doi: Line | None = None
    """DOI, if one was registered."""
    publisher: Line | None = None
    """Who publishes it, if anyone but its authors does; catalogues ask for it."""
    assertions: tuple[Assertion, ...] = ()
    """Numbers of records that must hold."""
    accepted_warnings: tuple[AcceptedWarning, ...] = ()
    """Warnings that were looked at and accepted, each with its reason."""
