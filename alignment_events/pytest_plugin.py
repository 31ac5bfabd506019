"""Lets a repository that holds a dataset test itself.

Installed with the library, the fixture is there without further ado:

    def test_the_dataset(check_alignment_events):
        check_alignment_events("datasets/china-russia-dprk")
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from alignment_events.findings import Report

Check = Callable[..., "Report"]
"""Takes a path, `within=` and `strict=`; gives the report, or fails the test with it."""


@pytest.fixture
def check_alignment_events(pytestconfig: pytest.Config) -> Check:
    """A function that validates a path and fails the test, showing what is wrong and where.

    The path is relative to the root of the tests. `within` is the dataset folder in which single
    records are looked up; with `strict`, warnings fail as well.
    """

    def check(
        path: str | Path, *, within: str | Path | None = None, strict: bool = False
    ) -> "Report":
        # Imported here: every run of pytest loads this module, also where nothing is checked.
        from alignment_events.report.formats import render
        from alignment_events.validation import validate

        __tracebackhide__ = True
        root = pytestconfig.rootpath
        report = validate(root / path, within=None if within is None else root / within)
        if report.exit_code(strict=strict):
            pytest.fail(f"{path} is not valid.\n\n{render(report, 'text', most=50)}", pytrace=False)
        return report

    return check
