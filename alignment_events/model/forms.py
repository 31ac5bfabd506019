"""Forms that texts have, and the reading of flags and numbers, for every reader of single values."""

from typing import Any

from alignment_events.model.marks import Form

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


class WrongValue(ValueError):  # noqa: N818 - named for what it is about
    """A value that is none of its kind; `issue` is the error type, as in `ISSUE_TYPES`."""

    def __init__(self, issue: str, message: str) -> None:
        super().__init__(message)
        self.issue = issue


def read_flag(value: Any) -> bool:
    """True or false, from a bool or the words `true` and `false`; nothing else counts."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise WrongValue("ae_type", "neither true nor false")


def read_number(value: Any) -> float:
    """A finite number, from a number or its decimal text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongValue("ae_type", "not a number")
    try:
        number = float(value) if "_" not in str(value) else float("x")
    except ValueError:
        raise WrongValue("ae_type", "not a number") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise WrongValue("ae_range", "not a finite number")
    return number
