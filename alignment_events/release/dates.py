"""The day of a release: given, from SOURCE_DATE_EPOCH, or that of the last commit; never today."""

import datetime as dt
import os
import subprocess
from pathlib import Path

from alignment_events.findings import AlignmentEventsError
from alignment_events.read.package import RELEASES

EPOCH_VARIABLE = "SOURCE_DATE_EPOCH"
"""Environment variable of reproducible builds: seconds since 1970."""

# What was released is no part of what is to be released.
_SOURCES = [".", f":(exclude){RELEASES}"]
_HOW = f"Give the day of the release: --date 2026-07-23, or set {EPOCH_VARIABLE}."


def release_date(folder: Path, given: str | None = None) -> dt.date:
    """The day of a release.

    Args:
        folder: The dataset folder.
        given: The day as it was given, if it was.

    Raises:
        AlignmentEventsError: If no day can be had that the next build would have as well.
    """
    if given is not None:
        try:
            return dt.date.fromisoformat(given)
        except ValueError as error:
            raise AlignmentEventsError(f"“{given[:40]}” is no day such as 2026-07-23.") from error
    if seconds := os.environ.get(EPOCH_VARIABLE):
        return _day(seconds, EPOCH_VARIABLE)
    if changed := _git(folder, "status", "--porcelain", "--", *_SOURCES):
        raise AlignmentEventsError(
            f"{folder} has changes that are not committed ({changed.splitlines()[0][3:]}), so that "
            f"the last commit is not its state. {_HOW}"
        )
    seconds = _git(folder, "log", "-1", "--format=%ct", "--", *_SOURCES)
    if not seconds:
        raise AlignmentEventsError(f"{folder} is in no commit. {_HOW}")
    return _day(seconds, "the last commit")


def _day(seconds: str, source: str) -> dt.date:
    try:
        return dt.datetime.fromtimestamp(int(seconds), dt.UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        raise AlignmentEventsError(f"{source} is no number of seconds: “{seconds[:40]}”.") from error


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "-c", "core.quotePath=false", *arguments],
            capture_output=True, text=True, encoding="utf-8", errors="replace",
            stdin=subprocess.DEVNULL, timeout=60, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AlignmentEventsError(f"git cannot be asked for the last commit. {_HOW}") from error
    if done.returncode:
        raise AlignmentEventsError(f"git knows no last commit of {folder}. {_HOW}")
    return done.stdout.strip("\n")
