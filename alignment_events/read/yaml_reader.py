"""Reads contributed YAML records safely: text stays text, and every place is kept.

It works on the events of libyaml, never on `load` or `compose`, so nothing in a file is run, no
alias is expanded, and a hostile file is left at the first event that goes too far. Whatever is
wrong with a file becomes a finding; only a mistake in the calling program raises.
"""

import pathlib
import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from alignment_events.findings import Finding
from alignment_events.read.text_file import (
    SPLIT,
    Place,
    Stop,
    decoded,
    error_finding,
    file_bytes,
    place_in,
)
from alignment_events.read.yaml_words import NO_TAG, QUOTE, not_yaml

Path = tuple[str | int, ...]
Value: TypeAlias = "dict[str, Value] | list[Value] | str | None"

MAX_RECORD_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 300_000  # about 1500 records of 100 lines; this bounds the documents as well
MAX_FINDINGS = 100  # per file: one with more has the same mistake many times over

_LOADER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
_STARTS = frozenset({MappingStartEvent, SequenceStartEvent})
_ENDS = frozenset({MappingEndEvent, SequenceEndEvent})
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
# Beside control characters, what libyaml takes for a line end or byte-order mark but editors do
# not: it would make our line numbers differ from those that people see.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
ESCAPED_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_NO_ANCHOR = f"Write the value out where it is needed. If the sign is part of a text, {QUOTE}."


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document, and where each part of it stands in the file.

    Attributes:
        values: The content, made of dict, list, str and None only.
    """

    values: dict[str, Any]
    _places: dict[Path, Place] = field(default_factory=dict, repr=False, compare=False)
    _key_places: dict[Path, Place] = field(default_factory=dict, repr=False, compare=False)

    def place(self, path: Path) -> Place:
        """Line and column, from 1, of the value at `path`, or of what contains the missing value.

        `path` has field names and list positions from the top of the document; `()` is the
        document itself, which starts with its first field.
        """
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, (1, 1))

    def key_place(self, path: Path) -> Place:
        """Line and column, from 1, of the field name at `path`; `place(path)` if it has none."""
        return self._key_places.get(path) or self.place(path)


@dataclass(frozen=True, slots=True)
class Reading:
    """The documents that can be checked further, and what is wrong with the file as YAML."""

    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]


def read_yaml(path: pathlib.Path, *, name: str | None = None, single: bool = False) -> Reading:
    """Read a YAML file.

    Args:
        path: The file; folders, pipes and devices are refused.
        name: How findings call the file; by default its path.
        single: True if exactly one document belongs in the file.
    """
    name = str(path) if name is None else name
    try:
        data = file_bytes(path)
    except Stop as stop:
        return Reading((), (stop.finding.at(file=name),))
    return read_yaml_text(data, name=name, single=single)


def read_yaml_text(data: bytes, *, name: str, single: bool = False) -> Reading:
    """Read the bytes of a YAML file; `name` and `single` are those of `read_yaml`."""
    try:
        text = decoded(data)
    except Stop as stop:
        return Reading((), (stop.finding.at(file=name),))
    return _Reader(text, single).read(name)


def _place(event: Event) -> Place:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _index(event: Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def _record_too_large(start: Event) -> Stop:
    message = f"The record that starts here has more than {MAX_RECORD_BYTES:,} bytes."
    hint = "Separate records by lines of '---', and check for a missing quotation mark."
    return Stop("AE003", message, hint, _place(start))


class _Reader:
    """Turns the events of one file into documents.

    Its methods call each other for nested values, and so at most `MAX_DEPTH` deep.
    """

    def __init__(self, text: str, single: bool) -> None:
        self._single = single
        self._documents: list[Document] = []
        self._findings: list[Finding] = []
        self._places: dict[Path, Place] = {}
        self._key_places: dict[Path, Place] = {}
        self._hidden = self._depth = self._nodes = 0
        self._start: Event = StreamStartEvent()
        self._last: Event = self._start
        self._limit = MAX_RECORD_BYTES
        if found := _UNREADABLE.search(text):
            place = place_in(text, found.start())
            self._report_control(found[0], place, len(_UNREADABLE.findall(text)))
        # A space for each keeps the columns, and gives later checks the least to stumble over.
        self._text = _UNREADABLE.sub(" ", text)
        self._events = yaml.parse(self._text, Loader=_LOADER)

    def read(self, name: str) -> Reading:
        try:
            self._stream()
        except Stop as stop:
            self._findings.append(stop.finding)
        if self._hidden:
            last = self._findings[-1]
            more = f"{last.hint} (Not listed: {self._hidden} more problems in this file.)"
            self._findings[-1] = last.at(hint=more)
        findings = sorted(self._findings, key=lambda f: (f.line or 0, f.column or 0))
        return Reading(tuple(self._documents), tuple(f.at(file=name) for f in findings))

    def _next(self) -> Event:
        """The next event; all events pass here, so that here alone the limits are kept."""
        try:
            event = next(self._events)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # The last two slip through PyYAML for some escapes, such as "\UFFFFFFFF".
            raise not_yaml(error, self._text, _place(self._last)) from error
        self._last = event
        self._nodes += 1
        if self._nodes > MAX_NODES:
            message = f"The file has more than {MAX_NODES:,} values."
            raise Stop("AE003", message, SPLIT, _place(event))
        if type(event) is not ScalarEvent:
            self._enter_or_leave(event)
        if (mark := event.start_mark) and mark.index > self._limit:
            raise _record_too_large(self._start)
        return event

    def _enter_or_leave(self, event: Event) -> None:
        kind = type(event)
        if kind in _STARTS:
            self._depth += 1
            if self._depth > MAX_DEPTH:
                message = f"Values are nested more than {MAX_DEPTH} levels deep."
                raise Stop("AE009", message, "Check brackets and indentation.", _place(event))
        elif kind in _ENDS:
            self._depth -= 1
        elif kind is not AliasEvent:  # a document or the file begins or ends
            self._start, self._limit = event, _index(event) + MAX_RECORD_BYTES

    def _stream(self) -> None:
        count = 0
        while not isinstance(event := self._next(), StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                count += 1
                if self._single and count > 1:
                    hint = "Move it to a file of its own, or remove the line '---'."
                    raise Stop("AE011", "A second record starts here.", hint, _place(event))
                self._document(event)
        if not count:
            raise Stop("AE005", "The file is empty, or has only comments.", "Write a record.")

    def _document(self, start: DocumentStartEvent) -> None:
        self._places, self._key_places = {}, {}
        if start.tags:
            self._report("AE008", "There is a %TAG line.", "Remove it; none is needed.", start)
        root, values = self._next(), None
        if isinstance(root, MappingStartEvent):
            values = self._value((), root)
        elif isinstance(root, ScalarEvent) and not root.style and root.value in _NULLS:
            hint = "Remove the line '---', or write a record below it."
            self._report("AE005", "There is no record here.", hint, start)
        else:
            self._skip(root)
            message = "A record must consist of lines 'name: value', without '- ' before them."
            hint = "Put a space after each colon, and a line '---' between records."
            self._report("AE010", message, hint, root)
        begin, end = _index(start), _index(self._next())
        # Marks count characters, and a character has up to four bytes.
        if 4 * (end - begin) > MAX_RECORD_BYTES < len(self._text[begin:end].encode()):
            raise _record_too_large(start)
        if isinstance(values, dict):
            self._documents.append(Document(values, self._places, self._key_places))

    def _value(self, path: Path, event: Event) -> Value:
        self._places[path] = _place(event)
        if type(event) is ScalarEvent:
            return self._scalar(event)
        self._refuse_anchor_and_tag(event)
        return self._mapping(path) if type(event) is MappingStartEvent else self._list(path)

    def _mapping(self, path: Path) -> dict[str, Value]:
        values: dict[str, Value] = {}
        while type(event := self._next()) is not MappingEndEvent:
            key = self._key(path, event)
            value = self._next()
            if key is None:
                self._skip(value)
                continue
            here = (*path, key)
            if type(value) is AliasEvent:
                self._places[here] = _place(value)  # so that "is missing" points to it
                self._refuse_alias(value)
            else:
                values[key] = self._value(here, value)
        return values

    def _list(self, path: Path) -> list[Value]:
        values: list[Value] = []
        while type(event := self._next()) is not SequenceEndEvent:
            if type(event) is AliasEvent:
                self._refuse_alias(event)
            else:
                values.append(self._value((*path, len(values)), event))
        return values

    def _key(self, path: Path, event: Event) -> str | None:
        """The field name, its place noted; None if the field is to be left out."""
        if type(event) is AliasEvent:
            self._refuse_alias(event)
            return None
        key = self._scalar(event) if type(event) is ScalarEvent else None
        if not key:
            self._skip(event)
            message = "The name of this field is empty, null, a list or a mapping."
            hint = f"Write a plain name before the colon. If this is all one text, {QUOTE}."
            self._report("AE012", message, hint, event)
            return None
        here = _place(event)
        first = self._key_places.setdefault((*path, key), here)
        if first is not here:
            message = f"The field '{_short(key)}' is there twice; the first is in line {first[0]}."
            self._report("AE006", message, "Keep only one of them.", event, key)
            return None
        return key

    def _scalar(self, event: ScalarEvent) -> str | None:
        if event.anchor or event.tag:
            self._refuse_anchor_and_tag(event)
        text = event.value
        if not event.style and text in _NULLS:
            return None
        # Only "..." has escapes; all that stands in the file itself was looked at before.
        if event.style == '"' and (found := ESCAPED_CONTROL.search(text)):
            self._report_control(found[0], _place(event))
            text = ESCAPED_CONTROL.sub(" ", text)
        return text

    def _skip(self, event: Event) -> None:
        """Pass over the rest of a value whose first event was read."""
        outside = self._depth - 1
        while type(event) in _STARTS and self._depth > outside:
            self._next()

    def _refuse_anchor_and_tag(self, event: Event) -> None:
        """Report them; the value is read as if they were not there, to cause no more findings."""
        if anchor := getattr(event, "anchor", None):
            message = f"There is an anchor, '&{_short(anchor)}'; records may not have any."
            self._report("AE007", message, _NO_ANCHOR, event, f"&{anchor}")
        if tag := getattr(event, "tag", None):
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            message = f"There is a type tag, '{_short(tag)}'; records may not have any."
            self._report("AE008", message, NO_TAG, event, tag)

    def _refuse_alias(self, event: AliasEvent) -> None:
        message = f"There is an alias, '*{_short(event.anchor or '')}'; records may not have any."
        self._report("AE007", message, _NO_ANCHOR, event, f"*{event.anchor}")

    def _report_control(self, character: str, place: Place, count: int = 1) -> None:
        more = f", and {count - 1} more in the file" if count > 1 else ""
        message = f"There is an invisible character here, U+{ord(character):04X}{more}."
        hint = "Remove it; it often comes with text that is copied from a PDF or a web page."
        self._report("AE013", message, hint, place)

    def _report(
        self, code: str, message: str, hint: str, at: Event | Place, value: str | None = None
    ) -> None:
        if len(self._findings) < MAX_FINDINGS:
            place = _place(at) if isinstance(at, Event) else at
            finding = error_finding(code, message, hint, place)
            self._findings.append(finding.at(value=_short(value)) if value else finding)
        else:
            self._hidden += 1
