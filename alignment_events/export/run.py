"""Writes an export beside its place, then puts it there: whole or not at all."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.export.contents import Contents, Progress, contents_of
from alignment_events.findings import AlignmentEventsError
from alignment_events.release.places import beside, open_to_all, place

if TYPE_CHECKING:
    from alignment_events.dataset import Dataset

ABOUT = "release.json"
"""The file of an exported folder that says from which release it comes."""

_MARK = "alignment-events export"


@dataclass(frozen=True)
class Format:
    """A format of exports.

    Attributes:
        name: As given to `--format`.
        folder: True for one file a table in a folder; False for a single file.
        says: What it is, for help and documents.
        same_bytes: True if the same release gives the same bytes, whenever and wherever written.
    """

    name: str
    folder: bool
    says: str
    same_bytes: bool = True


FORMATS = {
    format.name: format
    for format in (
        Format("csv", True, "CSV, one file a table"),
        Format("dta", True, "Stata 15 and later, with variable and value labels"),
        Format("duckdb", False, "a DuckDB database", same_bytes=False),
        Format("jsonl", False, "nested records, one a line, as they are contributed"),
        Format("parquet", True, "Parquet, one file a table, as in the release"),
        Format("sav", True, "SPSS, with variable and value labels and levels of measurement"),
        Format("sqlite", False, "an SQLite database with foreign keys"),
        Format("xlsx", False, "a workbook, one sheet a table"),
    )
}


def export(
    dataset: "Dataset",
    path: str | Path,
    *,
    format: str,
    tables: str | Sequence[str] | None = None,
    overwrite: bool = False,
    excel: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a dataset for another program.

    Args:
        dataset: The dataset, whole or a selection.
        path: The file to write, or the folder for formats of one file a table.
        format: One of `FORMATS`.
        tables: Tables to write; by default all. Nested records (`jsonl`) are always whole.
        overwrite: Replace an earlier export; nothing else is ever replaced.
        excel: CSV with a byte order mark, by which Excel recognises UTF-8.
        progress: Called with the number of tables written and the number in all.

    Returns:
        The path.

    Raises:
        AlignmentEventsError: If there is something at the path, or the data do not fit the format.
    """
    chosen, contents = plan(
        dataset, path, format=format, tables=tables, overwrite=overwrite, excel=excel,
        progress=progress,
    )  # fmt: skip
    out = Path(path).absolute()
    with beside(out) as fresh:
        target = fresh if chosen.folder else fresh / out.name
        _write(chosen, contents, target, excel)
        if chosen.folder:
            _describe_folder(chosen, contents, fresh)
            open_to_all(fresh)
            place(fresh, out)
        else:
            target.chmod(0o644)
            if chosen.name == "jsonl":
                # The file has no place for it. It names the hash of the records, so that one
                # which was left alone by a kill between the two does not pass for theirs.
                note = _about(chosen, contents, [target])
                _put(fresh, sidecar(out), note)
            os.replace(target, out)
    return out


def plan(
    dataset: "Dataset",
    path: str | Path,
    *,
    format: str,
    tables: str | Sequence[str] | None = None,
    overwrite: bool = False,
    excel: bool = False,
    progress: Progress | None = None,
) -> tuple[Format, Contents]:
    """What `export` would write, after all its refusals; touches nothing."""
    if format not in FORMATS:
        from alignment_events.check.messages import suggestion

        hint = suggestion(format, FORMATS) or f"The formats are: {', '.join(FORMATS)}."
        raise AlignmentEventsError(f"There is no export format “{format}”. {hint}")
    chosen = FORMATS[format]
    if excel and format != "csv":
        raise AlignmentEventsError("The byte order mark for Excel is for CSV; xlsx needs none.")
    if tables and format == "jsonl":
        raise AlignmentEventsError("Nested records hold all tables: jsonl takes no list of tables.")
    _refuse(chosen, Path(path).absolute(), overwrite)
    return chosen, contents_of(dataset, tables, progress)


def sidecar(out: Path) -> Path:
    """The file beside an export that cannot say itself from which release it comes."""
    return out.with_name(f"{out.name}.{ABOUT}")


def _refuse(chosen: Format, out: Path, overwrite: bool) -> None:
    if not out.name:
        raise AlignmentEventsError(f"{out} has no name to write to.")
    if not (out.exists() or out.is_symlink()):
        return
    if out.is_symlink():
        raise AlignmentEventsError(f"{out} is a link: not replaced.")
    if not overwrite:
        raise AlignmentEventsError(f"{out} exists: not replaced without --overwrite.")
    if chosen.folder != out.is_dir():
        what = "folder" if chosen.folder else "file"
        raise AlignmentEventsError(f"{out} exists and is no {what}: not replaced.")
    if chosen.folder and any(out.iterdir()) and not _is_export(out):
        raise AlignmentEventsError(f"{out} exists and is no export of this library: not replaced.")


def _is_export(folder: Path) -> bool:
    try:
        told = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(told, dict) or told.get("made_by") != _MARK:
        return False
    # A file that somebody put beside ours is not ours to delete.
    listed = {ABOUT, *(file["name"] for file in told.get("files", ()))}
    return {path.name for path in folder.iterdir()} <= listed


def _write(chosen: Format, contents: Contents, target: Path, excel: bool) -> None:
    match chosen.name:
        case "csv":
            from alignment_events.export.plain import write_csv

            write_csv(contents, target, excel=excel)
        case "parquet":
            from alignment_events.export.plain import write_parquet_files

            write_parquet_files(contents, target)
        case "jsonl":
            from alignment_events.export.plain import write_jsonl

            write_jsonl(contents, target)
        case "sqlite":
            from alignment_events.export.sqlite import write_sqlite

            write_sqlite(contents, target)
        case "duckdb":
            from alignment_events.export.duckdb_file import write_duckdb

            write_duckdb(contents, target)
        case "xlsx":
            from alignment_events.export.xlsx import write_xlsx

            write_xlsx(contents, target)
        case statistics:
            from alignment_events.export.statistics import write_statistics

            write_statistics(contents, target, statistics)


def _about(chosen: Format, contents: Contents, files: Sequence[Path]) -> bytes:
    told: dict[str, Any] = {
        "made_by": _MARK,
        "export_format": chosen.name,
        **contents.facts,
        "tables": [
            {
                "name": name,
                "rows": contents.table(name).num_rows,
                "content_digest": contents.digests[name],
            }
            for name in contents.names
        ],
        "files": [_file(path) for path in files],
    }
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _file(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": path.name, "sha256": digest, "bytes": path.stat().st_size}


def _describe_folder(chosen: Format, contents: Contents, folder: Path) -> None:
    from alignment_events.export.readme import readme

    text = readme(chosen.name, chosen.says, contents)
    (folder / "README.txt").write_text(text, encoding="utf-8", newline="\n")
    files = sorted(folder.iterdir(), key=lambda path: path.name)
    (folder / ABOUT).write_bytes(_about(chosen, contents, files))


def _put(fresh: Path, path: Path, data: bytes) -> None:
    written = fresh / path.name
    written.write_bytes(data)
    written.chmod(0o644)
    os.replace(written, path)
