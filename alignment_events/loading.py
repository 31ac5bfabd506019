"""Loads packages: `load("china-russia-dprk")` validates one and returns a `Dataset`."""

import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.dataset import Contributor, Dataset, Description, TablesWhenAsked
from alignment_events.findings import (
    AlignmentEventsError,
    InvalidData,
    NotFound,
    YankedRelease,
)
from alignment_events.read.any_folder import is_dataset
from alignment_events.read.package import DESCRIPTOR, is_package, read_listing
from alignment_events.read.parquet import whole_table
from alignment_events.spec.tables import table_specs
from alignment_events.verdicts import contents_of, recall, remember

if TYPE_CHECKING:
    import pyarrow as pa

    from alignment_events.registry import Release
    from alignment_events.store.find import Mirrors

_told: set[str] = set()


def load(
    name_or_path: str | Path,
    version: str | None = None,
    *,
    offline: bool = False,
    mirrors: "Mirrors" = None,
    verify: bool = False,
) -> Dataset:
    """Load a dataset and validate it, unless these very files were found sound before.

    Releases are looked for in the repository that the working folder lies in, in the library, in
    `ALIGNMENT_EVENTS_HOME`, in the cache, and then on mirrors. Whatever is found is compared with
    the registry, file by file, before it is read.

    Args:
        name_or_path: Name of a dataset (also `name@version`), or the path of a package folder.
        version: A version (`"0.1.0"`), a range (`"~=0.1"`, `">=0.1,<0.3"`) or `"latest"`. By default
            the newest that is on this machine; which one that was is said once. Ranges and `latest`
            pass over yanked versions and ask the mirrors too.
        offline: Open no connection: only what is on this machine.
        mirrors: Addresses or folders that hold releases (`https://…`, `s3://…`), asked in order; by
            default those of `ALIGNMENT_EVENTS_MIRRORS`.
        verify: Compute the content digests again from the rows, which takes a second or so more.

    Returns:
        The dataset.

    Raises:
        NotFound: If there is no such dataset or version.
        InvalidData: If the package is not the release that it should be, or does not conform to the
            format; its `.report` says why.
        AlignmentEventsError: If the version is none, a registry cannot be trusted, or a download
            fails.

    Warns:
        YankedRelease: If the version asked for was yanked; the warning gives the reason.
    """
    folder, release, name = _find(name_or_path, version, offline=offline, mirrors=mirrors)
    if release is not None:
        _require_library(release)
        if release.status == "yanked":
            text = f"{release.label} was yanked: {release.reason}"
            warnings.warn(YankedRelease(text), stacklevel=2)
    if not is_package(folder):
        hint = " Build it first: alignment-events build." if is_dataset(folder) else ""
        raise AlignmentEventsError(f"{folder} is no package: it has no datapackage.json.{hint}")
    dataset = _dataset_in(folder, release)
    if verify:
        from alignment_events.store.recompute import require_digests

        require_digests(dataset, read_listing(folder).descriptor, folder, release)
    if name is not None and version is None:
        _say_once(dataset, name)
    return dataset


def _find(
    name_or_path: str | Path, version: str | None, *, offline: bool, mirrors: "Mirrors"
) -> "tuple[Path, Release | None, str | None]":
    """The folder to read, the release that it is, and the name if no version was asked for."""
    path = Path(name_or_path)
    if isinstance(name_or_path, Path) or path.is_dir():
        if version is not None:
            raise AlignmentEventsError(f"{path} is a folder: it has the version that it has.")
        if not path.is_dir():
            raise NotFound(f"There is no folder {path}.")
        return path, None, None
    from alignment_events.store.choose import read_request, split_name
    from alignment_events.store.find import find

    name, within = split_name(name_or_path)
    if within is not None and version is not None:
        raise AlignmentEventsError(f"“{name_or_path}” names a version, and version= another.")
    request = read_request(version if within is None else within)
    found = find(name, request, offline=offline, mirrors=mirrors)
    return found.folder, found.release, name if within is None else None


def _require_library(release: "Release") -> None:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    try:
        mine = version_of("alignment-events")
    except PackageNotFoundError:
        return  # run from its sources: the check of the format decides
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", mine)
    needed = tuple(map(int, release.minimum_library.split(".")))
    if numbers is not None and tuple(map(int, numbers.groups())) < needed:
        raise AlignmentEventsError(
            f"{release.label} needs alignment-events {release.minimum_library} or newer, and this is "
            f"{mine}: pip install --upgrade alignment-events."
        )


def _say_once(dataset: Dataset, name: str) -> None:
    if name in _told:
        return
    _told.add(name)
    import logging

    # A log record of level WARNING is shown on stderr by Python itself if nobody has set up logging,
    # follows whatever was set up otherwise, and is no warning that `-W error` would turn into a failure.
    log = logging.getLogger("alignment_events.version")
    if dataset.about.status:
        pin = f'pin it with ae.load("{name}", version="{dataset.version}")'
        log.warning("%s: took version %s; %s.", name, dataset.version, pin)
    else:
        log.warning(
            "%s: took a build of version %s, which is no release; see ae.releases(%r).",
            name, dataset.version, name,
        )  # fmt: skip


def _dataset_in(folder: Path, release: "Release | None") -> Dataset:
    """The dataset in a package folder, whose files are checked if these very bytes were not before."""
    contents = contents_of(folder)
    if contents is not None and recall(contents) is not None:
        read = {
            name: partial(_parquet, contents.files[f"{name}.parquet"]) for name in table_specs()
        }
        return _dataset(json.loads(contents.files[DESCRIPTOR]), read, release)
    from alignment_events.packages import check_package

    package = check_package(folder)
    report = package.report
    # Only errors stand in the way: warnings were weighed when the dataset was built.
    if not report.ok:
        raise InvalidData(replace(report, findings=report.errors))
    if contents is not None:
        remember(contents, report)
    return _dataset(package.descriptor, package.tables, release)


def _parquet(data: bytes) -> "pa.Table":
    import pyarrow as pa

    return whole_table(pa.BufferReader(data))


def _dataset(
    told: Mapping[str, Any],
    read: "Mapping[str, Callable[[], pa.Table]]",
    release: "Release | None",
) -> Dataset:
    makers = {name: partial(_as_published, read[name], name) for name in table_specs()}
    return Dataset(_description(told, release), TablesWhenAsked(makers))


def _as_published(read: "Callable[[], pa.Table]", name: str) -> "pa.Table":
    """The columns in order, with the documentation of each and of types that are not only near enough."""
    import pyarrow as pa

    from alignment_events.compile.arrow import arrow_schema

    schema = arrow_schema(name)
    table = read().select(schema.names)
    if table.schema.equals(schema):
        return pa.Table.from_arrays(table.columns, schema=schema)
    return table.cast(schema)


def _description(told: Mapping[str, Any], release: "Release | None") -> Description:
    def text(key: str) -> str:
        return str(told.get(key) or "")

    def texts(value: Any) -> tuple[str, ...]:
        return tuple(map(str, value)) if isinstance(value, list) else ()

    def rows(key: str) -> list[dict[str, Any]]:
        entries = told.get(key)
        found = entries if isinstance(entries, list) else []
        return [row for row in found if isinstance(row, dict)]

    def contributor(row: dict[str, Any]) -> Contributor:
        roles = texts(row.get("roles"))
        # What a stranger's descriptor says is checked when it is cited.
        return Contributor(str(row.get("title") or ""), roles[0] if roles else "contributor")

    doi = text("id")
    return Description(
        name=text("name"),
        title=text("title"),
        description=text("description"),
        version=text("version"),
        format_version=text("format_version"),
        codebook_version=text("codebook_version"),
        digest=text("content_digest"),
        cutoff=text("cutoff"),
        principals=texts(told.get("principals")),
        date=release.date if release else text("created")[:10],
        licence=", ".join(str(row["name"]) for row in rows("licenses") if row.get("name")),
        contributors=tuple(map(contributor, rows("contributors"))),
        keywords=texts(told.get("keywords")),
        scope=text("scope"),
        homepage=text("homepage"),
        publisher=text("publisher"),
        doi=doi.removeprefix("https://doi.org/") if doi.startswith("https://doi.org/10.") else "",
        status=release.status if release else "",
        reason=(release.reason or "") if release else "",
    )
