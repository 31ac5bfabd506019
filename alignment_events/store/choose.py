"""Which version a request means: exact (`0.1.0`), a range (`~=0.1`), `latest`, or none."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alignment_events.findings import AlignmentEventsError
from alignment_events.registry import Release

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

LATEST = "latest"
_EXACT = re.compile(r"\s*(?:={2,3})?\s*v?(\d{1,4}(?:\.\d{1,4}){0,2})\s*")


@dataclass(frozen=True)
class Request:
    """A request for a version.

    Attributes:
        text: As it was written; empty if none was.
        exact: The version, if one and no other will do.
        range: The range otherwise; None means any.
    """

    text: str = ""
    exact: str | None = None
    range: "SpecifierSet | None" = None

    def takes(self, version: str) -> bool:
        """True if that version will do."""
        if self.exact is not None:
            return version == self.exact
        return self.range is None or self.range.contains(version)

    def best(self, releases: Iterable[Release]) -> Release | None:
        """The newest that will do; one that was yanked only if it was asked for by its number."""
        fit = [
            release
            for release in releases
            if self.takes(release.version) and (self.exact or release.status != "yanked")
        ]
        return max(fit, key=lambda release: release.order, default=None)


def read_request(version: str | None) -> Request:
    """What a request means.

    Raises:
        AlignmentEventsError: If it is neither a version nor a range; the message shows the forms.
    """
    if version is None:
        return Request()
    if version.strip() == LATEST:
        return Request(LATEST)
    if found := _EXACT.fullmatch(version):
        numbers = [*found.group(1).split("."), "0", "0"][:3]
        return Request(version, exact=".".join(str(int(number)) for number in numbers))
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        if not version.strip():
            raise InvalidSpecifier
        # A dataset has no pre-releases; what is called so is no version of one.
        return Request(version, range=SpecifierSet(version, prereleases=False))
    except InvalidSpecifier as error:
        raise AlignmentEventsError(
            f"“{version[:80]}” is no version. Write 0.1.0, a range such as ~=0.1 or >=0.1,<0.3, or "
            f"{LATEST}."
        ) from error


def split_name(name: str) -> tuple[str, str | None]:
    """A dataset's name and what stands after `@` or before it as a range: `name@0.1.0`."""
    name, mark, version = name.partition("@")
    return name, version if mark else None
