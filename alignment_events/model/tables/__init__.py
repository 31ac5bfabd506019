"""The published tables: which columns, in which order, from which path of the nested record.

Types, documentation and vocabularies are not repeated here; they follow the path. Only columns
that no person types (keys, positions, derived values) and tables that are not part of a record
(registries, coverage) say what they hold.
"""

from alignment_events.model.tables.base import Column, Table
from alignment_events.model.tables.children import CHILDREN
from alignment_events.model.tables.events import DEEDS, EVENT_KINDS, EVENTS
from alignment_events.model.tables.registries import RECORDS_TABLE, REGISTRIES

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

__all__ = ["CHILDREN", "DEEDS", "EVENTS", "EVENT_KINDS", "MULTI_CODES", "TABLES", "Column", "Table"]
