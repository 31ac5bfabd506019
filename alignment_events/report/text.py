"""A report as text for people: file by file, the line with a caret, counts, what was not checked."""

from collections.abc import Iterator

from alignment_events.findings import Level, Report
from alignment_events.report.context import Context
from alignment_events.report.listing import Entry, Listing, listing, unlisted_in_words
from alignment_events.report.visible import visible, width

MOST_SHOWN = 200
_MOST_SHOWN_SKIPS = 12
_WIDTH = 96

Piece = tuple[str, str]
"""Text, and what it is: `file`, a level, `caret`, `dim`, or nothing."""


def render_text(report: Report) -> str:
    """The findings of a report as plain text, without their lines and without a final line feed."""
    told = listing(report, context=False)
    lines = (line for entry in told.entries for line in (_head(entry), *_hint(entry)))
    text = [*lines, *([""] if told.entries else []), *_end(told)]
    return "\n".join(printable(line) for line in text)


def render_listing(told: Listing, *, most: int = MOST_SHOWN) -> str:
    """The listing as plain text, grouped by file, each finding with its line."""
    return "\n".join("".join(text for text, _ in line) for line in pieces(told, most=most))


def pieces(told: Listing, *, most: int = MOST_SHOWN) -> Iterator[list[Piece]]:
    """The lines of the text, in pieces that a terminal may colour.

    Args:
        told: The listing.
        most: Most findings to show; 0 shows all. The counts are always those of all.
    """
    for name, entries in told.groups(most or None):
        yield [(printable(name), "file"), (f"  ({_number(len(entries), 'finding')})", "dim")]
        for entry in entries:
            yield [("  " + printable(_head(entry)), entry.found.level.value)]
            for text, style in _shown(entry.context):
                yield [("    " + text, style)]
            for text in _hint(entry):
                yield [("  " + printable(text), "dim")]
        yield [("", "")]
    hidden = len(told.entries) - most
    # What is not listed at all is told at the end, with where to find it.
    if most and hidden > 0:
        yield [(f"{_number(hidden, 'more finding')}; --most 0 shows all. By rule:", "")]
        for code, count in told.codes.items():
            yield [(f"    {code}  {count:,}", "")]
    for line in _end(told):
        yield [(printable(line), "dim" if line.startswith("not checked") else "")]


def printable(text: str) -> str:
    """The text on one line, without characters that steer a terminal: file names may hold any."""
    return visible(text)


def _head(entry: Entry) -> str:
    found = entry.found
    field = f" [{found.field}]" if found.field else ""
    return f"{found.place}: {found.level.value} {found.code}{field}: {found.message}"


def _hint(entry: Entry) -> list[str]:
    return [f"    {entry.found.hint}"] if entry.found.hint else []


def _shown(context: Context | None) -> Iterator[Piece]:
    """The line, cut to what fits around the part in question, and carets under that part."""
    if context is None:
        return
    begin = context.column - 1
    end = begin + context.length
    # No more of a long line than could be shown: made visible, text never gets shorter.
    before, part, after = (
        visible(context.text[max(0, begin - _WIDTH) : begin]),
        visible(context.text[begin : min(end, begin + _WIDTH)]),
        visible(context.text[end : end + _WIDTH]),
    )
    # What stands before is indentation and names: a third of the line is enough of it.
    before = "…" + before[-_WIDTH // 3 :] if len(before) > _WIDTH // 3 + 1 else before
    part = part if len(part) <= _WIDTH // 2 else part[: _WIDTH // 2] + "…"
    room = max(0, _WIDTH - len(before) - len(part))
    after = after if len(after) <= room else after[:room] + "…"
    number = f"{context.line} | "
    yield number + before + part + after, "code"
    carets = "^" * max(1, width(part))
    yield " " * (len(number) - 2) + "| " + " " * width(before) + carets, "caret"


def _end(told: Listing) -> Iterator[str]:
    report = told.report
    for code, why in list(report.rules_skipped.items())[:_MOST_SHOWN_SKIPS]:
        yield f"not checked: {code} ({why})"
    if len(report.rules_skipped) > _MOST_SHOWN_SKIPS:
        yield f"not checked: {len(report.rules_skipped) - _MOST_SHOWN_SKIPS} more rules"
    yield from unlisted_in_words(report)
    yield verdict(report)


def verdict(report: Report) -> str:
    """The last line of a report: what it comes to, in one sentence."""
    levels = listing(report, context=False).levels
    rows = sum(report.rows_seen.values())
    looked = _number(rows, "record" if set(report.rows_seen) <= {"records"} else "row")
    counts = [_number(levels[level], level.value) for level in Level if level in levels]
    if report.accepted:
        counts.append(f"{len(report.accepted):,} accepted")
    if report.partial:
        found = ", ".join(counts) if counts else "no findings"
        return f"Interrupted, and so only a part of the report: {looked} seen so far, {found}."
    if report.unusable:
        return f"Nothing could be checked: {', '.join(counts) or 'no data'}."
    rules = sum(1 for n in report.rules_run.values() if n)
    return f"{looked}, {rules} rules: {', '.join(counts) if counts else 'no findings'}."


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'s'[: count != 1]}"
