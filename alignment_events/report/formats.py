"""A report in any of its formats, all made from one listing."""

from typing import Literal, get_args

from alignment_events.findings import Report
from alignment_events.report.json_text import json_lines
from alignment_events.report.listing import Listing, listing, plain

Format = Literal["text", "json", "github", "sarif", "html"]
FORMATS: tuple[Format, ...] = get_args(Format)


def render(report: Report, format: Format, *, most: int = 0) -> str:
    """The report as text of a format, without a final line feed.

    Args:
        report: The report.
        format: One of `FORMATS`.
        most: Most findings that `text` shows, 0 for all; the other formats always have all.
    """
    # In ASCII, so that it is the same JSON whatever the encoding of the output is.
    if format == "json":
        return json_lines(plain(report), 2)
    return render_listing(listing(report), format, most=most)


def render_listing(told: Listing, format: Format, *, most: int = 0) -> str:
    """The listing in a format; see `render`."""
    if format == "json":
        return json_lines(plain(told.report), 2)
    if format == "github":
        from alignment_events.report.github import annotations
        from alignment_events.report.text import verdict

        return "\n".join((*annotations(told), verdict(told.report)))
    if format == "sarif":
        from alignment_events.report.sarif import sarif

        return json_lines(sarif(told), 4)
    if format == "html":
        from alignment_events.report.page import report_page

        return report_page(told).rstrip("\n")
    from alignment_events.report import text

    return text.render_listing(told, most=most)
