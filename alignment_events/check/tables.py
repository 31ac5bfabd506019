"""Tables, checked in full: columns, cells, rows, keys, references, rules of every scope.

Screen, then examine: the expressions behind the Pandera schemas first say which rows are suspect;
only those go to Pandera, which makes the findings. On sound data Pandera is not even imported.
"""

from collections.abc import Mapping
from functools import reduce
from operator import and_

import polars as pl

from alignment_events.check.columns import TypedTable, mark_bad, typed_table
from alignment_events.check.ledger import FAULTY_INPUT, MAX_LISTED, not_listed
from alignment_events.check.messages import quoted, shown, unknown_code
from alignment_events.check.relations import check_relations, record_of
from alignment_events.check.table_ledger import CELLS, TableLedger
from alignment_events.compile.cells import cell_checks
from alignment_events.compile.polars_rules import BAD, failing_rows, row_expression
from alignment_events.findings import Report
from alignment_events.model.rules import CATALOGUE, RULES, Rule
from alignment_events.spec.extract import all_vocabularies
from alignment_events.spec.tables import table_specs


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
    ledger = TableLedger(files or {})
    typed: dict[str, pl.DataFrame] = {}
    for name in table_specs():
        if name in tables:
            result = check_columns(name, tables[name], ledger, package)
            if result.usable:
                typed[name] = check_cells(name, result.frame, ledger)
        elif package:
            missing_table(name, ledger)
    if "events" in typed or "deeds" in typed:
        check_relations(typed, ledger, package)
    return ledger.report({name: frame.height for name, frame in tables.items()})


def check_columns(name: str, frame: pl.DataFrame, ledger: TableLedger, package: bool) -> TypedTable:
    """Bring a table into the types of the format."""
    ledger.step = (CELLS, _place(name), 0)
    result = typed_table(frame, table_specs()[name], ledger.files.get(name), package)
    # Column by column, as they were found: not by row.
    for number, one in enumerate(result.findings):
        ledger.step = (CELLS, _place(name), 0, number)
        ledger.put(one)
    return result


def missing_table(name: str, ledger: TableLedger) -> None:
    """Report a table that a package must have."""
    ledger.step = (CELLS, _place(name), 0)
    ledger.add("AE501", f"The table {name} is missing.", name, None)


def _place(name: str) -> int:
    return list(table_specs()).index(name)


def check_cells(name: str, frame: pl.DataFrame, ledger: TableLedger) -> pl.DataFrame:
    """Check cells and rows of one table; return it with the faulty cells marked."""
    ledger.step = (CELLS, _place(name), 1)
    spec = table_specs()[name]
    row_rules = [rule for rule in RULES if rule.scope == "row" and name in rule.on]
    for rule in row_rules:
        ledger.count(rule.code, name, frame.height)
    if not frame.height:
        return frame
    plain = frame.select(spec.names)
    bad = [c for c in frame.columns if c.startswith(BAD)]
    sound = [check for _, _, check in cell_checks(name)]
    sound += [pl.col(c.name).is_not_null() for c in spec.columns if not c.nullable]
    sound += [row_expression(rule.expr).fill_null(True) for rule in row_rules]
    # A column each: as one expression, so many take long to plan.
    verdicts = plain.select(check.alias(str(number)) for number, check in enumerate(sound))
    suspect = (~reduce(and_, verdicts)).arg_true()
    if not len(suspect) and not bad:
        return frame
    # Rows beyond are not looked into: they would fill memory with one mistake many times over.
    more = max(0, len(suspect) - MAX_LISTED)
    suspect = suspect[:MAX_LISTED]
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
            _add_cell_finding(code, column, row, name, plain, ledger)
    if more and ledger.found:
        step, last = ledger.found[-1]
        what = f"{more:,} more rows of {name} that may have faults"
        ledger.found[-1] = step, not_listed(last, what)
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
    name: str, marked: pl.DataFrame, row_rules: list[Rule], ledger: TableLedger
) -> set[tuple[str, int]]:
    if not any(c.startswith(BAD) for c in marked.columns):
        return set()
    skipped = set()
    for rule in row_rules:
        touched = failing_rows(rule.expr, name, {name: marked})[1]
        if touched:
            ledger.skip(rule.code, FAULTY_INPUT)
            skipped |= {(rule.code, row) for row in touched}
    return skipped


def _add_cell_finding(
    code: str, column: str, row: int, name: str, frame: pl.DataFrame, ledger: TableLedger
) -> None:
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
    ledger.add(
        code,
        message,
        name,
        row,
        hint=hint,
        record_id=record_of(name, frame, row),
        field=column,
        value=shown(value),
    )
