"""A record told in steps: commands decided and folded under a real pack, nothing else."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.intake_service.domain.commands import Command, ConfirmComplaint, RegisterComplaint
from services.intake_service.domain.complaint import Complaint, evolve
from services.intake_service.domain.deciding import decide
from services.intake_service.domain.events import Event
from shared.kernel.occasion import Actor, Occasion, system
from shared.kernel.policy.pack import Pack
from tests.support.packs import AUTO, MALL

COMPLAINT = UUID("0197a000-0000-7000-8000-000000000001")
OTHER = UUID("0197a000-0000-7000-8000-000000000002")
PIECE = UUID("0197a000-0000-7000-8000-000000000003")
NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
DESK = "hq.store-001.service-desk"
KESU = system("mall-demo", "facts")


def person(name: str, role: str) -> Actor:
    """Somebody of the service desk."""
    return Actor(
        id=name, organisation="mall-demo", roles=frozenset({role}), units=frozenset({DESK})
    )


CLERK = person("p-clerk-1a", "clerk")
HEAD = person("p-desk-head-1", "department_supervisor")
MANAGER = person("p-store-manager-1", "store_manager")


@dataclass(slots=True)
class Story:
    """What happened so far; `events` are those of the last step."""

    pack: Pack = MALL
    at: datetime = NOON
    state: Complaint | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def record(self) -> Complaint:
        """The record, once there is one."""
        assert self.state is not None, "register first"
        return self.state

    @property
    def types(self) -> list[str]:
        """What the last step said, by name."""
        return [type(event).__name__ for event in self.events]

    def later(self, **length: float) -> "Story":
        """Time passes, unnoticed."""
        self.at += timedelta(**length)
        return self

    def when(self, command: Command, *, by: Actor = CLERK) -> "Story":
        """One command decided and folded now."""
        occasion = Occasion(at=self.at, by=by)
        self.events = decide(self.state, command, occasion, self.pack)
        for event in self.events:
            self.state = evolve(self.state, event, occasion)
        return self

    def refused(self, command: Command, error: type[Exception], *, by: Actor = CLERK) -> None:
        """The command is refused and nothing changes."""
        with pytest.raises(error):
            decide(self.state, command, Occasion(at=self.at, by=by), self.pack)


def registration(
    pack: Pack = MALL, *, kind: str = "complaint", received_at: datetime | None = None
) -> RegisterComplaint:
    """What the clerk took down, everything filled in that must be."""
    return RegisterComplaint(
        complaint_id=COMPLAINT,
        reference="KS-2026-000001",
        kind=kind,
        channel="desk",
        complainant_type="customer",
        unit=DESK,
        policy=pack.ref,
        received_at=received_at,
        classification={"category": "service"},
        filled=("name", "narrative", "occurred_on", "phone"),
    )


def registered(pack: Pack = MALL, *, kind: str = "complaint") -> Story:
    """A record as the clerk left it."""
    return Story(pack=pack).when(registration(pack, kind=kind))


def confirmed() -> Story:
    """A record that its head confirmed."""
    return registered().when(ConfirmComplaint(), by=HEAD)


def by_rule() -> Story:
    """A record that nobody need confirm."""
    return registered(AUTO)
