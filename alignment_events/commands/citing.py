"""`releases`, `cite`, `whatis` and `yank`: which versions there are, and which one is at hand."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from alignment_events.commands.app import DEFAULT_DATASET
from alignment_events.findings import AlignmentEventsError

Format = Literal["apa", "bibtex", "cff", "csl-json", "datacite", "ris"]
Mirror = Annotated[tuple[str, ...], Parameter(name=["--mirror"])]


def releases(dataset: str = DEFAULT_DATASET, *, offline: bool = False, mirror: Mirror = ()) -> int:
    """List the releases of a dataset: version, date, status, digest, and where each can be had.

    Args:
        dataset: Name of a dataset.
        offline: Ask no mirror.
        mirror: Address of a mirror; may be repeated. By default ALIGNMENT_EVENTS_MIRRORS.
    """
    from alignment_events.store.find import releases as find_releases

    print(repr(find_releases(dataset, offline=offline, mirrors=mirror or None)))
    return 0


def cite(
    dataset: str = DEFAULT_DATASET,
    *,
    record: str | None = None,
    format: Format = "apa",
    offline: bool = False,
    mirror: Mirror = (),
) -> int:
    """Cite a release, or one record of it.

    Args:
        dataset: Name of a dataset, name@version, or path of a package.
        record: Id of a record, such as AE-7K3M-9QX4.
        format: Form of the citation.
        offline: Ask no mirror.
        mirror: Address of a mirror; may be repeated. By default ALIGNMENT_EVENTS_MIRRORS.
    """
    from alignment_events.loading import load

    loaded = load(dataset, offline=offline, mirrors=mirror or None)
    cited = loaded if record is None else loaded[record]
    sys.stdout.write(cited.cite(format).rstrip("\r\n") + "\n")
    return 0


def whatis(*files: Path, offline: bool = False, mirror: Mirror = ()) -> int:
    """Say from which release files came: Parquet, CSV, TSV, XLSX, SQLite, DuckDB, Stata, SPSS.

    The rows decide, not what a file says of itself. Exit code 0 if all of it is released data, 1 if
    any is not.

    Args:
        files: The files.
        offline: Ask no mirror.
        mirror: Address of a mirror; may be repeated. By default ALIGNMENT_EVENTS_MIRRORS.
    """
    from alignment_events.store.identify import identify

    if not files:
        raise AlignmentEventsError("name at least one file.")
    sound = True
    for file in files:
        for answer in identify(file, offline=offline, mirrors=mirror or None):
            print(answer)
            sound &= answer.released
    return 0 if sound else 1


def yank(dataset: str, *, reason: str, registry: Path = Path("datasets/registry.json")) -> int:
    """Mark a release as not to be used any more; it stays, and loads with a warning.

    Args:
        dataset: The release, as name@version.
        reason: Why; everybody who loads it is shown this.
        registry: The registry to be changed.
    """
    from alignment_events.registry_file import yank as mark
    from alignment_events.store.choose import split_name

    name, version = split_name(dataset)
    if version is None:
        raise AlignmentEventsError("name the version too: name@version.")
    if not registry.is_file():
        raise AlignmentEventsError(f"{registry} is not there.")
    mark(registry, name, version, reason)
    print(f"{dataset} is yanked in {registry}: {' '.join(reason.split())}")
    return 0
