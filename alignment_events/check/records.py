"""Nested records, checked in full: shape, keys, references, rules of every scope."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignment_events.check import kept
from alignment_events.check.ledger import FAULTY_INPUT, Ledger
from alignment_events.check.messages import finding, no_such, quoted, shown
from alignment_events.check.shape import check_shape, field_path
from alignment_events.check.store import Store
from alignment_events.check.unread import is_unread, unread_rows
from alignment_events.compile.derive import derive
from alignment_events.compile.predicate import objection
from alignment_events.findings import Finding, Report, Spot, spot_of
from alignment_events.model.events import Record
from alignment_events.model.rules import RULES, Rule
from alignment_events.spec.cells import INVALID, read_cell
from alignment_events.spec.items import item_rules
from alignment_events.spec.project import NestedPath, Row, to_rows
from alignment_events.spec.tables import record_key, table_specs

Locate = Callable[[NestedPath, bool], tuple[int, int] | Spot | None]


def _nowhere(path: NestedPath, key: bool) -> tuple[int, int] | None:
    return None


@dataclass(frozen=True)
class SourceRecord:
    """A nested record as it was read, and where it stands.

    Attributes:
        values: The record as plain data.
        file: File it was read from, or None.
        locate: Line and column, or sheet and cell, of a path within it.
        key: Name that the contributor gave it while it has no id; links may use it.
    """

    values: Mapping[str, Any]
    file: str | None = None
    locate: Locate = _nowhere
    key: str | None = None


@dataclass(frozen=True)
class Surrounding:
    """What records may refer to besides each other.

    Attributes:
        actors: Rows of the registry of actors, or None if there is none to check against.
        persons: Rows of the registry of persons, or None.
        others: Sound records of the dataset that the checked ones are to be a part of.
        complete: True if every link must lead to a record that is here.
    """

    actors: Sequence[Mapping[str, Any]] | None = None
    persons: Sequence[Mapping[str, Any]] | None = None
    others: tuple[Record, ...] = ()
    complete: bool = False


@dataclass
class _Checked:
    source: SourceRecord
    record: Record | None
    rows: list[Row]
    key: Any


@dataclass
class CheckedRecords:
    """What came out of a check: the report, the sound records, and their rows."""

    report: Report
    records: tuple[Record, ...]
    store: Store


def check_records(
    sources: Iterable[SourceRecord], around: Surrounding = Surrounding(), *, every: bool = True
) -> CheckedRecords:
    """Check nested records against the whole format; all findings, never the first only.

    Args:
        sources: The records as read.
        around: What they may refer to besides each other.
        every: False if of the same fault in very many records of a file only the first findings
            will be listed: then later ones may be counted only.
    """
    ledger = Ledger()
    made: Counter[_Sort] | None = None if every else Counter()
    checked = [_check_one(source, number, ledger, made) for number, source in enumerate(sources)]
    sound = _without_repeated_ids(checked, around, ledger)
    store = Store()
    for one in sound:  # rows of two records under one id would be counted as those of one
        store.add(one.rows)
    _add_surrounding(store, around, {one.key for one in sound})
    _fill_derived(store)
    _check_keys(sound, ledger)
    loose = _check_references(sound, store, around, ledger)
    _apply_rules(sound, store, loose, ledger)
    findings = sorted(ledger.findings, key=_order)
    report = ledger.report(findings, {"records": len(checked)})
    return CheckedRecords(report, tuple(one.record for one in checked if one.record), store)


def _order(f: Finding) -> tuple[str, str, int, int, str, str]:
    # A10 comes after A9, and AA1 after Z1.
    letters = (f.cell or "").rstrip("0123456789")
    row = int((f.cell or "")[len(letters) :] or 0)
    return (f.file or "", f.sheet or "", f.line or row, f.column or len(letters), letters, f.code)


_Sort = tuple[str, str | None, Any]
"""Code, file of the record, and the list whose items it is about, which may stand in another file."""


def _check_one(
    source: SourceRecord, number: int, ledger: Ledger, made: Counter[_Sort] | None
) -> _Checked:
    # Records come in the order of their file: once there are enough of a sort before this record,
    # none of its own can be among the first. Within a record, order is not that of the file.
    enough: dict[_Sort, bool] = {}

    def wants(code: str, path: NestedPath) -> bool:
        if made is None:
            return True
        sort = code, source.file, path[0] if len(path) > 1 and isinstance(path[1], int) else None
        if sort not in enough:
            enough[sort] = made[sort] >= kept.MAX_LISTED_OF_FILE
        if enough[sort]:
            ledger.unlisted[code] += 1
            return False
        made[sort] += 1
        return True

    record, findings = check_shape(source.values, source.locate, wants)
    ledger.findings += [f if f.file else f.at(file=source.file) for f in findings]
    if record is not None:
        rows = to_rows(record.model_dump())
    else:
        rows = [_read_row(row, source) for row in to_rows(source.values)]
        parent = rows[0].values.get("event_id") or rows[0].values.get("deed_id")
        for row in unread_rows(source.values):
            rows.append(Row(row.table, {**row.values, record_key(row.table): parent}, row.path))
    key = rows[0].values.get("event_id") or rows[0].values.get("deed_id")
    if not isinstance(key, str):
        # Without an id the rows still need something that holds them together.
        key = f"record {number + 1}"
        rows = [Row(r.table, {**r.values, record_key(r.table): key}, r.path) for r in rows]
    return _Checked(source, record, rows, key)


def _read_row(row: Row, source: SourceRecord) -> Row:
    spec = table_specs()[row.table]
    kind = source.values.get("kind")
    holds_kinds = row.table in ("events", "deeds")
    part: Any = source.values
    for step in row.path:
        part = part[step]
    values: dict[str, Any] = {}
    for column in spec.columns:
        raw = row.values[column.name]
        if column.name in (spec.parent, spec.key[0]) and isinstance(raw, str):
            # A malformed id still holds the rows of its record together.
            values[column.name] = raw
        else:
            values[column.name] = read_cell(column, raw, str(kind) if holds_kinds else None)
        missing = raw is None and not column.nullable and not column.derived
        needed = raw is None and str(kind) in column.required_for
        unread = raw is None and bool(column.path) and is_unread(part, column.path)
        if missing or needed or unread:
            values[column.name] = INVALID
    return Row(row.table, values, row.path)


def _add_surrounding(store: Store, around: Surrounding, own: set[Any]) -> None:
    for other in around.others:
        if other.id not in own:
            store.add(to_rows(other.model_dump()))
    for name, rows in (("actors", around.actors), ("persons", around.persons)):
        store.add(Row(name, dict(values)) for values in rows or ())


def _fill_derived(store: Store) -> None:
    derived = derive({name: store.values(name) for name in store.rows}, None)
    # Standing rests on sources; where one could not be read, it is not known.
    blind = {v["record_id"] for v in store.values("sources") if v["source_id"] is INVALID}
    for table, column in (("events", "event_id"), ("deeds", "deed_id")):
        for row in store.rows[table]:
            found = derived[str(row.values[column])]
            row.values.update({k: v for k, v in found.items() if k in row.values})
            if row.values[column] in blind:
                row.values.update(verification=INVALID, contested=INVALID)


def _without_repeated_ids(
    checked: list[_Checked], around: Surrounding, ledger: Ledger
) -> list[_Checked]:
    """The records with an id of their own; later ones under the same id are reported."""
    elsewhere = {other.id for other in around.others}
    for one in checked:
        if one.key in elsewhere:
            message = f"Another file of the dataset holds the id {quoted(one.key)} already."
            ledger.findings.append(_at(one, ("id",), "AE401", message, None))
    first: dict[Any, _Checked] = {}
    for one in checked:
        if one.key in first:
            earlier = first[one.key]
            place = _at(earlier, ("id",), "AE401", "", None).place
            place = place if earlier.source.file else "another record"
            message = f"The id {quoted(one.key)} stands twice; first in {place}."
            ledger.findings.append(_at(one, ("id",), "AE401", message, None))
        else:
            first[one.key] = one
    return list(first.values())


def _at(
    one: _Checked, path: NestedPath, code: str, message: str, value: Any, hint: str | None = None
) -> Finding:
    place = {"file": one.source.file, **spot_of(one.source.locate(path, False))}
    return finding(
        code,
        message,
        hint=hint,
        record_id=shown(one.key),
        field=field_path(path),
        value=shown(value),
        **place,
    )


def _check_keys(checked: list[_Checked], ledger: Ledger) -> None:
    for one in checked:
        seen: dict[tuple[Any, ...], Row] = {}
        for row in one.rows[1:]:
            key = tuple(row.values[name] for name in table_specs()[row.table].key)
            if any(part is None or part is INVALID for part in key):
                continue
            ledger.run["AE401"] += 1
            if (row.table, *key) in seen:
                first = field_path(seen[(row.table, *key)].path)
                message = f"{field_path(row.path)} repeats {first}."
                ledger.findings.append(_at(one, row.path, "AE401", message, key[-1]))
            seen.setdefault((row.table, *key), row)


def _check_references(
    checked: list[_Checked], store: Store, around: Surrounding, ledger: Ledger
) -> set[Any]:
    """Report what leads nowhere; return the records whose links cannot be resolved here."""
    known = {
        "records": {v["event_id"] for v in store.values("events")}
        | {v["deed_id"] for v in store.values("deeds")},
        "sources": {v["source_id"] for v in store.values("sources")} - {INVALID},
        "actors": None if around.actors is None else {v["actor"] for v in around.actors},
        "persons": None if around.persons is None else {v["person_id"] for v in around.persons},
    }
    loose: set[Any] = set()
    outside = 0
    for one in checked:
        # A source that could not be read may be the one that is meant.
        blind = any(
            row.table == "sources" and row.values["source_id"] is INVALID for row in one.rows
        )
        for row in one.rows:
            spec = table_specs()[row.table]
            for column in spec.columns:
                if column.ref is None or (column.name in spec.key and column.name == spec.parent):
                    continue
                value = row.values[column.name]
                there = known.get(column.ref.table)
                if value is None or value is INVALID or row.table in ("events", "deeds"):
                    continue
                if there is None:
                    ledger.skipped["AE402"] = f"no {column.ref.table} to check references against"
                    continue
                ledger.run["AE402"] += 1
                if value in there:
                    continue
                if column.ref.table == "sources" and blind:
                    ledger.skipped["AE402"] = FAULTY_INPUT
                    continue
                if column.ref.table == "records" and not around.complete:
                    loose.add(one.key)
                    outside += 1
                    continue
                what = "record" if column.ref.table == "records" else column.ref.table[:-1]
                shown_value = value.partition("/")[2] if what == "source" else value
                message, hint = no_such(shown_value, what, map(str, there))
                path = row.path_of(column)
                ledger.findings.append(_at(one, path, "AE402", message, shown_value, hint))
    if outside:
        ledger.skipped["AE402"] = (
            f"{outside} links lead outside what was given; use --in DATASET to resolve them"
        )
    return loose


def _apply_rules(
    checked: list[_Checked],
    store: Store,
    loose: set[Any],
    ledger: Ledger,
) -> None:
    by_table: dict[str, list[tuple[_Checked, Row]]] = {}
    for one in checked:
        for row in one.rows:
            by_table.setdefault(row.table, []).append((one, row))
    for rule in (*item_rules(), *RULES):
        ledger.run.setdefault(rule.code, 0)
        objects = objection(rule.expr)
        for table in rule.on:
            for one, row in by_table.get(table, ()):
                if rule.scope == "dataset" and one.key in loose:
                    ledger.skipped[rule.code] = "a link of the record leads outside what was given"
                    continue
                breach = objects(row.values, store)
                if breach is None:
                    ledger.skipped[rule.code] = FAULTY_INPUT
                    continue
                ledger.run[rule.code] += 1
                if breach:
                    ledger.findings.append(_breach(rule, one, row))


def _breach(rule: Rule, one: _Checked, row: Row) -> Finding:
    spec = table_specs()[row.table]
    if rule.field in spec.names:
        column = spec.column(rule.field)
        path, value = row.path_of(column), row.values[column.name]
    else:
        path, value = (*row.path, *rule.field.split("/")), None
    return _at(one, path, rule.code, rule.sentence, value, rule.hint)
