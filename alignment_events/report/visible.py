"""Text as it may be shown: what is invisible, steers a terminal or turns text around is named."""

import unicodedata


def visible(text: str) -> str:
    """The text on one line, each character that does not show itself written as `<U+202E>`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _named(c) for c in text)


def _named(character: str) -> str:
    if character == "\t":
        return "    "
    # Spaces of other widths are not printable for Python, and stand in most Chinese texts.
    if unicodedata.category(character) == "Zs":
        return " "
    return f"<U+{ord(character):04X}>"


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(c) for c in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
