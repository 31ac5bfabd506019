"""Scalar types, named for what they mean, with their marks and validators."""

import datetime as dt
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from alignment_events.model import dates, days, ids
from alignment_events.model.marks import Between, Form, Ref, Scalar

# No control characters, no line breaks, no space at either end, and nothing at the start that a
# spreadsheet would take for a formula: so that no cell is ever altered on export.
_PLAIN = r"[^\s=+\-@\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?"


def text_form(max_length: int) -> Form:
    """Free text of at most `max_length` characters."""
    return Form(
        "text",
        f"^{_PLAIN}$",
        "one line, no space at either end, not beginning with = + - @",
        max_length,
    )


SLUG = Form("slug", r"^[a-z0-9]+(-[a-z0-9]+)*$", "lower-case words joined by hyphens", 80)
ACTOR = Form("actor code", r"^[A-Z][A-Z0-9_]{1,23}$", "capitals, such as CHN or RUS_GAZPROM", 24)
COUNTRY = Form("country code", r"^[A-Z]{3}$", "three capitals of ISO 3166, such as PRK", 3)
CODER = Form("coder name", r"^[a-z0-9][a-z0-9_.\-]{1,39}$", "a pseudonym, such as coder-2", 40)
PERSON = Form(
    "person",
    f"^{_PLAIN}$",
    "an id of the person registry, such as xi-jinping, or a name, such as Kim Song Nam",
    120,
)
URL = Form(
    "web address",
    r"^https?://[^\s\x22<>\\^`{|}\x00-\x1f\x7f]+$",
    "a full address that begins with http:// or https://",
    2000,
)
LANGUAGE = Form(
    "language tag",
    r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$",
    "a tag of BCP 47, such as en, ru, zh-Hans; und where not known",
    12,
)
FIELD_PATH = Form(
    "field path",
    r"^[a-z_]+(/[A-Za-z0-9_]+){0,3}$",
    "a path such as core, date, participants/1/role or stages/in_force/RUS",
    120,
)
SOURCE_KEY = Form("source key", r"^s[1-9][0-9]{0,2}$", "s1, s2 and so on", 4)
VERSION = Form("version", r"^[0-9]{1,4}\.[0-9]{1,4}(\.[0-9]{1,4})?$", "a version such as 0.1", 14)
SCHEME = Form("scheme", r"^[A-Za-z][A-Za-z0-9_.\-]{1,31}$", "a name such as ATOP or UNTS", 32)

ISSUE_TYPES = {
    "missing": "AE101",
    "extra_forbidden": "AE102",
    "enum": "AE103",
    "ae_code": "AE103",
    "ae_date": "AE104",
    "ae_form": "AE105",
    "ae_text": "AE106",
    "ae_type": "AE107",
    "ae_range": "AE108",
    "ae_id": "AE109",
}
"""Error type of a validator to the code of the finding; any other type is a wrong type, AE107."""


def check_form(form: Form, text: str) -> str | None:
    """The error type if `text` lacks the form, else None: the one test of texts in Python."""
    if len(text) > form.max_length:
        return "ae_text"
    if form.compiled.fullmatch(text):
        return None
    return "ae_text" if form.name in ("text", "person") else "ae_form"


def _text(form: Form) -> AfterValidator:
    def check(value: str) -> str:
        problem = check_form(form, value)
        if problem is None:
            return value
        if len(value) > form.max_length:
            raise PydanticCustomError(
                problem,
                "{length} characters, at most {most} are allowed",
                {"length": len(value), "most": form.max_length},
            )
        raise PydanticCustomError(
            problem, "not a valid {name}: {says}", {"name": form.name, "says": form.says}
        )

    return AfterValidator(check)


def _only_text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    raise PydanticCustomError("ae_type", "not a text")


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        if dates.FIRST_DAY <= value <= dates.LAST_DAY:
            return value
        raise PydanticCustomError("ae_date", "not between 1800 and 2099")
    if isinstance(value, str):
        try:
            return dates.parse_day(value)
        except ValueError:
            raise _no_date("day", value, "a day is written as 2024-06-19") from None
    raise _no_date("day", "", "a day is written as 2024-06-19")


def _partial_date(value: str) -> str:
    try:
        dates.bounds(value)
    except ValueError:
        how = "a date is written as 2024-06-19, 2024-06, 2024-Q2 or 2024"
        raise _no_date("date", value, how) from None
    return value


def _no_date(what: str, value: str, how: str) -> PydanticCustomError:
    """What to say of a text that is no date, or is one in another notation."""
    if offer := days.offer(value):
        words = {"what": what, "offer": offer}
        return PydanticCustomError(
            "ae_date", "not a {what} as the format writes it: {offer}", words
        )
    return PydanticCustomError(
        "ae_date", "not a {what} of the calendar; {how}", {"what": what, "how": how}
    )


def _record_id(value: str) -> str:
    if ids.is_valid_id(value):
        return value
    read = ids.read_id(value)
    if read is not None:
        raise PydanticCustomError("ae_id", "not written as published: {read}", {"read": read})
    raise PydanticCustomError("ae_id", "not a valid id: its form or its check character is wrong")


def read_flag(value: Any) -> bool:
    """True or false, from a bool or the words `true` and `false`; nothing else counts."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise PydanticCustomError("ae_type", "neither true nor false")


def read_number(value: Any) -> float:
    """A finite number, from a number or its decimal text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise PydanticCustomError("ae_type", "not a number")
    try:
        number = float(value) if "_" not in str(value) else float("x")
    except ValueError:
        raise PydanticCustomError("ae_type", "not a number") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise PydanticCustomError("ae_range", "not a finite number")
    return number


def _between(low: float, high: float) -> AfterValidator:
    def check(value: float) -> float:
        if low <= value <= high:
            return value
        raise PydanticCustomError(
            "ae_range", "not between {low} and {high}", {"low": low, "high": high}
        )

    return AfterValidator(check)


Title = Annotated[
    str, BeforeValidator(_only_text), _text(text_form(200)), text_form(200), Scalar("text")
]
Line = Annotated[
    str, BeforeValidator(_only_text), _text(text_form(300)), text_form(300), Scalar("text")
]
Summary = Annotated[
    str, BeforeValidator(_only_text), _text(text_form(600)), text_form(600), Scalar("text")
]
Note = Annotated[
    str, BeforeValidator(_only_text), _text(text_form(2000)), text_form(2000), Scalar("text")
]
Slug = Annotated[str, BeforeValidator(_only_text), _text(SLUG), SLUG, Scalar("text")]
ActorCode = Annotated[
    str, BeforeValidator(_only_text), _text(ACTOR), ACTOR, Scalar("text"), Ref("actors", "actor")
]
CountryCode = Annotated[str, BeforeValidator(_only_text), _text(COUNTRY), COUNTRY, Scalar("text")]
CoderId = Annotated[str, BeforeValidator(_only_text), _text(CODER), CODER, Scalar("text")]
PersonRef = Annotated[str, BeforeValidator(_only_text), _text(PERSON), PERSON, Scalar("text")]
Url = Annotated[str, BeforeValidator(_only_text), _text(URL), URL, Scalar("text")]
LanguageTag = Annotated[str, BeforeValidator(_only_text), _text(LANGUAGE), LANGUAGE, Scalar("text")]
FieldPath = Annotated[
    str, BeforeValidator(_only_text), _text(FIELD_PATH), FIELD_PATH, Scalar("text")
]
SourceKey = Annotated[
    str, BeforeValidator(_only_text), _text(SOURCE_KEY), SOURCE_KEY, Scalar("text")
]
VersionText = Annotated[str, BeforeValidator(_only_text), _text(VERSION), VERSION, Scalar("text")]
SchemeName = Annotated[str, BeforeValidator(_only_text), _text(SCHEME), SCHEME, Scalar("text")]
RecordId = Annotated[str, BeforeValidator(_only_text), AfterValidator(_record_id), Scalar("id")]
Day = Annotated[dt.date, BeforeValidator(_day), Scalar("day")]
PartialDate = Annotated[
    str, BeforeValidator(_only_text), AfterValidator(_partial_date), Scalar("partial_date")
]
Flag = Annotated[bool, BeforeValidator(read_flag), Scalar("flag")]
Quantity = Annotated[
    float, BeforeValidator(read_number), _between(0, 1e15), Between(0, 1e15), Scalar("number")
]
Latitude = Annotated[
    float, BeforeValidator(read_number), _between(-90, 90), Between(-90, 90), Scalar("number")
]
Longitude = Annotated[
    float, BeforeValidator(read_number), _between(-180, 180), Between(-180, 180), Scalar("number")
]
