"""Appends new actors and persons to the registries of a dataset; rows that are there stay."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_events.files import write_whole
from alignment_events.findings import AlignmentEventsError
from alignment_events.read.text_file import Stop, file_bytes
from alignment_events.spec.compact import cell_text
from alignment_events.spec.tables import table_specs


@dataclass(frozen=True)
class Longer:
    """A registry with rows appended.

    Attributes:
        path: The file.
        old: Its bytes.
        new: Its bytes with the rows behind them.
        keys: Keys of the rows.
    """

    path: Path
    old: bytes
    new: bytes
    keys: tuple[str, ...]


def longer_registries(
    folder: Path, rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[Longer]:
    """The registries of a dataset with these rows at their end; nothing is written.

    Raises:
        AlignmentEventsError: If a registry cannot be read.
    """
    return [_longer(folder / f"{name}.csv", name, added) for name, added in rows.items() if added]


def _longer(path: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> Longer:
    try:
        old = file_bytes(path)
        text = old.decode("utf-8-sig")
    except Stop as stop:
        raise AlignmentEventsError(f"{path}: {stop.finding.message}") from None
    except UnicodeDecodeError:
        raise AlignmentEventsError(f"{path} is not UTF-8: it cannot be added to.") from None
    header = next(csv.reader(io.StringIO(text, newline="")), [])
    spec = table_specs()[name]
    (key,) = spec.key
    if key not in header:
        raise AlignmentEventsError(f"{path} has no column {key}: it cannot be added to.")
    end = "\r\n" if "\r\n" in text else "\n"
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=end)
    for row in rows:
        cells = (row.get(column) for column in header)
        writer.writerow(["" if cell is None else cell_text(cell) for cell in cells])
    gap = "" if text.endswith(("\n", "\r")) else end
    keys = tuple(str(row[key]) for row in rows)
    return Longer(path, old, old + (gap + stream.getvalue()).encode(), keys)


@contextmanager
def appended(files: Sequence[Longer]) -> Iterator[None]:
    """The longer registries are in place; if what is done then fails, the old ones come back."""
    done: list[Longer] = []
    try:
        for one in files:
            try:
                write_whole(one.path, one.new, was=one.old)
            except OSError as error:
                raise AlignmentEventsError(
                    f"nothing was written: {one.path}: {error.strerror}."
                ) from error
            done.append(one)
        yield
    except BaseException:
        for one in reversed(done):
            # What somebody else wrote meanwhile is left: rows too many do no harm.
            with suppress(OSError, AlignmentEventsError):
                write_whole(one.path, one.old, was=one.new)
        raise
