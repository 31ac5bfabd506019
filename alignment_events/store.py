"""Finds datasets by name: where the user keeps packages, and in the installed library itself."""

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from alignment_events.findings import NotFound

HOME_VARIABLE = "ALIGNMENT_EVENTS_HOME"
"""Environment variable: a folder whose sub-folders are packages."""


def _places() -> Iterator[Path]:
    home = os.environ.get(HOME_VARIABLE)
    if home:
        yield Path(home)
    yield Path(str(files("alignment_events"))) / "_data"


def available() -> dict[str, Path]:
    """Name of every dataset that can be loaded by name, with the folder of its package."""
    found: dict[str, Path] = {}
    for place in _places():
        for descriptor in sorted(place.glob("*/datapackage.json")):
            # Hidden folders are what a build that was killed has left.
            if not descriptor.parent.name.startswith("."):
                found.setdefault(descriptor.parent.name, descriptor.parent)
    return found


def locate(name_or_path: str | Path) -> Path:
    """The package folder of a name or path; `NotFound` if there is none."""
    path = Path(name_or_path)
    if isinstance(name_or_path, Path) or path.is_dir():
        if path.is_dir():
            return path
        raise NotFound(f"There is no folder {path}.")
    known = available()
    if path.name == str(name_or_path) and str(name_or_path) in known:
        return known[str(name_or_path)]
    names = ", ".join(known) or "none"
    raise NotFound(
        f"There is no dataset “{name_or_path}”. Known by name: {names}. A path to a package folder "
        f"works too, as does a folder of packages named by {HOME_VARIABLE}."
    )
