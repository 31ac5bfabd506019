"""Downloads through a server that misbehaves: in the end the right bytes, or a message."""

import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import NAME

import alignment_events as ae
from alignment_events.findings import InvalidData
from alignment_events.registry import RegistryError, read_registry, registry_bytes
from alignment_events.store.choose import read_request
from alignment_events.store.find import find
from alignment_events.store.sources import DownloadError, open_sources

pytestmark = pytest.mark.usefixtures("cache")

ARCHIVE = f"{NAME}-0.1.0.zip"


def get(mirrors: Any, version: str = "0.1.0", *, offline: bool = False) -> Path:
    """What `load` reads, without the reading."""
    return find(NAME, read_request(version), offline=offline, mirrors=mirrors).folder


def whole(cache: Path, served: Path) -> bool:
    """True if the cache holds the release, and nothing half-done."""
    left = [*(cache / NAME).glob(".*"), *(cache / ".parts").iterdir()]
    theirs = {path.name: path.read_bytes() for path in (served / NAME / "0.1.0").iterdir()}
    mine = {path.name: path.read_bytes() for path in (cache / NAME / "0.1.0").iterdir()}
    return mine == theirs and not left


def empty(cache: Path) -> bool:
    """True if the cache holds no release."""
    return not (cache / "registry.json").exists() and not (cache / NAME / "0.1.0").exists()


def reset(handler: Any, data: bytes) -> None:
    """Half of it, then the connection is reset."""
    handler.part(data[: len(data) // 2], length=len(data))
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def truncated(handler: Any, data: bytes) -> None:
    handler.part(data[: len(data) // 2], length=len(data))


def silent(handler: Any, data: bytes) -> None:
    import time

    time.sleep(1.5)
    handler.close_connection = True


def wrong_range(handler: Any, data: bytes) -> None:
    """The beginning, called the rest."""
    half = len(data) // 2
    tag = f'"{len(data)}-{data[:4].hex()}"'
    span = {"Content-Range": f"bytes 0-{half - 1}/{len(data)}", "ETag": tag}
    handler.send(206, data[:half], span)


def lying_range(handler: Any, data: bytes) -> None:
    """Other bytes, called the right ones: only the hash can tell."""
    start = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-"))
    tag = f'"{len(data)}-{data[:4].hex()}"'
    span = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}", "ETag": tag}
    handler.send(206, b"\0" * (len(data) - start), span)


def no_range(handler: Any, data: bytes) -> None:
    handler.send(200, data)


def status(number: int) -> Callable[[Any, bytes], None]:
    return lambda handler, data: handler.send(number, b"no")


PASSING: dict[str, list[Any]] = {
    "sound": [],
    "reset in the middle": [reset, reset],
    "truncated": [truncated, truncated, truncated],
    "no answer": [silent],
    "server errors": [status(500), status(503), status(429)],
    "another part than asked for": [truncated, wrong_range],
    "wrong bytes in the part": [truncated, lying_range],
    "no parts": [truncated, no_range],
    "no such part": [truncated, status(416)],
}


@pytest.mark.parametrize("case", PASSING)
def test_in_the_end(case: str, server: Any, cache: Path, served: Path) -> None:
    server.faults[ARCHIVE] = list(PASSING[case])
    assert get(server.url) == cache / NAME / "0.1.0"
    assert not server.faults[ARCHIVE]
    assert whole(cache, served)
    asked = server.asked.total()
    get(server.url)
    assert server.asked.total() == asked  # from the cache


def test_a_break_is_gone_on_from(server: Any) -> None:
    server.faults[ARCHIVE] = [truncated]
    get(server.url)
    half = (server.root / NAME / ARCHIVE).stat().st_size // 2
    assert server.ranges == [f"bytes={half}-"]


def test_so_is_one_by_a_process_that_ended(
    server: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alignment_events.store.web._MOST_FAILURES", 1)
    server.faults[ARCHIVE] = [truncated]
    with pytest.raises(DownloadError, match="goes on from there"):
        get(server.url)
    assert empty(cache)
    get(server.url)
    assert len(server.ranges) == 1


def test_what_changed_meanwhile_is_fetched_anew(server: Any, cache: Path, served: Path) -> None:
    """The first half is of another file: `If-Range` makes the server send the whole one."""

    def other(handler: Any, data: bytes) -> None:
        handler.part(b"other" + data[5 : len(data) // 2], length=len(data))

    server.faults[ARCHIVE] = [other]
    get(server.url)
    assert whole(cache, served)


def grown(handler: Any, data: bytes) -> None:
    handler.send(200, data + b"more")


def endless(handler: Any, data: bytes) -> None:
    """No length is told, and it does not end with the file."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(data * 2)
    handler.close_connection = True


def encoded(handler: Any, data: bytes) -> None:
    handler.send(200, data, {"Content-Encoding": "gzip"})


def to(address: str) -> Callable[[Any, bytes], None]:
    return lambda handler, data: handler.send(302, b"", {"Location": address})


FAILING: dict[str, tuple[Any, int, str]] = {
    "forbidden": (status(403), 1, r"may not be read \(403\)"),
    "unauthorised": (status(401), 1, r"may not be read \(401\)"),
    "broken server": (status(500), 9, r"answered 500; given up after 5 attempts"),
    "odd status": (status(204), 1, r"answered 204"),
    "other length": (grown, 1, r"it is not that file"),
    "endless": (endless, 1, r"more than the .* bytes that the registry lists"),
    "encoded": (encoded, 1, "encoding"),
    "sent away unencrypted": (to("http://example.org/x.zip"), 1, "is not https"),
    "sent to a file": (to("file:///etc/passwd"), 1, "is not https"),
    "sent in circles": (to(f"/{NAME}/{ARCHIVE}"), 9, "too many redirects"),
    "other bytes": (lambda h, d: h.send(200, b"\0" * len(d)), 1, "SHA-256"),
}


@pytest.mark.parametrize("case", FAILING)
def test_refused(case: str, server: Any, cache: Path) -> None:
    fault, times, message = FAILING[case]
    server.faults[ARCHIVE] = [fault] * times
    with pytest.raises(DownloadError, match=message) as refusal:
        get(server.url)
    assert ARCHIVE in str(refusal.value)
    assert empty(cache)
    if times == 1:
        assert server.asked[ARCHIVE] == 1  # asking again would not help
    server.faults.clear()
    assert get(server.url) == cache / NAME / "0.1.0"


def test_a_dribble_is_given_up(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignment_events.store.web._MOST_FAILURES", 1)
    server.faults[ARCHIVE] = [lambda handler, data: handler.dribble(data)]
    with pytest.raises(DownloadError, match=r"only .* bytes came in"):
        get(server.url)


def test_without_the_archive_the_files_are_fetched(server: Any, cache: Path, served: Path) -> None:
    (server.root / NAME / ARCHIVE).unlink()
    get(server.url)
    assert whole(cache, served)
    assert server.asked["events.parquet"] == 1


def test_a_file_that_is_not_there_is_named(server: Any, cache: Path) -> None:
    (server.root / NAME / ARCHIVE).unlink()
    (server.root / NAME / "0.1.0" / "claims.csv").unlink()
    with pytest.raises(DownloadError, match=r"claims\.csv is not there \(404\)"):
        get(server.url)
    assert empty(cache)


def test_the_next_mirror_is_asked(server: Any, mirror: Path, cache: Path, served: Path) -> None:
    server.faults[ARCHIVE] = [status(403)]
    get([server.url, str(mirror)])
    assert whole(cache, served)


def test_a_mirror_that_is_not_there(server: Any, caplog: pytest.LogCaptureFixture) -> None:
    get(server.url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert ae.load(NAME, "~=0.1.0", mirrors=nobody).version == "0.1.0"
        assert "could not be asked" in caplog.text
        with pytest.raises(ae.NotFound, match="connection failed"):
            ae.load(NAME, "0.1.1", mirrors=nobody)
        listed = ae.releases(NAME, mirrors=nobody)
        assert "not asked" in repr(listed)


def test_addresses_that_are_no_mirrors() -> None:
    for address in ("http://example.org", "ftp://example.org", "gopher:x", "nowhere", "file://h/x"):
        with pytest.raises(ae.AlignmentEventsError):
            open_sources(address)
    with pytest.raises(DownloadError) as refusal:
        open_sources("http://me:secret@example.org/?token=secret")
    assert "secret" not in str(refusal.value)


def test_not_encrypted_if_it_was_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGNMENT_EVENTS_ALLOW_HTTP", "1")
    assert open_sources("http://example.org/x")[0].address == "http://example.org/x"


# --- A registry that is not to be believed ------------------------------------------------------


REGISTRIES: dict[str, bytes] = {
    "no JSON": b"<html>",
    "deep": b"[" * 100_000,
    "other format": b'{"registry_format": 2}',
    "way out": b'{"registry_format": 1, "releases": [{"dataset": "../x"}]}',
    "not finite": b'{"registry_format": 1, "releases": [NaN]}',
    "key twice": b'{"registry_format": 1, "registry_format": 1}',
    "no UTF-8": b"\xff\xfe",
}


@pytest.mark.parametrize("case", REGISTRIES)
def test_registries_refused(case: str, server: Any) -> None:
    (server.root / "registry.json").write_bytes(REGISTRIES[case])
    with pytest.raises(RegistryError, match=r"registry\.json"):
        get(server.url)


def test_a_registry_that_disagrees_with_what_is_known(server: Any, cache: Path) -> None:
    get(server.url)
    path = server.root / "registry.json"
    registry = read_registry(path)
    first, *rest = registry.releases
    forged = first.model_copy(update={"digest": "sha256:" + "0" * 64})
    path.write_bytes(registry_bytes(registry.model_copy(update={"releases": (forged, *rest)})))
    with pytest.raises(RegistryError) as refusal:
        get(server.url, "~=0.1")
    assert server.url in str(refusal.value)
    assert str(cache / "registry.json") in str(refusal.value)
    assert f"{NAME}@0.1.0 (content digest)" in str(refusal.value)


# --- A cache that was damaged -------------------------------------------------------------------


def test_a_damaged_cache_is_refused_offline_and_mended(
    server: Any, cache: Path, served: Path
) -> None:
    get(server.url)
    path = cache / NAME / "0.1.0" / "events.parquet"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(InvalidData, match=r"events\.parquet"):
        get(server.url, offline=True)
    with pytest.raises(InvalidData, match=r"events\.parquet"):
        get(None)  # no mirror is known
    get(server.url)
    assert whole(cache, served)


@pytest.mark.usefixtures("socket_disabled")
def test_offline_opens_no_connection(mirror: Path) -> None:
    ae.load(NAME, version="0.1.0", mirrors=mirror)
    mirrors = ["http://127.0.0.1:9", "s3://bucket"]
    assert ae.load(NAME, version="0.1.0", offline=True, mirrors=mirrors).version == "0.1.0"
    assert ae.load(NAME, version="latest", offline=True, mirrors=mirrors).version == "0.1.0"
    with pytest.raises(ae.NotFound, match="offline"):
        ae.load(NAME, version="0.1.1", offline=True, mirrors=mirrors)
    assert len(ae.releases(NAME, offline=True, mirrors=mirrors)) == 1
