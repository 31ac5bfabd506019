"""The journal of a deposit: what was intended and what is known, so that a rerun goes on from there.

It is written before each call that must not be repeated, and after each answer. It holds no token.
"""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from alignment_events.deposit.http import PublishError
from alignment_events.release.places import write_whole


@dataclass(frozen=True)
class Notes:
    """What the journal says.

    Attributes:
        base: The server.
        dataset: The dataset.
        version: The version that is deposited.
        marker: Made up for this deposit: the draft carries it until its id is known here.
        previous: Id of the record of which this becomes a new version, or empty.
        intended: Call that was about to be sent and whose outcome is not known, or empty.
        record_id: Id of the draft, once known.
        doi: Its DOI, once reserved.
        published: True once the server said so.
    """

    base: str
    dataset: str
    version: str
    marker: str
    previous: str = ""
    intended: str = ""
    record_id: str = ""
    doi: str = ""
    published: bool = False


class Journal:
    """The journal of one deposit, in a file."""

    def __init__(
        self, path: Path, base: str, dataset: str, version: str, previous: str = ""
    ) -> None:
        self.path = path
        fresh = Notes(base, dataset, version, f"urn:uuid:{uuid.uuid4()}", previous)
        self.notes = self._read(fresh) if path.exists() else fresh

    def _read(self, fresh: Notes) -> Notes:
        try:
            loaded = json.loads(self.path.read_text(encoding="utf-8"))
            notes = Notes(**loaded)
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise PublishError(
                f"{self.path} is no journal of a deposit. If you know that no deposit of this version "
                "was begun, delete it."
            ) from error
        for name in ("base", "dataset", "version"):
            if getattr(notes, name) != getattr(fresh, name):
                raise PublishError(
                    f"{self.path} is the journal of {notes.dataset}@{notes.version} at {notes.base}, "
                    "not of this deposit: name another with --journal."
                )
        if fresh.previous and notes.previous != fresh.previous:
            raise PublishError(
                f"{self.path} has this deposit as a new version of “{notes.previous or 'nothing'}”, "
                f"not of {fresh.previous}."
            )
        if not re.fullmatch(r"[A-Za-z0-9-]*", notes.record_id):
            raise PublishError(f"{self.path}: “{notes.record_id[:40]}” is no id of a record.")
        return notes

    def write(self, **changes: object) -> None:
        """Note something, on the disk before this returns."""
        self.notes = replace(self.notes, **changes)  # type: ignore[arg-type]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self.notes), indent=2) + "\n"
        write_whole(self.path, text.encode("utf-8"))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep a second run of the same deposit out."""
        from filelock import FileLock, Timeout

        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=0):
                yield
        except Timeout as error:
            raise PublishError("Another process is at this deposit.") from error


def journal_path(base: str, dataset: str, version: str) -> Path:
    """Where the journal is kept unless a place is named: the user's folder for such things."""
    from platformdirs import user_state_path

    parts = urlsplit(base)
    host = re.sub(r"[^A-Za-z0-9.-]", "_", parts.netloc)
    folder = user_state_path("alignment-events", appauthor=False) / "deposits"
    return folder / f"{host}-{dataset}-{version}.json"
