"""Places that hold releases: what publishing asks of a folder, a bucket or a web server.

All have the layout of a mirror: `<base>/<dataset>/<version>/<file>`, `<base>/<dataset>/<archive>`
and `<base>/registry.json`, which is written last and decides what is published. A file takes its
place whole; a registry takes its place only if it is still the one that was read, where the store can
promise that.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from alignment_events.deposit.dav import DavStore
from alignment_events.deposit.http import PublishError
from alignment_events.deposit.parcel import Item, is_item
from alignment_events.deposit.stored import Stored
from alignment_events.release.places import place

PROTOCOLS = ("file", "s3", "gs", "https")
"""What an address may begin with; everything else is refused."""

_EXTRA = {"s3": "s3fs", "gs": "gcsfs"}
_ATTEMPTS = 2
"""The clients of buckets try several times themselves; once more for what arrived torn."""


class Store(Protocol):
    """A place that holds releases.

    Attributes:
        address: How messages call it.
        swaps: True if it can refuse to replace a registry that changed meanwhile.
    """

    address: str
    swaps: bool

    def read(self, key: str) -> Stored | None:
        """A small file, or None if there is none."""
        ...

    def holds(self, item: Item) -> bool:
        """True if the item is there, with the right bytes: they are read back."""
        ...

    def put(self, item: Item) -> None:
        """Send an item; it takes its place whole."""
        ...

    def settle(self, prefix: str, items: tuple[Item, ...]) -> None:
        """Called when all files of a release have been sent."""
        ...

    def swap(self, key: str, data: bytes, before: Stored | None) -> bool:
        """Replace a small file if it is still what was read; False if it is not."""
        ...

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other publishers away meanwhile, as far as the place can."""
        ...


def open_store(address: str) -> Store:
    """The store of an address.

    Raises:
        PublishError: If the protocol is none of `PROTOCOLS`.
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        return FolderStore(Path(address))
    if scheme == "file":
        if not rest.startswith("/"):
            raise PublishError(f"{address}: a file address names a folder of this machine.")
        return FolderStore(Path(rest))
    if scheme in _EXTRA:
        return BucketStore(address)
    if scheme in ("https", "http"):
        return DavStore(address)
    raise PublishError(
        f"{scheme}:// is not allowed. Publish to a folder or to one of: "
        + ", ".join(f"{name}://" for name in PROTOCOLS)
    )


class FolderStore:
    """A folder, which some other program may serve.

    The files of a release are put together in a hidden folder beside, which then takes its place in
    one step; what a killed run has left is gone on with.
    """

    swaps = True

    def __init__(self, base: Path) -> None:
        if base.exists() and not base.is_dir():
            raise PublishError(f"{base} is no folder.")
        self._base = base.absolute()
        self.address = str(base)

    def read(self, key: str) -> Stored | None:
        """A small file, or None if there is none."""
        try:
            data = (self._base / key).read_bytes()
        except FileNotFoundError:
            return None
        return Stored(data, hashlib.sha256(data).hexdigest())

    def holds(self, item: Item) -> bool:
        """True if the item is there or waits beside to be put there."""
        return is_item(self._base / item.key, item) or is_item(self._waiting(item), item)

    def _waiting(self, item: Item) -> Path:
        *above, version, name = item.key.split("/")
        return self._base.joinpath(*above, f".{version}.publishing", name)

    def put(self, item: Item) -> None:
        """Copy an item: files of a release to a hidden folder, others to their place."""
        is_archive = item.key.count("/") == 1
        out = self._base / item.key if is_archive else self._waiting(item)
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(f".{out.name}.part")
        with item.path.open("rb") as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        part.chmod(0o644)
        os.replace(part, out)

    def settle(self, prefix: str, items: tuple[Item, ...]) -> None:
        """Put the hidden folder in its place, unless the release is there already."""
        out = self._base / prefix
        waiting = out.with_name(f".{out.name}.publishing")
        if all(is_item(self._base / item.key, item) for item in items):
            shutil.rmtree(waiting, ignore_errors=True)
            return
        for item in items:  # what an earlier attempt had put in its place
            if not is_item(self._waiting(item), item):
                self.put(item)
        names = {Path(item.key).name for item in items}
        for path in waiting.iterdir():
            if path.name not in names:
                path.unlink()
        waiting.chmod(0o755)
        place(waiting, out)

    def swap(self, key: str, data: bytes, before: Stored | None) -> bool:
        """Replace a small file if it is still what was read."""
        if self.read(key) != before:
            return False
        out = self._base / key
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(f".{out.name}.part")
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o644)
        os.replace(part, out)
        return True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lock the folder; the lock of a process that dies is released by the system."""
        from filelock import FileLock, Timeout

        self._base.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._base / ".publishing.lock", timeout=60):
                yield
        except Timeout as error:
            raise PublishError(f"{self.address}: another process publishes there.") from error


class BucketStore:
    """A bucket, or a folder of one, through fsspec, which finds the credentials itself.

    An object takes its place whole, by the promise of the stores. In S3 the registry is replaced on
    condition of its ETag (`If-Match`, `If-None-Match`); gcsfs offers no such condition, so there only
    one may publish at a time.
    """

    def __init__(self, address: str) -> None:
        protocol, _, root = address.partition("://")
        bucket = root.partition("/")[0]
        if not bucket or "@" in bucket or "?" in root or "#" in root:
            raise PublishError(f"{protocol}://: write {protocol}://bucket/folder, and no more.")
        self._root = root.rstrip("/")
        self.address = address.rstrip("/")
        self.swaps = protocol == "s3"
        try:
            import fsspec

            self._files: Any = fsspec.filesystem(
                protocol, use_listings_cache=False, skip_instance_cache=True
            )
        except ImportError as error:
            raise PublishError(
                f"{protocol}:// needs {_EXTRA[protocol]}: pip install alignment-events[{protocol}]"
            ) from error

    def read(self, key: str) -> Stored | None:
        """A small file, or None if there is none."""
        path = f"{self._root}/{key}"

        def once() -> Stored | None:
            try:
                tag = self._files.info(path).get("ETag", "")
                data: bytes = self._files.cat_file(path)
            except FileNotFoundError:
                return None
            again = self._files.info(path).get("ETag", "")
            if again != tag:
                raise OSError("it changed while it was read")
            return Stored(data, str(tag))

        found: Stored | None = self._tried(once, key)
        return found

    def holds(self, item: Item) -> bool:
        """True if the object is there, with the right bytes."""
        path = f"{self._root}/{item.key}"

        def once() -> bool:
            try:
                if self._files.info(path)["size"] != item.bytes:
                    return False
                digest = hashlib.sha256()
                with self._files.open(path, "rb", block_size=1 << 22) as stream:
                    while chunk := stream.read(1 << 20):
                        digest.update(chunk)
            except FileNotFoundError:
                return False
            return digest.hexdigest() == item.sha256

        return bool(self._tried(once, item.key))

    def put(self, item: Item) -> None:
        """Send an object; it is there whole or not at all."""
        path = f"{self._root}/{item.key}"
        self._tried(lambda: self._files.put_file(str(item.path), path), item.key)

    def settle(self, prefix: str, items: tuple[Item, ...]) -> None:
        """Nothing: the registry alone decides what is published."""

    def swap(self, key: str, data: bytes, before: Stored | None) -> bool:
        """Replace the registry if it is still what was read."""
        path = f"{self._root}/{key}"
        if not self.swaps:
            if self.read(key) != before:
                return False
            self._tried(lambda: self._files.pipe_file(path, data), key)
            return True
        bucket, _, name = path.partition("/")
        condition = {"IfMatch": before.tag} if before else {"IfNoneMatch": "*"}

        def once() -> bool:
            try:
                self._files.call_s3(
                    "put_object", Bucket=bucket, Key=name, Body=data,
                    ContentType="application/json", **condition,
                )  # fmt: skip
            except OSError as error:
                # Somebody was faster: perhaps we ourselves, in an attempt whose answer was lost.
                if "pre-condition" in str(error) or "PreconditionFailed" in str(error):
                    return False
                raise
            return True

        return bool(self._tried(once, key))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No lock: a bucket has none."""
        yield

    def _tried(self, once: Any, key: str) -> Any:
        """Do something that may be repeated, several times if need be; errors are named for it."""
        name = f"{self.address}/{key}"
        problem: BaseException | None = None
        for _ in range(_ATTEMPTS):
            try:
                return once()
            except PermissionError as error:
                raise PublishError(f"{name}: not allowed: {_first_line(error)}") from error
            except FileNotFoundError as error:
                raise PublishError(f"{name}: no such bucket: {_first_line(error)}") from error
            except PublishError:
                raise
            # The clients of buckets raise errors of many libraries.
            except Exception as error:
                problem = error
            with suppress(Exception):
                self._files.invalidate_cache()
        raise PublishError(
            f"{name}: {type(problem).__name__}: {_first_line(problem)}. What was sent stays; run the "
            "same command again."
        ) from problem


def _first_line(error: BaseException | None) -> str:
    return (str(error).splitlines() or [""])[0][:200]


@dataclass(frozen=True)
class Sent:
    """What publishing did.

    Attributes:
        sent: Keys that were sent.
        there: Keys that were there already.
        registered: True if the registry was changed.
    """

    sent: tuple[str, ...]
    there: tuple[str, ...]
    registered: bool
