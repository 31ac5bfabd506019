"""The Parquet file of findings: every finding a row, for checks that find more than a report lists."""

import dataclasses
import os
import secrets
import types
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from alignment_events.findings import AlignmentEventsError, Finding

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_AT_ONCE = 20_000


def findings_schema() -> "pa.Schema":
    """The columns of the file: the attributes of a finding, as texts and whole numbers."""
    import pyarrow as pa

    hints = typing.get_type_hints(Finding)
    fields = []
    for one in dataclasses.fields(Finding):
        hint = hints[one.name]
        options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        kind = pa.int64() if int in options else pa.string()
        fields.append(pa.field(one.name, kind, nullable=type(None) in options))
    return pa.schema(fields)


class FindingsFile:
    """Takes findings in any number and writes them in batches; nobody sees half of the file.

    It is written beside its place and renamed by `finish`; left without that, nothing remains of it.
    Use it as a context, and between `begin` and `drop` as a place for findings that can be taken back.
    """

    def __init__(self, path: Path) -> None:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise AlignmentEventsError(f"{path} is a link, or no file: it is not written to.")
        self.path = path
        self._schema = findings_schema()
        self._waiting: list[Finding] = []
        self._parts: list[Path] = []
        self._writer: pq.ParquetWriter | None = None
        self.begin()

    def __enter__(self) -> "FindingsFile":
        return self

    def begin(self) -> None:
        """Keep what came so far; what comes now can be taken back."""
        import pyarrow.parquet as pq

        self._close()
        self._parts.append(
            self.path.with_name(f".{self.path.name[:100]}.{secrets.token_hex(6)}.part")
        )
        self._writer = pq.ParquetWriter(self._parts[-1], self._schema, compression="zstd")

    def add(self, found: Finding, /) -> None:
        """Take a finding."""
        self._waiting.append(found)
        if len(self._waiting) >= _AT_ONCE:
            self._flush()

    def drop(self) -> None:
        """Take back all since the last beginning."""
        self._waiting.clear()
        self._close()
        self._parts.pop().unlink()
        self.begin()

    def finish(self, listed: Iterable[Finding]) -> None:
        """Take the findings that the report lists, and put the file in its place."""
        import pyarrow.parquet as pq

        self.begin()
        for found in listed:
            self.add(found)
        self._close()
        parts, self._parts = self._parts, [*self._parts, self._parts[0].with_suffix(".all")]
        with pq.ParquetWriter(self._parts[-1], self._schema, compression="zstd") as whole:
            # The listed ones first, as a report has them.
            for part in (parts[-1], *parts[:-1]):
                with pq.ParquetFile(part) as read:
                    for group in range(read.num_row_groups):
                        whole.write_table(read.read_row_group(group, use_threads=False))
        with self._parts[-1].open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(self._parts[-1], self.path)

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting and self._writer is not None:
            columns = [
                pa.array([getattr(found, field.name) for found in self._waiting], field.type)
                for field in self._schema
            ]
            self._writer.write_table(pa.table(columns, schema=self._schema))
            self._waiting.clear()

    def _close(self) -> None:
        if self._writer is not None:
            self._flush()
            self._writer.close()
            self._writer = None

    def __exit__(self, *_: object) -> None:
        self._waiting.clear()
        self._close()
        for part in self._parts:
            part.unlink(missing_ok=True)
