"""Who may knock at a door. Every door says so; there is no default."""

from dataclasses import dataclass
from typing import Self

from shared.kernel.occasion import Actor
from shared.kernel.roles import Role
from shared.plumbing.problems import Refusal


@dataclass(frozen=True, slots=True)
class Permit:
    """The roles that may use a door: `Permit(Role.CLERK, Role.CS_MANAGER)`.

    Which objects they see is another question, answered by the service (`Actor.sees`).
    """

    roles: frozenset[Role]
    public: str = ""
    """Why no token is asked for; only where something else proves the caller."""

    def __init__(self, *roles: Role, public: str = "") -> None:
        object.__setattr__(self, "roles", frozenset(roles))
        object.__setattr__(self, "public", public)
        assert bool(roles) != bool(public), "a permit names roles, or why it is public"

    @classmethod
    def to_anyone(cls, *, because: str) -> Self:
        """A door that proves its caller otherwise, such as a webhook by its signature."""
        return cls(public=because)

    def check(self, actor: Actor) -> None:
        """Raises Refusal (403) when none of the actor's roles is named."""
        if self.roles.isdisjoint(actor.roles):
            raise Refusal("role-not-permitted")


ANY_ROLE = Permit(*Role)
"""Everybody with a token of the organisation, whatever they do there."""


def require_sight(actor: Actor, *, organisation: str, unit: str) -> None:
    """Raises Refusal (404) when the object is another organisation's or another unit's."""
    if actor.organisation != organisation or not actor.sees(unit):
        raise Refusal("not-found")
