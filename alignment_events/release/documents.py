"""The files of a release that are no tables: card, codebook, changes, citation, licence."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.compile.citation import Cited, cff_text, datacite_json
from alignment_events.compile.codebook import codebook_markdown, markdown_table
from alignment_events.compile.codebook_html import codebook_html
from alignment_events.compile.croissant import cited_as, croissant_json
from alignment_events.findings import AlignmentEventsError
from alignment_events.model.licences import licence_name, licence_url
from alignment_events.read.package import CHECKSUMS, DESCRIPTOR
from alignment_events.release.diff import Diff
from alignment_events.release.package import Written, json_text
from alignment_events.release.schema_folder import decisive_round
from alignment_events.release.sides import Side
from alignment_events.report.card import START, card_with_figures
from alignment_events.report.changes import first_release_markdown

if TYPE_CHECKING:
    from alignment_events.dataset import Dataset

CARD = "README.md"
ERRATA = "errata.csv"
RELIABILITY = "reliability.json"
LICENCE = "LICENSE-DATA.txt"

TITLES = {
    CARD: "What the data are, how they were made, and what they are not for",
    "CHANGES.md": "Changes since the release before",
    "CITATION.cff": "Citation for reference managers",
    LICENCE: "Licence of the data",
    CHECKSUMS: "SHA-256 of every other file",
    "changes.json": "Changes since the release before, row by row",
    "codebook.html": "Codebook as one page",
    "codebook.md": "Codebook",
    "croissant.json": "Description in Croissant",
    "datacite.json": "Description in DataCite kernel 4",
    ERRATA: "Known errors",
    RELIABILITY: "Agreement between coders",
}
"""Name to title of every file of a release that is no table, but the descriptor."""


def document_texts(
    folder: Path, cited: Cited, written: Written, now: Side, changes: Diff | None
) -> dict[str, str]:
    """Name to text of every such file but descriptor and checksums.

    Args:
        folder: The dataset folder.
        cited: The release as it is cited.
        written: Its tables as they were written.
        now: Its tables.
        changes: What changed since the release before; None for the first.
    """
    agreement = folder / RELIABILITY
    codebook = codebook_markdown(decisive_round(agreement) if agreement.is_file() else None)
    title = f"{cited.info.title}, version {cited.info.version}"
    texts = {
        "CITATION.cff": cff_text(cited),
        LICENCE: _licence(cited),
        "changes.json": json_text(changes.as_dict() if changes else _nothing_before(now)),
        "CHANGES.md": (
            changes.to_markdown()
            if changes
            else first_release_markdown(now.name, now.version, _counts(now))
        ),
        "codebook.md": codebook,
        "codebook.html": codebook_html(codebook, f"Codebook: {title}"),
        "croissant.json": json_text(croissant_json(cited, written.resources)),
        "datacite.json": json_text(datacite_json(cited)),
    }
    for name in (ERRATA, RELIABILITY):
        if (folder / name).exists():
            texts[name] = _read(folder / name)
    texts[CARD] = _card(folder, cited, now, texts)
    return dict(sorted(texts.items()))


def _read(path: Path) -> str:
    """A text of the dataset folder, its line ends those of a package."""
    try:
        if path.is_symlink() or not path.is_file():
            raise AlignmentEventsError(f"{path} is a link or a folder, not a file.")
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AlignmentEventsError(f"{path} cannot be read as UTF-8: {error}.") from error
    return text.replace("\r\n", "\n")


def _counts(now: Side) -> list[tuple[str, int]]:
    return [(name, table.num_rows) for name, table in now.tables.items()]


def _nothing_before(now: Side) -> dict[str, Any]:
    return {
        "dataset": now.name,
        "from": None,
        "to": {
            "version": now.version,
            "format_version": now.format_version,
            "content_digest": now.digest,
            "cutoff": now.cutoff,
        },
        "records": {"added": [], "withdrawn": [], "changed": []},
        "tables": [],
    }


# --- The card ---------------------------------------------------------------------------------


def _card(folder: Path, cited: Cited, now: Side, texts: Mapping[str, str]) -> str:
    path = folder / CARD
    if path.exists():
        text = _read(path)
        if START in text:
            text = card_with_figures(text, _dataset(cited, now), folder)
    else:
        text = f"# {cited.info.title}\n\n{cited.info.description}\n\n{cited.info.scope.statement}\n"
    text = _with_links_within(text, {*texts, CARD, CHECKSUMS, DESCRIPTOR})
    return f"{text.rstrip()}\n\n{''.join(_about(cited, now, texts))}"


def _dataset(cited: Cited, now: Side) -> "Dataset":
    from alignment_events.dataset import Dataset, Description
    from alignment_events.model.marks import CODEBOOK_VERSION

    info = cited.info
    about = Description(
        name=info.name,
        title=info.title,
        description=info.description,
        version=info.version,
        format_version=now.format_version,
        codebook_version=CODEBOOK_VERSION,
        digest=now.digest,
        cutoff=now.cutoff,
        principals=tuple(info.scope.principals),
    )
    return Dataset(about, now.tables)


_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)")


def _with_links_within(text: str, names: set[str]) -> str:
    """Links to files of the repository lead to the file of the release, or become plain words."""

    def kept(found: re.Match[str]) -> str:
        target, _, anchor = found[2].partition("#")
        if re.match(r"[a-z]+:", target) or not target:
            return found[0]
        name = target.rpartition("/")[2]
        if name in names and name != CARD:
            return f"[{found[1]}]({name}{'#' + anchor if anchor else ''})"
        return found[1]

    return _LINK.sub(kept, text)


def _about(cited: Cited, now: Side, texts: Mapping[str, str]) -> Iterator[str]:
    info = cited.info
    yield (
        "## This release\n\n"
        f"Version {info.version} of {cited.date.isoformat()}, format {now.format_version}, derived "
        f"columns as of {now.cutoff}.\n\n"
        f"> {cited_as(cited)}\n\n"
        f"Licence: {licence_name(info.licence)} ({LICENCE}). `sha256sum --check {CHECKSUMS}` tells "
        "whether all files are as they were released.\n\n"
    )
    rows = [
        (f"`{name}.csv`, `{name}.parquet`", f"{table.num_rows} rows")
        for name, table in now.tables.items()
    ]
    listed = sorted({*texts, CHECKSUMS, DESCRIPTOR} - {CARD})
    rows += [(f"`{name}`", TITLES.get(name, "Description in Data Package v2")) for name in listed]
    yield markdown_table(("File", "What it holds"), rows) + "\n"


def _licence(cited: Cited) -> str:
    info = cited.info
    text = (
        f"{info.title}, version {info.version}\n\n"
        f"These data are licensed under {licence_name(info.licence)}.\n\n"
        f"SPDX-License-Identifier: {info.licence}\n"
        f"Legal code: {licence_url(info.licence)}\n"
    )
    if info.licence.startswith("CC-BY"):
        text += (
            "\nGive appropriate credit, link to the licence, and say whether you made changes. Cite "
            "this version:\n\n" + cited_as(cited) + "\n"
        )
    return text
