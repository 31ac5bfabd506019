"""Compares what a tool found with the truth, if there is one, and prints both in brief.

python benchmarks/score.py FOUND FOLDER
"""

import json
import sys
from pathlib import Path

import polars as pl
from generate import truth_of

PLACE = ["code", "table", "row"]


def main() -> None:
    """Print the score as JSON."""
    found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    truth = truth_of(Path(sys.argv[2]))
    score = {key: found[key] for key in ("expressed", "names_rows", "count")}
    score |= {"true": 0, "recall": None, "precision": None, "kinds": None}
    if truth.exists():
        score |= scored(found, pl.read_parquet(truth))
    print(json.dumps(score))


def scored(found: dict, truth: pl.DataFrame) -> dict:
    """Recall and precision of (rule, exact row), and how many kinds of faults were wholly found."""
    required = truth.filter("required")
    about = {"true": required.height, "all_kinds": required["name"].n_unique()}
    if not found["names_rows"]:
        return about
    rows = [(code, table, row) for code, table, some in found["faults"] for row in some]
    schema = {"code": pl.String, "table": pl.String, "row": pl.Int64}
    said = pl.DataFrame(rows, schema=schema, orient="row")
    hits = required.join(said, on=PLACE, how="semi")
    wrong = said.join(truth, on=PLACE, how="anti")
    missed = required.join(said, on=PLACE, how="anti")
    return about | {
        "recall": round(hits.height / required.height, 4),
        "precision": round(hits.height / max(1, hits.height + wrong.height), 4),
        "kinds": about["all_kinds"] - missed["name"].n_unique(),
        "missed_kinds": sorted(missed["name"].unique()),
    }


if __name__ == "__main__":
    main()
