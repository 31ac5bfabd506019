"""Every rule and check of the format, by code."""

from alignment_events.model.rules.base import DELETED, Change, Check, Rule
from alignment_events.model.rules.checks import CHECKS
from alignment_events.model.rules.dataset import DATASET_RULES
from alignment_events.model.rules.record import RECORD_RULES
from alignment_events.model.rules.record_parts import RECORD_PART_RULES
from alignment_events.model.rules.row import ROW_RULES
from alignment_events.model.rules.row_parts import ROW_PART_RULES

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*ROW_RULES, *ROW_PART_RULES, *RECORD_RULES, *RECORD_PART_RULES, *DATASET_RULES),
        key=lambda rule: rule.code,
    )
)
"""The rules that are expressions, sorted by code."""

_EVERYTHING: tuple[Rule | Check, ...] = (*CHECKS, *RULES)

CATALOGUE: dict[str, Rule | Check] = {
    entry.code: entry for entry in sorted(_EVERYTHING, key=lambda entry: entry.code)
}
"""Code to rule or check, sorted by code."""

__all__ = ["CATALOGUE", "CHECKS", "DELETED", "RULES", "Change", "Check", "Rule"]
