"""What a fact adds to the counts, and to which unit, day, kind and content. Pure."""

from dataclasses import dataclass

from services.insights_service.domain.entry import Entry, Tally
from shared.contracts import compensation as money
from shared.contracts import escalation as cases
from shared.contracts import followup as calls
from shared.contracts import intake
from shared.contracts.envelope import Contract
from shared.kernel.replacing import replace

MEASURES = (
    "registered",
    "closed",
    "breached",
    "reopened",
    "withdrawn",
    "escalated",
    "dissatisfied",
    "paid_minor",
)
"""What is counted; `paid_minor` in minor units of the organisation's currency."""

_BY_TYPE: dict[type[Contract], str] = {
    intake.ComplaintRegisteredV1: "registered",
    intake.ComplaintWithdrawnV1: "withdrawn",
    intake.ConfirmationOverdueV1: "breached",
    cases.CaseClosedV1: "closed",
    cases.CaseReopenedV1: "reopened",
    cases.CaseEscalatedV1: "escalated",
    cases.ClockBreachedV1: "breached",
    calls.ObligationOverdueV1: "breached",
    calls.CallbackOverdueV1: "breached",
    calls.DissatisfiedV1: "dissatisfied",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is counted."""

    organisation: str
    unit: str
    day: str
    kind: str
    content: str


@dataclass(frozen=True, slots=True)
class Count:
    """So much more of a measure at a place; less when negative."""

    place: Place
    measure: str
    amount: int


def tallied(entry: Entry, fact: Contract, day: str) -> Entry:
    """The entry with what the fact counts for on the local `day`, not yet placed."""
    found = _tally(fact, day)
    if found is None:
        return entry
    first = isinstance(fact, intake.ComplaintRegisteredV1)
    return replace(
        entry,
        uncounted=(*entry.uncounted, found),
        registered_day=day if first else entry.registered_day,
    )


def placed(before: Entry, after: Entry) -> tuple[Entry, list[Count]]:
    """The counts that can be placed now, and the entry without them.

    A complaint whose unit, kind or content is set anew takes its registration with it.
    """
    if not after.known:
        return after, []
    counts = [Count(_place(after, t.day), t.measure, t.amount) for t in after.uncounted]
    if before.known:
        there, here = _place(before, after.registered_day), _place(after, after.registered_day)
        if there != here:
            counts += [Count(there, "registered", -1), Count(here, "registered", 1)]
    return replace(after, uncounted=()), counts


def _place(entry: Entry, day: str) -> Place:
    return Place(entry.organisation, entry.unit, day, entry.kind, entry.content)


def _tally(fact: Contract, day: str) -> Tally | None:
    measure = _BY_TYPE.get(type(fact))
    if measure is not None:
        return Tally(day=day, measure=measure, amount=1)
    match fact:
        case money.ClaimPaidV1():
            return Tally(day=day, measure="paid_minor", amount=fact.cost_minor)
        case money.ClaimReversedV1():
            return Tally(day=day, measure="paid_minor", amount=-fact.cost_minor)
        case _:
            return None
