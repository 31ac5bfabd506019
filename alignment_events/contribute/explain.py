"""What a question asks, in the words of the codebook."""

import textwrap

from alignment_events.contribute.applies import objections
from alignment_events.contribute.interview import Interview, Question
from alignment_events.spec.ir import FieldSpec
from alignment_events.spec.records import all_vocabularies

_WIDTH = 96
_MOST_KNOWN = 60

_WRITTEN = {
    "day": "a day, such as 2024-06-19",
    "partial_date": "2024-06-19, 2024-06, 2024-Q2 or 2024, as exactly as it is known",
    "flag": "true or false",
    "number": "a number",
    "id": "the id of a record, such as AE-7K3M-9QX4",
}


def answers_to(question: Question) -> list[str]:
    """Which answers there are, in a line or two."""
    spec = question.spec
    if spec.vocabulary is not None:
        codes = question.codes or all_vocabularies()[spec.vocabulary].values
        several = ""
        if spec.items is not None:
            several = f"  Up to {spec.items.most}, divided by commas, the main one first."
        lines = textwrap.wrap(", ".join(codes), _WIDTH, initial_indent="  ", subsequent_indent="  ")
        if "unknown" in codes:
            lines.append("  unknown, if the evidence does not decide; never guess.")
        return [*lines, several] if several else lines
    how = how_written(spec)
    return [f"  {how}"] if how else []


def explanation(question: Question, interview: Interview) -> list[str]:
    """What `?` shows: the definition of every code, and what the dataset knows."""
    spec = question.spec
    lines = [f"  {spec.doc}"]
    if spec.vocabulary is not None:
        vocabulary = all_vocabularies()[spec.vocabulary]
        for code in vocabulary.codes:
            lines.append(f"  {code.code:16} {code.definition}")
            if question.codes and code.code not in question.codes:
                broken = objections(interview.values, interview.asked, question.path, code.code)
                lines.append(
                    f"  {'':16} not here: {broken[0].sentence if broken else 'does not fit'}"
                )
        return lines
    how = how_written(spec)
    lines += [f"  {how}"] if how else []
    if spec.ref is not None and spec.ref.table == "actors" and interview.known.actors is not None:
        lines += _listed("Actors", interview.known.actors)
    elif spec.form is not None and spec.form.name == "person" and interview.known.persons:
        lines += _listed("Persons", interview.known.persons)
    return lines


def how_written(spec: FieldSpec) -> str:
    """How a value of the field is written, in a line."""
    if spec.name == "supports":
        return 'Paths such as core, date, participants/1/role; with words of the source: core "…"'
    if spec.form is not None and spec.form.name != "text":
        return spec.form.says
    if spec.form is not None:
        return f"At most {spec.form.max_length} characters, on one line."
    return _WRITTEN.get(spec.type, "")


def _listed(what: str, known: tuple[str, ...]) -> list[str]:
    more = f" … and {len(known) - _MOST_KNOWN} more" if len(known) > _MOST_KNOWN else ""
    text = f"{what}: {', '.join(known[:_MOST_KNOWN])}{more}"
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
