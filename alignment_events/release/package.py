"""Writes a package: Parquet, CSV twins and `datapackage.json`, the same bytes every time."""

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alignment_events.compile.arrow import arrow_schema
from alignment_events.compile.table_schema import table_schema
from alignment_events.findings import AlignmentEventsError
from alignment_events.model.dataset import DatasetInfo
from alignment_events.model.marks import CODEBOOK_VERSION, FORMAT_VERSION
from alignment_events.release.digest import canonical_number, dataset_digest, table_digest
from alignment_events.release.rows import Rows
from alignment_events.spec.tables import table_specs
from alignment_events.validation import validate_package

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE_PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"
_ROW_GROUP = 131_072


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
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        _write(tables, info, beside)
        # What is published must load for a stranger, whatever the records passed on the way here.
        validate_package(beside).raise_if_failed()
        os.chmod(beside, 0o755)
        _swap(beside, out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return out


def _replaceable(out: Path) -> bool:
    descriptor = out / "datapackage.json"
    return out.is_dir() and (not any(out.iterdir()) or _is_ours(descriptor))


def _is_ours(descriptor: Path) -> bool:
    try:
        return "format_version" in json.loads(descriptor.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False


def _swap(new: Path, out: Path) -> None:
    if not out.exists():
        os.replace(new, out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    try:
        os.replace(out, old)
        try:
            os.replace(new, out)
        except BaseException:
            os.replace(old, out)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _write(tables: Mapping[str, Rows], info: DatasetInfo, folder: Path) -> None:
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
        csv_file.write_bytes(_csv_bytes(name, rows))
        parquet_file = folder / f"{name}.parquet"
        _write_parquet(name, rows, parquet_file, {**stamp, "table_digest": digests[name]})
        resources.append(_csv_resource(name, csv_file, digests[name]))
        resources.append(_parquet_resource(name, parquet_file))
    descriptor = _descriptor(info, resources, digest)
    text = json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n"
    (folder / "datapackage.json").write_text(text, encoding="utf-8", newline="\n")


def _csv_bytes(name: str, rows: Rows) -> bytes:
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


def _write_parquet(name: str, rows: Rows, path: Path, stamp: Mapping[str, str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow_schema(name)
    metadata = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
    metadata.update({f"alignment_events.{key}": value for key, value in stamp.items()})
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


def _descriptor(info: DatasetInfo, resources: list[dict[str, Any]], digest: str) -> dict[str, Any]:
    descriptor: dict[str, Any] = {
        "$schema": PROFILE,
        "name": info.name,
        "title": info.title,
        "description": info.description,
        "version": info.version,
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
    if info.doi:
        descriptor["id"] = f"https://doi.org/{info.doi}"
    return descriptor
