"""Writes `schema/`: every derived artefact that is committed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alignment_events.check.records import SourceRecord, check_records
from alignment_events.compile.schema_dir import schema_files
from alignment_events.findings import AlignmentEventsError


def codes_of(documents: Sequence[Mapping[str, Any]]) -> set[str]:
    """The codes of the findings about some records that are complete in themselves."""
    report = check_records(SourceRecord(document) for document in documents).report
    return {found.code for found in report.findings}


def write_schema(out: Path) -> int:
    """Write all files, remove those that are no longer made, and return how many there are.

    Raises:
        AlignmentEventsError: If the folder holds something else than a schema folder.
    """
    if out.exists() and any(out.iterdir()) and not (out / "VERSION").is_file():
        raise AlignmentEventsError(f"{out} is not empty and no schema folder: nothing was written.")
    files = schema_files(codes_of)
    for path in sorted(out.rglob("*")) if out.exists() else ():
        if path.is_file() and path.relative_to(out).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return len(files)
