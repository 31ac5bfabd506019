"""Keeps out of a process what others would import for ends of their own.

Pandera imports pandas and PySpark wherever they are installed, which takes it from a tenth of a second
to a second or three; this library hands it polars frames only. It is no use in processes that belong to
others, who may want all of Pandera.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType


class _Absent(MetaPathFinder):
    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        """Nothing, so that others look for it; an error if it is to be absent."""
        if name.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def keep_out(*names: str) -> None:
    """Let some packages be as if they were not installed, for the rest of the process."""
    sys.meta_path.insert(0, _Absent(names))
