"""A deposit at Zenodo (InvenioRDM), step by step; each step takes what the step before it gave.

    planned → drafted → reserved → described → uploaded → published

So steps cannot run out of order, and each can be run again: it first looks at what the journal and
the server know, and does only what is missing. A call that must not be repeated is noted in the
journal before it is sent; if its outcome is not known, the server is asked before anything else.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_events.deposit.http import PublishError
from alignment_events.deposit.invenio import Draft, DraftFile, Invenio
from alignment_events.deposit.journal import Journal
from alignment_events.deposit.parcel import Parcel

PRODUCTION = "https://zenodo.org"
SANDBOX = "https://sandbox.zenodo.org"
TOKENS = {PRODUCTION: "ZENODO_TOKEN", SANDBOX: "ZENODO_SANDBOX_TOKEN"}
"""Server to the environment variable with the token for it."""

Tell = Callable[[str], object]
Metadata = Mapping[str, Any]

_SEARCH_TURNS, _SEARCH_PAUSE_S = 6, 5.0
"""A draft that was just made is found by a search only after some seconds."""


@dataclass(frozen=True)
class Deposit:
    """A deposit under way: the server, the journal, and whom to tell.

    Attributes:
        server: The server.
        journal: The journal.
        tell: Called with a line for each thing done.
        sleep: Waits some seconds.
    """

    server: Invenio
    journal: Journal
    tell: Tell = print
    sleep: Callable[[float], object] = time.sleep


@dataclass(frozen=True)
class Planned:
    """Nothing has been sent yet, as far as this step is concerned."""

    deposit: Deposit
    metadata: Metadata


@dataclass(frozen=True)
class Drafted:
    """The server has a draft."""

    deposit: Deposit
    draft: Draft


@dataclass(frozen=True)
class Reserved:
    """The draft has a DOI."""

    deposit: Deposit
    record_id: str
    doi: str


@dataclass(frozen=True)
class Described:
    """The draft has the metadata of the release that is deposited."""

    deposit: Deposit
    record_id: str
    doi: str
    parcel: Parcel


@dataclass(frozen=True)
class Uploaded:
    """The draft holds the files of the release, their checksums compared, and nothing else."""

    deposit: Deposit
    record_id: str
    doi: str
    parcel: Parcel


@dataclass(frozen=True)
class Published:
    """The record is public, and stays so."""

    deposit: Deposit
    record_id: str
    doi: str


def create(planned: Planned) -> Drafted:
    """Make the draft, or find the one that was made."""
    deposit, notes = planned.deposit, planned.deposit.journal.notes
    server = deposit.server
    if notes.record_id:
        found = server.draft(notes.record_id) or server.record(notes.record_id)
        if found is None:
            raise PublishError(
                f"{server.base} has no draft {notes.record_id} any more. If you deleted it, delete "
                f"{deposit.journal.path} as well."
            )
        return Drafted(deposit, found)
    found = None
    if notes.intended == "create":
        deposit.tell("it is not known whether the draft was made: asking the server")
        found = _made_before(deposit)
    if found is None:
        deposit.journal.write(intended="create")
        if notes.previous:
            found = server.new_version(notes.previous)
        else:
            found = server.create(_marked(planned.metadata, notes.marker))
        deposit.tell(f"made draft {found.id}")
    deposit.journal.write(record_id=found.id, intended="")
    return Drafted(deposit, found)


def _marked(metadata: Metadata, marker: str) -> Metadata:
    """The metadata with the marker, by which the draft is found; taken out by `describe`."""
    return {**metadata, "identifiers": [{"identifier": marker, "scheme": "urn"}]}


def _made_before(deposit: Deposit) -> Draft | None:
    """The draft of an attempt whose answer was lost, if that was carried out."""
    notes = deposit.journal.notes
    concept = ""
    if notes.previous:
        earlier = deposit.server.record(notes.previous)
        if earlier is None:
            raise PublishError(f"{deposit.server.base} has no record {notes.previous}.")
        concept = earlier.parent
    for turn in range(_SEARCH_TURNS):
        if turn:
            deposit.sleep(_SEARCH_PAUSE_S)
        # Of a record there is one draft of a next version at most.
        query = f'parent.id:"{concept}"' if concept else f'"{notes.marker}"'
        own = deposit.server.own(query)
        found = [
            draft
            for draft in own
            if not draft.published
            and (draft.parent == concept if concept else _carries(draft, notes.marker))
        ]
        if len(found) > 1:
            ids = ", ".join(draft.id for draft in found)
            raise PublishError(
                f"More than one draft is from this deposit: {ids}. Delete all but one."
            )
        if found:
            deposit.tell(f"found draft {found[0].id}")
            return found[0]
    return None


def _carries(draft: Draft, marker: str) -> bool:
    identifiers = draft.metadata.get("identifiers") or ()
    return any(isinstance(i, dict) and i.get("identifier") == marker for i in identifiers)


def reserve(drafted: Drafted) -> Reserved:
    """Reserve the DOI, unless the draft has one."""
    deposit, draft = drafted.deposit, drafted.draft
    doi = draft.doi or deposit.journal.notes.doi
    if not draft.doi and not draft.published:
        deposit.journal.write(intended="reserve")
        doi = deposit.server.reserve_doi(draft.id).doi
        deposit.tell(f"reserved {doi}")
    if not doi:
        raise PublishError(f"{deposit.server.base}: the answer to the reservation names no DOI.")
    known = deposit.journal.notes.doi
    if known and known != doi:
        raise PublishError(
            f"Draft {draft.id} has the DOI {doi}, and the journal says {known}. Somebody changed it."
        )
    deposit.journal.write(doi=doi, intended="")
    return Reserved(deposit, draft.id, doi)


def describe(reserved: Reserved, parcel: Parcel, metadata: Metadata) -> Described:
    """Give the draft the metadata of the release."""
    deposit = reserved.deposit
    if not _is_public(deposit, reserved.record_id):
        deposit.server.update(reserved.record_id, metadata, reserved.doi)
        deposit.tell("described the draft")
    return Described(deposit, reserved.record_id, reserved.doi, parcel)


def upload(described: Described) -> Uploaded:
    """Send the files, and compare what the server says it has with what was sent."""
    deposit, record_id = described.deposit, described.record_id
    wanted = deposited_files(described.parcel)
    if not _is_public(deposit, record_id):
        _send_missing(deposit, record_id, wanted)
        there = deposit.server.files(record_id)
    else:
        there = deposit.server.published_files(record_id)
    _require_same(deposit, record_id, wanted, there)
    return Uploaded(deposit, record_id, described.doi, described.parcel)


def _send_missing(deposit: Deposit, record_id: str, wanted: Mapping[str, Path]) -> None:
    server = deposit.server
    there = server.files(record_id)
    for name, file in there.items():
        if name not in wanted:
            raise PublishError(
                f"Draft {record_id} holds {name}, which this release does not have. If the draft may "
                f"be used for it, delete the file at {server.page(record_id, published=False)}"
            )
        if file.completed and not _is_same(file, wanted[name]):
            # Of a completed file the content cannot be replaced.
            server.delete_file(record_id, name)
            deposit.tell(f"deleted {name}: what had arrived was not what was sent")
    there = {n: f for n, f in there.items() if not f.completed or _is_same(f, wanted[n])}
    if new := [name for name in wanted if name not in there]:
        server.start_files(record_id, new)
    for name, path in wanted.items():
        if name in there and there[name].completed:
            continue
        server.send_content(record_id, name, path)
        server.commit_file(record_id, name)
        deposit.tell(f"sent {name} ({path.stat().st_size:,} bytes)")


def _is_same(file: DraftFile, path: Path) -> bool:
    return file.size == path.stat().st_size and file.checksum == _checksum(path)


def _checksum(path: Path) -> str:
    """MD5, which the server uses: against accidents, not against enemies (SHA-256 is in the files)."""
    with path.open("rb") as stream:
        return f"md5:{hashlib.file_digest(stream, _md5).hexdigest()}"


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)


def _require_same(
    deposit: Deposit, record_id: str, wanted: Mapping[str, Path], there: Mapping[str, DraftFile]
) -> None:
    for name in sorted({*wanted, *there}):
        if name not in there or name not in wanted:
            which = "is missing from" if name in wanted else "is foreign to"
            raise PublishError(f"{name} {which} {record_id} at {deposit.server.base}.")
        file = there[name]
        if not file.completed or not _is_same(file, wanted[name]):
            raise PublishError(
                f"{name}: the server has {file.checksum or 'no checksum'} and {file.size:,} bytes, "
                f"sent were {_checksum(wanted[name])} and {wanted[name].stat().st_size:,} bytes. "
                "Nothing was published. Run the same command again."
            )
    deposit.tell(f"compared the checksums of {len(wanted)} files")


def publish(uploaded: Uploaded) -> Published:
    """Publish the draft; if that was done before, find it so."""
    deposit, record_id = uploaded.deposit, uploaded.record_id
    if not _is_public(deposit, record_id):
        deposit.journal.write(intended="publish")
        done = deposit.server.publish(record_id)
        if done.id != record_id or done.doi not in ("", uploaded.doi):
            raise PublishError(
                f"{deposit.server.base} says that it published {done.id} ({done.doi}), not {record_id} "
                f"({uploaded.doi}). Look there before anything else."
            )
        deposit.tell(f"published {uploaded.doi}")
    deposit.journal.write(published=True, intended="")
    return Published(deposit, record_id, uploaded.doi)


def _is_public(deposit: Deposit, record_id: str) -> bool:
    record = deposit.server.record(record_id)
    return record is not None and record.published


def deposited_files(parcel: Parcel) -> dict[str, Path]:
    """Name to file of what is deposited: the archive, and what people read beside it.

    The tables are in the archive; a server that takes a hundred calls a minute need not get each.
    """
    tables = {".parquet", ".csv"}
    beside = [item.path for item in parcel.files if item.path.suffix not in tables]
    return {path.name: path for path in sorted([parcel.archive, *beside], key=lambda p: p.name)}
