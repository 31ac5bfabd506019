"""Draws the sample of cards that a second coder gets: by seed, so that anyone can draw it again."""

import random
from collections.abc import Iterable, Mapping
from typing import Any


def draw_sample(
    cards: Iterable[Mapping[str, Any]], per_kind: int, seed: int, always: Iterable[str] = ()
) -> list[str]:
    """The keys of the cards to be coded again, sorted.

    The same cards, number and seed give the same sample, in whatever order the cards come: keys are
    sorted before anything is drawn, and kinds are drawn from in alphabetical order.

    Args:
        cards: Evidence cards; `key` names the card, `kind` is the kind first guessed.
        per_kind: Cards to draw of each kind; all of a kind that has no more.
        seed: Seed of `random.Random`.
        always: Keys that are in the sample whatever is drawn, as every gap is.

    Raises:
        ValueError: If a key stands twice, or one of `always` is no card.
    """
    kinds: dict[str, str] = {}
    for card in cards:
        key = str(card["key"])
        if key in kinds:
            raise ValueError(f"the card {key} is there twice.")
        kinds[key] = str(card["kind"])
    chosen = set(always)
    if unknown := sorted(chosen - kinds.keys()):
        raise ValueError(f"there is no card {unknown[0]}.")
    draw = random.Random(seed)
    for kind in sorted(set(kinds.values())):
        keys = sorted(key for key, its in kinds.items() if its == kind)
        chosen.update(draw.sample(keys, min(per_kind, len(keys))))
    return sorted(chosen)
