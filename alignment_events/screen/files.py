"""The files of a folder of Parquet tables: which are streamed, which read whole, and which are refused."""

from pathlib import Path

import polars as pl
import pyarrow as pa

from alignment_events.check.messages import finding
from alignment_events.findings import Finding
from alignment_events.read.parquet import read_tables, table_in
from alignment_events.screen.memory import Memory
from alignment_events.screen.opened import Opened, open_table

SMALL = ("actors", "persons", "coverage", "codings", "vocabularies")
"""Tables that are read whole: registries and what is not about single records."""


class Files:
    """The files of a folder by table, and what is wrong with files."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.by_table: dict[str, Path] = {}
        self.opened: dict[str, Opened] = {}
        self.empty: dict[str, pl.DataFrame] = {}
        self.small: dict[str, pl.DataFrame] = {}
        self.findings: list[tuple[int, Finding]] = []
        self._order: dict[Path, int] = {}

    def find(self, path: Path) -> None:
        """Look at a file, or at the Parquet files of a folder.

        Raises:
            NotStreamable: If a table has to be read whole.
        """
        files = [path] if path.is_file() else sorted(path.glob("*.parquet"))
        self._order = {file: number for number, file in enumerate(files)}
        for number, file in enumerate(files):
            name = None
            if not path.is_dir() or (file.is_file() and not file.is_symlink()):
                try:
                    name, schema = table_in(file)
                except (OSError, pa.ArrowException, ValueError):
                    name = None
            if name is None or name in SMALL or name in self.by_table:
                self._read_whole(number, file, path.is_dir())
                continue
            self.opened[name] = open_table(name, file, schema, self.memory.batch_bytes)
            self.by_table[name] = file
            nothing = pa.Table.from_batches([], schema=schema).replace_schema_metadata(None)
            empty = pl.from_arrow(nothing)
            assert isinstance(empty, pl.DataFrame)
            self.empty[name] = empty

    def _read_whole(self, number: int, file: Path, in_folder: bool) -> None:
        """Read a small table; what is no table or is there twice becomes a finding."""
        read = read_tables(file, within_folder=in_folder, most=self.memory.table_bytes)
        self.findings += [(number, one) for one in read.findings]
        for table, frame in read.tables.items():
            if table in self.by_table:
                message = f"The table {table} is there twice."
                twice = finding("AE501", message, file=str(file), table=table)
                self.findings.append((number, twice))
            else:
                self.by_table[table] = file
                self.small[table] = frame

    def refuse(self, table: str, code: str, message: str, hint: str | None = None) -> None:
        """Leave a table out, and say why."""
        file = self.by_table.pop(table)
        del self.opened[table]
        self.findings.append((self._order[file], finding(code, message, hint=hint, file=str(file))))
