"""How kernel types are spelled in YAML: a pydantic model for each dataclass, from its own fields.

The dataclass stays the one definition of a rule's shape. The spelling differs where a person would
write differently: a length or a `*_seconds` is `30min`, `24h`, `3d`; a `*_minor` is a quoted amount
`"2000.00"`; a `*_minute` is a quoted time of day `"21:00"` (all three lose the suffix in YAML); a
`Box` is a mapping of axes; a set is a list without duplicates. Unknown keys are refused everywhere.
"""

import re
import types
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    create_model,
)
from pydantic import Field as Limits

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.words import Length, Text
from shared.plumbing.packs.conditions import condition_of
from shared.plumbing.packs.units import length_of, minor_of, minute_of, seconds_of

STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
GIVEN_ELSEWHERE = frozenset({"currency", "ranks", "timezone"})
"""Fields of sections that the pack's head fills in, so that they are written once."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class TextSpelling(BaseModel):
    """A text in all three languages."""

    model_config = STRICT

    zh_hant: Words = Limits(alias="zh-Hant")
    zh_hans: Words = Limits(alias="zh-Hans")
    en: Words


def parsed_by(parse: Callable[[str], object]) -> Any:
    """A string that must make sense to `parse`, kept as it is written."""

    def checked(text: str) -> str:
        parse(text)
        return text

    return Annotated[str, AfterValidator(checked)]


def _without_duplicates(codes: list[str]) -> list[str]:
    if len(set(codes)) != len(codes):
        raise ValueError("a code is listed twice")
    return codes


def _a_number(written: object) -> object:
    """A configured number arrives as text."""
    return int(written) if isinstance(written, str) and written.isdecimal() else written


Code = Annotated[str, StringConstraints(max_length=2000)]
SPELLED: dict[type, Any] = {
    str: Code,
    int: Annotated[int, BeforeValidator(_a_number), Limits(ge=0, le=2**53 - 1)],
    Text: TextSpelling,
    Length: parsed_by(length_of),
}


def spelling_of(kernel: type) -> type[BaseModel]:
    """The model that reads this dataclass from YAML."""
    return _spelling(kernel)


@cache
def _spelling(kernel: type) -> type[BaseModel]:
    hints = get_type_hints(kernel)
    spelled = {key_of(f.name): _spelled(kernel, f, hints[f.name]) for f in read_fields(kernel)}
    return create_model(kernel.__name__, __config__=STRICT, **spelled)  # type: ignore[call-overload, no-any-return]


def read_fields(kernel: type) -> list[Field[Any]]:
    """The fields of a dataclass that its file says."""
    assert is_dataclass(kernel), kernel
    return [f for f in fields(kernel) if f.init and f.name not in _elsewhere(kernel)]


def key_of(name: str) -> str:
    """The key in YAML: the unit of measure is part of the value there."""
    return re.sub(r"_(seconds|minor|minute)$", "", name)


def _elsewhere(kernel: type) -> frozenset[str]:
    return GIVEN_ELSEWHERE if kernel.__name__.endswith("Policy") else frozenset()


def _spelled(kernel: type, f: Field[Any], hint: Any) -> tuple[Any, Any]:
    """Its form, and whether it may be left out: the dataclass has a default or can do without."""
    is_box = hint is Box or Box in get_args(hint)
    form = condition_of(kernel) if is_box else _measured(f.name) or _form(hint)
    given = f.default is not MISSING or f.default_factory is not MISSING
    return (form | None, None) if given or type(None) in get_args(hint) else (form, ...)


def _measured(name: str) -> Any:
    if name.endswith("_seconds"):
        return parsed_by(seconds_of)
    if name.endswith("_minute"):
        return parsed_by(minute_of)
    return parsed_by(minor_of) if name.endswith("_minor") else None


def _form(hint: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _form(next(arg for arg in args if arg is not type(None)))
    if origin is tuple and args[-1] is Ellipsis:
        return list[_form(args[0])]  # type: ignore[misc]
    if origin is frozenset:
        return Annotated[list[Code], AfterValidator(_without_duplicates)]
    if hint in SPELLED or hint is bool:
        return SPELLED.get(hint, hint)
    if issubclass(hint, Enum):
        return Annotated[hint, Limits(strict=False)]
    return spelling_of(hint)
