"""`validate`."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from alignment_events.commands.app import progress_bar
from alignment_events.findings import AlignmentEventsError, Interrupted, Report, merge
from alignment_events.report.formats import Format

if TYPE_CHECKING:
    from alignment_events.report.findings_file import FindingsFile


def validate(
    *paths: Path,
    within: Annotated[Path | None, Parameter(name=["--in"])] = None,
    format: Format = "text",
    output: Path | None = None,
    most: int = 200,
    strict: bool = False,
    whole: bool = False,
    fix: bool = False,
    diff: Annotated[bool, Parameter(name=["--diff", "--dry-run"])] = False,
    engine: Literal["local", "spark"] = "local",
    spark_conf: Annotated[tuple[str, ...], Parameter(name=["--spark-conf"])] = (),
    findings: Path | None = None,
    memory: str | None = None,
) -> int:
    """Check files against the format, and say what is wrong and exactly where.

    Exit code 0: valid; 1: findings; 2: unusable input; 130: interrupted, and the report is of what
    was checked until then. A report counts every finding, and lists the first 10,000 of a rule in a
    table of Parquet, the first 1,000 in another file.

    Args:
        paths: Files or folders of YAML records, JSON Lines, CSV, TSV, workbooks (.xlsx) or Parquet
            tables; dataset folders; packages.
        within: Dataset folder against which links and codes of single records are resolved.
        format: text for people, json and sarif for programs, github for annotations in a workflow
            (and the summary of its job), html for a page that stands alone.
        output: File to write the report to; by default it is printed.
        most: Most findings that text shows, 0 for all. The counts are always those of all.
        strict: Warnings count as findings too.
        whole: Check the dataset in which each file lies as a whole, once, as a hook does.
        fix: Mend what is certain first: space at the ends, case of codes, days that can mean one
            day only, names of actors in the registry. Shows the difference; the rest is reported.
        diff: Show what --fix would change, and change nothing.
        engine: spark checks Parquet tables on a Spark cluster, by the same rules.
        spark_conf: Setting of the Spark session, such as spark.master=local[4]; may be repeated.
        findings: Parquet file to write every finding to, however many there are, a row for each:
            code, level, message, hint, and its place (file, line or table and row, record, field).
        memory: Memory that checking large Parquet tables may take, such as 1GiB; by default half
            of what is free. What cannot be checked in it is refused (AE003). Not with Spark.
    """
    if not paths:
        raise AlignmentEventsError("name at least one file or folder to validate.")
    if most < 0:
        raise AlignmentEventsError("--most is a number of findings, 0 for all.")
    if memory is not None:
        from alignment_events.screen.memory import Memory

        Memory.of(memory)
    wanted = _datasets_of(paths) if whole else list(paths)
    if fix or diff:
        _mend(wanted, within, write=not diff, aside=format != "text" and output is None)
    if engine == "spark":
        report = _gathered(_on_spark(wanted, within, spark_conf, memory), findings)
    else:
        report = _gathered(partial(_reports, wanted, within, memory), findings)
    _show(report, format, output, most)
    return report.exit_code(strict=strict)


Reports = Callable[["FindingsFile | None"], Iterable[Report]]
"""Makes the report on each path; what is too much to be listed goes to the file, if there is one."""


def _gathered(reports: Reports, findings: Path | None) -> Report:
    if findings is None:
        return merge(reports(None))
    from alignment_events.report.findings_file import FindingsFile

    with FindingsFile(findings) as file:
        report = merge(reports(file))
        file.finish(report.findings)
    return replace(report, findings_file=str(findings))


def _reports(
    paths: Iterable[Path], within: Path | None, memory: str | None, file: "FindingsFile | None"
) -> Iterator[Report]:
    """The report on each path; after an interrupt that on what was checked, and no more."""
    from alignment_events.validation import validate as check

    for path in paths:
        with progress_bar(f"reading {path.name}") as progress:
            try:
                yield check(
                    path,
                    within=within,
                    progress=progress,  # type: ignore[arg-type]
                    memory=memory,
                    findings=file,
                )
            except Interrupted as stop:
                yield stop.report
                return
            except KeyboardInterrupt:
                yield Report(partial=True)
                return


def _on_spark(
    paths: Iterable[Path], within: Path | None, settings: Iterable[str], memory: str | None
) -> Reports:
    from alignment_events.spark.run import validate_on_spark

    if within is not None:
        raise AlignmentEventsError("--in is for single records; Spark checks whole tables.")
    if memory is not None:
        raise AlignmentEventsError(
            "--memory is for checks in this process; give the processes of Spark theirs with "
            "--spark-conf, such as --spark-conf spark.executor.memory=4g."
        )
    pairs = [setting.partition("=") for setting in settings]
    if wrong := [name for name, equals, _ in pairs if not (name and equals)]:
        raise AlignmentEventsError(f"--spark-conf takes NAME=VALUE, not {wrong[0]!r}.")
    conf = {name: value for name, _, value in pairs}
    return lambda file: [validate_on_spark(path, conf=conf, unlisted=file) for path in paths]


def _datasets_of(paths: Iterable[Path]) -> list[Path]:
    """Each path, or the nearest dataset folder above it, once."""
    from alignment_events.read.dataset import is_dataset

    found: dict[Path, None] = {}
    for path in paths:
        above = [path, *path.parents] if path.is_absolute() else [path, *path.parents, Path.cwd()]
        found[next((folder for folder in above if is_dataset(folder)), path)] = None
    return list(found)


def _mend(paths: list[Path], within: Path | None, *, write: bool, aside: bool) -> None:
    """Show the difference, and write it unless it is only to be shown."""
    from alignment_events.fix import apply, plan
    from alignment_events.report.visible import visible

    found = plan(paths, within=within)
    # A report for programs has the standard output for itself.
    out = sys.stderr if aside else sys.stdout
    for one in found.fixes:
        for line in one.diff().split("\n"):
            print(visible(line) if out.isatty() else line, file=out)
    for file, why in found.left.items():
        print(visible(f"not mended: {file}: {why}"), file=out)
    if write:
        apply(found.fixes)
    count = sum(len(one.mended) for one in found.fixes)
    values = f"{count:,} value{'s'[: count != 1]} in {len(found.fixes):,} "
    files = f"file{'s'[: len(found.fixes) != 1]}"
    verb = "Mended" if write else "Would mend"
    print(f"{verb} {values}{files}." if count else "Nothing to mend that is certain.", file=out)
    print(file=out)


def _show(report: Report, format: Format, output: Path | None, most: int) -> None:
    from alignment_events.files import write_whole
    from alignment_events.report.formats import render_listing
    from alignment_events.report.github import summary
    from alignment_events.report.listing import listing

    told = listing(report, context=format != "json", most=most if format == "text" else 0)
    if output is not None:
        write_whole(output, render_listing(told, format, most=most) + "\n")
        print(f"Wrote {output}", file=sys.stderr)
    elif format == "text" and sys.stdout.isatty():
        _print_coloured(told, most)
    else:
        print(render_listing(told, format, most=most))
    summary_file = os.environ.get("GITHUB_STEP_SUMMARY")
    if format == "github" and summary_file:
        with Path(summary_file).open("a", encoding="utf-8") as stream:
            stream.write(summary(told))


def _print_coloured(told: object, most: int) -> None:
    from rich.console import Console
    from rich.text import Text

    from alignment_events.report.listing import Listing
    from alignment_events.report.text import pieces

    assert isinstance(told, Listing)
    styles = {
        "file": "bold", "error": "red", "warning": "yellow", "note": "cyan", "dim": "dim",
        "caret": "bold red",
    }  # fmt: skip
    console = Console(highlight=False)
    for line in pieces(told, most=most):
        # No wrapping: a caret in a line of its own would point nowhere.
        console.print(
            Text.assemble(*((text, styles.get(style, "")) for text, style in line)),
            soft_wrap=True,
        )
