"""Remembers which packages were found sound, so that the same bytes are not checked twice.

A verdict is kept under the hash of every file of the package and of this library: whatever changes in
either, the package is checked anew. It lies in the user's own cache folder, which is as trusted as the
library itself.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from alignment_events.files import write_whole
from alignment_events.findings import AlignmentEventsError, Finding, Level, Report
from alignment_events.own_cache import cache_folder

SWITCH = "ALIGNMENT_EVENTS_REMEMBER"
"""Environment variable: with 0, every package is checked anew and no verdict is kept."""

MOST_BYTES = 32 * 1024**2
"""Packages of more are not remembered: to hash them takes long, and they are held in memory for it."""
_MOST_FILES = 200
_MOST_FINDINGS = 1_000
_MOST_KEPT = 200
_FOLDER = ".verdicts"
_COUNTS = ("rows_seen", "rules_run", "rules_skipped")
_LIBRARIES = ("numpy", "pandera", "polars", "pyarrow")


@dataclass(frozen=True)
class Contents:
    """The files of a package, read at once.

    Attributes:
        folder: The folder.
        files: Name to bytes.
        key: Hash of all files, and of the library that judges them.
    """

    folder: Path
    files: Mapping[str, bytes]
    key: str


def contents_of(folder: Path) -> Contents | None:
    """The files of a folder; None if it is no small folder of plain files, or nothing is remembered."""
    if os.environ.get(SWITCH) == "0" or (library := _library()) is None:
        return None
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    try:
        for path in sorted(folder.iterdir()):
            if path.is_symlink() or not path.is_file() or len(files) == _MOST_FILES:
                return None
            with path.open("rb") as stream:
                files[path.name] = stream.read(left + 1)
            left -= len(files[path.name])
            if left < 0:
                return None
    except OSError:
        return None
    listed = [(name, hashlib.sha256(data).hexdigest()) for name, data in files.items()]
    # A folder of a release must be named after its version, so its name is judged as well.
    key = json.dumps([library, folder.absolute().parts[-2:], *listed])
    return Contents(folder, files, hashlib.sha256(key.encode()).hexdigest())


def recall(contents: Contents) -> Report | None:
    """The report on these files, if they were found to be without error before."""
    path = _place(contents.key)
    try:
        told = json.loads(path.read_bytes())
        findings = tuple(_found(row, contents.folder) for row in told["findings"])
        rows, run, skipped = (dict(told[name]) for name in _COUNTS)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # Not there, or not written by this library: the package is checked.
        return None
    return Report(findings=findings, rows_seen=rows, rules_run=run, rules_skipped=skipped)


def remember(contents: Contents, report: Report) -> None:
    """Keep a report without errors, if the files are still those that were read before it."""
    if not report.ok or report.unlisted or report.accepted or len(report.findings) > _MOST_FINDINGS:
        return
    again = contents_of(contents.folder)
    if again is None or again.key != contents.key:
        return
    told: dict[str, object] = {name: dict(getattr(report, name)) for name in _COUNTS}
    told["findings"] = [_relative(f, contents.folder).as_dict() for f in report.findings]
    path = _place(contents.key)
    # A cache that cannot be written to is none.
    with suppress(OSError, AlignmentEventsError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(told))
        _forget_oldest(path.parent)


def _place(key: str) -> Path:
    return cache_folder() / _FOLDER / f"{key}.json"


def _relative(found: Finding, folder: Path) -> Finding:
    """The finding with the name of its file in the package: the folder may be another one next time."""
    return found if found.file is None else found.at(file=os.path.relpath(found.file, folder))


def _found(row: Mapping[str, object], folder: Path) -> Finding:
    found = Finding(**{**row, "level": Level(str(row["level"]))})  # type: ignore[arg-type]
    return found if found.file is None else found.at(file=str(folder / found.file))


def _forget_oldest(folder: Path) -> None:
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-_MOST_KEPT]:
        path.unlink(missing_ok=True)


@cache
def _library() -> list[object] | None:
    """What the verdict depends on beside the files: this library as it is installed, and others.

    None if that cannot be told, as where modules are not files.
    """
    here = sorted(_stamps(Path(__file__).parent)) if Path(__file__).is_file() else []
    if not here:
        return None
    others = []
    for name in _LIBRARIES:
        spec = find_spec(name)
        status = os.stat(spec.origin) if spec is not None and spec.origin else None
        others.append((name, status and (status.st_mtime_ns, status.st_size)))
    return [sys.version, here, others]


def _stamps(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Path, time and size of every module below a folder."""
    for entry in os.scandir(folder):
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            yield from _stamps(Path(entry.path))
        elif entry.name.endswith(".py"):
            status = entry.stat()
            yield entry.path, status.st_mtime_ns, status.st_size
