"""Reads a package folder: its descriptor and its Parquet tables, hashes checked first."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment_events.check.messages import finding, quoted
from alignment_events.findings import Finding
from alignment_events.model.marks import FORMAT_VERSION
from alignment_events.read.parquet import TablesRead, file_hash, read_tables
from alignment_events.spec.tables import table_specs

_MAX_DESCRIPTOR_BYTES = 5_000_000


@dataclass
class Package:
    """A package as read; nothing of its descriptor is used but names, texts and hashes."""

    folder: Path
    descriptor: dict[str, Any] = field(default_factory=dict)
    read: TablesRead = field(default_factory=TablesRead)
    findings: list[Finding] = field(default_factory=list)


def is_package(folder: Path) -> bool:
    """True if the folder holds a `datapackage.json`."""
    return (folder / "datapackage.json").is_file()


def read_package(folder: Path, *, tables: bool = True) -> Package:
    """Read a package (with `tables=False` all but its tables); what is wrong becomes findings."""
    package = Package(folder)
    path = folder / "datapackage.json"
    package.descriptor = _descriptor(path, package.findings)
    if package.findings:
        return package
    version = package.descriptor.get("format_version")
    if _major(version) != _major(FORMAT_VERSION):
        message = (
            f"The package is of format {quoted(version)}; this library reads {FORMAT_VERSION}."
        )
        hint = "Install the release of the library that reads it."
        package.findings.append(finding("AE505", message, hint=hint, file=str(path)))
        return package
    listed = _listed(package, path)
    if not package.findings:
        # All that is listed, and all that the format asks for; a list keeps the order of both.
        for name in dict.fromkeys([*listed, *(f"{table}.parquet" for table in table_specs())]):
            _check_hash(folder / name, listed, package.findings)
    if tables and not package.findings:
        package.read = read_tables(folder)
        package.findings += package.read.findings
    return package


def _descriptor(path: Path, findings: list[Finding]) -> dict[str, Any]:
    place = {"file": str(path)}
    try:
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


def _listed(package: Package, path: Path) -> dict[str, str]:
    listed = {}
    for resource in package.descriptor["resources"]:
        if isinstance(resource, dict) and isinstance(resource.get("path"), str):
            listed[resource["path"]] = str(resource.get("hash", ""))
    for name in listed:
        if "/" in name or "\\" in name or ":" in name or name.startswith("."):
            message = f"The path {quoted(name)} leads out of the package."
            package.findings.append(finding("AE505", message, file=str(path)))
    return listed


def _check_hash(path: Path, listed: dict[str, str], findings: list[Finding]) -> None:
    place = {"file": str(path)}
    if not path.is_file() or path.is_symlink():
        findings.append(finding("AE505", f"{path.name} is missing from the package.", **place))
    elif path.name not in listed:
        findings.append(
            finding("AE505", f"{path.name} is not listed in datapackage.json.", **place)
        )
    elif listed[path.name] != "sha256:" + file_hash(path):
        findings.append(finding("AE505", f"{path.name} is not the file that was listed.", **place))
