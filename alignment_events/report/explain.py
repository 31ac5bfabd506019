"""What a code means: a rule, a vocabulary, a code of one, a kind of record, a table."""

from collections.abc import Iterator

from alignment_events.check.messages import suggestion
from alignment_events.findings import NotFound
from alignment_events.model.rules import CATALOGUE, Rule
from alignment_events.report.needs import needed
from alignment_events.spec.records import all_vocabularies, leaves, record_specs
from alignment_events.spec.tables import table_specs


def explain(code: str) -> str:
    """A rule in words: what it asks, why, what to do, an example that breaks it, and one that does not.

    Raises:
        NotFound: If there is no such code.
    """
    from alignment_events.compile.rules_json import entry_json

    found = CATALOGUE.get(code.upper())
    if found is None:
        hint = suggestion(code.upper(), CATALOGUE) or "The list: schema/rules.json."
        raise NotFound(f"There is no code “{code}”. {hint}")
    told = entry_json(found.code)
    lines = [
        f"{found.code} ({found.level.value}, scope {found.scope})",
        "",
        found.sentence,
        found.why,
    ]
    if isinstance(found, Rule):
        lines += ["", f"Applies to: {', '.join(found.on)}. Reported at: {found.field}."]
    lines += ["", f"What to do: {found.hint}"]
    for key, title in (("counterexample", "Wrong"), ("example", "Right")):
        if told.get(key):
            lines += ["", f"{title}:", *(f"    {line}" for line in str(told[key]).splitlines())]
    return "\n".join(lines)


def codebook_entry(term: str | None) -> str:
    """The codebook on one term: a vocabulary, a code, a kind, a field, a table; or an overview."""
    if term is None:
        return "\n".join(_overview())
    lines = list(_about(term))
    if not lines:
        known = [*all_vocabularies(), *record_specs(), *table_specs(), *_codes()]
        hint = suggestion(term, known) or "alignment-events codebook lists what there is."
        raise NotFound(f"The codebook has no entry “{term}”. {hint}")
    return "\n".join(lines)


def _overview() -> Iterator[str]:
    yield "Kinds of record"
    for kind, spec in record_specs().items():
        yield f"  {kind:12} {spec.doc}"
    yield ""
    yield "Vocabularies"
    for name, vocabulary in all_vocabularies().items():
        yield f"  {name:22} {vocabulary.doc}"
    yield ""
    yield "Tables"
    for name, table in table_specs().items():
        yield f"  {name:22} {table.doc}"
    yield ""
    yield "alignment-events codebook TERM tells more about each; schema/codebook.md is the whole."


def _codes() -> set[str]:
    return {code.code for v in all_vocabularies().values() for code in v.codes}


def _about(term: str) -> Iterator[str]:
    if term in record_specs():
        spec = record_specs()[term]
        yield f"{term}: {spec.doc}"
        for path, leaf in leaves(spec):
            word, rules = needed(term, path, leaf)
            yield f"  {path} ({leaf.vocabulary or leaf.type}, {word}): {leaf.doc}"
            for rule in rules:
                yield f"    {rule.code}: {rule.sentence}"
        yield ""
    if term in all_vocabularies():
        vocabulary = all_vocabularies()[term]
        scale = " A scale, lowest first." if vocabulary.ordinal else ""
        yield f"{term} (vocabulary): {vocabulary.doc}{scale}"
        for code in vocabulary.codes:
            yield f"  {code.code:22} {code.definition}"
        yield ""
    if term in table_specs():
        table = table_specs()[term]
        yield f"{term} (table): {table.doc} Key: {', '.join(table.key)}."
        for column in table.columns:
            yield f"  {column.name} ({column.type}{', may be empty' if column.nullable else ''}): {column.doc}"
        yield ""
    for name, vocabulary in all_vocabularies().items():
        for code in vocabulary.codes:
            if code.code == term and term != "unknown":
                yield f"{term} ({name}): {code.definition}"
    for name, table in table_specs().items():
        for column in table.columns:
            if column.name == term and term not in all_vocabularies():
                yield f"{name}.{term} ({column.type}): {column.doc}"
