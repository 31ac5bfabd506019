"""The base of every vocabulary: an enumeration whose members carry their definition."""

import re
from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A vocabulary: each member is a code and its definition, `SIGNED = "signed", "…"`.

    Further positions are the format version that brought the code, the one that deprecated it,
    and the code that replaces it. Members sort as declared; `ordinal` vocabularies are scales,
    lowest first, and leave `unknown` out of the scale.
    """

    definition: str
    since: str
    deprecated: str
    replaced_by: str

    def __new__(
        cls,
        value: str,
        definition: str,
        since: str = "0.1",
        deprecated: str = "",
        replaced_by: str = "",
    ) -> Self:
        """A member from its code and definition."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.definition = definition
        member.since = since
        member.deprecated = deprecated
        member.replaced_by = replaced_by
        return member

    @property
    def label(self) -> str:
        """The code as words, for people: `state_visit` is "state visit", `-2` is "minus 2"."""
        text = self.value.replace("_", " ")
        return {"+": "plus ", "-": "minus "}.get(text[0], text[0]) + text[1:]

    @classmethod
    def vocabulary(cls) -> str:
        """Name of the vocabulary, from the class name: `DatePrecision` is `date_precision`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class Scale(Code):
    """A vocabulary whose codes are ordered, lowest first; `unknown` is no point on the scale."""

    @classmethod
    def points(cls) -> tuple[Self, ...]:
        """The ordered codes, `unknown` left out."""
        return tuple(code for code in cls if code.value != UNKNOWN)

    def rank(self) -> int | None:
        """Position on the scale from 0, or None for `unknown`. Ordinal: never subtract or average."""
        points = type(self).points()
        return points.index(self) if self in points else None


UNKNOWN = "unknown"
"""The reserved code for what applies and cannot be decided from the evidence."""

UNDECIDED = (UNKNOWN, "applies, but the evidence does not decide it")
"""Value and definition of the reserved code, the same in every vocabulary that has it."""
