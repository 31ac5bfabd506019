"""Compares a folder with the registry entry of a release: every file, and no other."""

import os
from collections.abc import Iterator
from pathlib import Path

from alignment_events.check.messages import finding
from alignment_events.findings import Finding, InvalidData, Report
from alignment_events.read.parquet import file_hash
from alignment_events.registry import Release
from alignment_events.store.places import told_by


def differences(folder: Path, release: Release, place: str) -> tuple[Finding, ...]:
    """What in a folder is not as the entry of the release says; nothing if it is that release."""
    return tuple(_differences(folder, release, place))


def _differences(folder: Path, release: Release, place: str) -> Iterator[Finding]:
    listed = {file.name: file for file in release.files}
    there = {entry.name: entry for entry in os.scandir(folder)}
    for name in sorted(there.keys() - listed.keys()):
        message = f"{name} is no part of {release.label}."
        yield finding("AE505", message, file=str(folder / name))
    for name, file in listed.items():
        path = str(folder / name)
        if name not in there:
            yield finding("AE505", f"{name} is missing from {release.label}.", file=path)
        elif not there[name].is_file(follow_symlinks=False):
            message = f"{name} is a link or a folder, and not the file of {release.label}."
            yield finding("AE505", message, file=path)
        elif (size := there[name].stat().st_size) != file.bytes:
            message = f"{name} has {size:,} bytes; {release.label} has {file.bytes:,} by {place}."
            yield finding("AE505", message, file=path)
        elif file_hash(folder / name) != file.sha256:
            message = f"{name} is not that of {release.label}: its SHA-256 is another in {place}."
            yield finding("AE505", message, file=path)


def contradictions(folder: Path, release: Release, place: str) -> tuple[Finding, ...]:
    """Where the descriptor of a package says otherwise than the registry."""
    told = told_by(folder)
    expected = {
        "name": release.dataset,
        "version": release.version,
        "content_digest": release.digest,
        "format_version": release.format_version,
    }
    return tuple(
        finding(
            "AE505",
            f"{name} is {str(told.get(name))[:80]} here, and {value} in {place}.",
            file=str(folder / "datapackage.json"),
            field=name,
        )
        for name, value in expected.items()
        if told.get(name) != value
    )


def require_intact(folder: Path, release: Release, place: str) -> None:
    """Raise `InvalidData`, naming each file, unless a folder is that release."""
    found = differences(folder, release, place) or contradictions(folder, release, place)
    if found:
        raise InvalidData(Report(findings=found))
