"""Where each value of a YAML text stands, so that it can be changed and nothing else."""

from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from alignment_events.read.yaml_reader import Path

_LOADER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as it is written.

    Attributes:
        value: What it holds.
        style: Quotation mark, `|` or `>`, or empty for a plain one.
        start: Index of its first character in the text.
        end: Index after its last character.
        line: Line in which it begins, from 1.
    """

    value: str
    style: str
    start: int
    end: int
    line: int


def scalars_of(text: str) -> list[dict[Path, Scalar]]:
    """Every scalar value of every document, by its path; field names are left out.

    Only for texts that `read_yaml_text` reads without a finding: it keeps the limits that this
    does not, and refuses anchors, tags and keys that stand twice.
    """
    documents: list[dict[Path, Scalar]] = []
    # One entry for each open mapping or list: its path, and the key or number that comes next.
    open_: list[tuple[Path, Any]] = []
    for event in yaml.parse(text, Loader=_LOADER):
        kind = type(event)
        if kind is DocumentStartEvent:
            documents.append({})
        elif kind in (MappingEndEvent, SequenceEndEvent):
            open_.pop()
            _passed(open_)
        elif kind in (MappingStartEvent, SequenceStartEvent):
            path = _here(open_)
            open_.append((path, None if kind is MappingStartEvent else 0))
        elif isinstance(event, ScalarEvent):
            if open_ and open_[-1][1] is None:
                open_[-1] = (open_[-1][0], event.value)
                continue
            start, end = event.start_mark, event.end_mark
            assert start is not None
            assert end is not None
            documents[-1][_here(open_)] = Scalar(
                event.value, event.style or "", start.index, end.index, start.line + 1
            )
            _passed(open_)
    return documents


def _here(open_: list[tuple[Path, Any]]) -> Path:
    return (*open_[-1][0], open_[-1][1]) if open_ else ()


def _passed(open_: list[tuple[Path, Any]]) -> None:
    """The value at the present key or number has ended."""
    if open_:
        path, step = open_[-1]
        open_[-1] = (path, step + 1 if isinstance(step, int) else None)
