"""Puts the newest release of each dataset into the wheel, so that `load` works offline."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildDatasets(BuildHookInterface):  # type: ignore[type-arg]
    """Takes committed releases and their registry; builds a dataset that has none yet."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the packages together before the files of the wheel are collected."""
        if version == "editable":
            # Who works on the records needs the library most while they have errors; `make data`
            # builds for them.
            return
        root = Path(self.root)
        # Outside of the source tree: what `make data` has put there is no part of the wheel.
        self._packages = Path(tempfile.mkdtemp(prefix="alignment-events-data-"))
        sys.path.insert(0, str(root))
        try:
            from alignment_events.store.bundle import bundle

            bundle(root / "datasets", self._packages)
        finally:
            sys.path.remove(str(root))
        build_data["force_include"][str(self._packages)] = "alignment_events/_data"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Clear up."""
        if version != "editable":
            shutil.rmtree(self._packages, ignore_errors=True)
