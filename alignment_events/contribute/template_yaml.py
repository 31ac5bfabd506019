"""A YAML record to fill in: every field with its definition as a remark."""

import textwrap
from collections.abc import Iterator

from alignment_events.contribute.explain import how_written
from alignment_events.contribute.order import written_fields
from alignment_events.model.marks import CODEBOOK_VERSION
from alignment_events.spec.ir import FieldSpec, PartSpec
from alignment_events.spec.records import all_vocabularies, record_specs

_WIDTH = 100

_HEAD = (
    "A new {kind}. {doc}",
    "Fill in what stands without a value. Of the lines that are remarks, take the first # from those",
    "that apply. Leave out what does not; where the evidence does not decide, write unknown.",
    "Then: alignment-events validate FILE --in DATASET, and alignment-events add FILE --in DATASET.",
    "The id is given when the record is added.",
)


def skeleton(kind: str) -> str:
    """The text of a record of one kind, to be filled in."""
    record = record_specs()[kind]
    lines = [f"# {line.format(kind=kind, doc=record.doc)}" for line in _HEAD]
    fields = [spec for spec in written_fields(record) if spec.name != "id"]
    for spec in fields:
        lines += ["", *_field(spec, 0, optional=False)]
    return "\n".join(lines) + "\n"


def _field(spec: FieldSpec, depth: int, *, optional: bool) -> Iterator[str]:
    """The lines of a field; `optional` if it lies within something that is a remark already."""
    must = spec.required or (spec.items is not None and spec.items.least > 0)
    remark = optional or not must
    pad = "  " * depth
    for line in _told(spec, must):
        yield from _remark(line, pad)
    mark = "# " if remark else ""
    if spec.constant is not None:
        yield f"{pad}{spec.name}: {spec.constant}"
    elif spec.part is None or spec.name == "supports":
        yield f"{pad}{mark}{spec.name}:{_value(spec)}"
    elif spec.items is None:
        yield f"{pad}{mark}{spec.name}:"
        yield from _part(spec.part, depth + 1, remark)
    else:
        yield f"{pad}{mark}{spec.name}:"
        # Nobody meets or agrees alone: participants have two items.
        item = list(_item(spec.part, depth + 1, remark))
        yield from item
        if spec.name == "participants":
            yield from (line for line in item if not line.strip().startswith("##"))


def _part(part: PartSpec, depth: int, remark: bool) -> Iterator[str]:
    for spec in written_fields(part):
        yield from _field(spec, depth, optional=remark)


def _item(part: PartSpec, depth: int, remark: bool) -> Iterator[str]:
    """One item of a list, its dash before the first field that is no remark."""
    dash = False
    for spec in written_fields(part):
        for line in _field(spec, depth + 1, optional=remark):
            text = line.strip()
            is_field = not text.startswith("#") or text.startswith(f"# {spec.name}:")
            if is_field and not dash:
                dash = True
                pad = "  " * depth
                mark = "# " if text.startswith("#") else ""
                yield f"{pad}{mark}- {text.removeprefix('# ')}"
            else:
                yield line


def _value(spec: FieldSpec) -> str:
    if spec.name == "supports":
        return " [core]"
    if spec.items is not None:
        return " []"
    if spec.vocabulary == "release_status":
        return " candidate"
    if spec.name == "codebook":
        return f' "{CODEBOOK_VERSION}"'
    if spec.form is not None and spec.form.name == "source key":
        return " s1"
    return f" {spec.default}" if spec.default is not None else ""


def _told(spec: FieldSpec, must: bool) -> list[str]:
    lines = [spec.doc]
    if spec.vocabulary is not None and spec.constant is None:
        vocabulary = all_vocabularies()[spec.vocabulary]
        if spec.items is not None:
            lines.append(
                f"Up to {spec.items.most} of these, divided by commas, the main one first:"
            )
        lines += [f"  {code.code}: {code.definition}" for code in vocabulary.codes]
    elif spec.part is None and spec.constant is None and (how := how_written(spec)):
        lines.append(f"Written: {how}")
    return lines


def _remark(line: str, pad: str) -> Iterator[str]:
    wrapped = textwrap.wrap(line, _WIDTH - len(pad) - 4, subsequent_indent="    ") or [""]
    for text in wrapped:
        yield f"{pad}## {text}"
