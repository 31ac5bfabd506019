"""What a folder is, told by its files alone: asked of every path, so nothing is imported for it."""

from pathlib import Path


def is_dataset(folder: Path) -> bool:
    """True if the folder holds a `dataset.yaml`."""
    return (folder / "dataset.yaml").is_file()
