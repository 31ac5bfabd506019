"""HTML for notebooks: small tables, every text escaped."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from alignment_events.findings import Report

if TYPE_CHECKING:
    from alignment_events.dataset import Dataset

_MOST_ROWS = 20


def table_html(header: Sequence[str], rows: Iterable[Sequence[Any]], caption: str) -> str:
    """A table with a caption; every cell is escaped."""
    head = "".join(f'<th scope="col">{escape(str(cell))}</th>' for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape('' if c is None else str(c))}</td>" for c in row) + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def dataset_html(dataset: "Dataset") -> str:
    """What a dataset is and holds."""
    about = dataset.about
    events = Counter(dataset.events["kind"].to_pylist())
    counts = [*events.most_common(), ("deed", dataset.deeds.num_rows)]
    facts = [
        ("version", about.version),
        ("format", about.format_version),
        ("digest", about.digest),
        ("derived as of", about.cutoff),
        ("status", dataset.share("release_status")),
        ("method", dataset.share("method")),
    ]
    return (
        f"<div><p><strong>{escape(about.title)}</strong></p>"
        + table_html(("fact", "value"), facts, about.name)
        + table_html(("kind", "records"), counts, "records by kind")
        + "</div>"
    )


def report_html(report: Report) -> str:
    """The first findings of a report."""
    from alignment_events.report.text import verdict

    rows = [
        (f.place, f.level.value, f.code, f.message, f.hint) for f in report.findings[:_MOST_ROWS]
    ]
    more = len(report.findings) + report.hidden - len(rows)
    rest = f"<p>and {more:,} more</p>" if more > 0 else ""
    return table_html(("place", "level", "code", "message", "hint"), rows, verdict(report)) + rest
