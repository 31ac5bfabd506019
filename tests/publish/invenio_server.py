"""A server on loopback that enforces the API of InvenioRDM as it is documented, and fails on demand.

Drafts, files, versions and publishing: https://inveniordm.docs.cern.ch/reference/rest_api_drafts_records/
What is out of order, twice, incomplete or not allowed is refused here as it is there. It is a
stand-in written for these tests from that documentation, not InvenioRDM.
"""

import hashlib
import json
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "tok-" + "q7Zr9" * 6
EXPIRED = "tok-expired-" + "w3" * 10
NATIVE = "application/vnd.inveniordm.v1+json"


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """An answer that is no success."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors


@dataclass
class Record:
    id: str
    parent: str
    index: int
    metadata: dict[str, Any]
    doi: str = ""
    draft: bool = True
    published: int = 0
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    born: int = 0


@dataclass
class State:
    """All that the server knows, and how it shall misbehave."""

    records: dict[str, Record] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    fail_before: set[int] = field(default_factory=set)
    fail_after: set[int] = field(default_factory=set)
    down_from: int | None = None
    busy: int = 0
    corrupt: set[str] = field(default_factory=set)
    lag: int = 0
    searches: int = 0
    redirect_to: str = ""
    echo_token: bool = False
    next_id: int = 1000

    @property
    def published(self) -> list[Record]:
        return [record for record in self.records.values() if record.published]

    @property
    def drafts(self) -> list[Record]:
        return [record for record in self.records.values() if record.draft]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer goes out in one piece
    disable_nagle_algorithm = True
    state: State
    lock: threading.Lock

    def log_message(self, format: str, *args: Any) -> None:
        self.state.log.append(format % args)

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        with self.lock:
            state = self.state
            number = len(state.calls)
            path = urlsplit(self.path).path
            state.calls.append(f"{self.command} {path}")
            down = state.down_from is not None and number >= state.down_from
            if number in state.fail_before or down:
                self.cut()
                return
            if state.redirect_to:
                self.answer(307, b"", {"Location": state.redirect_to + self.path})
                return
            if state.busy:
                state.busy -= 1
                told = json.dumps({"status": 429, "message": "Too many"}).encode()
                self.answer(429, told, {"Retry-After": "3"})
                return
            try:
                status, told = self.route(body)
                if self.command not in ("GET", "HEAD"):
                    state.executed.append(f"{self.command} {path}")
            except Refused as refused:
                message = refused.message
                if state.echo_token:
                    message += f" (you sent {self.headers.get('Authorization')})"
                status = refused.status
                told = {"status": status, "message": message}
                if refused.errors:
                    told["errors"] = refused.errors
            if number in state.fail_after:
                self.cut()
                return
        self.answer(status, b"" if told is None else json.dumps(told).encode())

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

    def cut(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def finish(self) -> None:
        with suppress(OSError):  # cut on purpose
            super().finish()

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    # --- What the API does ---------------------------------------------------------------------

    def route(self, body: bytes) -> tuple[int, dict[str, Any] | None]:
        given = self.headers.get("Authorization") or ""
        parts = urlsplit(self.path)
        steps = [unquote(step) for step in parts.path.strip("/").split("/")]
        is_public = (
            self.command == "GET" and steps[:2] == ["api", "records"] and "draft" not in steps
        )
        if given == f"Bearer {EXPIRED}":
            raise Refused(401, "The access token is expired.")
        if given != f"Bearer {TOKEN}" and not is_public:
            raise Refused(403, "Permission denied.")
        if given and given != f"Bearer {TOKEN}":
            raise Refused(401, "The access token is not valid.")
        match self.command, steps:
            case "POST", ["api", "records"]:
                return 201, self.shown(self.made(self.parsed(body), None))
            case "GET", ["api", "user", "records"]:
                return 200, self.search(parse_qs(parts.query))
            case "GET", ["api", "records", key]:
                return 200, self.shown(self.public(key))
            case "GET", ["api", "records", key, "files"]:
                return 200, self.listed(self.public(key))
            case "POST", ["api", "records", key, "versions"]:
                return 201, self.shown(self.next_version(self.public(key)))
            case _, ["api", "records", key, "draft", *rest]:
                return self.of_draft(self.one_draft(key), rest, body)
        raise Refused(404, "The requested URL was not found on the server.")

    def of_draft(
        self, record: Record, rest: list[str], body: bytes
    ) -> tuple[int, dict[str, Any] | None]:
        match self.command, rest:
            case "GET", []:
                return 200, self.shown(record)
            case "PUT", []:
                self.update(record, self.parsed(body))
                return 200, self.shown(record)
            case "POST", ["pids", "doi"]:
                if record.doi:
                    raise Refused(400, "A PID already exists for type doi")
                record.doi = f"10.5072/zenodo.{record.id}"
                return 201, self.shown(record)
            case "POST", ["actions", "publish"]:
                self.publish(record)
                return 202, self.shown(record)
            case "GET", ["files"]:
                return 200, self.listed(record)
            case "POST", ["files"]:
                return 201, self.start(record, self.parsed(body))
            case "DELETE", ["files", name]:
                self.one_file(record, name)
                del record.files[name]
                return 204, None
            case "PUT", ["files", name, "content"]:
                return 200, self.content(record, name, body)
            case "POST", ["files", name, "commit"]:
                return 200, self.commit(record, name)
        raise Refused(405, "The method is not allowed for the requested URL.")

    def parsed(self, body: bytes) -> Any:
        if self.headers.get("Content-Type") != "application/json":
            raise Refused(415, "Unsupported media type.")
        try:
            return json.loads(body)
        except ValueError:
            raise Refused(400, "Unable to decode JSON data in request body.") from None

    def made(self, told: dict[str, Any], earlier: Record | None) -> Record:
        state = self.state
        state.next_id += 1
        key = str(state.next_id)
        parent = earlier.parent if earlier else f"p{key}"
        record = Record(key, parent, (earlier.index if earlier else 0) + 1, told["metadata"])
        record.born = state.searches
        state.records[key] = record
        return record

    def public(self, key: str) -> Record:
        record = self.state.records.get(key)
        if record is None or not record.published:
            raise Refused(404, "The persistent identifier is not registered.")
        return record

    def one_draft(self, key: str) -> Record:
        record = self.state.records.get(key)
        if record is None or not record.draft:
            raise Refused(404, "The persistent identifier does not exist.")
        return record

    def one_file(self, record: Record, name: str) -> dict[str, Any]:
        if name not in record.files:
            raise Refused(404, f"Record '{record.id}' has no file '{name}'.")
        return record.files[name]

    def next_version(self, earlier: Record) -> Record:
        for record in self.state.drafts:
            if record.parent == earlier.parent:
                return record  # there is one next draft at most
        left_out = ("publication_date", "version")
        metadata = {k: v for k, v in earlier.metadata.items() if k not in left_out}
        return self.made({"metadata": metadata}, earlier)

    def update(self, record: Record, told: dict[str, Any]) -> None:
        doi = (told.get("pids") or {}).get("doi", {}).get("identifier", "")
        if doi and doi != record.doi:
            raise Refused(400, "A validation error occurred.", [
                {"field": "pids.doi", "messages": ["Invalid value for identifier."]}])  # fmt: skip
        record.doi = doi  # what is left out is removed
        record.metadata = told["metadata"]

    def start(self, record: Record, told: list[dict[str, str]]) -> dict[str, Any]:
        for entry in told:
            if entry["key"] in record.files:
                raise Refused(400, f"File with key {entry['key']} already exists.")
        for entry in told:
            record.files[entry["key"]] = {"content": None, "done": False}
        return self.listed(record)

    def content(self, record: Record, name: str, body: bytes) -> dict[str, Any]:
        file = self.one_file(record, name)
        if self.headers.get("Content-Type") != "application/octet-stream":
            raise Refused(415, "Unsupported media type.")
        if file["done"]:
            raise Refused(400, f"File with key {name} is completed.")
        if name in self.state.corrupt:
            self.state.corrupt.discard(name)
            body = body[:-1] + b"?"
        file["content"] = body
        return self.entry(name, file)

    def commit(self, record: Record, name: str) -> dict[str, Any]:
        file = self.one_file(record, name)
        if file["content"] is None:
            raise Refused(400, "File upload not completed.")
        if file["done"]:
            raise Refused(400, "File already committed.")
        file["done"] = True
        return self.entry(name, file)

    def publish(self, record: Record) -> None:
        errors = [
            {"field": f"metadata.{name}", "messages": ["Missing data for required field."]}
            for name in ("title", "creators", "publication_date", "resource_type", "publisher")
            if not record.metadata.get(name)
        ]
        if not record.files:
            errors.append({"field": "files.enabled", "messages": ["Missing uploaded files."]})
        if any(not file["done"] for file in record.files.values()):
            errors.append({"field": "files", "messages": ["One or more files are pending."]})
        if errors:
            raise Refused(400, "A validation error occurred.", errors)
        record.doi = record.doi or f"10.5072/zenodo.{record.id}"
        record.published += 1
        record.draft = False

    def search(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """The index lags behind: what was made is found only some searches later."""
        self.state.searches += 1
        wanted = query.get("q", [""])[0]
        parent = re.fullmatch(r'parent\.id:"([^"]*)"', wanted)
        hits = []
        for record in self.state.records.values():
            if self.state.searches - record.born <= self.state.lag:
                continue
            text = json.dumps(record.metadata)
            fits = record.parent == parent[1] if parent else wanted.strip('"') in text
            if fits:
                hits.append(self.shown(record))
        return {"hits": {"hits": hits, "total": len(hits)}}

    def shown(self, record: Record) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": record.id,
            "is_published": bool(record.published),
            "is_draft": record.draft,
            "parent": {"id": record.parent},
            "metadata": record.metadata,
            "versions": {"index": record.index},
            # A client must not send its token wherever an answer points.
            "links": {
                "publish": "https://elsewhere.invalid/steal",
                "self": "https://elsewhere.invalid",
            },
        }
        if self.headers.get("Accept") == NATIVE:
            told["pids"] = {"doi": {"identifier": record.doi}} if record.doi else {}
        return told

    def listed(self, record: Record) -> dict[str, Any]:
        return {
            "enabled": True,
            "entries": [self.entry(name, file) for name, file in record.files.items()],
        }

    def entry(self, name: str, file: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {"key": name, "status": "completed" if file["done"] else "pending"}
        if file["done"]:
            digest = hashlib.md5(file["content"]).hexdigest()
            told |= {"checksum": f"md5:{digest}", "size": float(len(file["content"]))}
        return told


@contextmanager
def invenio(state: State | None = None) -> Iterator[tuple[str, State]]:
    """A running server: its address, and its state."""
    state = state or State()

    class Bound(Handler):
        pass

    Bound.state, Bound.lock = state, threading.Lock()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
