"""Packs a release into one archive, the same bytes everywhere."""

import io
import stat
import zipfile
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_PLAIN_FILE = (stat.S_IFREG | 0o644) << 16


def archive_bytes(folder: Path, name: str) -> bytes:
    """The files of a folder as a zip archive with one folder `name` in it.

    Order, times, modes and system are fixed and nothing is compressed, because compressed bytes
    differ between versions of zlib; the Parquet files within are compressed anyway.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            member = zipfile.ZipInfo(f"{name}/{path.name}", _EPOCH)
            member.create_system = _UNIX
            member.external_attr = _PLAIN_FILE
            archive.writestr(member, path.read_bytes())
    return buffer.getvalue()
