"""What a release may be given as: a folder, an archive, an address, or `name@version`."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_events.findings import AlignmentEventsError, NotFound
from alignment_events.model.forms import VERSION
from alignment_events.read.archive import unpack
from alignment_events.read.package import CHECKSUMS, DESCRIPTOR, RELEASES, read_listing
from alignment_events.registry import MAX_REGISTRY_BYTES, REGISTRY_NAME, Release, read_registry

MAX_FILE_BYTES = 1024**3
"""A file behind an address that is larger is refused: to verify is to read it whole."""


@dataclass(frozen=True)
class Target:
    """A release that lies in a folder of this machine, if only for now.

    Attributes:
        label: How messages call it.
        folder: The folder.
        archive: The archive that it was unpacked from.
        registry: The registry that should list it, as messages call it; empty if there is none.
        entry: Its entry there.
    """

    label: str
    folder: Path
    archive: Path | None = None
    registry: str = ""
    entry: Release | None = None


@contextmanager
def opened(target: str | Path, registry: Path | None = None) -> Iterator[Target]:
    """Open a release; what was unpacked or fetched for it is deleted afterwards.

    Args:
        target: Folder, archive, address (`https://…`, also of a bucket) or `name@version`.
        registry: The registry that lists it; by default the one in whose folder it lies.

    Raises:
        NotFound: If there is no such thing.
        HostileArchive: If the archive is none that a release is packed as.
    """
    text = str(target)
    path = Path(text)
    with tempfile.TemporaryDirectory(prefix="alignment-events-") as name:
        into = Path(name)
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text):
            yield _fetched(text, into, registry)
        elif path.is_dir():
            yield _listed(text, path, registry)
        elif path.is_file():
            yield _unpacked(text, path, into, registry)
        elif "@" in text:
            yield _by_name(text, registry)
        else:
            raise NotFound(f"There is no folder, archive or release “{text[:200]}”.")


def _listed(label: str, folder: Path, registry: Path | None) -> Target:
    folder = folder.absolute()
    up = folder.parents
    # <root>/<name>/releases/<version>, or <root>/<name>/<version>
    version = folder.name if VERSION.compiled.fullmatch(folder.name) else None
    if version and len(up) > 2 and up[0].name == RELEASES:
        root, name = up[2], up[1].name
    elif version and len(up) > 1:
        root, name = up[1], up[0].name
    else:
        root, name = None, None
    return _with_entry(Target(label, folder), registry, root, name, version)


def _unpacked(label: str, archive: Path, into: Path, registry: Path | None) -> Target:
    target = Target(label, unpack(archive, into), archive)
    found = re.fullmatch(r"(.+)-(\d+\.\d+\.\d+)\.zip", archive.name)
    name, version = found.groups() if found else (None, None)
    root = archive.absolute().parent
    if not (root / REGISTRY_NAME).is_file():  # <root>/<name>/<name>-<version>.zip
        root = root.parent
    return _with_entry(target, registry, root, name, version)


def _with_entry(
    target: Target, registry: Path | None, root: Path | None, name: str | None, version: str | None
) -> Target:
    if registry is None and root is not None and (root / REGISTRY_NAME).is_file():
        registry = root / REGISTRY_NAME
    if registry is None:
        return target
    told = _told(target.folder)
    name, version = name or told.get("name"), version or told.get("version")
    entry = read_registry(registry).find(str(name), str(version))
    return Target(target.label, target.folder, target.archive, str(registry), entry)


def _told(folder: Path) -> dict[str, Any]:
    return read_listing(folder, any_format=True).descriptor


def _by_name(text: str, registry: Path | None) -> Target:
    from alignment_events.store.choose import read_request, split_name
    from alignment_events.store.find import find
    from alignment_events.store.places import local_places

    name, wanted = split_name(text)
    request = read_request(wanted)
    # What lies here is looked at whatever its state: to say what is wrong with it is the point.
    for place in local_places():
        entry = request.best(place.registry.of(name))
        folder = place.folder(entry) if entry else None
        if folder is not None and registry is None:
            return Target(text, folder, None, place.label, entry)
    found = find(name, request)
    if registry is not None:
        version = found.release.version if found.release else None
        return _with_entry(Target(text, found.folder), registry, None, name, version)
    return Target(text, found.folder, None, "the registry" if found.release else "", found.release)


def _fetched(address: str, into: Path, registry: Path | None) -> Target:
    """A release behind an address: of its archive, its folder, or its `datapackage.json`."""
    from alignment_events.store.sources import NotServed, open_sources, without_secrets

    label = without_secrets(address)
    base, _, last = address.removesuffix(f"/{DESCRIPTOR}").rstrip("/").rpartition("/")
    (source,) = open_sources(base)
    if last.endswith(".zip"):
        archive = into / "archive.zip"
        archive.write_bytes(source.read(last, MAX_FILE_BYTES))
        target = Target(label, unpack(archive, into), archive)
    else:
        target = Target(label, into / "release")
        target.folder.mkdir()
        _fetch_files(source, last, target.folder)
    if registry is not None:
        return _with_entry(target, registry, None, None, None)
    # <root>/<name>/<version>/, <root>/<name>/releases/<version>/, <root>/<name>/<name>-<version>.zip
    root = base.removesuffix(f"/{RELEASES}").rpartition("/")[0]
    if root.endswith((":", "/")):  # nothing is above a server
        return target
    try:
        (above,) = open_sources(root)
        data = above.read(REGISTRY_NAME, MAX_REGISTRY_BYTES)
    except NotServed:
        return target
    told = _told(target.folder)
    called = f"{without_secrets(root)}/{REGISTRY_NAME}"
    found = read_registry(data, name=called)
    entry = found.find(str(told.get("name")), str(told.get("version")))
    return Target(label, target.folder, target.archive, called, entry)


def _fetch_files(source: Any, below: str, folder: Path) -> None:
    """Fetch the descriptor, then what it lists, if that stays within the folder."""
    from alignment_events.store.sources import NotServed

    (folder / DESCRIPTOR).write_bytes(source.read(f"{below}/{DESCRIPTOR}", 5_000_000))
    listing = read_listing(folder, any_format=True)
    if listing.findings:
        return
    if len(listing.listed) > 500:
        raise AlignmentEventsError(f"{below}: a release has at most 500 files.")
    for name in dict.fromkeys([*listing.listed, CHECKSUMS]):
        try:
            data = source.read(f"{below}/{name}", MAX_FILE_BYTES)
        except NotServed:
            continue  # reported as missing by the check
        (folder / name).write_bytes(data)
