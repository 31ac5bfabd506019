"""Models, rules and prose → the codebook in Markdown.

The prose is `model/codebook.md.in`; a line `{{ vocabularies }}` or `{{ fields meeting }}` in it
stands for a section that is generated here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from alignment_events.model import derivation
from alignment_events.model.marks import CODEBOOK_VERSION, FORMAT_VERSION
from alignment_events.model.rules import CATALOGUE
from alignment_events.spec.ir import ColumnSpec, FieldSpec
from alignment_events.spec.records import all_vocabularies, record_specs
from alignment_events.spec.tables import table_specs

Reliability = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Kind (or `all`) to field path to the figures of that field: `alpha` and, if wanted, `status`."""

_PLACEHOLDER = re.compile(r"^\{\{ (\w+)(?: (\w+))? \}\}$", re.MULTILINE)
_SCOPES = {
    "file": "How files are written",
    "field": "Single values",
    "row": "One row of one table",
    "record": "A record with its children",
    "dataset": "Several records",
    "package": "Datasets, tables and packages",
}
_TYPES = {
    "text": "text",
    "day": "day",
    "partial_date": "date",
    "id": "id",
    "flag": "true or false",
    "integer": "integer",
    "number": "number",
}


def codebook_markdown(reliability: Reliability | None = None) -> str:
    """The whole codebook.

    Args:
        reliability: Agreement between coders; if given, it stands beside each field.
    """
    prose = files("alignment_events.model").joinpath("codebook.md.in").read_text(encoding="utf-8")
    sections: dict[str, Callable[[str], str]] = {
        "codebook_version": lambda _: (
            f"Codebook version {CODEBOOK_VERSION}, for format version {FORMAT_VERSION}."
        ),
        "fields": lambda kind: _fields(kind, reliability),
        "vocabularies": lambda _: "\n\n".join(map(_vocabulary, all_vocabularies())),
        "rules": lambda _: "\n\n".join(_rules(scope, title) for scope, title in _SCOPES.items()),
        "derivation": lambda name: _conclusions(name),
        "derivation_version": lambda _: (
            f"Version of the rules of derivation: {derivation.DERIVATION_VERSION}."
        ),
        "tables": lambda _: "\n\n".join(map(_table, table_specs())),
    }
    return _PLACEHOLDER.sub(lambda found: sections[found[1]](found[2] or ""), prose)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


def _fields(kind: str, reliability: Reliability | None) -> str:
    """The fields of one kind that not every kind has; `all` gives those that every kind has."""
    specs = record_specs()
    shared = set.intersection(*({f.name for f in spec.fields} for spec in specs.values())) - {
        "kind",
        "subtype",
    }
    record = specs.get(kind, specs["meeting"])
    wanted = [f for f in record.fields if (f.name in shared) == (kind == "all")]
    head = ["Field", "Type or codes", "Required", "Meaning"]
    rows = [list(row) for row in _rows(wanted, "")]
    if reliability is not None:
        figures = reliability.get(kind, {})
        head.append("Alpha")
        for row in rows:
            row.append(_alpha(figures.get(row[0].strip("`").replace("[]", ""))))
    return markdown_table(head, rows)


def _rows(fields: Iterable[FieldSpec], path: str) -> Iterator[tuple[str, str, str, str]]:
    for spec in fields:
        here = f"{path}{spec.name}{'[]' if spec.items else ''}"
        yield f"`{here}`", _type_of(spec), _required(spec), spec.doc
        if spec.part is not None:
            yield from _rows(spec.part.fields, f"{here}/")


def _type_of(spec: FieldSpec) -> str:
    if spec.vocabulary is not None:
        return f"[{spec.vocabulary}](#codes-{spec.vocabulary})"
    if spec.part is not None:
        return "list of parts" if spec.items else "part"
    text = _TYPES[spec.type]
    if spec.form is not None and spec.form.name not in ("text", "person"):
        text = spec.form.name
    elif spec.form is not None:
        text = f"{text}, at most {spec.form.max_length} characters"
    if spec.between is not None:
        text += f", {spec.between.low:g} to {spec.between.high:g}"
    return text


def _required(spec: FieldSpec) -> str:
    if spec.items is not None:
        most = f"{spec.items.least} to {spec.items.most}"
        return f"yes, {most}" if spec.items.least else f"no, {most}"
    if spec.default is not None:
        return f"no; `{spec.default}` if left out"
    return "yes" if spec.required else "no"


def _alpha(figures: Mapping[str, Any] | None) -> str:
    if figures is None or figures.get("alpha") is None:
        return "—"
    return f"{figures['alpha']:.2f} {figures.get('status', '')}".strip()


def _vocabulary(name: str) -> str:
    spec = all_vocabularies()[name]
    order = " Ordinal, in the order given; never subtract or average." if spec.ordinal else ""
    rows = []
    for code in spec.codes:
        ended = f" Deprecated since {code.deprecated}" if code.deprecated else ""
        if code.replaced_by:
            ended += f"; use `{code.replaced_by}`"
        rows.append((f"`{code.code}`", f"{code.definition}{ended}"))
    return f"### Codes: `{name}`\n\n{spec.doc}{order}\n\n" + markdown_table(
        ("Code", "Definition"), rows
    )


def _rules(scope: str, title: str) -> str:
    lines = [
        f"- **{entry.code}** ({entry.level.value}) {entry.sentence} *{entry.why}*"
        for entry in CATALOGUE.values()
        if entry.scope == scope
    ]
    return "\n".join([f"### {title}", "", *lines])


def _conclusions(name: str) -> str:
    conclusions = {
        "verification": derivation.VERIFICATION,
        "contested": derivation.CONTESTED,
        "mode": derivation.MODE,
    }[name]
    return "\n".join(f"{n}. `{c.value}`: {c.says}" for n, c in enumerate(conclusions, 1))


def _table(name: str) -> str:
    spec = table_specs()[name]
    rows = [
        (f"`{column.name}`", _column_type(column), _column_notes(column, spec.key), column.doc)
        for column in spec.columns
    ]
    head = ("Column", "Type or codes", "Notes", "Meaning")
    return f"### Table `{name}`\n\n{spec.doc}\n\n" + markdown_table(head, rows)


def _column_type(column: ColumnSpec) -> str:
    if column.type != "code":
        return _TYPES[column.type]
    names = dict.fromkeys(column.vocabularies.values())
    return ", ".join(f"[{name}](#codes-{name})" for name in names)


def _column_notes(column: ColumnSpec, key: tuple[str, ...]) -> str:
    notes = ["key"] if column.name in key else []
    if column.derived:
        notes.append("derived")
    if column.nullable:
        notes.append("may be empty")
    if column.applies_to:
        notes.append(f"{', '.join(column.applies_to)} only")
    if column.ref is not None:
        notes.append(f"refers to `{column.ref.table}.{column.ref.column}`")
    return "; ".join(notes)
