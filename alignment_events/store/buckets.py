"""Files from buckets (`s3://…`, `gs://…`) through fsspec, which finds the credentials itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alignment_events.findings import AlignmentEventsError
from alignment_events.registry import ReleasedFile
from alignment_events.store.sources import (
    DownloadError,
    NotServed,
    Progress,
    copy_stream,
    without_secrets,
)

_EXTRA = {"s3": "s3fs", "gs": "gcsfs"}


class BucketSource:
    """A bucket, or a folder of one, that holds releases.

    Where it is and who asks is told by the environment, as for any program (`AWS_PROFILE`,
    `AWS_ENDPOINT_URL`, `GOOGLE_APPLICATION_CREDENTIALS`).
    """

    def __init__(self, address: str) -> None:
        self.address = without_secrets(address)
        protocol, _, self._root = address.partition("://")
        self._root = self._root.rstrip("/")
        try:
            import fsspec

            # What was listed before may have changed since.
            self._files: Any = fsspec.filesystem(
                protocol, use_listings_cache=False, skip_instance_cache=True
            )
        except ImportError as error:
            module = _EXTRA[protocol]
            raise AlignmentEventsError(
                f"{protocol}:// needs {module}: pip install alignment-events[{protocol}]"
            ) from error

    def read(self, path: str, limit: int) -> bytes:
        """A small file."""
        with self._opened(path) as stream:
            data: bytes = stream.read(limit + 1)
        if len(data) > limit:
            raise DownloadError(f"{self.address}/{path} has more than {limit:,} bytes.")
        return data

    def fetch(self, path: str, expected: ReleasedFile, part: Path, progress: Progress) -> bool:
        """Fetch a file; what an earlier attempt has fetched is gone on from."""
        start = part.stat().st_size if part.exists() else 0
        start = start if start < expected.bytes else 0
        with self._opened(path) as stream:
            if stream.size != expected.bytes:
                raise DownloadError(
                    f"{self.address}/{path} has {stream.size:,} bytes, and the registry lists "
                    f"{expected.bytes:,}: it is not that file."
                )
            stream.seek(start)
            name = f"{self.address}/{path}"
            copy_stream(stream.read, expected, part, progress, name, start=start)
        return start > 0

    @contextmanager
    def _opened(self, path: str) -> Iterator[Any]:
        """An object, opened for reading; what goes wrong until it is closed is named for it."""
        name = f"{self.address}/{path}"
        try:
            with self._files.open(f"{self._root}/{path}", "rb", block_size=1 << 20) as stream:
                yield stream
        except FileNotFoundError as error:
            raise NotServed(f"{name} is not there.") from error
        except PermissionError as error:
            raise DownloadError(f"{name} may not be read: {_first_line(error)}") from error
        except AlignmentEventsError:
            raise
        # The clients of buckets raise errors of many libraries; each has retried by itself.
        except Exception as error:
            raise DownloadError(f"{name}: {type(error).__name__}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:200]
