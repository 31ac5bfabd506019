"""The Parquet file of findings: every finding a row, for checks that find more than a report lists."""

import dataclasses
import os
import secrets
import types
import typing
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from alignment_events.findings import AlignmentEventsError, Finding

if TYPE_CHECKING:
    import pyarrow as pa

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
    """

    def __init__(self, path: Path) -> None:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise AlignmentEventsError(f"{path} is a link, or no file: it is not written to.")
        import pyarrow.parquet as pq

        self.path = path
        self.count = 0
        self._beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
        self._schema = findings_schema()
        self._waiting: list[Finding] = []
        self._writer = pq.ParquetWriter(self._beside, self._schema, compression="zstd")

    def __enter__(self) -> "FindingsFile":
        return self

    def add(self, found: Finding) -> None:
        """Take a finding."""
        self._waiting.append(found)
        if len(self._waiting) >= _AT_ONCE:
            self._flush()

    def finish(self, listed: Iterable[Finding]) -> None:
        """Take the findings that the report lists, and put the file in its place."""
        for found in listed:
            self.add(found)
        self._flush()
        self._writer.close()
        with self._beside.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(self._beside, self.path)

    def _flush(self) -> None:
        import pyarrow as pa

        columns = [
            pa.array([getattr(found, field.name) for found in self._waiting], field.type)
            for field in self._schema
        ]
        self.count += len(self._waiting)
        self._waiting.clear()
        if len(columns[0]):
            self._writer.write_table(pa.table(columns, schema=self._schema))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()
        self._beside.unlink(missing_ok=True)
