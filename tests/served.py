"""Three releases of the invented world, served as a mirror serves them; a server that misbehaves."""

import shutil
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import NAME, write_example_dataset

from alignment_events.registry import entry_of
from alignment_events.registry_file import record_release, yank

VERSIONS = {"0.1.0": "2030-01-01", "0.1.1": "2030-02-01", "0.2.0": "2030-03-01"}
"""Version to day of release; the last is yanked."""

REASON = "Two records were swapped."


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the layout of a mirror. Not to be changed."""
    from alignment_events import build

    root = tmp_path_factory.mktemp("served")
    dataset = write_example_dataset(tmp_path_factory.mktemp("dataset") / NAME)
    info = dataset / "dataset.yaml"
    text = info.read_text(encoding="utf-8")
    for version, date in VERSIONS.items():
        info.write_text(text.replace("version: 0.1.0", f"version: {version}"), encoding="utf-8")
        folder = root / NAME / version
        build(dataset, folder)
        archive = root / NAME / f"{NAME}-{version}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(folder.iterdir()):
                packed.write(path, f"{NAME}-{version}/{path.name}")
        record_release(root / "registry.json", entry_of(folder, archive, date=date))
    yank(root / "registry.json", NAME, "0.2.0", REASON)
    return root


@pytest.fixture
def mirror(served: Path, tmp_path: Path) -> Path:
    """A mirror to be spoilt."""
    return Path(shutil.copytree(served, tmp_path / "mirror"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache, empty; and nothing else is known of: the working folder is no repository."""
    for name in ("HOME", "MIRRORS", "ALLOW_HTTP"):
        monkeypatch.delenv(f"ALIGNMENT_EVENTS_{name}", raising=False)
    monkeypatch.setenv("ALIGNMENT_EVENTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ALIGNMENT_EVENTS_TIMEOUT", "0.6")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr("alignment_events.loading._told", set())
    monkeypatch.setattr("random.uniform", lambda low, high: 0.05)  # short pauses
    return tmp_path / "cache"


class FaultServer(ThreadingHTTPServer):
    """Serves a folder as `nginx` does; `faults` says what goes wrong with which path, how often.

    A fault is called with the handler, the file and its bytes, and answers in place of the server.
    """

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.faults: dict[str, list[Fault]] = {}
        self.asked: Counter[str] = Counter()
        self.ranges: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


Fault = Callable[["_Handler", bytes], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultServer

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.server.asked[name] += 1
        if "Range" in self.headers:
            self.server.ranges.append(self.headers["Range"])
        path = self.server.root / self.path.lstrip("/")
        if not path.is_file():
            self.send(404, b"")
            return
        faults = self.server.faults.get(name, [])
        if faults:
            faults.pop(0)(self, path.read_bytes())
        else:
            self.serve(path.read_bytes())

    def serve(self, data: bytes) -> None:
        tag = f'"{len(data)}-{data[:4].hex()}"'
        wanted = self.headers.get("Range", "")
        if wanted and self.headers.get("If-Range", tag) == tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            span = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}", "ETag": tag}
            self.send(206, data[start:], span)
        else:
            self.send(200, data, {"ETag": tag})

    def send(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def part(self, data: bytes, *, length: int | None = None) -> None:
        """The beginning of an answer, and the connection closed."""
        self.send_response(200)
        self.send_header("ETag", f'"{length or len(data)}-{data[:4].hex()}"')
        self.send_header("Content-Length", str(length or len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True

    def dribble(self, data: bytes) -> None:
        """A byte now and then, never long enough apart for a time limit on each."""
        self.part(data[:10], length=len(data))
        for _ in range(100):
            time.sleep(0.1)
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(mirror: Path) -> Iterator[FaultServer]:
    """A server of the mirror that can be spoilt."""
    with FaultServer(mirror) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()
