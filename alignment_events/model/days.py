"""Days that are written otherwise than as ISO 8601, and which days each can mean."""

import datetime as dt
import re

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
_LONGEST = 40

# Year first is read one way everywhere; month and day as numbers before a year are not, whatever
# stands between them. `ymd` and so on says what the parts are; of two orders, both may be meant.
_FORMS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})"), ("ymd",)),
    (re.compile(r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})\.?"), ("ymd",)),
    (re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"), ("ymd",)),
    (re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"), ("ymd",)),
    (re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日"), ("ymd",)),
    (re.compile(rf"([0-9]{{1,2}})[ -]{_NAME},?[ -]([0-9]{{4}})"), ("dmy",)),
    (re.compile(rf"{_NAME} ([0-9]{{1,2}}),? ([0-9]{{4}})"), ("mdy",)),
    (re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})"), ("dmy", "mdy")),
)


def readings(text: str) -> tuple[str, ...]:
    """The days that a text can mean, as `2024-06-19`: none, one, or two for `06/07/2024`."""
    if len(text) > _LONGEST:
        return ()
    text = " ".join(text.split())
    for form, orders in _FORMS:
        found = form.fullmatch(text)
        # Digits of other scripts match no form; `isascii` keeps the names of months to Latin.
        if found is not None and all(part.isascii() for part in found.groups()):
            days = (_day(dict(zip(order, found.groups(), strict=True))) for order in orders)
            return tuple(dict.fromkeys(day for day in days if day is not None))
    return ()


def unambiguous_day(text: str) -> str | None:
    """The day as `2024-06-19`, if the text can mean no other; None else, as for `06/07/2024`."""
    found = readings(text)
    return found[0] if len(found) == 1 else None


def offer(text: str) -> str | None:
    """What to write instead of the text, if it can be read as a day at all."""
    found = readings(text)
    if not found:
        return None
    certain = len(found) == 1
    return f"write {found[0]}" if certain else f"write {' or '.join(found)}, whichever is meant"


def _day(parts: dict[str, str]) -> str | None:
    month = parts["m"]
    number = int(month) if month.isdigit() else _NAMES.get(month.lower())
    if number is None:
        return None
    try:
        read = dt.date(int(parts["y"]), number, int(parts["d"]))
    except ValueError:
        return None
    return read.isoformat() if dates.FIRST_DAY <= read <= dates.LAST_DAY else None
