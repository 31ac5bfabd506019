"""This library: one call on the folder, which streams Parquet tables and knows all its rules."""

from pathlib import Path

from ruleset import Ruleset

from runners.outcome import Outcome


def check(folder: Path, rules: Ruleset) -> Outcome:
    """`ae.validate(folder)`."""
    import alignment_events as ae

    outcome = Outcome(expressed=list(rules.units))
    for found in ae.validate(folder).findings:
        key = (found.code, str(found.table))
        outcome.faults.setdefault(key, set()).add(-1 if found.row is None else found.row)
    return outcome
