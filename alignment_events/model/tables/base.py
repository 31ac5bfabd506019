"""What a declared table and column are, and the columns that several tables have."""

from dataclasses import dataclass, field

from alignment_events.model.forms import text_form
from alignment_events.model.marks import Form


@dataclass(frozen=True)
class Column:
    """A column: projected from `path`, or described here if nothing is projected into it.

    What is left empty follows the path; without a path, the type is text.
    """

    name: str
    path: str = ""
    doc: str = ""
    type: str = ""
    vocabulary: str = ""
    form: Form | None = None
    refers: str = ""
    nullable: bool | None = None
    derived: bool = False


@dataclass(frozen=True)
class Table:
    """A published table and where its rows come from."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    parent: str | None = None
    each: str | None = None
    kinds: tuple[str, ...] = field(default=())


def derived(name: str, vocabulary: str, doc: str) -> Column:
    """A column computed by the rules of derivation."""
    return Column(name, doc=doc, type="code", vocabulary=vocabulary, nullable=True, derived=True)


def plain(name: str, doc: str, most: int = 300, **more: object) -> Column:
    """A column of free text."""
    return Column(name, doc=doc, form=text_form(most), **more)  # type: ignore[arg-type]


POSITION = Column("position", doc="Place in the list of the record, from 1.", type="integer")


def record_id() -> Column:
    """The column that names the record that a row belongs to."""
    return Column(
        "record_id",
        doc="Id of the record that the row belongs to.",
        type="id",
        refers="records.record_id",
    )
