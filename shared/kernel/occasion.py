"""When something is done and by whom: what a rule may know besides state and command."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a person, a machine, or Kesu itself on a fact or a due moment.

    `id` is opaque (`p-clerk-1`, `machine:hotline`, `system:clock`), never a name.
    `units` are unit paths; a person of `hq.store-001` also acts for all below it.
    """

    id: str
    organisation: str
    roles: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    def sees(self, unit: str) -> bool:
        """Whether this unit is one of the actor's own or lies below one."""
        return any(covers(own, unit) for own in self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The moment (business time, aware, UTC) and the actor of one command."""

    at: datetime
    by: Actor


def covers(above: str, unit: str) -> bool:
    """Whether `unit` is `above` or lies below it in the tree of paths."""
    return unit == above or unit.startswith(above + ".")


def system(organisation: str, name: str) -> Actor:
    """Kesu itself: `system:clock` for due moments, `system:facts` for neighbours' facts."""
    return Actor(id=f"system:{name}", organisation=organisation)
