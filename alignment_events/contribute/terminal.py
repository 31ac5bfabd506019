"""Asks the questions of a record at a terminal: one line an answer, `?` explains, `<` goes back."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from alignment_events.contribute.answers import assign, get, read_path, spec_at
from alignment_events.contribute.explain import answers_to, explanation
from alignment_events.contribute.interview import Interview, Question, Unfit
from alignment_events.findings import AlignmentEventsError, Report
from alignment_events.report.text import printable
from alignment_events.spec.project import NestedPath

HELP = (
    "? explains a question, < goes back, !q stops; Enter takes what stands in [ ], - leaves it out."
)


class Stopped(Exception):  # noqa: N818 - the person wishes it, nothing is wrong
    """The person gave up; what was answered is in the interview."""


@dataclass
class Terminal:
    """How to talk to the person: both are replaced in tests.

    Attributes:
        read: Shows a prompt and returns the line typed; EOFError at the end. None if there is
            nobody to ask.
        say: Shows a line.
    """

    read: Callable[[str], str] | None
    say: Callable[[str], None]

    @property
    def asks(self) -> bool:
        """True if there is somebody to ask."""
        return self.read is not None

    def ask(self, prompt: str) -> str:
        """The line typed; `Stopped` for `!q`, the end of input and an interruption."""
        if self.read is None:
            raise Stopped
        try:
            line = self.read(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            self.say("")
            raise Stopped from None
        if line == "!q":
            raise Stopped
        return line

    def agrees(self, prompt: str, *, default: bool = False) -> bool:
        """True for y, False for n; Enter is the default."""
        while True:
            word = self.ask(f"{prompt} {'[Y/n]' if default else '[y/N]'} ").lower()
            if word in ("", "y", "yes", "n", "no"):
                return word.startswith("y") if word else default
            self.say("  Answer y or n.")


def conduct(interview: Interview, terminal: Terminal) -> None:
    """Ask until no question is left.

    Raises:
        Stopped: If the person gives up.
    """
    terminal.say(HELP)
    while (question := interview.next()) is not None:
        _tell_filled(interview, terminal)
        if not question.more:
            terminal.say("")
        _ask(interview, question, terminal)
    _tell_filled(interview, terminal)


def _tell_filled(interview: Interview, terminal: Terminal) -> None:
    for path, value in interview.filled_by_itself():
        terminal.say(f"  {path}: {value}, the only code that fits.")


def _ask(interview: Interview, question: Question, terminal: Terminal) -> None:
    for line in _introduction(question):
        terminal.say(line)
    while True:
        line = terminal.ask(_prompt(question))
        if line == "?":
            for told in explanation(question, interview):
                terminal.say(printable(told))
        elif line == "<":
            if interview.back():
                return
            terminal.say("  This is the first question.")
        else:
            try:
                interview.answer(question, line)
            except Unfit as unfit:
                terminal.say(f"  {printable(str(unfit))}")
                if unfit.offer is not None:
                    question = replace(question, suggested=unfit.offer)
                continue
            return


def _introduction(question: Question) -> list[str]:
    if question.more:
        return []
    mark = "" if question.required else " (may be left out)"
    lines = [f"{question.name}{mark}: {question.spec.doc}"]
    return lines + answers_to(question)


def _prompt(question: Question) -> str:
    if question.more:
        one = question.spec.name.removesuffix("s").replace("_", " ")
        another = "another " if question.path[-1] else "a " if one[0] not in "aeiou" else "an "
        choice = "[Y/n]" if question.suggested == "y" else "[y/N]"
        return f"Is there {another}{one}? {choice} "
    return f"> [{question.suggested}] " if question.suggested else "> "


def correct(interview: Interview, terminal: Terminal, check: Callable[[], Report]) -> Report:
    """Show what the rules say of the whole record, and let the person mend it field by field.

    Returns:
        The last report; without errors, if the person did not wish to stop.

    Raises:
        Stopped: If the person gives up.
    """
    while True:
        report = check()
        if not report.findings:
            return report
        for found in report.findings:
            terminal.say("")
            terminal.say(
                printable(f"{found.level.value} {found.code} [{found.field}]: {found.message}")
            )
            if found.hint:
                terminal.say(printable(f"    {found.hint}"))
        terminal.say("")
        if report.ok and terminal.agrees("Only warnings. Write the record as it is?", default=True):
            return report
        field = report.findings[0].field or "note"
        terminal.say(
            "Write a path: meeting/medium, participants/2/role, participants/3 for a new item."
        )
        path = terminal.ask(f"Which field is to be changed? [{field}] ") or field
        _change(interview, terminal, path)


def _change(interview: Interview, terminal: Terminal, path: str) -> None:
    try:
        steps = read_path(path, interview.values)
        spec = spec_at(interview.kind, steps)
        if spec.part is not None and (spec.items is None or isinstance(steps[-1], int)):
            names = ", ".join(f"{path}/{f.name}" for f in spec.part.fields)
            if isinstance(steps[-1], int) and get(interview.values, steps) is None:
                interview.add_item(steps)
                conduct(interview, terminal)
                return
            if isinstance(steps[-1], int) and terminal.agrees(f"Take {path} away?"):
                assign(interview.values, steps, "")
            else:
                terminal.say(f"  Name one of its fields: {names}.")
            return
        if spec.part is not None and not _replaces(interview, terminal, path, steps):
            return
        question = Question(steps, spec)
        for line in (f"{question.name}: {spec.doc}", *answers_to(question)):
            terminal.say(line)
        line = terminal.ask("New value (Enter takes it away, < leaves it): ")
        while line == "?":
            for told in explanation(question, interview):
                terminal.say(printable(told))
            line = terminal.ask("New value: ")
        if line != "<":
            assign(interview.values, steps, line)
    except AlignmentEventsError as error:
        terminal.say(f"  {printable(str(error))}")


def _replaces(interview: Interview, terminal: Terminal, path: str, steps: NestedPath) -> bool:
    """True if the list holds nothing yet, or the person wishes to lose what it holds."""
    items = get(interview.values, steps)
    if not isinstance(items, list) or not items:
        return True
    terminal.say(f"  {path} holds:")
    for number, item in enumerate(items, 1):
        words = item.values() if isinstance(item, dict) else [item]
        terminal.say(printable(f"    {path}/{number}: {', '.join(map(str, words))}"))
    terminal.say(f"  Write {path}/{len(items) + 1} to add one, {path}/1 to change the first.")
    return terminal.agrees("Replace them all?")
