"""The difference between two releases as text, Markdown and HTML."""

import json
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from alignment_events.compile.codebook import markdown_table
from alignment_events.report.notebook import table_html

if TYPE_CHECKING:
    from alignment_events.release.diff import Diff
    from alignment_events.release.record_changes import RecordChange, RecordLine
    from alignment_events.release.versions import Verdict

_LONGEST_CELL = 300
_EMPTY = "–"


def changes_text(diff: "Diff") -> str:
    """The difference for a terminal."""
    return "\n".join(_text(diff))


def _text(diff: "Diff") -> Iterator[str]:
    yield heading(diff)
    if not diff:
        yield "No row of any table changed."
        return
    counts = [
        (t.table, f"+{len(t.added)}", f"-{len(t.removed)}", f"~{len(t.changed)}")
        for t in diff.tables
    ]
    width = max(len(row[0]) for row in counts)
    yield ""
    yield f"{'table':{width}}  added removed changed"
    for name, *numbers in counts:
        yield f"{name:{width}}  {numbers[0]:>5} {numbers[1]:>7} {numbers[2]:>7}"
    for title, lines in _lists(diff):
        yield f"\n{title}"
        yield from (f"  {line}" for line in lines)
    if diff.changed:
        yield f"\nRecords changed ({len(diff.changed)})"
        for change in diff.changed:
            yield f"  {change.record_id}  {change.kind}  {change.title}"
            yield from (f"      {line}" for line in _fields(change))


def changes_markdown(diff: "Diff") -> str:
    """The difference as Markdown."""
    return "\n".join(_markdown(diff)) + "\n"


def _markdown(diff: "Diff") -> Iterator[str]:
    yield f"# {_inline(heading(diff))}\n"
    if not diff:
        yield "No row of any table changed."
        return
    rows = [
        (f"`{t.table}`", str(len(t.added)), str(len(t.removed)), str(len(t.changed)))
        for t in diff.tables
    ]
    yield markdown_table(("Table", "Rows added", "Rows removed", "Rows changed"), rows)
    for title, lines in _lists(diff):
        yield f"\n## {title}\n"
        yield from (f"- {_inline(line)}" for line in lines)
    if diff.changed:
        yield f"\n## Records changed ({len(diff.changed)})\n"
        for change in diff.changed:
            yield f"- `{change.record_id}` {change.kind}: {_inline(change.title)}"
            yield from (f"  - {_inline(line)}" for line in _fields(change))


def first_release_markdown(title: str, version: str, counts: "list[tuple[str, int]]") -> str:
    """What CHANGES.md says where nothing was released before."""
    table = markdown_table(("Table", "Rows"), [(f"`{name}`", str(n)) for name, n in counts])
    return f"# {_inline(title)}: {version}\n\nThis is the first release.\n\n{table}\n"


def changes_html(diff: "Diff") -> str:
    """The difference as an HTML page that needs nothing else."""
    title = escape(heading(diff))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"{changes_fragment(diff)}\n</body>\n</html>\n"
    )


_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
caption { font-weight: 600; text-align: left; padding: .3rem 0 }
th, td { border: 1px solid #8886; padding: .2rem .5rem; text-align: left; vertical-align: top }
"""


def changes_fragment(diff: "Diff") -> str:
    """The difference as a part of an HTML page: tables, every text escaped."""
    if not diff:
        return f"<h1>{escape(heading(diff))}</h1><p>No row of any table changed.</p>"
    parts = [f"<h1>{escape(heading(diff))}</h1>"]
    rows = [(t.table, len(t.added), len(t.removed), len(t.changed)) for t in diff.tables]
    head = ("table", "rows added", "rows removed", "rows changed")
    parts.append(table_html(head, rows, "Tables"))
    for title, lines in _lists(diff):
        parts.append(f"<h2>{escape(title)}</h2><ul>")
        parts += [f"<li>{escape(line)}</li>" for line in lines]
        parts.append("</ul>")
    if diff.changed:
        fields = [
            (c.record_id, c.title, f.field + _derived(f.derived), _cell(f.old), _cell(f.new))
            for c in diff.changed
            for f in c.fields
        ]
        head = ("record", "title", "field", "before", "after")
        parts.append(table_html(head, fields, f"Records changed ({len(diff.changed)})"))
    return "\n".join(parts)


def heading(diff: "Diff") -> str:
    """Which releases are compared."""
    return f"{diff.new.name}: {diff.old.version} → {diff.new.version}"


def verdict_text(verdict: "Verdict", previous: str) -> str:
    """What the rules require after a difference, and why."""
    if not verdict.reasons:
        return f"No change of the data since {previous}: no release is needed."
    lines = [f"The rules require {verdict.version} or higher, because since {previous}:"]
    lines += [f"  {r.bump.word:5}  {r.sentence}: {r.found}" for r in verdict.reasons]
    if verdict.early:
        lines.append(
            "  While the first number is 0, what is major raises the second number, and what is "
            "minor the third."
        )
    return "\n".join(lines)


def _lists(diff: "Diff") -> Iterator[tuple[str, list[str]]]:
    """Title and lines of everything that is listed line by line."""
    if diff.old.cutoff != diff.new.cutoff:
        yield "Cutoff", [f"{diff.old.cutoff} → {diff.new.cutoff}"]
    if diff.old.format_version != diff.new.format_version:
        yield "Format", [f"{diff.old.format_version} → {diff.new.format_version}"]
    if diff.gone:
        yield f"Ids lost ({len(diff.gone)}): each needs a tombstone", list(diff.gone)
    if diff.added:
        yield f"Records added ({len(diff.added)})", [_line(line) for line in diff.added]
    if diff.withdrawn:
        yield (
            f"Records withdrawn ({len(diff.withdrawn)})",
            [
                f"{_line(line)} ({line.reason}"
                + (f", replaced by {line.replaced_by})" if line.replaced_by else ")")
                for line in diff.withdrawn
            ],
        )
    columns = [
        f"{table.table}.{change.column}: {change.old or 'not there'} → {change.new or 'removed'}"
        for table in diff.tables
        for change in table.columns
    ]
    if columns:
        yield f"Columns ({len(columns)})", columns
    if codes := list(_codes(diff)):
        yield f"Vocabularies ({len(codes)})", codes
    if coverage := list(_registry(diff, "coverage")):
        yield f"Coverage ({len(coverage)})", coverage
    for table in ("actors", "persons"):
        if rows := list(_registry(diff, table)):
            yield f"{table.capitalize()} ({len(rows)})", rows


def _codes(diff: "Diff") -> Iterator[str]:
    table = diff.table("vocabularies")
    for word, rows in (("added", table.added), ("removed", table.removed)):
        for row in rows:
            yield f"{row['vocabulary']} `{row['code']}` {word}: {row['definition']}"
    for change in table.changed:
        name = f"{change.key['vocabulary']} `{change.key['code']}`"
        for cell in change.cells:
            yield f"{name} {cell.column}: {_cell(cell.old)} → {_cell(cell.new)}"


def _registry(diff: "Diff", name: str) -> Iterator[str]:
    table = diff.table(name)

    def key(row: Any) -> str:
        return " ".join(str(row[column]) for column in table.key if row[column] is not None)

    yield from (f"{key(row)} added" for row in table.added)
    yield from (f"{key(row)} removed" for row in table.removed)
    for change in table.changed:
        for cell in change.cells:
            yield f"{key(change.key)} {cell.column}: {_cell(cell.old)} → {_cell(cell.new)}"


def _line(line: "RecordLine") -> str:
    return f"{line.record_id}  {line.date}  {line.kind}  {line.title}"


def _fields(change: "RecordChange") -> Iterator[str]:
    for field in change.fields:
        yield (
            f"{field.field}{_derived(field.derived)}: {_cell(field.old)} → {_cell(field.new)}"
        )


def _derived(derived: bool) -> str:
    return " (derived)" if derived else ""


def _cell(value: Any) -> str:
    """A value in one line, shortened, without control characters."""
    if value is None:
        return _EMPTY
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(c if c.isprintable() else "�" for c in text)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


_MARKUP = str.maketrans({c: f"\\{c}" for c in "\\*_[]<>#|"})


def _inline(text: str) -> str:
    """A text that Markdown shows as it is; code in backquotes stays code."""
    pieces = text.split("`")
    return "`".join(p if n % 2 else p.translate(_MARKUP) for n, p in enumerate(pieces))
