"""The registry of releases, `registry.json`: what each version consists of, and how it stands.

It is the root of trust: whatever is loaded as a release is compared with its entry first. A registry
may come from a stranger's server, so nothing in it is believed before its form was checked. Fields
that this library does not know are kept when the file is written anew, and otherwise ignored: so an
old library can read the registry of a newer one.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alignment_events.findings import AlignmentEventsError

REGISTRY_NAME = "registry.json"
REGISTRY_FORMAT = 1
"""Raised when an older library could no longer read the file rightly."""

MAX_REGISTRY_BYTES = 20_000_000
MAX_RELEASE_BYTES = 64 * 1024**3
FIRST_LIBRARY = {"0.1": "0.1.0"}
"""Format version to the first version of this library that reads it."""

FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$"
_WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)

Status = Literal["current", "superseded", "yanked"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Version = Annotated[str, Field(pattern=r"^(0|[1-9]\d{0,3})(\.(0|[1-9]\d{0,3})){2}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
TableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=2000)]
Bytes = Annotated[int, Field(ge=0, le=MAX_RELEASE_BYTES)]


class RegistryError(AlignmentEventsError):
    """A registry that cannot be used, or a change of it that would break what was promised."""


class _Entry(BaseModel):
    # Validators are built on first use: who loads a folder needs none.
    model_config = ConfigDict(frozen=True, extra="allow", strict=True, defer_build=True)


class ReleasedFile(_Entry):
    """One file of a release: its name and what it must be."""

    name: Annotated[str, Field(pattern=FILE_NAME)]
    sha256: Sha256
    bytes: Bytes

    @model_validator(mode="after")
    def _safe_name(self) -> "ReleasedFile":
        if self.name.endswith(".") or _WINDOWS_DEVICES.fullmatch(self.name):
            raise ValueError(f"{self.name} is no name that every system can hold")
        return self


class Release(_Entry):
    """One release of one dataset."""

    dataset: Slug
    version: Version
    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """Day of the release."""
    format_version: Annotated[str, Field(pattern=r"^\d{1,4}\.\d{1,4}(\.\d{1,4})?$")]
    minimum_library: Version
    """First version of this library that reads it."""
    status: Status = "current"
    reason: Text | None = None
    """Why it was yanked."""
    digest: Digest
    """Content digest of the dataset."""
    tables: Annotated[dict[TableName, Digest], Field(min_length=1, max_length=200)]
    """Table to its content digest."""
    files: Annotated[tuple[ReleasedFile, ...], Field(min_length=1, max_length=500, strict=False)]
    archive: ReleasedFile | None = None
    """All files in one, for those who download."""
    doi: Annotated[str, Field(pattern=r"^10\.\d{4,9}/[^\s<>\"]{1,200}$")] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Release":
        dt.date.fromisoformat(self.date)
        folded = [file.name.casefold() for file in self.files]
        if len(set(folded)) != len(folded):
            raise ValueError("two of its files have the same name")
        if "datapackage.json" not in folded:
            raise ValueError("its files lack datapackage.json")
        if sum(file.bytes for file in self.files) > MAX_RELEASE_BYTES:
            raise ValueError(f"its files have more than {MAX_RELEASE_BYTES:,} bytes")
        if (self.status == "yanked") != (self.reason is not None):
            raise ValueError("a yanked release has a reason, and no other has")
        return self

    @property
    def label(self) -> str:
        """Dataset and version: `china-russia-dprk@0.1.0`."""
        return f"{self.dataset}@{self.version}"

    @property
    def order(self) -> tuple[int, ...]:
        """By which versions sort: their numbers."""
        return tuple(map(int, self.version.split(".")))

    def file(self, name: str) -> ReleasedFile | None:
        """The file of that name, if the release has it."""
        return next((file for file in self.files if file.name == name), None)

    def differs_from(self, other: "Release") -> str | None:
        """What two entries of one version disagree about, or None; their status may differ."""
        if self.digest != other.digest:
            return "content digest"
        for name in sorted({*self.tables, *other.tables}):
            if self.tables.get(name) != other.tables.get(name):
                return f"content digest of the table {name}"
        mine, theirs = ({f.name: f for f in r.files} for r in (self, other))
        for name in sorted({*mine, *theirs}):
            if name not in mine or name not in theirs:
                return f"file {name}, which only one of them lists"
            if _facts(mine[name]) != _facts(theirs[name]):
                return f"file {name}"
        if self.archive and other.archive and _facts(self.archive) != _facts(other.archive):
            return f"archive {self.archive.name}"
        return None


def _facts(file: ReleasedFile) -> tuple[str, str, int]:
    return file.name, file.sha256, file.bytes


class Registry(_Entry):
    """All releases that one place knows of, sorted by dataset and version."""

    registry_format: Literal[1] = 1
    releases: Annotated[tuple[Release, ...], Field(max_length=100_000, strict=False)] = ()

    @model_validator(mode="after")
    def _unique(self) -> "Registry":
        seen = set()
        for release in self.releases:
            if release.label in seen:
                raise ValueError(f"{release.label} stands twice")
            seen.add(release.label)
        return self

    def of(self, dataset: str) -> tuple[Release, ...]:
        """The releases of a dataset, oldest first."""
        found = (release for release in self.releases if release.dataset == dataset)
        return tuple(sorted(found, key=lambda release: release.order))

    def find(self, dataset: str, version: str) -> Release | None:
        """The release of that version, if there is one."""
        found = (r for r in self.releases if (r.dataset, r.version) == (dataset, version))
        return next(found, None)

    def current(self, dataset: str) -> Release | None:
        """The newest release that was not yanked."""
        sound = [release for release in self.of(dataset) if release.status != "yanked"]
        return sound[-1] if sound else None

    @property
    def datasets(self) -> tuple[str, ...]:
        """Names of the datasets, sorted."""
        return tuple(sorted({release.dataset for release in self.releases}))


def read_registry(source: Path | bytes, *, name: str | None = None) -> Registry:
    """A registry, read from a file or from bytes, and its form checked.

    Args:
        source: The file, or what was received.
        name: How messages call it; by default the path.

    Raises:
        RegistryError: If it is too large, is not JSON, or does not have the form of a registry.
    """
    called = name or (str(source) if isinstance(source, Path) else REGISTRY_NAME)
    try:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                source = stream.read(MAX_REGISTRY_BYTES + 1)
        if len(source) > MAX_REGISTRY_BYTES:
            raise RegistryError(f"{called}: a registry has at most {MAX_REGISTRY_BYTES:,} bytes.")
        loaded = json.loads(
            source.decode("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_no_constant
        )
    except OSError as error:
        raise RegistryError(f"{called} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0][:200]
        raise RegistryError(f"{called} is not a registry in JSON: {reason}.") from error
    if not isinstance(loaded, dict) or loaded.get("registry_format") != REGISTRY_FORMAT:
        raise RegistryError(
            f"{called} is no registry of format {REGISTRY_FORMAT}, which this library reads."
        )
    try:
        return Registry.model_validate(loaded)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(map(str, first["loc"])) or "the file"
        where = re.sub(r"[^\x20-\x7e]", "?", where)[:120]
        raise RegistryError(f"{called}: {where}: {first['msg']}.") from error


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def entry_of(
    folder: Path, archive: Path | None = None, *, date: dt.date | str | None = None
) -> Release:
    """The entry of a package: what its files are, taken from the files themselves.

    Args:
        folder: The package folder.
        archive: Its archive, if there is one.
        date: Day of the release; by default `created` of its descriptor.
    """
    descriptor = _descriptor(folder)
    day = str(date or str(descriptor.get("created", ""))[:10])
    if not day:
        raise RegistryError(f"{folder}: no date is given, and the descriptor has no “created”.")
    digests = {
        resource["name"]: resource["content_digest"]
        for resource in descriptor.get("resources", ())
        if isinstance(resource, dict) and "content_digest" in resource
    }
    doi = str(descriptor.get("id", "")).removeprefix("https://doi.org/")
    format_version = str(descriptor.get("format_version"))
    try:
        return Release(
            dataset=descriptor.get("name"),  # type: ignore[arg-type]
            version=descriptor.get("version"),  # type: ignore[arg-type]
            date=day,
            format_version=format_version,
            minimum_library=FIRST_LIBRARY.get(format_version, "0.1.0"),
            digest=descriptor.get("content_digest"),  # type: ignore[arg-type]
            tables=digests,
            files=tuple(_file_of(path) for path in sorted(folder.iterdir())),
            archive=None if archive is None else _file_of(archive),
            doi=doi if doi.startswith("10.") else None,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(map(str, first["loc"]))
        raise RegistryError(f"{folder} is no release: {where}: {first['msg']}.") from error


def _descriptor(folder: Path) -> dict[str, Any]:
    path = folder / "datapackage.json"
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RegistryError(f"{path} cannot be read: {error}") from error
    if not isinstance(loaded, dict):
        raise RegistryError(f"{path} is no descriptor of a package.")
    return loaded


def _file_of(path: Path) -> ReleasedFile:
    if path.is_symlink() or not path.is_file():
        raise RegistryError(f"{path} is a link or a folder: a release holds files only.")
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return ReleasedFile(name=path.name, sha256=sha256, bytes=path.stat().st_size)


def with_statuses(releases: Iterable[Release]) -> tuple[Release, ...]:
    """The releases with `current` for the newest of each dataset that is not yanked."""
    registry = Registry(releases=tuple(releases))
    newest = {name: registry.current(name) for name in registry.datasets}
    return tuple(
        release
        if release.status == "yanked"
        else release.model_copy(
            update={"status": "current" if release == newest[release.dataset] else "superseded"}
        )
        for name in registry.datasets
        for release in registry.of(name)
    )


def registry_bytes(registry: Registry) -> bytes:
    """A registry as it is written: the same bytes for the same content."""
    told = registry.model_dump(mode="json", exclude_none=True)
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def merged(known: Mapping[str, Registry]) -> Registry:
    """One registry out of several places'; a release yanked in one of them is yanked.

    Args:
        known: Where a registry was read to the registry, those most trusted first.

    Raises:
        RegistryError: If two of them disagree about what a version consists of.
    """
    found: dict[str, tuple[str, Release]] = {}
    for place, registry in known.items():
        for release in registry.releases:
            first_place, first = found.setdefault(release.label, (place, release))
            if what := first.differs_from(release):
                raise RegistryError(
                    f"{place} and {first_place} disagree about {release.label} ({what}): "
                    "one of them is not what was released. Nothing was loaded."
                )
            update: dict[str, Any] = {}
            if release.status == "yanked" and first.status != "yanked":
                update = {"status": "yanked", "reason": release.reason}
            if first.archive is None and release.archive is not None:
                update["archive"] = release.archive
            found[release.label] = (first_place, first.model_copy(update=update))
    return Registry(releases=with_statuses(release for _, release in found.values()))
