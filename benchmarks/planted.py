"""Faults with a known truth: kinds of faults, each at one row or record in a thousand.

A record gets one fault at most, and only where the format says exactly one thing about it: columns
that other rules read are left alone, and so are records that others link to. The truth holds the
row of each fault in the files written, and which other verdicts on that fault are right as well.
"""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from alignment_events.compile.arrow import arrow_schema
from alignment_events.spec.tables import record_key, table_specs

SHARE = 0.001
col = pl.col


@dataclass(frozen=True)
class Fault:
    """A kind of fault.

    Attributes:
        name: What is wrong, in a few words.
        code: The code that says so.
        table: The table that is changed.
        where: Rows that can take the fault; `of` tells of their record: kind, subtype, scope,
            whether it is linked, and `n`, how many such rows the record has.
        sets: Column to its new value; none for rows that are doubled or taken away.
        how: `set`, `twice` for a row that stands twice, `gone` for rows taken away.
        at: The table at whose row of that record the finding is, if not at the changed row.
        also: Codes that other tools may as well give the same row.
    """

    name: str
    code: str
    table: str
    where: pl.Expr
    sets: dict[str, Any] = field(default_factory=dict)
    how: str = "set"
    at: str | None = None
    also: tuple[str, ...] = ()


_there = col("record_kind").is_not_null()
_alone = ~col("linked")


def _one(table: str, role: str) -> pl.Expr:
    return (col("role") == role) & ((col("role") == role).sum().over(record_key(table)) == 1)


FAULTS = (
    Fault("no code of the vocabulary", "AE103", "events", _there, {"date_basis": "guessed"}),
    Fault("no value, always required", "AE101", "events", _there, {"coder_confidence": None}),
    Fault("no value, required of the kind", "AE101", "events", col("kind") == "gap", {"gap_attribution": None}),
    Fault("value of another kind", "AE102", "events", col("kind") == "meeting", {"gap_attribution": "unclear"}),
    Fault("slug in the wrong form", "AE105", "events", _there, {"episode_id": "Not A Slug"}),
    Fault("text that begins as a formula", "AE106", "events", _there, {"place_name": "=1+1"}),
    Fault("text too long", "AE106", "events", _there, {"summary": "far too long " * 50 + "indeed"}),
    Fault("number out of its range", "AE108", "events", col("latitude").is_null() & col("longitude").is_null(), {"latitude": 95.0, "longitude": 10.0}),
    Fault("not a number", "AE108", "events", col("latitude").is_null() & col("longitude").is_null(), {"latitude": 10.0, "longitude": float("nan")}),
    Fault("id with a wrong check character", "AE109", "records", (col("record_type") == "event") & col("replaced_by").is_null(), {"replaced_by": "AE-0000-0001"}, also=("AE402",)),
    Fault("no web address", "AE105", "sources", _there, {"url": "www.arcadia.example/news"}),
    Fault("no language tag", "AE105", "sources", _there, {"language": "English"}),
    Fault("date before the calendar of the format", "AE104", "sources", _there, {"published": dt.date(1799, 12, 31)}),
    Fault("no code of the vocabulary, of a link", "AE103", "links", _there, {"basis": "guessed"}),
    Fault("no code of the vocabulary named in the row", "AE103", "record_codes", col("vocabulary") == "theme", {"code": "gossip"}),
    Fault("end before start", "AE201", "events", (col("kind") == "meeting") & _alone & (col("date_precision") == "day") & ~col("ongoing"), {"date_end": col("date_start") - pl.duration(days=3)}),
    Fault("call at a place", "AE205", "events", col("meeting_medium").is_in(["phone", "video"]), {"place_precision": None}),
    Fault("meeting in person at no place", "AE206", "events", col("meeting_medium") == "in_person", {"place_precision": "remote"}),
    Fault("latitude without longitude", "AE225", "events", col("latitude").is_null() & col("longitude").is_null(), {"latitude": 10.0}),
    Fault("coded before it took place", "AE226", "events", col("occurrence") == "held", {"coded_date": col("date_start") - pl.duration(days=1)}),
    Fault("place on land without country", "AE228", "events", col("place_precision") == "city", {"place_country": None}),
    Fault("coder as reviewer", "AE233", "events", _there, {"reviewer_id": col("coder_id")}),
    Fault("vetted, though a machine alone coded", "AE234", "events", (col("method") == "machine") & (col("coder_id") != "editor-x"), {"release_status": "vetted", "reviewer_id": "editor-x"}),
    Fault("firm without sector", "AE235", "participants", col("actor").str.contains("_", literal=True), {"sector": None}),
    Fault("opened before it was published", "AE222", "sources", col("published").is_not_null() & col("accessed").is_not_null(), {"accessed": col("published") - pl.duration(days=1)}),
    Fault("no theme", "AE110", "record_codes", (col("vocabulary") == "theme") & (col("record_kind") != "deed") & ~col("cites_themes"), how="gone", at="events"),
    Fault("statement without speaker", "AE312", "participants", (col("record_kind") == "statement") & ~col("record_subtype").is_in(["joint_statement", "un_vote"]) & _one("participants", "speaker"), {"role": "initiator"}, at="events"),
    Fault("gap without a party in default", "AE313", "participants", (col("record_kind") == "gap") & _one("participants", "defaulting"), {"role": "affected"}, at="events"),
    Fault("agreement of one signatory", "AE314", "participants", (col("record_kind") == "agreement") & (col("role") == "signatory") & ((col("role") == "signatory").sum().over("record_id") == 2), {"role": "observer"}, at="events"),
    Fault("no source for the core", "AE320", "citations", (col("field") == "core") & ((col("field") == "core").sum().over("record_id") == 1) & ~(col("field") == "date").any().over("record_id") & (col("record_kind") != "deed"), {"field": "date"}, at="events"),
    Fault("closed gap that nothing closes", "AE407", "events", (col("gap_status") == "open") & _alone, {"gap_status": "closed"}),
    Fault("yardstick of what is no gap", "AE408", "links", col("link_type").is_in(["contradicts", "announces"]) & (col("record_kind") != "gap") & col("target_kind").is_in(["agreement", "statement"]), {"link_type": "yardstick"}),
    Fault("closing what is no gap", "AE409", "links", (col("link_type") == "responds_to") & (col("record_kind") != "statement") & (col("record_scope") != "response") & (col("target_kind") != "gap"), {"link_type": "closes"}),
    Fault("citation that stands twice", "AE401", "citations", _there, how="twice"),
    Fault("code that stands twice", "AE401", "record_codes", (col("vocabulary") == "theme") & ((col("vocabulary") == "theme").sum().over("record_id") == 1), how="twice"),
    Fault("person who is in no list", "AE402", "participants", col("person_id").is_not_null(), {"person_id": "nobody-of-that-name"}),
    Fault("party that is in no list", "AE402", "sources", col("origin_party").is_not_null(), {"origin_party": "NOWHERE"}),
    Fault("source that is not there", "AE402", "citations", (col("field") != "core") & (pl.len().over("record_id", "source_id") > 1), {"source_id": pl.concat_str("record_id", pl.lit("/zz"))}),
)  # fmt: skip
"""Every kind of fault."""


def spoil(folder: Path, truth: Path, seed: int) -> None:
    """Put faults into the tables of a folder, and write where they are.

    Args:
        folder: The tables, as Parquet files.
        truth: Where the truth is written: name, table, row, code, and whether another tool may
            say so, but need not.
        seed: The same seed gives the same faults in the same tables.
    """
    about = _about_records(folder)
    draw = np.random.default_rng(seed)
    taken = pl.Series("record", [], dtype=pl.String)
    found: list[pl.DataFrame] = []
    moved: dict[str, pl.Series] = {}
    for table in dict.fromkeys(fault.table for fault in FAULTS):
        frame = pl.read_parquet(folder / f"{table}.parquet").with_row_index("row_")
        key = record_key(table)
        seen = _with_records(table, frame, about)
        gone: list[int] = []
        twice: list[int] = []
        for fault in (one for one in FAULTS if one.table == table):
            free = seen.filter(fault.where.fill_null(False), ~col(key).is_in(taken.implode()))
            free = free.select("row_", record=key)
            each = free.unique("record", keep="first", maintain_order=True)
            count = min(each.height, max(1, round(SHARE * _rows_of(fault, about, frame))))
            chosen = each[np.sort(draw.choice(each.height, count, replace=False))]
            taken = pl.concat([taken, chosen["record"]])
            rows = chosen["row_"].to_numpy()
            if fault.how == "set":
                here = col("row_").is_in(chosen["row_"].implode())
                frame = frame.with_columns(
                    pl.when(here).then(_expr(value)).otherwise(col(name)).alias(name)
                    for name, value in fault.sets.items()
                )
            elif fault.how == "twice":
                twice += rows.tolist()
            else:
                all_of = free.filter(col("record").is_in(chosen["record"].implode()))
                gone += all_of["row_"].to_list()
            found.append(chosen.select("record", "row_", fault=pl.lit(fault.name)))
        frame = pl.concat([frame, frame[sorted(twice)].with_columns(again=True)], how="diagonal")
        frame = frame.filter(~col("row_").is_in(gone)).sort("row_", maintain_order=True)
        # Of a row that stands twice, the second is the one too many.
        places = frame.with_row_index("now").group_by("row_").agg(col("now").last())
        moved[table] = pl.Series(
            np.full(int(frame["row_"].max() or 0) + 1, -1, np.int64)
        ).scatter(places["row_"], places["now"].cast(pl.Int64))  # fmt: skip
        _write(frame.select(table_specs()[table].names), table, folder)
    _write_truth(pl.concat(found), moved, folder, truth)


def shuffle(folder: Path, seed: int, truth: Path | None = None) -> None:
    """Put the rows of every table in random order, and the rows of the truth likewise."""
    known = pl.read_parquet(truth) if truth is not None else None
    pieces = []
    for number, table in enumerate(table_specs()):
        path = folder / f"{table}.parquet"
        frame = pl.read_parquet(path)
        order = np.random.default_rng([seed, number]).permutation(frame.height)
        place = np.empty(frame.height, np.int64)
        place[order] = np.arange(frame.height)
        _write(frame, table, folder, order)
        if known is not None:
            rows = known.filter(col("table") == table)
            now = place[rows["row"].to_numpy()]
            # Of two equal rows the one that now comes second is the one too many.
            needed = rows["required"].to_numpy()
            other = place[np.maximum(rows["row"].to_numpy() + np.where(needed, -1, 1), 0)]
            again = np.where(needed, np.maximum(now, other), np.minimum(now, other))
            now = np.where(rows["twice"].to_numpy(), again, now)
            pieces.append(rows.with_columns(row=pl.Series(now)))
    if truth is not None:
        pl.concat(pieces).write_parquet(truth)


def _rows_of(fault: Fault, about: pl.DataFrame, frame: pl.DataFrame) -> int:
    return about.height if fault.at else frame.height


def _expr(value: Any) -> pl.Expr:
    return value if isinstance(value, pl.Expr) else pl.lit(value)


def _about_records(folder: Path) -> pl.DataFrame:
    """Of every record: its kind, subtype and scope, and whether it stands in a link."""
    events = pl.read_parquet(
        folder / "events.parquet", columns=["event_id", "kind", "subtype", "scope"]
    )
    deeds = pl.read_parquet(folder / "deeds.parquet", columns=["deed_id", "deed_type", "scope"])
    both = pl.concat(
        [
            events.rename({"event_id": "id"}),
            deeds.select(id="deed_id", kind=pl.lit("deed"), subtype="deed_type", scope="scope"),
        ],
        how="diagonal",
    )
    links = pl.read_parquet(folder / "links.parquet", columns=["record_id", "target_id"])
    linked = pl.concat([links["record_id"], links["target_id"]]).unique()
    cited = pl.scan_parquet(folder / "citations.parquet")
    themes = cited.filter(col("field").str.starts_with("themes")).select("record_id").collect()
    return both.select(
        "id",
        record_kind="kind",
        record_subtype="subtype",
        record_scope="scope",
        linked=col("id").is_in(linked.implode()),
        cites_themes=col("id").is_in(themes["record_id"].implode()),
    )


def _with_records(table: str, frame: pl.DataFrame, about: pl.DataFrame) -> pl.DataFrame:
    seen = frame.join(
        about, left_on=record_key(table), right_on="id", how="left", maintain_order="left"
    )
    if table == "links":
        targets = about.select("id", target_kind="record_kind")
        seen = seen.join(
            targets, left_on="target_id", right_on="id", how="left", maintain_order="left"
        )
    return seen


def _write(frame: pl.DataFrame, table: str, folder: Path, order: np.ndarray | None = None) -> None:
    """Write a table with the settings of releases, in another order if one is given.

    Columns may be empty that should not.
    """
    import pyarrow as pa
    from generate import ROW_GROUP, opened

    schema = arrow_schema(table)
    loose = pa.schema([one.with_nullable(True) for one in schema], metadata=schema.metadata)
    path = folder / f"{table}.parquet"
    part = path.with_suffix(".part")
    with opened(part, loose) as writer:
        for start in range(0, max(frame.height, 1), ROW_GROUP):
            # Of a table in another order, no more than a row group is held beside the table itself.
            rows = slice(start, start + ROW_GROUP)
            some = frame[rows] if order is None else frame[order[rows]]
            writer.write_table(some.to_arrow().cast(loose))
    part.replace(path)


def _write_truth(
    found: pl.DataFrame, moved: dict[str, pl.Series], folder: Path, truth: Path
) -> None:
    pieces = []
    for fault in FAULTS:
        chosen = found.filter(col("fault") == fault.name)
        at = fault.at or fault.table
        if fault.at:
            key = record_key(at)
            rows = pl.read_parquet(folder / f"{at}.parquet", columns=[key]).with_row_index("row")
            row = chosen.join(rows, left_on="record", right_on=key, maintain_order="left")["row"]
        else:
            row = moved[at][chosen["row_"]]
        pieces += [
            pl.DataFrame({"row": row.cast(pl.Int64)}).with_columns(
                name=pl.lit(fault.name),
                table=pl.lit(at),
                code=pl.lit(code),
                required=pl.lit(code == fault.code),
                twice=pl.lit(fault.how == "twice"),
            )
            for code in (fault.code, *fault.also)
        ]
        if fault.how == "twice":
            # A tool may as well call both rows wrong.
            first = col("row") - 1
            pieces.append(pieces[-1].with_columns(first, required=pl.lit(False)))
    pl.concat(pieces).write_parquet(truth)
