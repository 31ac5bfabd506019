"""Unpacks the archive of a release, with distrust."""

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from alignment_events.check.messages import quoted
from alignment_events.findings import AlignmentEventsError
from alignment_events.read.parquet import MAX_TABLE_BYTES

MAX_MEMBERS = 500
MAX_RATIO = 250
"""The tables of a release shrink to a fiftieth; what shrinks so much more was made to harm."""

_UNIX = 3
_ENCRYPTED = 0x1
_CHUNK = 1 << 20
# Names that Windows takes for devices are no business of a release either.
_FORBIDDEN = set('<>:"\\|?*')


class HostileArchive(AlignmentEventsError):  # noqa: N818 - named for what it is
    """An archive that no release is packed as; the message names the member."""


def unpack(archive: Path, into: Path) -> Path:
    """Unpack the archive of a release into a new folder below `into`, and return that folder.

    Raises:
        HostileArchive: If it is no zip archive, or its members are not plain files in one folder;
            what was written until then is for the caller to delete, with `into`.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            top = _check(archive, members)
            folder = into / top
            folder.mkdir()
            left = min(MAX_TABLE_BYTES, MAX_RATIO * max(archive.stat().st_size, 1))
            for member in members:
                if not member.is_dir():
                    left = _write(opened, member, folder, left, archive)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise HostileArchive(f"{archive} cannot be unpacked: {error}.") from error
    return folder


def _write(
    opened: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, left: int, archive: Path
) -> int:
    """Write one member; what it says of its size is not believed."""
    import zlib

    target = folder / PurePosixPath(member.filename).name
    try:
        with opened.open(member) as source, target.open("xb") as written:
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise _refused(archive, member.filename, "unfolds to far more than its size")
                written.write(chunk)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        message = f"{archive}: {quoted(member.filename)} is damaged: {error}."
        raise HostileArchive(message) from error
    return left


def _check(archive: Path, members: list[zipfile.ZipInfo]) -> str:
    """The one folder in which all members lie."""
    if not 0 < len(members) <= MAX_MEMBERS:
        raise HostileArchive(
            f"{archive} has {len(members)} members; a release has 1 to {MAX_MEMBERS}."
        )
    seen: set[str] = set()
    for member in members:
        for wrong in _faults(member, seen):
            raise _refused(archive, member.filename, wrong)
        seen.add(member.filename.lower())
    tops = {PurePosixPath(member.filename).parts[0] for member in members}
    if len(tops) > 1:
        raise HostileArchive(f"{archive} holds more than one folder: {', '.join(sorted(tops))}.")
    return tops.pop()


def _faults(member: zipfile.ZipInfo, seen: set[str]) -> Iterator[str]:
    # The name as stored: zipfile itself cuts at NUL and turns backslashes on some systems.
    name = member.orig_filename
    path = PurePosixPath(name)
    if not name or not name.isprintable() or _FORBIDDEN & set(name) or len(name) > 200:
        yield "has a name that no file of a release has"
    elif path.is_absolute() or ".." in path.parts:
        yield "leads out of the archive's folder"
    elif len(path.parts) != (1 if member.is_dir() else 2) or path.parts[-1].startswith("."):
        yield "is no plain file in the one folder of a release"
    mode = member.external_attr >> 16
    if member.create_system == _UNIX and stat.S_IFMT(mode) not in (
        0,
        stat.S_IFDIR if member.is_dir() else stat.S_IFREG,
    ):
        yield "is a link or device, not a file"
    if name.lower() in seen:
        yield "is there twice"
    if member.flag_bits & _ENCRYPTED:
        yield "is encrypted"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield "is packed in a way that releases are not"
    if member.file_size > MAX_RATIO * max(member.compress_size, 1):
        yield "unfolds to far more than its size"
    if member.file_size > MAX_TABLE_BYTES:
        yield f"has more than {MAX_TABLE_BYTES:,} bytes"


def _refused(archive: Path, name: str, wrong: str) -> HostileArchive:
    return HostileArchive(f"{archive}: {quoted(name)} {wrong}: nothing of it is used.")
