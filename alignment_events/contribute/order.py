"""In which order a record is written and asked for: for people, what and when come first."""

from alignment_events.spec.ir import FieldSpec, PartSpec
from alignment_events.spec.records import record_specs

_FIRST = (
    "id",
    "kind",
    "subtype",
    "scope",
    "title",
    "summary",
    "date",
    "occurrence",
    "episode",
    "place",
    "participants",
    "themes",
    "arenas",
    "ceremonial",
    "commitment",
)
_LAST = ("links", "sources", "claims", "external_ids", "coding", "note")


def written_fields(part: PartSpec) -> tuple[FieldSpec, ...]:
    """The fields of a part as they are written: a record's own order, else that of the model.

    What only one kind has stands between what all share; so a new field finds its place.
    """
    if not any(part is record for record in record_specs().values()):
        return part.fields
    rank = {name: place for place, name in enumerate(_FIRST)}
    rank |= {name: 200 + place for place, name in enumerate(_LAST)}
    return tuple(sorted(part.fields, key=lambda spec: rank.get(spec.name, 100)))


_DECIDES = {
    "DateSpan": ("start", "precision", "ongoing"),
    "Participant": ("actor", "role", "person", "office"),
}
"""Part to the fields that are asked first, since others depend on them."""


def asked_fields(part: PartSpec, *, optional: bool = False) -> tuple[FieldSpec, ...]:
    """The fields of a part as they are asked: what decides whether others apply comes first.

    How the parties were in contact decides whether there is a place; who acted decides the rank.

    Args:
        part: The part, or record.
        optional: True if the part may be left out: its first required field then comes first, since
            leaving that empty leaves out the part.
    """
    fields = list(written_fields(part))
    first = _DECIDES.get(part.name, ())
    fields.sort(key=lambda spec: first.index(spec.name) if spec.name in first else len(first))
    if optional:
        gate = next((spec for spec in fields if spec.required), fields[0])
        fields.sort(key=lambda spec: spec is not gate)
    names = [spec.name for spec in fields]
    section = _section(part)
    if "place" in names and section:
        early = [f for f in fields if f.name in ("ceremonial", "commitment", section)]
        others = [f for f in fields if f not in early]
        at = next(i for i, f in enumerate(others) if f.name == "place")
        fields = [*others[:at], *early, *others[at:]]
    return tuple(fields)


def _section(part: PartSpec) -> str | None:
    """The field that only records of this kind have, and that is named for the kind."""
    kind = next((name for name, spec in record_specs().items() if spec is part), None)
    return kind if kind and part.field(kind) else None
