"""In which order a record is written and asked for: for people, what and when come first."""

from alignment_events.spec.extract import record_specs
from alignment_events.spec.ir import FieldSpec, PartSpec

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


def asked_fields(part: PartSpec) -> tuple[FieldSpec, ...]:
    """The fields of a part as they are asked: what decides whether others apply comes first.

    How the parties were in contact decides whether there is a place, and how exactly a place is
    known decides which of its fields there are.
    """
    fields = list(written_fields(part))
    if part.name == "Place":
        fields.sort(key=lambda spec: spec.name != "precision")
    own = [f for f in fields if f.name == _section(part)]
    if own:
        fields.remove(own[0])
        before = next(i for i, f in enumerate(fields) if f.name == "place")
        earlier = [f for f in fields[before:] if f.name in ("ceremonial", "commitment")]
        fields = [f for f in fields if f not in earlier]
        fields[before:before] = [*earlier, own[0]]
    return tuple(fields)


def _section(part: PartSpec) -> str | None:
    """The field that only records of this kind have, and that is named for the kind."""
    kind = next((name for name, spec in record_specs().items() if spec is part), None)
    return kind if kind and part.field(kind) else None
