"""Dates that are known to the day, the month, the quarter or the year.

The written forms are a subset of EDTF level 1, with quarters as `2024-Q2`.
"""

import datetime as dt
import re

PARTIAL_DATE_PATTERN = (
    r"^(1[89]|20)[0-9]{2}(-Q[1-4]|-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
)
DAY_PATTERN = r"^(1[89]|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

FIRST_DAY, LAST_DAY = dt.date(1800, 1, 1), dt.date(2099, 12, 31)
"""Bounds of every date of the format, those of the patterns."""

_PARTIAL = re.compile(PARTIAL_DATE_PATTERN)
_DAY = re.compile(DAY_PATTERN)


def parse_day(text: str) -> dt.date:
    """The day written as `2024-06-19`; ValueError if it is not in the calendar."""
    if not _DAY.fullmatch(text):
        raise ValueError("a day is written as 2024-06-19")
    return dt.date.fromisoformat(text)


def written_precision(text: str) -> str:
    """`day`, `month`, `quarter` or `year`: how exactly the text itself gives the date."""
    if "Q" in text:
        return "quarter"
    return {4: "year", 7: "month", 10: "day"}[len(text)]


def bounds(text: str) -> tuple[dt.date, dt.date]:
    """First and last day of a written date; ValueError if it is not in the calendar."""
    if not _PARTIAL.fullmatch(text):
        raise ValueError("a date is written as 2024-06-19, 2024-06, 2024-Q2 or 2024")
    precision = written_precision(text)
    year = int(text[:4])
    if precision == "day":
        day = dt.date.fromisoformat(text)
        return day, day
    if precision == "year":
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    if precision == "quarter":
        last_month = 3 * int(text[-1])
        return dt.date(year, last_month - 2, 1), _last_day(year, last_month)
    month = int(text[5:])
    return dt.date(year, month, 1), _last_day(year, month)


def written(day: dt.date, precision: str) -> str:
    """The day cut to a precision: 1 October 2024 by month is `2024-10`."""
    if precision == "year":
        return f"{day.year:04d}"
    if precision == "quarter":
        return f"{day.year:04d}-Q{(day.month + 2) // 3}"
    if precision == "month":
        return f"{day.year:04d}-{day.month:02d}"
    return day.isoformat()


NOUNS = {"day": "day", "window": "day", "month": "month", "quarter": "quarter", "year": "year"}
"""Coded precision to the unit in which the date is then written."""

_UNITS = ("day", "month", "quarter", "year")


def is_coarser(text: str, precision: str) -> bool:
    """True if the text gives less than the coded precision says: `2024-10` for a day."""
    return _UNITS.index(written_precision(text)) > _UNITS.index(NOUNS[precision])


def canonical(start: str, end: str | None, precision: str) -> tuple[str, str | None]:
    """The one way of writing a span in units of its precision; as it is if it does not fit them."""
    unit = NOUNS[precision]
    first, last = span(start, end)
    whole_start, whole_end = written(first, unit), written(last, unit)
    if span(whole_start, whole_end) != (first, last):
        return start, end
    return whole_start, None if end is None or whole_end == whole_start else whole_end


def span(start: str, end: str | None) -> tuple[dt.date, dt.date]:
    """First day of `start` and last day of `end`, or of `start` where there is no end."""
    return bounds(start)[0], bounds(end or start)[1]


def _last_day(year: int, month: int) -> dt.date:
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return following - dt.timedelta(days=1)
