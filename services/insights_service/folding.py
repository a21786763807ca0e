"""One fact folded into a queue entry. Pure: no rule, no refusal, any order between services."""

from collections.abc import Iterable

from services.insights_service.domain.entry import Due, Entry, Wait
from shared.contracts import compensation as money
from shared.contracts import escalation as cases
from shared.contracts import followup as calls
from shared.contracts import intake
from shared.contracts.envelope import Contract
from shared.kernel.replacing import replace


def fold(entry: Entry, fact: Contract) -> Entry:
    """The entry after a fact; the same entry when the fact changes nothing in the queue."""
    for part in (_intake, _record, _custody, _stage, _proposal, _closing, _clocks, _tasks):
        folded = part(entry, fact)
        if folded is not entry:
            return folded
    return _money(_calls(entry, fact), fact)


def _intake(entry: Entry, fact: Contract) -> Entry:
    match fact:
        case intake.ComplaintRegisteredV1():
            return _registered(entry, fact)
        case intake.ComplaintConfirmedV1():
            freed = _done(entry, "confirm")
            return replace(freed, confirmed=True)
        case intake.ConfirmationOverdueV1():
            late = Due(key="confirm", clock=fact.clock, due_at=fact.due_at, breached=True)
            return entry if entry.confirmed else _due(entry, late)
        case _:
            return entry


def _record(entry: Entry, fact: Contract) -> Entry:
    match fact:
        case intake.ComplaintClassifiedV1():
            return replace(
                entry,
                kind=fact.kind,
                content=fact.classification.get("category", entry.content),
                severity=fact.severity or entry.severity,
            )
        case intake.ComplaintPromotedV1():
            return replace(entry, kind="complaint")
        case intake.ComplaintWithdrawnV1():
            return replace(entry, withdrawn=True, dues=())
        case _:
            return entry


def _registered(entry: Entry, fact: intake.ComplaintRegisteredV1) -> Entry:
    known = replace(
        entry,
        reference=fact.reference,
        unit=fact.recording_unit,
        kind=fact.kind,
        content=fact.classification.get("category", ""),
        channel=fact.channel,
        severity=fact.severity or "",
        opened_at=fact.received_at,
        holder_unit=entry.holder_unit or fact.recording_unit,
    )
    if fact.awaits_confirmation and fact.kind == "complaint":
        return _wait(known, Wait(key="confirm", code="confirmation"))
    return known


def _custody(entry: Entry, fact: Contract) -> Entry:
    match fact:
        case cases.CustodyOfferedV1():
            key = f"offer:{fact.offer_id}"
            asked = _wait(entry, Wait(key=key, code="acceptance"))
            return _due(asked, Due(key=key, clock="accept", due_at=fact.accept_due_at))
        case cases.CustodyAcceptedV1():
            held = _done(entry, f"offer:{fact.offer_id}")
            return replace(held, holder_unit=fact.unit, holder_person=fact.person, stage="accepted")
        case cases.CustodyReturnedV1():
            return _done(entry, f"offer:{fact.offer_id}")
        case cases.CustodyArbitratedV1():
            held = _done(entry, "offer:")
            person = fact.person or ""
            return replace(held, holder_unit=fact.unit, holder_person=person, stage="accepted")
        case cases.CaseEscalatedV1():
            return replace(entry, tier=fact.to_tier)
        case _:
            return entry


def _stage(entry: Entry, fact: Contract) -> Entry:
    simple = _STAGES.get(type(fact))
    if simple is not None:
        return replace(entry, stage=simple)
    match fact:
        case cases.CaseOpenedV1():
            holder = entry.holder_unit or fact.unit
            return replace(entry, stage="opened", tier=fact.tier, holder_unit=holder)
        case cases.CaseRoutedV1():
            return replace(entry, stage="routed", tier=fact.tier)
        case _:
            return entry


def _proposal(entry: Entry, fact: Contract) -> Entry:
    match fact:
        case cases.ResolutionProposedV1():
            asked = _wait(entry, Wait(key="resolution", code="customer"))
            return replace(asked, stage="proposed")
        case cases.ResolutionAcceptedV1():
            return replace(_done(entry, "resolution"), stage="agreed")
        case cases.ResolutionRejectedV1():
            return replace(_done(entry, "resolution"), stage="rejected")
        case _:
            return entry


_STAGES: dict[type[Contract], str] = {
    cases.FindingRecordedV1: "investigated",
    cases.ResolutionExecutedV1: "executed",
}


def _closing(entry: Entry, fact: Contract) -> Entry:
    match fact:
        case cases.ClosingAskedV1():
            return replace(entry, former_stage=entry.stage, stage="closing")
        case cases.ClosingFailedV1():
            return replace(entry, stage=entry.former_stage or "executed")
        case cases.CaseClosedV1():
            left = _done(_done(_done(entry, "clock:"), "offer:"), "task:")
            return replace(left, stage="closed")
        case cases.CaseReopenedV1():
            return replace(
                entry,
                stage="reopened",
                tier=fact.tier,
                holder_unit=fact.unit,
                holder_person="",
            )
        case _:
            return entry


def _clocks(entry: Entry, fact: Contract) -> Entry:
    match fact:
        case cases.ClockStartedV1() | cases.ClockResumedV1():
            return _due(entry, Due(key=_clock(fact), clock=fact.clock, due_at=fact.due_at))
        case cases.ClockPausedV1():
            return _due(entry, Due(key=_clock(fact), clock=fact.clock, due_at=None))
        case cases.ClockMetV1():
            return _done(entry, _clock(fact))
        case cases.ClockWarnedV1():
            pressing = Due(key=_clock(fact), clock=fact.clock, due_at=fact.due_at, warned=True)
            return _due(entry, pressing)
        case cases.ClockBreachedV1():
            late = Due(key=_clock(fact), clock=fact.clock, due_at=fact.due_at, breached=True)
            return _due(entry, late)
        case _:
            return entry


def _clock(
    fact: cases.ClockStartedV1
    | cases.ClockResumedV1
    | cases.ClockPausedV1
    | cases.ClockMetV1
    | cases.ClockWarnedV1
    | cases.ClockBreachedV1,
) -> str:
    return f"clock:{fact.clock}:{fact.round}"


def _tasks(entry: Entry, fact: Contract) -> Entry:
    match fact:
        case cases.AssistanceAskedV1():
            key = f"task:{fact.task_id}"
            asked = _wait(entry, Wait(key=key, code="assistance"))
            return _due(asked, Due(key=key, clock="assistance", due_at=fact.due_at))
        case cases.AssistanceGivenV1():
            return _done(entry, f"task:{fact.task_id}")
        case cases.TaskRaisedV1():
            return _wait(entry, Wait(key=f"task:{fact.task_id}", code="task"))
        case _:
            return entry


def _money(entry: Entry, fact: Contract) -> Entry:
    match fact:
        case money.ApprovalRequestedV1():
            key = _claim(fact.claim_id)
            asked = _wait(_done(entry, key), Wait(key=key, code=f"approval:{fact.role}"))
            return _due(asked, Due(key=key, clock="approval", due_at=fact.due_at))
        case money.ApprovalWarnedV1():
            key = _claim(fact.claim_id)
            return _due(entry, Due(key=key, clock="approval", due_at=fact.due_at, warned=True))
        case (
            money.ApprovalGrantedV1()
            | money.ApprovalRefusedV1()
            | money.ApprovalExpiredV1()
            | money.ClaimLapsedV1()
            | money.ClaimSignedV1()
            | money.ClaimReversedV1()
        ):
            return _done(entry, _claim(fact.claim_id))
        case money.ClaimAuthorisedV1():
            key = _claim(fact.claim_id)
            return _wait(_done(entry, key), Wait(key=key, code="payment"))
        case money.ClaimPaidV1():
            paid = _done(entry, _claim(fact.claim_id))
            signature = Wait(key=_claim(fact.claim_id), code="signature")
            return _wait(paid, signature) if fact.awaits_signature else paid
        case _:
            return entry


def _claim(claim_id: object) -> str:
    return f"claim:{claim_id}"


def _calls(entry: Entry, fact: Contract) -> Entry:
    match fact:
        case calls.ObligationOwedV1() | calls.ObligationWarnedV1() | calls.ObligationOverdueV1():
            return _due(entry, _owed(fact))
        case calls.ObligationEndedV1():
            return _done(entry, f"owed:{fact.obligation}")
        case calls.CallbackDueV1():
            key = f"call:{fact.callback_id}"
            asked = _wait(entry, Wait(key=key, code="callback"))
            return _due(asked, Due(key=key, clock="callback", due_at=fact.due_at))
        case calls.CallbackWarnedV1() | calls.CallbackOverdueV1():
            key, late = f"call:{fact.callback_id}", isinstance(fact, calls.CallbackOverdueV1)
            pressing = Due(key=key, clock="callback", due_at=fact.due_at, warned=True)
            return _due(entry, replace(pressing, breached=late))
        case calls.CallbackCompletedV1() | calls.CallbackExcludedV1():
            return _done(entry, f"call:{fact.callback_id}")
        case _:
            return entry


def _owed(
    fact: calls.ObligationOwedV1 | calls.ObligationWarnedV1 | calls.ObligationOverdueV1,
) -> Due:
    return Due(
        key=f"owed:{fact.obligation}",
        clock=fact.obligation,
        due_at=fact.due_at,
        warned=isinstance(fact, calls.ObligationWarnedV1),
        breached=isinstance(fact, calls.ObligationOverdueV1),
    )


def _due(entry: Entry, due: Due) -> Entry:
    """Put in, or in place of the one with its key; what was withdrawn has no due moments."""
    if entry.withdrawn:
        return entry
    return replace(entry, dues=(*_without(entry.dues, due.key), due))


def _wait(entry: Entry, wait: Wait) -> Entry:
    others = tuple(known for known in entry.waits if known.key != wait.key)
    return replace(entry, waits=(*others, wait))


def _done(entry: Entry, key: str) -> Entry:
    """Neither due nor waited for any more; a key that ends with a colon means all that begin so."""
    waits = tuple(wait for wait in entry.waits if not _meant(wait.key, key))
    return replace(entry, dues=_without(entry.dues, key), waits=waits)


def _without(dues: Iterable[Due], key: str) -> tuple[Due, ...]:
    return tuple(due for due in dues if not _meant(due.key, key))


def _meant(known: str, key: str) -> bool:
    return known.startswith(key) if key.endswith(":") else known == key
