"""Selections of a dataset's tables, and its rows as records again."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from alignment_events.compile.derive import derive
from alignment_events.findings import NotFound
from alignment_events.model import dates, ids
from alignment_events.model.codes import Code, Kind, Mode, Occurrence, RecordStatus, Scope, Theme
from alignment_events.model.derivation import MODE, Conclusion
from alignment_events.model.events import Record, record_adapter
from alignment_events.model.tables import CHILDREN
from alignment_events.spec.project import to_nested
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.tables import record_key, table_specs

if TYPE_CHECKING:
    import pyarrow as pa

Tables = "Mapping[str, pa.Table]"
OneOrMore = str | Sequence[str]


def as_list(value: OneOrMore | None) -> list[str] | None:
    """One or more texts as a list; None stays None.

    Raises:
        ValueError: If the list is empty: it may mean any value or none, so that neither is guessed.
    """
    if value is None:
        return None
    values = [value] if isinstance(value, str) else list(value)
    if not values:
        raise ValueError("A condition is an empty list: leave it out for any value.")
    return values


def day(value: str | dt.date, which: Literal["first", "last"]) -> dt.date:
    """A day, or the first or last day of a written month, quarter or year.

    Raises:
        ValueError: If the text is no date; the message shows the forms.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return dates.bounds(value)[0 if which == "first" else 1]


def _codes(value: OneOrMore | None, allowed: type[Code]) -> list[str] | None:
    wanted = as_list(value)
    for code in wanted or ():
        if code not in set(allowed):
            from alignment_events.check.messages import unknown_code

            raise ValueError(" ".join(unknown_code(code, allowed.vocabulary(), list(allowed))))
    return wanted


def select(
    tables: "Mapping[str, pa.Table]",
    *,
    kind: OneOrMore | None = None,
    actors: OneOrMore | None = None,
    since: str | dt.date | None = None,
    until: str | dt.date | None = None,
    theme: OneOrMore | None = None,
    scope: OneOrMore | None = None,
    mode: OneOrMore | None = None,
    subtype: OneOrMore | None = None,
    occurrence: OneOrMore | None = None,
) -> "dict[str, pa.Table]":
    """The tables cut to the records that meet every condition; see `Dataset.filter`."""
    index = _index(tables)
    if (kinds := _codes(kind, Kind)) is not None:
        index = index.filter(pl.col("kind").is_in(kinds))
    if (subtypes := _subtypes(subtype)) is not None:
        index = index.filter(pl.col("subtype").is_in(subtypes))
    if (occurrences := _codes(occurrence, Occurrence)) is not None:
        index = index.filter(pl.col("occurrence").is_in(occurrences))
    if (scopes := _codes(scope, Scope)) is not None:
        index = index.filter(pl.col("scope").is_in(scopes))
    if (modes := _codes(mode, Mode)) is not None:
        index = index.filter(pl.col("mode").is_in(modes))
    if since is not None:
        index = index.filter(
            pl.col("date_end").is_null() | (pl.col("date_end") >= day(since, "first"))
        )
    if until is not None:
        index = index.filter(pl.col("date_start") <= day(until, "last"))
    for actor in known_actors(tables, actors):
        holders = _frame(tables, "participants").filter(pl.col("actor") == actor)["record_id"]
        index = index.filter(pl.col("record_id").is_in(holders.unique().implode()))
    if (themes := _codes(theme, Theme)) is not None:
        about = (pl.col("vocabulary") == "theme") & pl.col("code").is_in(themes)
        holders = _frame(tables, "record_codes").filter(about)["record_id"]
        index = index.filter(pl.col("record_id").is_in(holders.unique().implode()))
    return cut(tables, index["record_id"].to_list())


def _subtypes(value: OneOrMore | None) -> list[str] | None:
    wanted = as_list(value)
    vocabularies = all_vocabularies()
    known = [code for kind in Kind for code in vocabularies[f"{kind.value}_subtype"].values]
    for code in wanted or ():
        if code not in known:
            from alignment_events.check.messages import unknown_code

            raise ValueError(" ".join(unknown_code(code, "subtype", known)))
    return wanted


def known_actors(tables: "Mapping[str, pa.Table]", actors: OneOrMore | None) -> list[str]:
    """The actors asked for; ValueError if the registry does not hold one of them."""
    wanted = as_list(actors) or []
    known = set(tables["actors"]["actor"].to_pylist())
    for actor in wanted:
        if actor not in known:
            from alignment_events.check.messages import no_such

            raise ValueError(" ".join(filter(None, no_such(actor, "actor", known))))
    return wanted


def _frame(tables: "Mapping[str, pa.Table]", name: str) -> pl.DataFrame:
    frame = pl.from_arrow(tables[name])
    assert isinstance(frame, pl.DataFrame)
    return frame


def _index(tables: "Mapping[str, pa.Table]") -> pl.DataFrame:
    shared = ["scope", "occurrence", "date_start", "date_end"]
    events = _frame(tables, "events").select(
        pl.col("event_id").alias("record_id"), "kind", "subtype", "mode", *shared
    )
    deeds = _frame(tables, "deeds").select(
        pl.col("deed_id").alias("record_id"),
        pl.lit("deed").alias("kind"),
        pl.col("deed_type").alias("subtype"),
        pl.lit(None, dtype=pl.String).alias("mode"),
        *shared,
    )
    return pl.concat([events, deeds])


def cut(tables: "Mapping[str, pa.Table]", kept: Sequence[str]) -> "dict[str, pa.Table]":
    """The tables with the rows of the records kept; registries and the list of ids stay whole."""
    per_record = {"events", "deeds", *(child.name for child in CHILDREN)}
    found = {}
    for name, table in tables.items():
        if name in per_record:
            frame = _frame(tables, name)
            rows = frame[record_key(name)].is_in(pl.Series(list(kept), dtype=pl.String).implode())
            table = table.filter(rows.to_arrow())
        found[name] = table
    return found


def resolve(tables: "Mapping[str, pa.Table]", record_id: str) -> str:
    """The id that was meant, current or withdrawn; `NotFound` says what is near."""
    known = {*tables["events"]["event_id"].to_pylist(), *tables["deeds"]["deed_id"].to_pylist()}
    if record_id in known:
        return record_id
    read = ids.read_id(record_id) or record_id
    if read in known or tombstone(tables, read) is not None:
        return read
    near = ids.near_ids(record_id, known)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise NotFound(f"There is no record “{record_id}”.{hint}")


def tombstone(tables: "Mapping[str, pa.Table]", record_id: str) -> dict[str, Any] | None:
    """What is known of an id that was withdrawn; None of any other."""
    records = _frame(tables, "records")
    rows = records.filter(
        (pl.col("record_id") == record_id) & (pl.col("status") == RecordStatus.WITHDRAWN.value)
    ).to_dicts()
    if not rows:
        return None
    reason = rows[0]["reason"]
    known = all_vocabularies()["change_reason"].codes
    return {
        "id": record_id,
        "record_type": rows[0]["record_type"],
        "date": rows[0]["withdrawn_date"],
        "reason": reason,
        "explanation": next((code.definition for code in known if code.code == reason), reason),
        "replaced_by": rows[0]["replaced_by"],
    }


def only(tables: "Mapping[str, pa.Table]", wanted: Sequence[str]) -> list[Record]:
    """The records of some ids."""
    return nested_records(cut(tables, wanted))


def nested_records(tables: "Mapping[str, pa.Table]") -> list[Record]:
    """Every record of the tables as a Pydantic object, events first."""
    return [record_adapter.validate_python(record) for record in nested_rows(tables)]


def nested_rows(tables: "Mapping[str, pa.Table]") -> Iterator[dict[str, Any]]:
    """Every record of the tables as it is contributed, events first; empty values left out."""
    children: defaultdict[str, dict[str, list[dict[str, Any]]]] = defaultdict(dict)
    for child in CHILDREN:
        for row in tables[child.name].to_pylist():
            children[row[record_key(child.name)]].setdefault(child.name, []).append(row)
    for name in ("events", "deeds"):
        key = table_specs()[name].key[0]
        for row in tables[name].to_pylist():
            yield to_nested(row, children[row[key]])


def derived_table(
    tables: "Mapping[str, pa.Table]",
    whole: "Mapping[str, pa.Table]",
    as_of: str | dt.date,
    *,
    verified: Literal["independent", "parties", "all"],
    mode_rules: Sequence[Conclusion] | None,
) -> "pa.Table":
    """The derived columns of the records in `tables`, a part of `whole`; see `Dataset.derive`."""
    rows = {name: table.to_pylist() for name, table in whole.items() if name in _READ}
    last = day(as_of, "last")
    found = derive(rows, last, verified=verified, mode_rules=mode_rules or MODE)
    columns: dict[str, Any] = dict.fromkeys(_DERIVED, pl.String)
    columns |= {"meeting_rank_gap": pl.Int64, "as_of": pl.Date}
    kept = {*tables["events"]["event_id"].to_pylist(), *tables["deeds"]["deed_id"].to_pylist()}
    table = [{"record_id": key, **found[key]} for key in sorted(kept)]
    return pl.DataFrame(table, schema={"record_id": pl.String, **columns}).to_arrow()


_READ = {"events", "deeds", *(child.name for child in CHILDREN)}
_DERIVED = ("verification", "contested", "enactment", "mode", "agreement_stage")
