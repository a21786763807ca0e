"""From what was read to kernel types: the walk that `spelling` promised."""

import types
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.words import Length, Text
from shared.plumbing.packs.conditions import box_of
from shared.plumbing.packs.reading import BadPack, Document, KeyPath
from shared.plumbing.packs.spelling import TextSpelling, key_of, read_fields, spelling_of
from shared.plumbing.packs.units import length_of, minor_of, minute_of, seconds_of

Kernel = TypeVar("Kernel")


def build(kernel: type[Kernel], document: Document, **given: object) -> Kernel:
    """Read the whole document as this kernel type; `given` fills the fields its file does not
    say.

    Raises BadPack for the first thing wrong, with its line and row.
    """
    return made(kernel, checked(spelling_of(kernel), document), **given)


def checked(model: type[BaseModel], document: Document, path: KeyPath = ()) -> BaseModel:
    """Validate what stands at `path`. Raises BadPack with the first thing wrong."""
    data = document.data
    for key in path:
        data = data[key]
    try:
        return model.model_validate(data)
    except ValidationError as wrong:
        raise _first(wrong, document, path) from None


def made(kernel: type[Kernel], read: BaseModel, **given: object) -> Kernel:
    """The kernel value of what was read."""
    plan = _plan(kernel)  # type: ignore[arg-type]
    said = {f.name: _field(kernel, f, hint, read) for f, hint in plan.read}
    return kernel(**said, **{name: each for name, each in given.items() if name in plan.known})


@dataclass(frozen=True, slots=True)
class _Plan:
    """What reflection says of a kernel type, asked once: a pack has thousands of rows."""

    read: tuple[tuple[Field[Any], object], ...]
    known: frozenset[str]


@cache
def _plan(kernel: type) -> _Plan:
    hints = get_type_hints(kernel)
    return _Plan(
        read=tuple((f, hints[f.name]) for f in read_fields(kernel)),
        known=frozenset(f.name for f in fields(kernel)),
    )


def _field(kernel: type, f: Field[Any], hint: object, read: BaseModel) -> object:
    value = getattr(read, key_of(f.name))
    if value is None and f.default is not MISSING:
        return f.default
    if value is None and f.default_factory is not MISSING:
        return f.default_factory()
    if value is None:
        return None
    if hint is Box or Box in get_args(hint):
        return box_of(kernel, value)
    return _measure(f.name)(value) if _measure(f.name) else _value(hint, value)


def _measure(name: str) -> Any:
    if name.endswith("_seconds"):
        return seconds_of
    if name.endswith("_minute"):
        return minute_of
    return minor_of if name.endswith("_minor") else None


def _value(hint: Any, value: Any) -> object:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _value(next(arg for arg in args if arg is not type(None)), value)
    if origin is tuple:
        return tuple(_value(args[0], one) for one in value)
    if origin is frozenset:
        return frozenset(value)
    if hint is Text:
        return text_of(value)
    if hint is Length:
        return length_of(value)
    return made(hint, value) if isinstance(value, BaseModel) else value


def text_of(read: TextSpelling) -> Text:
    """The three spellings of one text."""
    return Text(zh_hant=read.zh_hant, zh_hans=read.zh_hans, en=read.en)


_SENTENCES = {
    "extra_forbidden": "the key '{key}' is not known here",
    "missing": "'{key}' is missing",
    "string_type": "'{key}' must be text",
    "int_type": "'{key}' must be a whole number",
    "bool_type": "'{key}' must be true or false",
    "list_type": "'{key}' must be a list",
    "model_type": "'{key}' must be a mapping",
    "model_attributes_type": "'{key}' must be a mapping",
    "string_too_short": "'{key}' must not be empty",
}


def _first(wrong: ValidationError, document: Document, path: KeyPath) -> BadPack:
    """A finding for the first error: unknown keys first, for they often explain the missing
    ones.
    """
    errors = sorted(wrong.errors(), key=lambda error: error["type"] != "extra_forbidden")
    where = (*path, *errors[0]["loc"])
    return document.bad(_sentence(errors[0]), where)


def _sentence(error: ErrorDetails) -> str:
    key = str(error["loc"][-1]) if error["loc"] else "the file"
    known = _SENTENCES.get(error["type"])
    if known:
        return known.format(key=key)
    return f"'{key}': {error['msg'].removeprefix('Value error, ')}"
