"""What changed between two releases: rows by key, records by field, codes, columns, coverage."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from alignment_events.release.record_changes import RecordChange, RecordLine, record_changes
from alignment_events.release.sides import Side
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


@dataclass(frozen=True)
class CellChange:
    """A cell before and after."""

    column: str
    old: Any
    new: Any


@dataclass(frozen=True)
class RowChange:
    """A row that is in both, with the cells that differ."""

    key: Mapping[str, Any]
    cells: tuple[CellChange, ...]


@dataclass(frozen=True)
class ColumnChange:
    """A column that was added, removed, or is of another type; None stands for not there."""

    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class TableDiff:
    """The rows of one table that were added, removed or changed, in order of their key."""

    table: str
    key: tuple[str, ...]
    added: tuple[Mapping[str, Any], ...] = ()
    removed: tuple[Mapping[str, Any], ...] = ()
    changed: tuple[RowChange, ...] = ()
    columns: tuple[ColumnChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.columns)


@dataclass(frozen=True)
class Diff:
    """The difference between two releases.

    Attributes:
        old: The earlier side.
        new: The later side.
        tables: Each table of which something changed.
        added: Records that only the later one has.
        withdrawn: Records that the later one withdrew.
        gone: Ids that the later one does not know any more, which must not be.
        changed: Records of both, with the fields that changed.
    """

    old: Side
    new: Side
    tables: tuple[TableDiff, ...]
    added: tuple[RecordLine, ...]
    withdrawn: tuple[RecordLine, ...]
    gone: tuple[str, ...]
    changed: tuple[RecordChange, ...]

    def __bool__(self) -> bool:
        return bool(self.tables)

    def table(self, name: str) -> TableDiff:
        """What changed in one table; an empty difference if nothing did."""
        found = (diff for diff in self.tables if diff.table == name)
        return next(found, TableDiff(name, _key(name)))

    def as_dict(self) -> dict[str, Any]:
        """The difference in plain JSON types; the content of `changes.json`."""
        return {
            "dataset": self.new.name,
            "from": _side(self.old),
            "to": _side(self.new),
            "records": {
                "added": [asdict(line) for line in self.added],
                "withdrawn": [asdict(line) for line in self.withdrawn],
                "changed": [asdict(change) for change in self.changed],
            },
            "tables": [_plain(asdict(diff)) for diff in self.tables],
        }

    def __str__(self) -> str:
        from alignment_events.report.changes import changes_text

        return changes_text(self)

    def to_markdown(self) -> str:
        """The difference as Markdown: the text of CHANGES.md."""
        from alignment_events.report.changes import changes_markdown

        return changes_markdown(self)

    def to_html(self) -> str:
        """The difference as an HTML page that needs nothing else."""
        from alignment_events.report.changes import changes_html

        return changes_html(self)

    def _repr_html_(self) -> str:
        from alignment_events.report.changes import changes_fragment

        return changes_fragment(self)


def diff(old: Side, new: Side) -> Diff:
    """The difference between two sides; `old` is the earlier one."""
    names = dict.fromkeys([*table_specs(), *old.tables, *new.tables])
    tables = tuple(filter(None, (_table_diff(name, old, new) for name in names)))
    added, withdrawn, gone, changed = record_changes(old, new, tables)
    return Diff(old, new, tables, added, withdrawn, gone, changed)


def table_diff(name: str, old: "pa.Table", new: "pa.Table") -> TableDiff:
    """The difference between two states of one table.

    Args:
        name: Name of the table.
        old: The earlier state.
        new: The later state.
    """
    import polars as pl

    columns = tuple(_columns(old.schema, new.schema))
    shared = [column for column in new.schema.names if column in old.schema.names]
    key = [column for column in _key(name) if column in shared] or shared
    before, after = (_frame(side).select(shared) for side in (old, new))
    added = after.join(before, on=key, how="anti", nulls_equal=True)
    removed = before.join(after, on=key, how="anti", nulls_equal=True)
    values = [column for column in shared if column not in key]
    both = before.join(after, on=key, how="inner", suffix=_NEW, nulls_equal=True)
    different = [pl.col(column).ne_missing(pl.col(column + _NEW)) for column in values]
    both = both.filter(pl.any_horizontal(different)) if different else both.clear()
    changed = tuple(
        RowChange(
            {column: row[column] for column in key},
            tuple(
                CellChange(column, row[column], row[column + _NEW])
                for column in values
                if row[column] != row[column + _NEW]
            ),
        )
        for row in _sorted(both, key)
    )
    return TableDiff(
        name,
        tuple(key),
        tuple(_sorted(added, key)),
        tuple(_sorted(removed, key)),
        changed,
        columns,
    )


_NEW = " (new)"


def _table_diff(name: str, old: Side, new: Side) -> TableDiff:
    import pyarrow as pa

    # A table that one side does not have is there empty, without columns.
    nothing = pa.table({})
    before, after = old.tables.get(name, nothing), new.tables.get(name, nothing)
    if name in old.tables and name in new.tables:
        return table_diff(name, before, after)
    return TableDiff(
        name,
        _key(name),
        tuple(after.to_pylist()),
        tuple(before.to_pylist()),
        columns=tuple(_columns(before.schema, after.schema)),
    )


def _key(name: str) -> tuple[str, ...]:
    specs = table_specs()
    return specs[name].key if name in specs else ()


def _frame(table: "pa.Table") -> "pl.DataFrame":
    import polars as pl

    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _sorted(frame: "pl.DataFrame", key: Sequence[str]) -> list[dict[str, Any]]:
    return frame.sort(key, nulls_last=False, maintain_order=True).to_dicts()


def _columns(old: "pa.Schema", new: "pa.Schema") -> Iterator[ColumnChange]:
    def types(schema: "pa.Schema") -> dict[str, str]:
        # How a text is stored is no matter of the format.
        return {
            field.name: str(field.type).removeprefix("large_")
            + ("" if field.nullable else ", never empty")
            for field in schema
        }

    before, after = types(old), types(new)
    for column in dict.fromkeys([*before, *after]):
        if before.get(column) != after.get(column):
            yield ColumnChange(column, before.get(column), after.get(column))


def _side(side: Side) -> dict[str, str]:
    return {
        "version": side.version,
        "format_version": side.format_version,
        "content_digest": side.digest,
        "cutoff": side.cutoff,
    }


def _plain(value: Any) -> Any:
    """With days as texts, as JSON has them."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
