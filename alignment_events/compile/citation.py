"""Description of a release → the records by which it is cited: DataCite, CITATION.cff.

Nothing is invented: what the dataset does not say of itself is left out, or marked as unknown by
the word that the standard has for that.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from alignment_events.model.dataset import Contributor, DatasetInfo
from alignment_events.model.licences import licence_name, licence_url

AUTHOR = "author"
UNAVAILABLE = "(:unav)"
"""DataCite's word for a value that is not available."""

DATACITE_SCHEMA = "http://datacite.org/schema/kernel-4"
_DATACITE_ROLES = {
    "coder": "DataCollector",
    "editor": "Editor",
    "maintainer": "DataManager",
    "reviewer": "DataCurator",
    "publisher": "Distributor",
}
"""Role in `dataset.yaml` to the contributor type of DataCite; any other is `Other`."""


@dataclass(frozen=True)
class Cited:
    """A release as it is cited.

    Attributes:
        info: Description of the dataset.
        date: Day of the release.
        digest: Content digest, `sha256:…`.
        earlier_doi: DOI of the release before it, if that has one.
    """

    info: DatasetInfo
    date: dt.date
    digest: str
    earlier_doi: str | None = None

    @property
    def authors(self) -> tuple[Contributor, ...]:
        """Who is cited: the authors, or all contributors if none of them is called so."""
        everyone = self.info.contributors
        return tuple(c for c in everyone if c.role == AUTHOR) or everyone


def datacite_json(cited: Cited) -> dict[str, Any]:
    """The metadata of DataCite kernel 4, as its JSON Schema 4.5 wants it."""
    info = cited.info
    record: dict[str, Any] = {
        "schemaVersion": DATACITE_SCHEMA,
        "identifiers": [],
        "creators": [{"name": author.title} for author in cited.authors],
        "titles": [{"title": info.title}],
        "publisher": {"name": info.publisher or UNAVAILABLE},
        "publicationYear": str(cited.date.year),
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Coded event data"},
        "version": info.version,
        "dates": [{"date": cited.date.isoformat(), "dateType": "Issued"}],
        "subjects": [{"subject": keyword} for keyword in info.keywords],
        "descriptions": [
            {"description": info.description, "descriptionType": "Abstract"},
            {"description": info.scope.statement, "descriptionType": "Methods"},
        ],
        "rightsList": [
            {
                "rights": licence_name(info.licence),
                "rightsUri": licence_url(info.licence),
                "rightsIdentifier": info.licence,
                "rightsIdentifierScheme": "SPDX",
                "schemeUri": "https://spdx.org/licenses/",
            }
        ],
        "alternateIdentifiers": [
            {
                "alternateIdentifier": cited.digest,
                "alternateIdentifierType": "content digest of the rows",
            }
        ],
        "contributors": [
            {"name": one.title, "contributorType": _DATACITE_ROLES.get(one.role, "Other")}
            for one in info.contributors
            if one not in cited.authors
        ],
        "relatedIdentifiers": list(_related(cited)),
    }
    if info.doi:
        record["doi"] = info.doi
        record["identifiers"] = [{"identifier": info.doi, "identifierType": "DOI"}]
    return {key: value for key, value in record.items() if value or key == "identifiers"}


def _related(cited: Cited) -> list[dict[str, str]]:
    related = []
    if cited.info.homepage:
        related.append(("URL", cited.info.homepage, "IsDescribedBy"))
    if cited.earlier_doi:
        related.append(("DOI", cited.earlier_doi, "IsNewVersionOf"))
    return [
        {"relatedIdentifier": value, "relatedIdentifierType": kind, "relationType": relation}
        for kind, value, relation in related
    ]


def cff(cited: Cited) -> dict[str, Any]:
    """The content of a CITATION.cff, version 1.2.0."""
    info = cited.info
    found: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use these data, cite this version and its content digest.",
        "type": "dataset",
        "title": info.title,
        "abstract": info.description,
        "authors": [{"name": author.title} for author in cited.authors],
        "version": info.version,
        "date-released": cited.date.isoformat(),
        "license": info.licence,
        "doi": info.doi,
        "url": info.homepage,
        "keywords": list(info.keywords),
        "identifiers": [
            {
                "type": "other",
                "value": cited.digest,
                "description": "Content digest: SHA-256 over the rows of all tables.",
            }
        ],
    }
    return {key: value for key, value in found.items() if value}


def cff_text(cited: Cited) -> str:
    """A CITATION.cff; every text is quoted, so that no YAML reader takes one for something else."""
    import json

    def lines(value: Any, indent: str) -> list[str]:
        if isinstance(value, dict):
            found = []
            for key, inner in value.items():
                if isinstance(inner, dict | list):
                    found += [f"{indent}{key}:", *lines(inner, indent + "  ")]
                else:
                    found.append(f"{indent}{key}: {json.dumps(inner, ensure_ascii=False)}")
            return found
        found = []
        for item in value:
            if isinstance(item, dict):
                first, *rest = lines(item, indent + "  ")
                found += [f"{indent}- {first.lstrip()}", *rest]
            else:
                found.append(f"{indent}- {json.dumps(item, ensure_ascii=False)}")
        return found

    return "\n".join(lines(cff(cited), "")) + "\n"
