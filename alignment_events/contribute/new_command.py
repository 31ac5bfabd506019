"""`new`: the way from answers to a record file, with or without a person at a terminal."""

import datetime as dt
import shlex
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from alignment_events.check.messages import unknown_code
from alignment_events.check.shape import check_shape
from alignment_events.contribute.answers import Nested, from_flags
from alignment_events.contribute.duplicates import likely_duplicates, side_by_side
from alignment_events.contribute.interview import Interview, Known
from alignment_events.contribute.new_record import (
    Destination,
    as_record,
    completed,
    read_answers,
    without_gaps,
    write_records,
)
from alignment_events.contribute.place_files import slug, write_files
from alignment_events.contribute.record_file import plain_values, render_record
from alignment_events.contribute.target import Target
from alignment_events.contribute.terminal import Stopped, Terminal, conduct, correct
from alignment_events.contribute.told import filled_in, rewritten
from alignment_events.findings import AlignmentEventsError, Report
from alignment_events.model.events import RECORDS, BaseRecord
from alignment_events.report.text import printable, render_text


@dataclass(frozen=True)
class Wish:
    """What was asked for.

    Attributes:
        kind: Kind of the record.
        target: Dataset that it is for, or None.
        out: File or folder to write to instead.
        flags: Answers as `path=value`.
        answers: Answers as the bytes of a YAML file, or None.
        answers_name: How findings call what was given.
        allow_duplicates: Write it even if one like it is there.
        dry_run: Print it instead of writing it.
        today: The day of coding, if no other is given.
    """

    kind: str
    target: Target | None
    out: Path | None
    flags: tuple[str, ...]
    answers: bytes | None
    answers_name: str
    allow_duplicates: bool
    dry_run: bool
    today: dt.date


def write_new(wish: Wish, terminal: Terminal) -> int:
    """Write the record that is wished for; the exit code."""
    if wish.kind not in RECORDS:
        raise AlignmentEventsError(" ".join(unknown_code(wish.kind, "kind", RECORDS)))
    if wish.target is None and wish.out is None and not wish.dry_run:
        raise AlignmentEventsError("say where to write: --in DATASET, or --out FILE.")
    destination = Destination(wish.target, wish.out)
    values = _given(wish)
    if not terminal.asks:
        return _without_questions(wish, destination, values, terminal)
    wrong = [f for f in check_shape(values, lambda path, key: None)[1] if f.code != "AE101"]
    if wrong:
        # Questions can only go on from answers that are sound as far as they go.
        terminal.say(render_text(Report(tuple(f.at(file=wish.answers_name) for f in wrong))))
        return 1
    known = Known() if wish.target is None else destination.known()
    interview = Interview(wish.kind, wish.today, known, values)
    try:
        return _with_questions(wish, destination, interview, terminal)
    except Stopped:
        _offer_draft(wish, interview, terminal)
        return 1


def _given(wish: Wish) -> Nested:
    values = read_answers(wish.answers, wish.answers_name) if wish.answers is not None else {}
    values = from_flags(wish.kind, wish.flags, {"kind": wish.kind, **values})
    if values["kind"] != wish.kind:
        raise AlignmentEventsError(
            f"the answers are of a {printable(str(values['kind']))}, and a {wish.kind} is asked for."
        )
    if "id" in values:
        raise AlignmentEventsError(
            "a new record gets a fresh id: take the id away, or use add for a record that has one."
        )
    return values


def _without_questions(
    wish: Wish, destination: Destination, values: Nested, terminal: Terminal
) -> int:
    sound = all(f.code == "AE101" for f in check_shape(values, lambda path, key: None)[1])
    filled: list[str] = []
    if sound:
        given = deepcopy(values)
        values = completed(values, wish.today)
        filled = filled_in(given, values)
    values["id"] = destination.mint()
    report = destination.check(values, wish.answers_name)
    if report.findings:
        terminal.say(render_text(report))
    if not report.ok:
        return 1
    record = as_record(values)
    alike = list(_alike(wish, record))
    for line in alike:
        terminal.say(line)
    if alike and not wish.allow_duplicates:
        terminal.say("Not written. If it is another event, add --allow-duplicates.")
        return 1
    if filled and not wish.dry_run:
        terminal.say(printable(f"Filled in: {', '.join(filled)}."))
    return _write(wish, destination, record, values, terminal)


def _with_questions(
    wish: Wish, destination: Destination, interview: Interview, terminal: Terminal
) -> int:
    conduct(interview, terminal)
    record_id = destination.mint()

    def check() -> Report:
        return destination.check({**interview.values, "id": record_id}, wish.answers_name)

    correct(interview, terminal, check)
    record = as_record({**interview.values, "id": record_id})
    alike = list(_alike(wish, record))
    if alike and not wish.allow_duplicates:
        for line in alike:
            terminal.say(line)
        if not terminal.agrees("Is it another event, to be written beside?"):
            raise Stopped
    return _write(wish, destination, record, interview.values, terminal)


def _alike(wish: Wish, record: BaseRecord) -> list[str]:
    if wish.target is None:
        return []
    lines: list[str] = []
    for one in likely_duplicates([record], wish.target.records):
        words = f"(words {one.score:.0f} of 100 alike)"
        lines += [f"The dataset may hold this event already: {one.why} {words}."]
        lines += [f"  {printable(line)}" for line in side_by_side(one)]
    return lines


def _write(
    wish: Wish, destination: Destination, record: BaseRecord, given: Nested, terminal: Terminal
) -> int:
    if wish.dry_run:
        terminal.say(render_record(plain_values(record)).rstrip("\n"))
        return 0
    (path,) = write_records([(record, destination.path(plain_values(record)))])
    terminal.say(f"Wrote {record.id} to {path}")
    for line in rewritten(given, record):
        terminal.say(printable(f"  {line}"))
    return 0


def _offer_draft(wish: Wish, interview: Interview, terminal: Terminal) -> None:
    answered = {name for name in interview.values if name != "kind"}
    if not answered:
        terminal.say("Nothing was written.")
        return
    try:
        if not terminal.agrees("Save the answers as a draft?", default=True):
            terminal.say("Nothing was written.")
            return
        title = slug(str(interview.values.get("title", ""))) or interview.kind
        suggested = f"draft-{title}.yaml"
        path = Path(terminal.ask(f"File [{suggested}] ") or suggested)
    except Stopped:
        terminal.say("Nothing was written.")
        return
    write_files([(path, render_record(without_gaps(interview.values)))])
    where = f" --in {shlex.quote(str(wish.target.folder))}" if wish.target else ""
    where += f" --out {shlex.quote(str(wish.out))}" if wish.out else ""
    command = f"alignment-events new {interview.kind}{where} --answers {shlex.quote(str(path))}"
    terminal.say(f"Saved. Go on with: {command}")
