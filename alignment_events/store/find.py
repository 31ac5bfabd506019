"""Finds a dataset by name and version: on this machine first, then on mirrors."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from alignment_events.findings import NotFound
from alignment_events.own_cache import cache_folder
from alignment_events.registry import (
    MAX_REGISTRY_BYTES,
    REGISTRY_NAME,
    Registry,
    Release,
    merged,
    read_registry,
)
from alignment_events.registry_file import record_release
from alignment_events.store.choose import LATEST, Request
from alignment_events.store.listing import Available, Releases
from alignment_events.store.places import (
    HOME_VARIABLE,
    Place,
    local_places,
    plain_packages,
    plain_version,
    told_by,
)
from alignment_events.store.sources import (
    MIRRORS_VARIABLE,
    DownloadError,
    Source,
    open_sources,
)
from alignment_events.store.verify import differences, require_intact

_LOG = logging.getLogger("alignment_events.download")

Mirrors = str | Path | Sequence[str | Path] | None
"""Addresses of mirrors; None for those of `ALIGNMENT_EVENTS_MIRRORS`."""


@dataclass(frozen=True)
class Found:
    """A package that may be read, and the release that it is; None if it is only a build."""

    folder: Path
    release: Release | None = None


@dataclass
class _Known:
    """What is known of one dataset, here and on mirrors."""

    dataset: str
    places: list[Place]
    registry: Registry
    sources: list[tuple[Source, Registry]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def ask(self, mirrors: Mirrors) -> None:
        """Ask the mirrors what they have; one that cannot be asked is a problem, not the end."""
        known = {place.label: place.registry for place in self.places}
        for source in open_sources(mirrors):
            name = f"{source.address.rstrip('/')}/{REGISTRY_NAME}"
            try:
                registry = _registry_of(source)
            except DownloadError as error:
                self.problems.append(str(error))
                continue
            known[name] = _only(registry, self.dataset)
            self.sources.append((source, known[name]))
        # Whoever disagrees with what is recorded here is refused, and both are named.
        self.registry = merged(known)
        self._remember_yanks()

    def _remember_yanks(self) -> None:
        """Record in the cache what was yanked since, so that it is known offline too."""
        for place in self.places:
            if place.root != cache_folder():
                continue
            for old in place.registry.releases:
                new = self.registry.find(old.dataset, old.version)
                if new is not None and new.status == "yanked" != old.status:
                    with suppress(OSError):  # a cache that is read only serves as well
                        record_release(place.root / REGISTRY_NAME, new)

    def folder(self, release: Release) -> tuple[Path, Place] | None:
        """Where a release lies on this machine."""
        for place in self.places:
            if place.registry.find(release.dataset, release.version):
                folder = place.folder(release)
                if folder is not None:
                    return folder, place
        return None

    def holders(self, release: Release) -> list[Source]:
        """The mirrors that list a release."""
        return [s for s, r in self.sources if r.find(release.dataset, release.version)]


def _registry_of(source: Source) -> Registry:
    name = f"{source.address.rstrip('/')}/{REGISTRY_NAME}"
    return read_registry(source.read(REGISTRY_NAME, MAX_REGISTRY_BYTES), name=name)


def _only(registry: Registry, dataset: str) -> Registry:
    return registry.model_copy(update={"releases": registry.of(dataset)})


def _known(dataset: str) -> _Known:
    places = [
        Place(place.label, place.root, _only(place.registry, dataset), place.pattern)
        for place in local_places()
    ]
    return _Known(dataset, places, merged({place.label: place.registry for place in places}))


def find(
    dataset: str, request: Request, *, offline: bool = False, mirrors: Mirrors = None
) -> Found:
    """The package of a dataset in the version asked for, its files compared with the registry.

    Args:
        dataset: Name of the dataset.
        request: The version asked for.
        offline: Ask no mirror.
        mirrors: Addresses of mirrors.

    Raises:
        NotFound: If no such dataset or version can be had; the message says what is known.
        InvalidData: If what was found is not what the registry lists.
    """
    packages = plain_packages()
    if not request.text and dataset in packages:
        return Found(packages[dataset])
    known = _known(dataset)
    here = [release for release in known.registry.of(dataset) if known.folder(release)]
    choice = request.best(here)
    # A newer one may be elsewhere if any of several will do, and not if nothing was asked for.
    elsewhere = bool(request.text) and request.exact is None
    if not offline and (choice is None or elsewhere):
        known.ask(mirrors)
        here = [r for r in known.registry.of(dataset) if known.folder(r) or known.holders(r)]
        choice = request.best(here)
        if choice is not None and elsewhere:
            for problem in known.problems:
                _LOG.warning("a mirror could not be asked: %s", problem)
    if choice is not None:
        return Found(_intact(choice, known, offline=offline, mirrors=mirrors), choice)
    plain = packages.get(dataset)
    if plain is not None and _will_do(plain, dataset, request, known):
        return Found(plain)
    raise _nothing(dataset, request, known, packages, offline)


def _intact(release: Release, known: _Known, *, offline: bool, mirrors: Mirrors) -> Path:
    """The folder of a release, whose files are those of the registry."""
    found = known.folder(release)
    if found is not None and found[1].root != cache_folder():
        require_intact(found[0], release, found[1].label)
        return found[0]
    from alignment_events.store.cache import cached

    if found is not None:
        if not differences(found[0], release, found[1].label):
            return found[0]
        if not known.sources and not offline:
            known.ask(mirrors)
    return cached(release, [] if offline else known.holders(release))


def _will_do(folder: Path, dataset: str, request: Request, known: _Known) -> bool:
    """True if a package that is no recorded release may stand for the version asked for."""
    version = plain_version(folder)
    if version is None or not request.takes(version):
        return False
    recorded = known.registry.find(dataset, version)
    return recorded is None or told_by(folder).get("content_digest") == recorded.digest


def _nothing(
    dataset: str,
    request: Request,
    known: _Known,
    packages: dict[str, Path],
    offline: bool,
) -> NotFound:
    listed = known.registry.of(dataset)
    if not listed and dataset not in packages:
        return NotFound(_no_dataset(dataset, packages, known.problems))
    versions = [f"{r.version}{' (yanked)' if r.status == 'yanked' else ''}" for r in listed]
    if dataset in packages:
        versions.append(f"{plain_version(packages[dataset])} (a build, no release)")
    wanted = f" {request.text}" if request.text not in ("", LATEST) else ""
    message = f"No release{wanted} of {dataset} can be had. Known: {', '.join(versions)}."
    if offline:
        message += " Mirrors were not asked, for it was to be offline."
    missing = [r.version for r in listed if request.takes(r.version) and not known.folder(r)]
    if missing:
        message += f" Not on this machine: {', '.join(missing)}."
        if not offline and not known.sources and not known.problems:
            message += f" No mirror is named: set {MIRRORS_VARIABLE} or give mirrors=."
    return NotFound(" ".join([message, *known.problems]))


def _no_dataset(name: str, packages: dict[str, Path], problems: list[str]) -> str:
    names = {*packages, *(n for place in local_places() for n in place.registry.datasets)}
    return " ".join(
        [
            f"There is no dataset “{name}”. Known by name: {', '.join(sorted(names)) or 'none'}. A "
            f"path to a package folder works too, as does a folder of packages named by "
            f"{HOME_VARIABLE}, and a mirror named by {MIRRORS_VARIABLE}.",
            *problems,
        ]
    )


def available() -> dict[str, Path]:
    """Name of every dataset that can be loaded without a mirror, with the folder of its package.

    Of each it is the one that `load` takes if no version is asked for.
    """
    found = plain_packages()
    for place in local_places():
        for dataset in place.registry.datasets:
            known = _known(dataset)
            here = [release for release in known.registry.of(dataset) if known.folder(release)]
            newest = Request().best(here)
            folder = known.folder(newest) if newest else None
            if folder is not None:
                found.setdefault(dataset, folder[0])
    return found


def locate(name_or_path: str | Path) -> Path:
    """The package folder of a path or of a name on this machine; `NotFound` if there is none."""
    path = Path(name_or_path)
    if isinstance(name_or_path, Path) or path.is_dir():
        if path.is_dir():
            return path
        raise NotFound(f"There is no folder {path}.")
    known = available()
    if path.name == str(name_or_path) and str(name_or_path) in known:
        return known[str(name_or_path)]
    raise NotFound(_no_dataset(str(name_or_path), plain_packages(), []))


def releases(dataset: str, *, offline: bool = False, mirrors: Mirrors = None) -> Releases:
    """The releases of a dataset, and where each can be had.

    Args:
        dataset: Name of the dataset.
        offline: Ask no mirror.
        mirrors: Addresses of mirrors; by default those of `ALIGNMENT_EVENTS_MIRRORS`.

    Raises:
        NotFound: If nothing is known of such a dataset.
    """
    known = _known(dataset)
    if not offline:
        known.ask(mirrors)
    listed = known.registry.of(dataset)
    if not listed:
        raise NotFound(_no_dataset(dataset, plain_packages(), known.problems))
    return Releases(
        (
            Available(
                release,
                tuple(p.label for p in known.places if known.folder(release) and p.folder(release)
                      and p.registry.find(dataset, release.version)),
                tuple(source.address for source in known.holders(release)),
            )
            for release in listed
        ),
        problems=tuple(known.problems),
    )  # fmt: skip


def every_release(
    *, offline: bool = False, mirrors: Mirrors = None
) -> list[tuple[Release, Path | None]]:
    """Every release of every dataset that is known of, and its folder if it is on this machine."""
    names = {name for place in local_places() for name in place.registry.datasets}
    if not offline:
        for source in open_sources(mirrors):
            # Who cannot be asked is told by `ask`, below.
            with suppress(DownloadError):
                names |= set(_registry_of(source).datasets)
    found = []
    for name in sorted(names):
        known = _known(name)
        if not offline:
            known.ask(mirrors)
            for problem in known.problems:
                _LOG.warning("a mirror could not be asked: %s", problem)
        for release in known.registry.of(name):
            held = known.folder(release)
            found.append((release, held[0] if held else None))
    return found
