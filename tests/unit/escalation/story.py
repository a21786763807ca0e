"""A case told in steps: each command decided and folded at its moment, under a real pack."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from services.escalation_service.clock import moment_of
from services.escalation_service.domain import commands as ask
from services.escalation_service.domain.case import Case, Known, TextRef
from services.escalation_service.domain.deciding import decide
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.folding import evolve
from services.escalation_service.domain.rules import Rules
from services.escalation_service.domain.ticks import timers
from shared.kernel.occasion import Actor, Occasion, system
from tests.support.packs import AUTO, AUTO_DEMO, MALL, MALL_DEMO

COMPLAINT = UUID("0197a000-0000-7000-8000-000000000001")
EARLIER = UUID("0197a000-0000-7000-8000-000000000002")
CLAIM = UUID("0197a000-0000-7000-8000-000000000003")
NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
"""A Monday, 12:00 in Shanghai and Taipei: everybody is at work."""

TEXT = TextRef(id=UUID(int=7), commitment="0" * 64)
AUTO_RULES = Rules(pack=AUTO, organisation=AUTO_DEMO)
MALL_RULES = Rules(pack=MALL, organisation=MALL_DEMO)
DESK = "hq.store-001.service-desk"
STORE = "hq.store-001"
INSTALLATION = "hq.store-001.installation"
SALES = "hq.store-001.sales"
EXCHANGE = ("reference", "holder", "unit_contact")


def person(name: str, role: str, unit: str) -> Actor:
    """Somebody at work."""
    return Actor(
        id=name, organisation="auto-demo", roles=frozenset({role}), units=frozenset({unit})
    )


CLERK = person("p-clerk-1a", "clerk", DESK)
COLLEAGUE = person("p-clerk-1b", "clerk", DESK)
MANAGER = person("p-cs-manager-1", "cs_manager", STORE)
STORE_MANAGER = person("p-store-manager-1", "store_manager", STORE)
INSTALLER = person("p-installation-1", "department_supervisor", INSTALLATION)
SELLER = person("p-sales-1", "department_supervisor", SALES)
STRANGER = person("p-clerk-2a", "clerk", "hq.store-002.service-desk")
VICE_PRESIDENT = person("p-operations-vp", "operations_vp", "hq")
DESK_HEAD = person("p-desk-head-1", "department_supervisor", DESK)
HEAD_OFFICE = person("p-customer-service-1", "hq_customer_service", "hq")
KESU = system("auto-demo", "facts")
CLOCK = system("auto-demo", "clock")


@dataclass(slots=True)
class Story:
    """What happened so far; `events` are those of the last step."""

    rules: Rules = AUTO_RULES
    at: datetime = NOON
    state: Case | None = None
    events: list[Event] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)

    def when(self, command: ask.Command, *, by: Actor = KESU) -> "Story":
        """One command decided and folded now."""
        occasion = Occasion(at=self.at, by=by)
        self.events = decide(self.state, command, occasion, self.rules)
        for event in self.events:
            self.state = evolve(self.state, event, occasion)
        self.told += self.events
        return self

    def refused(self, command: ask.Command, error: type[Exception], *, by: Actor = CLERK) -> Any:  # noqa: ANN401 pytest's
        """The command is refused and nothing changes."""
        with pytest.raises(error) as caught:
            decide(self.state, command, Occasion(at=self.at, by=by), self.rules)
        return caught.value

    def later(self, **length: float) -> "Story":
        """Time passes; due moments fire at their own time, as the timers would."""
        until = self.at + timedelta(**length)
        while (due := self.next_due()) is not None and due[1] <= until:
            name, moment = due
            self.at = max(moment, self.at)
            self.when(moment_of(name, moment), by=CLOCK)
            assert self.next_due() != due, f"{name} must not ask again"
        self.at = until
        return self

    def next_due(self) -> tuple[str, datetime] | None:
        """The timer that fires first."""
        if self.state is None:
            return None
        armed = timers(self.state, self.rules).items()
        return min(armed, key=lambda each: (each[1], each[0]), default=None)

    def names(self) -> list[str]:
        """What the last step said, by name."""
        return [type(event).__name__ for event in self.events]

    def count(self, kind: type[Any]) -> int:
        """How often this was said in the whole story."""
        return sum(isinstance(event, kind) for event in self.told)

    @property
    def case(self) -> Case:
        """The state as it would be read back from the database."""
        assert self.state is not None
        kept = TypeAdapter(Case)
        assert kept.validate_json(kept.dump_json(self.state)) == self.state
        return self.state

    @property
    def offer_id(self) -> UUID:
        """The open offer."""
        assert self.case.offer is not None
        return self.case.offer.id


def known(rules: Rules = AUTO_RULES, **changes: object) -> Known:
    """A complaint taken down today at the first store's desk."""
    values: dict[str, Any] = {
        "organisation": rules.organisation.id,
        "reference": "KS-2026-000123",
        "kind": "complaint",
        "policy": rules.pack.hash,
        "channel": "in_store",
        "complainant_type": "customer",
        "recording_unit": DESK,
        "registered_by": "p-clerk-1a",
        "received_at": NOON,
        "classification": {"category": "goods_quality"},
    }
    return Known(**(values | changes))


def registered(rules: Rules = AUTO_RULES, **changes: object) -> Story:
    """A complaint was just registered and awaits confirmation."""
    opening = ask.OpenCase(complaint_id=COMPLAINT, known=known(rules, **changes))
    return Story(rules=rules).when(opening)


CONFIRM = ask.ConfirmRecord(by="p-cs-manager-1", row="confirmation")


def confirmed(rules: Rules = AUTO_RULES, **changes: object) -> Story:
    """The record was confirmed: the case is routed and offered."""
    return registered(rules, **changes).when(CONFIRM)


def accept(story: Story, by: Actor, *, exchange: tuple[str, ...] = ()) -> Story:
    """The open offer is accepted."""
    return story.when(ask.AcceptCustody(offer_id=story.offer_id, exchange=exchange), by=by)


def handled(rules: Rules = AUTO_RULES, **changes: object) -> Story:
    """A clerk of the desk holds the case."""
    return accept(confirmed(rules, **changes), CLERK)


def offer(unit: str, *, who: str | None = None) -> ask.OfferCustody:
    """Offer the case to another unit, with the data the policy wants left."""
    return ask.OfferCustody(unit=unit, person=who, reason_code="not_our_duty", exchange=EXCHANGE)


PROPOSE = ask.ProposeResolution(remedies=(), final=False, expected_by=None, text=TEXT)
CLOSE = ask.AskClosing(
    outcome="upheld",
    cause="goods",
    flags={"lesson": True, "improvement": True, "won_back": True},
)


def resolved(rules: Rules = AUTO_RULES, **changes: object) -> Story:
    """Proposed, accepted by the complainant, carried out."""
    story = handled(rules, **changes).when(PROPOSE, by=CLERK)
    first = story.case.resolutions[0].id
    story.when(ask.AcceptResolution(resolution_id=first, evidence="spoken"), by=CLERK)
    return story.when(ask.ExecuteResolution(resolution_id=first), by=CLERK)


def settle(story: Story, *services: str) -> Story:
    """These neighbours have nothing open."""
    assert story.case.closing is not None
    round_ = story.case.closing.round
    for service in services or ("intake", "compensation", "followup"):
        story.when(ask.AnswerClosing(round=round_, service=service))
    return story


def closed(rules: Rules = AUTO_RULES, **changes: object) -> Story:
    """The case is closed."""
    return settle(resolved(rules, **changes).when(CLOSE, by=CLERK))
