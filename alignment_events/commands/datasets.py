"""`build` and `card`: what is made of a dataset folder."""

from pathlib import Path

from alignment_events.commands.app import progress_bar
from alignment_events.findings import AlignmentEventsError


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
    with progress_bar(f"building {dataset.name}") as progress:
        report = build_package(dataset, out, progress=progress)  # type: ignore[arg-type]
    print(f"Built {out} from {verdict(report)}")
    return 0


def card(dataset: Path) -> int:
    """Bring the figures in a dataset's README up to date.

    Args:
        dataset: The dataset folder.
    """
    from alignment_events.release.card import write_card

    print(f"Wrote {write_card(dataset)}")
    return 0
