"""`release publish`: a release brought to where others find it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from alignment_events.commands.app import DEFAULT_DATASET
from alignment_events.findings import AlignmentEventsError

if TYPE_CHECKING:
    from alignment_events.deposit.flow import Order

_DATASET = Path("datasets") / DEFAULT_DATASET
_YES = Parameter(negative=())


def release_publish(
    version: str,
    *,
    to: str,
    dataset: Path = _DATASET,
    archives: Path = Path("dist"),
    dry_run: Annotated[bool, _YES] = False,
    publish: Annotated[bool, _YES] = False,
    production: Annotated[bool, _YES] = False,
    server: str | None = None,
    new_version_of: str = "",
    doi_outside: Annotated[bool, _YES] = False,
    journal: Path | None = None,
) -> int:
    """Publish a release to a folder, a bucket, a web server, or Zenodo.

    Run again after a failure, it goes on where it stopped. A version that was published never changes.

    Args:
        version: The version.
        to: A folder, s3://bucket/folder, gs://bucket/folder, https://server/folder (WebDAV), or zenodo.
        dataset: The dataset folder.
        archives: Folder of the archives.
        dry_run: Say what would be done, and do nothing.
        publish: For Zenodo: publish at once; otherwise a draft is left, for a person to publish.
        production: For Zenodo: zenodo.org instead of its sandbox.
        server: For Zenodo: another server of InvenioRDM.
        new_version_of: For Zenodo: id of the record of the version before; told by its DOI if it
            has one of that server.
        doi_outside: For Zenodo: deposit a release that was built without a DOI.
        journal: For Zenodo: file that keeps how far the deposit is.
    """
    if to != "zenodo":
        for name, given in {
            "--publish": publish,
            "--production": production,
            "--server": server,
            "--new-version-of": new_version_of,
            "--doi-outside": doi_outside,
            "--journal": journal,
        }.items():
            if given:
                raise AlignmentEventsError(f"{name} is for --to zenodo.")
        return _to_store(dataset, version, to, archives, dry_run)
    from alignment_events.deposit.flow import Order
    from alignment_events.deposit.zenodo import PRODUCTION, SANDBOX

    if server and production:
        raise AlignmentEventsError("Give --server or --production, not both.")
    order = Order(
        dataset=dataset,
        version=version,
        archives=archives,
        server=(server or (PRODUCTION if production else SANDBOX)).rstrip("/"),
        publish=publish,
        new_version_of=new_version_of,
        doi_outside=doi_outside,
        journal=journal,
    )
    return _dry_deposit(order) if dry_run else _deposit(order)


def _to_store(dataset: Path, version: str, to: str, archives: Path, dry_run: bool) -> int:
    from alignment_events.deposit.parcel import open_parcel
    from alignment_events.deposit.publish import intend, publish
    from alignment_events.deposit.stores import open_store

    store = open_store(to)
    parcel = open_parcel(dataset, version, archives=archives, dry_run=dry_run)
    if dry_run:
        intent = intend(parcel, store)
        for item in intent.send:
            print(f"would send {item.key} ({item.bytes:,} bytes)")
        listed = "lists" if intent.registered else "would list"
        print(
            f"{store.address}: {len(intent.there)} files are there; {listed} {parcel.entry.label}."
        )
        return 0
    done = publish(parcel, store, tell=print)
    print(
        f"{parcel.entry.label} is at {store.address}: {len(done.sent)} files sent, "
        f"{len(done.there)} were there."
    )
    return 0


def _dry_deposit(order: "Order") -> int:
    from alignment_events.deposit.parcel import open_parcel
    from alignment_events.deposit.zenodo import deposited_files

    kind = f"a new version of record {order.previous}" if order.previous else "a new record"
    print(f"would make a draft at {order.server}, as {kind}; journal: {order.journal_file}")
    print("would reserve its DOI")
    if order.built:
        parcel = open_parcel(order.dataset, order.version, archives=order.archives, dry_run=True)
        for name, path in deposited_files(parcel).items():
            size = f"{path.stat().st_size:,} bytes" if path.is_file() else "to be made"
            print(f"would send {name} ({size})")
    else:
        print(
            f"would write the DOI into {order.dataset / 'dataset.yaml'} and build {order.version}"
        )
        print("would send the archive and the files that are no tables")
    print("would compare the checksums of the server")
    print("would publish" if order.publish else "would leave it as a draft")
    return 0


def _deposit(order: "Order") -> int:
    from alignment_events.deposit.flow import deposit
    from alignment_events.deposit.zenodo import Published

    done = deposit(order)
    page = done.deposit.server.page(done.record_id, published=isinstance(done, Published))
    if isinstance(done, Published):
        print(f"Published: {done.doi}\n  {page}")
    else:
        print(f"A draft, not published: {done.doi}\n  {page}")
        print("Look at it there and publish it there, or run again with --publish.")
    return 0
