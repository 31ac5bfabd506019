"""Rules and examples → YAML files: sound records, and records each with one fault.

Every file is complete in itself, and its first line says which codes a check of it must find.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from alignment_events.model.rules import CATALOGUE, Check, Rule
from alignment_events.spec.examples import broken, closure, sound_examples
from alignment_events.spec.ir import PartSpec
from alignment_events.spec.records import record_specs

Nested = Mapping[str, Any]
CodesOf = Callable[[Sequence[Nested]], set[str]]
"""The codes that a check of these records finds; checks lie above this package, so it is passed."""


_LONGEST_FLOW = 110
"""Longest mapping that is written in braces, in characters."""


def examples() -> dict[str, str]:
    """File name to text: each sound example, and after it all that it needs beside it."""
    records = sound_examples()
    found = {}
    for name in records:
        others = [other for other in closure({name}, records) if other != name]
        documents = [records[each] for each in (name, *others)]
        found[f"{name}.yaml"] = _file(set(), f"{records[name]['title']}.", to_yaml(documents))
    return found


def counterexamples(codes_of: CodesOf) -> dict[str, str]:
    """File name (`AE203-1.yaml`) to text: for each code, every break that the catalogue lists.

    Args:
        codes_of: Gives the codes that a check of some records finds.
    """
    found = {}
    for code, entry in CATALOGUE.items():
        if raw := raw_of(entry):
            # What is wrong as YAML holds no records that could be checked before it is written.
            found[f"{code}-1.yaml"] = _file({code, *entry.also}, entry.sentence, raw)
        for number, change in enumerate(entry.breaks, 1):
            documents = broken(change)
            text = _file(codes_of(documents), entry.sentence, to_yaml(documents))
            found[f"{code}-{number}.yaml"] = text
    return found


def raw_of(entry: Rule | Check) -> str | None:
    """The faulty text of a check of how files are written, or None."""
    return entry.raw if isinstance(entry, Check) else None


def _file(codes: Iterable[str], sentence: str, body: str) -> str:
    return f"# expect: [{', '.join(sorted(codes))}]\n# {sentence}\n{body}"


def to_yaml(documents: Iterable[Nested]) -> str:
    """The records as YAML that reads the same with text-only readers and in editors.

    A text that editors would take for a number, a truth value or nothing is quoted, unless its
    field is one; dates stay plain.
    """
    return yaml.dump_all(
        [_marked(document) for document in documents],
        Dumper=_Dumper,
        width=100,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
    )


class _Bare(str):
    """A text that stays without quotation marks: a number, or true or false."""


class _Dumper(yaml.SafeDumper):
    """Writes as the records of the dataset are written: list items indented, no aliases."""

    # A day is plain text to readers of YAML 1.2 and to ours.
    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class declares it
        first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(":timestamp")]
        for first, pairs in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def represent(self, data: Any) -> None:
        node = self.represent_data(data)
        if isinstance(node, yaml.MappingNode):
            node.flow_style = False  # a record is never one line
        self.serialize(node)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        node = super().represent_mapping(tag, mapping, flow_style)
        if sum(len(f"{key}: {value}, ") for key, value in mapping.items()) > _LONGEST_FLOW:
            node.flow_style = False
        return node

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _bare(dumper: yaml.SafeDumper, text: _Bare) -> yaml.ScalarNode:
    # With the tag that a reader would give it, the writer sees no need of quotation marks.
    tag = dumper.resolve(yaml.ScalarNode, str(text), (True, False))  # type: ignore[no-untyped-call]
    return dumper.represent_scalar(tag, str(text))


_Dumper.add_representer(_Bare, _bare)


def _marked(value: Any, field: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _marked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_marked(item, field) for item in value]
    return _Bare(value) if field in _bare_fields() else value


@cache
def _bare_fields() -> frozenset[str]:
    """Names of the fields that hold numbers or flags."""

    def names(part: PartSpec) -> Iterable[str]:
        for spec in part.fields:
            if spec.part is not None:
                yield from names(spec.part)
            elif spec.type in ("number", "flag"):
                yield spec.name

    return frozenset(name for part in record_specs().values() for name in names(part))
