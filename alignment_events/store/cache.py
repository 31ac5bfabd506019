"""Keeps fetched releases: checked before they are used, whole or not there, one writer at a time.

The cache has the layout of a mirror: `registry.json` and `<dataset>/<version>/`. A release is put
together in a hidden folder beside, compared with the registry file by file, and renamed; then it is
recorded. A process that is killed leaves a hidden folder or a part of a download; the next one that
wants the release goes on from there or clears it away.
"""

import logging
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alignment_events.findings import AlignmentEventsError
from alignment_events.own_cache import cache_folder
from alignment_events.read.parquet import file_hash
from alignment_events.registry import REGISTRY_NAME, Release, ReleasedFile
from alignment_events.registry_file import record_release
from alignment_events.store.sources import DownloadError, NotServed, Progress, Source
from alignment_events.store.verify import differences, require_intact

_LOG = logging.getLogger("alignment_events.download")


def cached(release: Release, sources: Sequence[Source]) -> Path:
    """The folder of a release in the cache, fetched from the first source that has it.

    Args:
        release: The release as the registry lists it.
        sources: The mirrors that may be asked; none if it must be there already.

    Raises:
        InvalidData: If what is in the cache is not that release and nothing may be fetched.
        DownloadError: If no mirror could give it.
    """
    root = cache_folder()
    folder = root / release.dataset / release.version
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(root, release):
            if folder.is_dir():
                if not differences(folder, release, "the registry"):
                    record_release(root / REGISTRY_NAME, release)
                    return folder
                if not sources:
                    require_intact(folder, release, "the registry")
            for left in folder.parent.glob(f".{release.version}-*"):
                shutil.rmtree(left, ignore_errors=True)
            _fetch(release, sources, folder, root / ".parts")
            record_release(root / REGISTRY_NAME, release)
    except PermissionError as error:
        raise AlignmentEventsError(
            f"The cache cannot be written: {error.filename or root}: {error.strerror}. Set "
            "ALIGNMENT_EVENTS_CACHE to a folder that can."
        ) from error
    return folder


@contextmanager
def _locked(root: Path, release: Release) -> Iterator[None]:
    """Alone with one release; the lock of a process that dies is released by the system."""
    from filelock import FileLock, Timeout

    locks = root / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    lock = FileLock(locks / f"{release.dataset}-{release.version}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _LOG.info("another process is fetching %s: waiting for it", release.label)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch(release: Release, sources: Sequence[Source], folder: Path, parts: Path) -> None:
    parts.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{release.version}-", dir=folder.parent))
    try:
        _fill(release, sources, beside, parts)
        found = differences(beside, release, "the registry")
        if found:  # an archive whose bytes are right and whose content is not
            raise DownloadError(f"{release.label} was not fetched rightly: {found[0].message}")
        os.chmod(beside, 0o755)
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{release.version}-", dir=folder.parent))
            os.replace(folder, old / "old")
            os.replace(beside, folder)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _fill(release: Release, sources: Sequence[Source], folder: Path, parts: Path) -> None:
    """Put the files of a release into a folder, from the first source that can give them."""
    problems: list[str] = []
    for source in sources:
        try:
            if release.archive is not None and _from_archive(release, source, folder, parts):
                return
            for file in release.files:
                path = f"{release.dataset}/{release.version}/{file.name}"
                shutil.copyfile(_part(source, path, file, parts), folder / file.name)
            for file in release.files:
                _forget(parts / file.sha256)
            return
        except DownloadError as error:
            problems.append(str(error))
    told = "\n".join(problems) or "no mirror may be asked"
    raise DownloadError(f"{release.label} could not be fetched: {told}")


def _from_archive(release: Release, source: Source, folder: Path, parts: Path) -> bool:
    archive = release.archive
    assert archive is not None
    try:
        part = _part(source, f"{release.dataset}/{archive.name}", archive, parts)
    except NotServed:
        return False  # a mirror may hold the files only
    unpack(part, release, folder)
    _forget(part)
    return True


def unpack(archive: Path, release: Release, folder: Path) -> None:
    """Take the files of a release, and nothing else, out of its archive.

    Nothing that the archive says of paths is followed: files are looked up by their listed names,
    at the top or in one folder named after the release.

    Raises:
        DownloadError: If a file is not in it or has another size; the message names it.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = {info.filename: info for info in packed.infolist()}
            for file in release.files:
                prefixes = ("", f"{release.dataset}-{release.version}/")
                info = next(
                    (members[p + file.name] for p in prefixes if p + file.name in members), None
                )
                if info is None or info.file_size != file.bytes:
                    wrong = "is not in it" if info is None else "has another size in it"
                    raise DownloadError(f"{archive.name} of {release.label}: {file.name} {wrong}.")
                with packed.open(info) as inner, (folder / file.name).open("wb") as out:
                    left = file.bytes
                    while left and (chunk := inner.read(min(left, 1 << 20))):
                        out.write(chunk)
                        left -= len(chunk)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        reason = f"{archive.name} of {release.label} is no sound archive"
        raise DownloadError(f"{reason}: {error}.") from error


def _part(source: Source, path: str, file: ReleasedFile, parts: Path) -> Path:
    """A file, fetched and proven to be what the registry lists."""
    part = parts / file.sha256
    # What was gone on with may be of two files: then it is fetched once more, from the start.
    for _ in range(2):
        continued = True
        if not (part.exists() and part.stat().st_size == file.bytes):
            with _progress(f"{source.address}: {file.name}") as progress:
                continued = source.fetch(path, file, part, progress)
        if part.stat().st_size == file.bytes and file_hash(part) == file.sha256:
            return part
        _forget(part)
        if not continued:
            break
    raise DownloadError(
        f"{source.address}/{path} is not the file that the registry lists: its SHA-256 or size is "
        "another. Nothing of it was kept."
    )


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    part.with_name(part.name + ".json").unlink(missing_ok=True)


@contextmanager
def _progress(what: str) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    with Bar(*columns, TransferSpeedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _silent(done: int, total: int) -> None:
    """Nobody is looking."""
