"""Record ids: opaque, with a check character that finds every slip of one character or one swap.

An id is `AE-XXXX-XXXX` in Crockford's 32 characters: seven random and a check. Ids of imported or
generated records are `AE-` and sixteen characters: fifteen from a hash and a check. With characters
x₁ … xₙ, the last of them the check, Σ αⁿ⁻ⁱ·xᵢ = 0 over GF(32), where α is a root of x⁵ + x² + 1.
The powers of α are distinct up to the 31st, so one wrong character changes the sum, and so does a
swap of any two characters that differ.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Iterable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""

ID_PATTERN = r"^AE-([0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}|[0-9A-HJKMNP-TV-Z]{16})$"
"""Form of an id, in syntax that Python, RE2, Rust and JavaScript read alike."""

_FORM = re.compile(ID_PATTERN)
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_AS_CROCKFORD_READS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_POLYNOMIAL = 0b100101


def _times_alpha(value: int) -> int:
    value <<= 1
    return value ^ _POLYNOMIAL if value & 0b100000 else value


def check_table(length: int) -> tuple[dict[str, int], ...]:
    """For each position of an id of `length` characters: character to its summand αⁿ⁻ⁱ·x."""
    table = []
    for position in range(length):
        summands = {}
        for character, value in _VALUE.items():
            product = value
            for _ in range(length - 1 - position):
                product = _times_alpha(product)
            summands[character] = product
        table.append(summands)
    return tuple(table)


_TABLES = {8: check_table(8), 16: check_table(16)}


def _sum(characters: str, length: int) -> int:
    total = 0
    for summands, character in zip(_TABLES[length], characters, strict=False):
        total ^= summands[character]
    return total


def _check_character(body: str) -> str:
    # The check stands last, with factor α⁰ = 1, so it equals the sum of the rest.
    return ALPHABET[_sum(body, len(body) + 1)]


def _written(characters: str) -> str:
    if len(characters) == 8:
        return f"AE-{characters[:4]}-{characters[4:]}"
    return f"AE-{characters}"


def is_valid_id(text: str) -> bool:
    """True if `text` is an id exactly as published: right form, right check character."""
    if not _FORM.fullmatch(text):
        return False
    characters = text[3:].replace("-", "")
    return _sum(characters, len(characters)) == 0


def read_id(text: str) -> str | None:
    """The id that `text` means when read as Crockford says, or None if it means none.

    Lower case is read as upper case, O as 0, I and L as 1; nothing else is forgiven.
    """
    upper = text.strip().upper()
    if not upper.startswith("AE-"):
        return None
    read = "AE-" + upper[3:].translate(_AS_CROCKFORD_READS)
    return read if is_valid_id(read) else None


def mint_id(issued: Collection[str], *, draw: Callable[[int], int] = secrets.randbelow) -> str:
    """A fresh random id that is not among `issued`, which holds every id ever issued.

    Args:
        issued: Current and withdrawn ids.
        draw: Returns an integer below its argument; a seeded generator makes ids repeatable.
    """
    while True:
        body = "".join(ALPHABET[draw(32)] for _ in range(7))
        minted = _written(body + _check_character(body))
        if minted not in issued:
            return minted


def hashed_id(source: str, source_id: str) -> str:
    """The id of an imported record: fifteen characters from SHA-256 of source and source id."""
    digest = hashlib.sha256(f"{source}\x1f{source_id}".encode()).digest()
    bits = int.from_bytes(digest[:10], "big") >> 5
    body = "".join(ALPHABET[(bits >> (5 * place)) & 31] for place in range(15))
    return _written(body + _check_character(body))


def near_ids(text: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Known ids that differ from `text` by one or two slips: to be suggested, never taken."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    upper = text.strip().upper()
    found = process.extract(upper, list(known), scorer=OSA.distance, score_cutoff=2, limit=most)
    return [candidate for candidate, _, _ in found]
