"""What several tests share: records as tables of text, and the verdicts of the three engines."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from alignment_events.check.records import SourceRecord, Surrounding, check_records
from alignment_events.check.tables import check_tables
from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.compile.sql import failing_rows_sql
from alignment_events.findings import Report
from alignment_events.model.rules import RULES
from alignment_events.spec.items import item_rules
from alignment_events.spec.project import to_rows
from alignment_events.spec.tables import record_key, table_specs

Nested = dict[str, Any]
REGISTRIES = ("actors", "persons", "coverage", "codings", "vocabularies", "records")


def nested_report(records: Sequence[Nested]) -> Report:
    """The verdict on nested records that are complete in themselves."""
    return check_records(SourceRecord(record) for record in records).report


def text_tables(records: Sequence[Nested]) -> dict[str, pl.DataFrame]:
    """The tables of raw records, every column text, as a CSV file would give them.

    Standing (verification, contested) is derived and never typed; it is filled in as a build would.
    """
    checked = check_records(SourceRecord(record) for record in records)
    standing = {record_key(table): {} for table in ("events", "deeds")}
    for table in ("events", "deeds"):
        for row in checked.store.rows[table]:
            standing[record_key(table)][row.values[record_key(table)]] = row.values
    rows: dict[str, list[dict[str, str | None]]] = {name: [] for name in table_specs()}
    for record in records:
        for row in to_rows(record):
            values = dict(row.values)
            if row.table in ("events", "deeds"):
                key = record_key(row.table)
                known = standing[key].get(values[key], {})
                for name in ("verification", "contested"):
                    values[name] = known.get(name)
            rows[row.table].append({name: _text(value) for name, value in values.items()})
    return {
        name: pl.DataFrame(found, schema=dict.fromkeys(table_specs()[name].names, pl.String))
        for name, found in rows.items()
        if name not in REGISTRIES
    }


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def typed_tables(records: Sequence[Nested]) -> dict[str, pl.DataFrame]:
    """The tables of sound-shaped records in the types of the format."""
    checked = check_records(SourceRecord(record) for record in records)
    found = {}
    for name, spec in table_specs().items():
        rows = [{c: _plain(row.values[c]) for c in spec.names} for row in checked.store.rows[name]]
        schema = {column.name: POLARS_TYPES[column.type] for column in spec.columns}
        found[name] = pl.DataFrame(rows, schema=schema)
    return found


def _plain(value: Any) -> Any:
    return str(value.value) if hasattr(value, "definition") else value


Breach = tuple[str, str | None]
"""Code of a rule, and id of the record that breaks it."""


def breaches(report: Report) -> set[Breach]:
    """What a report objects to, by rule and record, rules that are expressions only."""
    codes = {rule.code for rule in (*RULES, *item_rules())}
    return {(f.code, f.record_id) for f in report.findings if f.code in codes}


def sql_breaches(tables: Mapping[str, pl.DataFrame]) -> set[Breach]:
    """What DuckDB objects to, from the SQL of every rule."""
    connection = duckdb.connect()
    for name, frame in tables.items():
        connection.register(name, frame.to_arrow())
    connection.execute(INDEX_VIEW)
    found: set[Breach] = set()
    for rule in (*RULES, *item_rules()):
        for table in rule.on:
            key = record_key(table)
            query = f'SELECT "{key}" FROM ({failing_rows_sql(rule.expr, table)})'
            found |= {(rule.code, row[0]) for row in connection.execute(query).fetchall()}
    connection.close()
    return found


INDEX_VIEW = """
CREATE VIEW "index" AS
SELECT event_id AS record_id, kind, subtype, date_start, date_end, verification, contested
FROM events
UNION ALL
SELECT deed_id, 'deed', deed_type, date_start, date_end, verification, contested FROM deeds
"""


def polars_breaches(tables: Mapping[str, pl.DataFrame]) -> set[Breach]:
    """What the checks of tables object to."""
    given = {name: frame for name, frame in tables.items() if name not in REGISTRIES}
    return breaches(check_tables(given))


def python_breaches(records: Sequence[Nested]) -> set[Breach]:
    """What the checks of nested records object to, every link taken to be resolvable."""
    around = Surrounding(complete=False)
    report = check_records((SourceRecord(record) for record in records), around).report
    return breaches(report)


A_DAY = dt.date(2031, 3, 4)
