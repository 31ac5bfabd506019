"""`validate`."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from alignment_events.commands.app import app, progress_bar
from alignment_events.findings import AlignmentEventsError, Report, merge


@app.command
def validate(
    *paths: Path,
    within: Annotated[Path | None, Parameter(name=["--in"])] = None,
    format: Literal["text", "json"] = "text",
    strict: bool = False,
) -> int:
    """Check files against the format, and say what is wrong and exactly where.

    Exit code 0: valid; 1: findings; 2: unusable input.

    Args:
        paths: Files or folders of YAML records, JSON Lines, CSV, TSV, workbooks (.xlsx) or Parquet
            tables; dataset folders; packages.
        within: Dataset folder against which links and codes of single records are resolved.
        format: text for people, json for programs.
        strict: Warnings count as findings too.
    """
    from alignment_events.validation import validate as check

    if not paths:
        raise AlignmentEventsError("name at least one file or folder to validate.")
    reports = []
    for path in paths:
        with progress_bar(f"reading {path.name}") as progress:
            reports.append(check(path, within=within, progress=progress))  # type: ignore[arg-type]
    report = merge(reports)
    if format == "json":
        # In ASCII, so that it is the same JSON whatever the encoding of the output is.
        print(json.dumps(report.as_dict(), indent=2))
    else:
        _print_report(report)
    return report.exit_code(strict=strict)


def _print_report(report: Report) -> None:
    from alignment_events.report.text import render_text

    if not sys.stdout.isatty():
        print(render_text(report))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    styles = {": error ": "red", ": warning ": "yellow", "not checked": "dim", "    ": "dim"}
    for line in render_text(report).splitlines():
        style = next((style for mark, style in styles.items() if mark in line[:200]), "")
        console.print(Text(line, style=style))
