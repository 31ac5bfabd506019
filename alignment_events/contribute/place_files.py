"""Puts record files into a dataset: named for day and title, all or none, never over another."""

import errno
import os
import re
import tempfile
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from alignment_events.findings import AlignmentEventsError

_LONGEST_SLUG = 60


def record_path(values: Mapping[str, Any], taken: Collection[Path] = ()) -> Path:
    """Where a record belongs, below its dataset: `records/2024/2024-06-19-partnership-treaty.yaml`.

    Args:
        values: The nested record.
        taken: Paths that are not free; a number is added then.
    """
    start = str(values["date"]["start"])
    stem = f"{start}-{slug(str(values['title'])) or values['kind']}"
    folder = Path("records", start[:4])
    number = 1
    while True:
        name = f"{stem}.yaml" if number == 1 else f"{stem}-{number}.yaml"
        if folder / name not in taken:
            return folder / name
        number += 1


def slug(text: str) -> str:
    """The words of a text, lower case and in ASCII, as far as they fit."""
    letters = unicodedata.normalize("NFKD", text).replace("’", "'").lower()
    words = re.findall(r"[a-z0-9]+", re.sub(r"[^\x00-\x7f]|'", "", _spaced(letters)))
    found = ""
    for word in words:
        longer = f"{found}-{word}" if found else word
        if len(longer) > _LONGEST_SLUG:
            break
        found = longer
    return found or "".join(words)[:_LONGEST_SLUG]


def _spaced(text: str) -> str:
    """The text with spaces for dashes and other signs, so that no two words grow together."""
    return "".join(
        " " if unicodedata.category(c).startswith(("P", "Z")) and c != "'" else c for c in text
    )


def write_files(files: Iterable[tuple[Path, str | bytes]]) -> list[Path]:
    """Write new files, all of them or none; one that is there already is never touched.

    Each is written in full beside its place and then linked into it, which fails if the name was
    taken meanwhile.

    Raises:
        AlignmentEventsError: If a file is there already, or a folder cannot be written to.
    """
    beside: list[tuple[str, Path]] = []
    made: list[Path] = []
    folders: list[Path] = []
    try:
        for path, data in files:
            folders += _make_folders(path.parent)
            beside.append((_write_beside(path, data), path))
        for temporary, path in beside:
            _link(temporary, path)
            made.append(path)
    except OSError as error:
        _undo(made, folders, beside)
        where = error.filename2 or error.filename
        raise AlignmentEventsError(f"nothing was written: {where}: {error.strerror}.") from error
    except BaseException:
        _undo(made, folders, beside)
        raise
    for temporary, _ in beside:
        os.unlink(temporary)
    return made


def _make_folders(folder: Path) -> list[Path]:
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _write_beside(path: Path, data: str | bytes) -> str:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data.encode() if isinstance(data, str) else data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _link(temporary: str, path: Path) -> None:
    try:
        os.link(temporary, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        # A file system without hard links: the name is claimed first, then the file moved onto it.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
        with open(temporary, "rb") as source, open(path, "r+b") as target:
            target.write(source.read())


def _undo(made: list[Path], folders: list[Path], beside: list[tuple[str, Path]]) -> None:
    for path in (*made, *(Path(temporary) for temporary, _ in beside)):
        with suppress(OSError):
            path.unlink()
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
