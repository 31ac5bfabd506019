"""The published tables: which columns, in which order, from which path of the nested record.

Types, documentation and vocabularies are not repeated here; they follow the path. Only columns
that no person types (keys, positions, derived values) and tables that are not part of a record
(registries, coverage) say what they hold.
"""

from dataclasses import dataclass, field

from alignment_events.model.marks import Form
from alignment_events.model.types import (
    ACTOR,
    CODER,
    COUNTRY,
    FIELD_PATH,
    SLUG,
    VERSION,
    text_form,
)

EVENT_KINDS = ("meeting", "agreement", "statement", "gap")
"""Kinds of record that are events."""

SECTIONS = EVENT_KINDS
"""Sections of the nested record that only one kind has; named as the kind."""

WIKIDATA = Form("Wikidata item", r"^Q[1-9][0-9]{0,11}$", "an item such as Q16150196", 13)


@dataclass(frozen=True)
class Column:
    """A column: projected from `path`, or described here if nothing is projected into it.

    What is left empty follows the path; without a path, the type is text.
    """

    name: str
    path: str = ""
    doc: str = ""
    type: str = ""
    vocabulary: str = ""
    form: Form | None = None
    refers: str = ""
    nullable: bool | None = None
    derived: bool = False


@dataclass(frozen=True)
class Table:
    """A published table and where its rows come from."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    parent: str | None = None
    each: str | None = None
    kinds: tuple[str, ...] = field(default=())


def derived(name: str, vocabulary: str, doc: str) -> Column:
    """A column computed by the rules of derivation."""
    return Column(name, doc=doc, type="code", vocabulary=vocabulary, nullable=True, derived=True)


def _plain(name: str, doc: str, most: int = 300, **more: object) -> Column:
    return Column(name, doc=doc, form=text_form(most), **more)  # type: ignore[arg-type]


_RECORD = "Id of the record that the row belongs to."
_POSITION = Column("position", doc="Place in the list of the record, from 1.", type="integer")
_AS_OF = Column(
    "as_of",
    doc="Day as of which the derived columns hold: the cutoff of the dataset.",
    type="day",
    nullable=True,
    derived=True,
)
_VERIFICATION = derived(
    "verification", "verification", "How well it is established that it took place."
)
_CONTESTED = derived("contested", "contested", "Whether accounts of the core disagree.")


def _record_id(name: str = "record_id") -> Column:
    return Column(name, doc=_RECORD, type="id", refers="records.record_id")


_WHEN_WHERE = (
    Column("scope", "scope"),
    Column("title", "title"),
    Column("summary", "summary"),
    Column(
        "date_start",
        "date/start",
        doc="First day: of the event, or of the span within which it happened.",
        type="day",
    ),
    Column(
        "date_end",
        "date/end",
        doc="Last day: of the event, or of the span within which it happened; empty while ongoing.",
        type="day",
        nullable=True,
    ),
    Column("date_precision", "date/precision"),
    Column("date_basis", "date/basis"),
    Column("date_text", "date/text"),
    Column("ongoing", "date/ongoing"),
    Column("occurrence", "occurrence"),
    Column("episode_id", "episode"),
    Column("place_name", "place/name"),
    Column("place_country", "place/country"),
    Column("place_precision", "place/precision"),
    Column("latitude", "place/latitude"),
    Column("longitude", "place/longitude"),
)
_CODED = (
    Column("coder_confidence", "coding/confidence"),
    Column("release_status", "coding/status"),
    Column("method", "coding/method"),
    Column("coder_id", "coding/coder"),
    Column("coded_date", "coding/date"),
    Column("codebook_version", "coding/codebook"),
    Column("reviewer_id", "coding/reviewer"),
    Column("note", "note"),
)


def _section(kind: str, *names: str) -> tuple[Column, ...]:
    return tuple(Column(f"{kind}_{name}", f"{kind}/{name}") for name in names)


EVENTS = Table(
    "events",
    "One row per event: meeting, agreement, statement or gap.",
    (
        Column("event_id", "id", refers="records.record_id"),
        Column("kind", "kind", doc="Kind of event."),
        Column("subtype", "subtype", doc="Sort of event, from the vocabulary of its kind."),
        *_WHEN_WHERE,
        Column("ceremonial", "ceremonial"),
        Column("commitment", "commitment"),
        _VERIFICATION,
        _CONTESTED,
        derived("enactment", "enactment", "Highest rung of the admitted deeds that implement it."),
        derived("mode", "mode", "What became of the words."),
        _AS_OF,
        *_CODED,
        *_section("meeting", "medium", "regularity", "readout_asymmetry", "documents_not_itemised"),
        Column(
            "meeting_rank_gap",
            doc="Steps between the highest levels of the two best-represented sides; ordinal, for "
            "sorting only.",
            type="integer",
            nullable=True,
            derived=True,
        ),
        *_section(
            "agreement",
            "legal_status",
            "commitment_scope",
            "text_access",
            "delegation",
            "conditionality",
            "symmetry",
            "implementation",
            "implementation_as_of",
        ),
        derived("agreement_stage", "stage_name", "Latest stage certainly reached."),
        *_section("statement", "authority", "occasion", "implementation", "implementation_as_of"),
        *_section(
            "gap",
            "yardstick_kind",
            "yardstick",
            "performance",
            "expected_by",
            "observed_as_of",
            "evidence_basis",
            "search_protocol",
            "severity",
            "attribution",
            "status",
        ),
    ),
    key=("event_id",),
    kinds=EVENT_KINDS,
)

DEEDS = Table(
    "deeds",
    "One row per deed.",
    (
        Column("deed_id", "id", refers="records.record_id"),
        Column("deed_type", "subtype"),
        *_WHEN_WHERE,
        derived("enactment", "enactment", "Latest rung observed."),
        _VERIFICATION,
        _CONTESTED,
        _AS_OF,
        *_CODED,
    ),
    key=("deed_id",),
    kinds=("deed",),
)

CHILDREN = (
    Table(
        "deed_observations",
        "One row per observation of a deed.",
        (
            Column("deed_id", doc="Id of the deed.", type="id", refers="deeds.deed_id"),
            _POSITION,
            Column("as_of", "as_of"),
            Column("enactment", "enactment"),
            Column("cost_bearer", "cost_bearer"),
            Column("quantity_low", "quantity/low"),
            Column("quantity_best", "quantity/best"),
            Column("quantity_high", "quantity/high"),
            Column("unit", "quantity/unit"),
        ),
        key=("deed_id", "position"),
        parent="deed_id",
        each="observations",
        kinds=("deed",),
    ),
    Table(
        "participants",
        "One row per actor and role in a record.",
        (
            _record_id(),
            _POSITION,
            Column("actor", "actor"),
            Column("role", "role"),
            Column("level", "level"),
            Column(
                "person_id",
                "person",
                doc="Who acted, by the registry of persons.",
                form=SLUG,
                refers="persons.person_id",
                nullable=True,
            ),
            Column(
                "person",
                "person",
                doc="Name of who acted.",
                form=text_form(120),
                nullable=True,
            ),
            Column("office", "office"),
            Column("sector", "sector"),
            Column("stance", "stance"),
            Column("vote", "vote"),
        ),
        key=("record_id", "position"),
        parent="record_id",
        each="participants",
    ),
    Table(
        "record_codes",
        "One row per code of a field that takes several.",
        (
            _record_id(),
            Column("vocabulary", doc="Vocabulary that the code belongs to.", form=text_form(40)),
            Column("code", doc="The code.", form=text_form(40)),
            Column("rank", doc="Place among the codes of the field, from 1.", type="integer"),
        ),
        key=("record_id", "vocabulary", "code"),
        parent="record_id",
    ),
    Table(
        "stages",
        "One row per step in the life of an instrument.",
        (
            Column("event_id", doc="Id of the agreement.", type="id", refers="events.event_id"),
            _POSITION,
            Column("stage", "stage"),
            Column("date_start", "date", doc="First possible day.", type="day"),
            Column("date_end", "end", doc="Last possible day.", type="day", nullable=False),
            Column(
                "date_precision",
                doc="How exactly the date is known.",
                type="code",
                vocabulary="date_precision",
            ),
            Column("actor", "actor"),
        ),
        key=("event_id", "position"),
        parent="event_id",
        each="stages",
        kinds=("agreement",),
    ),
    Table(
        "links",
        "One row per relation of a record to another.",
        (
            _record_id(),
            Column("link_type", "type"),
            Column("target_id", "to", refers="records.record_id"),
            Column("basis", "basis"),
            _POSITION,
        ),
        key=("record_id", "link_type", "target_id"),
        parent="record_id",
        each="links",
    ),
    Table(
        "sources",
        "One row per source of a record.",
        (
            Column(
                "source_id",
                "id",
                doc="Id of the record, a slash, and the key within it.",
                form=text_form(40),
            ),
            _record_id(),
            _POSITION,
            Column("url", "url"),
            Column("publisher", "publisher"),
            Column("source_type", "type"),
            Column("origin_party", "origin_party"),
            Column("independence_group", "independence_group"),
            Column("language", "language"),
            Column("published", "published"),
            Column("accessed", "accessed"),
            Column("archived_url", "archived_url"),
        ),
        key=("source_id",),
        parent="record_id",
        each="sources",
    ),
    Table(
        "citations",
        "One row per field that a source supports.",
        (
            _record_id(),
            Column("source_id", doc="The source.", form=text_form(40), refers="sources.source_id"),
            Column(
                "field", doc="Path of the field; `core` is kind, actors and date.", form=FIELD_PATH
            ),
            Column("quote", doc="Words of the source.", form=text_form(300), nullable=True),
            _POSITION,
        ),
        key=("record_id", "source_id", "field"),
        parent="record_id",
    ),
    Table(
        "claims",
        "One row per account of a field on which accounts differ.",
        (
            _record_id(),
            _POSITION,
            Column("field", "field"),
            Column("form", "form"),
            Column("claimant", "claimant"),
            Column("value", "value"),
            Column("made", "made"),
            Column("withdrawn", "withdrawn"),
            Column(
                "source_id",
                "source",
                doc="The source of the account.",
                form=text_form(40),
                refers="sources.source_id",
            ),
        ),
        key=("record_id", "position"),
        parent="record_id",
        each="claims",
    ),
    Table(
        "external_ids",
        "One row per id that the event has in another dataset.",
        (_record_id(), Column("scheme", "scheme"), Column("value", "value"), _POSITION),
        key=("record_id", "scheme", "value"),
        parent="record_id",
        each="external_ids",
    ),
)

REGISTRIES = (
    Table(
        "actors",
        "One row per actor that records may name.",
        (
            Column("actor", doc="Code: ISO 3166 alpha-3 for states.", form=ACTOR),
            _plain("name", "Name in English."),
            Column("actor_type", doc="What it is.", type="code", vocabulary="actor_type"),
            Column("iso3", doc="ISO 3166 alpha-3.", form=COUNTRY, nullable=True),
            Column(
                "cow", doc="Number in the Correlates of War project.", type="integer", nullable=True
            ),
            Column(
                "gw", doc="Number in the list of Gleditsch and Ward.", type="integer", nullable=True
            ),
            Column("wikidata", doc="Item in Wikidata.", form=WIKIDATA, nullable=True),
            Column(
                "valid_from",
                doc="First day of its existence, if it matters.",
                type="day",
                nullable=True,
            ),
            Column(
                "valid_to", doc="Last day of its existence, if it ended.", type="day", nullable=True
            ),
            Column("focal", doc="True for a principal of the dataset.", type="flag"),
        ),
        key=("actor",),
    ),
    Table(
        "persons",
        "One row per person that records name.",
        (
            Column("person_id", doc="Slug of the name.", form=SLUG),
            _plain("name", "Usual name in English."),
            _plain("name_original", "Name in the person's own script.", nullable=True),
            Column(
                "actor",
                doc="Actor for whom the person acts.",
                form=ACTOR,
                refers="actors.actor",
                nullable=True,
            ),
            Column("wikidata", doc="Item in Wikidata.", form=WIKIDATA, nullable=True),
        ),
        key=("person_id",),
    ),
    Table(
        "coverage",
        "One row per pair of actors, kind and period: how completely records were looked for.",
        (
            Column("actor_a", doc="First actor.", form=ACTOR, refers="actors.actor"),
            Column(
                "actor_b",
                doc="Second actor; empty for the statements of one.",
                form=ACTOR,
                refers="actors.actor",
                nullable=True,
            ),
            Column("kind", doc="Kind of record.", type="code", vocabulary="kind"),
            Column("period_start", doc="First day.", type="day"),
            Column("period_end", doc="Last day.", type="day"),
            Column("coverage", doc="How completely.", type="code", vocabulary="coverage_status"),
            _plain("source_frame", "Which sources were read.", 1000),
            _plain("search_protocol", "How they were searched.", 1000),
            Column("searched", doc="Day of the search.", type="day"),
        ),
        key=("actor_a", "actor_b", "kind", "period_start"),
    ),
    Table(
        "codings",
        "One row per field of a second coding, for agreement between coders.",
        (
            _plain("sample", "Name of the sample.", 80),
            _plain("card_key", "Item that was coded.", 200),
            Column(
                "record_id",
                doc="Record that the item became, where known.",
                type="id",
                refers="records.record_id",
                nullable=True,
            ),
            Column("coder_id", doc="Pseudonym of the coder.", form=CODER),
            Column("method", doc="Who decided.", type="code", vocabulary="method"),
            Column(
                "field",
                doc="Path of the field, after the number of the unit within the item.",
                form=FIELD_PATH,
            ),
            _plain(
                "value",
                "The code given; empty if the coder found that it does not apply.",
                600,
                nullable=True,
            ),
            Column("codebook_version", doc="Version of the codebook.", form=VERSION),
            Column("coded_date", doc="Day of coding.", type="day"),
        ),
        key=("sample", "card_key", "coder_id", "field"),
    ),
    Table(
        "vocabularies",
        "One row per code of every vocabulary.",
        (
            _plain("vocabulary", "Name of the vocabulary.", 40),
            Column(
                "code", doc="The code.", form=Form("code", r"^[A-Za-z0-9_+\-]{1,40}$", "a code", 40)
            ),
            _plain("label", "The code in words.", 80),
            _plain("definition", "What it means.", 600),
            Column("since", doc="Version of the format that brought it.", form=VERSION),
            Column("deprecated", doc="Version that deprecated it.", form=VERSION, nullable=True),
            _plain("replaced_by", "Code that replaces it.", 40, nullable=True),
        ),
        key=("vocabulary", "code"),
    ),
)

RECORDS_TABLE = Table(
    "records",
    "One row per id ever issued.",
    (
        Column("record_id", doc="The id.", type="id"),
        Column("record_type", doc="Event or deed.", type="code", vocabulary="record_type"),
        Column(
            "status",
            doc="Whether the id still stands for a record.",
            type="code",
            vocabulary="record_status",
        ),
        Column(
            "first_release",
            doc="Version of the data that first held it; empty before any.",
            form=VERSION,
            nullable=True,
        ),
        Column("withdrawn_date", doc="Day of withdrawal.", type="day", nullable=True),
        Column(
            "reason",
            doc="Why it was withdrawn.",
            type="code",
            vocabulary="change_reason",
            nullable=True,
        ),
        Column(
            "replaced_by",
            doc="Id of the record that replaces it.",
            type="id",
            refers="records.record_id",
            nullable=True,
        ),
    ),
    key=("record_id",),
)

TABLES = (RECORDS_TABLE, EVENTS, DEEDS, *CHILDREN, *REGISTRIES)
"""Every published table, in published order."""

MULTI_CODES = {
    "themes": "theme",
    "arenas": "arena",
    "meeting/outcome": "outcome",
    "agreement/obligations": "obligation",
    "statement/speech_acts": "speech_act",
}
"""Path of each list of codes to the vocabulary under which `record_codes` publishes it."""
