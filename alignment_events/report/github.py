"""A report as GitHub shows it: annotations of a workflow, and the summary of a job."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from alignment_events.findings import Level
from alignment_events.model.rules import CATALOGUE
from alignment_events.report.listing import Entry, Listing, unlisted_in_words
from alignment_events.report.text import verdict
from alignment_events.report.visible import visible

MOST_SHOWN = 10
"""Annotations of one level that GitHub shows of one step; it drops the rest without a word."""
MOST_ROWS = 500
_MOST_CHARACTERS = 400_000  # a summary of more than 1 MiB is refused whole

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
# In Markdown every sign may mean something; as a character reference none does.
_MARKDOWN = {ord(c): f"&#{ord(c)};" for c in "\\`*_{}[]()<>#+-.!|~&@\"'$:"}


def annotations(told: Listing) -> Iterator[str]:
    """One workflow command a finding; GitHub shows each beside its line."""
    for entry in told.entries:
        yield _command(entry)
    if over := _over(told):
        yield f"::notice title=alignment-events::{_data(over)}"
    for line in unlisted_in_words(told.report):
        yield f"::notice title=alignment-events::{_data(line)}"


def summary(told: Listing) -> str:
    """The summary of a job, in Markdown, every text escaped."""
    report = told.report
    lines = ["## alignment-events validate", "", _escaped(verdict(report)), ""]
    if told.codes:
        lines += ["| code | findings | what it asks |", "| --- | ---: | --- |"]
        lines += [
            f"| {code} | {count:,} | {_escaped(CATALOGUE[code].sentence)} |"
            for code, count in told.codes.items()
        ]
        lines.append("")
    if over := _over(told):
        lines += [_escaped(over), ""]
    if unlisted := unlisted_in_words(report):
        lines += [*(f"- {_escaped(line)}" for line in unlisted), ""]
    lines += _table(told)
    if report.rules_skipped:
        lines += [f"<details><summary>Not checked: {len(report.rules_skipped)} rules</summary>", ""]
        lines += [f"- {code}: {_escaped(why)}" for code, why in report.rules_skipped.items()]
        lines += ["", "</details>", ""]
    return "\n".join(lines)


def _table(told: Listing) -> list[str]:
    rows: list[str] = []
    size = 0
    for entry in told.entries[:MOST_ROWS]:
        found = entry.found
        words = (_place(entry), f"{found.level.value} {found.code}", found.message, found.hint)
        row = f"| {' | '.join(_escaped(word or '') for word in words)} |"
        size += len(row)
        if size > _MOST_CHARACTERS:
            break
        rows.append(row)
    if not rows:
        return []
    left = len(told.entries) - len(rows)
    more = [f"And {left:,} more: the log of this step lists all.", ""] if left else []
    return [
        "| place | finding | what is wrong | what to do |",
        "| --- " * 4 + "|",
        *rows,
        "",
        *more,
    ]


def _command(entry: Entry) -> str:
    found = entry.found
    properties = {}
    path = _relative(found.file) if found.file else None
    place = _place(entry)
    if path:
        properties["file"] = path
    title = found.code + (f" [{found.field}]" if found.field else "")
    if found.line is not None:
        shown = entry.context
        properties["line"] = str(shown.line if shown else found.line)
        properties["col"] = str(shown.column if shown else found.column or 1)
        if shown:
            properties["endColumn"] = str(shown.column + shown.length)
    # Cells and rows have no line: their place would be lost.
    if f"{path}:{properties.get('line')}:{properties.get('col')}" != place:
        title += f" at {place}"
    properties["title"] = title
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = found.message + (f"\n{found.hint}" if found.hint else "")
    return f"::{_COMMANDS[found.level]} {written}::{_data(message)}"


def _place(entry: Entry) -> str:
    found = entry.found
    if not found.file:
        return found.place
    # Every place of a file begins with its name.
    return _relative(found.file) + found.place.removeprefix(found.file)


def _relative(file: str) -> str:
    """The file as seen from the working folder, which is the repository."""
    return _relative_to(file, os.getcwd())


# One file may have thousands of findings, and paths are slow to take apart.
@lru_cache(256)
def _relative_to(file: str, folder: str) -> str:
    try:
        return Path(folder, file).relative_to(folder).as_posix()
    except ValueError:
        return file


def _data(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "%0A".join(visible(line).replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    escaped = visible(text).replace("%", "%25").replace(":", "%3A")
    return escaped.replace(",", "%2C")


def _over(told: Listing) -> str | None:
    """What GitHub does not show."""
    many = [
        f"{count:,} {level.value}s" for level, count in told.levels.items() if count > MOST_SHOWN
    ]
    if not many:
        return None
    return (
        f"GitHub shows the first {MOST_SHOWN} errors, warnings and notes of a step each; here are "
        f"{' and '.join(many)}. The log of the step lists all."
    )


def _escaped(text: str) -> str:
    return visible(" ".join(text.splitlines())).translate(_MARKDOWN)
