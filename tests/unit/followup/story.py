"""A followup told in steps: each command decided and folded at its moment, under a real pack."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.followup_service.domain import Command, Event, Followup, decide, evolve
from services.followup_service.domain.commands import OpenFollowup, PassMoment
from services.followup_service.domain.rules import rules_of
from services.followup_service.domain.state import Callback, Subject
from services.followup_service.store import timers
from shared.kernel.occasion import Actor, Occasion, system
from shared.kernel.policy.pack import Pack
from tests.support.packs import AUTO

COMPLAINT = UUID("0197a000-0000-7000-8000-000000000001")
VISIT = UUID("0197a000-0000-7000-8000-000000000002")
MONDAY_NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai: the desk is open, nobody sleeps."""

DESK = "hq.store-001.service-desk"
CLERK = Actor(
    id="p-clerk-1a", organisation="auto-demo", roles=frozenset({"clerk"}), units=frozenset({DESK})
)
KESU = system("auto-demo", "facts")


@dataclass(slots=True)
class Story:
    """What happened so far; `events` are those of the last step."""

    pack: Pack = AUTO
    at: datetime = MONDAY_NOON
    state: Followup | None = None
    events: list[Event] = field(default_factory=list)

    def later(self, **length: float) -> "Story":
        """Time passes; due moments fire at their own time, as the timers would."""
        until = self.at + timedelta(**length)
        while (due := self._next_due()) is not None and due <= until:
            self.at = max(due, self.at)
            before = self.state
            self.when(PassMoment())
            assert self.state is not before, "a due moment must leave a trace"
        self.at = until
        return self

    def when(self, command: Command, *, by: Actor = KESU) -> "Story":
        """One command decided and folded now."""
        occasion = Occasion(at=self.at, by=by)
        self.events = decide(self.state, command, occasion, rules_of(self.pack))
        for event in self.events:
            self.state = evolve(self.state, event, occasion)
        return self

    def refused(self, command: Command, error: type[Exception], *, by: Actor = CLERK) -> None:
        """The command is refused and nothing changes."""
        with pytest.raises(error):
            decide(self.state, command, Occasion(at=self.at, by=by), rules_of(self.pack))

    def names(self) -> list[str]:
        """What the last step said, by name."""
        return [type(event).__name__ for event in self.events]

    @property
    def followup(self) -> Followup:
        assert self.state is not None
        return self.state

    @property
    def callback(self) -> Callback:
        """The newest callback."""
        return self.followup.callbacks[-1]

    def _next_due(self) -> datetime | None:
        if self.state is None:
            return None
        return min(timers(self.state, rules_of(self.pack)).values(), default=None)


def subject(**changes: object) -> Subject:
    """A complaint of today at the first store's desk."""
    values: dict[str, object] = {
        "id": COMPLAINT,
        "visit": False,
        "reference": "KS-2026-000123",
        "unit": DESK,
        "received_at": MONDAY_NOON,
        "policy": AUTO.hash,
        "channel": "store",
        "complainant_type": "customer",
        "category": "goods_quality",
    }
    return Subject(**(values | changes))  # type: ignore[arg-type]


def registered(**changes: object) -> Story:
    """A complaint was just registered."""
    return Story().when(OpenFollowup(subject=subject(**changes), registered_at=MONDAY_NOON))


def served(*, member: bool = True, consent: bool = True, reachable: bool = True) -> Story:
    """A customer was just served."""
    visit = subject(id=VISIT, visit=True, reference="", kind="visit", channel="", member=member)
    return Story().when(
        OpenFollowup(subject=visit, registered_at=MONDAY_NOON, consent=consent, reachable=reachable)
    )
