"""Scalar types, named for what they mean, with their marks and validators."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from alignment_events.model import dates, days, ids
from alignment_events.model.forms import (
    ACTOR,
    CODER,
    COUNTRY,
    FIELD_PATH,
    LANGUAGE,
    PERSON,
    SCHEME,
    SLUG,
    SOURCE_KEY,
    URL,
    VERSION,
    WrongValue,
    check_form,
    read_flag,
    read_number,
    text_form,
)
from alignment_events.model.marks import Between, Form, Ref, Scalar

T = TypeVar("T")


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


def reading(reader: Callable[[Any], T]) -> BeforeValidator:
    """A validator that reads a value, and says what is wrong with it under the reader's code."""

    def read(value: Any) -> T:
        try:
            return reader(value)
        except WrongValue as error:
            raise PydanticCustomError(error.issue, str(error)) from None

    return BeforeValidator(read)


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
Flag = Annotated[bool, reading(read_flag), Scalar("flag")]
Quantity = Annotated[
    float, reading(read_number), _between(0, 1e15), Between(0, 1e15), Scalar("number")
]
Latitude = Annotated[
    float, reading(read_number), _between(-90, 90), Between(-90, 90), Scalar("number")
]
Longitude = Annotated[
    float, reading(read_number), _between(-180, 180), Between(-180, 180), Scalar("number")
]
