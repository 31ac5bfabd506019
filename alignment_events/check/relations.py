"""Keys, references, and the rules that need more than one row or table."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import polars as pl

from alignment_events.check.focus import Focus, numbered_rules
from alignment_events.check.ledger import FAULTY_INPUT
from alignment_events.check.messages import Compared, no_such, quoted, shown
from alignment_events.check.table_ledger import KEYS, REFERENCES, RULES_APPLIED, TableLedger
from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.compile.polars_rules import BAD, failing_rows
from alignment_events.model.expr import tables_read
from alignment_events.spec.tables import record_key, table_specs


@dataclass(frozen=True)
class Around:
    """What lies beyond the rows at hand, where only some records of the tables are.

    Attributes:
        tables: Tables that were given and none of whose rows are at hand.
        index: Entries of the index of all records that are linked with those at hand.
        links: Links of other records to those at hand.
        sources: Rows of `sources` of other records whose id stands here, with `__row` of the file.
        repeated: Ids of records elsewhere that stand twice, whose rows are not looked at.
        known: Table and values to those of the values that the key of the table holds elsewhere.
        complete: True if every link must lead to a record here or there.
    """

    tables: frozenset[str]
    index: pl.DataFrame
    links: pl.DataFrame
    sources: pl.DataFrame
    repeated: frozenset[str]
    known: Callable[[str, pl.Series], pl.Series]
    complete: bool = False


def check_relations(
    typed: Mapping[str, pl.DataFrame],
    ledger: TableLedger,
    package: bool,
    around: Around | None = None,
    rules: bool = True,
    focus: Focus | None = None,
) -> None:
    """Check keys, references and the rules that need more than one row.

    Args:
        typed: Table name to typed frame, faulty cells marked.
        ledger: Takes what is found.
        package: True if every link must lead to a record that is here.
        around: What lies beyond the rows at hand, if they are not all.
        rules: False to check keys and references only.
        focus: What has to be looked at; by default everything.
    """
    frames = dict(typed)
    for name, spec in table_specs().items():
        if name not in frames:
            frames[name] = pl.DataFrame(schema={c.name: POLARS_TYPES[c.type] for c in spec.columns})
    frames["index"] = index_of(frames)
    if around is not None:
        frames["index"] = pl.concat([frames["index"], around.index], how="diagonal")
    repeated = _check_keys(typed, ledger, around, focus)
    loose = _check_references(typed, frames, ledger, package, around, focus)
    if around is not None:
        frames["links"] = pl.concat([frames["links"], around.links], how="diagonal")
    for number, rule in enumerate(numbered_rules()):
        if rule.scope == "row" or not rules:
            continue
        ledger.step = (RULES_APPLIED, number)
        ledger.run.setdefault(rule.code, 0)
        absent = tables_read(rule.expr) - {"index"} - set(typed)
        if absent:
            ledger.skip(rule.code, f"no table {', '.join(sorted(absent))} was given")
            continue
        for place, table in enumerate(rule.on):
            if table in typed:
                ledger.step = (RULES_APPLIED, number, place)
                excused = repeated | (loose if rule.scope == "dataset" else set())
                _apply(number, table, frames, typed[table].height, excused, ledger, focus)


def index_of(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
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


def _check_keys(
    typed: Mapping[str, pl.DataFrame],
    ledger: TableLedger,
    around: Around | None,
    focus: Focus | None,
) -> set[str]:
    """Report keys that stand twice; return the ids of records that do."""
    repeated: set[str] = set(around.repeated) if around is not None else set()
    for place, name in enumerate(("events", "deeds", *_after_records())):
        if name not in typed:
            continue
        ledger.step = (KEYS, place)
        ledger.count("AE401", name, typed[name].height)
        beyond = name == "sources" and around is not None and around.sources.height
        if not typed[name].height and not beyond:
            continue
        spec = table_specs()[name]
        parent = record_key(name)
        told = [column for column in typed[name].columns if column in (parent, *spec.key)]
        frame = typed[name].select(*told, __row=ledger.numbers(name, typed[name].height))
        if focus is not None:
            frame = frame[focus.of_keys(name)]
            if not frame.height and not beyond:
                continue
        if beyond and around is not None:
            # The key of a source is the only one that rows of several records may share.
            frame = pl.concat([frame, around.sources], how="diagonal").sort("__row")
        twice = frame.filter(
            pl.struct(spec.key).is_duplicated()
            & ~pl.struct(spec.key).is_first_distinct()
            & pl.all_horizontal(
                pl.col(k).is_not_null() | pl.lit(table_specs()[name].column(k).nullable)
                for k in spec.key
            )
        )
        for row in twice.iter_rows(named=True):
            if row.get(parent) in repeated:
                continue
            if name in ("events", "deeds"):
                repeated.add(row[parent])
            key = ", ".join(str(row[k]) for k in spec.key)
            message = f"The key {quoted(key)} stands twice in {name}."
            ledger.add_numbered(
                "AE401",
                message,
                name,
                row["__row"],
                record_id=shown(row.get(parent)),
                field=spec.key[-1],
                value=shown(row[spec.key[-1]]),
            )
    ledger.step = (KEYS, len(table_specs()))
    events, deeds = (
        typed[name][f"{name[:-1]}_id"] if name in typed else pl.Series(dtype=pl.String)
        for name in ("events", "deeds")
    )
    both = set(events.drop_nulls().to_list()) & set(deeds.drop_nulls().to_list())
    first = {key: row for row, key in reversed(list(enumerate(deeds)))} if both else {}
    for key in both:
        message = f"The id {quoted(key)} stands in events and in deeds."
        ledger.add(
            "AE401",
            message,
            "deeds",
            first[key],
            record_id=shown(key),
            field="deed_id",
            value=shown(key),
        )
    return repeated | both


def _after_records() -> tuple[str, ...]:
    return tuple(name for name in table_specs() if name not in ("events", "deeds"))


def _check_references(
    typed: Mapping[str, pl.DataFrame],
    frames: Mapping[str, pl.DataFrame],
    ledger: TableLedger,
    package: bool,
    around: Around | None,
    focus: Focus | None,
) -> set[str]:
    """Report what leads nowhere; return the records whose links cannot be resolved here."""
    loose: set[str] = set()
    given = set(typed) | (around.tables if around is not None else set())
    complete = package or (around is not None and around.complete)
    for place, (name, spec) in enumerate(table_specs().items()):
        if name not in typed:
            continue
        frame = typed[name]
        for number, column in enumerate(spec.columns):
            if column.ref is None:
                continue
            ledger.step = (REFERENCES, place, number)
            target = column.ref.table
            if target in ("actors", "persons") and target not in given:
                ledger.skip("AE402", f"no {target} to check references against")
                continue
            ledger.count("AE402", name, frame.height)
            chosen = focus.of_references(name, column.name) if focus is not None else None
            if not frame.height or (chosen is not None and not len(chosen)):
                continue
            key, bad = record_key(name), BAD + column.name
            told = [c for c in frame.columns if c in (key, column.name, bad)]
            looked_at = frame.select(*told, __row=ledger.numbers(name, frame.height))
            if chosen is not None:
                looked_at = looked_at[chosen]
            ids = _targets(target, column.ref.column, typed, frames)
            if around is not None:
                beyond = around.known(target, looked_at[column.name].drop_nulls().unique())
                ids = pl.concat([ids, beyond])
            value = pl.col(column.name)
            sound = ~pl.col(bad) if bad in frame.columns else pl.lit(True)
            dangling = looked_at.filter(value.is_not_null() & sound & ~value.is_in(ids.implode()))
            like = _Like(target, ids, dangling[key])
            for row in dangling.iter_rows(named=True):
                record = row.get(key)
                if column.name == "target_id" and not complete:
                    loose.add(str(record))
                    ledger.outside += 1
                    continue
                if ledger.only_counts("AE402", name, row["__row"]):
                    continue
                message, hint = like.said(row[column.name], record)
                ledger.note(
                    "AE402",
                    message,
                    name,
                    row["__row"],
                    hint=hint,
                    record_id=shown(record),
                    field=column.name,
                    value=shown(row[column.name]),
                )
    return loose


@dataclass(frozen=True)
class _Like:
    """What might have been meant: of registries all codes, of sources those of the record.

    Ids of records are drawn at random: one that is near another tells nothing about it.
    """

    target: str
    ids: pl.Series
    records: pl.Series

    def said(self, value: str, record: object) -> tuple[str, str | None]:
        """Message and hint for a value that leads nowhere, in a row of a record."""
        if self.target == "sources":
            return no_such(value, "source", self._of_records.get(str(record), ()))
        return self._said(value)

    @cached_property
    def _said(self) -> Callable[[str], tuple[str, str | None]]:
        # Where there are thousands, most are one mistake many times.
        is_registry = self.target in ("actors", "persons")
        codes = Compared.of(sorted(self.ids) if is_registry else ())
        what = self.target[:-1] if is_registry else "record"
        return lru_cache(1_000)(lambda value: no_such(value, what, codes))

    @cached_property
    def _of_records(self) -> Mapping[str, Collection[str]]:
        own = self.ids.str.extract("^([^/]*)/").is_in(self.records.implode())
        found: dict[str, list[str]] = defaultdict(list)
        for source in self.ids.filter(own).sort():
            found[source.partition("/")[0]].append(source)
        return found


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
    number: int,
    table: str,
    frames: Mapping[str, pl.DataFrame],
    height: int,
    excused: set[str],
    ledger: TableLedger,
    focus: Focus | None,
) -> None:
    """Apply a rule to the first rows of a table; those beyond the height are only looked into."""
    rule = numbered_rules()[number]
    ledger.count(rule.code, table, height)
    if not height:
        return
    if focus is None:
        failing = failing_rows(rule.expr, table, frames)
        broken, touched = ([row for row in rows if row < height] for rows in failing)
    else:
        narrowed = focus.narrowed(number, table, frames)
        if narrowed is None:
            return
        broken, touched = map(narrowed.there, failing_rows(rule.expr, table, narrowed.tables))
    if touched:
        ledger.skip(rule.code, FAULTY_INPUT)
    ledger.run[rule.code] -= len(touched)
    # Of two reasons, that the record cannot be resolved stands: also where parts are joined.
    ledger.step = (*ledger.step, 1)
    frame = frames[table][broken]
    records = frame[record_key(table)]
    values = frame[rule.field] if rule.field in frame.columns else [None] * len(broken)
    numbers = ledger.numbers(table, height).gather(broken)
    for row, record, value in zip(numbers, records, values, strict=True):
        if record in excused:
            ledger.skip(rule.code, "the record's id or links cannot be resolved")
        elif not ledger.only_counts(rule.code, table, row):
            ledger.note(
                rule.code,
                rule.sentence,
                table,
                row,
                hint=rule.hint,
                record_id=shown(record),
                field=rule.field,
                value=shown(value),
            )


def record_of(name: str, cells: Mapping[str, Any]) -> str | None:
    """Id of the record that a row belongs to, for findings; None in registries."""
    key = record_key(name)
    return shown(cells[key]) if key in ("event_id", "deed_id", "record_id") else None
