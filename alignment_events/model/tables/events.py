"""The tables of events and deeds: one row a record."""

from alignment_events.model.tables.base import Column, Table, derived

EVENT_KINDS = ("meeting", "agreement", "statement", "gap")
"""Kinds of record that are events."""

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
