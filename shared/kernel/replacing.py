"""`dataclasses.replace` for states that are folded again and again, at a sixth of its cost.

A state has some thirty fields and changes one or two of them per event; `dataclasses.replace` asks
for each field whether it is given, then sets each through `object.__setattr__`. A class without
slots keeps its fields in a dictionary, which is copied at once: so the states have no slots.
"""

from dataclasses import fields
from dataclasses import replace as _in_general
from functools import cache
from typing import TYPE_CHECKING, Any

__all__ = ["replace"]

if TYPE_CHECKING:
    from dataclasses import replace  # so that fields are checked by name and type
else:

    def replace(before: Any, /, **changes: Any) -> Any:  # noqa: ANN401 as the library's own
        """A copy with other values in these fields. Raises TypeError for a field it has not."""
        kind = type(before)
        names = _plain(kind)
        if names is None:
            return _in_general(before, **changes)
        if not changes.keys() <= names:
            raise TypeError(f"{kind.__name__} has no field {min(changes.keys() - names)}")
        after = object.__new__(kind)
        after.__dict__.update(before.__dict__, **changes)
        return after


@cache
def _plain(kind: type[Any]) -> frozenset[str] | None:
    """The names of its fields; None for a class that has slots, does work after the beginning, or
    has fields that are no argument: these only the library copies rightly.
    """
    known = fields(kind)
    slotted = any("__slots__" in each.__dict__ for each in kind.__mro__)
    if slotted or hasattr(kind, "__post_init__") or not all(each.init for each in known):
        return None
    return frozenset(each.name for each in known)
