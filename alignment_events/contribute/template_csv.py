"""CSV files to fill in, with the notes and codes beside them in a page of text."""

import csv
import io
from collections.abc import Sequence

from alignment_events.contribute.template import (
    READ_ME,
    example_cells,
    is_required,
    sheets,
    vocabulary_of,
    worked_examples,
)
from alignment_events.spec.records import all_vocabularies


def csv_files(kinds: Sequence[str]) -> dict[str, str]:
    """Name of a file to its text: a file a sheet, each with its header only, and the guide.

    Excel takes a CSV file for UTF-8 only if it begins with a byte-order mark, so they do.
    """
    found = {}
    used: dict[str, None] = {}
    guide = ["# How to fill in these files", ""]
    guide += [f"- {line}".replace("sheet", "file") for line in READ_ME]
    guide.append("- To a line with an empty cell too many, quotation marks are missing somewhere.")
    for sheet in sheets(kinds):
        stream = io.StringIO(newline="")
        csv.writer(stream).writerow([column.name for column in sheet.columns])
        found[f"{sheet.name.lower()}.csv"] = f"\ufeff{stream.getvalue()}"
        guide += ["", f"## {sheet.name.lower()}.csv", ""]
        for column in sheet.columns:
            vocabulary = vocabulary_of(column)
            codes = f" Codes: {vocabulary.name}." if vocabulary else ""
            must = " **Must be filled.**" if is_required(sheet, column) else ""
            guide.append(f"- `{column.name}`: {column.doc}{codes}{must}")
            if vocabulary:
                used.setdefault(vocabulary.name)
    guide += ["", "## Two examples, invented", ""]
    for name, record in worked_examples(kinds):
        guide += [
            f"- {sheet.lower()}.csv, row {row}, `{column}`: {text}"
            for sheet, row, column, text in example_cells(name, record)
        ]
        guide.append("")
    guide += ["## Codes"]
    for name in used:
        guide += ["", f"### {name}", ""]
        guide += [f"- `{code.code}`: {code.definition}" for code in all_vocabularies()[name].codes]
    found["README.md"] = "\n".join(guide) + "\n"
    return found
