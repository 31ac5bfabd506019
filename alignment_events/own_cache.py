"""The user's cache folder, which needs no registry to be found."""

import os
from pathlib import Path

CACHE_VARIABLE = "ALIGNMENT_EVENTS_CACHE"
"""Environment variable: where fetched releases and verdicts are kept, instead of the user's cache folder."""


def cache_folder() -> Path:
    """Where fetched releases are kept; it need not be there yet."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return Path(user_cache_path("alignment-events", appauthor=False))
