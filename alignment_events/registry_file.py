"""Changes of a registry on disk: whole or not at all, one writer at a time."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from alignment_events.registry import (
    Registry,
    RegistryError,
    Release,
    read_registry,
    registry_bytes,
    with_statuses,
)

_LONGEST_WAIT_S = 60


def record_release(path: Path, entry: Release) -> Registry:
    """Add a release to a registry; recording the same release again changes nothing.

    What may be added later is an archive, a DOI, and that it was yanked.

    Args:
        path: The `registry.json`; made if it is not there.
        entry: The release, as `entry_of` gives it.

    Returns:
        The registry as it is now.

    Raises:
        RegistryError: If the version is recorded with other files: a release never changes.
    """

    def change(registry: Registry) -> Registry:
        recorded = registry.find(entry.dataset, entry.version)
        if recorded is None:
            return registry.model_copy(
                update={"releases": with_statuses([*registry.releases, entry])}
            )
        if what := recorded.differs_from(entry):
            raise RegistryError(
                f"{path} records {entry.label} already, with another {what}. A release never "
                "changes: give the change a new version."
            )
        update = {
            name: getattr(entry, name)
            for name in ("archive", "doi")
            if getattr(recorded, name) is None and getattr(entry, name) is not None
        }
        if entry.status == "yanked" and recorded.status != "yanked":
            update |= {"status": "yanked", "reason": entry.reason}
        return _replaced(registry, recorded.model_copy(update=update))

    return _changed(path, change)


def yank(path: Path, dataset: str, version: str, reason: str) -> Registry:
    """Mark a release as not to be used any more; it stays, and loads with a warning.

    Args:
        path: The `registry.json`.
        dataset: Name of the dataset.
        version: The version to be yanked.
        reason: Why; those who load it are shown this.
    """
    if not reason.strip():
        raise RegistryError("A release is yanked for a reason: say which.")

    def change(registry: Registry) -> Registry:
        recorded = registry.find(dataset, version)
        if recorded is None:
            known = ", ".join(r.version for r in registry.of(dataset)) or "none"
            raise RegistryError(f"{path} records no {dataset}@{version}; it knows: {known}.")
        told = recorded.model_dump() | {"status": "yanked", "reason": " ".join(reason.split())}
        return _replaced(registry, Release.model_validate(told))

    return _changed(path, change)


def _replaced(registry: Registry, entry: Release) -> Registry:
    others = [release for release in registry.releases if release.label != entry.label]
    return registry.model_copy(update={"releases": with_statuses([*others, entry])})


def _changed(path: Path, change: Callable[[Registry], Registry]) -> Registry:
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=_LONGEST_WAIT_S)
    try:
        with lock:
            for left in path.parent.glob(f".{path.name}-*"):
                left.unlink(missing_ok=True)  # by a writer that was killed
            before = path.read_bytes() if path.exists() else b""
            registry = read_registry(before, name=str(path)) if before else Registry()
            after = change(registry)
            data = registry_bytes(after)
            read_registry(data, name=str(path))  # what is written must be readable
            if data != before:
                write_whole(path, data)
            return after
    except Timeout as error:
        raise RegistryError(f"{path} is being changed by another process.") from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside and rename it: a reader sees the old one or the new one."""
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
