"""Every vocabulary of the format; each code carries its definition."""

from alignment_events.model.codes.base import UNKNOWN as UNKNOWN
from alignment_events.model.codes.base import Code as Code
from alignment_events.model.codes.base import Scale as Scale
from alignment_events.model.codes.kinds import *  # noqa: F403
from alignment_events.model.codes.shared import *  # noqa: F403
from alignment_events.model.codes.sources import *  # noqa: F403


def vocabularies() -> dict[str, type[Code]]:
    """Vocabulary name to its enumeration, in order of declaration."""
    found: dict[str, type[Code]] = {}

    def walk(parent: type[Code]) -> None:
        for child in parent.__subclasses__():
            if len(child):
                found[child.vocabulary()] = child
            walk(child)

    walk(Code)
    return dict(sorted(found.items()))
