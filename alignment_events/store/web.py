"""Files from web servers: over HTTPS, with time limits, retried, and continued after a break.

`requests` does the talking. What it does not do is here: continuing a file, giving up on a server
that sends a byte now and then, and refusing to be led from https to http. Whether a file is the right
one is not for this module to say: its SHA-256 is compared by whoever asked for it.
"""

import ipaddress
import json
import logging
import os
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from alignment_events.registry import ReleasedFile
from alignment_events.store.sources import (
    DownloadError,
    NotServed,
    Progress,
    copy_stream,
    without_secrets,
)

HTTP_VARIABLE = "ALIGNMENT_EVENTS_ALLOW_HTTP"
"""Environment variable: `1` allows mirrors that are not encrypted, on any host."""

TIMEOUT_VARIABLE = "ALIGNMENT_EVENTS_TIMEOUT"
"""Environment variable: seconds without an answer after which a server is given up."""

_TIMEOUT_S = 30.0
_FEWEST_BYTES_A_SECOND = 512
_MOST_FAILURES = 5
_PROGRESS_THAT_COUNTS = 1 << 20
_MOST_REDIRECTS = 5
_LONGEST_PAUSE_S = 20.0
_LOG = logging.getLogger("alignment_events.download")


class _TryAgain(Exception):  # noqa: N818 - asks for what is to be done
    """A failure that may pass."""

    def __init__(self, reason: str, *, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class WebSource:
    """A web server that holds releases below an address."""

    def __init__(self, address: str) -> None:
        self._base = address if address.endswith("/") else address + "/"
        self.address = without_secrets(address)
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "alignment-events (https://pypi.org)"
        self._session.headers["Accept-Encoding"] = "identity"
        self._timeout = _timeout()
        self._pause = 0.25
        _refuse_plain(address, "The mirror")

    def read(self, path: str, limit: int) -> bytes:
        """A small file."""
        url = urljoin(self._base, quote(path))

        def once() -> bytes:
            with self._answer(url, {}) as response:
                data = b""
                read = _patient(response, self._timeout)
                while chunk := read(1 << 16):
                    data += chunk
                    if len(data) > limit:
                        raise DownloadError(
                            f"{without_secrets(url)} has more than {limit:,} bytes."
                        )
                length = response.headers.get("Content-Length", "")
                if length.isdigit() and int(length) != len(data):
                    raise _TryAgain("the answer ended early")
                return data

        failures = 0
        while True:
            try:
                return once()
            except _TryAgain as error:
                failures += 1
                self._wait(url, error, failures)

    def fetch(self, path: str, expected: ReleasedFile, part: Path, progress: Progress) -> bool:
        """Fetch a file into `part`; True if it went on where an earlier attempt had ended."""
        url = urljoin(self._base, quote(path))
        failures = 0
        while True:
            before = _size(part)
            try:
                return self._go_on(url, expected, part, progress)
            except _TryAgain as error:
                # A long file over a poor line may break often, as long as it gets on.
                gained = _size(part) - before >= _PROGRESS_THAT_COUNTS
                failures = 1 if gained else failures + 1
                self._wait(url, error, failures)

    def _wait(self, url: str, error: _TryAgain, failures: int) -> None:
        if failures >= _MOST_FAILURES:
            raise DownloadError(
                f"{without_secrets(url)}: {error}; given up after {failures} attempts. What has "
                "arrived is kept: the next attempt goes on from there."
            ) from error
        pause = max(error.after, self._pause * 2**failures * random.uniform(0.75, 1.25))
        _LOG.info("%s: %s; trying again", without_secrets(url), error)
        time.sleep(min(pause, _LONGEST_PAUSE_S))

    def _go_on(self, url: str, expected: ReleasedFile, part: Path, progress: Progress) -> bool:
        start = _size(part)
        mark = _Mark(part, url)
        if start >= expected.bytes or mark.tag is None:
            start = 0
        headers = {}
        if start:
            headers["Range"] = f"bytes={start}-"
            if mark.tag and not mark.tag.startswith("W/"):
                headers["If-Range"] = mark.tag
        with self._answer(url, headers) as response:
            if response.status_code == 206 and not mark.agrees(response, start, expected.bytes):
                mark.forget()
                raise _TryAgain("the server sent another part than was asked for")
            if response.status_code == 200:
                start = 0
                length = response.headers.get("Content-Length", "")
                if length.isdigit() and int(length) != expected.bytes:
                    raise DownloadError(
                        f"{without_secrets(url)} has {int(length):,} bytes, and the registry lists "
                        f"{expected.bytes:,}: it is not that file."
                    )
                part.write_bytes(b"")
                mark.note(response)
            read = _patient(response, self._timeout)
            copy_stream(read, expected, part, progress, without_secrets(url), start=start)
        if _size(part) < expected.bytes:
            raise _TryAgain("the answer ended early")
        return start > 0

    @contextmanager
    def _answer(self, url: str, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        """The answer to a GET, redirects followed; faults that may pass raise `_TryAgain`."""
        response, asked = None, without_secrets(url)
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                response = self._session.get(
                    url, headers=dict(headers), stream=True, allow_redirects=False,
                    timeout=self._timeout,
                )  # fmt: skip
                if not response.is_redirect:
                    break
                target = urljoin(url, response.headers["Location"])
                response.close()
                _refuse_plain(target, f"{without_secrets(url)} leads elsewhere, and the new address",
                              before=url)  # fmt: skip
                url = target
            else:
                raise DownloadError(f"{asked} leads on and on: too many redirects.")
            assert response is not None
            _judge(response, url)
            yield response
        except requests.exceptions.SSLError as error:
            raise DownloadError(f"{without_secrets(url)}: no safe connection: {error}.") from error
        except requests.exceptions.Timeout as error:
            raise _TryAgain(f"no answer within {self._timeout:g} seconds") from error
        except (requests.exceptions.ConnectionError, HTTPError, ConnectionError) as error:
            raise _TryAgain(f"the connection failed ({_reason(error)})") from error
        except requests.RequestException as error:
            raise DownloadError(f"{without_secrets(url)}: {type(error).__name__}.") from error
        finally:
            if response is not None:
                response.close()


def _judge(response: requests.Response, url: str) -> None:
    status, shown = response.status_code, without_secrets(url)
    if status in (404, 410):
        raise NotServed(f"{shown} is not there ({status}).")
    if status in (401, 403):
        raise DownloadError(f"{shown} may not be read ({status}): the mirror wants a permission.")
    if status == 416:
        raise _TryAgain("the server has no such part of the file")
    if status in (408, 425, 429) or status >= 500:
        after = response.headers.get("Retry-After", "")
        raise _TryAgain(
            f"the server answered {status}", after=float(after[:4] if after.isdigit() else 0)
        )
    if status not in (200, 206) or (status == 206 and "Range" not in response.request.headers):
        raise DownloadError(f"{shown}: the server answered {status}, which is of no use here.")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise DownloadError(f"{shown} was sent in an encoding that was not asked for.")


class _Mark:
    """What is known of the file that a partial one is the beginning of, in a file beside it.

    `tag` is None if nothing is known, and "" if the server has named no version of the file.
    """

    def __init__(self, part: Path, url: str) -> None:
        self._path = part.with_name(part.name + ".json")
        self._url = without_secrets(url)
        self.tag: str | None = None
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            # Another mirror may name the same file differently; its hash has the last word.
            self.tag = str(told["tag"]) if told["url"] == self._url else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            pass

    def note(self, response: requests.Response) -> None:
        tag = response.headers.get("ETag", "")
        text = json.dumps({"url": self._url, "tag": tag[:500]})
        self._path.write_text(text, encoding="utf-8")

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def agrees(self, response: requests.Response, start: int, length: int) -> bool:
        wanted = (f"bytes {start}-{length - 1}/{length}", f"bytes {start}-{length - 1}/*")
        same = response.headers.get("ETag", "") == self.tag
        return same and response.headers.get("Content-Range", "") in wanted


def _patient(response: requests.Response, timeout: float) -> Any:
    """A read that gives up on a server that sends too little, however regularly."""
    since, received = time.monotonic(), 0

    def read(amount: int) -> bytes:
        nonlocal since, received
        chunk: bytes = response.raw.read1(amount, decode_content=False)
        received += len(chunk)
        if (passed := time.monotonic() - since) > timeout:
            if received < _FEWEST_BYTES_A_SECOND * passed and chunk:
                raise _TryAgain(f"only {received} bytes came in {passed:.0f} seconds")
            since, received = time.monotonic(), 0
        return chunk

    return read


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(error: BaseException) -> str:
    """The innermost reason, in few words and without the address."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return (getattr(error, "strerror", None) or type(error).__name__)[:100]


def _timeout() -> float:
    text = os.environ.get(TIMEOUT_VARIABLE, "")
    try:
        return min(max(float(text), 0.1), 3600.0) if text else _TIMEOUT_S
    except ValueError:
        raise DownloadError(f"{TIMEOUT_VARIABLE} is no number of seconds.") from None


def _refuse_plain(url: str, what: str, *, before: str | None = None) -> None:
    """Refuse an address that is not encrypted, unless it is this machine's or was allowed."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise DownloadError(f"{what} is no address.") from None
    if parts.scheme == "https" and host:
        return
    if parts.scheme == "http" and host:
        came_from_https = before is not None and urlsplit(before).scheme == "https"
        if _is_loopback(host) and not came_from_https:
            return
        if os.environ.get(HTTP_VARIABLE) == "1" and not came_from_https:
            return
    raise DownloadError(
        f"{what} {without_secrets(url)} is not https, so that anybody on the way could change the "
        f"registry. Use https, or set {HTTP_VARIABLE}=1 if you know what you do."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
