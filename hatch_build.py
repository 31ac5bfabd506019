"""Puts the newest built dataset into the wheel, so that `load` works offline after installation."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildDatasets(BuildHookInterface):  # type: ignore[type-arg]
    """Builds every dataset under `datasets/` into `alignment_events/_data/`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the packages before the files of the wheel are collected."""
        if version == "editable":
            # Who works on the records needs the library most while they have errors; `make data`
            # builds for them.
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from alignment_events.release.build import build

            for description in sorted((root / "datasets").glob("*/dataset.yaml")):
                folder = description.parent
                build(folder, root / "alignment_events" / "_data" / folder.name)
        finally:
            sys.path.remove(str(root))
