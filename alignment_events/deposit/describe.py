"""The metadata of a deposit, from what the release says of itself; nothing is invented.

Fields: https://inveniordm.docs.cern.ch/reference/metadata/ (resource type, creators, title,
publication date, publisher, rights, subjects, version).
"""

import datetime as dt
import json
import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alignment_events.deposit.http import PublishError
from alignment_events.model.dataset import DatasetInfo
from alignment_events.read.package import DESCRIPTOR

_DOI = re.compile(r"10\.\d{4,9}/[A-Za-z0-9._;()/-]{1,200}")


def of_release(folder: Path, server: str) -> dict[str, Any]:
    """The metadata of a release that was built; its descriptor was checked before."""
    told = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    contributors = [(str(c["title"]), list(c.get("roles", ()))) for c in told["contributors"]]
    return _metadata(
        server,
        title=told["title"],
        description=told["description"],
        scope=told["scope"],
        version=told["version"],
        day=str(told.get("created", ""))[:10],
        authors=_authors(contributors),
        licence=told["licenses"][0]["name"],
        keywords=told.get("keywords", ()),
        digest=told["content_digest"],
    )


def of_plan(info: DatasetInfo, server: str, day: dt.date) -> dict[str, Any]:
    """What can be said before the release is built, because its DOI has to stand in it."""
    return _metadata(
        server,
        title=info.title,
        description=info.description,
        scope=info.scope.statement,
        version=info.version,
        day=day.isoformat(),
        authors=_authors([(c.title, [c.role]) for c in info.contributors]),
        licence=info.licence,
        keywords=info.keywords,
        digest="",
    )


def _authors(contributors: list[tuple[str, list[str]]]) -> list[str]:
    """Who is cited: the authors, or all contributors if none of them is called so."""
    authors = [title for title, roles in contributors if "author" in roles]
    return authors or [title for title, _ in contributors]


def _metadata(
    server: str,
    *,
    title: str,
    description: str,
    scope: str,
    version: str,
    day: str,
    authors: list[str],
    licence: str,
    keywords: Any,
    digest: str,
) -> dict[str, Any]:
    host = urlsplit(server).hostname or ""
    paragraphs = [description, scope] + ([f"Content digest: {digest}"] if digest else [])
    return {
        "resource_type": {"id": "dataset"},
        "title": title,
        "publication_date": day,
        # A name or pseudonym is all that is known: which part is a family name, is not.
        "creators": [{"person_or_org": {"type": "organizational", "name": a}} for a in authors],
        "description": "".join(f"<p>{escape(text)}</p>" for text in paragraphs),
        "version": version,
        # DataCite wants one; the repository that registers the DOI is it.
        "publisher": "Zenodo" if host.endswith("zenodo.org") else host,
        "rights": [{"id": licence.lower()}],
        "subjects": [{"subject": keyword} for keyword in keywords],
    }


def with_doi(text: str, doi: str) -> str:
    """The text of a `dataset.yaml` with a DOI; everything else stays as it is written.

    Raises:
        PublishError: If the DOI has a form that no DOI has.
    """
    if not _DOI.fullmatch(doi):
        raise PublishError(f"The server gave “{doi[:80]}”, which is no DOI.")
    line = f"doi: {doi}"
    if re.search(r"(?m)^doi:", text):
        return re.sub(r"(?m)^doi:.*$", line, text, count=1)
    changed, count = re.subn(r"(?m)^(version:.*)$", rf"\1\n{line}", text, count=1)
    return changed if count else f"{text.rstrip()}\n{line}\n"


def previous_record(doi: str | None, server: str) -> str:
    """The id of the record with a DOI, where the DOIs of the server tell it; else empty."""
    prefix = {"zenodo.org": "10.5281", "sandbox.zenodo.org": "10.5072"}.get(
        urlsplit(server).hostname or "", ""
    )
    found = re.fullmatch(rf"{re.escape(prefix)}/zenodo\.(\d+)", doi or "") if prefix else None
    return found[1] if found else ""
