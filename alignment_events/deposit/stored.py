"""A small file of a store, and the mark by which the store tells it from a later one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stored:
    """A small file as it was read.

    Attributes:
        data: Its bytes.
        tag: The mark of this state of it (ETag), empty if the store has none.
    """

    data: bytes
    tag: str
