"""CSV, Parquet and JSON Lines: what the release holds, written anew."""

import datetime as dt
import json
from pathlib import Path

from alignment_events.export.contents import Contents
from alignment_events.release.package import csv_bytes, write_parquet

_BYTE_ORDER_MARK = "\ufeff".encode()


def write_csv(contents: Contents, folder: Path, *, excel: bool = False) -> None:
    """One CSV a table, the bytes of the package; `excel` puts a byte order mark before them."""
    for done, name in enumerate(contents.names, 1):
        data = csv_bytes(name, contents.rows(name))
        (folder / f"{name}.csv").write_bytes(_BYTE_ORDER_MARK + data if excel else data)
        contents.done(done)


def write_parquet_files(contents: Contents, folder: Path) -> None:
    """One Parquet a table; of a whole release, the bytes of the package."""
    told = ("dataset", "version", "format_version", "codebook_version", "digest", "licence")
    stamp = {name: contents.facts[name] for name in told}
    # As the package has it; with the algorithm before it in everything made for people.
    stamp["digest"] = stamp["digest"].removeprefix("sha256:")
    if contents.dataset.is_selection:
        stamp["extent"] = contents.extent
    for done, name in enumerate(contents.names, 1):
        digest = contents.digests[name].removeprefix("sha256:")
        path = folder / f"{name}.parquet"
        write_parquet(name, contents.rows(name), path, {**stamp, "table_digest": digest})
        contents.done(done)


def write_jsonl(contents: Contents, path: Path) -> None:
    """One nested record a line, as it would be contributed: derived columns are left out."""
    from alignment_events.selection import nested_rows

    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for record in nested_rows(contents.dataset.tables):
            stream.write(json.dumps(record, ensure_ascii=False, default=_day) + "\n")
    contents.done(len(contents.names))


def _day(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"no JSON for {value!r}")
