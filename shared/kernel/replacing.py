"""`dataclasses.replace` for states that are folded again and again, at a quarter of its cost.

A state has some thirty fields and changes one or two of them per event; `dataclasses.replace`
asks for each field whether it is given, then sets each through `object.__setattr__`.
"""

from collections.abc import Callable
from dataclasses import fields
from dataclasses import replace as _in_general
from functools import cache
from operator import attrgetter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, TypeAlias

__all__ = ["replace"]

_Copier: TypeAlias = tuple[Callable[[Any], tuple[Any, ...]], dict[str, Callable[[Any, Any], None]]]

FEW = 2
"""`attrgetter` of one name gives no tuple."""

if TYPE_CHECKING:
    from dataclasses import replace  # so that fields are checked by name and type
else:

    def replace(before: Any, /, **changes: Any) -> Any:  # noqa: ANN401 as the library's own
        """A copy with other values in these fields. Raises TypeError for a field it has not."""
        kind = type(before)
        copier = _copier(kind)
        if copier is None:
            return _in_general(before, **changes)
        values_of, setters = copier
        if not changes.keys() <= setters.keys():
            raise TypeError(f"{kind.__name__} has no field {min(changes.keys() - setters.keys())}")
        after = object.__new__(kind)
        for place, value in zip(setters.values(), values_of(before), strict=True):
            place(after, value)
        for name, value in changes.items():
            setters[name](after, value)
        return after


@cache
def _copier(kind: type[Any]) -> _Copier | None:
    """Reads all fields at once, writes each by its slot; None for a class that does more than that:
    no slots, work after the beginning, fields that are no argument.
    """
    known = fields(kind)
    slots: list[Any] = [getattr(kind, each.name, None) for each in known]
    plain = all(isinstance(slot, MemberDescriptorType) for slot in slots) and all(
        each.init for each in known
    )
    if len(known) < FEW or not plain or hasattr(kind, "__post_init__"):
        return None
    names = [each.name for each in known]
    return attrgetter(*names), {name: slot.__set__ for name, slot in zip(names, slots, strict=True)}
