"""`release`: plan, build, verify and compare releases of a dataset."""

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from alignment_events.commands.app import DEFAULT_DATASET, progress_bar

release_app = App(name="release", help="Releases of a dataset: plan, build, verify, compare.")
release_app.command("alignment_events.commands.publishing:release_publish", name="publish")

_DATASET = Path("datasets") / DEFAULT_DATASET


@release_app.command(name="plan")
def release_plan(
    *,
    dataset: Path = _DATASET,
    version: str | None = None,
    format: Literal["text", "markdown", "json"] = "text",
) -> int:
    """Say what changed since the latest release, and which version that requires.

    Args:
        dataset: The dataset folder.
        version: A version that you have in mind; refused if it is too low.
        format: text for people, markdown for a page, json for programs.
    """
    from alignment_events.release.plan import plan
    from alignment_events.report.plan import plan_json, plan_markdown, plan_text

    with progress_bar(f"reading {dataset.name}") as progress:
        made = plan(dataset, progress=progress)  # type: ignore[arg-type]
    if format == "json":
        print(json.dumps(plan_json(made), indent=2))
    else:
        print(plan_text(made) if format == "text" else plan_markdown(made))
    made.refuse_lost_ids()
    if version is not None:
        made.refuse_lower(version)
    return 0


@release_app.command(name="build")
def release_build(
    version: str,
    *,
    dataset: Path = _DATASET,
    out: Path | None = None,
    archives: Path = Path("dist"),
    date: str | None = None,
    commit: str | None = None,
) -> int:
    """Build a release: folder, archive, and its entry in the registry.

    A release is written once. Building it again is allowed if the bytes come out the same.

    Args:
        version: The version; dataset.yaml must say the same.
        dataset: The dataset folder.
        out: Folder with a registry.json, for releases kept elsewhere than above the dataset.
        archives: Folder for the archive.
        date: Day of the release; by default from SOURCE_DATE_EPOCH or the last commit.
        commit: Commit that it is built from, to be written into it.
    """
    from alignment_events.release.release import build_release
    from alignment_events.report.text import verdict

    with progress_bar(f"building {dataset.name} {version}") as progress:
        built = build_release(
            dataset,
            version,
            out=out,
            archives=archives,
            date=date,
            commit=commit,
            progress=progress,  # type: ignore[arg-type]
        )
    print(f"{'The same again' if built.again else 'Built'}: {built.entry.label}")
    print(f"  from     {verdict(built.plan.report)}")
    print(f"  folder   {built.folder}")
    print(f"  archive  {built.archive}")
    print(f"  digest   {built.entry.digest}")
    return 0


@release_app.command(name="verify")
def release_verify(
    target: str,
    *,
    registry: Path | None = None,
    against: str | None = None,
    frictionless: Annotated[bool, Parameter(negative=())] = False,
    format: Literal["text", "json"] = "text",
) -> int:
    """Check that a release is intact, complete and conforms; explain what is not.

    Exit code 0: it is; 1: it is not; 2: nothing could be checked.

    Args:
        target: Folder, archive, https address of either, or name@version.
        registry: A registry.json to compare it with; by default the one above it, if there is one.
        against: A sound release to name the changed cells by, given like the target.
        frictionless: Let frictionless check the package as well.
        format: text for people, json for programs.
    """
    from alignment_events.release.verify import verify
    from alignment_events.report.verified import verified_json, verified_text

    verified = verify(target, registry=registry, against=against, frictionless=frictionless)
    if format == "json":
        print(json.dumps(verified_json(verified), indent=2))
    else:
        print(verified_text(verified))
    return verified.exit_code


@release_app.command(name="diff")
def release_diff(
    old: str,
    new: str,
    *,
    format: Literal["text", "markdown", "json", "html"] = "text",
) -> int:
    """Compare two releases: rows, records, codes, columns.

    Args:
        old: The earlier one: folder, archive, https address, or name@version.
        new: The later one, given likewise.
        format: text for people, markdown or html for a page, json for programs.
    """
    from alignment_events.release.diff import diff
    from alignment_events.release.sides import side_of_package
    from alignment_events.release.targets import opened

    with opened(old) as before, opened(new) as after:
        found = diff(side_of_package(before.folder), side_of_package(after.folder))
    match format:
        case "text":
            print(found)
        case "markdown":
            print(found.to_markdown(), end="")
        case "html":
            print(found.to_html(), end="")
        case "json":
            print(json.dumps(found.as_dict(), indent=2))
    return 0
