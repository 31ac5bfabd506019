"""Tables, checked in full: columns, cells, rows, keys, references, rules of every scope.

Screen, then examine: the expressions behind the Pandera schemas first say which rows are suspect;
only those go to Pandera, which makes the findings. On sound data Pandera is not even imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

import polars as pl

from alignment_events.check.columns import mark_bad, typed_table
from alignment_events.check.messages import (
    finding,
    no_such,
    quoted,
    shown,
    unknown_code,
)
from alignment_events.compile.cells import cell_checks
from alignment_events.compile.polars_rules import BAD, failing_rows, row_expression
from alignment_events.findings import Finding, Report
from alignment_events.model.expr import tables_read
from alignment_events.model.rules import CATALOGUE, RULES, Rule
from alignment_events.spec.extract import all_vocabularies
from alignment_events.spec.items import item_rules
from alignment_events.spec.tables import record_key, table_specs


@dataclass
class _Ledger:
    files: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)
    run: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def add(self, code: str, message: str, table: str, row: int | None, **more: str | None) -> None:
        file = self.files.get(table)
        self.findings.append(finding(code, message, file=file, table=table, row=row, **more))


def check_tables(
    tables: Mapping[str, pl.DataFrame],
    *,
    files: Mapping[str, str] | None = None,
    package: bool = False,
) -> Report:
    """Check tables of the format against the whole of it; every finding, with its exact row.

    Args:
        tables: Table name to frame.
        files: Table name to the file that it was read from.
        package: True for a whole dataset: no table and column may be missing, types must be those
            of the format, and every reference must lead somewhere.
    """
    ledger = _Ledger(files or {})
    typed: dict[str, pl.DataFrame] = {}
    for name, spec in table_specs().items():
        if name in tables:
            result = typed_table(tables[name], spec, ledger.files.get(name), package)
            ledger.findings += result.findings
            if result.usable:
                typed[name] = _check_cells(name, result.frame, ledger)
        elif package:
            ledger.add("AE501", f"The table {name} is missing.", name, None)
    if "events" in typed or "deeds" in typed:
        _check_relations(typed, ledger, package)
    return Report(
        findings=tuple(ledger.findings),
        rows_seen={name: frame.height for name, frame in tables.items()},
        rules_run=dict(sorted(ledger.run.items())),
        rules_skipped=dict(sorted(ledger.skipped.items())),
    )


def _check_cells(name: str, frame: pl.DataFrame, ledger: _Ledger) -> pl.DataFrame:
    """Check cells and rows of one table; return it with the faulty cells marked."""
    spec = table_specs()[name]
    plain = frame.select(spec.names)
    bad = [c for c in frame.columns if c.startswith(BAD)]
    sound = [check for _, _, check in cell_checks(name)]
    sound += [pl.col(c.name).is_not_null() for c in spec.columns if not c.nullable]
    row_rules = [rule for rule in RULES if rule.scope == "row" and name in rule.on]
    sound += [row_expression(rule.expr).fill_null(True) for rule in row_rules]
    for rule in row_rules:
        ledger.run[rule.code] = ledger.run.get(rule.code, 0) + frame.height
    suspect = plain.select(~reduce(lambda a, b: a & b, sound)).to_series().arg_true()
    if not len(suspect) and not bad:
        return frame
    faults: list[tuple[int, str]] = []
    found: list[tuple[str, str, int]] = []
    for code, column, row in _examine(name, plain[suspect], suspect.to_list()):
        unread = BAD + column in frame.columns and frame[BAD + column][row]
        if unread:
            continue
        if code < "AE200":
            faults.append((row, column))
        found.append((code, column, row))
    marked = mark_bad(frame, faults)
    skipped = _rows_with_faulty_inputs(name, marked, row_rules, ledger)
    for code, column, row in sorted(set(found), key=lambda f: (f[2], f[0], f[1])):
        if (code, row) not in skipped and not (code == "AE102" and (row, column) in _also(found)):
            ledger.findings.append(_cell_finding(code, column, row, name, plain, ledger))
    return marked


def _also(found: list[tuple[str, str, int]]) -> set[tuple[int, str]]:
    """Cells whose kind is itself unknown: what applies to them cannot be said."""
    return {(row, column) for code, column, row in found if code == "AE103" and column == "kind"}


def _examine(name: str, suspects: pl.DataFrame, rows: list[int]) -> list[tuple[str, str, int]]:
    """Pandera's verdict on suspect rows: code, column and row number in the whole table."""
    from pandera.errors import SchemaErrors

    from alignment_events.compile.pandera_schemas import schemas

    try:
        schemas()[name].validate(suspects, lazy=True)
    except SchemaErrors as errors:
        found = []
        for case in errors.failure_cases.iter_rows(named=True):
            if case["check"] == "not_nullable":
                code, column = "AE101", case["column"]
            else:
                code, _, column = case["check"].partition(" ")
            found.append((code, column, rows[case["index"]]))
        return found
    return []


def _rows_with_faulty_inputs(
    name: str, marked: pl.DataFrame, row_rules: list[Rule], ledger: _Ledger
) -> set[tuple[str, int]]:
    if not any(c.startswith(BAD) for c in marked.columns):
        return set()
    skipped = set()
    for rule in row_rules:
        touched = failing_rows(rule.expr, name, {name: marked})[1]
        if touched:
            ledger.skipped[rule.code] = "a value that the rule needs has a fault of its own"
            skipped |= {(rule.code, row) for row in touched}
    return skipped


def _cell_finding(
    code: str, column: str, row: int, name: str, frame: pl.DataFrame, ledger: _Ledger
) -> Finding:
    value = frame[column][row] if column in frame.columns else None
    spec = table_specs()[name].column(column)
    entry = CATALOGUE[code]
    message, hint = entry.sentence, None
    if code == "AE101":
        message = f"{column} is missing."
    elif code == "AE102":
        message = f"{column} does not apply to a {frame['kind'][row]}."
    elif code == "AE103":
        kind = frame["kind"][row] if "kind" in frame.columns else ""
        vocabulary = spec.vocabularies.get("*") or spec.vocabularies.get(kind)
        if name == "record_codes":
            vocabulary = frame["vocabulary"][row]
        if vocabulary in all_vocabularies():
            message, hint = unknown_code(value, vocabulary, all_vocabularies()[vocabulary].values)
    elif code < "AE200":
        says = f"; write {spec.form.says}" if spec.form else ""
        message = f"{column}: {quoted(value)} is not valid{says}."
    return finding(
        code,
        message,
        hint=hint,
        file=ledger.files.get(name),
        table=name,
        row=row,
        record_id=_record_of(name, frame, row),
        field=column,
        value=shown(value),
    )


def _record_of(name: str, frame: pl.DataFrame, row: int) -> str | None:
    key = record_key(name)
    return shown(frame[key][row]) if key in ("event_id", "deed_id", "record_id") else None


def _check_relations(typed: dict[str, pl.DataFrame], ledger: _Ledger, package: bool) -> None:
    frames = dict(typed)
    for name, spec in table_specs().items():
        if name not in frames:
            frames[name] = pl.DataFrame(schema={c.name: _dtype(c.type) for c in spec.columns})
    frames["index"] = _index(frames)
    repeated = _check_keys(typed, ledger)
    loose = _check_references(typed, frames, ledger, package)
    for rule in (*item_rules(), *RULES):
        if rule.scope == "row":
            continue
        ledger.run.setdefault(rule.code, 0)
        absent = tables_read(rule.expr) - {"index"} - set(typed)
        if absent:
            ledger.skipped[rule.code] = f"no table {', '.join(sorted(absent))} was given"
            continue
        for table in rule.on:
            if table in typed:
                excused = repeated | (loose if rule.scope == "dataset" else set())
                _apply(rule, table, frames, excused, ledger)


def _dtype(column_type: str) -> pl.DataType:
    from alignment_events.compile.cells import POLARS_TYPES

    return POLARS_TYPES[column_type]


def _index(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every record as rules see it: kind, subtype, dates and standing."""
    shared = ["date_start", "date_end", "verification", "contested"]

    def part(table: str, key: str, kind: pl.Expr, subtype: str) -> pl.DataFrame:
        frame = frames[table]
        marks = [BAD + c for c in (*shared, "kind") if BAD + c in frame.columns]
        return frame.select(
            pl.col(key).alias("record_id"), kind.alias("kind"), pl.col(subtype).alias("subtype"),
            *shared, *marks,
        )

    return pl.concat(
        [
            part("events", "event_id", pl.col("kind"), "subtype"),
            part("deeds", "deed_id", pl.lit("deed"), "deed_type"),
        ],
        how="diagonal",
    )


def _check_keys(typed: Mapping[str, pl.DataFrame], ledger: _Ledger) -> set[str]:
    """Report keys that stand twice; return the ids of records that do."""
    repeated: set[str] = set()
    for name in ("events", "deeds", *(n for n in typed if n not in ("events", "deeds"))):
        if name not in typed:
            continue
        spec = table_specs()[name]
        parent = record_key(name)
        frame = typed[name].with_row_index("__row")
        twice = frame.filter(
            pl.struct(spec.key).is_duplicated() & ~pl.struct(spec.key).is_first_distinct()
            & pl.all_horizontal(
                pl.col(k).is_not_null() | pl.lit(table_specs()[name].column(k).nullable)
                for k in spec.key
            )
        )
        ledger.run["AE401"] = ledger.run.get("AE401", 0) + frame.height
        for row in twice.iter_rows(named=True):
            if row.get(parent) in repeated:
                continue
            if name in ("events", "deeds"):
                repeated.add(row[parent])
            key = ", ".join(str(row[k]) for k in spec.key)
            message = f"The key {quoted(key)} stands twice in {name}."
            ledger.add("AE401", message, name, row["__row"], record_id=shown(row.get(parent)), field=spec.key[-1], value=shown(row[spec.key[-1]]))
    both = set(typed.get("events", pl.DataFrame({"event_id": []}))["event_id"]) & set(
        typed.get("deeds", pl.DataFrame({"deed_id": []}))["deed_id"]
    )
    for key in sorted(both - {None}):
        row = typed["deeds"]["deed_id"].to_list().index(key)
        ledger.add("AE401", f"The id {quoted(key)} stands in events and in deeds.", "deeds", row, record_id=key, field="deed_id", value=key)
    return repeated | both


def _check_references(
    typed: Mapping[str, pl.DataFrame],
    frames: Mapping[str, pl.DataFrame],
    ledger: _Ledger,
    package: bool,
) -> set[str]:
    """Report what leads nowhere; return the records whose links cannot be resolved here."""
    loose: set[str] = set()
    outside = 0
    for name, frame in typed.items():
        spec = table_specs()[name]
        for column in spec.columns:
            if column.ref is None:
                continue
            target = column.ref.table
            if target in ("actors", "persons") and target not in typed:
                ledger.skipped["AE402"] = f"no {target} to check references against"
                continue
            ids = _targets(target, column.ref.column, typed, frames)
            value = pl.col(column.name)
            sound = ~pl.col(BAD + column.name) if BAD + column.name in frame.columns else pl.lit(True)
            dangling = frame.with_row_index("__row").filter(
                value.is_not_null() & sound & ~value.is_in(ids.implode())
            )
            ledger.run["AE402"] = ledger.run.get("AE402", 0) + frame.height
            for row in dangling.iter_rows(named=True):
                record = row.get(record_key(name))
                if column.name == "target_id" and not package:
                    loose.add(record)
                    outside += 1
                    continue
                what = "record" if target in ("records", "events", "deeds") else target[:-1]
                message, hint = no_such(row[column.name], what, map(str, ids.to_list()))
                ledger.findings.append(
                    finding(
                        "AE402", message, hint=hint, file=ledger.files.get(name), table=name,
                        row=row["__row"], record_id=shown(record), field=column.name,
                        value=shown(row[column.name]),
                    )
                )
    if outside:
        ledger.skipped["AE402"] = f"{outside} links lead outside the tables that were given"
    return loose


def _targets(
    table: str, column: str, typed: Mapping[str, pl.DataFrame], frames: Mapping[str, pl.DataFrame]
) -> pl.Series:
    if table == "records":
        parts = [frames["index"]["record_id"]]
        if "records" in typed:
            parts.append(typed["records"]["record_id"])
        return pl.concat(parts).drop_nulls().unique()
    return frames[table][column].drop_nulls().unique()


def _apply(
    rule: Rule, table: str, frames: Mapping[str, pl.DataFrame], excused: set[str], ledger: _Ledger
) -> None:
    frame = frames[table]
    broken, touched = failing_rows(rule.expr, table, frames)
    if touched:
        ledger.skipped[rule.code] = "a value that the rule needs has a fault of its own"
    ledger.run[rule.code] += frame.height - len(touched)
    key = record_key(table)
    for row in broken:
        record = frame[key][row]
        if record in excused:
            ledger.skipped[rule.code] = "the record's id or links cannot be resolved"
            continue
        value = frame[rule.field][row] if rule.field in frame.columns else None
        ledger.findings.append(
            finding(
                rule.code, rule.sentence, hint=rule.hint, file=ledger.files.get(table), table=table,
                row=row, record_id=shown(record), field=rule.field, value=shown(value),
            )
        )
