"""What a folder is and holds, told by its files alone: asked of every path, so nothing large is imported for it."""

import os
from collections.abc import Iterator
from pathlib import Path


def is_dataset(folder: Path) -> bool:
    """True if the folder holds a `dataset.yaml`."""
    return (folder / "dataset.yaml").is_file()


def files_below(folder: Path) -> Iterator[Path]:
    """The files in a folder and those below it, but what is hidden; links to folders stand for themselves."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        linked = [name for name in folders if Path(place, name).is_symlink()]
        for name in (*names, *linked):
            if not name.startswith("."):
                yield Path(place, name)
