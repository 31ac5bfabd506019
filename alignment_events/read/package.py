"""Reads a package folder: its descriptor, and its files with their hashes."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.check.messages import finding, quoted
from alignment_events.findings import Finding
from alignment_events.model.forms import VERSION
from alignment_events.model.marks import FORMAT_VERSION
from alignment_events.read.parquet import file_hash, footer_of, stamp_in
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    import pyarrow.parquet as pq

DESCRIPTOR = "datapackage.json"
CHECKSUMS = "checksums.txt"
RELEASES = "releases"
"""Folder of a dataset whose sub-folders are its releases, each named after its version."""

_MAX_DESCRIPTOR_BYTES = 5_000_000
_CHECKSUM_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]{0,199})")


@dataclass
class Package:
    """A package as read; nothing of its descriptor is used but names, texts and hashes.

    Attributes:
        folder: The folder.
        descriptor: What `datapackage.json` says.
        listed: File name to the hash that the descriptor gives, empty for the list of checksums.
        footers: Those of the tables, by name, as far as they were read.
        findings: What is wrong with files and descriptor.
    """

    folder: Path
    descriptor: dict[str, Any] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)
    footers: "dict[str, pq.FileMetaData]" = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def is_package(folder: Path) -> bool:
    """True if the folder holds a `datapackage.json`."""
    return (folder / DESCRIPTOR).is_file()


def read_package(folder: Path) -> Package:
    """Read a package, but for its tables; what is wrong with files and descriptor becomes findings."""
    package = read_listing(folder)
    if not package.findings:
        package.findings += check_files(package)
    if not package.findings:
        package.findings += check_stamps(package)
    return package


def read_listing(folder: Path, *, any_format: bool = False) -> Package:
    """The descriptor of a package and the files that it lists; nothing else is looked at.

    Args:
        folder: The package.
        any_format: True to take formats that this library does not read, for comparison only.
    """
    package = Package(folder)
    path = folder / DESCRIPTOR
    package.descriptor = _descriptor(path, package.findings)
    if package.findings:
        return package
    version = package.descriptor.get("format_version")
    if not any_format and _major(version) != _major(FORMAT_VERSION):
        message = (
            f"The package is of format {quoted(version)}; this library reads {FORMAT_VERSION}."
        )
        hint = "Install the release of the library that reads it."
        package.findings.append(finding("AE505", message, hint=hint, file=str(path)))
        return package
    package.findings += _list_files(package, path)
    package.findings += _check_place(package, path)
    return package


def check_files(package: Package) -> Iterator[Finding]:
    """What is missing, changed or too many among the files of a package."""
    wanted = [*package.listed, *(f"{table}.parquet" for table in table_specs())]
    # All that is listed, and all that the format asks for; a list keeps the order of both.
    hashes: dict[str, str] = {}
    for name in dict.fromkeys(wanted):
        yield from _check_file(package.folder / name, package.listed, hashes)
    for path in sorted(package.folder.iterdir()):
        if path.name not in package.listed and path.name not in (DESCRIPTOR, *wanted):
            message = f"{path.name} is no file of the package: {DESCRIPTOR} does not list it."
            yield finding("AE505", message, hint="Take it out of the folder.", file=str(path))
    if CHECKSUMS in package.listed:
        yield from _check_checksums(package.folder, hashes)


def check_stamps(package: Package, *, needed: bool = False) -> Iterator[Finding]:
    """Parquet files that say of themselves that they belong to another release.

    Args:
        package: The package, its listing read.
        needed: True if a file that says nothing is a fault too.
    """
    told = package.descriptor
    digests = {
        resource.get("name"): resource.get("content_digest")
        for resource in told["resources"]
        if isinstance(resource, dict)
    }
    for table in table_specs():
        path = package.folder / f"{table}.parquet"
        footer = footer_of(path)
        if footer is None:  # reading the table will say why
            continue
        package.footers[table] = footer
        stamp = stamp_in(footer)
        expected = {
            "dataset": told.get("name"),
            "version": told.get("version"),
            "format_version": told.get("format_version"),
            "digest": _bare(told.get("content_digest")),
            "table_digest": _bare(digests.get(table)),
        }
        for key, value in expected.items():
            if key in stamp and stamp[key] != value:
                message = (
                    f"{path.name} says that its {key.replace('_', ' ')} is {quoted(stamp[key])}; "
                    f"{DESCRIPTOR} says {quoted(value)}."
                )
                yield finding("AE505", message, file=str(path))
        if needed and not expected.keys() <= stamp.keys():
            message = f"{path.name} does not say of which release it is."
            yield finding("AE505", message, file=str(path))


def checksums_text(hashes: Mapping[str, str]) -> str:
    """The text of the list of checksums, as `sha256sum --check` reads it."""
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))


def _descriptor(path: Path, findings: list[Finding]) -> dict[str, Any]:
    place = {"file": str(path)}
    try:
        if path.is_symlink():
            findings.append(finding("AE505", "The descriptor is a link, not a file.", **place))
            return {}
        if path.stat().st_size > _MAX_DESCRIPTOR_BYTES:
            findings.append(finding("AE003", "The descriptor is too large.", **place))
            return {}
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        findings.append(finding("AE001", f"It cannot be opened: {error.strerror}.", **place))
        return {}
    except (ValueError, RecursionError):
        findings.append(finding("AE505", "The descriptor is not JSON.", **place))
        return {}
    if not isinstance(loaded, dict) or not isinstance(loaded.get("resources"), list):
        findings.append(finding("AE505", "The descriptor lists no resources.", **place))
        return {}
    return loaded


def _major(version: Any) -> str:
    """The part of a version that must agree: the first number, and while that is 0 the second."""
    found = re.match(r"(0\.\d+|\d+)", version) if isinstance(version, str) else None
    return found.group() if found else ""


def _bare(digest: Any) -> str:
    return str(digest or "").removeprefix("sha256:")


def _list_files(package: Package, path: Path) -> Iterator[Finding]:
    place = {"file": str(path)}
    for number, resource in enumerate(package.descriptor["resources"], 1):
        name = resource.get("path") if isinstance(resource, dict) else None
        if not isinstance(name, str):
            yield finding("AE505", f"Resource {number} does not name one file.", **place)
            continue
        if "/" in name or "\\" in name or ":" in name or name.startswith(".") or not name:
            yield finding("AE505", f"The path {quoted(name)} leads out of the package.", **place)
        elif name in package.listed or name == DESCRIPTOR:
            yield finding("AE505", f"The file {quoted(name)} is listed twice.", **place)
        package.listed[name] = str(resource.get("hash", ""))


def _check_place(package: Package, path: Path) -> Iterator[Finding]:
    """Each folder among the releases is named after the version that lies in it."""
    folder = package.folder.absolute()
    if folder.parent.name != RELEASES or not VERSION.compiled.fullmatch(folder.name):
        return
    told = package.descriptor.get("version")
    if told != folder.name:
        message = f"version is {quoted(told)}, and the folder is that of {folder.name}."
        yield finding("AE505", message, file=str(path))


def _check_file(path: Path, listed: Mapping[str, str], hashes: dict[str, str]) -> Iterator[Finding]:
    """Compare a file with what is listed, and note its hash."""
    place = {"file": str(path)}
    if path.is_symlink():
        yield finding("AE505", f"{path.name} is a link, not a file of the package.", **place)
    elif not path.is_file():
        yield finding("AE505", f"{path.name} is missing from the package.", **place)
    elif path.name not in listed:
        yield finding("AE505", f"{path.name} is not listed in {DESCRIPTOR}.", **place)
    # The list of checksums holds the hash of the descriptor, which so cannot hold that of the list.
    elif path.name != CHECKSUMS:
        hashes[path.name] = file_hash(path)
        if listed[path.name] != "sha256:" + hashes[path.name]:
            yield finding("AE505", f"{path.name} is not the file that was listed.", **place)


def _check_checksums(folder: Path, hashes: Mapping[str, str]) -> Iterator[Finding]:
    """Every file but the list itself stands in it, once, in order, with the hash that it has."""
    path = folder / CHECKSUMS
    place = {"file": str(path)}
    if path.is_symlink() or not path.is_file():
        return  # reported already
    if path.stat().st_size > _MAX_DESCRIPTOR_BYTES:
        yield finding("AE003", "The list of checksums is too large.", **place)
        return
    stated: dict[str, str] = {}
    text = path.read_bytes().decode("utf-8", "replace")
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if not (found := _CHECKSUM_LINE.fullmatch(line)):
            message = f"{CHECKSUMS}: this is no line of checksum, two spaces and file name."
            yield finding("AE505", message, line=number, column=1, **place)
            return
        stated[found[2]] = found[1]
    there = {
        other.name: hashes.get(other.name) or file_hash(other)
        for other in folder.iterdir()
        if other.is_file() and not other.is_symlink() and other != path
    }
    for name in sorted(stated.keys() | there.keys()):
        if name not in there:
            yield finding("AE505", f"{name}, which {CHECKSUMS} lists, is missing.", **place)
        elif name not in stated:
            yield finding("AE505", f"{CHECKSUMS} does not list {name}.", **place)
        elif stated[name] != there[name]:
            message = f"{name} is not the file that {CHECKSUMS} lists."
            yield finding("AE505", message, file=str(folder / name))
    if stated == there and text != checksums_text(there):
        message = f"{CHECKSUMS} is not written as this library writes it."
        yield finding("AE505", message, **place)
