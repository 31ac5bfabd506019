"""Writes a file beside its place and then renames it: nobody ever sees half of it."""

import os
import secrets
import stat
from pathlib import Path

from alignment_events.findings import AlignmentEventsError


def write_whole(path: Path, data: bytes | str, *, was: bytes | None = None) -> None:
    """Write a file in one step; what stood there stays if anything goes wrong.

    Args:
        path: The file. A link is refused: what it leads to may be anything.
        data: What to write, text as UTF-8.
        was: What the file held when it was read; if it holds something else now, it is left.

    Raises:
        AlignmentEventsError: If the place is a link or a folder, or the file was changed meanwhile.
        OSError: If it cannot be written.
    """
    if path.is_symlink():
        raise AlignmentEventsError(f"{path} is a link: it is not written to.")
    mode = None
    if path.exists():
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise AlignmentEventsError(f"{path} is no file: it is not written to.")
        mode = stat.S_IMODE(status.st_mode)
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(beside, flags, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data.encode() if isinstance(data, str) else data)
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            beside.chmod(mode)
        if was is not None and path.read_bytes() != was:
            raise AlignmentEventsError(f"{path} was changed by someone else meanwhile; left as is.")
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
