"""Writes a package: Parquet, CSV twins and `datapackage.json`, the same bytes every time."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_events.compile.arrow import arrow_schema
from alignment_events.compile.table_schema import table_schema
from alignment_events.findings import AlignmentEventsError
from alignment_events.model.dataset import DatasetInfo
from alignment_events.model.marks import CODEBOOK_VERSION, FORMAT_VERSION
from alignment_events.read.package import CHECKSUMS, DESCRIPTOR
from alignment_events.read.parquet import STAMP
from alignment_events.release.digest import canonical_number, dataset_digest, table_digest
from alignment_events.release.places import beside, open_to_all, place
from alignment_events.release.rows import Rows
from alignment_events.spec.tables import table_specs
from alignment_events.validation import validate_package

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE_PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"
_ROW_GROUP = 131_072


@dataclass(frozen=True)
class Written:
    """The tables of a package as written.

    Attributes:
        resources: What the descriptor says of each file.
        digests: Table name to its content digest.
        digest: Content digest of the dataset.
    """

    resources: list[dict[str, Any]]
    digests: dict[str, str]
    digest: str


def write_package(tables: Mapping[str, Rows], info: DatasetInfo, out: Path) -> Path:
    """Write a package folder, whole or not at all.

    Args:
        tables: Table name to sorted rows.
        info: Description of the dataset.
        out: The folder; an earlier package there is replaced, anything else is refused.

    Returns:
        The folder.
    """
    out = out.resolve()  # so that it has a name and a folder, even if it is given as "."
    if out.exists() and not _replaceable(out):
        raise AlignmentEventsError(f"{out} exists and is no package of this format: not replaced.")
    with beside(out) as fresh:
        written = write_tables(tables, info, fresh)
        write_descriptor(info, written, fresh)
        # What is published must load for a stranger, whatever the records passed on the way here.
        validate_package(fresh).raise_if_failed()
        open_to_all(fresh)
        place(fresh, out)
    return out


def _replaceable(out: Path) -> bool:
    descriptor = out / DESCRIPTOR
    return out.is_dir() and (not any(out.iterdir()) or _is_ours(descriptor))


def _is_ours(descriptor: Path) -> bool:
    try:
        return "format_version" in json.loads(descriptor.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False


def write_tables(tables: Mapping[str, Rows], info: DatasetInfo, folder: Path) -> Written:
    """Write every table as Parquet and as its CSV twin."""
    digests = {name: table_digest(name, rows) for name, rows in tables.items()}
    digest = dataset_digest(digests)
    stamp = {
        "dataset": info.name,
        "version": info.version,
        "format_version": FORMAT_VERSION,
        "codebook_version": CODEBOOK_VERSION,
        "digest": digest,
        "licence": info.licence,
    }
    resources = []
    for name, rows in tables.items():
        csv_file = folder / f"{name}.csv"
        csv_file.write_bytes(csv_bytes(name, rows))
        parquet_file = folder / f"{name}.parquet"
        write_parquet(name, rows, parquet_file, {**stamp, "table_digest": digests[name]})
        resources.append(_csv_resource(name, csv_file, digests[name]))
        resources.append(_parquet_resource(name, parquet_file))
    return Written(resources, digests, digest)


def write_descriptor(
    info: DatasetInfo,
    written: Written,
    folder: Path,
    *,
    documents: Mapping[str, str] | None = None,
    made: Mapping[str, str] | None = None,
) -> None:
    """Write `datapackage.json`.

    Args:
        info: Description of the dataset.
        written: The tables as they were written into the folder.
        folder: The folder.
        documents: Name to title of the other files that lie there.
        made: What else the descriptor says of the release, such as `created`.
    """
    others = [_document(folder / name, title) for name, title in (documents or {}).items()]
    descriptor = _descriptor(info, [*written.resources, *others], written.digest, made or {})
    write_text(folder / DESCRIPTOR, json_text(descriptor))


def json_text(content: Any) -> str:
    """JSON as all files of a package are written in it."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write a text with the line ends of a package, whatever the system or the source has."""
    path.write_text(text.replace("\r\n", "\n"), encoding="utf-8", newline="\n")


def csv_bytes(name: str, rows: Rows) -> bytes:
    """A table as the CSV of a package."""
    spec = table_specs()[name]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(spec.names)
    writer.writerows([_csv_cell(row[column]) for column in spec.names] for row in rows)
    return buffer.getvalue().encode("utf-8")


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return canonical_number(value)
    return str(value)


def write_parquet(name: str, rows: Rows, path: Path, stamp: Mapping[str, str]) -> None:
    """Write a table as the Parquet of a package, with a stamp that says where it comes from."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow_schema(name)
    metadata = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
    metadata.update({f"{STAMP}{key}": value for key, value in stamp.items()})
    schema = schema.with_metadata(dict(sorted(metadata.items())))
    pq.write_table(
        pa.Table.from_pylist(rows, schema=schema),
        path,
        version="2.6",
        compression="zstd",
        compression_level=9,
        row_group_size=_ROW_GROUP,
        data_page_version="1.0",
        use_dictionary=True,
        write_statistics=True,
        write_page_checksum=True,
    )


def _file_facts(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"hash": "sha256:" + hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def _csv_resource(name: str, path: Path, digest: str) -> dict[str, Any]:
    return {
        "$schema": RESOURCE_PROFILE,
        "name": name,
        "path": path.name,
        "title": table_specs()[name].doc,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **_file_facts(path),
        "content_digest": "sha256:" + digest,
        "schema": table_schema(name),
    }


def _parquet_resource(name: str, path: Path) -> dict[str, Any]:
    # Without type and schema: readers of the descriptor check the CSV twin, and would trip over
    # empty integers in Parquet; the content digest proves that both hold the same rows.
    return {
        "$schema": RESOURCE_PROFILE,
        "name": f"{name}-parquet",
        "path": path.name,
        "title": f"{table_specs()[name].doc} (Parquet)",
        "format": "octet-stream",
        "mediatype": "application/vnd.apache.parquet",
        **_file_facts(path),
    }


_MEDIA_TYPES = {
    ".cff": "text/yaml",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".txt": "text/plain",
}


def _document(path: Path, title: str) -> dict[str, Any]:
    resource = {
        "$schema": RESOURCE_PROFILE,
        "name": re.sub(r"[^a-z0-9]+", "-", path.name.lower()),
        "path": path.name,
        "title": title,
        "format": "octet-stream",  # so that no reader takes it for a table
        "mediatype": _MEDIA_TYPES[path.suffix],
    }
    # The list of checksums is written last, because it holds the checksum of the descriptor.
    return resource if path.name == CHECKSUMS else resource | _file_facts(path)


def _descriptor(
    info: DatasetInfo, resources: list[dict[str, Any]], digest: str, made: Mapping[str, str]
) -> dict[str, Any]:
    descriptor: dict[str, Any] = {
        "$schema": PROFILE,
        "name": info.name,
        "title": info.title,
        "description": info.description,
        "version": info.version,
        **made,
        "format_version": FORMAT_VERSION,
        "codebook_version": CODEBOOK_VERSION,
        "content_digest": "sha256:" + digest,
        "cutoff": info.cutoff.isoformat(),
        "principals": list(info.scope.principals),
        "scope": info.scope.statement,
        "keywords": list(info.keywords),
        "licenses": [{"name": info.licence}],
        "contributors": [{"title": c.title, "roles": [c.role]} for c in info.contributors],
        "resources": resources,
    }
    if info.homepage:
        descriptor["homepage"] = info.homepage
    if info.publisher:
        descriptor["publisher"] = info.publisher
    if info.doi:
        descriptor["id"] = f"https://doi.org/{info.doi}"
    return descriptor
