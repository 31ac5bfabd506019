"""Runs one tool over one folder, in a process of its own, and writes what it found.

python benchmarks/run_one.py TOOL FOLDER RULESET OUT
"""

import importlib
import json
import sys
import warnings
from collections import Counter
from pathlib import Path

import ruleset


def main() -> None:
    """Run the tool that the command line names."""
    warnings.simplefilter("ignore")
    tool, folder, rules_file, out = sys.argv[1:]
    rules = ruleset.read(Path(rules_file))
    outcome = importlib.import_module(f"runners.{tool}").check(Path(folder), rules)
    total = Counter(unit.scope for unit in rules.units)
    given = Counter(unit.scope for unit in set_of(outcome.expressed))
    found = {
        "expressed": {scope: [given[scope], total[scope]] for scope in ruleset.SCOPES},
        "names_rows": outcome.names_rows,
        "count": outcome.count or sum(map(len, outcome.faults.values())),
        "faults": [
            [code, table, sorted(rows)] for (code, table), rows in sorted(outcome.faults.items())
        ],
    }
    Path(out).write_text(json.dumps(found), encoding="utf-8")


def set_of(units: list[ruleset.Unit]) -> list[ruleset.Unit]:
    """Each rule once."""
    return list({id(unit): unit for unit in units}.values())


if __name__ == "__main__":
    main()
