"""The command line: `alignment-events validate`, `build`, `show`, `summary` and the rest."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from alignment_events.findings import AlignmentEventsError, InvalidData, Report, merge

DEFAULT_DATASET = "china-russia-dprk"

app = App(
    name="alignment-events",
    help="Check, build, read and explain coded events of alignment between states.",
)
schema_app = App(name="schema", help="The contract for people without Python: the folder schema/.")
app.command(schema_app)


def main() -> None:
    """Run the command line; every expected failure is a message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show must not end the report.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        result = app(result_action="return_value")
    except InvalidData as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except (AlignmentEventsError, ValueError) as error:
        print(f"alignment-events: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of the output has seen enough, as with `| head`.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        print(f"alignment-events: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(result if isinstance(result, int) else 0)


@contextmanager
def _progress(what: str) -> Iterator[object]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


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
        paths: Record files (YAML), folders of records, dataset folders, packages, Parquet files or
            folders of Parquet tables.
        within: Dataset folder against which links and codes of single records are resolved.
        format: text for people, json for programs.
        strict: Warnings count as findings too.
    """
    from alignment_events.validation import validate as check

    if not paths:
        raise AlignmentEventsError("name at least one file or folder to validate.")
    reports = []
    for path in paths:
        with _progress(f"reading {path.name}") as progress:
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


@app.command
def build(dataset: Path, *, out: Path) -> int:
    """Build a dataset folder into a package: Parquet, CSV and datapackage.json.

    The package is written beside and then renamed: a failure leaves nothing half-written.

    Args:
        dataset: The dataset folder.
        out: Folder of the package; an earlier package there is replaced.
    """
    from alignment_events.release.build import build as build_package
    from alignment_events.report.text import verdict

    if not (dataset / "dataset.yaml").is_file():
        raise AlignmentEventsError(f"{dataset} is no dataset folder: it has no dataset.yaml.")
    with _progress(f"building {dataset.name}") as progress:
        report = build_package(dataset, out, progress=progress)  # type: ignore[arg-type]
    print(f"Built {out} from {verdict(report)}")
    return 0


@app.command
def agree(
    first: Path,
    second: Path,
    *,
    first_coder: str | None = None,
    second_coder: str | None = None,
    out: Path | None = None,
    seed: int = 0,
    round: int = 1,
) -> int:
    """Compare two codings of the same accounts: units first, then every field.

    Args:
        first: The first coding: units in YAML, a folder of them, a CSV of codings, or a dataset.
        second: The second coding, likewise; both may stand in one CSV.
        first_coder: Coder to take from the first file, if it holds several.
        second_coder: Coder to take from the second file.
        out: Folder for reliability.json, agreement.html and disagreements.csv.
        seed: Seed of the bootstrap intervals.
        round: Number of the round, for reliability.json.
    """
    from alignment_events.measures.comparison import agree as compare_codings
    from alignment_events.report.agreement import render_text, write_agreement

    agreement = compare_codings(
        first, second, seed=seed, round=round, coder_a=first_coder, coder_b=second_coder
    )
    print(render_text(agreement))
    if out is not None:
        print(f"Wrote {', '.join(str(path) for path in write_agreement(agreement, out))}")
    return 0


@app.command
def card(dataset: Path) -> int:
    """Bring the figures in a dataset's README up to date.

    Args:
        dataset: The dataset folder.
    """
    from alignment_events.release.card import write_card

    print(f"Wrote {write_card(dataset)}")
    return 0


@app.command
def show(
    record_id: str | None = None,
    *,
    dataset: str = DEFAULT_DATASET,
    kind: tuple[str, ...] = (),
    actor: tuple[str, ...] = (),
    since: str | None = None,
    until: str | None = None,
    theme: tuple[str, ...] = (),
    mode: tuple[str, ...] = (),
    scope: tuple[str, ...] = (),
    limit: int = 40,
) -> int:
    """Show one record in full, or list the records that meet every condition.

    Args:
        record_id: Id of a record, such as AE-7K3M-9QX4.
        dataset: Name of a dataset, or path of a package.
        kind: meeting, agreement, statement, gap or deed; may be repeated.
        actor: Actors that must all take part; may be repeated.
        since: Not ended before this day, month or year.
        until: Begun by this day, month or year.
        theme: One of these themes; may be repeated.
        mode: One of these modes; may be repeated.
        scope: core or response.
        limit: Most records to list.
    """
    from alignment_events.loading import load

    loaded = load(dataset)
    if record_id is not None:
        from alignment_events.report.record import render_record

        print(render_record(loaded[record_id]))
        return 0
    found = loaded.filter(
        kind=kind or None,
        actors=actor or None,
        since=since,
        until=until,
        theme=theme or None,
        mode=mode or None,
        scope=scope or None,
    )
    rows = [
        *(
            (e["date_start"], e["event_id"], e["kind"], e["title"])
            for e in found.events.to_pylist()
        ),
        *((d["date_start"], d["deed_id"], "deed", d["title"]) for d in found.deeds.to_pylist()),
    ]
    for day, key, sort, title in sorted(rows)[:limit]:
        print(f"{day}  {key}  {sort:9}  {title}")
    more = f"; {len(rows) - limit} more, see --limit" if len(rows) > limit else ""
    print(f"{len(rows)} records{more}")
    return 0


@app.command
def summary(dataset: str = DEFAULT_DATASET) -> int:
    """Print what a dataset holds: records, undertakings, gaps, status and method.

    Args:
        dataset: Name of a dataset, or path of a package.
    """
    from alignment_events.loading import load

    print(load(dataset).summary())
    return 0


@app.command
def codebook(term: str | None = None) -> int:
    """Print the codebook on a vocabulary, code, kind, field or table; or what there is.

    Args:
        term: For example theme, verification, meeting, events or C4.
    """
    from alignment_events.report.explain import codebook_entry

    print(codebook_entry(term))
    return 0


@app.command
def explain(code: str) -> int:
    """Explain a rule: what it asks, why, what to do, wrong and right.

    Args:
        code: Code of a rule, such as AE203.
    """
    from alignment_events.report.explain import explain as explain_code

    print(explain_code(code))
    return 0


@schema_app.command(name="write")
def schema_write(
    out: Path = Path("schema"),
    *,
    reliability: Path = Path("datasets") / DEFAULT_DATASET / "reliability.json",
) -> int:
    """Write the folder schema/ from the models: codebook, rules, JSON Schemas, vocabularies.

    Args:
        out: The folder to write.
        reliability: Agreement between coders, shown in the codebook if the file is there.
    """
    from alignment_events.release.schema_folder import write_schema

    count = write_schema(out, reliability if reliability.is_file() else None)
    print(f"Wrote {count} files to {out}")
    return 0
