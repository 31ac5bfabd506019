"""The tables that are no part of a record: registries, coverage, second codings, all ids issued."""

from alignment_events.model.forms import ACTOR, CODER, COUNTRY, FIELD_PATH, SLUG, VERSION
from alignment_events.model.marks import Form
from alignment_events.model.tables.base import Column, Table, plain

WIKIDATA = Form("Wikidata item", r"^Q[1-9][0-9]{0,11}$", "an item such as Q16150196", 13)

REGISTRIES = (
    Table(
        "actors",
        "One row per actor that records may name.",
        (
            Column("actor", doc="Code: ISO 3166 alpha-3 for states.", form=ACTOR),
            plain("name", "Name in English."),
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
            plain("name", "Usual name in English."),
            plain("name_original", "Name in the person's own script.", nullable=True),
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
            plain("source_frame", "Which sources were read.", 1000),
            plain("search_protocol", "How they were searched.", 1000),
            Column("searched", doc="Day of the search.", type="day"),
        ),
        key=("actor_a", "actor_b", "kind", "period_start"),
    ),
    Table(
        "codings",
        "One row per field of a second coding, for agreement between coders.",
        (
            plain("sample", "Name of the sample.", 80),
            plain("card_key", "Item that was coded.", 200),
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
            plain(
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
            plain("vocabulary", "Name of the vocabulary.", 40),
            Column(
                "code", doc="The code.", form=Form("code", r"^[A-Za-z0-9_+\-]{1,40}$", "a code", 40)
            ),
            plain("label", "The code in words.", 80),
            plain("definition", "What it means.", 600),
            Column("since", doc="Version of the format that brought it.", form=VERSION),
            Column("deprecated", doc="Version that deprecated it.", form=VERSION, nullable=True),
            plain("replaced_by", "Code that replaces it.", 40, nullable=True),
        ),
        key=("vocabulary", "code"),
    ),
)
"""Tables that every record may refer to, and tables about the data."""

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
