"""Writes the figures into the README of a dataset folder."""

import tempfile
from pathlib import Path

from alignment_events.findings import NotFound
from alignment_events.loading import load
from alignment_events.release.build import build
from alignment_events.report.card import card_with_figures


def card_text(folder: Path) -> str:
    """The card of a dataset folder with its figures computed anew from the records.

    Raises:
        NotFound: If the folder has no README.md.
        InvalidData: If the dataset has an error.
    """
    path = folder / "README.md"
    if not path.is_file():
        raise NotFound(f"There is no card {path}.")
    with tempfile.TemporaryDirectory() as beside:
        package = Path(beside) / folder.resolve().name
        build(folder, package)
        dataset = load(package)
    return card_with_figures(path.read_text(encoding="utf-8"), dataset, folder)


def write_card(folder: Path) -> Path:
    """Bring the card up to date, whole or not at all, and return its path."""
    path = folder / "README.md"
    fresh = path.with_suffix(".md.new")
    try:
        fresh.write_text(card_text(folder), encoding="utf-8", newline="\n")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return path
