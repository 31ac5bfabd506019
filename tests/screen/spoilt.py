"""Tables for the tests of the screen: every counterexample in one dataset, and random faults on top."""

import datetime as dt
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
from support import text_tables

from alignment_events.check.tables import check_tables
from alignment_events.compile.arrow import arrow_schema
from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.findings import Report
from alignment_events.model.ids import ID_PATTERN, mint_id
from alignment_events.model.rules import CATALOGUE
from alignment_events.read.parquet import read_tables
from alignment_events.spec.examples import broken, sound_examples
from alignment_events.spec.tables import record_key, table_specs

Tables = dict[str, pl.DataFrame]
_ANY_ID = re.compile(ID_PATTERN.strip("^$"))
RECORD_TABLES = ("events", "deeds", "records")
ACTORS = ("ARC", "ARC_GRAIN", "ASSEMBLY", "BOR", "CAL")


def under_new_ids(worlds: Iterable[list[dict[str, Any]]]) -> Iterator[list[dict[str, Any]]]:
    """Some records, each time under new ids."""
    draw = random.Random(11)
    issued: set[str] = set()
    for world in worlds:
        fresh: dict[str, str] = {}

        def new(found: re.Match[str], fresh: dict[str, str] = fresh) -> str:
            if found[0] not in fresh:
                fresh[found[0]] = mint_id(issued, draw=draw.randrange)
                issued.add(fresh[found[0]])
            return fresh[found[0]]

        yield json.loads(_ANY_ID.sub(new, json.dumps(world, default=str)))


@cache
def all_counterexamples() -> Tables:
    """The tables of the sound examples and of each broken version of them."""
    worlds = [list(sound_examples().values())]
    worlds += [broken(change) for entry in CATALOGUE.values() for change in entry.breaks]
    return tables_of(worlds)


def pairs_of_counterexamples(seed: int, count: int) -> Tables:
    """The tables of records that are broken in two ways at once."""
    draw = random.Random(seed)
    changes = [change for entry in CATALOGUE.values() for change in entry.breaks]
    worlds: list[list[dict[str, Any]]] = []
    while len(worlds) < count:
        one, other = draw.sample(changes, 2)
        if one.record == other.record:
            with suppress(KeyError, IndexError, TypeError, ValueError):
                worlds.append(broken(replace(one, with_=(*one.with_, other, *other.with_))))
    return tables_of(worlds)


def tables_of(worlds: Iterable[list[dict[str, Any]]]) -> Tables:
    """The tables of some records, typed, sorted by record, with registries."""
    pieces: dict[str, list[pl.DataFrame]] = {}
    for world in under_new_ids(worlds):
        for name, frame in text_tables([r for r in world if isinstance(r, dict)]).items():
            pieces.setdefault(name, []).append(frame)
    tables = {name: _typed(name, pl.concat(some)) for name, some in pieces.items()}
    ids = sorted(
        {*tables["events"]["event_id"].drop_nulls(), *tables["deeds"]["deed_id"].drop_nulls()}
    )
    tables["records"] = _rows("records", record_id=ids, record_type="event", status="current")
    tables["actors"] = _rows(
        "actors", actor=ACTORS, name="An actor", actor_type="state", focal=False
    )
    tables["persons"] = _rows("persons", person_id=["ada-arden"], name="Ada Arden", actor="ARC")
    tables["codings"] = _rows(
        "codings", sample="first", card_key=ids[:40], record_id=ids[:40], coder_id="coder-1",
        method="human", field="core", value="x", codebook_version="0.1",
        coded_date=dt.date(2031, 1, 1),
    )  # fmt: skip
    for name in ("coverage", "vocabularies"):
        tables[name] = _rows(name)
    return {name: in_order(name, frame) for name, frame in tables.items()}


def _typed(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    columns = []
    for column in table_specs()[name].columns:
        series = frame[column.name]
        if column.type == "flag":
            series = series.replace_strict({"true": True, "false": False}, default=None)
        if column.type == "day":
            series = series.str.to_date("%Y-%m-%d", strict=False)
        columns.append(series.cast(POLARS_TYPES[column.type], strict=False))
    return pl.DataFrame(columns)


def _rows(table: str, /, **columns: Any) -> pl.DataFrame:
    height = max((len(v) for v in columns.values() if isinstance(v, list | tuple)), default=0)
    found = {}
    for column in table_specs()[table].columns:
        value = columns.get(column.name)
        values = list(value) if isinstance(value, list | tuple) else [value] * height
        found[column.name] = pl.Series(values, dtype=POLARS_TYPES[column.type])
    return pl.DataFrame(found)


def in_order(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows sorted by record, as releases are; otherwise as they were."""
    if name in RECORD_TABLES or table_specs()[name].parent:
        return frame.sort(record_key(name), maintain_order=True)
    return frame


def write(tables: Tables, folder: Path, *, row_group: int = 1000) -> Path:
    """Write the tables as Parquet files of the types of the format."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        schema = arrow_schema(name)
        known = [c for c in schema.names if c in frame.columns]
        table = frame.to_arrow()
        for column in known:
            place = table.schema.get_field_index(column)
            field = schema.field(column).with_nullable(True)
            table = table.set_column(place, field, table.column(column).cast(field.type))
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=row_group)
    return folder


def whole(folder: Path, *, package: bool) -> Report:
    """The verdict of the checks of tables, of all tables at once."""
    read = read_tables(folder)
    report = check_tables(read.tables, files=read.files, package=package)
    return replace(report, findings=(*read.findings, *report.findings), unusable=not read.tables)


def spoil(tables: Tables, seed: int, faults: int) -> Tables:
    """A copy with random faults of cells and rows."""
    draw = random.Random(seed)
    spoilt = dict(tables)
    for _ in range(faults):
        name = draw.choice([n for n, f in spoilt.items() if f.height])
        change = draw.choice(_CHANGES)
        spoilt[name] = change(name, spoilt, draw, range(spoilt[name].height))
    return {name: in_order(name, frame) for name, frame in spoilt.items()}


def spoil_together(tables: Tables, seed: int, records: int, faults: int) -> Tables:
    """A copy in which some records have several faults each, in whatever rows of theirs."""
    draw = random.Random(seed)
    spoilt = dict(tables)
    ids = [*tables["events"]["event_id"].drop_nulls(), *tables["deeds"]["deed_id"].drop_nulls()]
    of_records = [n for n in tables if n in RECORD_TABLES or table_specs()[n].parent]
    for record in draw.sample(sorted(set(ids)), records):
        for _ in range(faults):
            rows = {n: (spoilt[n][record_key(n)] == record).arg_true() for n in of_records}
            there = [name for name, some in rows.items() if len(some)]
            if there:
                name = draw.choice(there)
                spoilt[name] = draw.choice(_CHANGES)(name, spoilt, draw, rows[name].to_list())
    return {name: in_order(name, frame) for name, frame in spoilt.items()}


_TEXTS = (
    None, "", " x", "x ", "=1", "北京", "x\ty", "x" * 700, "e\u0301", "a\u00a0", "\u3000a", "unknown",
    "AE-0000-0000", "AE-0000-0001", "nonsense", "s1", "yes", "implements", "closes", "deed",
    "agreement", "participants/1", "participants/99999999999999999999", "core", "ARC", "XYZ",
    "http://a.b/ c", "1", "01", "-1", "\x7f", "AE-0123456789ABCDEF", "ARC\n", "\u2028",
)  # fmt: skip
_VALUES: dict[str, tuple[Any, ...]] = {
    "day": (None, dt.date(1799, 12, 31), dt.date(2100, 1, 1), dt.date(2031, 2, 1), dt.date(1990, 1, 1)),
    "flag": (None, True, False),
    "integer": (None, 1, 2, 0, -1, 2**40),
    "number": (None, float("nan"), float("inf"), -1.0, 1e300, 12.5, 0.0),
}  # fmt: skip


def _cell(name: str, tables: Tables, draw: random.Random, rows: Sequence[int]) -> pl.DataFrame:
    frame = tables[name]
    column = draw.choice(table_specs()[name].columns)
    row = draw.choice(rows)
    value = draw.choice(_VALUES.get(column.type, _TEXTS))
    if draw.random() < 0.3:
        value = frame[column.name][draw.randrange(frame.height)]
    elif column.type == "code" and draw.random() < 0.6:
        from alignment_events.spec.cells import allowed_codes

        vocabulary = draw.choice(sorted(column.vocabularies.values()) or ["kind"])
        value = draw.choice(sorted(allowed_codes(vocabulary)))
    changed = frame[column.name].to_list()
    changed[row] = value
    return frame.with_columns(pl.Series(column.name, changed, dtype=POLARS_TYPES[column.type]))


def _twice(name: str, tables: Tables, draw: random.Random, rows: Sequence[int]) -> pl.DataFrame:
    frame = tables[name]
    return pl.concat([frame, frame[draw.choice(rows)]])


def _gone(name: str, tables: Tables, draw: random.Random, rows: Sequence[int]) -> pl.DataFrame:
    row = draw.choice(rows)
    return tables[name].with_row_index("__n").filter(pl.col("__n") != row).drop("__n")


def _id_of_another(
    name: str, tables: Tables, draw: random.Random, rows: Sequence[int]
) -> pl.DataFrame:
    """A reference to a record of any kind, or a row moved to another record."""
    frame = tables[name]
    columns = [c.name for c in table_specs()[name].columns if c.type == "id"]
    others = [tables[n][record_key(n)] for n in ("events", "deeds") if n in tables]
    others = [o for o in others if len(o)]
    if not columns or not others:
        return frame
    other = draw.choice(others)
    column = draw.choice(columns)
    changed = frame[column].to_list()
    changed[draw.choice(rows)] = other[draw.randrange(len(other))]
    return frame.with_columns(pl.Series(column, changed, dtype=pl.String))


def _source_of_another(
    name: str, tables: Tables, draw: random.Random, rows: Sequence[int]
) -> pl.DataFrame:
    frame = tables[name]
    if "source_id" not in frame.columns or not tables["sources"].height:
        return frame
    sources = tables["sources"]["source_id"]
    value = sources[draw.randrange(len(sources))]
    if value and draw.random() < 0.3:
        value = value[:-1] + draw.choice("129x")
    changed = frame["source_id"].to_list()
    changed[draw.choice(rows)] = value
    return frame.with_columns(pl.Series("source_id", changed, dtype=pl.String))


_CHANGES: tuple[Callable[[str, Tables, random.Random, Sequence[int]], pl.DataFrame], ...] = (
    _cell, _cell, _cell, _cell, _cell, _cell, _twice, _gone, _id_of_another, _id_of_another,
    _source_of_another,
)  # fmt: skip
