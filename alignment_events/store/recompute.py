"""Computes content digests again, from the rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.check.messages import finding
from alignment_events.findings import InvalidData, Report
from alignment_events.registry import Release
from alignment_events.release.digest import dataset_digest, table_digest

if TYPE_CHECKING:
    from alignment_events.dataset import Dataset


def require_digests(
    dataset: "Dataset", told: Mapping[str, Any], folder: Path, release: Release | None
) -> None:
    """Raise `InvalidData` unless the rows have the content digests that package and registry say."""
    digests = {name: table_digest(name, t.to_pylist()) for name, t in dataset.tables.items()}
    listed = {
        resource["name"]: resource.get("content_digest")
        for resource in told["resources"]
        if isinstance(resource, dict) and resource.get("name") in digests
    }
    found = []
    for name, digest in digests.items():
        for place, value in (
            ("datapackage.json", listed.get(name)),
            ("the registry", release.tables.get(name) if release else f"sha256:{digest}"),
        ):
            if value != f"sha256:{digest}":
                message = f"The rows of {name} are not those whose content digest {place} gives."
                path = str(folder / f"{name}.parquet")
                found.append(finding("AE505", message, file=path, table=name))
    whole = f"sha256:{dataset_digest(digests)}"
    if whole != dataset.digest or (release and release.digest != whole):
        message = "The content digest of the dataset is not that of its tables."
        found.append(finding("AE505", message, file=str(folder / "datapackage.json")))
    if found:
        raise InvalidData(Report(findings=tuple(found)))
