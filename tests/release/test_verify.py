"""Verification: every change of a release is refused by load and verify, and named."""

import json
import random
import re
import shutil
import stat
import threading
import zipfile
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from conftest import NAME, Cli
from workbench import FIRST, SECOND, Workbench

import alignment_events as ae
from alignment_events.findings import AlignmentEventsError, InvalidData, NotFound
from alignment_events.read.archive import HostileArchive, unpack
from alignment_events.read.package import checksums_text
from alignment_events.read.parquet import file_hash
from alignment_events.release.archive import archive_bytes
from alignment_events.release.verify import verify


def test_sound_releases(bench_with_both: Workbench, cli: Cli) -> None:
    folder, archive = bench_with_both.release(SECOND), bench_with_both.archive(SECOND)
    done = cli("release", "verify", folder)
    assert done.returncode == 0, done.stdout
    assert "Sound." in done.stdout
    assert "skipped" not in done.stdout
    told = json.loads(cli("release", "verify", archive, "--format", "json",
                          "--registry", bench_with_both.registry).stdout)  # fmt: skip
    assert told["ok"]
    assert told["content_digest"] == ae.load(folder).digest
    assert not any(step["skipped"] for step in told["steps"])


def test_by_name(
    bench_with_both: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGNMENT_EVENTS_CACHE", str(tmp_path / "cache"))
    (bench_with_both.root / "schema").mkdir(exist_ok=True)
    monkeypatch.chdir(bench_with_both.root)
    verified = verify(f"{NAME}@{FIRST}")
    assert verified.ok
    assert verified.name == f"{NAME}@{FIRST}"
    with pytest.raises(AlignmentEventsError):
        verify(f"{NAME}@7.7.7")


def test_behind_an_address(
    bench_with_both: Workbench, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    """The web server of Python itself, over loopback."""
    monkeypatch.setenv("ALIGNMENT_EVENTS_ALLOW_HTTP", "1")
    handler = partial(QuietHandler, directory=str(bench_with_both.root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        base = f"{root}/datasets/{NAME}/releases/{FIRST}"
        for address in (base, f"{base}/", f"{base}/datapackage.json"):
            verified = verify(address)
            assert verified.ok
            assert not any(step.skipped for step in verified.steps)
        assert verify(f"{root}/dist/{NAME}-{FIRST}.zip").ok
        assert cli("release", "verify", f"{root}/dist/{NAME}-9.9.9.zip").returncode == 2
        done = cli("release", "diff", base, str(bench_with_both.archive(SECOND)))
        assert "records added (1)" in done.stdout.lower()
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None: ...


def test_what_is_no_release(
    example_package: Path, example_dataset: Path, tmp_path: Path, cli: Cli
) -> None:
    verified = verify(example_package)
    assert not verified.ok
    assert any("checksums.txt is missing" in found.message for found in verified.findings)
    for target in (example_dataset, tmp_path / "absent", tmp_path):
        with pytest.raises(NotFound):
            verify(target)
    assert cli("release", "verify", tmp_path).returncode == 2


# --- Tampering --------------------------------------------------------------------------------


def refused(folder: Path, *names: str, load_too: bool = True) -> str:
    """Both refuse a folder, and name the file; what verify says."""
    verified = verify(folder)
    said = "\n".join([f"{f.place}: {f.message}" for f in verified.findings] + [*verified.explained])
    assert not verified.ok
    assert verified.exit_code == 1
    for name in names:
        assert name in said, said
    if load_too:
        with pytest.raises(InvalidData) as caught:
            ae.load(folder)
        for name in names:
            assert name in str(caught.value)
    return said


def flip(path: Path, place: int, bit: int = 0) -> bytes:
    """Change one bit, and return what the file was."""
    was = path.read_bytes()
    changed = bytearray(was)
    changed[place] ^= 1 << bit
    path.write_bytes(bytes(changed))
    return was


def test_one_byte_of_each_file(both: Workbench) -> None:
    folder = both.release(FIRST)
    generator = random.Random(4711)
    for path in sorted(folder.iterdir()):
        was = flip(path, generator.randrange(path.stat().st_size), generator.randrange(8))
        with pytest.raises(InvalidData, match=re.escape(path.name)):
            ae.load(folder)
        path.write_bytes(was)
    assert verify(folder).ok


@pytest.mark.parametrize(
    "some",
    [
        ("checksums.txt", "datapackage.json", "events.csv", "events.parquet"),
        pytest.param((), marks=pytest.mark.full, id="all"),
    ],
)
def test_one_byte_is_found_by_verify_too(some: tuple[str, ...], both: Workbench) -> None:
    folder = both.release(FIRST)
    generator = random.Random(some[0] if some else 0)
    for name in some or sorted(path.name for path in folder.iterdir()):
        path = folder / name
        was = flip(path, generator.randrange(path.stat().st_size), generator.randrange(8))
        refused(folder, name)
        path.write_bytes(was)


@pytest.mark.parametrize("name", ["checksums.txt", "datapackage.json"])
def test_any_byte_of_the_lists(name: str, both: Workbench) -> None:
    folder = both.release(FIRST)
    generator = random.Random(name)
    size = (folder / name).stat().st_size
    for place in [0, size - 1, *generator.sample(range(size), 30)]:
        was = flip(folder / name, place, generator.randrange(8))
        report = ae.validate(folder)
        assert not report.ok, place
        (folder / name).write_bytes(was)


def test_a_file_added(both: Workbench) -> None:
    folder = both.release(FIRST)
    for name in ("stray.txt", ".hidden", "extra.parquet", "events2.csv"):
        (folder / name).write_text("x")
        refused(folder, name)
        (folder / name).unlink()
    (folder / "more").mkdir()
    refused(folder, "more")


def test_a_file_removed(both: Workbench) -> None:
    folder = both.release(FIRST)
    for path in sorted(folder.iterdir()):
        if path.name == "datapackage.json":
            continue
        was = path.read_bytes()
        path.unlink()
        report = ae.validate(folder)
        assert any(path.name in f"{f.file} {f.message}" for f in report.errors)
        path.write_bytes(was)
    (folder / "README.md").unlink()
    refused(folder, "README.md")
    (folder / "datapackage.json").unlink()
    with pytest.raises(AlignmentEventsError, match=r"datapackage\.json"):
        ae.load(folder)
    with pytest.raises(NotFound, match=r"datapackage\.json"):
        verify(folder)


def relist(folder: Path) -> None:
    """Make descriptor and checksums agree with the files, as a careful forger would."""
    path = folder / "datapackage.json"
    told = json.loads(path.read_text("utf-8"))
    for resource in told["resources"]:
        file = folder / resource["path"]
        if "hash" in resource and file.is_file():
            resource |= {"hash": f"sha256:{file_hash(file)}", "bytes": file.stat().st_size}
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
    names = [p for p in folder.iterdir() if p.name != "checksums.txt"]
    text = checksums_text({p.name: file_hash(p) for p in names})
    (folder / "checksums.txt").write_text(text, "utf-8")


@pytest.mark.parametrize("name", ["events.parquet", "events.csv", "CITATION.cff"])
@pytest.mark.parametrize("forged", [False, True])
def test_files_of_two_versions_swapped(name: str, forged: bool, both: Workbench) -> None:
    one, other = both.release(FIRST) / name, both.release(SECOND) / name
    was = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(was)
    for folder in (one.parent, other.parent):
        if forged:
            relist(folder)
        # What was listed anew to agree, only the registry can tell, or a stamp in the file.
        refused(folder, name, load_too=not forged or name.endswith(".parquet"))


def test_two_releases_swapped(both: Workbench) -> None:
    aside = both.root / "aside"
    both.release(FIRST).rename(aside)
    both.release(SECOND).rename(both.release(FIRST))
    aside.rename(both.release(SECOND))
    for version in (FIRST, SECOND):
        assert "the folder is that of" in refused(both.release(version), "datapackage.json")


def test_registry_and_package_disagree(both: Workbench, cli: Cli) -> None:
    folder = both.release(FIRST)
    told = json.loads(both.registry.read_text("utf-8"))
    told["releases"][0]["files"][3]["sha256"] = "0" * 64
    name = told["releases"][0]["files"][3]["name"]
    both.registry.write_text(json.dumps(told), "utf-8")
    refused(folder, name, load_too=False)
    del told["releases"][0]
    both.registry.write_text(json.dumps(told), "utf-8")
    refused(folder, "registry.json", load_too=False)
    both.registry.write_text("[]", "utf-8")
    done = cli("release", "verify", folder)
    assert done.returncode == 2
    assert "registry" in done.stderr


def test_an_archive_that_the_registry_does_not_list(both: Workbench) -> None:
    archive = both.archive(FIRST)
    with zipfile.ZipFile(archive, "a") as opened:
        opened.comment = b"hello"
    verified = verify(archive, registry=both.registry)
    assert [Path(str(f.file)).name for f in verified.findings] == [archive.name]


@pytest.mark.parametrize(
    "path",
    [
        "../secret.csv", "/etc/passwd", "..", ".", "", "C:/x.csv", "a/b.csv", "\\\\host\\x.csv",
        "https://example.org/events.csv", "file:///etc/passwd", ".hidden", ["events.csv"], None,
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere(path: object, both: Workbench) -> None:
    folder = both.release(FIRST)
    (folder.parent / "secret.csv").write_text("x")
    descriptor = folder / "datapackage.json"
    told = json.loads(descriptor.read_text("utf-8"))
    told["resources"][0]["path"] = path
    descriptor.write_text(json.dumps(told), "utf-8")
    refused(folder, "datapackage.json")


@pytest.mark.parametrize(
    "name", ["events.parquet", "README.md", "checksums.txt", "datapackage.json"]
)
def test_links(name: str, both: Workbench) -> None:
    path = both.release(FIRST) / name
    path.rename(both.root / name)
    path.symlink_to(both.root / name)
    refused(path.parent, name)


# --- What a mismatch means --------------------------------------------------------------------


def rewritten(path: Path, change: Callable[[pl.DataFrame], pl.DataFrame] = lambda f: f) -> None:
    """Write a Parquet file anew with another writer, its metadata kept."""
    stamp = pq.read_schema(path).metadata
    frame = change(pl.read_parquet(path)).to_arrow()
    types = pq.read_schema(path)
    table = frame.cast(types.remove_metadata()).replace_schema_metadata(stamp)
    pq.write_table(table, path, compression="snappy", version="1.0")


def titled(frame: pl.DataFrame, title: str) -> pl.DataFrame:
    first = frame["event_id"] == frame["event_id"][0]
    return frame.with_columns(
        pl.when(first).then(pl.lit(title)).otherwise(pl.col("title")).alias("title")
    )


def test_same_data_by_another_writer(both: Workbench) -> None:
    folder = both.release(FIRST)
    rewritten(folder / "events.parquet")
    assert "events.parquet: same data, other writer" in refused(folder, "events.parquet")


def test_changed_cells_are_named_by_the_twin(both: Workbench, cli: Cli) -> None:
    folder = both.release(FIRST)
    key = pl.read_parquet(folder / "events.parquet")["event_id"][0]
    rewritten(folder / "events.parquet", lambda frame: titled(frame, "Forged"))
    relist(folder)
    said = refused(folder, "events.parquet", load_too=False)
    assert re.search(rf"events {key}: title is “Forged”, and was “", said)
    assert said.count("title is") == 1
    done = cli("release", "verify", folder)
    assert done.returncode == 1
    assert "What this means:" in done.stdout


def test_changed_cells_of_a_csv(both: Workbench) -> None:
    folder = both.release(FIRST)
    path = folder / "actors.csv"
    path.write_text(path.read_text("utf-8").replace("Caledon,", "Caledonia,"), "utf-8")
    said = refused(folder, "actors.csv")
    assert "actors CAL: name is “Caledonia”, and was “Caledon”" in said
    path.write_text(path.read_text("utf-8").replace("CAL,Caledonia", "DAL,Caledonia"), "utf-8")
    said = refused(folder, "actors.csv")
    assert "actors CAL: the row is missing" in said
    assert "actors DAL: the row is new" in said
    for content in (b"\xff\xfe", b"", b"actor,name\n", b'"', b"a\x00b"):
        path.write_bytes(content)
        assert "cannot be read" in refused(folder, "actors.csv")


def test_both_twins_changed(both: Workbench) -> None:
    folder = both.release(FIRST)
    sound = Path(shutil.copytree(folder, both.root / "sound"))
    rewritten(folder / "events.parquet", lambda frame: titled(frame, "Forged"))
    title = pl.read_parquet(sound / "events.parquet")["title"][0]
    path = folder / "events.csv"
    path.write_text(path.read_text("utf-8").replace(title, "Forged", 1), "utf-8")
    relist(folder)
    assert "name a sound release with --against" in refused(folder, "events.csv", load_too=False)
    verified = verify(folder, against=sound)
    assert any("title is “Forged”" in line for line in verified.explained)


@pytest.mark.full
@pytest.mark.needs("frictionless")
def test_frictionless_is_asked(both: Workbench) -> None:
    folder = both.release(FIRST)
    assert verify(folder, frictionless=True).ok
    path = folder / "events.csv"
    path.write_text(path.read_text("utf-8").replace("Arcadia", "Acradia", 1), "utf-8")
    verified = verify(folder, frictionless=True)
    assert any(f.message.startswith("frictionless: ") for f in verified.findings)


# --- Archives ---------------------------------------------------------------------------------


def member(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


HOSTILE: dict[str, Callable[[zipfile.ZipFile], object]] = {
    "parent": lambda z: z.writestr(member("top/../../evil.txt"), "x"),
    "parent alone": lambda z: z.writestr(member("../evil.txt"), "x"),
    "absolute": lambda z: z.writestr(member("/tmp/evil.txt"), "x"),
    "drive": lambda z: z.writestr(member("C:/evil.txt"), "x"),
    "backslash": lambda z: z.writestr(member("top\\evil.txt"), "x"),
    "link": lambda z: z.writestr(member("top/evil.txt", stat.S_IFLNK | 0o777), "/etc/passwd"),
    "device": lambda z: z.writestr(member("top/evil.txt", stat.S_IFIFO | 0o644), ""),
    "deep": lambda z: z.writestr(member("top/sub/evil.txt"), "x"),
    "hidden": lambda z: z.writestr(member("top/.evil"), "x"),
    "control character": lambda z: z.writestr(member("top/ev\x1bil"), "x"),
    "second folder": lambda z: z.writestr(member("other/evil.txt"), "x"),
    "two names that some systems hold for one": lambda z: z.writestr(member("top/A.TXT"), "x"),
    "bomb": lambda z: z.writestr(
        member("top/evil.txt"), b"\0" * 30_000_000, zipfile.ZIP_DEFLATED, 9
    ),
    "unknown packing": lambda z: z.writestr(member("top/evil.txt"), "x" * 99, zipfile.ZIP_LZMA),
    "many": lambda z: [z.writestr(member(f"top/evil{n}.txt"), "") for n in range(600)],
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archives(case: str, tmp_path: Path, cli: Cli) -> None:
    archive = tmp_path / "hostile.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(member("top/a.txt"), "harmless")
        HOSTILE[case](opened)
    into = tmp_path / "a" / "b"
    into.mkdir(parents=True)
    with pytest.raises(HostileArchive, match=r"ev.il|evil|A\.TXT|more than one folder|members"):
        unpack(archive, into)
    assert {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")} == {
        "hostile.zip",
        "a",
    }
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_damaged_archives(both: Workbench, tmp_path: Path, cli: Cli) -> None:
    sound = both.archive(FIRST).read_bytes()
    twice = tmp_path / "twice.zip"
    with zipfile.ZipFile(twice, "w") as opened:
        opened.writestr(member("top/a.txt"), "one")
        opened.writestr(member("top/a.txt"), "two")
    for number, data in enumerate(
        [b"", b"PK", sound[:-100], sound[: len(sound) // 2], twice.read_bytes(), b"x" * 5000]
    ):
        path = tmp_path / f"damaged{number}.zip"
        path.write_bytes(data)
        with pytest.raises(HostileArchive, match=path.name):
            verify(path)
    damaged = bytearray(sound)
    damaged[len(sound) // 2] ^= 1
    path.write_bytes(bytes(damaged))
    with pytest.raises(HostileArchive, match=r"damaged.*: “.*” is damaged"):
        verify(path)
    done = cli("release", "verify", path)
    assert (done.returncode, "is damaged" in done.stderr) == (2, True)


def test_size_that_lies(tmp_path: Path) -> None:
    """A member that says it is small, and is not."""
    archive = tmp_path / "lies.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(member("top/evil.txt"), b"\0" * 30_000_000, zipfile.ZIP_DEFLATED, 9)
    data = archive.read_bytes().replace(
        (30_000_000).to_bytes(4, "little"), (9).to_bytes(4, "little")
    )
    archive.write_bytes(data)
    with pytest.raises(HostileArchive, match=r"evil\.txt"):
        unpack(archive, tmp_path)
    written = tmp_path / "top" / "evil.txt"
    assert not written.exists() or written.stat().st_size < 10_000_000


def test_archive_of_a_changed_folder(both: Workbench, tmp_path: Path) -> None:
    folder = both.release(FIRST)
    flip(folder / "README.md", 10)
    archive = tmp_path / f"{NAME}-{FIRST}.zip"
    archive.write_bytes(archive_bytes(folder, f"{NAME}-{FIRST}"))
    verified = verify(archive)
    assert not verified.ok
    assert {Path(str(f.file)).name for f in verified.findings} == {"README.md"}
