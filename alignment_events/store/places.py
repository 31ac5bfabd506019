"""The places on this machine that hold releases or packages, in the order in which they are asked."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from alignment_events.own_cache import cache_folder
from alignment_events.registry import REGISTRY_NAME, Registry, Release, read_registry

HOME_VARIABLE = "ALIGNMENT_EVENTS_HOME"
"""Environment variable: a folder of packages, or of releases with a `registry.json`."""

_MAX_DESCRIPTOR_BYTES = 5_000_000


@dataclass(frozen=True)
class Place:
    """A folder with a registry and the releases that it lists, or some of them.

    Attributes:
        label: How messages call it.
        root: The folder.
        registry: What its `registry.json` says.
        pattern: Path of a release below the folder.
    """

    label: str
    root: Path
    registry: Registry = field(repr=False)
    pattern: str = "{dataset}/{version}"

    def folder(self, release: Release) -> Path | None:
        """The folder of a release, if this place holds it."""
        path = self.root / self.pattern.format(dataset=release.dataset, version=release.version)
        if "{version}" not in self.pattern and plain_version(path) != release.version:
            return None
        return path if path.is_dir() else None


def library_folder() -> Path:
    """Where the installed library keeps the release that came with it."""
    return Path(str(files("alignment_events"))) / "_data"


def home_folder() -> Path | None:
    """The folder that `ALIGNMENT_EVENTS_HOME` names."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) if home else None


def repository() -> Path | None:
    """The repository of datasets that the working folder lies in, if it has a registry."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "datasets" / REGISTRY_NAME).is_file() and (folder / "schema").is_dir():
            return folder
    return None


def local_places() -> list[Place]:
    """The places that have a registry, the most trusted first."""
    return list(_places())


def _places() -> Iterator[Place]:
    if root := repository():
        yield _place("the repository", root / "datasets", "{dataset}/releases/{version}")
    for label, folder, pattern in (
        ("the library", library_folder(), "{dataset}"),
        (HOME_VARIABLE, home_folder(), "{dataset}/{version}"),
        ("the cache", cache_folder(), "{dataset}/{version}"),
    ):
        if folder is not None and (folder / REGISTRY_NAME).is_file():
            yield _place(label, folder, pattern)


def _place(label: str, root: Path, pattern: str) -> Place:
    path = root / REGISTRY_NAME
    return Place(f"{label} ({path})", root, read_registry(path), pattern)


def plain_packages() -> dict[str, Path]:
    """Name to package folder of what was built and is no release: `home` before the library."""
    found: dict[str, Path] = {}
    for place in (home_folder(), library_folder()):
        if place is None:
            continue
        path = place / REGISTRY_NAME
        # What the registry beside it lists must be that release, and is found as one.
        listed = read_registry(path).datasets if path.is_file() else ()
        for descriptor in sorted(place.glob("*/datapackage.json")):
            # Hidden folders are what a build that was killed has left.
            if not descriptor.parent.name.startswith(".") and descriptor.parent.name not in listed:
                found.setdefault(descriptor.parent.name, descriptor.parent)
    return found


def told_by(folder: Path) -> dict[str, Any]:
    """The descriptor of a package, or nothing if it cannot be read: `read_package` says why."""
    path = folder / "datapackage.json"
    try:
        if path.stat().st_size > _MAX_DESCRIPTOR_BYTES:
            return {}
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def plain_version(folder: Path) -> str | None:
    """The version that a package says it has."""
    version = told_by(folder).get("version")
    return version if isinstance(version, str) else None
