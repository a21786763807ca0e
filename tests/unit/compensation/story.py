"""Dossiers told in steps, under the shipped packs: each command decided and folded in its time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from pydantic import TypeAdapter

from services.compensation_service.domain import commands as ask
from services.compensation_service.domain.authority import Edition, Rules
from services.compensation_service.domain.deciding import decide
from services.compensation_service.domain.dossier import Claim, Dossier
from services.compensation_service.domain.events import Event
from services.compensation_service.domain.folding import evolve
from services.compensation_service.domain.ticking import timers
from shared.kernel.occasion import Actor, Occasion
from shared.kernel.policy.pack import Pack
from tests.support.packs import AUTO, MALL

NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
"""A Monday, 12:00 in Shanghai and Taipei."""
NAMES = UUID("0197a000-0000-7000-8000-000000000001")
DESK = "hq.store-001.service-desk"
EVIDENCE = UUID(int=7)
STORED = TypeAdapter(Dossier)


def edition(pack: Pack) -> Edition:
    """Compensation's section of a pack."""
    return Edition(ref=pack.ref, policy=pack.compensation, calendars=pack.calendars)


AUTO_RULES = Rules(pinned=edition(AUTO), current=edition(AUTO))
MALL_RULES = Rules(pinned=edition(MALL), current=edition(MALL))


def person(name: str, role: str, unit: str = "hq") -> Actor:
    """Somebody at work."""
    return Actor(
        id=name, organisation="auto-demo", roles=frozenset({role}), units=frozenset({unit})
    )


CLERK = person("p-clerk", "clerk", DESK)
SUPERVISOR = person("p-supervisor", "department_supervisor", DESK)
CS_MANAGER = person("p-cs-manager", "cs_manager", "hq.store-001")
STORE_MANAGER = person("p-store-manager", "store_manager", "hq.store-001")
VP = person("p-vp", "operations_vp")
GM = person("p-gm", "general_manager")
FINANCE = person("p-finance", "finance")
FINANCE_2 = person("p-finance-2", "finance")


def name(word: str) -> UUID:
    """The id of something called so."""
    return uuid5(NAMES, word)


@dataclass
class File:
    """One dossier, its history, and the linked ones beside it."""

    rules: Rules = AUTO_RULES
    id: UUID = field(default_factory=lambda: name("complaint"))
    at: datetime = NOON
    state: Dossier | None = None
    events: list[Event] = field(default_factory=list)

    def does(self, command: ask.Command, by: Actor = CS_MANAGER) -> list[Event]:
        """Decides and folds; the state also survives the way through the database."""
        occasion = Occasion(at=self.at, by=by)
        events = decide(self.state, command, occasion, self.rules)
        for event in events:
            self.state = evolve(self.state, event, occasion)
        if self.state is not None:
            assert STORED.validate_json(STORED.dump_json(self.state)) == self.state
        self.events += events
        return events

    def refuses(self, command: ask.Command, error: type[Exception], by: Actor = CS_MANAGER) -> None:
        """It cannot be done, and nothing happens."""
        before = self.state
        with pytest.raises(error):
            self.does(command, by)
        assert self.state == before

    @property
    def dossier(self) -> Dossier:
        assert self.state is not None
        return self.state

    def claim(self, word: str = "claim") -> Claim:
        """The claim called so."""
        found = self.dossier.claim(name(word))
        assert found is not None
        return found

    def passes(self, length: timedelta) -> None:
        """Time passes, and every due moment comes in order."""
        until = self.at + length
        while due := [
            (moment, timer)
            for timer, moment in timers(self.rules, self.dossier).items()
            if moment <= until
        ]:
            moment, timer = min(due)
            self.at = max(self.at, moment)
            claim_id = UUID(timer.split(":")[1])
            self.does(ask.PassMoment(claim_id=claim_id, due_at=moment))
        self.at = until


def opened(rules: Rules = AUTO_RULES, word: str = "complaint", **more: object) -> File:
    """A dossier of a confirmed complaint."""
    file = File(rules=rules, id=name(word))
    values = {"flags": (), "confirmed": True, "customer": None, "accused": ()} | more
    file.does(
        ask.OpenDossier(
            complaint_id=file.id,
            policy=rules.pinned.ref.hash,
            kind="complaint",
            unit=DESK,
            **values,  # type: ignore[arg-type]
        )
    )
    return file


def wish(minor: int, remedy: str = "compensation", currency: str = "CNY") -> ask.Wish:
    """A remedy at a price."""
    return ask.Wish(remedy=remedy, currency=currency, face_minor=minor)


def claiming(
    minor: int, word: str = "claim", *, remedy: str = "compensation", **more: object
) -> ask.ProposeClaim:
    """A proposal called `word`."""
    return ask.ProposeClaim(
        claim_id=name(word),
        wish=wish(minor, remedy),
        **more,  # type: ignore[arg-type]
    )


def approving(word: str = "claim", *elsewhere: Dossier) -> ask.ApproveClaim:
    return ask.ApproveClaim(claim_id=name(word), elsewhere=elsewhere)


def paying(word: str = "claim", *elsewhere: Dossier) -> ask.PayClaim:
    return ask.PayClaim(claim_id=name(word), proof="V-1", elsewhere=elsewhere)
