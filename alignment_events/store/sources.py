"""What a mirror is: a web server, a bucket or a folder that holds releases as they are served.

A mirror holds `registry.json` and, for each release, `<dataset>/<version>/<file>` and perhaps the
archive `<dataset>/<dataset>-<version>.zip`. Its address is given by the user; none is built in.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from alignment_events.findings import AlignmentEventsError
from alignment_events.registry import ReleasedFile

MIRRORS_VARIABLE = "ALIGNMENT_EVENTS_MIRRORS"
"""Environment variable: addresses of mirrors, separated by spaces, asked in this order."""

BUCKETS = ("s3", "gs")

Progress = Callable[[int, int], None]
"""Called with the number of bytes that are there, and the number in all."""


class DownloadError(AlignmentEventsError):
    """A file could not be fetched; the message says from where and why."""


class NotServed(DownloadError):  # noqa: N818 - named for what it is about
    """The mirror does not have the file."""


class Source(Protocol):
    """A mirror that can be read."""

    address: str
    """How messages call it; never with a password."""

    def read(self, path: str, limit: int) -> bytes:
        """A small file; `DownloadError` if it has more than `limit` bytes."""
        ...

    def fetch(self, path: str, expected: ReleasedFile, part: Path, progress: Progress) -> bool:
        """Fetch a file into `part`; True if it went on where an earlier attempt had ended."""
        ...


def without_secrets(address: str) -> str:
    """An address without user, password and query, for messages."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "the address"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def open_sources(mirrors: str | Path | Sequence[str | Path] | None) -> list[Source]:
    """The mirrors to ask, in order: those given, or those of `ALIGNMENT_EVENTS_MIRRORS`."""
    if mirrors is None:
        mirrors = os.environ.get(MIRRORS_VARIABLE, "").split()
    elif isinstance(mirrors, str | Path):
        mirrors = [mirrors]
    return [_source(mirror) for mirror in mirrors]


def _source(mirror: str | Path) -> Source:
    if isinstance(mirror, Path):
        return FolderSource(mirror)
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", mirror)
    protocol = found.group(1).lower() if found else ""
    if protocol in ("https", "http"):
        from alignment_events.store.web import WebSource

        return WebSource(mirror)
    if protocol in BUCKETS:
        from alignment_events.store.buckets import BucketSource

        return BucketSource(mirror)
    if protocol == "file":
        from urllib.request import url2pathname

        parts = urlsplit(mirror)
        if parts.netloc not in ("", "localhost"):
            raise AlignmentEventsError(f"{mirror[:200]} names a host; file:// means this machine.")
        return FolderSource(Path(url2pathname(parts.path)))
    if not protocol and Path(mirror).is_dir():
        return FolderSource(Path(mirror))
    raise AlignmentEventsError(
        f"“{without_secrets(mirror)[:200]}” is no mirror: write an address that begins with "
        f"https://, {', '.join(f'{name}://' for name in BUCKETS)} or file://, or a folder."
    )


class FolderSource:
    """A folder on this machine, perhaps on a disk that is shared."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.address = str(root)

    def read(self, path: str, limit: int) -> bytes:
        """A small file."""
        try:
            with (self.root / path).open("rb") as stream:
                data = stream.read(limit + 1)
        except FileNotFoundError as error:
            raise NotServed(f"{self.root / path} is not there.") from error
        except OSError as error:
            raise DownloadError(f"{self.root / path}: {error.strerror}.") from error
        if len(data) > limit:
            raise DownloadError(f"{self.root / path} has more than {limit:,} bytes.")
        return data

    def fetch(self, path: str, expected: ReleasedFile, part: Path, progress: Progress) -> bool:
        """Copy a file."""
        try:
            with (self.root / path).open("rb") as stream:
                copy_stream(stream.read, expected, part, progress, f"{self.root / path}")
            return False
        except FileNotFoundError as error:
            raise NotServed(f"{self.root / path} is not there.") from error
        except OSError as error:
            raise DownloadError(f"{self.root / path}: {error.strerror}.") from error


def copy_stream(
    read: Callable[[int], bytes],
    expected: ReleasedFile,
    part: Path,
    progress: Progress,
    name: str,
    *,
    start: int = 0,
) -> None:
    """Write what `read` gives behind the first `start` bytes of `part`; never more than expected.

    Raises:
        DownloadError: If there is more than the registry lists.
    """
    done = start
    with part.open("r+b" if start else "wb") as stream:
        stream.seek(start)
        stream.truncate()
        while chunk := read(1 << 16):
            done += len(chunk)
            if done > expected.bytes:
                raise DownloadError(
                    f"{name} has more than the {expected.bytes:,} bytes that the registry lists."
                )
            stream.write(chunk)
            progress(done, expected.bytes)
