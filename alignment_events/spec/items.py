"""Rules that follow from the models: how many items each list of a record may have."""

from functools import cache

from alignment_events.model.expr import (
    Col,
    Compare,
    Count,
    Expr,
    Outer,
    Val,
    at_least,
    eq,
    implies,
    isin,
)
from alignment_events.model.marks import Items
from alignment_events.model.rules.base import Rule
from alignment_events.model.rules.checks import FIELD_CHECKS
from alignment_events.model.tables import CHILDREN, MULTI_CODES
from alignment_events.spec.records import leaves, record_specs

_CHECK = next(check for check in FIELD_CHECKS if check.code == "AE110")


@cache
def item_rules() -> tuple[Rule, ...]:
    """One rule a list: its items are no fewer and no more than the model allows."""
    kinds_of: dict[tuple[str, str, Items], list[str]] = {}
    for kind, record in record_specs().items():
        for path, spec in leaves(record):
            if spec.items is not None:
                table = "deeds" if kind == "deed" else "events"
                kinds_of.setdefault((table, path, spec.items), []).append(kind)
    rules = [
        _rule(table, path, items, _bounds(table, path, items, tuple(kinds)))
        for (table, path, items), kinds in kinds_of.items()
    ]
    cited = Count("citations", Compare("eq", Col("source_id"), Outer("source_id")))
    return (*rules, _rule("sources", "supports", _supports(), _between(cited, _supports())))


def _rule(table: str, path: str, items: Items, expr: Expr) -> Rule:
    least = f"{items.least} to" if items.least else "at most"
    noun = "item" if items.most == 1 else "items"
    return Rule(
        code=_CHECK.code,
        level=_CHECK.level,
        scope="record",
        on=(table,),
        field=path,
        expr=expr,
        sentence=f"{path} holds {least} {items.most} {noun}.",
        why=_CHECK.why,
        hint=_CHECK.hint,
        breaks=(),
    )


def _bounds(table: str, path: str, items: Items, kinds: tuple[str, ...]) -> Expr:
    counted = _count(path)
    within = _between(counted, items)
    return within if table == "deeds" else implies(isin("kind", *kinds), within)


def _count(path: str) -> Count:
    if path in MULTI_CODES:
        return Count("record_codes", eq("vocabulary", MULTI_CODES[path]))
    table = next(t for t in CHILDREN if t.each == path)
    return Count(table.name, Val(True))


def _between(counted: Count, items: Items) -> Expr:
    most = Compare("le", counted, Val(items.most))
    return most if items.least == 0 else at_least(counted, items.least) & most


def _supports() -> Items:
    """How many paths a source may support."""
    spec = next(s for p, s in leaves(record_specs()["meeting"]) if p == "sources")
    assert spec.part is not None
    supports = spec.part.field("supports")
    assert supports is not None
    assert supports.items is not None
    return supports.items
