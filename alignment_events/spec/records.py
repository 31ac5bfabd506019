"""The nested records and the vocabularies as plain specifications, without the models themselves.

To make Pydantic's models takes a quarter of a second, and tables are checked without them: so what
they say of their fields is kept in `described.py`, which `make schema` writes.
"""

from collections.abc import Iterator
from functools import cache

from alignment_events.model.codes import Code, Scale, vocabularies
from alignment_events.spec.described import RECORDS
from alignment_events.spec.ir import CodeSpec, FieldSpec, PartSpec, VocabularySpec, doc_of


def record_specs() -> dict[str, PartSpec]:
    """Kind to the specification of its nested record, in the order of the codebook."""
    return RECORDS


@cache
def all_vocabularies() -> dict[str, VocabularySpec]:
    """Vocabulary name to its specification, sorted by name."""
    return {name: _vocabulary(name, codes) for name, codes in vocabularies().items()}


def _vocabulary(name: str, codes: type[Code]) -> VocabularySpec:
    return VocabularySpec(
        name=name,
        doc=doc_of(codes),
        ordinal=issubclass(codes, Scale),
        codes=tuple(
            CodeSpec(m.value, m.label, m.definition, m.since, m.deprecated, m.replaced_by)
            for m in codes
        ),
    )


def leaves(part: PartSpec, path: str = "") -> Iterator[tuple[str, FieldSpec]]:
    """Every field below a part that is not itself a single part, with its path."""
    for spec in part.fields:
        here = f"{path}/{spec.name}" if path else spec.name
        if spec.part is not None and spec.items is None:
            yield from leaves(spec.part, here)
        else:
            yield here, spec
