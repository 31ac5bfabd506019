"""The list of errata of a dataset: no published table, but a file that every release carries."""

from alignment_events.model.forms import FIELD_PATH, URL, VERSION
from alignment_events.model.marks import Form
from alignment_events.model.tables.base import Column, Table, plain, record_id

CORRECTED = "corrected"
STATUS = Form(
    "status of an erratum",
    r"^(reported|accepted|rejected|corrected)$",
    "reported, accepted, rejected or corrected",
    9,
)

ERRATA = Table(
    "errata",
    "One row per error that somebody found in a published record, and what became of it.",
    (
        record_id(),
        Column(
            "field", doc="Path of the field that is wrong; `core` as in sources.", form=FIELD_PATH
        ),
        Column("reported", doc="Day on which it was reported.", type="day"),
        plain("wrong", "What is wrong, in one sentence."),
        Column("source", doc="Page or document that shows it.", form=URL),
        Column("status", doc="What became of the report.", form=STATUS),
        Column(
            "corrected_in",
            doc="Version of the data that corrects it; for corrected ones only.",
            form=VERSION,
            nullable=True,
        ),
    ),
    key=("record_id", "field", "reported"),
)
