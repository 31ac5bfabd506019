"""Tables, checked in full: columns, cells, rows, keys, references, rules of every scope.

Screen, then examine: the expressions behind the Pandera schemas first say which rows are suspect;
only those go to Pandera, which makes the findings. On sound data Pandera is not even imported.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, reduce
from operator import and_
from typing import Any

import polars as pl

from alignment_events.check.columns import TypedTable, mark_bad, typed_table
from alignment_events.check.focus import Places
from alignment_events.check.kept import Kept
from alignment_events.check.ledger import FAULTY_INPUT
from alignment_events.check.messages import quoted, shown, unknown_code
from alignment_events.check.relations import Around, check_relations, record_of
from alignment_events.check.table_ledger import CELLS, TableLedger
from alignment_events.compile.polars_rules import BAD, failing_rows
from alignment_events.compile.row_checks import row_checks
from alignment_events.findings import Finding, Report
from alignment_events.model.rules import CATALOGUE, RULES, Rule
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.tables import record_key, table_specs

EXAMINED_AT_ONCE = 10_000
"""Suspect rows that are put to Pandera together."""
_CELLS_AT_ONCE = 100
_TOLD = 1_000
"""Characters of a text that are more than any finding tells, and too many for a code to be meant."""
_FOUND = {"code": pl.String(), "column": pl.String(), "row": pl.Int64()}


def check_tables(
    tables: Mapping[str, pl.DataFrame],
    *,
    files: Mapping[str, str] | None = None,
    package: bool = False,
    around: Around | None = None,
    overflow: Callable[[Finding], None] | None = None,
) -> Report:
    """Check tables of the format against the whole of it; every finding, with its exact row.

    Args:
        tables: Table name to frame.
        files: Table name to the file that it was read from.
        package: True for a whole dataset: no table and column may be missing, types must be those
            of the format, and every reference must lead somewhere.
        around: What else the tables may refer to.
        overflow: Takes the findings that are too many of their sort to be listed.
    """
    ledger = TableLedger(files or {}, kept=Kept(overflow))
    typed: dict[str, pl.DataFrame] = {}
    for name in table_specs():
        if name in tables:
            result = check_columns(name, tables[name], ledger, package)
            if result.usable:
                typed[name] = check_cells(name, result.frame, ledger)
        elif package:
            missing_table(name, ledger)
    if "events" in typed or "deeds" in typed:
        check_relations(typed, ledger, package, around)
    return ledger.report({name: frame.height for name, frame in tables.items()})


def check_columns(name: str, frame: pl.DataFrame, ledger: TableLedger, package: bool) -> TypedTable:
    """Bring a table into the types of the format."""
    place = (CELLS, _place(name), 0)
    noted = 0

    def note(code: str, message: str, *, row: int | None = None, **more: Any) -> None:
        nonlocal noted
        # Column by column, as they were found: not by row.
        ledger.step = (*place, noted)
        noted += 1
        ledger.add(code, message, name, row, **more)

    return typed_table(frame, table_specs()[name], note, package)


def missing_table(name: str, ledger: TableLedger) -> None:
    """Report a table that a package must have."""
    ledger.step = (CELLS, _place(name), 0)
    ledger.add("AE501", f"The table {name} is missing.", name, None)


def _place(name: str) -> int:
    return list(table_specs()).index(name)


def check_cells(
    name: str, frame: pl.DataFrame, ledger: TableLedger, rows: Places | None = None
) -> pl.DataFrame:
    """Check cells and rows of one table; return it with the faulty cells marked.

    Args:
        name: The table.
        frame: Its rows, in the types of the format.
        ledger: Takes what is found.
        rows: The rows in which something may be wrong, rising; by default all.
    """
    ledger.step = (CELLS, _place(name), 1)
    spec = table_specs()[name]
    row_rules = [rule for rule in RULES if rule.scope == "row" and name in rule.on]
    for rule in row_rules:
        ledger.count(rule.code, name, frame.height)
    if not frame.height or (rows is not None and not len(rows)):
        return frame
    plain = frame.select(spec.names)
    bad = [c for c in frame.columns if c.startswith(BAD)]
    # A column each: as one expression, so many take long to plan.
    looked_at = plain if rows is None else plain[rows]
    verdicts = looked_at.select(c.sound.alias(str(n)) for n, c in enumerate(row_checks(name)))
    suspect = (~reduce(and_, verdicts)).arg_true()
    failing = tuple(n for n, verdict in enumerate(verdicts) if not verdict.all())
    if rows is not None:
        suspect = pl.Series(rows, dtype=pl.Int64).gather(suspect)
    if not len(suspect) and not bad:
        return frame
    found = pl.concat(
        [pl.DataFrame(schema=_FOUND)]
        + [
            _examine(name, plain[some], some, failing)
            for part in suspect.to_frame("row").iter_slices(EXAMINED_AT_ONCE)
            for some in part
        ]
    )
    for column in bad:
        unread = pl.col("row").is_in(frame[column].arg_true().implode())
        found = found.filter(~((pl.col("column") == column.removeprefix(BAD)) & unread))
    faults = found.filter(pl.col("code") < "AE200").partition_by("column", as_dict=True)
    marked = mark_bad(frame, {str(column): some["row"] for (column,), some in faults.items()})
    found = found.join(
        _rows_with_faulty_inputs(name, marked, row_rules, ledger), on=("code", "row"), how="anti"
    )
    # What applies to a kind that is itself unknown cannot be said.
    kinds = found.filter((pl.col("code") == "AE103") & (pl.col("column") == "kind"))["row"]
    unsaid = (pl.col("code") == "AE102") & (pl.col("column") == "kind")
    found = found.filter(~(unsaid & pl.col("row").is_in(kinds.implode())))
    found = found.unique().sort("row", "code", "column")
    for (code, column), some in found.partition_by("code", "column", as_dict=True).items():
        numbers = ledger.numbers(name, frame.height).gather(some["row"])
        cells = _cells(name, plain, column, some["row"])
        for row, of_row in zip(numbers, cells, strict=True):
            if not ledger.only_counts(code, name, row):
                _add_cell_finding(code, column, row, name, of_row, ledger)
    return marked


def _examine(
    name: str, suspects: pl.DataFrame, rows: pl.Series, failing: tuple[int, ...]
) -> pl.DataFrame:
    """Pandera's verdict on suspect rows: code, column and row number in the whole table.

    Args:
        name: The table.
        suspects: The rows.
        rows: Their numbers.
        failing: The numbers of the checks that some row does not meet.
    """
    from pandera.errors import SchemaErrors

    from alignment_events.compile.pandera_schemas import schema_of

    schema = schema_of(name, failing)
    try:
        schema.validate(suspects.select(*schema.columns), lazy=True)
    except SchemaErrors as errors:
        emptiness = pl.col("check") == "not_nullable"
        code, column = (
            pl.col("check").str.split(" ").list.get(n, null_on_oob=True) for n in (0, 1)
        )
        cases: pl.DataFrame = errors.failure_cases
        return cases.select(
            code=pl.when(emptiness).then(pl.lit("AE101")).otherwise(code),
            column=pl.when(emptiness).then("column").otherwise(column),
            row=rows.gather(cases["index"]),
        ).cast(pl.Schema(_FOUND))
    return pl.DataFrame(schema=_FOUND)


def _cells(
    name: str, plain: pl.DataFrame, column: str, rows: pl.Series
) -> Iterator[dict[str, Any]]:
    """What is told of each row: the cell in question and those that explain it, without the rest of long texts."""
    told = {column, "kind", "vocabulary", record_key(name)}
    wanted = plain.select(one for one in plain.columns if one in told)[rows]
    short = wanted.with_columns(pl.col(pl.String).exclude("kind").str.head(_TOLD))
    return short.iter_rows(named=True, buffer_size=_CELLS_AT_ONCE)


def _rows_with_faulty_inputs(
    name: str, marked: pl.DataFrame, row_rules: list[Rule], ledger: TableLedger
) -> pl.DataFrame:
    """Codes and rows of rules that need a value with a fault of its own."""
    skipped = [pl.DataFrame(schema={"code": pl.String(), "row": pl.Int64()})]
    marks = [c for c in marked.columns if c.startswith(BAD)]
    if marks:
        faulty = marked.with_row_index("row").filter(pl.any_horizontal(marks))
        for rule in row_rules:
            touched = failing_rows(rule.expr, name, {name: faulty})[1]
            if touched:
                ledger.skip(rule.code, FAULTY_INPUT)
                rows = faulty["row"].gather(touched).cast(pl.Int64)
                skipped.append(rows.to_frame().select(pl.lit(rule.code).alias("code"), "row"))
    return pl.concat(skipped)


@lru_cache(1_000)
def _unknown_code(value: str, vocabulary: str) -> tuple[str, str]:
    """What is said of a code; the same one is often wrong in many rows."""
    return unknown_code(value, vocabulary, all_vocabularies()[vocabulary].values)


def _add_cell_finding(
    code: str, column: str, row: int, name: str, cells: Mapping[str, Any], ledger: TableLedger
) -> None:
    value = cells.get(column)
    entry = CATALOGUE[code]
    message, hint = entry.sentence, None
    if code == "AE101":
        message = f"{column} is missing."
    elif code == "AE102":
        message = f"{column} does not apply to a {cells['kind']}."
    elif code == "AE103":
        kind = cells.get("kind", "")
        spec = table_specs()[name].column(column)
        vocabulary = spec.vocabularies.get("*") or spec.vocabularies.get(kind)
        if name == "record_codes":
            vocabulary = cells["vocabulary"]
        if vocabulary in all_vocabularies():
            message, hint = _unknown_code(value, vocabulary)
    elif code < "AE200":
        form = table_specs()[name].column(column).form
        says = f"; write {form.says}" if form else ""
        message = f"{column}: {quoted(value)} is not valid{says}."
    ledger.note(
        code,
        message,
        name,
        row,
        hint=hint,
        record_id=record_of(name, cells),
        field=column,
        value=shown(value),
    )
