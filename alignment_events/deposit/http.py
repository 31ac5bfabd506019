"""HTTP with one server: retries only what may be repeated, and keeps its secret to itself."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

from alignment_events.findings import AlignmentEventsError

REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "MKCOL"})
"""Methods that do the same when they are done twice (RFC 9110, section 9.2.2; RFC 4918, 9.3)."""

_BUSY = frozenset({429, 500, 502, 503, 504})
_ATTEMPTS = 5
_LONGEST_WAIT_S = 120.0
_CONNECT_S, _READ_S = 10.0, 120.0
_MOST_BYTES = 64 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class PublishError(AlignmentEventsError):
    """Publishing stopped; the message says what is done, and what to do about the rest."""


class Unreachable(PublishError):  # noqa: N818 - named for what it is about
    """The server could not be asked, after several attempts."""


class OutcomeUnknown(PublishError):  # noqa: N818
    """A call that must not be repeated was sent, and no answer came: it may have been carried out."""


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            PublishError: If it is none.
        """
        try:
            loaded = json.loads(self.body)
        except (ValueError, RecursionError):
            loaded = None
        if not isinstance(loaded, dict):
            raise PublishError("The server answered with something that is no JSON object.")
        return loaded


class Secret(AuthBase):
    """Puts a secret into the `Authorization` header; shows itself nowhere."""

    def __init__(self, scheme: str, value: str, hide: tuple[str, ...] = ()) -> None:
        if value and not re.fullmatch(r"[\x21-\x7e]+", value):
            raise PublishError("The token from the environment holds characters that no token has.")
        self._header = f"{scheme} {value}"
        self._hide = (value, *hide)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to a request."""
        request.headers["Authorization"] = self._header
        return request

    def hidden_in(self, text: str) -> str:
        """The text without the secret, which a server may have repeated."""
        for value in self._hide:
            text = text.replace(value, "[hidden]") if value else text
        return text

    def __repr__(self) -> str:
        return "Secret()"


class Web:
    """Calls to one server, below one address. Redirects are never followed."""

    def __init__(
        self,
        base: str,
        secret: Secret | None = None,
        *,
        accept: str = "*/*",
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.base = require_safe(base)
        self._secret = secret
        self._sleep = sleep
        self._session = requests.Session()
        self._session.headers.update({"Accept": accept, "User-Agent": "alignment-events"})

    def call(
        self,
        method: str,
        path: str,
        *,
        expect: tuple[int, ...] = (200,),
        content: bytes | Path | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call the server and return its answer.

        Args:
            method: Method of HTTP. Those that may not be repeated are sent once; only when the
                server itself says that it did nothing (429) are they sent again.
            path: Path below the base, quoted.
            expect: What the server may answer; anything else is a `PublishError`.
            content: Body, or the file that is the body.
            headers: Further headers.
            params: Query.

        Raises:
            Unreachable: If no answer came to a call that may be repeated.
            OutcomeUnknown: If no answer came to one that may not be.
            PublishError: For any other answer.
        """
        repeatable = method in REPEATABLE
        problem = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(min(0.5 * 2**attempt, 8.0))
            try:
                answer = self._once(method, path, content, headers, params)
            except requests.RequestException as error:
                problem = f"{type(error).__name__}"
                if isinstance(error, requests.ConnectTimeout):
                    continue  # nothing was sent
                if not repeatable:
                    raise OutcomeUnknown(self._unknown(method, path, problem)) from None
                continue
            if answer.status in expect:
                return answer
            if answer.status == 429:
                problem = "429 Too Many Requests"
                self._sleep(_wait(answer.headers.get("Retry-After")))
                continue
            if answer.status in _BUSY and answer.status not in expect:
                problem = f"answer {answer.status}"
                if not repeatable:
                    raise OutcomeUnknown(self._unknown(method, path, problem))
                continue
            raise PublishError(self._refusal(method, path, answer))
        raise Unreachable(
            f"{method} {self.base}{path}: {problem}, {_ATTEMPTS} times. Run the same command again "
            "later: it goes on from here."
        )

    def _once(
        self,
        method: str,
        path: str,
        content: bytes | Path | None,
        headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
    ) -> Answer:
        stream = content.open("rb") if isinstance(content, Path) else None
        # An empty file is sent as such: a stream of no bytes would be sent in chunks.
        data = stream if isinstance(content, Path) and content.stat().st_size else content
        try:
            with self._session.request(
                method, self.base + path, data=b"" if isinstance(data, Path) else data,
                headers=headers, params=params, auth=self._secret or _anonymous,
                timeout=(_CONNECT_S, _READ_S), allow_redirects=False, stream=True,
            ) as response:  # fmt: skip
                return Answer(response.status_code, response.headers, _body(response))
        finally:
            if stream:
                stream.close()

    def _unknown(self, method: str, path: str, problem: str) -> str:
        return (
            f"{method} {self.base}{path}: {problem}. It may or may not have been carried out. Run "
            "the same command again: it asks the server first."
        )

    def _refusal(self, method: str, path: str, answer: Answer) -> str:
        text = answer.body[:2000].decode("utf-8", "replace")
        if self._secret:
            text = self._secret.hidden_in(text)
        told = _told(text)
        if 300 <= answer.status < 400:
            told = "a redirect, which is never followed, lest the token goes to another place"
        elif answer.status in (401, 403):
            told = f"{told} – is the token right, not expired, and allowed to write?"
        return f"{method} {self.base}{path}: {answer.status}: {told}"


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Given, so that no password of ~/.netrc is sent either.
    return request


def _body(response: requests.Response) -> bytes:
    body = b""
    for chunk in response.iter_content(1 << 16):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise PublishError("The server's answer has no end.")
    length = response.headers.get("Content-Length")
    if length and length.isdigit() and "Content-Encoding" not in response.headers:
        wanted = int(length)
        if response.request.method != "HEAD" and len(body) != wanted:
            raise requests.ConnectionError("the answer was cut short")
    return body


def _wait(text: str | None) -> float:
    """Seconds that `Retry-After` asks for (RFC 9110, section 10.2.3), within reason."""
    if text and text.isdigit():
        return min(float(text), _LONGEST_WAIT_S)
    return 10.0


def _told(text: str) -> str:
    """What an error of InvenioRDM says, or the beginning of any other text."""
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        loaded = None
    if isinstance(loaded, dict):
        parts = [str(loaded.get("message", ""))]
        for error in loaded.get("errors") or ():
            if isinstance(error, dict):
                messages = error.get("messages") or ()
                parts.append(f"{error.get('field')}: {' '.join(map(str, messages))}")
        text = "; ".join(part for part in parts if part)
    return re.sub(r"[^\x20-\x7e\xa0-\uffff]+", " ", text).strip()[:400] or "no reason given"


def require_safe(address: str) -> str:
    """An address to which a secret may be sent: https, or http on this machine.

    Raises:
        PublishError: For anything else, and for a password in the address.
    """
    parts = urlsplit(address)
    if parts.username or parts.password:
        raise PublishError("An address with a password in it is refused: use the environment.")
    if parts.query or parts.fragment:
        raise PublishError("An address to publish to has no query and no fragment.")
    if parts.scheme == "https" and parts.hostname:
        return address.rstrip("/")
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return address.rstrip("/")
    raise PublishError(f"{address}: publishing goes by https only.")


def quoted(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")
