"""Files to fill in: a workbook, a folder of CSV files, or YAML skeletons, all from the specification."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from alignment_events.check.messages import unknown_code
from alignment_events.check.records import SourceRecord, check_records
from alignment_events.contribute.explain import how_written
from alignment_events.contribute.place_files import write_files
from alignment_events.findings import AlignmentEventsError
from alignment_events.model.events import RECORDS
from alignment_events.spec.compact import needs_quotes, write_parts
from alignment_events.spec.examples import Nested, closure, sound_examples
from alignment_events.spec.ir import FieldSpec, VocabularySpec
from alignment_events.spec.records import all_vocabularies, record_specs
from alignment_events.spec.wide import WideColumn, item_columns, item_sheets, to_wide, wide_columns

FORMATS = ("xlsx", "csv", "yaml")

READ_ME = (
    "One row is one record, on the sheet of its kind. Bold columns must be filled; leave empty what "
    "does not apply; where the evidence does not decide, write unknown. Never guess.",
    "key is a name of your own for the row. Other rows use it in links, and the further sheets in "
    "their column record. Ids are given when the record is added.",
    "Several codes, or several items, in one cell are divided by a semicolon.",
    "Participants, links, stages and other lists may stand in the cell, as its note shows, or on the "
    "sheet of that name, one row an item. Names of persons and offices go there.",
    "Days are written 2024-06-19; a date known less exactly 2024-06, 2024-Q2 or 2024.",
    "Actors and persons must be in actors.csv and persons.csv of the dataset. New ones go on sheets "
    "named actors and persons, with the columns of those files, and are added with the records.",
    "Then: alignment-events validate FILE --in DATASET, mend what it says, and "
    "alignment-events add FILE --in DATASET.",
)
"""What a person must know to fill in a sheet."""


@dataclass(frozen=True)
class Sheet:
    """A sheet to fill in.

    Attributes:
        name: Its name, by which it is recognised.
        columns: Its columns.
    """

    name: str
    columns: tuple[WideColumn, ...]


def write_template(format: str, out: Path, kind: str | None = None) -> list[Path]:
    """Write what is to be filled in; what is there already is never overwritten.

    Args:
        format: `xlsx`, `csv` or `yaml`.
        out: File for a workbook or the skeleton of one kind, else a folder.
        kind: The one kind of record that is wanted; by default all.

    Returns:
        The files.
    """
    if kind is not None and kind not in RECORDS:
        raise AlignmentEventsError(" ".join(unknown_code(kind, "kind", RECORDS)))
    kinds = (kind,) if kind else tuple(RECORDS)
    if format == "xlsx":
        from alignment_events.contribute.template_xlsx import workbook

        if out.suffix.lower() != ".xlsx":
            raise AlignmentEventsError(f"{out}: the name of a workbook ends in .xlsx.")
        return write_files([(out, workbook(kinds))])
    if format == "csv":
        from alignment_events.contribute.template_csv import csv_files

        return write_files([(out / name, text) for name, text in csv_files(kinds).items()])
    from alignment_events.contribute.template_yaml import skeleton

    if kind and out.suffix in (".yaml", ".yml"):
        return write_files([(out, skeleton(kind))])
    return write_files([(out / f"{name}.yaml", skeleton(name)) for name in kinds])


def sheets(kinds: Sequence[str]) -> Iterator[Sheet]:
    """The sheets for records of these kinds: one a kind, then one for each of their lists."""
    for kind in kinds:
        # The sheet says the kind, and ids are minted when the record is added.
        columns = (c for c in wide_columns([kind]) if c.name not in ("id", "kind"))
        yield Sheet(f"{kind.capitalize()}s", tuple(columns))
    for name in item_sheets():
        if any(record_specs()[kind].field(name) for kind in kinds):
            yield Sheet(name.capitalize(), tuple(map(_by_key, item_columns(name))))


def _by_key(column: WideColumn) -> WideColumn:
    """The column; where it holds the id of a record, rows that have none yet are named by key."""
    if column.field is None or column.field.type != "id":
        return column
    says = "for another row, its key; for a record of the dataset, its id (AE-…)."
    return replace(column, doc=f"{column.doc} Here, {says}")


def is_required(sheet: Sheet, column: WideColumn) -> bool:
    """True if every row that is filled must fill the column."""
    spec = column.field
    if spec is None:
        return column.name == "record"
    if not (spec.required or (spec.items is not None and spec.items.least > 0)):
        return False
    kind = _kind_of(sheet)
    if kind is None:
        return len(column.path) == 1 and spec.name not in ("id", "supports")
    holder = record_specs()[kind]
    first = holder.field(str(column.path[0]))
    if first is None or len(column.path) == 1:
        return True
    if isinstance(column.path[1], int):
        # Of the numbered groups, the first is needed where the list is.
        must = first.items is not None and first.items.least > 0 and column.path[1] == 0
        return must and len(column.path) == 3 and spec.name not in ("id", "supports")
    return first.required


def _kind_of(sheet: Sheet) -> str | None:
    return next((kind for kind in RECORDS if sheet.name == f"{kind.capitalize()}s"), None)


def vocabulary_of(column: WideColumn) -> VocabularySpec | None:
    """The vocabulary that the cells of a column are filled from."""
    spec = column.field
    return all_vocabularies()[spec.vocabulary] if spec and spec.vocabulary else None


def takes_several(column: WideColumn) -> bool:
    """True if a cell of the column may hold more than one code."""
    return column.field is not None and column.field.items is not None


def note_on(sheet: Sheet, column: WideColumn) -> str:
    """What a column holds, and how it is written."""
    spec = column.field
    lines = [column.doc]
    if spec is None:
        return column.doc
    if spec.part is not None and spec.items is not None:
        lines.append(f"Written: {_sample_items(spec)}")
        if spec.name in item_sheets():
            lines.append(f"Or one row an item on the sheet {spec.name.capitalize()}.")
    elif spec.vocabulary is not None:
        vocabulary = all_vocabularies()[spec.vocabulary]
        if spec.items is not None:
            lines.append("Several codes are divided by semicolons, the main one first.")
        lines += [f"{code.code}: {code.definition}" for code in vocabulary.codes]
    elif how := how_written(spec):
        lines.append(f"Written: {how}")
    lines.append("Must be filled." if is_required(sheet, column) else "May stay empty.")
    return "\n".join(lines)


@cache
def _sample_items(spec: FieldSpec) -> str:
    """Items of an example as a cell holds them, if possible such as need no quotation marks."""
    assert spec.part is not None
    lists = [items for record in sound_examples().values() for items in _lists(record, spec.name)]
    plain = [items for items in lists if not needs_quotes(items)]
    return write_parts((plain or lists)[0], spec.part) if lists else ""


def _lists(record: Nested, name: str) -> Iterator[list[Any]]:
    if record.get(name):
        yield record[name]
    for source in record.get("sources", ()):
        if source.get(name):
            yield source[name]


def worked_examples(kinds: Sequence[str]) -> list[tuple[str, Nested]]:
    """Two invented records, named, that are sound by themselves; the first of these kinds.

    If the first needs more beside it, as a gap does, all of that is there. Where one links to the other, the link holds its name, as a row names another by its key.
    """
    examples = sound_examples()
    wanted = [name for kind in kinds for name in examples if examples[name]["kind"] == kind]
    pairs = [(a, b) for a in wanted for b in [*wanted, *examples] if a != b]
    # Two kinds show more than one, where there is a choice.
    pairs.sort(key=lambda pair: _same_kind(examples, pair) != (len(kinds) == 1))
    alone = tuple(closure({wanted[0]}, examples))
    alone = (wanted[0], *(name for name in alone if name != wanted[0]))
    return next(found for names in (*pairs, alone) if (found := _sound(examples, names)))


def _same_kind(examples: dict[str, Nested], pair: tuple[str, str]) -> bool:
    return bool(examples[pair[0]]["kind"] == examples[pair[1]]["kind"])


def _sound(examples: dict[str, Nested], names: tuple[str, ...]) -> list[tuple[str, Nested]] | None:
    ids = {examples[name]["id"]: name for name in names}
    found = [dict(examples[name]) for name in names]
    for record in found:
        record["links"] = [link for link in record.get("links", ()) if link["to"] in ids]
    if check_records([SourceRecord(record) for record in found]).report.findings:
        return None
    for record in found:
        record["links"] = [{**link, "to": ids[link["to"]]} for link in record["links"]]
        del record["id"]
    return list(zip(names, found, strict=True))


def example_cells(name: str, record: Nested) -> Iterator[tuple[str, int, str, str]]:
    """Sheet, row from 1, column and cell of an example, as a person would fill it in."""
    row = to_wide(record)
    main = f"{record['kind'].capitalize()}s"
    for column, text in {"key": name, **row.main}.items():
        if column != "kind":
            yield main, 1, column, text
    for items, rows in row.items.items():
        for number, cells in enumerate(rows, 1):
            for column, text in {"record": name, **cells}.items():
                yield items.capitalize(), number, column, text
