"""Actors and persons that a contribution brings along, as rows for the registries of a dataset."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from alignment_events.check.messages import (
    finding,
    no_such,
    quoted,
    shown,
    unknown_columns,
)
from alignment_events.findings import Finding
from alignment_events.read.csv_rows import MAX_FINDINGS, check_row
from alignment_events.spec.cells import INVALID, read_cell
from alignment_events.spec.compact import cell_text
from alignment_events.spec.ir import TableSpec
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    from alignment_events.read.contribution import Contribution
    from alignment_events.read.dataset import DatasetSource

REGISTRIES = ("actors", "persons")
"""In this order, since persons belong to actors."""

MAX_ROWS = 20_000
"""So many a contribution may bring along."""

_DERIVED = ("focal",)
"""Columns that the registry of a dataset leaves out: dataset.yaml says it."""

_Row = dict[str, Any]


@dataclass
class NewRows:
    """What a contribution adds to the registries.

    Attributes:
        rows: Registry to its new rows, typed; those that are there already are left out.
        seen: Registry to the number of rows that were looked at.
        findings: What is wrong with them, and rows that contradict those that are there.
    """

    rows: dict[str, list[_Row]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, more: "NewRows") -> None:
        """Take in those of a further contribution, which was compared with these."""
        for name, rows in more.rows.items():
            self.rows.setdefault(name, []).extend(rows)
        for name, count in more.seen.items():
            self.seen[name] = self.seen.get(name, 0) + count
        self.findings += more.findings

    def into(self, source: "DatasetSource") -> "DatasetSource":
        """The dataset with these rows in its registries."""
        tables = dict(source.tables)
        principals = source.info.scope.principals if source.info is not None else ()
        for name, rows in self.rows.items():
            added = [{**r, "focal": r["actor"] in principals} if "focal" in r else r for r in rows]
            tables[name] = (*tables.get(name, ()), *added)
        return replace(source, tables=tables)


def without_registries(sent: "Contribution") -> "Contribution":
    """The contribution without rows of registries."""
    rest = {name: frame for name, frame in sent.tables.items() if name not in REGISTRIES}
    return replace(sent, tables=rest)


def new_rows(sent: "Contribution", tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> NewRows:
    """The rows of registries in a contribution that a dataset does not have yet.

    Args:
        sent: The contribution.
        tables: The registries of the dataset. Their rows are never changed: one that says
            something else under the same key is a finding.
    """
    found = NewRows()
    for name in REGISTRIES:
        if name not in sent.tables:
            continue
        spec = table_specs()[name]
        (key,) = spec.key
        origin = sent.origins[name]
        there = {row[key]: row for row in tables.get(name, ()) if isinstance(row[key], str)}
        actors = [
            row["actor"] for row in (*tables.get("actors", ()), *found.rows.get("actors", ()))
        ]
        added: dict[str, _Row] = {}
        frame = sent.tables[name]
        header = [origin.at(one) for one in _header(frame.columns, spec)]
        found.seen[name] = frame.height
        if frame.height > MAX_ROWS:
            message = f"There are more than {MAX_ROWS:,} rows of {name}; the rest is not read."
            header.append(origin.at(finding("AE003", message, table=name)))
        found.findings += header
        if header:
            continue
        for number, cells in enumerate(frame.iter_rows(named=True)):
            if len(found.findings) > MAX_FINDINGS:
                message = f"More than {MAX_FINDINGS:,} things are wrong; the rest is not read."
                found.findings.append(origin.at(finding("AE015", message, table=name, row=number)))
                return found
            texts = {c: _text(cells.get(c)) for c in spec.names}
            wrong = list(_wrong(texts, spec, number))
            row = {c: read_cell(spec.column(c), text, None) for c, text in texts.items()}
            if not wrong:
                known = {**there, **added}.get(row[key])
                if known is None:
                    wrong = list(_strangers(row, spec, actors, number))
                    added[str(row[key])] = {c: row[c] for c in spec.names}
                else:
                    wrong = list(_contradictions(row, known, spec, number))
            found.findings += [origin.at(f) for f in wrong]
        if added:
            found.rows[name] = list(added.values())
    return found


def _text(value: Any) -> str | None:
    return None if value is None else cell_text(value) or None


def _header(columns: Sequence[str], spec: TableSpec) -> list[Finding]:
    found = []
    unknown = [name for name in columns if name not in spec.names]
    for number, message, hint in unknown_columns(unknown, f"table {spec.name}", spec.names):
        place = {"field": unknown[number], "table": spec.name}
        found.append(finding("AE102", message, hint=hint, **place))
    for column in spec.columns:
        if not column.nullable and column.name not in (*columns, *_DERIVED):
            message = f"The column {column.name} is missing."
            found.append(finding("AE501", message, field=column.name, table=spec.name))
    return found


def _wrong(texts: Mapping[str, str | None], spec: TableSpec, number: int) -> Iterator[Finding]:
    """What is wrong with the cells of a row by themselves."""
    header = [c for c in spec.names if c not in _DERIVED]
    for one in check_row(texts, header, spec, "", 1):
        yield one.at(file=None, line=None, column=None, row=number)


def _strangers(
    row: Mapping[str, Any], spec: TableSpec, actors: Sequence[str], number: int
) -> Iterator[Finding]:
    for column in spec.columns:
        value = row[column.name]
        if column.ref is None or column.ref.table != "actors" or value is None or value in actors:
            continue
        message, hint = no_such(value, "actor", [a for a in actors if isinstance(a, str)])
        yield _at("AE402", message, spec, number, column.name, value, hint)


def _contradictions(
    row: Mapping[str, Any], known: Mapping[str, Any], spec: TableSpec, number: int
) -> Iterator[Finding]:
    """Cells that say something else than the row under this key; an empty cell says nothing."""
    (key,) = spec.key
    for name in spec.names:
        value = row[name]
        if name in _DERIVED or value is None or value == known[name] or known[name] is INVALID:
            continue
        says = (
            f"{name} {quoted(cell_text(known[name]))}" if known[name] is not None else f"no {name}"
        )
        message = f"{row[key]} is in {spec.name} already, with {says}."
        hint = (
            "Rows that are there are never changed: leave this one out, give what is new a code of "
            "its own, or report the error in the registry."
        )
        yield _at("AE401", message, spec, number, name, value, hint)


def _at(
    code: str, message: str, spec: TableSpec, row: int, column: str, value: Any, hint: str | None
) -> Finding:
    return finding(
        code, message, hint=hint, table=spec.name, row=row, field=column,
        value=shown(cell_text(value)),
    )  # fmt: skip
