"""Tables of the format in one or many Parquet files: which file is of which table, and where rows stand."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from alignment_events.check.messages import finding
from alignment_events.findings import AlignmentEventsError, Finding
from alignment_events.read.any_folder import files_below
from alignment_events.read.parquet import MAX_TABLE_BYTES, names_no_table, read_part, table_in
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Places:
    """Where the rows of a table stand, which may be of several files.

    Attributes:
        files: The files, in order of their rows.
        starts: The number of the first row of each in the whole table.
    """

    files: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()

    def at(self, found: Finding) -> Finding:
        """A finding about a row of the table, with its place in the file that the row is in."""
        if not self.files:
            return found
        if found.row is None:
            return found.at(file=self.files[0])
        place = bisect_right(self.starts, found.row) - 1
        return found.at(file=self.files[place], row=found.row - self.starts[place])


@dataclass(frozen=True)
class Whole:
    """A small table, which was read whole: its rows, and where they stand."""

    frame: "pl.DataFrame"
    places: Places = Places()


def tables_at(path: Path) -> tuple[dict[str, list[Path]], list[Finding]]:
    """The Parquet files of each table at a path, and what is wrong with files.

    A file is of the table that it, or its metadata, names; or of the one after which a folder is
    named that it lies in (`events/year=2024/part-0.parquet`).
    """
    found: dict[str, list[Path]] = {}
    findings = []
    below = (one for one in files_below(path) if one.name.endswith(".parquet"))
    for file in [path] if path.is_file() else sorted(below):
        if file.is_symlink() or not file.is_file():
            if not file.is_dir() or file.is_symlink():
                message = "This is a link, a pipe or a folder, not a file: it is not read."
                findings.append(finding("AE001", message, file=str(file)))
            continue
        try:
            name, _ = table_in(file)
        except (OSError, pa.ArrowException, ValueError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            message = f"The file cannot be read as Parquet: {reason}."
            findings.append(finding("AE015", message, file=str(file)))
            continue
        if name is None:
            above = [] if file == path else [path.name, *file.relative_to(path).parts[:-1]]
            plain = (folder.removesuffix(".parquet") for folder in reversed(above))
            name = next((n for n in plain if n in table_specs()), None)
        if name is None:
            findings.append(names_no_table(file))
        else:
            found.setdefault(name, []).append(file)
    return found, findings


def read_whole(
    name: str, files: Sequence[Path], most: int = MAX_TABLE_BYTES
) -> tuple[Whole | None, list[Finding]]:
    """A small table of some files; None, and why, if none of them can be read.

    Args:
        name: The table.
        files: Its files.
        most: Bytes that it may unfold to.

    Raises:
        AlignmentEventsError: If the files do not have the same columns.
    """
    import polars as pl
    import polars.selectors as cs

    columns = schema_of_all(files).names
    frames, starts, read, findings = [], [], [], []
    height, left = 0, most
    for file in files:
        part, wrong = read_part(file, name, most=left)
        findings += wrong
        if part is None:
            continue
        frames.append(part.frame)
        starts.append(height)
        read.append(str(file))
        height += part.frame.height
        left -= part.unfolded
    if not frames:
        return None, findings
    if len(frames) > 1:
        # Codes of one file are not those of another.
        folded = cs.categorical() | cs.enum()
        frames = [one.select(columns).with_columns(folded.cast(pl.String)) for one in frames]
    return Whole(pl.concat(frames), Places(tuple(read), tuple(starts))), findings


def schema_of_all(files: Sequence[Path]) -> pa.Schema:
    """The columns of all files of a table.

    Raises:
        AlignmentEventsError: If the files do not have the same columns.
    """
    schemas = [table_in(file)[1].remove_metadata() for file in files]
    for file, schema in zip(files, schemas, strict=True):
        if {f.name: f.type for f in schema} != {f.name: f.type for f in schemas[0]}:
            raise AlignmentEventsError(
                f"{file} has other columns, or columns of other types, than {files[0]}: the files "
                f"of one table must be alike."
            )
    return schemas[0]
