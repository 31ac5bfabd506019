"""Reads one JSON value and keeps where each part of it stands."""

import json
import re
from bisect import bisect_left
from typing import Any

from alignment_events.findings import Finding
from alignment_events.read.text_file import Place, Stop, error_finding
from alignment_events.read.yaml_reader import ESCAPED_CONTROL, MAX_DEPTH, MAX_RECORD_BYTES
from alignment_events.spec.project import NestedPath

MAX_FINDINGS = 100
MAX_VALUES = 2_000_000
"""Each costs some 150 bytes for its place: a file of nothing but numbers would take gigabytes."""

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# Possessive, so that an unclosed text does not make it try every way to divide it.
_TEXT = re.compile(r'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+)"')
_WORDS = {
    "true": True, "false": False, "null": None, "NaN": float("nan"),
    "Infinity": float("inf"), "-Infinity": float("-inf"),
}  # fmt: skip


class _EnoughError(Exception):
    """Ends the reading of a value in which too much is wrong; the caller says so."""


class Scan:
    """Reads one JSON value and notes where each part of it stands; nested at most `MAX_DEPTH`."""

    def __init__(self, text: str, line: int) -> None:
        self._text = text
        self._line = line
        self._at = 0
        self._depth = 0
        self.findings: list[Finding] = []
        self.stopped = False
        self._places: dict[NestedPath, int] = {}
        self._keys: dict[NestedPath, int] = {}
        self._ends: list[int] | None = None

    def all(self) -> Any:
        """The value; None if it cannot be read, and then `stopped` is true."""
        try:
            if len(self._text) > MAX_RECORD_BYTES and not self._is_list():
                message = f"The record has more than {MAX_RECORD_BYTES:,} characters."
                raise self._stop("AE003", message, "Write one record a line.", 0)
            value = self._value(())
            self._space()
            if self._at < len(self._text):
                raise self._not_json("the line goes on after its end")
        except Stop as stop:
            self.findings.append(stop.finding)
            self.stopped = True
            return None
        except _EnoughError:
            self.stopped = True
            return None
        return value

    def _note(self, code: str, message: str, hint: str, at: int) -> None:
        self.findings.append(error_finding(code, message, hint, self._place_of(at)))
        if len(self.findings) > MAX_FINDINGS:
            raise _EnoughError

    def place(self, path: NestedPath, key: bool = False) -> Place:
        """Line and column of a value, or of the name of its field, or of what would hold it."""
        if key and path in self._keys:
            return self._place_of(self._keys[path])
        while path and path not in self._places:
            path = path[:-1]
        return self._place_of(self._places.get(path, 0))

    def _is_list(self) -> bool:
        return self._line == 1 and self._text.lstrip()[:1] == "["

    def _place_of(self, at: int) -> Place:
        if self._ends is None:
            self._ends = [found.start() for found in re.finditer("\n", self._text)]
        before = bisect_left(self._ends, at)
        return self._line + before, at - (self._ends[before - 1] if before else -1)

    def _stop(self, code: str, message: str, hint: str, at: int) -> Stop:
        return Stop(code, message, hint, self._place_of(at))

    def _not_json(self, what: str) -> Stop:
        hint = (
            "Have a program write the file: names and texts in double quotes, no comma at the end."
        )
        return self._stop("AE004", f"Not valid JSON: {what}.", hint, self._at)

    def _space(self) -> str:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _value(self, path: NestedPath) -> Any:
        sign = self._space()
        self._places[path] = self._at
        if len(self._places) > MAX_VALUES:
            message = f"The file holds more than {MAX_VALUES:,} values in one piece."
            raise self._stop("AE003", message, "Send JSON Lines, one record a line.", self._at)
        if sign in ("{", "["):
            self._depth += 1
            if self._depth > MAX_DEPTH:
                message = f"Values are nested more than {MAX_DEPTH} levels deep."
                raise self._stop("AE009", message, "Check the brackets.", self._at)
            self._at += 1
            value = self._object(path) if sign == "{" else self._list(path)
            self._depth -= 1
            return value
        if sign == '"':
            return self._string()
        for word, meaning in _WORDS.items():
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return meaning
        return self._number()

    def _number(self) -> int | float:
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            raise self._not_json("a value is missing or misspelt")
        self._at = found.end()
        whole = not found[1] and not found[2] and len(found[0]) < 300
        return int(found[0]) if whole else float(found[0])

    def _string(self) -> str:
        found = _TEXT.match(self._text, self._at)
        if found is None:
            return self._broken_string()
        begun, self._at = self._at, found.end()
        text = found[1] if "\\" not in found[1] else str(json.loads(found[0]))
        return self._clean(text, begun)

    def _broken_string(self) -> str:
        """A text with invisible characters as they are; anything else in its way ends the reading."""
        begun = self._at
        end = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL).match(self._text, begun)
        if end is None:
            raise self._not_json("a quotation mark is opened and never closed")
        try:
            text = str(json.loads(end[0], strict=False))
        except ValueError:
            raise self._not_json("a backslash begins an unknown escape") from None
        self._at = end.end()
        return self._clean(text, begun)

    def _clean(self, text: str, begun: int) -> str:
        found = ESCAPED_CONTROL.search(text)
        if found is None:
            return text
        message = f"There is an invisible character here, U+{ord(found[0]):04X}."
        hint = "Remove it; it often comes with text that is copied from a PDF or a web page."
        self._note("AE013", message, hint, begun)
        return ESCAPED_CONTROL.sub(" ", text)

    def _object(self, path: NestedPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if self._space() == "}":
            self._at += 1
            return values
        while True:
            if self._space() != '"':
                raise self._not_json("the name of a field is missing or not in double quotes")
            begun = self._at
            name = self._string()
            if self._space() != ":":
                raise self._not_json("there is no colon after the name of a field")
            self._at += 1
            self._member(values, path, name, begun)
            if self._closed("}", "brace"):
                return values

    def _member(self, values: dict[str, Any], path: NestedPath, name: str, begun: int) -> None:
        here = (*path, name)
        if not name:
            message = "The name of this field is empty."
            hint = "Write a plain name before the colon."
            self._note("AE012", message, hint, begun)
            self._value((*path, None))  # type: ignore[arg-type]
        elif here in self._keys:
            first = self._place_of(self._keys[here])
            message = (
                f"The field '{name[:60]}' is there twice; the first is at {first[0]}:{first[1]}."
            )
            self._note("AE006", message, "Keep only one of them.", begun)
            self._value((*path, None))  # type: ignore[arg-type]
        else:
            self._keys[here] = begun
            values[name] = self._value(here)

    def _list(self, path: NestedPath) -> list[Any]:
        values: list[Any] = []
        if self._space() == "]":
            self._at += 1
            return values
        while True:
            values.append(self._value((*path, len(values))))
            if self._closed("]", "bracket"):
                return values

    def _closed(self, end: str, name: str) -> bool:
        """True if the list or object ends here, False if it goes on after a comma."""
        sign = self._space()
        if sign not in (end, ","):
            raise self._not_json(f"a comma or a closing {name} is missing")
        self._at += 1
        return sign == end
