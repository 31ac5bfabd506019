"""Writes records in every form in which a contribution may come."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from support import text_tables

from alignment_events.spec.wide import item_columns, item_sheets, to_wide, wide_columns

Nested = dict[str, Any]
Sheets = dict[str, list[list[str]]]


def wide_sheets(records: Sequence[Nested]) -> Sheets:
    """Name of a sheet to its rows, the header first."""
    rows = [to_wide(record) for record in records]
    names = [column.name for column in wide_columns()]
    sheets = {"Events": [names, *([row.main.get(name, "") for name in names] for row in rows)]}
    for name in item_sheets():
        columns = [column.name for column in item_columns(name)]
        items = [item for row in rows for item in row.items.get(name, ())]
        if items:
            sheets[name] = [columns, *([item.get(c, "") for c in columns] for item in items)]
    return sheets


def write_csvs(folder: Path, sheets: Sheets, suffix: str = ".csv", delimiter: str = ",") -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in sheets.items():
        with (folder / f"{name}{suffix}").open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, delimiter=delimiter).writerows(rows)
    return folder


def write_xlsx(path: Path, sheets: Sheets) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    if text:
                        sheet.write_string(number, column, text)
    return path


def write_json_lines(path: Path, records: Sequence[Nested]) -> Path:
    lines = [json.dumps(record, ensure_ascii=False, default=str) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_tables(folder: Path, records: Sequence[Nested], suffix: str = ".csv") -> Path:
    folder.mkdir(exist_ok=True)
    for name, frame in text_tables(records).items():
        frame.write_csv(folder / f"{name}{suffix}", separator="\t" if suffix == ".tsv" else ",")
    return folder


FORMS = ("wide CSV", "wide TSV", "workbook", "JSON Lines", "CSV tables", "TSV tables", "JSON")


def write(form: str, folder: Path, records: Sequence[Nested]) -> Path:
    """The records in one form; the path to validate."""
    sheets = wide_sheets(records) if form in ("wide CSV", "wide TSV", "workbook") else {}
    if form == "wide CSV":
        return write_csvs(folder / "wide", sheets)
    if form == "wide TSV":
        return write_csvs(folder / "wide", sheets, ".tsv", "\t")
    if form == "workbook":
        return write_xlsx(folder / "round3.xlsx", sheets)
    if form == "JSON Lines":
        return write_json_lines(folder / "records.jsonl", records)
    if form == "JSON":
        path = folder / "records.json"
        path.write_text(json.dumps(records, default=str), encoding="utf-8")
        return path
    return write_tables(folder / "tables", records, ".tsv" if form == "TSV tables" else ".csv")
