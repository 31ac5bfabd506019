"""The one place that reads Python annotations: models in, plain specifications out."""

import inspect
import types
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from alignment_events.model.codes import Code
from alignment_events.model.events import RECORDS
from alignment_events.model.marks import Between, Form, Items, Ref, Scalar
from alignment_events.spec.ir import FieldSpec, PartSpec, doc_of

M = TypeVar("M")


@cache
def records_of_models() -> dict[str, PartSpec]:
    """Kind to the specification of its nested record, in the order of the codebook."""
    return {kind: part_spec(model) for kind, model in RECORDS.items()}


@cache
def part_spec(model: type[BaseModel]) -> PartSpec:
    """The specification of a part or record, its fields in the order of the model."""
    return PartSpec(
        name=model.__name__,
        doc=doc_of(model),
        fields=tuple(_field(name, info) for name, info in model.model_fields.items()),
    )


def _field(name: str, info: FieldInfo) -> FieldSpec:
    core, marks = _unwrap(info.annotation, list(info.metadata))
    items = _mark(marks, Items)
    constant = None
    vocabulary = None
    part = None
    if get_origin(core) is Literal:
        constant = str(get_args(core)[0].value)
        core = type(get_args(core)[0])
    if inspect.isclass(core) and issubclass(core, Code):
        kind, vocabulary = "code", core.vocabulary()
    elif inspect.isclass(core) and issubclass(core, BaseModel):
        kind, part = "part", part_spec(core)
    else:
        scalar = _mark(marks, Scalar)
        if scalar is None:
            raise TypeError(f"field {name}: no Scalar mark on {core!r}")
        kind = scalar.name
    return FieldSpec(
        name=name,
        doc=" ".join((info.description or "").split()),
        type=kind,
        required=info.is_required(),
        default=_default(info),
        constant=constant,
        vocabulary=vocabulary,
        form=_mark(marks, Form),
        between=_mark(marks, Between),
        ref=_mark(marks, Ref),
        items=items,
        part=part,
    )


def _default(info: FieldInfo) -> str | None:
    if info.is_required() or info.default is None or info.default == ():
        return None
    if isinstance(info.default, Enum):
        return str(info.default.value)
    return str(info.default).lower()


def _unwrap(annotation: Any, marks: list[Any]) -> tuple[Any, list[Any]]:
    """The innermost type, and every mark met on the way in."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _unwrap(inner, [*marks, *more])
    if origin in (Union, types.UnionType):
        (arm,) = (a for a in get_args(annotation) if a is not type(None))
        return _unwrap(arm, marks)
    if origin is tuple:
        return _unwrap(get_args(annotation)[0], marks)
    return annotation, marks


def _mark(marks: list[Any], wanted: type[M]) -> M | None:
    return next((m for m in marks if isinstance(m, wanted)), None)
