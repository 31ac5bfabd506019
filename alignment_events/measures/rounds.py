"""Which round of second codings stands for a dataset."""

from collections.abc import Mapping, Sequence
from typing import Any


def decisive(rounds: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The round whose figures count: the widest of those by the newest codebook, or the later of two.

    A round of a part of the records, such as those that were added, tells of that part only.
    """
    return max(rounds, key=lambda one: (one["codebook_version"], one["n"], one["round"]))
