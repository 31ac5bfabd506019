"""A report as SARIF 2.1.0, which code scanning and editors read."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alignment_events.findings import Level
from alignment_events.model.rules import CATALOGUE
from alignment_events.report.explain import explain
from alignment_events.report.listing import Entry, Listing, unlisted_in_words
from alignment_events.report.text import verdict
from alignment_events.report.visible import visible

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}

Json = dict[str, Any]


def sarif(told: Listing) -> Json:
    """The listing as a SARIF log; a warning that the dataset accepts is a suppressed result."""
    from alignment_events import __version__

    entries = (*told.entries, *told.accepted)
    codes = sorted({entry.found.code for entry in entries})
    places = {code: number for number, code in enumerate(codes)}
    invocation: Json = {"executionSuccessful": not (told.report.unusable or told.report.partial)}
    notes = [
        ("note", f"Not checked: {code} ({visible(why)})")
        for code, why in told.report.rules_skipped.items()
    ]
    notes += [("note", visible(line)) for line in unlisted_in_words(told.report)]
    if told.report.partial:
        notes.append(("error", verdict(told.report)))
    if notes:
        invocation["toolExecutionNotifications"] = [
            {"level": level, "message": {"text": text}} for level, text in notes
        ]
    driver = {
        "name": "alignment-events",
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": [_result(entry, places[entry.found.code]) for entry in entries],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> Json:
    about = CATALOGUE[code]
    return {
        "id": code,
        "shortDescription": {"text": about.sentence},
        "fullDescription": {"text": f"{about.sentence} {about.why}"},
        "help": {"text": explain(code)},
        "defaultConfiguration": {"level": _LEVELS[about.level]},
        "properties": {"tags": [about.scope]},
    }


def _result(entry: Entry, rule: int) -> Json:
    found = entry.found
    message = visible(found.message) + (f"\n{visible(found.hint)}" if found.hint else "")
    result: Json = {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": _LEVELS[found.level],
        "message": {"text": message},
        "properties": {
            "place": found.place,
            **{
                name: value
                for name in ("hint", "record_id", "field", "value")
                if (value := getattr(found, name)) is not None
            },
        },
    }
    if location := _location(entry):
        result["locations"] = [location]
    if entry.accepted is not None:
        result["suppressions"] = [{"kind": "external", "justification": visible(entry.accepted)}]
    return result


def _location(entry: Entry) -> Json:
    found, shown = entry.found, entry.context
    location: Json = {}
    if found.file is not None:
        physical: Json = {"artifactLocation": artifact(found.file)}
        if shown is not None:
            physical["region"] = {
                "startLine": shown.line,
                "startColumn": shown.column,
                "endColumn": shown.column + shown.length,
                "snippet": {"text": visible(shown.text[shown.column - 1 :][: shown.length])},
            }
        elif found.line is not None:
            physical["region"] = {"startLine": found.line}
        location["physicalLocation"] = physical
    inside = {"fullyQualifiedName": visible(found.place), "kind": "member"}
    if found.field:
        inside["name"] = visible(found.field)
    location["logicalLocations"] = [inside]
    return location


def artifact(file: str) -> Json:
    """A file, relative to the working folder if it lies in it."""
    return dict(_artifact(file, os.getcwd()))


# One file may have thousands of findings, and paths are slow to take apart.
@lru_cache(256)
def _artifact(file: str, folder: str) -> Json:
    path = Path(folder, file)
    try:
        inside = path.relative_to(folder).as_posix()
    except ValueError:
        try:
            return {"uri": path.as_uri()}
        except ValueError:  # no file system has such a name, so there is no such file
            return {"uri": quote(file, safe="/", errors="replace")}
    return {"uri": quote(inside, safe="/", errors="replace"), "uriBaseId": "%SRCROOT%"}
