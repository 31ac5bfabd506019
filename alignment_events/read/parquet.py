"""Reads tables of the format from Parquet, in batches and within a bound of memory."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from alignment_events.check.messages import finding, suggestion
from alignment_events.findings import Finding
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    import polars as pl

MAX_TABLE_BYTES = 4 * 1024**3
"""A table that unfolds to more is refused."""

_BATCH_ROWS = 16_384


@dataclass
class TablesRead:
    """Tables by name, the file of each, and what could not be read."""

    tables: "dict[str, pl.DataFrame]" = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_tables(path: Path) -> TablesRead:
    """The tables in a Parquet file, or in the Parquet files directly in a folder.

    A file holds the table that it is named after, or that its metadata names.
    """
    read = TablesRead()
    files = [path] if path.is_file() else sorted(path.glob("*.parquet"))
    for file in files:
        if file.is_symlink() and path.is_dir():
            message = "The file is a link out of the folder: not followed."
            read.findings.append(finding("AE001", message, file=str(file)))
            continue
        _read_one(file, read)
    return read


def _read_one(file: Path, read: TablesRead) -> None:
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file, memory_map=False, page_checksum_verification=True) as parquet:
            name = _table_name(file, parquet.schema_arrow.metadata or {})
            if name is None:
                hint = suggestion(file.stem, table_specs()) or (
                    f"Name the file after its table: {', '.join(table_specs())}."
                )
                message = f"{file.name} names no table of the format."
                read.findings.append(finding("AE014", message, hint=hint, file=str(file)))
                return
            batches = []
            unfolded = 0
            for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
                batch.validate(full=True)
                unfolded += batch.nbytes
                if unfolded > MAX_TABLE_BYTES:
                    message = f"The table unfolds to more than {MAX_TABLE_BYTES:,} bytes."
                    read.findings.append(finding("AE003", message, file=str(file), table=name))
                    return
                batches.append(batch)
            table = pa.Table.from_batches(batches, schema=parquet.schema_arrow)
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
    except (OSError, pa.ArrowException, ValueError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        message = f"The file cannot be read as Parquet: {reason}."
        read.findings.append(finding("AE015", message, file=str(file)))
        return
    if name in read.tables:
        message = f"The table {name} is there twice."
        read.findings.append(finding("AE501", message, file=str(file), table=name))
        return
    read.tables[name] = frame
    read.files[name] = str(file)


def _table_name(file: Path, metadata: dict[bytes, bytes]) -> str | None:
    named = metadata.get(b"table", b"").decode("utf-8", "replace")
    for candidate in (file.stem, named):
        if candidate in table_specs():
            return candidate
    return None


def file_hash(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
