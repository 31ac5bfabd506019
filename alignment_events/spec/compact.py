"""Several items in one cell of a spreadsheet: `RUS:signatory:L6; PRK:signatory`.

Items are divided by `;` or a line break, the words of an item by `:` or space. A word goes to the
field that it can only belong to (a code to the field of its vocabulary, a day to a date, capitals
to an actor); one that fits none goes to the first field still empty. `name=word` says which field,
and double quotes hold a text together: `office="Minister of Defence"`, `""` for a quote within.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from alignment_events.model.dates import DAY_PATTERN, PARTIAL_DATE_PATTERN
from alignment_events.model.ids import ID_PATTERN
from alignment_events.spec.cells import allowed_codes
from alignment_events.spec.ir import FieldSpec, PartSpec

_WORD = re.compile(r'(?:([a-z_]+)=)?(?:"((?:[^"]|"")*)"|([^\s:;"]+))')
_BARE = re.compile(r'[^\s:;"=]+')
_FREE_FORMS = ("text", "person")
_PATTERNS = {"id": ID_PATTERN, "day": DAY_PATTERN, "partial_date": PARTIAL_DATE_PATTERN}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the notation in a cell.

    Attributes:
        code: Code of the finding.
        item: Number of the item, from 0.
        message: What is wrong.
    """

    code: str
    item: int
    message: str


Word = tuple[str | None, str]
"""Field that a word names, if it does, and its text."""


def is_flat(part: PartSpec) -> bool:
    """True if the fields of a part are single values, so that it can be one item of a cell."""
    return all(spec.part is None and spec.items is None for spec in part.fields)


def read_codes(text: str) -> list[str]:
    """The codes in a cell."""
    return [code for code in (piece.strip() for piece in re.split(r"[;\n]", text)) if code]


def write_codes(codes: Sequence[Any]) -> str:
    """The cell that holds these codes."""
    return "; ".join(map(cell_text, codes))


def read_parts(text: str, part: PartSpec) -> tuple[list[Any], list[Fault]]:
    """The items in a cell, each a mapping of fields, and what is wrong with their notation.

    Words that fit nothing are kept, for the checks of the record to judge.
    """
    items: list[Any] = []
    faults: list[Fault] = []
    for words, closed in _split(text):
        if not closed:
            message = "A quotation mark is opened and never closed."
            faults.append(Fault("AE107", len(items), message))
        item: dict[str, str] = {}
        for name, word in words:
            field = name or _home(word, part, item)
            if field in item:
                message = f"The item gives {field} twice: {item[field]} and {word}."
                faults.append(Fault("AE006", len(items), message))
            elif field is None:
                message = f"The item has a word too many: {word}."
                faults.append(Fault("AE107", len(items), message))
            else:
                item[field] = word
        items.append(_as_written(item, part))
    return items, faults


def write_parts(items: Sequence[Any], part: PartSpec) -> str:
    """The cell that holds these items; `read_parts` reads it back as they are."""
    return "; ".join(_write_item(item, part) for item in items)


def needs_quotes(items: Sequence[Any]) -> bool:
    """True if a cell could hold the items only with quotation marks, and so is hard to read."""
    values = (
        v for item in items for v in (item.values() if isinstance(item, Mapping) else (item,))
    )
    return not all(v is None or _BARE.fullmatch(cell_text(v)) for v in values)


def cell_text(value: Any) -> str:
    """A value as text, as a cell or a YAML file holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _split(text: str) -> list[tuple[list[Word], bool]]:
    """The words of each item, and whether its quotation marks are closed; empty items left out."""
    items: list[tuple[list[Word], bool]] = []
    words: list[Word] = []
    at = 0
    while at < len(text):
        if text[at] in ";\n":
            items.append((words, True))
            words, at = [], at + 1
        elif (found := _WORD.match(text, at)) is not None:
            name, quoted, bare = found.groups()
            words.append((name, bare if quoted is None else quoted.replace('""', '"')))
            at = found.end()
        elif text[at] == '"':
            words.append((None, text[at + 1 :]))
            items.append((words, False))
            return items
        else:  # a colon or a space
            at += 1
    items.append((words, True))
    return [item for item in items if item[0]]


def _home(word: str, part: PartSpec, item: Mapping[str, str]) -> str | None:
    """The field that a word without a name goes to."""
    empty = [spec for spec in part.fields if spec.name not in item]
    for fits in (_is_its_code, _has_its_form):
        for spec in empty:
            if fits(spec, word):
                return spec.name
    return empty[0].name if empty else None


def _is_its_code(spec: FieldSpec, word: str) -> bool:
    return spec.vocabulary is not None and word in allowed_codes(spec.vocabulary)


def _has_its_form(spec: FieldSpec, word: str) -> bool:
    if spec.form is not None:
        return spec.form.name not in _FREE_FORMS and bool(spec.form.compiled.fullmatch(word))
    pattern = _PATTERNS.get(spec.type)
    return pattern is not None and re.fullmatch(pattern, word) is not None


def _as_written(item: dict[str, str], part: PartSpec) -> Any:
    # What a source supports is written as a path alone if there are no words of it.
    if part.name == "Citation" and item.keys() == {"field"}:
        return item["field"]
    return item


def _write_item(item: Any, part: PartSpec) -> str:
    given = item if isinstance(item, Mapping) else {part.fields[0].name: item}
    texts = {name: cell_text(value) for name, value in given.items() if value is not None}
    texts = {spec.name: texts[spec.name] for spec in part.fields if spec.name in texts}
    specs = {spec.name: spec for spec in part.fields}
    # Codes first, then days, then words that need a name or quotation marks.
    texts = dict(sorted(texts.items(), key=lambda pair: _rank(specs[pair[0]], pair[1])))
    plain = [name for name, text in texts.items() if _BARE.fullmatch(text)]
    words: list[str] = []
    so_far: dict[str, str] = {}
    for name, text in texts.items():
        word = text if name in plain else '"' + text.replace('"', '""') + '"'
        words.append(word if _home(text, part, so_far) == name else f"{name}={word}")
        so_far[name] = text
    # Days read better apart from what they are the days of.
    by_space = any(spec.type == "partial_date" for spec in part.fields)
    found = ""
    for word in words:
        apart = by_space or '"' in word or "=" in word or "=" in found
        found += (" " if apart else ":") * bool(found) + word
    return found


def _rank(spec: FieldSpec, text: str) -> int:
    free = spec.form is not None and spec.form.name in _FREE_FORMS
    return 3 if not _BARE.fullmatch(text) else 2 if free else int(spec.type == "partial_date")
