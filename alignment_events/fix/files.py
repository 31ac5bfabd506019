"""Which files are mended, what would change in them, and the writing of it."""

import csv
import difflib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alignment_events.files import write_whole
from alignment_events.fix.csv_text import mend_table
from alignment_events.fix.values import Actors
from alignment_events.fix.yaml_text import Mended, mend_records
from alignment_events.read.csv_cells import delimiter_of, values_of
from alignment_events.read.dataset import is_dataset
from alignment_events.read.text_file import MAX_FILE_BYTES, Stop, file_bytes
from alignment_events.spec.ir import TableSpec
from alignment_events.spec.tables import table_specs

_YAML = (".yaml", ".yml")
_CSV = (".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class FileFix:
    """What is certain about one file.

    Attributes:
        path: The file.
        old: Its bytes.
        new: Its bytes with all that is certain mended.
        mended: Each change.
    """

    path: Path
    old: bytes
    new: bytes
    mended: tuple[Mended, ...]

    def diff(self) -> str:
        """The difference as `diff -u` and `git diff` show it, without a final line feed."""
        lines = difflib.unified_diff(
            _lines(self.old), _lines(self.new), str(self.path), str(self.path), lineterm=""
        )
        return "\n".join(line.rstrip("\r\n") for line in lines)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be changed, and what is left with the reason.

    Attributes:
        fixes: The files that change.
        left: File to the reason for which nothing in it is mended.
    """

    fixes: tuple[FileFix, ...]
    left: dict[Path, str]


def plan(paths: Iterable[Path], *, within: Path | None = None) -> Plan:
    """Find out what is certain; nothing is written.

    Args:
        paths: Record files, tables in CSV, folders of them, dataset folders.
        within: Dataset folder whose registry says which actors there are; a dataset folder among
            the paths has its own.
    """
    fixes: dict[Path, FileFix] = {}
    left: dict[Path, str] = {}
    given = _registry(within) if within is not None else None
    for path in paths:
        dataset = path.is_dir() and is_dataset(path)
        actors = _registry(path) if dataset else given
        for file, told in _files(path, dataset):
            if isinstance(told, str):
                left[file] = told
            elif file not in fixes and (fix := _fix(file, told, actors, left)) is not None:
                fixes[file] = fix
    return Plan(tuple(fixes.values()), left)


def apply(fixes: Iterable[FileFix]) -> None:
    """Write the files, each in one step; a file that was changed meanwhile is not written."""
    for fix in fixes:
        write_whole(fix.path, fix.new, was=fix.old)


Sort = TableSpec | None
"""The table that a CSV file holds; None for records."""


def _files(path: Path, dataset: bool) -> Iterator[tuple[Path, Sort | str]]:
    """The files that a path stands for, with what each holds or why it is left."""
    if path.is_symlink():
        yield path, "it is a link"
    elif path.is_file():
        yield path, _sort(path)
    elif dataset:
        for file in sorted(path.glob("*.csv")):
            if not isinstance(sort := _sort(file), str):
                yield file, sort
        for folder in ("codings", "coverage"):
            yield from ((f, table_specs()[folder]) for f in sorted((path / folder).glob("*.csv")))
        yield from _below(path / "records", (*_YAML,))
    elif path.is_dir():
        yield from _below(path, (*_YAML, *_CSV))


def _below(folder: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[Path, Sort | str]]:
    for place, _, names in sorted(os.walk(folder, followlinks=False)):
        for name in sorted(names):
            file = Path(place, name)
            if file.suffix.lower() in suffixes:
                yield file, "it is a link" if file.is_symlink() else _sort(file)


def _sort(file: Path) -> Sort | str:
    suffix = file.suffix.lower()
    if suffix in _YAML:
        return None
    if suffix in _CSV:
        for name in (file.stem, file.parent.name):
            if name in table_specs():
                return table_specs()[name]
        return "its name is that of no table, so its columns are not known"
    if suffix == ".xlsx":
        return "workbooks are mended in a spreadsheet program only: writing one anew would lose its form"
    return f"files that end in “{suffix}” are not mended"


def _fix(file: Path, spec: Sort, actors: Actors | None, left: dict[Path, str]) -> FileFix | None:
    if file.is_symlink():
        left[file] = "it is a link"
        return None
    try:
        old = file_bytes(file)
    except Stop as stop:
        left[file] = stop.finding.message
        return None
    if len(old) > MAX_FILE_BYTES:
        left[file] = "it is too large"
        return None
    if spec is None:
        new, mended = mend_records(old, actors)
    else:
        new, mended = mend_table(old, spec, actors, name=file.name)
    return FileFix(file, old, new, mended) if mended else None


def _registry(folder: Path) -> Actors:
    """The actors of a dataset, its registry mended first."""
    try:
        data = mend_table(file_bytes(folder / "actors.csv"), table_specs()["actors"], None)[0]
        text = data.decode("utf-8-sig")
        header, *rows = values_of(text, delimiter_of(text)) or [[]]
    except (Stop, UnicodeDecodeError, csv.Error):
        return Actors()
    return Actors.of(dict(zip(header, row, strict=False)) for row in rows)


def _lines(data: bytes) -> list[str]:
    # Not `splitlines`: it also breaks lines at signs that may stand within a text.
    return re.split(r"(?<=\n)", data.decode("utf-8", "replace"))
