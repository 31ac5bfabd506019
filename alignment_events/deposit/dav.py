"""A web server that takes files by WebDAV (RFC 4918): nginx, Apache, Nextcloud and others.

A file is sent under another name (`PUT`) and then moved to its place (`MOVE`), so that nobody sees a
part of it. The registry is sent with `If-Match`, or `If-None-Match: *` where there is none yet; Apache
and Nextcloud keep to it, nginx ignores it, so there only one may publish at a time.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

from alignment_events.deposit.http import PublishError, Secret, Web
from alignment_events.deposit.parcel import Item
from alignment_events.deposit.stored import Stored

USER = "ALIGNMENT_EVENTS_DAV_USER"
PASSWORD = "ALIGNMENT_EVENTS_DAV_PASSWORD"
"""Environment variables with the name and the password for the server; sent to it alone."""


class DavStore:
    """A folder of a web server."""

    swaps = False

    def __init__(self, address: str) -> None:
        self._web = Web(address, _secret())
        self.address = self._web.base
        self._made: set[str] = set()

    def read(self, key: str) -> Stored | None:
        """A small file, or None if there is none."""
        answer = self._web.call("GET", f"/{key}", expect=(200, 404))
        if answer.status == 404:
            return None
        return Stored(answer.body, answer.headers.get("ETag", ""))

    def holds(self, item: Item) -> bool:
        """True if the file is there, with the right bytes."""
        answer = self._web.call("HEAD", f"/{item.key}", expect=(200, 404))
        if answer.status == 404 or answer.headers.get("Content-Length") != str(item.bytes):
            return False
        found = self.read(item.key)
        return found is not None and hashlib.sha256(found.data).hexdigest() == item.sha256

    def put(self, item: Item) -> None:
        """Send a file under another name, then move it to its place."""
        folder, _, name = item.key.rpartition("/")
        # The name depends on the content, so that a second attempt leaves nothing behind.
        part = f"{folder}/.{name}.{item.sha256[:12]}.part"
        self._make(folder)
        self._web.call("PUT", f"/{part}", content=item.path, expect=(200, 201, 204))
        target = {"Destination": f"{self._web.base}/{item.key}", "Overwrite": "T"}
        # Not repeated blindly: `holds` looks at what came of it.
        self._web.call("MOVE", f"/{part}", headers=target, expect=(200, 201, 204))

    def _make(self, folder: str) -> None:
        # Before anything is sent: some servers answer 500 where a folder is missing.
        path = ""
        for step in folder.split("/"):
            path += f"/{step}"
            if path not in self._made:
                # 405: it is there already (RFC 4918, section 9.3.1).
                self._web.call("MKCOL", f"{path}/", expect=(200, 201, 405))
                self._made.add(path)

    def settle(self, prefix: str, items: tuple[Item, ...]) -> None:
        """Nothing: the registry alone decides what is published."""

    def swap(self, key: str, data: bytes, before: Stored | None) -> bool:
        """Replace the registry if it is still what was read."""
        if self.read(key) != before:
            return False
        headers = {"If-None-Match": "*"}
        if before is not None:
            headers = {"If-Match": before.tag} if before.tag else {}
        answer = self._web.call(
            "PUT", f"/{key}", content=data, headers=headers, expect=(200, 201, 204, 412)
        )
        return answer.status != 412

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No lock."""
        yield


def _secret() -> Secret | None:
    user, password = os.environ.get(USER, ""), os.environ.get(PASSWORD, "")
    if not (user or password):
        return None
    if not (user and password) or ":" in user:
        raise PublishError(f"Set both {USER} and {PASSWORD}; a name has no colon.")
    import base64

    packed = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return Secret("Basic", packed, hide=(password,))
