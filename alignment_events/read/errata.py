"""Reads the list of errata of a dataset, if it has one."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from alignment_events.check.messages import finding, no_such, quoted, shown
from alignment_events.findings import Finding
from alignment_events.model.tables.errata import CORRECTED
from alignment_events.read.csv_rows import CsvTable, read_csv_table
from alignment_events.spec.tables import errata_spec

FILE = "errata.csv"


def check_errata(folder: Path, issued: Collection[str]) -> list[Finding]:
    """What is wrong with `errata.csv`; nothing if the dataset has none.

    Args:
        folder: The dataset.
        issued: Every id that the dataset ever issued, withdrawn ones as well.
    """
    path = folder / FILE
    if not path.exists() and not path.is_symlink():
        return []
    read = read_csv_table(path, errata_spec(), name=str(path))
    return [*read.findings, *_faults(read, str(path), issued)]


def _faults(read: CsvTable, name: str, issued: Collection[str]) -> Iterator[Finding]:
    names = errata_spec().names
    seen: dict[tuple[object, ...], int] = {}
    for row, line in zip(read.rows, read.lines, strict=True):
        place: dict[str, Any] = {"file": name, "line": line, "table": "errata"}
        record = row["record_id"]
        if isinstance(record, str) and record not in issued:
            message, hint = no_such(record, "record", issued)
            yield finding(
                "AE402",
                message,
                hint=hint,
                column=1,
                field="record_id",
                value=shown(record),
                **place,
            )
        key = tuple(row[column] for column in errata_spec().key)
        if key in seen:
            message = f"The same error of {quoted(record)} stands twice; first in line {seen[key]}."
            yield finding("AE401", message, column=1, value=shown(record), **place)
        seen.setdefault(key, line)
        given = isinstance(row["corrected_in"], str)
        if isinstance(row["status"], str) and given != (row["status"] == CORRECTED):
            message = (
                f"The status is {row['status']}, and a version that corrects it is given."
                if given
                else "The status is corrected, and no version that corrects it is given."
            )
            column = names.index("corrected_in") + 1
            yield finding("AE509", message, column=column, field="corrected_in", **place)
