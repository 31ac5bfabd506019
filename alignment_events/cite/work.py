"""What is cited: a release as its descriptor describes it, or one record of it."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alignment_events.compile.citation import Cited
from alignment_events.findings import AlignmentEventsError

if TYPE_CHECKING:
    from alignment_events.dataset import Description


@dataclass(frozen=True)
class Part:
    """One record, cited by itself."""

    record_id: str
    title: str


@dataclass(frozen=True)
class Work:
    """A release, or a part of it, with the words that all forms share."""

    cited: Cited
    part: Part | None = None

    @property
    def title(self) -> str:
        """Title of what is cited."""
        return self.part.title if self.part else self.cited.info.title

    @property
    def authors(self) -> list[str]:
        """Names as they are written; whether they are of persons is not known."""
        return [author.title for author in self.cited.authors]

    @property
    def key(self) -> str:
        """A word that stands for it: `china-russia-dprk-0.1.0`."""
        info = self.cited.info
        return "-".join([info.name, info.version, *([self.part.record_id] if self.part else [])])

    @property
    def url(self) -> str | None:
        """Its address: that of the DOI, or the homepage of the dataset, or none."""
        info = self.cited.info
        return f"https://doi.org/{info.doi}" if info.doi else info.homepage

    @property
    def note(self) -> str:
        """What identifies the data, whatever happens to names and addresses."""
        info = self.cited.info
        record = f"Record {self.part.record_id} of {info.title}. " if self.part else ""
        return f"{record}Version {info.version}, content digest {self.cited.digest}"


def work_of(about: "Description", part: Part | None = None) -> Work:
    """The work that a loaded dataset is.

    Raises:
        AlignmentEventsError: If the package does not say what a citation needs.
    """
    from pydantic import ValidationError

    from alignment_events.model.dataset import DatasetInfo

    try:
        day = dt.date.fromisoformat(about.date)
    except ValueError as error:
        raise AlignmentEventsError(
            f"{about.name or 'This package'} {about.version} is a build without a date, no release: "
            "nobody could get what you cite. Cite a release; ae.releases(…) lists them."
        ) from error
    try:
        info = DatasetInfo.model_validate(
            {
                "name": about.name,
                "title": about.title,
                "description": about.description,
                "version": about.version,
                "scope": {"principals": about.principals, "statement": about.scope},
                "licence": about.licence,
                "contributors": [{"title": c.title, "role": c.role} for c in about.contributors],
                "cutoff": about.cutoff,
                "keywords": about.keywords,
                "homepage": about.homepage or None,
                "doi": about.doi or None,
                "publisher": about.publisher or None,
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(map(str, first["loc"]))
        message = (
            f"{about.name} cannot be cited, for its descriptor is faulty: {where}: {first['msg']}."
        )
        raise AlignmentEventsError(message) from error
    if not info.contributors:
        raise AlignmentEventsError(f"{about.name} cannot be cited: its descriptor names no author.")
    return Work(Cited(info, day, about.digest), part)
