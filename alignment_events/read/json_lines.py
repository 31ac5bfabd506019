"""Reads JSON Lines safely: one record a line, and every place is kept.

Places are counted in characters of the line. What is wrong becomes a finding with the same codes
as in YAML; values keep the types that JSON gave them.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from alignment_events.check.messages import finding
from alignment_events.check.records import SourceRecord
from alignment_events.findings import Finding
from alignment_events.read.json_scan import MAX_FINDINGS, Scan
from alignment_events.read.text_file import Place, Stop, decoded, error_finding, file_bytes
from alignment_events.read.wide_rows import MAX_RECORDS
from alignment_events.read.yaml_reader import MAX_RECORD_BYTES
from alignment_events.spec.project import NestedPath

MAX_JSON_BYTES = 100_000_000

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")


def read_json(
    path: Path, *, advance: Callable[[int], None] | None = None
) -> tuple[list[SourceRecord], list[Finding]]:
    """The records of a file of JSON Lines, or of a JSON file with one record or a list of them."""
    name = str(path)
    try:
        data = file_bytes(path, MAX_JSON_BYTES, "JSON Lines")
        text = decoded(data, MAX_JSON_BYTES)
    except Stop as stop:
        return [], [stop.finding.at(file=name)]
    if not text.strip():
        message = "The file is empty."
        return [], [finding("AE005", message, file=name, line=1, column=1)]
    records: list[SourceRecord] = []
    findings: list[Finding] = []
    done = 0
    places = _Places()
    for line, piece in _pieces(text, path.suffix.lower() == ".json"):
        done += len(piece)
        for found in _read_piece(piece, line, places):
            if isinstance(found, Finding):
                findings.append(found.at(file=name))
            else:
                values, locate = found
                records.append(SourceRecord(values, name, locate))
        if len(records) > MAX_RECORDS:
            break  # one more tells the caller that there are too many
        if len(findings) > MAX_FINDINGS:
            message = f"More than {MAX_FINDINGS} things are wrong; the rest is not read."
            findings.append(finding("AE004", message, file=name, line=line, column=1))
            break
        if advance is not None and line % 256 == 0:
            advance(done)
    return records, findings


def _pieces(text: str, whole: bool) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is not empty, or the whole of a JSON file as one."""
    if whole:
        yield 1, text
        return
    # Not splitlines: U+2028 and others may stand in texts.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


_Read = tuple[dict[str, Any], Callable[[NestedPath, bool], Place]]


def _read_piece(piece: str, line: int, places: "_Places") -> Iterator[_Read | Finding]:
    """The records of a line, or of a whole JSON file, and what is wrong with it."""
    scan = Scan(piece, line)
    value = scan.all()
    yield from scan.findings
    if scan.stopped:
        return
    items = list(enumerate(value)) if isinstance(value, list) and line == 1 else [(None, value)]
    for index, item in items:
        prefix: NestedPath = () if index is None else (index,)
        if isinstance(item, dict):
            yield item, places.locator(piece, line, prefix)
        else:
            message = "A record must be an object: {…} with fields and values."
            yield error_finding("AE010", message, "Write one object a line.", scan.place(prefix))


class _Places:
    """Finds places by reading a line again: only faulty records are ever asked for theirs.

    What was read again is kept for the next question, which mostly is about the same line.
    """

    def __init__(self) -> None:
        self._scans: dict[int, Scan] = {}
        self._kept = 0

    def locator(
        self, piece: str, line: int, prefix: NestedPath
    ) -> Callable[[NestedPath, bool], Place]:
        """What tells line and column of a path within one record."""
        return lambda path, key: self._scan(piece, line).place((*prefix, *path), key)

    def _scan(self, piece: str, line: int) -> "Scan":
        if line not in self._scans:
            # The places of a record take some 20 times its own memory.
            if self._kept > MAX_RECORD_BYTES:
                self._scans.clear()
                self._kept = 0
            scan = Scan(piece, line)
            scan.all()
            self._scans[line] = scan
            self._kept += len(piece)
        return self._scans[line]
