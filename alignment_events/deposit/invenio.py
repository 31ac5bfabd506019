"""The calls of InvenioRDM (Zenodo) that a deposit needs, each as its documentation has it.

Source: InvenioRDM, REST API reference, “Drafts and Records” and “Quickstart”
(https://inveniordm.docs.cern.ch/reference/rest_api_drafts_records/,
https://inveniordm.docs.cern.ch/reference/rest_api_quickstart/); limits of Zenodo:
https://developers.zenodo.org/#rate-limiting. Addresses are built here: links in answers are not
followed, so that no answer can send the token elsewhere.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_events.deposit.http import PublishError, Secret, Web, quoted

# Zenodo answers `application/json` in the form of its former interface, without `pids`.
_ACCEPT = "application/vnd.inveniordm.v1+json"
_MOST_HITS = "100"


@dataclass(frozen=True)
class Draft:
    """A record or draft as the server tells of it."""

    id: str
    parent: str
    published: bool
    doi: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class DraftFile:
    """A file of a draft: `checksum` as `md5:…`, empty until it is completed."""

    name: str
    completed: bool
    checksum: str
    size: int


class Invenio:
    """A server and who is asking."""

    def __init__(
        self, base: str, token: str, *, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._web = Web(base, Secret("Bearer", token), accept=_ACCEPT, sleep=sleep)
        self.base = self._web.base

    def create(self, metadata: Mapping[str, Any]) -> Draft:
        """Create a draft: `POST /api/records`. Not to be repeated."""
        body = {
            "access": {"record": "public", "files": "public"},
            "files": {"enabled": True},
            "metadata": metadata,
        }
        return _draft(self._send("POST", "/api/records", body, expect=(201,)))

    def new_version(self, record_id: str) -> Draft:
        """Create a draft of a new version: `POST /api/records/{id}/versions`. Not to be repeated."""
        path = f"/api/records/{quoted(record_id)}/versions"
        return _draft(self._web.call("POST", path, expect=(201,)).json())

    def draft(self, record_id: str) -> Draft | None:
        """A draft, or None if there is none: `GET /api/records/{id}/draft`."""
        answer = self._web.call("GET", self._at(record_id), expect=(200, 404))
        return None if answer.status == 404 else _draft(answer.json())

    def record(self, record_id: str) -> Draft | None:
        """A published record, or None: `GET /api/records/{id}`."""
        path = f"/api/records/{quoted(record_id)}"
        answer = self._web.call("GET", path, expect=(200, 404))
        return None if answer.status == 404 else _draft(answer.json())

    def own(self, query: str) -> list[Draft]:
        """Own drafts and records that a query finds: `GET /api/user/records`."""
        params = {"q": query, "size": _MOST_HITS, "allversions": "true", "sort": "newest"}
        answer = self._web.call("GET", "/api/user/records", params=params).json()
        hits = answer.get("hits", {}).get("hits", [])
        if not isinstance(hits, list):
            raise PublishError(f"{self.base}: an answer to a search without its hits.")
        return [_draft(hit) for hit in hits if isinstance(hit, dict)]

    def reserve_doi(self, record_id: str) -> Draft:
        """Reserve the DOI: `POST /api/records/{id}/draft/pids/doi`. Not to be repeated."""
        return _draft(
            self._web.call("POST", f"{self._at(record_id)}/pids/doi", expect=(201,)).json()
        )

    def update(self, record_id: str, metadata: Mapping[str, Any], doi: str) -> Draft:
        """Replace the metadata: `PUT /api/records/{id}/draft`."""
        body = {
            "access": {"record": "public", "files": "public"},
            "files": {"enabled": True},
            "metadata": metadata,
            "pids": {"doi": {"identifier": doi, "provider": "datacite", "client": "datacite"}},
        }
        return _draft(self._send("PUT", self._at(record_id), body, expect=(200,)))

    def files(self, record_id: str) -> dict[str, DraftFile]:
        """The files of a draft: `GET /api/records/{id}/draft/files`."""
        return self._files(f"{self._at(record_id)}/files")

    def published_files(self, record_id: str) -> dict[str, DraftFile]:
        """The files of a published record: `GET /api/records/{id}/files`."""
        return self._files(f"/api/records/{quoted(record_id)}/files")

    def _files(self, path: str) -> dict[str, DraftFile]:
        entries = self._web.call("GET", path).json().get("entries")
        if not isinstance(entries, list):
            raise PublishError(f"{self.base}: an answer about files without its entries.")
        found = [_file(entry) for entry in entries if isinstance(entry, dict)]
        return {file.name: file for file in found}

    def start_files(self, record_id: str, names: list[str]) -> None:
        """Announce files: `POST /api/records/{id}/draft/files`. Not to be repeated."""
        body = [{"key": name} for name in names]
        self._send("POST", f"{self._at(record_id)}/files", body, expect=(201,))

    def send_content(self, record_id: str, name: str, path: Path) -> None:
        """Send the bytes: `PUT /api/records/{id}/draft/files/{name}/content`."""
        self._web.call(
            "PUT", f"{self._at(record_id)}/files/{quoted(name)}/content", content=path,
            headers={"Content-Type": "application/octet-stream"},
        )  # fmt: skip

    def commit_file(self, record_id: str, name: str) -> None:
        """Complete a file: `POST /api/records/{id}/draft/files/{name}/commit`. Not to be repeated."""
        self._web.call("POST", f"{self._at(record_id)}/files/{quoted(name)}/commit")

    def delete_file(self, record_id: str, name: str) -> None:
        """Delete a file of a draft: `DELETE /api/records/{id}/draft/files/{name}`."""
        path = f"{self._at(record_id)}/files/{quoted(name)}"
        self._web.call("DELETE", path, expect=(204, 404))

    def publish(self, record_id: str) -> Draft:
        """Publish a draft: `POST /api/records/{id}/draft/actions/publish`. Not to be repeated."""
        path = f"{self._at(record_id)}/actions/publish"
        return _draft(self._web.call("POST", path, expect=(202,)).json())

    def page(self, record_id: str, *, published: bool) -> str:
        """The page for people."""
        return f"{self.base}/{'records' if published else 'uploads'}/{quoted(record_id)}"

    def _at(self, record_id: str) -> str:
        return f"/api/records/{quoted(record_id)}/draft"

    def _send(
        self, method: str, path: str, body: Any, *, expect: tuple[int, ...]
    ) -> dict[str, Any]:
        data = json.dumps(body).encode("utf-8")
        headers = {"Content-Type": "application/json"}
        return self._web.call(method, path, content=data, headers=headers, expect=expect).json()


def _draft(told: Mapping[str, Any]) -> Draft:
    record_id = str(told.get("id", ""))
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", record_id):
        raise PublishError("The server's answer names no record.")
    pids = told.get("pids")
    doi = pids.get("doi", {}).get("identifier", "") if isinstance(pids, dict) else ""
    parent = told.get("parent")
    metadata = told.get("metadata")
    return Draft(
        id=record_id,
        parent=str(parent.get("id", "")) if isinstance(parent, dict) else "",
        published=told.get("is_published") is True and told.get("is_draft") is not True,
        doi=str(doi),
        metadata=metadata if isinstance(metadata, dict) else {},
    )


def _file(told: Mapping[str, Any]) -> DraftFile:
    size = told.get("size")
    return DraftFile(
        name=str(told.get("key", "")),
        completed=told.get("status") == "completed",
        checksum=str(told.get("checksum") or ""),
        size=int(size) if isinstance(size, int | float) else -1,
    )
