"""A proxy on loopback that spoils some answers of the server behind it."""

import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Faults:
    """What goes wrong: number of a request to what happens to it.

    `reset` cuts the connection before the server behind sees the request, `lost` afterwards,
    `truncated` in the middle of the answer, `slow` waits; a number is the status answered instead.
    """

    plan: dict[int, str | int] = field(default_factory=dict)
    always: dict[str, int] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    hit: list[str] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    faults: Faults
    target: tuple[str, int]

    def log_message(self, format: str, *args: object) -> None:
        pass

    def pass_on(self) -> None:
        body = self._body()
        number = len(self.faults.seen)
        line = f"{self.command} {self.path}"
        self.faults.seen.append(line)
        fault = self.faults.plan.get(number)
        for part, status in self.faults.always.items():
            if part in line:
                fault = status
        if fault is not None:
            self.faults.hit.append(f"{fault}: {line}")
        if fault == "reset":
            self._cut()
            return
        if isinstance(fault, int):
            self._answer(fault, [("Content-Type", "text/plain")], b"spoilt on purpose")
            return
        behind = http.client.HTTPConnection(*self.target, timeout=30)
        dropped = ("transfer-encoding", "expect")
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped}
        headers["Content-Length"] = str(len(body))
        behind.request(self.command, self.path, body, headers)
        answer = behind.getresponse()
        data = answer.read()
        told = answer.getheaders()
        behind.close()
        if fault == "lost":
            self._cut()
        elif fault == "truncated":
            self._answer(answer.status, told, data[: len(data) // 2], len(data))
            self._cut()
        else:
            if fault == "slow":
                time.sleep(1.5)
            length = (
                int(answer.getheader("Content-Length") or 0) if self.command == "HEAD" else None
            )
            self._answer(answer.status, told, data, length)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_MKCOL = do_MOVE = pass_on  # noqa: N815

    def handle_expect_100(self) -> bool:
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _answer(
        self, status: int, headers: list[tuple[str, str]], data: bytes, length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        self.wfile.flush()

    def _cut(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def finish(self) -> None:
        with suppress(OSError, ValueError):  # cut on purpose
            super().finish()


@contextmanager
def faulty(target: str) -> Iterator[tuple[str, Faults]]:
    """A proxy to an address: its own address, and its faults."""
    parts = urlsplit(target)
    faults = Faults()

    class Bound(Handler):
        pass

    Bound.faults, Bound.target = faults, (parts.hostname or "", parts.port or 80)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", faults
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
