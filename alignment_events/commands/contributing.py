"""`new`, `add`, `template` and `ids mint`: from an event found to a record in the dataset."""

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from alignment_events.commands.app import progress_bar
from alignment_events.findings import AlignmentEventsError

if TYPE_CHECKING:
    from alignment_events.contribute.target import Target

ids_app = App(name="ids", help="Ids of records.")

Within = Annotated[Path | None, Parameter(name=["--in"])]


def new(
    kind: str,
    *,
    within: Within = None,
    out: Path | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name=["--set"], negative="")] = (),
    answers: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    no_input: Annotated[bool, Parameter(negative="")] = False,
    allow_duplicates: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Write a new record: asked question by question at a terminal, or given as flags.

    What was given beforehand is not asked. Without a terminal nothing is asked, and what is
    missing is listed. Exit code 0: written; 1: findings, likely duplicates or stopped; 2: unusable.

    Args:
        kind: meeting, agreement, statement, gap or deed.
        within: Dataset folder that the record is for: it is checked against it and written into it.
        out: File, or folder, to write to instead.
        set_: An answer as path=value, such as participants/1/actor=RUS; may be repeated.
        answers: YAML file with answers, such as a draft; - reads standard input.
        no_input: Ask nothing, even at a terminal.
        allow_duplicates: Write the record even if one like it is there.
        dry_run: Print the record instead of writing it.
    """
    from alignment_events.contribute.new_command import Wish, write_new
    from alignment_events.contribute.terminal import Terminal

    asks = not no_input and sys.stdin.isatty() and sys.stdout.isatty() and str(answers) != "-"
    wish = Wish(
        kind=kind,
        target=_target(within),
        out=out,
        flags=set_,
        answers=_read(answers),
        answers_name=str(answers) if answers else "--set",
        allow_duplicates=allow_duplicates,
        dry_run=dry_run,
        today=dt.date.today(),
    )
    return write_new(wish, Terminal(input if asks else None, print))


def add(
    *files: Path,
    within: Annotated[Path, Parameter(name=["--in"])],
    allow_duplicates: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Turn contributed files into record files of a dataset: all of them, or none.

    They are checked against the dataset first. Records without an id get a fresh one. What may be
    there already is shown, and you are asked; without a terminal nothing is written then. No record
    is ever overwritten. New actors and persons, in tables of these names, are put behind those of
    the dataset; a row that contradicts one that is there is a finding. Exit code 0: written; 1: findings, or likely duplicates; 2: unusable.

    Args:
        files: YAML, JSON Lines, CSV, TSV, XLSX or Parquet, or folders of them.
        within: The dataset folder.
        allow_duplicates: Write records even if ones like them are there.
        dry_run: Say what would be written, and write nothing.
    """
    from alignment_events.contribute.add import add_files
    from alignment_events.contribute.terminal import Terminal

    if not files:
        raise AlignmentEventsError("name at least one file to add.")
    target = _target(within)
    assert target is not None
    asks = sys.stdin.isatty() and sys.stdout.isatty()
    terminal = Terminal(input if asks else None, print)
    return add_files(files, target, terminal, allow_duplicates=allow_duplicates, dry_run=dry_run)


def template(
    *, out: Path, format: Literal["xlsx", "csv", "yaml"] = "xlsx", kind: str | None = None
) -> int:
    """Write files to fill in: drop-downs and definitions are in them.

    Args:
        out: Workbook to write; for csv and yaml a folder, or a file for YAML of one kind.
        format: xlsx: a workbook; csv: a folder of CSV files; yaml: a skeleton for each kind.
        kind: meeting, agreement, statement, gap or deed; by default all.
    """
    from alignment_events.contribute.template import write_template

    for path in write_template(format, out, kind):
        print(f"Wrote {path}")
    return 0


def _target(within: Path | None) -> "Target | None":
    from alignment_events.contribute.target import open_target

    if within is None:
        return None
    with progress_bar(f"reading {within.name}") as progress:
        return open_target(within, progress=progress)  # type: ignore[arg-type]


def _read(answers: Path | None) -> bytes | None:
    if answers is None:
        return None
    if str(answers) == "-":
        return sys.stdin.buffer.read()
    from alignment_events.read.text_file import Stop, file_bytes

    try:
        return file_bytes(answers)
    except Stop as stop:
        raise AlignmentEventsError(f"{answers}: {stop.finding.message}") from None


@ids_app.command
def mint(number: int = 1, *, within: Within = None) -> int:
    """Print fresh ids, never used before.

    Args:
        number: How many.
        within: Dataset folder; none of its ids, withdrawn ones included, is given again.
    """
    from alignment_events.model.ids import mint_id

    if not 1 <= number <= 10_000:
        raise AlignmentEventsError("ask for 1 to 10,000 ids.")
    target = _target(within)
    issued = set(target.issued) if target else set()
    for _ in range(number):
        issued.add(minted := mint_id(issued))
        print(minted)
    return 0
