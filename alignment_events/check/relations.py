"""Keys, references, and the rules that need more than one row or table."""

from collections.abc import Mapping

import polars as pl

from alignment_events.check.ledger import FAULTY_INPUT, Ledger
from alignment_events.check.messages import no_such, quoted, shown
from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.compile.polars_rules import BAD, failing_rows
from alignment_events.model.expr import tables_read
from alignment_events.model.rules import RULES, Rule
from alignment_events.spec.items import item_rules
from alignment_events.spec.tables import record_key, table_specs


def check_relations(typed: dict[str, pl.DataFrame], ledger: Ledger, package: bool) -> None:
    """Check keys, references and the rules that need more than one row.

    Args:
        typed: Table name to typed frame, faulty cells marked.
        ledger: Takes what is found.
        package: True if every link must lead to a record that is here.
    """
    frames = dict(typed)
    for name, spec in table_specs().items():
        if name not in frames:
            frames[name] = pl.DataFrame(schema={c.name: POLARS_TYPES[c.type] for c in spec.columns})
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


def _index(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every record as rules see it: kind, subtype, dates and standing."""
    shared = ["date_start", "date_end", "verification", "contested"]

    def part(table: str, key: str, kind: pl.Expr, subtype: str) -> pl.DataFrame:
        frame = frames[table]
        marks = [BAD + c for c in (*shared, "kind") if BAD + c in frame.columns]
        return frame.select(
            pl.col(key).alias("record_id"),
            kind.alias("kind"),
            pl.col(subtype).alias("subtype"),
            *shared,
            *marks,
        )

    return pl.concat(
        [
            part("events", "event_id", pl.col("kind"), "subtype"),
            part("deeds", "deed_id", pl.lit("deed"), "deed_type"),
        ],
        how="diagonal",
    )


def _check_keys(typed: Mapping[str, pl.DataFrame], ledger: Ledger) -> set[str]:
    """Report keys that stand twice; return the ids of records that do."""
    repeated: set[str] = set()
    for name in ("events", "deeds", *(n for n in typed if n not in ("events", "deeds"))):
        if name not in typed:
            continue
        spec = table_specs()[name]
        parent = record_key(name)
        frame = typed[name].with_row_index("__row")
        twice = frame.filter(
            pl.struct(spec.key).is_duplicated()
            & ~pl.struct(spec.key).is_first_distinct()
            & pl.all_horizontal(
                pl.col(k).is_not_null() | pl.lit(table_specs()[name].column(k).nullable)
                for k in spec.key
            )
        )
        ledger.run["AE401"] += frame.height
        for row in twice.iter_rows(named=True):
            if row.get(parent) in repeated:
                continue
            if name in ("events", "deeds"):
                repeated.add(row[parent])
            key = ", ".join(str(row[k]) for k in spec.key)
            message = f"The key {quoted(key)} stands twice in {name}."
            ledger.add(
                "AE401",
                message,
                name,
                row["__row"],
                record_id=shown(row.get(parent)),
                field=spec.key[-1],
                value=shown(row[spec.key[-1]]),
            )
    events, deeds = (
        typed[name][f"{name[:-1]}_id"].drop_nulls().to_list() if name in typed else []
        for name in ("events", "deeds")
    )
    both = set(events) & set(deeds)
    for key in sorted(both):
        ledger.add(
            "AE401",
            f"The id {quoted(key)} stands in events and in deeds.",
            "deeds",
            typed["deeds"]["deed_id"].to_list().index(key),
            record_id=key,
            field="deed_id",
            value=key,
        )
    return repeated | both


def _check_references(
    typed: Mapping[str, pl.DataFrame],
    frames: Mapping[str, pl.DataFrame],
    ledger: Ledger,
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
            sound = (
                ~pl.col(BAD + column.name) if BAD + column.name in frame.columns else pl.lit(True)
            )
            dangling = frame.with_row_index("__row").filter(
                value.is_not_null() & sound & ~value.is_in(ids.implode())
            )
            ledger.run["AE402"] += frame.height
            for row in dangling.iter_rows(named=True):
                record = row.get(record_key(name))
                if column.name == "target_id" and not package:
                    loose.add(str(record))
                    outside += 1
                    continue
                what = "record" if target in ("records", "events", "deeds") else target[:-1]
                message, hint = no_such(row[column.name], what, map(str, ids.to_list()))
                ledger.add(
                    "AE402",
                    message,
                    name,
                    row["__row"],
                    hint=hint,
                    record_id=shown(record),
                    field=column.name,
                    value=shown(row[column.name]),
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
    rule: Rule, table: str, frames: Mapping[str, pl.DataFrame], excused: set[str], ledger: Ledger
) -> None:
    frame = frames[table]
    broken, touched = failing_rows(rule.expr, table, frames)
    if touched:
        ledger.skipped[rule.code] = FAULTY_INPUT
    ledger.run[rule.code] += frame.height - len(touched)
    key = record_key(table)
    for row in broken:
        record = frame[key][row]
        if record in excused:
            ledger.skipped[rule.code] = "the record's id or links cannot be resolved"
            continue
        value = frame[rule.field][row] if rule.field in frame.columns else None
        ledger.add(
            rule.code,
            rule.sentence,
            table,
            row,
            hint=rule.hint,
            record_id=shown(record),
            field=rule.field,
            value=shown(value),
        )


def record_of(name: str, frame: pl.DataFrame, row: int) -> str | None:
    """Id of the record that a row belongs to, for findings; None in registries."""
    key = record_key(name)
    return shown(frame[key][row]) if key in ("event_id", "deed_id", "record_id") else None
