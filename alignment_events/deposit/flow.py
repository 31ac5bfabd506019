"""A release brought to Zenodo: the DOI is reserved first, written in, and the release built with it."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_events.deposit import zenodo
from alignment_events.deposit.describe import of_plan, of_release, previous_record, with_doi
from alignment_events.deposit.http import PublishError
from alignment_events.deposit.invenio import Invenio
from alignment_events.deposit.journal import Journal, journal_path
from alignment_events.deposit.parcel import Parcel, open_parcel, release_folder
from alignment_events.release.dates import release_date
from alignment_events.release.places import write_whole
from alignment_events.release.plan import Shelf, plan
from alignment_events.release.release import build_release

OTHER_TOKEN = "INVENIO_TOKEN"
"""Environment variable with the token for any other server."""


@dataclass(frozen=True)
class Order:
    """What is to be deposited, and how.

    Attributes:
        dataset: The dataset folder.
        version: The version; built before, or built with the DOI on the way.
        archives: Folder of the archives.
        server: Address of the server.
        publish: Publish; otherwise a draft is left, which a person looks at and publishes.
        new_version_of: Id of the record of the version before, at that server; by default told by
            the DOI of the release before.
        doi_outside: Deposit a release that was built without the DOI.
        journal: File of the journal; by default in the user's folder for such things.
    """

    dataset: Path
    version: str
    archives: Path
    server: str = zenodo.SANDBOX
    publish: bool = False
    new_version_of: str = ""
    doi_outside: bool = False
    journal: Path | None = None

    @property
    def built(self) -> bool:
        """True if the release was built before."""
        return release_folder(self.dataset, self.version).is_dir()

    @property
    def previous(self) -> str:
        """Id of the record of the version before, or empty."""
        if self.new_version_of:
            return self.new_version_of
        dataset = self.dataset.resolve()
        earlier = Shelf(dataset.parent, dataset.name).registry().of(dataset.name)
        numbers = tuple(int(part) for part in self.version.split("."))
        found = [previous_record(r.doi, self.server) for r in earlier if r.order < numbers]
        return next((record for record in reversed(found) if record), "")

    @property
    def journal_file(self) -> Path:
        """The file of the journal."""
        return self.journal or journal_path(self.server, self.dataset.resolve().name, self.version)


def token_for(server: str) -> str:
    """The token for a server, from the environment.

    Raises:
        PublishError: If it is not set.
    """
    variable = zenodo.TOKENS.get(server, OTHER_TOKEN)
    token = os.environ.get(variable, "").strip()
    if not token:
        raise PublishError(f"Set {variable} to a token of {server} that may write and publish.")
    return token


def deposit(
    order: Order,
    *,
    tell: Callable[[str], object] = print,
    sleep: Callable[[float], object] = time.sleep,
) -> zenodo.Uploaded | zenodo.Published:
    """Deposit a release; run again after any failure, it goes on where it stopped.

    Raises:
        PublishError: If a step fails; the message says what to do.
    """
    server = Invenio(order.server, token_for(order.server), sleep=sleep)
    name = order.dataset.resolve().name
    journal = Journal(order.journal_file, server.base, name, order.version, order.previous)
    under_way = zenodo.Deposit(server, journal, tell, sleep)
    with journal.alone():
        parcel, metadata = _before(order, journal)
        drafted = zenodo.create(zenodo.Planned(under_way, metadata))
        reserved = zenodo.reserve(drafted)
        if parcel is None:
            parcel = _build_with(order, reserved.doi, tell)
        _require_doi(order, parcel, reserved.doi)
        described = zenodo.describe(reserved, parcel, of_release(parcel.folder, order.server))
        uploaded = zenodo.upload(described)
        return zenodo.publish(uploaded) if order.publish else uploaded


def _before(order: Order, journal: Journal) -> tuple[Parcel | None, dict[str, Any]]:
    """The release, if it is built, and what the draft is made with. All refusals come here."""
    if order.built:
        parcel = open_parcel(order.dataset, order.version, archives=order.archives)
        _require_doi(order, parcel, journal.notes.doi)
        return parcel, of_release(parcel.folder, order.server)
    made = plan(order.dataset, version=order.version)
    if made.declared != order.version:
        raise PublishError(
            f"{order.dataset / 'dataset.yaml'} says version: {made.declared}, not {order.version}."
        )
    made.refuse_lost_ids()
    made.refuse_lower(order.version)
    return None, of_plan(made.info, order.server, release_date(order.dataset))


def _require_doi(order: Order, parcel: Parcel, doi: str) -> None:
    named = parcel.entry.doi or ""
    if named == doi and named:
        return
    if named:
        raise PublishError(
            f"{parcel.entry.label} was built with the DOI {named}, and this deposit has "
            f"{doi or 'none yet'}: it belongs to another deposit."
        )
    if not order.doi_outside:
        raise PublishError(
            f"{parcel.entry.label} was built without a DOI, and a release never changes. Either "
            "deposit a version that is not built yet (the DOI is reserved first and built in), or "
            "use --doi-outside: then the DOI stands at the server, and in no file of the release."
        )


def _build_with(order: Order, doi: str, tell: Callable[[str], object]) -> Parcel:
    info = order.dataset / "dataset.yaml"
    text = info.read_text(encoding="utf-8")
    if (changed := with_doi(text, doi)) != text:
        write_whole(info, changed.encode("utf-8"))
        tell(f"wrote doi: {doi} into {info}")
    build_release(order.dataset, order.version, archives=order.archives)
    tell(f"built {order.version} with it")
    return open_parcel(order.dataset, order.version, archives=order.archives)
