"""Stata and SPSS: one file a table, with variable labels, value labels and real dates.

Coded columns become whole numbers, 1, 2, 3 … in the order of the vocabulary (which is the order of
the scale where it is one), and the label of each number is the code itself. So tables and graphs
show codes, models take the numbers as they are, and `decode` (Stata) or `as_factor` (R) gives back
exactly the codes that every other form of the release holds. The numbers are positions in this
version's vocabulary; across versions compare codes. Truth values are 0 and 1, labelled. Text stays
text, and a missing text is the empty text there, which the format allows nowhere else.
"""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment_events.export.contents import Contents
from alignment_events.findings import AlignmentEventsError
from alignment_events.spec.ir import ColumnSpec, TableSpec
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.tables import table_specs

if TYPE_CHECKING:
    import polars as pl

NAME_LENGTH = 32
"""Longest name of a variable in Stata; SPSS allows 64 bytes."""

_LABEL_LENGTH = {"dta": 80, "sav": 120}
_TEXT_BYTES = {"dta": 2_000_000_000, "sav": 32_767}
_RESERVED = frozenset(
    [
        "_all",
        "_b",
        "_coef",
        "_cons",
        "_n",
        "_pi",
        "_pred",
        "_rc",
        "_skip",
        "byte",
        "double",
        "float",
        "if",
        "in",
        "int",
        "long",
        "str",
        "strl",
        "using",
        "with",
        "all",
        "and",
        "by",
        "eq",
        "ge",
        "gt",
        "le",
        "lt",
        "ne",
        "not",
        "or",
        "to",
    ]
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PAST = dt.date(1980, 1, 1)
RELEASE_TABLE = "_release"
"""File of one row that says from which release the others come."""


@dataclass(frozen=True)
class Variable:
    """A column as a variable of a statistics program.

    Attributes:
        name: Name of the variable; that of the column unless it does not fit.
        column: The column.
        codes: Codes in order, for coded columns; number n is the n-th of them.
    """

    name: str
    column: ColumnSpec
    codes: tuple[str, ...]

    @property
    def labels(self) -> dict[int | float, str]:
        """Number to label."""
        if self.column.type == "flag":
            return {0: "false", 1: "true"}
        return dict(enumerate(self.codes, 1))

    @property
    def level(self) -> str:
        """Level of measurement, in the words of SPSS."""
        if self.column.type in ("integer", "number", "day") and self.column.name != "position":
            return "scale"
        names = set(self.column.vocabularies.values())
        ordinal = len(names) == 1 and all_vocabularies()[next(iter(names))].ordinal
        return "ordinal" if ordinal or self.column.name in ("position", "rank") else "nominal"


def variables(spec: TableSpec) -> tuple[Variable, ...]:
    """The columns of a table as variables, under names that fit and differ."""
    found: list[Variable] = []
    for column in spec.columns:
        name = fitting_name(column.name, {variable.name.lower() for variable in found})
        found.append(Variable(name, column, _codes(column)))
    return tuple(found)


def fitting_name(name: str, taken: set[str]) -> str:
    """A name that both programs take: at most 32 characters, not reserved, not yet taken."""
    fitting = name if name.lower() not in _RESERVED else f"{name}_"
    short, number = fitting[:NAME_LENGTH], 2
    while short.lower() in taken:
        ending = f"_{number}"
        short = fitting[: NAME_LENGTH - len(ending)] + ending
        number += 1
    return short


def _codes(column: ColumnSpec) -> tuple[str, ...]:
    if column.type != "code":
        return ()
    # Kinds with vocabularies of their own share the column; what they have in common stands once.
    names = dict.fromkeys(column.vocabularies.values())
    every = (code for name in names for code in all_vocabularies()[name].values)
    return tuple(dict.fromkeys(every))


def write_statistics(contents: Contents, folder: Path, ending: str) -> None:
    """Write every table, and the table `_release`.

    Args:
        contents: The tables.
        folder: Where to.
        ending: `dta` or `sav`.

    Raises:
        AlignmentEventsError: If a text is longer than the format can hold.
    """
    for done, name in enumerate(contents.names, 1):
        spec = table_specs()[name]
        columns = variables(spec)
        frame = _frame(contents, name, columns)
        _check_lengths(frame, spec, ending)
        labels: dict[str, str | None] = {
            v.name: _shortened(v.column.doc, _LABEL_LENGTH[ending]) for v in columns
        }
        values = {v.name: v.labels for v in columns if v.labels}
        levels = {v.name: v.level for v in columns}
        _save(frame, folder / f"{name}.{ending}", contents, labels, values, levels)
        contents.done(done)
    _save_release(contents, folder / f"{RELEASE_TABLE}.{ending}")


def _frame(contents: Contents, name: str, columns: tuple[Variable, ...]) -> "pl.DataFrame":
    import polars as pl

    spec = table_specs()[name]
    frame = pl.from_arrow(contents.table(name))
    assert isinstance(frame, pl.DataFrame)
    found = []
    for variable in columns:
        value = pl.col(variable.column.name)
        if variable.codes:
            numbers = {code: number for number, code in enumerate(variable.codes, 1)}
            _check_codes(frame, spec, variable)
            value = value.replace_strict(numbers, return_dtype=pl.Int32)
        elif variable.column.type == "flag":
            value = value.cast(pl.Int8)
        elif variable.column.type in ("text", "id"):
            value = value.fill_null("")
        found.append(value.alias(variable.name))
    return frame.select(found)


def _check_codes(frame: "pl.DataFrame", spec: TableSpec, variable: Variable) -> None:
    """A code that is in no vocabulary must not turn into a missing value in silence."""
    known = {None, *variable.codes}
    for code in frame[variable.column.name].unique():
        if code not in known:
            raise AlignmentEventsError(
                f"{spec.name}: {variable.column.name} holds “{code}”, which is no code of this "
                "library's format: it cannot be numbered. Export to another format."
            )


def _check_lengths(frame: "pl.DataFrame", spec: TableSpec, ending: str) -> None:
    import polars as pl

    for name, dtype in frame.schema.items():
        longest = frame[name].str.len_bytes().max() if dtype == pl.String else 0
        if isinstance(longest, int) and longest > _TEXT_BYTES[ending]:
            place = frame[name].str.len_bytes().arg_max() or 0
            key = "/".join(str(frame[part][place]) for part in spec.key if part in frame.columns)
            raise AlignmentEventsError(
                f"{spec.name} {key}: the text in {name} has {longest:,} bytes; a {ending} file "
                f"holds at most {_TEXT_BYTES[ending]:,}. Export to another format."
            )


def _shortened(text: str, longest: int) -> str:
    text = " ".join(text.split())
    while len(text.encode()) > longest:
        text = text[:-2].rstrip() + "…"
    return text


def _save(
    frame: "pl.DataFrame",
    path: Path,
    contents: Contents,
    labels: dict[str, str | None],
    values: dict[str, dict[int | float, str]],
    levels: dict[str, str],
) -> None:
    try:
        import pyreadstat
    except ImportError as error:
        raise ImportError(
            "pyreadstat is not installed: pip install alignment-events[exports]"
        ) from error
    facts = contents.facts
    title = f"{facts['dataset']} {facts['version']}, format {facts['format_version']}, {path.stem}"
    if path.suffix == ".dta":
        pyreadstat.write_dta(
            frame, path, file_label=_shortened(title, 80), version=15,
            column_labels=labels, variable_value_labels=values,
        )  # fmt: skip
        _fix_stata_time(path, contents)
        return
    pyreadstat.write_sav(
        frame, path, file_label=_shortened(title, 64), column_labels=labels,
        variable_value_labels=values, variable_measure=levels,
        note=[line for name, value in facts.items() for line in _note_lines(f"{name}: {value}")],
    )  # fmt: skip
    _fix_spss_time(path, contents)


def _note_lines(text: str) -> list[str]:
    """Lines of at most 80 bytes, the width of a line of documentation in SPSS."""
    lines, line = [], ""
    for word in re.findall(r"\S+\s*", text):
        for piece in [word[i : i + 70] for i in range(0, len(word), 70)]:
            if len((line + piece).encode()) > 78:
                lines.append(line.rstrip())
                line = "  "
            line += piece
    return [*lines, line.rstrip()]


def _save_release(contents: Contents, path: Path) -> None:
    import polars as pl

    row: dict[str, Any] = dict(contents.facts)
    labels: dict[str, str | None] = {name: name.replace("_", " ") for name in row}
    levels = dict.fromkeys(row, "nominal")
    _save(pl.DataFrame([row]), path, contents, labels, {}, levels)


# --- The time of writing, the only thing in these files that differs from run to run ----------


def _day(contents: Contents) -> dt.date:
    try:
        return dt.date.fromisoformat(contents.facts["cutoff"])
    except ValueError:
        return _PAST


def _fix_stata_time(path: Path, contents: Contents) -> None:
    day = _day(contents)
    stamp = f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year} 00:00".encode()
    _replace_once(path, rb"<timestamp>\x11(.{17})</timestamp>", stamp, within=1000)


def _fix_spss_time(path: Path, contents: Contents) -> None:
    day = _day(contents)
    stamp = f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year % 100:02d}00:00:00".encode()
    # Bytes 92 to 108 of the header: the day and the time of creation.
    _replace_once(path, rb"(?s)\A.{92}(\d\d \w{3} \d\d\d\d:\d\d:\d\d)", stamp, within=176)


def _replace_once(path: Path, pattern: bytes, new: bytes, *, within: int) -> None:
    with path.open("r+b") as stream:
        found = re.search(pattern, stream.read(within))
        if found is None or len(found[1]) != len(new):
            raise AlignmentEventsError(
                f"{path.name}: its header is not as this library knows it; see which version of "
                "pyreadstat is installed."
            )
        stream.seek(found.start(1))
        stream.write(new)
