"""Days that are written otherwise than as ISO 8601, but that can mean one day only."""

import datetime as dt
import re
from collections.abc import Callable

from alignment_events.model import dates

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NAMES = {
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS, 1)},
    "sept": 9,
}
_NAME = "([A-Za-z]{3,9})\\.?"

Parts = tuple[str, str, str]
"""Year, month and day as they are written."""


def _same(year: str, month: str, day: str) -> Parts:
    return year, month, day


# Year first is read one way everywhere; month and day as numbers behind it are not, whatever the
# order, so nothing that ends in a year is here unless the month is a word.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[str, str, str], Parts]], ...] = (
    (re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})"), _same),
    (re.compile(r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})\.?"), _same),
    (re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"), _same),
    (re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"), _same),
    (re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日"), _same),
    (re.compile(rf"([0-9]{{1,2}})[ -]{_NAME},?[ -]([0-9]{{4}})"), lambda d, m, y: (y, m, d)),
    (re.compile(rf"{_NAME} ([0-9]{{1,2}}),? ([0-9]{{4}})"), lambda m, d, y: (y, m, d)),
)


def unambiguous_day(text: str) -> str | None:
    """The day as `2024-06-19`, if the text can mean no other; None else, as for `06/07/2024`."""
    text = " ".join(text.split())
    for form, order in _FORMS:
        found = form.fullmatch(text)
        # Digits of other scripts match no form; `isascii` keeps the names of months to Latin.
        if found is None or not all(part.isascii() for part in found.groups()):
            continue
        year, month, day = order(*found.groups())
        number = int(month) if month.isdigit() else _NAMES.get(month.lower())
        if number is None:
            return None
        try:
            read = dt.date(int(year), number, int(day))
        except ValueError:
            return None
        return read.isoformat() if dates.FIRST_DAY <= read <= dates.LAST_DAY else None
    return None
