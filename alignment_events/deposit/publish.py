"""Publishes a release to a folder, a bucket or a web server: files first, the registry last.

Run again, it goes on where it stopped: what is there with the right bytes is not sent again. Until
the registry is replaced, nobody who reads it learns of the release; then all of it is there.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alignment_events.deposit.http import OutcomeUnknown, PublishError
from alignment_events.deposit.parcel import Item, Parcel
from alignment_events.deposit.stores import Sent, Store
from alignment_events.registry import (
    REGISTRY_NAME,
    Registry,
    RegistryError,
    Release,
    read_registry,
    registry_bytes,
)
from alignment_events.registry_file import record_release

Tell = Callable[[str], object]

_TURNS = 8


@dataclass(frozen=True)
class Intent:
    """What publishing would do.

    Attributes:
        send: Items that are not there yet.
        there: Items that are there.
        registered: True if the registry lists the release already.
    """

    send: tuple[Item, ...]
    there: tuple[Item, ...]
    registered: bool


def intend(parcel: Parcel, store: Store) -> Intent:
    """What publishing would do; reads, and changes nothing.

    Raises:
        PublishError: If the place has released this version with other bytes.
    """
    registered = _registered(parcel, store)
    items = (*parcel.files, parcel.packed)
    there = tuple(item for item in items if store.holds(item))
    send = tuple(item for item in items if item not in there)
    if registered and send:
        raise PublishError(
            f"{store.address}: the registry lists {parcel.entry.label}, but {send[0].key} is not "
            "there as it was released. Look at what happened to it before anything else; if it was "
            "lost, put the file back by hand and run this again."
        )
    return Intent(send, there, registered)


def _registered(parcel: Parcel, store: Store) -> bool:
    registry, _ = _registry(store)
    recorded = registry.find(parcel.entry.dataset, parcel.entry.version)
    if recorded is None:
        return False
    if what := recorded.differs_from(parcel.entry):
        raise PublishError(
            f"{store.address}: {parcel.entry.label} was published with another {what}. A release "
            "never changes: give the change a new version."
        )
    return True


def _registry(store: Store) -> tuple[Registry, object]:
    found = store.read(REGISTRY_NAME)
    if found is None:
        return Registry(), None
    return read_registry(found.data, name=f"{store.address}/{REGISTRY_NAME}"), found


def publish(parcel: Parcel, store: Store, *, tell: Tell = lambda line: None) -> Sent:
    """Publish a release.

    Args:
        parcel: The release.
        store: Where to.
        tell: Called with a line for each thing done.

    Raises:
        PublishError: If the place has this version with other bytes, or cannot be written; what
            was sent stays, and the same call goes on with it.
    """
    with store.alone():
        intent = intend(parcel, store)
        for item in intent.send:
            _send(item, store)
            tell(f"sent {item.key} ({item.bytes:,} bytes)")
        if not intent.registered:
            store.settle(parcel.prefix, parcel.files)
            # Read back once more, all together: this is what the registry will vouch for.
            for item in (*parcel.files, parcel.packed):
                if not store.holds(item):
                    raise PublishError(
                        f"{store.address}/{item.key} is not what was sent. It is not published; run "
                        "the same command again."
                    )
            _register(parcel.entry, store)
            tell(f"listed {parcel.entry.label} in {store.address}/{REGISTRY_NAME}")
    keys = tuple(item.key for item in intent.send), tuple(item.key for item in intent.there)
    return Sent(*keys, registered=not intent.registered)


def _send(item: Item, store: Store) -> None:
    for turn in range(3):
        try:
            store.put(item)
        except OutcomeUnknown:
            if turn == 2:
                raise
        # Whatever the answer was: what counts is what is there.
        if store.holds(item):
            return
    raise PublishError(f"{store.address}/{item.key}: what arrived there is not what was sent.")


def _register(entry: Release, store: Store) -> None:
    """Add the release to the registry of the place, without losing what others add meanwhile."""
    for _ in range(_TURNS):
        found = store.read(REGISTRY_NAME)
        try:
            data = _with_release(found.data if found else b"", entry)
        except RegistryError as error:
            raise PublishError(f"{store.address}: {error}") from error
        if found is not None and data == found.data:
            return
        if store.swap(REGISTRY_NAME, data, found):
            after = store.read(REGISTRY_NAME)
            if after is not None and read_registry(after.data).find(entry.dataset, entry.version):
                return
    raise PublishError(
        f"{store.address}/{REGISTRY_NAME} is changed by others all the time. The files are there; "
        "run the same command again."
    )


def _with_release(before: bytes, entry: Release) -> bytes:
    """The bytes of a registry with one release more, by the rules of every registry."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / REGISTRY_NAME
        if before:
            path.write_bytes(before)
        return registry_bytes(record_release(path, entry))
