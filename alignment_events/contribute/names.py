"""Which actor or person a name means, so that people need not know codes by heart."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alignment_events.check.messages import quoted

_MOST_LISTED = 10
_SHORTEST_WORD = 3
_NAMES = {"actors": ("name", "iso3"), "persons": ("name", "name_original")}
"""Columns of a registry that hold names."""


class Meant(Exception):  # noqa: N818 - a reason to ask again, never an error
    """A name was given where a key of a registry belongs; the message says which it may mean.

    Attributes:
        offer: The one key that goes by the name, or None.
    """

    def __init__(self, message: str, offer: str | None) -> None:
        self.offer = offer
        super().__init__(message)


@dataclass(frozen=True)
class Names:
    """The keys of a registry by name: whole names, and single words of those of persons."""

    keys: frozenset[str] = frozenset()
    whole: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: str, rows: Iterable[Mapping[str, Any]]) -> "Names":
        """The names in rows of `actors` or `persons`."""
        key = {"actors": "actor", "persons": "person_id"}[table]
        whole: dict[str, set[str]] = defaultdict(set)
        words: dict[str, set[str]] = defaultdict(set)
        keys = set()
        for row in rows:
            if not isinstance(row[key], str):
                continue
            keys.add(row[key])
            for name in (row[key], *(row[column] for column in _NAMES[table])):
                if not isinstance(name, str):
                    continue
                whole[_folded(name)].add(row[key])
                for word in _folded(name).split() if table == "persons" else ():
                    if len(word) >= _SHORTEST_WORD:
                        words[word].add(row[key])
        frozen = ({n: frozenset(k) for n, k in found.items()} for found in (whole, words))
        return cls(frozenset(keys), *frozen)

    def check(self, text: str) -> None:
        """Nothing, if the text is a key or no name is known to be meant.

        Raises:
            Meant: If it is a name of one or more; it is offered, never taken.
        """
        if text in self.keys:
            return
        folded = _folded(text)
        found = sorted(self.whole.get(folded, frozenset()) or self.words.get(folded, frozenset()))
        if len(found) == 1:
            message = f"{quoted(text)} is {found[0]} in the registry: Enter takes it."
            raise Meant(message, found[0])
        if found:
            listed = ", ".join(found[:_MOST_LISTED])
            more = f" and {len(found) - _MOST_LISTED} more" if len(found) > _MOST_LISTED else ""
            raise Meant(f"{quoted(text)} may be {listed}{more}.", None)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
