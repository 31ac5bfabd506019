"""Reads a registry: a CSV file whose columns are those of a published table, with line and column."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from alignment_events.check.messages import (
    finding,
    repeated_columns,
    shown,
    unknown_columns,
)
from alignment_events.findings import Finding
from alignment_events.model import days
from alignment_events.model.rules import CATALOGUE
from alignment_events.spec.cells import cell_fault, read_cell
from alignment_events.spec.ir import TableSpec

MAX_FILE_BYTES = 20_000_000
MAX_CELL_CHARACTERS = 100_000
MAX_FINDINGS = 1_000
"""Registries are small: with more, the file is none."""


@dataclass(frozen=True)
class CsvTable:
    """The rows that could be read, the line that each stands in, and what is wrong with the file."""

    rows: tuple[dict[str, Any], ...]
    lines: tuple[int, ...]
    findings: tuple[Finding, ...]


def read_csv_table(
    path: Path, spec: TableSpec, *, name: str, leave_out: tuple[str, ...] = ()
) -> CsvTable:
    """Read a CSV file of one table.

    Args:
        path: The file.
        spec: Its table; every column must be there but those that are left out.
        name: How findings call the file.
        leave_out: Columns that are filled elsewhere.
    """
    text, problem = _text(path, name)
    if problem:
        return CsvTable((), (), (problem,))
    wanted = [c for c in spec.names if c not in leave_out]
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    findings: list[Finding] = []
    # The bound is one for the whole process, and other libraries lift it.
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        findings += _check_header(header, wanted, spec, name)
        if findings:
            return CsvTable((), (), tuple(findings))
        for cells in reader:
            line = reader.line_num
            if len(findings) > MAX_FINDINGS:
                message = f"More than {MAX_FINDINGS:,} things are wrong; the rest is not read."
                findings.append(finding("AE015", message, file=name, line=line, column=1))
                break
            if len(cells) != len(header):
                message = f"The row has {len(cells)} cells, and the header has {len(header)}."
                hint = "Quote cells that contain a comma, and check the number of commas."
                findings.append(
                    finding("AE015", message, hint=hint, file=name, line=line, column=1)
                )
                continue
            row = {column: cell or None for column, cell in zip(header, cells, strict=True)}
            findings += check_row(row, header, spec, name, line)
            rows.append({c: read_cell(spec.column(c), row[c], None) for c in wanted})
            lines.append(line)
    except csv.Error as error:
        message = f"The file is not CSV: {error}."
        findings.append(finding("AE015", message, file=name, line=reader.line_num, column=1))
    return CsvTable(tuple(rows), tuple(lines), tuple(findings))


def _text(path: Path, name: str) -> tuple[str, Finding | None]:
    try:
        if path.is_symlink() or not path.is_file():
            message = "The file is not there, or is a link, a folder or a pipe."
            return "", finding("AE001", message, file=name)
        if path.stat().st_size > MAX_FILE_BYTES:
            return "", finding(
                "AE003", f"The file has more than {MAX_FILE_BYTES:,} bytes.", file=name
            )
        data = path.read_bytes()
    except OSError as error:
        return "", finding("AE001", f"The file cannot be opened: {error.strerror}.", file=name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"The file is not UTF-8: see byte {error.start}."
        return "", finding("AE002", message, file=name, line=line, column=1)
    if "\x00" in text:
        return "", finding("AE013", "The file holds a NUL character.", file=name)
    return text, None


def _check_header(
    header: list[str], wanted: list[str], spec: TableSpec, name: str
) -> list[Finding]:
    place: dict[str, Any] = {"file": name, "line": 1}
    found = []
    seen: set[str] = set()
    unknown: list[int] = []
    repeated: list[int] = []
    for number, column in enumerate(header):
        if column not in wanted:
            unknown.append(number)
        elif column in seen:
            repeated.append(number)
        seen.add(column)
    for code, numbers, said in (
        ("AE102", unknown, partial(unknown_columns, where=f"table {spec.name}", fields=wanted)),
        ("AE006", repeated, repeated_columns),
    ):
        for one, message, hint in said([header[number] for number in numbers]):
            found.append(finding(code, message, hint=hint, column=numbers[one] + 1, **place))
    found.sort(key=lambda one: one.column or 0)
    for column in wanted:
        if column not in header:
            message = f"The column {column} is missing."
            found.append(finding("AE501", message, column=1, field=column, **place))
    return found


def check_row(
    row: Mapping[str, str | None], header: list[str], spec: TableSpec, name: str, line: int
) -> list[Finding]:
    """What is wrong with the cells of a row, each by itself."""
    found = []
    for number, column in enumerate(header):
        about = spec.column(column)
        value = row[column]
        code = "AE101" if value is None and not about.nullable else cell_fault(about, value, None)
        if code is not None:
            says = f" Write {about.form.says}." if about.form else ""
            offered = days.offer(value) if code == "AE104" and value else None
            message = f"{column}: {CATALOGUE[code].sentence}{says}"
            found.append(
                finding(
                    code,
                    message,
                    hint=f"{offered.capitalize()}." if offered else None,
                    file=name,
                    line=line,
                    column=number + 1,
                    field=column,
                    value=shown(value),
                    table=spec.name,
                )
            )
    return found
