"""How the work on a complaint stands, as its neighbours tell it: what the hotline asks for.

It is a copy of others' word, not a decision of intake's (decision 19): it stands beside the
record, without journal (docs/decisions/0015).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from shared.kernel.replacing import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something owed by a moment, by the name of its clock."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a record of the release before kept it in its state; nothing is added any more."""

    status: str | None = None
    tier: str | None = None
    unit: str | None = None
    person: str | None = None
    offered_to: str | None = None
    promises: int = 0
    told_at: datetime | None = None
    replied_at: datetime | None = None
    dues: tuple[Due, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What neighbours' facts change. None leaves a word as it is, "" empties it.

    `promises` adds. `dues` are moments owed by the name of their clock; None: no longer owed.
    """

    status: str | None = None
    tier: str | None = None
    unit: str | None = None
    person: str | None = None
    offered_to: str | None = None
    told_at: datetime | None = None
    replied_at: datetime | None = None
    promises: int = 0
    dues: Mapping[str, datetime | None] = field(default_factory=dict)

    def then(self, later: "News") -> "News":
        """Both as one, the later word standing."""
        said = {name: word for name in WORDS if (word := getattr(later, name)) is not None}
        return replace(
            self,
            **said,
            promises=self.promises + later.promises,
            dues={**self.dues, **later.dues},
        )


WORDS = tuple(each.name for each in fields(News) if each.name not in {"promises", "dues"})
