"""A report as text for people: one finding a paragraph, and what was not checked at the end."""

from collections import Counter
from collections.abc import Iterator

from alignment_events.findings import Level, Report

_MOST_SHOWN_SKIPS = 12


def render_text(report: Report) -> str:
    """The report as plain text, without a final line feed."""
    return "\n".join(printable(line) for line in _lines(report))


def printable(text: str) -> str:
    """The text on one line, without characters that steer a terminal: file names may hold any."""
    return "".join(c if c.isprintable() else "�" for c in text)


def _lines(report: Report) -> Iterator[str]:
    for found in report.findings:
        field = f" [{found.field}]" if found.field else ""
        yield f"{found.place}: {found.level.value} {found.code}{field}: {found.message}"
        if found.hint:
            yield f"    {found.hint}"
    if report.findings:
        yield ""
    for code, why in list(report.rules_skipped.items())[:_MOST_SHOWN_SKIPS]:
        yield f"not checked: {code} ({why})"
    if len(report.rules_skipped) > _MOST_SHOWN_SKIPS:
        yield f"not checked: {len(report.rules_skipped) - _MOST_SHOWN_SKIPS} more rules"
    yield verdict(report)


def verdict(report: Report) -> str:
    """The last line of a report: what it comes to, in one sentence."""
    levels = Counter(found.level for found in report.findings)
    rows = sum(report.rows_seen.values())
    looked = (
        f"{rows:,} {'record' if set(report.rows_seen) <= {'records'} else 'row'}{'s'[: rows != 1]}"
    )
    counts = [
        f"{levels[level]:,} {level.value}{'s'[: levels[level] != 1]}"
        for level in Level
        if levels[level]
    ]
    if report.accepted:
        counts.append(f"{len(report.accepted):,} accepted")
    if report.unusable:
        return f"Nothing could be checked: {', '.join(counts) or 'no data'}."
    rules = sum(1 for n in report.rules_run.values() if n)
    return f"{looked}, {rules} rules: {', '.join(counts) if counts else 'no findings'}."
