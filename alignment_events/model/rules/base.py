"""What a rule is: one expression, and everything a person needs to understand it."""

from dataclasses import dataclass
from typing import Final, Literal

from alignment_events.findings import Level
from alignment_events.model.expr import Expr

RuleScope = Literal["field", "row", "record", "dataset"]
"""What a rule looks at: one value, one row, a record with its children, other records too."""


class _Deleted:
    """The mark for a value that a change takes away."""

    def __repr__(self) -> str:
        return "DELETED"


DELETED: Final = _Deleted()


@dataclass(frozen=True)
class Change:
    """A change to one of the sound examples that breaks a rule.

    Attributes:
        record: Name of the example.
        path: Path of the value within it, list items counted from 1; one past the end appends.
        value: The new value as it is written in YAML, or `DELETED`.
    """

    record: str
    path: str
    value: object
    with_: tuple["Change", ...] = ()
    """Further changes that belong to the same break."""


@dataclass(frozen=True)
class Check:
    """A check that is no expression: of the file, of single values, of keys and references.

    Attributes:
        code: Stable code.
        level: Error, warning or note.
        scope: `file` for how it is written, `field` for single values, `record` and `dataset`,
            `package` for tables and descriptors.
        sentence: What must hold, in one sentence.
        why: Why it matters.
        hint: What to do about a breach.
        breaks: Changes to the sound examples, each of which fails this check.
        raw: A whole file that fails it, where no change to an example can.
        also: Codes that cannot be avoided with it.
    """

    code: str
    level: Level
    scope: str
    sentence: str
    why: str
    hint: str
    breaks: tuple[Change, ...] = ()
    raw: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule of the format.

    Attributes:
        code: Stable code; never used again for another rule.
        level: Error for MUST, warning for SHOULD, note for MAY.
        scope: What it looks at.
        on: Tables to whose rows it applies.
        field: Column at which a breach is reported.
        expr: Expression that must not be false.
        sentence: The rule in one sentence.
        why: Why it matters.
        hint: What to do about a breach.
        breaks: Changes to the sound examples, each of which breaks this rule and no other.
        also: Codes that such a change cannot avoid raising as well.
    """

    code: str
    level: Level
    scope: RuleScope
    on: tuple[str, ...]
    field: str
    expr: Expr
    sentence: str
    why: str
    hint: str
    breaks: tuple[Change, ...]
    also: tuple[str, ...] = ()
