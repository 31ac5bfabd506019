"""What a record file begins with, besides the record."""

import os
from pathlib import Path

SCHEMA = Path("schema", "contribution", "record.schema.json")


def schema_line(path: Path) -> str | None:
    """The first line of a record file, by which editors know its fields and codes.

    The path in it is relative, so that it holds wherever the repository is cloned to.

    Args:
        path: The record file, which need not exist yet.

    Returns:
        The line without a line feed, or None if no folder above the file holds `schema/`.
    """
    folder = Path(os.path.abspath(path)).parent
    for above in (folder, *folder.parents):
        if (above / SCHEMA).is_file():
            to = Path(os.path.relpath(above / SCHEMA, folder)).as_posix()
            return f"# yaml-language-server: $schema={to}"
    return None
