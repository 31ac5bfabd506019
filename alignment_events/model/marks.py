"""Marks that fields carry in `Annotated[…]`; everything derived from the models reads them here."""

import re
from dataclasses import dataclass
from functools import cached_property

FORMAT_VERSION = "0.1"
"""Version of the format that these models define; `schema/VERSION` repeats it."""

CODEBOOK_VERSION = "0.2"
"""Version of the codebook under which records are coded today."""


@dataclass(frozen=True)
class Form:
    """Form that a text must have.

    Attributes:
        name: Name of the form, as messages use it: "web address".
        pattern: Whole-match pattern in the syntax that Python, RE2, Rust and JavaScript share;
            no look-around and no back-reference, so that no engine backtracks without bound.
        says: How the text is to be written, with an example.
        max_length: Longest text, in characters.
    """

    name: str
    pattern: str
    says: str
    max_length: int = 2000

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, compiled for Python; use with `fullmatch`."""
        return re.compile(self.pattern)


@dataclass(frozen=True)
class Between:
    """Smallest and largest number allowed, both included."""

    low: float
    high: float


@dataclass(frozen=True)
class Items:
    """How many items a list may have, and which vocabulary its items are published under."""

    least: int = 0
    most: int = 200


@dataclass(frozen=True)
class Scalar:
    """The kind of scalar: `text`, `day`, `partial_date`, `id`, `flag`, `integer` or `number`."""

    name: str


@dataclass(frozen=True)
class Ref:
    """The value names a row of a published table."""

    table: str
    column: str
