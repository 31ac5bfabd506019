"""Writes `schema/`: every derived artefact that is committed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alignment_events.check.records import SourceRecord, check_records
from alignment_events.compile.codebook import Reliability
from alignment_events.compile.schema_dir import schema_files
from alignment_events.findings import AlignmentEventsError
from alignment_events.measures.rounds import decisive


def codes_of(documents: Sequence[Mapping[str, Any]]) -> set[str]:
    """The codes of the findings about some records that are complete in themselves."""
    report = check_records(SourceRecord(document) for document in documents).report
    return {found.code for found in report.findings}


_OTHER_NAMES = {"actors": "participants/actor", "roles": "participants/role"}


def decisive_round(path: Path) -> Reliability:
    """The figures of the decisive round of a `reliability.json`, by kind and field path.

    Raises:
        AlignmentEventsError: If the file has another shape.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    try:
        for row in decisive(json.loads(path.read_text(encoding="utf-8"))["rounds"])["fields"]:
            kind, name = row["kind"], row["field"]
            # Comparisons leave out the part that holds a field; the codebook shows it.
            for place in (name, f"{kind}/{name}", f"participants/{name}", _OTHER_NAMES.get(name)):
                if place is not None:
                    found.setdefault(kind, {}).setdefault(place, row)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AlignmentEventsError(f"{path} is no file of reliability: {error}.") from error
    return found


def write_schema(out: Path, reliability: Path | None = None) -> int:
    """Write all files, remove those that are no longer made, and return how many there are.

    Args:
        out: The folder.
        reliability: A `reliability.json`, whose last round the codebook shows beside each field.

    Raises:
        AlignmentEventsError: If the folder holds something else than a schema folder.
    """
    if out.exists() and any(out.iterdir()) and not (out / "VERSION").is_file():
        raise AlignmentEventsError(f"{out} is not empty and no schema folder: nothing was written.")
    files = schema_files(codes_of, decisive_round(reliability) if reliability else None)
    for path in sorted(out.rglob("*")) if out.exists() else ():
        if path.is_file() and path.relative_to(out).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return len(files)
