"""What a single value certainly was meant to be, if it has a fault of its own."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alignment_events.model import dates, ids
from alignment_events.model.days import unambiguous_day
from alignment_events.model.forms import ACTOR, COUNTRY, LANGUAGE, check_form
from alignment_events.spec.cells import allowed_codes
from alignment_events.spec.ir import ColumnSpec, FieldSpec

TRIMMED = "space at an end"
CASE = "case of a code"
DATE = "date to ISO"
ALIAS = "alias of an actor"

Change = tuple[str, str]
"""The new value, and what was changed."""


@dataclass(frozen=True)
class Actors:
    """The actors of a registry, by every name under which exactly one is known."""

    codes: frozenset[str] = frozenset()
    _names: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> "Actors":
        """From rows of `actors`; what is no actor code is left out."""
        names: dict[str, set[str]] = defaultdict(set)
        codes = set()
        for row in rows:
            code = row.get("actor")
            if not isinstance(code, str) or check_form(ACTOR, code):
                continue
            codes.add(code)
            for name in (code, row.get("name"), row.get("iso3")):
                if isinstance(name, str) and name.strip():
                    names[_folded(name)].add(code)
        return cls(frozenset(codes), {name: frozenset(known) for name, known in names.items()})

    def meant(self, text: str) -> str | None:
        """The one actor that goes by this code, name or ISO code, whatever the case."""
        known = self._names.get(_folded(text), frozenset())
        return next(iter(known)) if len(known) == 1 else None


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def certain(
    value: str, spec: FieldSpec | ColumnSpec, vocabulary: str | None, actors: Actors | None
) -> Change | None:
    """What the value was certainly meant to be; None if it is sound, or if there is any doubt.

    Args:
        value: The value as written.
        spec: The field or column in which it stands.
        vocabulary: Vocabulary of a code.
        actors: Registry of actors, if there is one.
    """
    is_actor = spec.ref is not None and spec.ref.table == "actors"
    if is_actor and actors is not None and actors.codes:
        return _actor(value, actors)
    if _sound(value, spec, vocabulary):
        return None
    trimmed = value.strip()
    candidates = [(trimmed, TRIMMED)]
    match spec.type:
        case "code" if vocabulary:
            candidates += _same_but_case(trimmed, allowed_codes(vocabulary))
        case "flag":
            candidates += _same_but_case(trimmed, frozenset({"true", "false"}))
        case "id":
            candidates.append((trimmed.upper(), CASE))
        case "day" | "partial_date":
            if (day := unambiguous_day(trimmed)) is not None:
                candidates.append((day, DATE))
        case "text" if spec.form is not None and spec.form.name == COUNTRY.name:
            candidates.append((trimmed.upper(), CASE))
        case "text" if spec.form is not None and spec.form.name == LANGUAGE.name:
            candidates.append((trimmed.lower(), CASE))
    return next((c for c in candidates if c[0] != value and _sound(c[0], spec, vocabulary)), None)


def _actor(value: str, actors: Actors) -> Change | None:
    if value in actors.codes:
        return None
    if (trimmed := value.strip()) in actors.codes:
        return trimmed, TRIMMED
    code = actors.meant(value)
    if code is None:
        return None
    return code, CASE if code.casefold() == trimmed.casefold() else ALIAS


def _same_but_case(value: str, codes: frozenset[str]) -> list[Change]:
    same = [code for code in codes if code.casefold() == value.casefold()]
    return [(same[0], CASE)] if len(same) == 1 else []


def _sound(value: str, spec: FieldSpec | ColumnSpec, vocabulary: str | None) -> bool:
    """True if the value has no fault of its own."""
    match spec.type:
        case "code":
            return vocabulary is None or value in allowed_codes(vocabulary)
        case "flag":
            return value in ("true", "false")
        case "id":
            return ids.is_valid_id(value)
        case "day":
            return _reads(dates.parse_day, value)
        case "partial_date":
            return _reads(dates.bounds, value)
        case "text":
            return spec.form is None or check_form(spec.form, value) is None
        case _:
            return True


def _reads(read: Any, value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True
