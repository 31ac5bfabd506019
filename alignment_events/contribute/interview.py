"""Which question comes next, and whether an answer will do: the questions of a record, in order.

Nothing here reads a keyboard or prints: `contribute.terminal` does, and tests need not.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from alignment_events.check.messages import no_such
from alignment_events.check.shape import check_shape, field_path
from alignment_events.contribute.answers import Nested, get, parse, put, spec_at
from alignment_events.contribute.applies import does_not_apply, is_needed, objections
from alignment_events.contribute.names import Meant, Names
from alignment_events.contribute.order import asked_fields
from alignment_events.findings import AlignmentEventsError
from alignment_events.model import dates
from alignment_events.model.forms import PERSON, SLUG
from alignment_events.model.marks import CODEBOOK_VERSION
from alignment_events.spec.ir import FieldSpec, PartSpec
from alignment_events.spec.project import NestedPath
from alignment_events.spec.records import all_vocabularies, record_specs

_BYSTANDERS = ("target", "forum", "controller")


@dataclass(frozen=True)
class Known:
    """What a dataset knows that answers may name; None where nothing is known.

    Attributes:
        actors: Codes of actors.
        persons: Ids of persons.
        records: Ids of records, with their titles.
        names: Registry to the names in it.
    """

    actors: tuple[str, ...] | None = None
    persons: tuple[str, ...] | None = None
    records: dict[str, str] | None = None
    names: dict[str, Names] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        path: Where the answer goes; for `more`, the item that would follow.
        spec: The field.
        more: True if it asks whether there is a further item of a list.
        required: True if there must be an answer.
        suggested: What an empty answer means, if it means something.
        codes: Codes that fit what was answered before.
    """

    path: NestedPath
    spec: FieldSpec
    more: bool = False
    required: bool = False
    suggested: str | None = None
    codes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The path as people write it."""
        return field_path(self.path)


class Unfit(Exception):  # noqa: N818 - a reason to ask again, never an error
    """An answer that will not do; the message says why, and what to do.

    Attributes:
        offer: What an empty answer then means, if something is offered instead.
    """

    def __init__(self, message: str, offer: str | None = None) -> None:
        self.offer = offer
        super().__init__(message)


@dataclass
class Interview:
    """The questions of a record of one kind, and the answers so far.

    Attributes:
        kind: Kind of the record.
        today: Day that is suggested as that of the coding.
        known: What the dataset knows.
        values: The record so far, every scalar text.
        asked: Paths that were answered, if only with nothing.
    """

    kind: str
    today: dt.date
    known: Known = field(default_factory=Known)
    values: Nested = field(default_factory=dict)
    asked: set[NestedPath] = field(default_factory=set)
    _history: list[tuple[Nested, set[NestedPath]]] = field(default_factory=list)
    _filled: list[NestedPath] = field(default_factory=list)
    _taken_back: dict[NestedPath, str] = field(default_factory=dict)
    _insisted: set[tuple[NestedPath, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.values["kind"] = self.kind
        # What was given beforehand is not asked again.
        self.asked |= set(_leaves(self.values, ()))

    def next(self) -> Question | None:
        """The next question, or None if there is none left; what only one code fits is filled in."""
        while True:
            question = self._first_open(record_specs()[self.kind], (), optional=False)
            if question is None or question.more or not self._fills_itself(question):
                return question

    def _fills_itself(self, question: Question) -> bool:
        single = question.required and len(question.codes) == 1 and question.spec.items is None
        if single:
            self._note(question.path, question.codes[0])
            self._filled.append(question.path)
        return single

    def filled_by_itself(self) -> list[tuple[str, str]]:
        """Path and value of what was filled in since the last answer, for people to be told."""
        return [(field_path(path), str(get(self.values, path))) for path in self._filled]

    def answer(self, question: Question, text: str) -> None:
        """Take an answer.

        Raises:
            Unfit: If it will not do; nothing is changed then.
        """
        text = text.strip()
        if question.more:
            self._answer_more(question, text)
            return
        value = self._checked(question, text)
        self._remember()
        self._note(question.path, value)

    def _checked(self, question: Question, text: str) -> Any:
        if text == "-" and not question.required:
            return None
        if not text:
            if question.required and question.suggested is None:
                raise Unfit("An answer is needed here; ? tells more.")
            text = question.suggested or ""
        if not text:
            return None
        try:
            value = parse(text, question.spec)
        except AlignmentEventsError as error:
            raise Unfit(str(error)) from None
        problem = self.problem(question.path, value)
        self._check_name(question, value)
        if problem:
            raise Unfit(problem)
        return value

    def _check_name(self, question: Question, value: Any) -> None:
        """Offer the code that a name stands for; a name of a person may be insisted on."""
        spec = question.spec
        is_person = spec.form is not None and spec.form.name == PERSON.name
        table = "persons" if is_person else spec.ref.table if spec.ref else ""
        if table not in self.known.names or not isinstance(value, str):
            return
        if is_person and (question.path, value) in self._insisted:
            return
        try:
            self.known.names[table].check(value)
        except Meant as meant:
            self._insisted.add((question.path, value))
            again = " The name once more keeps it as it is." if is_person else ""
            raise Unfit(f"{meant}{again}", meant.offer) from None

    def _answer_more(self, question: Question, text: str) -> None:
        word = (text or question.suggested or "n").lower()
        if word not in ("y", "yes", "n", "no"):
            raise Unfit("Answer y or n.")
        self._remember()
        if word.startswith("y"):
            put(self.values, question.path, {})
            self.asked.add(question.path)
        else:
            self.asked.add(question.path[:-1])

    def back(self) -> bool:
        """Take the last answer back; False if there is none."""
        if not self._history:
            return False
        given, answered = self.values, self.asked
        self.values, self.asked = self._history.pop()
        for path in answered - self.asked:
            value = get(given, path)
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                value = ", ".join(value)
            if isinstance(value, str) and value:
                self._taken_back[path] = value
        return True

    def add_item(self, path: NestedPath) -> None:
        """Begin one more item of a list; the next questions are about it."""
        self._remember()
        put(self.values, path, {})
        self.asked.add(path)

    def _remember(self) -> None:
        self._history.append((_deep_copy(self.values), set(self.asked)))
        self._filled.clear()

    def problem(self, path: NestedPath, value: Any) -> str | None:
        """Why a value will not do at a path, or None; the same checks as those of whole records."""
        before = {(f.code, f.field) for f in check_shape(self.values, _nowhere)[1]}
        trial = _deep_copy(self.values)
        put(trial, path, value)
        for found in check_shape(trial, _nowhere)[1]:
            if found.code != "AE101" and (found.code, found.field) not in before:
                return f"{found.message} {found.hint or ''}".strip()
        unknown = self._unknown(path, value)
        if unknown:
            return unknown
        for rule in objections(self.values, self.asked, path, value):
            return f"{rule.sentence} {rule.hint} ({rule.code}; < goes back.)"
        return None

    def _unknown(self, path: NestedPath, value: Any) -> str | None:
        spec = spec_at(self.kind, path)
        if not isinstance(value, str):
            return None
        if spec.ref and spec.ref.table == "actors" and self.known.actors is not None:
            what, there = "actor", self.known.actors
        elif spec.form and spec.form.name == "person" and SLUG.compiled.fullmatch(value):
            what, there = "person", self.known.persons or ()
            if self.known.persons is None:
                return None
        elif spec.type == "id" and path[0] == "links" and self.known.records is not None:
            what, there = "record", tuple(self.known.records)
        elif path[0] == "claims" and path[-1] == "source":
            what, there = "source", tuple(s["id"] for s in self.values.get("sources", ()))
        else:
            return None
        if value in there:
            return None
        message, hint = no_such(value, what, there)
        add = f"Add it to {what}s.csv of the dataset first" if what in ("actor", "person") else ""
        or_name = ", or write the name as it is" if what == "person" else ""
        return f"{message} {hint or ''} {add}{or_name}".strip().rstrip(".") + "."

    def _note(self, path: NestedPath, value: Any) -> None:
        if value is not None:
            put(self.values, path, value)
        self.asked.add(path)

    def _first_open(self, part: PartSpec, path: NestedPath, *, optional: bool) -> Question | None:
        fields = asked_fields(part, optional=optional)
        for number, spec in enumerate(fields):
            here = (*path, spec.name)
            if spec.constant or here == ("id",):
                continue
            found: Question | None
            if spec.part is not None and spec.items is None:
                found = self._first_open(spec.part, here, optional=not spec.required)
            elif spec.part is not None and spec.name != "supports":
                found = self._open_list(spec, here)
            else:
                found = self._open_field(spec, here, gate=optional and number == 0)
                if optional and number == 0 and found is None and get(self.values, here) is None:
                    return None  # the part is left out
            if found is not None:
                return found
        return None

    def _open_list(self, spec: FieldSpec, here: NestedPath) -> Question | None:
        if spec.part is None or spec.items is None:
            return None
        items = get(self.values, here) or []
        for number in range(len(items)):
            found = self._first_open(spec.part, (*here, number), optional=False)
            if found is not None:
                return found
        if here in self.asked or len(items) >= spec.items.most:
            return None
        if len(items) < spec.items.least:
            put(self.values, (*here, len(items)), {})
            self.asked.add((*here, len(items)))
            return self._open_list(spec, here)
        few = spec.name == "participants" and len(items) < 2
        return Question((*here, len(items)), spec, more=True, suggested="y" if few else "n")

    def _open_field(self, spec: FieldSpec, here: NestedPath, *, gate: bool) -> Question | None:
        if here in self.asked or self._pointless(here, spec):
            return None
        if len(here) == 3 and here[0] == "sources" and spec.name == "id":
            self._note(here, f"s{int(here[1]) + 1}")
            return None
        if does_not_apply(self.values, self.asked, here, spec):
            return None
        needed = is_needed(self.values, self.asked, here, spec)
        required = needed or (spec.required and not gate) or bool(spec.items and spec.items.least)
        codes = self._codes(spec, here) if spec.vocabulary else ()
        suggested = self.suggestion(here)
        if codes and suggested not in codes:
            suggested = None
        # What was answered before going back stands first, whether or not it still fits.
        suggested = self._taken_back.get(here, suggested)
        return Question(here, spec, False, required, suggested, codes)

    def _codes(self, spec: FieldSpec, here: NestedPath) -> tuple[str, ...]:
        assert spec.vocabulary is not None
        codes = all_vocabularies()[spec.vocabulary].values
        if spec.items is not None:
            return codes
        return tuple(code for code in codes if self.problem(here, code) is None)

    def _pointless(self, here: NestedPath, spec: FieldSpec) -> bool:
        """True where the codebook says so and no rule does: such an answer would be no error."""
        match here:
            case ("place", name):
                how = get(self.values, ("place", "precision"))
                return (how == "remote" and name != "precision") or (
                    how == "zone" and name == "country"
                )
            case ("coding", "reviewer"):
                return bool(get(self.values, ("coding", "status")) != "vetted")
            case ("participants", int(number), name):
                role = get(self.values, ("participants", number, "role"))
                if name == "stance":
                    return self.kind != "statement"
                return role in _BYSTANDERS and name in ("person", "office", "level")
        return False

    def suggestion(self, here: NestedPath) -> str | None:
        """What an empty answer at a path means, if it means something."""
        match here:
            case ("date", "precision"):
                start = get(self.values, ("date", "start"))
                fits = isinstance(start, str) and re.fullmatch(dates.PARTIAL_DATE_PATTERN, start)
                return dates.written_precision(start) if fits else None
            case ("coding", "date"):
                return self.today.isoformat()
            case ("coding", "codebook"):
                return CODEBOOK_VERSION
            case ("coding", "status"):
                return "candidate"
            case ("sources", 0, "supports"):
                return "core"
            case ("scope",):
                return "core"
        return spec_at(self.kind, here).default


def _nowhere(path: NestedPath, key: bool) -> None:
    return None


def _leaves(value: Any, path: NestedPath) -> Iterator[NestedPath]:
    """Every path that holds something, and those of the items on the way."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for number, item in enumerate(value):
            yield (*path, number)
            yield from _leaves(item, (*path, number))
        if path[-1] == "supports":
            yield path
    else:
        yield path


def _deep_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _deep_copy(inner) for name, inner in value.items()}
    return [_deep_copy(item) for item in value] if isinstance(value, list) else value
