"""Record to rows and back: the two projections of one model.

`to_rows` takes a nested record as plain data (a validated record dumped, or what a file holds) and
never fails on bad shapes: what cannot be placed is left out, for the checks to report. `to_nested`
puts the rows of one record together again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from alignment_events.model import dates
from alignment_events.model.forms import SLUG
from alignment_events.model.tables import CHILDREN, MULTI_CODES
from alignment_events.spec.ir import ColumnSpec, FieldSpec, PartSpec, TableSpec
from alignment_events.spec.records import record_specs
from alignment_events.spec.tables import table_specs

NestedPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, and the path of the nested record that it was projected from."""

    table: str
    values: dict[str, Any]
    path: NestedPath = ()

    def path_of(self, column: ColumnSpec) -> NestedPath:
        """The nested path of one of its values; of the row itself for keys and positions."""
        return self.path + tuple(column.path.split("/")) if column.path else self.path


def main_table(kind: str) -> str:
    """`deeds` for a deed, else `events`."""
    return "deeds" if kind == "deed" else "events"


def to_rows(record: Mapping[str, Any]) -> list[Row]:
    """The rows of one nested record, the row of the record itself first."""
    record_id = record.get("id")
    kind = str(record.get("kind"))
    rows = [_main_row(record, kind)]
    for table in CHILDREN:
        if table.each:
            spec = table_specs()[table.name]
            for index, item in _items(record, table.each):
                rows.append(_child_row(spec, record_id, index, item, table.each))
    rows.extend(_code_rows(record, record_id))
    rows.extend(_citation_rows(record, record_id))
    return rows


def _items(record: Mapping[str, Any], each: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    items = record.get(each)
    if isinstance(items, Sequence) and not isinstance(items, str):
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                yield index, item


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


def _get(nested: Any, path: str) -> Any:
    for step in _steps(path):
        if type(nested) is not dict and not isinstance(nested, Mapping):
            return None
        nested = nested.get(step)
    return nested


def _main_row(record: Mapping[str, Any], kind: str) -> Row:
    spec = table_specs()[main_table(kind)]
    defaults = _defaults(spec.name, kind)
    values: dict[str, Any] = {}
    for column in spec.columns:
        raw = _get(record, column.path) if column.path else None
        values[column.name] = defaults.get(column.name) if raw is None else raw
    start, end, precision = (_get(record, f"date/{part}") for part in ("start", "end", "precision"))
    values["date_start"] = _bound(start, 0, precision)
    ongoing = values["ongoing"] in (True, "true")
    values["date_end"] = _bound(end if end is not None or ongoing else start, 1, precision)
    return Row(spec.name, values)


@cache
def _defaults(table: str, kind: str) -> dict[str, str]:
    """Column to the default of the field that it is projected from, for fields left out."""
    record = record_specs().get(kind)
    if record is None:
        return {}
    found = {}
    for column in table_specs()[table].columns:
        spec = _find(record, column.path) if column.path else None
        if spec is not None and spec.default is not None:
            found[column.name] = spec.default
    return found


def _find(part: PartSpec, path: str) -> FieldSpec | None:
    head, _, rest = path.partition("/")
    spec = part.field(head)
    if not rest or spec is None:
        return spec
    # A default inside a part that was itself left out does not stand.
    return _find(spec.part, rest) if spec.part is not None and spec.required else None


def _bound(text: Any, which: int, precision: Any) -> Any:
    """First (0) or last (1) day of a written date; the text itself if it cannot be one.

    A month where a day is coded stays text, so that it is reported and not stretched.
    """
    if not isinstance(text, str):
        return text
    try:
        days = dates.bounds(text)
    except ValueError:
        return text
    # Whoever fills in a record may put anything there, and a list or mapping has no hash.
    known = isinstance(precision, str) and precision in dates.NOUNS
    coarser = known and dates.is_coarser(text, precision)
    return text if coarser else days[which]


def _child_row(
    spec: TableSpec, record_id: Any, index: int, item: Mapping[str, Any], each: str
) -> Row:
    values: dict[str, Any] = {}
    for column in spec.columns:
        if column.name == spec.parent:
            values[column.name] = record_id
        elif column.name == "position":
            values[column.name] = index + 1
        else:
            values[column.name] = _get(item, column.path) if column.path else None
    if each == "participants":
        values.update(_person(item.get("person")))
    elif each == "stages":
        values.update(_stage_dates(item.get("date"), item.get("end")))
    elif each == "claims":
        values["source_id"] = _source_id(record_id, item.get("source"))
        values["form"] = item.get("form") or "account"
    elif each == "sources":
        values["source_id"] = _source_id(record_id, item.get("id"))
    return Row(spec.name, values, (each, index))


def _person(person: Any) -> dict[str, Any]:
    registered = isinstance(person, str) and SLUG.compiled.fullmatch(person)
    return {"person_id": person if registered else None, "person": None if registered else person}


def _stage_dates(date: Any, end: Any) -> dict[str, Any]:
    precision = None
    if isinstance(date, str):
        try:
            dates.bounds(date)
            precision = "window" if end is not None else dates.written_precision(date)
        except ValueError:
            pass
    return {
        "date_start": _bound(date, 0, precision),
        "date_end": _bound(date if end is None else end, 1, precision),
        "date_precision": precision,
    }


def _source_id(record_id: Any, key: Any) -> Any:
    return f"{record_id}/{key}" if key is not None else None


def _code_rows(record: Mapping[str, Any], record_id: Any) -> Iterator[Row]:
    for path, vocabulary in MULTI_CODES.items():
        codes = _get(record, path)
        if not isinstance(codes, Sequence) or isinstance(codes, str):
            continue
        for index, code in enumerate(codes):
            values = {
                "record_id": record_id,
                "vocabulary": vocabulary,
                "code": code,
                "rank": index + 1,
            }
            yield Row("record_codes", values, (*path.split("/"), index))


def _citation_rows(record: Mapping[str, Any], record_id: Any) -> Iterator[Row]:
    for index, source in _items(record, "sources"):
        supports = source.get("supports")
        if not isinstance(supports, Sequence) or isinstance(supports, str):
            continue
        for place, cited in enumerate(supports):
            field, quote = cited, None
            if isinstance(cited, Mapping):
                field, quote = cited.get("field"), cited.get("quote")
            values = {
                "record_id": record_id,
                "source_id": _source_id(record_id, source.get("id")),
                "field": field,
                "quote": quote,
                "position": place + 1,
            }
            yield Row("citations", values, ("sources", index, "supports", place))


def to_nested(
    main: Mapping[str, Any], children: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, Any]:
    """The nested record of a row of `events` or `deeds` and its child rows, empty values left out.

    Args:
        main: The row of the record, by column name.
        children: Table name to the rows that belong to this record, in any order.
    """
    table = "events" if "event_id" in main else "deeds"
    spec = table_specs()[table]
    record: dict[str, Any] = {"kind": "deed"} if table == "deeds" else {}
    for column in spec.columns:
        if column.path and main[column.name] is not None:
            _put(record, column.path, main[column.name])
    record["date"] = _written_dates(main)
    for child in CHILDREN:
        if child.each:
            rows = sorted(children.get(child.name, ()), key=lambda row: row["position"])
            if rows:
                record[child.each] = [_item(child.name, row) for row in rows]
    _put_codes(record, children.get("record_codes", ()))
    _put_citations(record, children.get("citations", ()))
    return record


def _put(nested: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = path.split("/")
    for step in steps:
        nested = nested.setdefault(step, {})
    nested[last] = value


def _written_dates(main: Mapping[str, Any]) -> dict[str, Any]:
    precision = main["date_precision"]
    start = dates.written(main["date_start"], precision)
    end = dates.written(main["date_end"], precision) if main["date_end"] is not None else None
    found = {
        "start": start,
        "end": end if end != start else None,
        "precision": precision,
        "basis": main["date_basis"],
        "ongoing": main["ongoing"],
        "text": main["date_text"],
    }
    return {name: value for name, value in found.items() if value is not None}


def _item(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for column in table_specs()[table].columns:
        if column.path and row[column.name] is not None:
            _put(item, column.path, row[column.name])
    if table == "participants" and row["person_id"] is not None:
        item["person"] = row["person_id"]
    elif table == "stages":
        window = row["date_precision"] == "window"
        precision = "day" if window else row["date_precision"]
        item["date"] = dates.written(row["date_start"], precision)
        item.pop("end", None)
        if window:
            item["end"] = dates.written(row["date_end"], precision)
    elif table == "claims":
        item["source"] = row["source_id"].partition("/")[2]
    elif table == "sources":
        item["id"] = row["source_id"].partition("/")[2]
    return item


def _put_codes(record: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    for path, vocabulary in MULTI_CODES.items():
        codes = sorted((r["rank"], r["code"]) for r in rows if r["vocabulary"] == vocabulary)
        if codes:
            _put(record, path, [code for _, code in codes])


def _put_citations(record: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    for source in record.get("sources", ()):
        cited = sorted(
            (r for r in rows if r["source_id"].partition("/")[2] == source["id"]),
            key=lambda row: row["position"],
        )
        source["supports"] = [
            r["field"] if r["quote"] is None else {"field": r["field"], "quote": r["quote"]}
            for r in cited
        ]
