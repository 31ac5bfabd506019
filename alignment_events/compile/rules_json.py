"""Catalogue → the rules and messages of the format as plain data, with short examples in YAML.

An example shows the part of a record that a rule looks at and a fault touches, and nothing else.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from alignment_events.compile.counterexamples import raw_of, to_yaml
from alignment_events.compile.sql import failing_rows_sql
from alignment_events.model import expr as x
from alignment_events.model.rules import CATALOGUE, DELETED, Change, Check, Rule
from alignment_events.model.rules.samples import SAMPLES
from alignment_events.model.tables import MULTI_CODES
from alignment_events.spec.examples import broken, sound_examples
from alignment_events.spec.items import item_rules
from alignment_events.spec.records import record_specs
from alignment_events.spec.tables import table_specs

Entry = dict[str, Any]
Nested = dict[str, Any]

_OPENING = ("id", "kind", "subtype", "scope", "title")


def rules_json() -> list[Entry]:
    """Every rule and check that a contribution file can break, by code, with examples."""
    return [dict(entry_json(code)) for code, entry in CATALOGUE.items() if _can_be_shown(entry)]


def messages_json() -> list[Entry]:
    """Every other check, by code: of whole files, tables and packages."""
    return [dict(entry_json(code)) for code, entry in CATALOGUE.items() if not _can_be_shown(entry)]


@cache
def entry_json(code: str) -> Entry:
    """One rule or check; made once, since its examples take their time. Not to be changed."""
    entry = CATALOGUE[code]
    if not _can_be_shown(entry):
        sample = SAMPLES[code]
        return {**_words(entry), "example": sample.right, "counterexample": sample.wrong}
    return {**_words(entry), **_shown(entry), "also": list(entry.also), "sql": _sql(entry)}


def _can_be_shown(entry: Rule | Check) -> bool:
    return bool(entry.breaks or raw_of(entry))


def _words(entry: Rule | Check) -> Entry:
    rule = entry if isinstance(entry, Rule) else None
    return {
        "code": entry.code,
        "level": entry.level.value,
        "scope": entry.scope,
        "tables": list(rule.on) if rule else [],
        "field": rule.field if rule else None,
        "sentence": entry.sentence,
        "why": entry.why,
        "hint": entry.hint,
    }


def _sql(entry: Rule | Check) -> list[dict[str, str]]:
    """Queries for the rows that break it; some checks of single values have none."""
    rules = (
        [entry] if isinstance(entry, Rule) else [r for r in item_rules() if r.code == entry.code]
    )
    return [
        {"table": table, "query": failing_rows_sql(rule.expr, table)}
        for rule in rules
        for table in rule.on
    ]


def _shown(entry: Rule | Check) -> dict[str, str]:
    if raw := raw_of(entry):
        call = sound_examples()["call"]
        return {"example": to_yaml([{key: call[key] for key in _OPENING}]), "counterexample": raw}
    change = entry.breaks[0]
    before = sound_examples()[change.record]
    after = next(record for record in broken(change) if _same(record, before, change))
    touched = list(_touched(change, whole=entry.scope in ("record", "dataset")))
    fields = record_specs()[before["kind"]]
    read = (path.split("/") for path in (_looked_at(entry) if isinstance(entry, Rule) else ()))
    paths = [["kind"], *touched, *(path for path in read if fields.field(path[0]))]
    return {"example": _snippet(before, paths), "counterexample": _snippet(after, paths)}


def _same(record: Nested, before: Nested, change: Change) -> bool:
    """True for the changed record; its id may be what was changed."""
    return record.get("id") == before["id"] or (
        change.path == "id" and record["title"] == before["title"]
    )


def _touched(change: Change, whole: bool) -> Iterator[list[str]]:
    """Paths of what the change touches: a field, a part, or one item (or `whole`) of a list."""
    for one in (change, *(w for w in change.with_ if w.record == change.record)):
        head, *rest = one.path.split("/")
        if not rest or not rest[0].isdigit() or whole or (one.value is DELETED and len(rest) == 1):
            yield [head]
        else:
            yield [head, rest[0]]


def _looked_at(rule: Rule) -> Iterator[str]:
    """Paths of the single fields that the rule reads, and of the lists that it counts."""
    (table, *_) = rule.on
    spec = table_specs()[table]
    if spec.parent:
        # Which item of the list is meant, the change says, unless it touches something else.
        if spec.each and rule.scope == "dataset":
            yield spec.each
        elif x.Col(spec.parent) in _nodes(rule.expr):
            yield "id"
        return
    columns = {column.name: column.path for column in spec.columns}
    lists = {vocabulary: path for path, vocabulary in MULTI_CODES.items()}

    def walk(node: x.Expr, outside: bool) -> Iterator[str]:
        match node:
            case x.Col(name) if outside and columns.get(name):
                yield columns[name]
            case x.Compare("eq", x.Col("vocabulary"), x.Val(str(name))):
                yield lists[name]
            case x.Count(counted, where, _, None):
                each = table_specs()[counted].each
                if each and each != "sources":
                    yield each
                yield from walk(where, False)
            case x.Lookup():
                return
            case _:
                for part in x.children_of(node):
                    yield from walk(part, outside)

    yield from walk(rule.expr, True)


def _nodes(node: x.Expr) -> Iterator[x.Expr]:
    yield node
    for part in x.children_of(node):
        yield from _nodes(part)


def _snippet(record: Nested, paths: list[list[str]]) -> str:
    """The record cut down to some paths, in its own order; remarks name what is missing."""
    kept = _cut(record, paths)
    absent = [path[0] for path in paths if path[0] not in record]
    remarks = "".join(f"# no {name}\n" for name in dict.fromkeys(absent))
    return to_yaml([kept]) + remarks


def _cut(value: Any, paths: list[list[str]]) -> Any:
    if any(not path for path in paths):
        return value
    if isinstance(value, list):
        wanted = sorted({int(path[0]) for path in paths})
        return [value[number - 1] for number in wanted if number <= len(value)]
    if not isinstance(value, dict):
        return value
    return {
        key: _cut(inner, [path[1:] for path in paths if path[0] == key])
        for key, inner in value.items()
        if any(path[0] == key for path in paths)
    }
