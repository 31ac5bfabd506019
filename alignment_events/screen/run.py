"""Checks Parquet tables of any size: a screen over streamed batches, and an examination of what is suspect."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa

from alignment_events.check.messages import finding
from alignment_events.check.table_ledger import TableLedger
from alignment_events.check.tables import check_cells, check_columns, missing_table
from alignment_events.findings import Finding, Report
from alignment_events.read.parquet import read_tables, table_in
from alignment_events.screen.aligned import BATCH_ROWS, NotSorted, open_streams, whole_records
from alignment_events.screen.batch import Context, screen_batch, screen_rows
from alignment_events.screen.examine import Examiner, Rows
from alignment_events.screen.index import read_index
from alignment_events.screen.opened import NotStreamable, Opened, Unreadable, open_table
from alignment_events.spec.tables import table_specs

SMALL = ("actors", "persons", "coverage", "codings", "vocabularies")
"""Tables that are read whole: registries and what is not about single records."""
EXAMINED_AT_ONCE = 5_000
"""Records whose rows are put to the checks of tables together."""
THREADS = 2

RowProgress = Callable[[int, int], None]
"""Called with the number of rows done and the number in all."""


def check_streamed(
    path: Path,
    *,
    package: bool = False,
    batch_rows: int = BATCH_ROWS,
    progress: RowProgress | None = None,
) -> Report | None:
    """Check a Parquet file, or the Parquet tables of a folder, batch by batch.

    Args:
        path: The file or folder.
        package: True for a whole dataset, where no table, column or record may be missing.
        batch_rows: Rows of all tables together that are screened at a time.
        progress: Called as rows are done.

    Returns:
        The same report as `check_tables` gives of the tables read whole, or None if they cannot be
        streamed: since columns are not of the types of the format, or tables not sorted by record.
    """
    files = _Files()
    try:
        files.find(path)
    except NotStreamable:
        return None
    while True:
        try:
            return _Run(files, package, batch_rows, progress).report()
        except (NotStreamable, NotSorted):
            return None
        except Unreadable as error:
            # As for tables that are read whole: what cannot be read to its end is not there.
            files.drop(error.table, error.reason)


class _Files:
    """The files of a folder by table, and what is wrong with files."""

    def __init__(self) -> None:
        self.by_table: dict[str, Path] = {}
        self.opened: dict[str, Opened] = {}
        self.empty: dict[str, pl.DataFrame] = {}
        self.small: dict[str, pl.DataFrame] = {}
        self.findings: list[tuple[int, Finding]] = []
        self._order: dict[Path, int] = {}

    def find(self, path: Path) -> None:
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
            self.by_table[name] = file
            self.opened[name] = open_table(name, file, schema)
            nothing = pa.Table.from_batches([], schema=schema).replace_schema_metadata(None)
            empty = pl.from_arrow(nothing)
            assert isinstance(empty, pl.DataFrame)
            self.empty[name] = empty

    def _read_whole(self, number: int, file: Path, in_folder: bool) -> None:
        """Read a small table; what is no table or is there twice becomes a finding."""
        read = read_tables(file, within_folder=in_folder)
        self.findings += [(number, one) for one in read.findings]
        for table, frame in read.tables.items():
            if table in self.by_table:
                message = f"The table {table} is there twice."
                twice = finding("AE501", message, file=str(file), table=table)
                self.findings.append((number, twice))
            else:
                self.by_table[table] = file
                self.small[table] = frame

    def drop(self, table: str, reason: str) -> None:
        file = self.by_table.pop(table)
        del self.opened[table]
        message = f"The file cannot be read as Parquet: {reason}."
        self.findings.append((self._order[file], finding("AE015", message, file=str(file))))


class _Run:
    """One run over all tables."""

    def __init__(
        self, files: _Files, package: bool, batch_rows: int, progress: RowProgress | None
    ) -> None:
        self.files = files
        self.batch_rows = batch_rows
        self.progress = progress
        names = {name: str(file) for name, file in files.by_table.items()}
        self.ledger = TableLedger(names)
        self.opened: dict[str, Opened] = {}
        self.small: dict[str, pl.DataFrame] = {}
        for name in table_specs():
            if name in files.opened:
                if check_columns(name, files.empty[name], self.ledger, package).usable:
                    self.opened[name] = files.opened[name]
            elif name in files.small:
                result = check_columns(name, files.small[name], self.ledger, package)
                if result.usable:
                    self.small[name] = check_cells(name, result.frame, self.ledger)
            elif package:
                missing_table(name, self.ledger)
        self.package = package

    def report(self) -> Report:
        index = read_index(self.opened)
        self.examiner = Examiner(self.opened, self.small, index, self.ledger, self.package)
        self.examiner.start()
        context = Context(
            index,
            frozenset(self.opened) | frozenset(self.small),
            self._registries(),
            self.examiner.related,
        )
        if self.opened:
            with ThreadPoolExecutor(THREADS, "screen") as pool:
                try:
                    self._stream(context, pool)
                finally:
                    pool.shutdown(cancel_futures=True)
        seen = {name: opened.rows for name, opened in self.files.opened.items()}
        seen |= {name: frame.height for name, frame in self.files.small.items()}
        report = self.ledger.report(seen)
        found = [one for _, one in sorted(self.files.findings, key=lambda f: f[0])]
        return replace(report, findings=(*found, *report.findings), unusable=not seen)

    def _stream(self, context: Context, pool: ThreadPoolExecutor) -> None:
        look = partial(screen_rows, context=context)
        streams = open_streams(self.opened, self.batch_rows, pool, look)
        total = sum(opened.rows for opened in self.opened.values())
        done = 0
        waiting, aside = Rows(), Rows()
        for parts in whole_records(streams):
            done += sum(len(part) for some in parts.values() for part in some)
            screened = screen_batch(parts, context)
            waiting.add(screened, screened.suspect & ~screened.aside)
            aside.add(screened, screened.aside)
            if waiting.records >= EXAMINED_AT_ONCE:
                self.examiner.examine(waiting)
                waiting = Rows()
            # What a batch took is given back, or the allocator keeps the most that any took.
            del parts, screened
            pa.default_memory_pool().release_unused()
            if self.progress is not None:
                self.progress(done, total)
        if waiting.records:
            self.examiner.examine(waiting)
        for name, stream in streams.items():
            for part in stream.strays:
                aside.add_rows(name, part.rows, part.numbers)
        if aside.height:
            self.examiner.examine(aside, aside=True)

    def _registries(self) -> Mapping[str, frozenset[str]]:
        keys = {"actors": "actor", "persons": "person_id"}
        return {
            name: frozenset(self.small[name][column].drop_nulls().to_list())
            for name, column in keys.items()
            if name in self.small
        }
