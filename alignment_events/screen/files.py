"""The files of a folder of Parquet tables: which are streamed, which read whole, and which are refused."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import polars as pl
import pyarrow as pa

from alignment_events.check.messages import finding
from alignment_events.findings import AlignmentEventsError, Finding
from alignment_events.read.parquet import read_tables, table_in
from alignment_events.read.parquet_parts import Places, read_whole, schema_of_all, tables_at
from alignment_events.screen.memory import Memory
from alignment_events.screen.opened import NotStreamable, Opened, open_table
from alignment_events.spec.tables import table_specs

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
        self._small_places: dict[str, Places] = {}
        self._order: dict[Path, int] = {}

    def find(self, path: Path, *, package: bool = False) -> None:
        """Look at a file, or at the Parquet files of a folder.

        Args:
            path: The file or folder.
            package: True if every table is one file of the folder itself; else it may be many, in
                folders below.

        Raises:
            NotStreamable: If a table has to be read whole.
        """
        if path.is_dir() and not package:
            self._find_below(path)
            return
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
            else:
                self._open(name, [file], schema)

    def _find_below(self, path: Path) -> None:
        by_table, findings = tables_at(path)
        self._order = {file: n for n, file in enumerate(sorted(chain(*by_table.values())))}
        self.findings += [(0, one) for one in findings]
        for name in table_specs():
            files = by_table.get(name, [])
            if not files:
                continue
            try:
                schema = schema_of_all(files)
            except AlignmentEventsError as error:
                # They can be joined if they are brought into the types of the format first.
                raise NotStreamable(name) from error
            if name not in SMALL:
                self._open(name, files, schema)
                continue
            whole, wrong = read_whole(name, files, self.memory.table_bytes)
            self.findings += [(self._order[files[0]], one) for one in wrong]
            if whole is not None:
                self.by_table[name] = files[0]
                self.small[name] = whole.frame
                self._small_places[name] = whole.places

    def _open(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        self.opened[name] = open_table(name, files, schema, self.memory.batch_bytes)
        self.by_table[name] = files[0]
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

    def refuse(
        self,
        table: str,
        code: str,
        message: str,
        *,
        file: Path | None = None,
        hint: str | None = None,
    ) -> None:
        """Leave a table out, or one of its files, and say why."""
        left = self.opened[table].without(file) if file is not None else None
        file = file or self.by_table[table]
        if left is not None:
            self.opened[table] = left
            self.by_table[table] = left.pieces[0].file
        else:
            del self.opened[table], self.by_table[table]
        self.findings.append((self._order[file], finding(code, message, hint=hint, file=str(file))))

    @property
    def in_pieces(self) -> bool:
        """True if some table is in more than one file, or not in the one that it is said to be in."""
        pieces = any(len(one.pieces) > 1 for one in self.opened.values())
        return pieces or any(places.files for places in self._small_places.values())

    def placed(self, found: Finding) -> Finding:
        """A finding about a row of a table, with its place in the file that the row is in."""
        table = found.table or ""
        if table in self.opened and len(self.opened[table].pieces) > 1:
            return self.opened[table].places.at(found)
        return self._small_places.get(table, Places()).at(found)
