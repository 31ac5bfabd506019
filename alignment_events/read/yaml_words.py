"""What libyaml complains of, in plain words and with what to do about it."""

import re

import yaml

from alignment_events.read.text_file import Place, Stop

QUOTE = "put the whole text in quotation marks"
NO_TAG = f"Remove the word with the '!'. If it is part of a text, {QUOTE}."

# Words of libyaml, what they mean, and what to do about it; the first row that fits is taken.
_CAUSES = (
    ("quoted scalar found unexpected", "a quotation mark is opened in line {line} but never closed",
     "Add the closing quotation mark, of the same kind as the opening one."),
    ("escape", "a backslash in double quotation marks begins an unknown escape",
     "Put the text in single quotation marks, or write each backslash twice."),
    ("tab indentation", "the line is indented with a tab",
     "YAML allows only spaces for indentation: replace each tab by two spaces."),
    ("mapping values are not allowed", "there is a colon where none can be",
     f"If the text contains ': ', as titles often do, {QUOTE}. Else check the indentation."),
    ("cannot start any token", "a text cannot begin with '{sign}'",
     f"If it is meant to begin with it, {QUOTE}."),
    ("a flow", "a list or mapping in brackets does not go on or end as it should",
     f"Check the commas and the closing bracket. If a text contains brackets, {QUOTE}."),
    ("expected ':'", "line {line} is neither 'name: value' nor the continuation of a text",
     "Add the colon and a space after the name, or indent the line if the text goes on."),
    ("alias", "a text cannot begin with '*'", f"If it is meant to begin with it, {QUOTE}."),
    ("anchor", "a text cannot begin with '&'", f"If it is meant to begin with it, {QUOTE}."),
    ("directive", "a line cannot begin with '%'", f"If it is meant to begin with it, {QUOTE}."),
    ("block scalar", "the text after '|' or '>' is not laid out as it should be",
     "End the line after | or >, and indent all lines of the text by the same number of spaces."),
    ("", "this does not fit what stands before it",
     f"If a text begins with a bracket or quotation mark, {QUOTE}; between '...' an apostrophe is "
     "written twice, as in 'Côte d''Ivoire'. Else check the indentation."),
)  # fmt: skip


def not_yaml(error: Exception, text: str, last: Place) -> Stop:
    """What the parser complains of, in plain words; `last` is the place of the last good event."""
    place, begun, sign, words = last, last[0], "", str(error)
    if isinstance(error, yaml.MarkedYAMLError):
        words = f"{error.context or ''} {error.problem or ''}"
        lines = re.split(r"\r\n|\r|\n", text)
        if mark := error.problem_mark:  # at the end of the file, it lies one line below the last
            place = min((mark.line + 1, mark.column + 1), (len(lines), len(lines[-1]) + 1))
        begun = error.context_mark.line + 1 if error.context_mark else place[0]
        line = lines[place[0] - 1]
        sign = line[place[1] - 1 : place[1]]
        if re.match(r"\s*\t", line):
            words += " tab indentation"
    # PyYAML decodes the escapes in a tag, as in `!%ED%A0%80`, without catching the error.
    if "tag" in words.split() or isinstance(error, UnicodeDecodeError):
        return Stop("AE008", "There is a type tag, a word that begins with '!'.", NO_TAG, place)
    meaning, hint = next(row[1:] for row in _CAUSES if row[0] in words)
    meaning = meaning.format(line=begun, sign=sign)
    return Stop("AE004", f"Not valid YAML: {meaning}.", hint, place)
