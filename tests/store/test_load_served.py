"""Releases loaded from real servers: nginx, and a stand-in for S3 (moto's server)."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import NAME
from served import FaultServer

import alignment_events as ae
from alignment_events.findings import AlignmentEventsError
from alignment_events.store.sources import DownloadError

pytestmark = pytest.mark.usefixtures("cache")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A server, until it is no longer needed."""
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def nginx_conf(root: Path, port: int, folder: Path) -> Path:
    temporary = "".join(
        f"  {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = folder / "nginx.conf"
    conf.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\n"
        f"user {'root' if os.geteuid() == 0 else 'nobody'};\n"
        f"events {{}}\nhttp {{\n{temporary}  access_log {folder}/access.log;\n"
        f"  server {{\n    listen 127.0.0.1:{port};\n    root {root};\n"
        "    limit_rate_after 30k;\n    limit_rate 40k;\n"
        "    location /secret/ { return 403; }\n"
        "    location /old/ { rewrite ^/old/(.*)$ /$1 redirect; }\n"
        "    location /away/ { return 302 http://example.org$request_uri; }\n  }\n}\n"
    )
    return conf


@pytest.mark.full
@pytest.mark.needs("nginx")
def test_nginx(served: Path, tmp_path: Path, cache: Path) -> None:
    """A whole release, a redirect, refusals; and a download that was cut off is gone on with."""
    port = free_port()
    folder = tmp_path / "nginx"
    folder.mkdir()
    conf = nginx_conf(served, port, folder)
    command = [shutil.which("nginx") or "nginx", "-c", str(conf), "-p", str(folder), "-e", "stderr"]
    with running(command, port, tmp_path / "log"):
        url = f"http://127.0.0.1:{port}"
        assert ae.load(NAME, "~=0.1", mirrors=url).version == "0.1.1"
        assert ae.load(NAME, "0.1.0", mirrors=f"{url}/old").version == "0.1.0"
        for path, message in (("secret", "403"), ("nothing", "404"), ("away", "is not https")):
            with pytest.raises(ae.NotFound, match=message):
                ae.load("other", "0.1.0", mirrors=f"{url}/{path}")
        shutil.rmtree(cache)
        process = subprocess.Popen(loader(url))
        part = cache / ".parts"
        for _ in range(2000):
            if part.is_dir() and any(p.stat().st_size > 10_000 for p in part.iterdir()):
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        ae.load(NAME, "0.1.0", mirrors=url)
        assert '" 206 ' in (folder / "access.log").read_text()


def loader(*mirrors: str) -> list[str]:
    code = (
        "import sys, alignment_events as ae\n"
        f"assert ae.load({NAME!r}, '0.1.0', mirrors=sys.argv[1:]).version == '0.1.0'"
    )
    return [sys.executable, "-c", code, *mirrors]


@pytest.mark.full
@pytest.mark.needs("moto", "s3fs", "flask")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_bucket(served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """moto's server stands for S3; s3fs reads it as it reads S3."""
    import s3fs

    port = free_port()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port, tmp_path / "log"):
        files = s3fs.S3FileSystem(skip_instance_cache=True)
        files.mkdir("bucket")
        files.put(f"{served}/", "bucket/data/", recursive=True)
        dataset = ae.load(NAME, "~=0.1", mirrors="s3://bucket/data")
        assert dataset.version == "0.1.1"
        assert (cache / NAME / "0.1.1").is_dir()
        files.rm(f"bucket/data/{NAME}/{NAME}-0.1.0.zip")
        assert ae.load(NAME, "0.1.0", mirrors="s3://bucket/data/").version == "0.1.0"
        shutil.rmtree(cache)
        files.pipe(f"bucket/data/{NAME}/0.1.0/claims.csv", b"something else")
        with pytest.raises(DownloadError, match=r"claims\.csv has 14 bytes"):
            ae.load(NAME, "0.1.0", mirrors="s3://bucket/data")
        for place in ("s3://bucket/nothing", "s3://nothing"):
            with pytest.raises(AlignmentEventsError, match="nothing"):
                ae.load(NAME, "0.1.0", mirrors=place)


# --- Two at once, and killed --------------------------------------------------------------------


def slowly(handler: Any, data: bytes) -> None:
    """A second or so for the whole, so that others come meanwhile."""
    handler.send_response(200)
    handler.send_header("ETag", '"slow"')
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    size = len(data) // 20 + 1
    for start in range(0, len(data), size):
        try:
            handler.wfile.write(data[start : start + size])
        except OSError:
            return
        time.sleep(0.05)


def test_two_at_once(server: FaultServer, cache: Path) -> None:
    """The second waits for the first, and asks for nothing."""
    server.faults[f"{NAME}-0.1.0.zip"] = [slowly]
    both = [subprocess.Popen(loader(server.url)) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert server.asked[f"{NAME}-0.1.0.zip"] == 1


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_killed(server: FaultServer, served: Path, cache: Path) -> None:
    kill_loads(6, server, served, cache)


@pytest.mark.full
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_killed_often(server: FaultServer, served: Path, cache: Path) -> None:
    kill_loads(65, server, served, cache)


_STEPS = """
import os, signal, sys, threading, alignment_events.store.find as find
from alignment_events.store.choose import read_request
moment = float(sys.argv[2])
count = [0]
def step(*_):
    count[0] += 1
    if count[0] >= moment:
        os.kill(os.getpid(), signal.SIGKILL)
if moment:
    sys.addaudithook(lambda name, _: step() if name in EVENTS else None)
print(find.find(sys.argv[3], read_request("0.1.0"), mirrors=sys.argv[1]).folder)
print(count[0], file=sys.stderr)
"""
_EVENTS = (
    'EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", '
    '"shutil.rmtree", "shutil.copyfile", "os.truncate", "fcntl.flock", "tempfile.mkdtemp", '
    '"tempfile.mkstemp", "socket.connect", "os.scandir"}\n'
)


def kill_loads(times: int, server: FaultServer, served: Path, cache: Path) -> None:
    """Kill a load at a step of its work on files, evenly spread; then look, then load again.

    What is there is the release as it was released or nothing; never anything between.
    """
    script = _EVENTS + _STEPS
    whole = {path.name: path.read_bytes() for path in (served / NAME / "0.1.0").iterdir()}

    def run(moment: float) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", script, server.url, str(moment), NAME]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    # How many steps an undisturbed load takes.
    done = run(1e9)
    assert done.returncode == 0, done.stderr
    steps = int(done.stderr.split()[-1])
    killed = states = 0
    for number in range(times):
        if number % 3 != 2:  # every third time, what the killed one left is gone on with
            shutil.rmtree(cache, ignore_errors=True)
        moment = 1 + round((steps - 1) * (number + 0.5) / times)
        done = run(moment)
        killed += done.returncode == -signal.SIGKILL
        folder = cache / NAME / "0.1.0"
        if folder.exists():
            states += 1
            assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole
        if (cache / "registry.json").exists():
            assert [a.version for a in ae.releases(NAME, offline=True)] == ["0.1.0"]
            assert folder.exists()
    assert killed >= times * 2 // 3
    after = run(0)
    assert after.returncode == 0, after.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole
    left = [p for p in (cache / NAME).iterdir() if p.name != "0.1.0"]
    assert [*left, *(cache / ".parts").iterdir()] == []
    assert not list(cache.glob(".registry.json-*"))
