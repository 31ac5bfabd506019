"""The intermediate form between the models and everything derived from them: plain frozen data."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field

from alignment_events.model.marks import Between, Form, Items, Ref


@dataclass(frozen=True)
class CodeSpec:
    """One code of a vocabulary."""

    code: str
    label: str
    definition: str
    since: str
    deprecated: str
    replaced_by: str


@dataclass(frozen=True)
class VocabularySpec:
    """A vocabulary with its codes in order; `ordinal` ones are scales, lowest first."""

    name: str
    doc: str
    ordinal: bool
    codes: tuple[CodeSpec, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The codes as text, in order."""
        return tuple(code.code for code in self.codes)


@dataclass(frozen=True)
class FieldSpec:
    """A field of a nested record or part.

    Attributes:
        name: Name in YAML.
        doc: What it holds.
        type: `text`, `code`, `day`, `partial_date`, `id`, `flag`, `number` or `part`.
        required: True if it must be given.
        default: Text of the value that stands when it is left out, or None.
        constant: The only value allowed, for `kind`.
        vocabulary: Name of the vocabulary, for codes.
        form: Form of a text.
        between: Bounds of a number.
        ref: Row of a published table that the value names.
        items: Bounds on the number of items, for lists; None for single values.
        part: The part, for type `part`.
    """

    name: str
    doc: str
    type: str
    required: bool
    default: str | None = None
    constant: str | None = None
    vocabulary: str | None = None
    form: Form | None = None
    between: Between | None = None
    ref: Ref | None = None
    items: Items | None = None
    part: "PartSpec | None" = None


@dataclass(frozen=True)
class PartSpec:
    """A nested part, or a whole record of one kind."""

    name: str
    doc: str
    fields: tuple[FieldSpec, ...]

    def field(self, name: str) -> FieldSpec | None:
        """The field of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)


@dataclass(frozen=True)
class ColumnSpec:
    """A column of a published table.

    Attributes:
        name: Name of the column.
        doc: What it holds.
        type: `text`, `code`, `day`, `id`, `flag`, `integer` or `number`.
        nullable: True if it may be empty in some row.
        vocabularies: Kind to vocabulary name, or `*` to the vocabulary of every row.
        form: Form of a text.
        between: Bounds of a number.
        ref: Table and column that the value refers to.
        path: Path in the nested record (in child tables: in the item) that it is projected from;
            empty for keys, positions and derived columns.
        required_for: Kinds of record that must give it, in tables that hold several kinds.
        applies_to: Kinds that may give it; empty means all.
        derived: True if it is computed by the rules of derivation, never typed.
    """

    name: str
    doc: str
    type: str
    nullable: bool
    vocabularies: Mapping[str, str] = field(default_factory=dict)
    form: Form | None = None
    between: Between | None = None
    ref: Ref | None = None
    path: str = ""
    required_for: tuple[str, ...] = ()
    applies_to: tuple[str, ...] = ()
    derived: bool = False


@dataclass(frozen=True)
class TableSpec:
    """A published table.

    Attributes:
        name: Name of the table.
        doc: What a row is.
        columns: Columns in published order.
        key: Columns that together name a row.
        parent: Column that names the record that the row belongs to, for child tables.
        each: Field of the nested record whose items are the rows, for child tables.
    """

    name: str
    doc: str
    columns: tuple[ColumnSpec, ...]
    key: tuple[str, ...]
    parent: str | None = None
    each: str | None = None

    def column(self, name: str) -> ColumnSpec:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)


def doc_of(documented: type) -> str:
    """The docstring of a class, in one line."""
    return " ".join((inspect.getdoc(documented) or "").split())
