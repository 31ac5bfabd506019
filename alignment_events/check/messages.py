"""The words of findings about single values, the same for every kind of input."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from alignment_events.findings import Finding
from alignment_events.model.rules import CATALOGUE

_LONGEST_VALUE = 80

MAX_EACH = 50
"""Columns of one header with the same fault that have a finding each: the rest has one together."""
_NAMED = 3
_COMMON = 1_000
"""Codes or ids of which one may be meant, as many as are kept in memory."""


def finding(code: str, message: str, *, hint: str | None = None, **place: Any) -> Finding:
    """A finding with the level of its code, and the general hint if there is none of its own."""
    entry = CATALOGUE[code]
    return Finding(code, entry.level, message, entry.hint if hint is None else hint, **place)


def shown(value: Any) -> str | None:
    """A value as the report shows it: one line, shortened, no control characters."""
    if value is None:
        return None
    text = str(value)[: _LONGEST_VALUE + 1]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "�" for c in text)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def unknown_code(value: Any, vocabulary: str, codes: Iterable[str]) -> tuple[str, str]:
    """Message and hint for a value that is no code of its vocabulary."""
    known = list(codes)
    message = f"{quoted(value)} is not a code of {vocabulary}."
    return message, suggestion(value, known) or f"The codes are: {', '.join(known)}."


def unknown_field(name: Any, where: str, fields: Iterable[str]) -> tuple[str, str]:
    """Message and hint for a field that the format does not know there."""
    known = list(fields)
    hint = suggestion(name, known) or f"The fields are: {', '.join(known)}."
    return f"{quoted(name)} is not a field of {where}.", hint


def unknown_columns(
    names: Sequence[str], where: str, fields: Iterable[str]
) -> Iterator[tuple[int, str, str | None]]:
    """What is to be said of the columns of a header that the format does not know there.

    Yields:
        Which of the names, message and hint; the last may speak of all others, without a hint.
    """
    known = list(fields)
    return _each(names, f"no fields of {where}", lambda name: unknown_field(name, where, known))


def repeated_columns(names: Sequence[str]) -> Iterator[tuple[int, str, str | None]]:
    """What is to be said of the columns of a header that stand there again, likewise."""
    return _each(
        names, "there already", lambda name: (f"The column {quoted(name)} stands twice.", None)
    )


def _each(
    names: Sequence[str], what: str, said: Callable[[str], tuple[str, str | None]]
) -> Iterator[tuple[int, str, str | None]]:
    for number, name in enumerate(names[:MAX_EACH]):
        yield number, *said(name)
    if rest := names[MAX_EACH:]:
        named = ", ".join(map(quoted, rest[:_NAMED]))
        more = f" and {len(rest) - _NAMED:,} more" if len(rest) > _NAMED else ""
        yield MAX_EACH, f"These columns too are {what}: {named}{more}.", None


def no_such(value: Any, what: str, known: Iterable[str]) -> tuple[str, str | None]:
    """Message and hint for a reference that leads nowhere."""
    return f"There is no {what} {quoted(value)}.", suggestion(value, known)


def quoted(value: Any) -> str:
    """The value in quotation marks, shortened."""
    return f"“{shown(value)}”"


def suggestion(value: Any, known: Iterable[str]) -> str | None:
    """The question “Did you mean …?” for a near miss, or None; suggested, never taken.

    Args:
        value: What was written.
        known: What may be meant, which may be prepared for many questions.
    """
    from rapidfuzz import fuzz, process

    if not isinstance(value, str) or not value or len(value) > 200:
        return None
    folded = value.strip().lower().replace("-", "_").replace(" ", "_")
    if not isinstance(known, Compared):
        candidates = tuple(known)
        known = _compared(candidates) if len(candidates) <= _COMMON else Compared.of(candidates)
    best = process.extractOne(folded, known, scorer=fuzz.ratio, score_cutoff=75)
    return None if best is None else f"Did you mean {best[2]}?"


class Compared(dict[str, str]):
    """What may be meant, each with the text that a value is compared with."""

    @classmethod
    def of(cls, candidates: Iterable[str]) -> "Compared":
        """Prepare what may be meant."""
        return cls({one: one.lower().replace("-", "_") for one in candidates})


@lru_cache(64)
def _compared(candidates: tuple[str, ...]) -> Compared:
    # The codes of a vocabulary are asked for often.
    return Compared.of(candidates)
