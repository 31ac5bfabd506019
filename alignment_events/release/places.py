"""Puts finished folders and files in their place: whole or not at all, whenever a run is killed.

What is being written lies beside its place under a hidden name. As long as somebody writes, the
folder above is locked (shared); what a killed run has left is cleaned by the next one that finds
nobody there.
"""

import ctypes
import errno
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2
_NO_SUCH_CALL = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


@contextmanager
def beside(out: Path) -> Iterator[Path]:
    """A fresh hidden folder beside `out`, gone afterwards unless it took its place.

    Args:
        out: The place, with a name; folders above it are made.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with _shared(out):
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.building-", dir=out.parent))
        try:
            yield fresh
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place, to the disk, and rename it."""
    path = path.absolute()
    with beside(path) as folder:
        fresh = folder / path.name
        with fresh.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.chmod(0o644)
        os.replace(fresh, path)


def open_to_all(folder: Path) -> None:
    """Whatever the umask: files that everyone may read, in a folder that everyone may open."""
    for path in folder.iterdir():
        path.chmod(0o644)
    folder.chmod(0o755)


def place(new: Path, out: Path) -> None:
    """Put the folder `new` where `out` is or shall be; both lie in the same folder.

    An earlier folder is exchanged in one step where the system can do that. Elsewhere it is moved
    aside first, and the next run moves it back if this one is killed between the two.
    """
    if not out.exists():
        os.replace(new, out)
        return
    if _exchange(new, out):
        shutil.rmtree(new, ignore_errors=True)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
    try:
        os.replace(out, old)
        try:
            os.replace(new, out)
        except BaseException:
            os.replace(old, out)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False if the system or the disk cannot."""
    libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform.startswith("linux") and hasattr(libc, "renameat2"):
        failed = libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE)  # type: ignore[union-attr]
    elif sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(names[0], names[1], _RENAME_SWAP)
    else:
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in _NO_SUCH_CALL:
        return False
    raise OSError(number, os.strerror(number), str(other))


@contextmanager
def _shared(out: Path) -> Iterator[None]:
    """Share the folder of `out` with other writers; who finds it empty of them cleans up first."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system: then nothing is cleaned
        yield
        return
    handle = os.open(out.parent, os.O_RDONLY)
    try:
        # Some network disks have no locks on folders: nothing is cleaned there either.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _recover(out)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _recover(out: Path) -> None:
    """Clean what killed runs have left beside `out`; what one had moved aside goes back first."""
    ours = re.compile(rf"\.{re.escape(out.name)}\.(building|old)-[a-z0-9_]{{8}}")
    for left in sorted(out.parent.iterdir()):
        found = ours.fullmatch(left.name)
        if not found or left.is_symlink() or not left.is_dir():
            continue
        if found[1] == "old" and not out.exists() and any(left.iterdir()):
            os.replace(left, out)
        else:
            shutil.rmtree(left, ignore_errors=True)
