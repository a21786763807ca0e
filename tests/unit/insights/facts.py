"""One complaint's life as facts of four services, each in its own order."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from uuid import UUID

from services.insights_service.counting import Count, placed, tallied
from services.insights_service.domain.entry import Entry
from services.insights_service.folding import fold
from shared.contracts import compensation as money
from shared.contracts import escalation as cases
from shared.contracts import followup as calls
from shared.contracts import intake
from shared.contracts.envelope import Contract

COMPLAINT = UUID("0197a000-0000-7000-8000-000000000001")
OFFER = UUID("0197a000-0000-7000-8000-000000000002")
CLAIM = UUID("0197a000-0000-7000-8000-000000000003")
CALL = UUID("0197a000-0000-7000-8000-000000000004")
RESOLUTION = UUID("0197a000-0000-7000-8000-000000000005")
NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
DESK, STORE = "hq.store-001.service-desk", "hq.store-001"
POLICY = intake.Policy(pack="auto_accessories", version="2026-01-01", hash="a" * 64)


def after(**length: float) -> datetime:
    return NOON + timedelta(**length)


REGISTERED = intake.ComplaintRegisteredV1(
    complaint_id=COMPLAINT,
    reference="KS-2026-000123",
    kind="complaint",
    channel="store",
    complainant_type="customer",
    recording_unit=DESK,
    classification={"category": "goods_quality"},
    awaits_confirmation=True,
    registered_by="p-clerk-1a",
    received_at=NOON,
    policy=POLICY,
)
CONFIRMED = intake.ComplaintConfirmedV1(
    complaint_id=COMPLAINT, confirmed_by="p-cs-manager-1", confirmed_at=NOON, row="confirm.head"
)
RECLASSIFIED = intake.ComplaintClassifiedV1(
    complaint_id=COMPLAINT,
    kind="complaint",
    classification={"category": "installation"},
    severity="two_star",
    reason_code="mistake",
)
WITHDRAWN = intake.ComplaintWithdrawnV1(complaint_id=COMPLAINT, reason_code="settled")

OPENED = cases.CaseOpenedV1(
    complaint_id=COMPLAINT,
    reference="KS-2026-000123",
    unit=DESK,
    tier="initial",
    awaits_confirmation=True,
)
RESOLVE = cases.ClockStartedV1(
    complaint_id=COMPLAINT,
    clock="resolve",
    round=1,
    started_at=NOON,
    due_at=after(hours=24),
    calendar="always",
    row="clock.resolve",
)
WARNED = cases.ClockWarnedV1(
    complaint_id=COMPLAINT, clock="resolve", round=1, percent=75, due_at=after(hours=24)
)
BREACHED = cases.ClockBreachedV1(
    complaint_id=COMPLAINT, clock="resolve", round=1, due_at=after(hours=24)
)
OFFERED = cases.CustodyOfferedV1(
    complaint_id=COMPLAINT,
    offer_id=OFFER,
    from_unit=DESK,
    to_unit=STORE,
    reason_code="beyond_authority",
    accept_due_at=after(hours=2),
)
ACCEPTED = cases.CustodyAcceptedV1(
    complaint_id=COMPLAINT, offer_id=OFFER, unit=STORE, person="p-store-manager-1"
)
CLOSING = cases.ClosingAskedV1(complaint_id=COMPLAINT, round=1)
UNCLOSED = cases.ClosingFailedV1(complaint_id=COMPLAINT, round=1, open_items=["callback"])
CLOSED = cases.CaseClosedV1(
    complaint_id=COMPLAINT, round=2, outcome="solved", cause="goods", closed_at=after(days=4)
)

REQUESTED = money.ApprovalRequestedV1(
    claim_id=CLAIM,
    complaint_id=COMPLAINT,
    step=1,
    role="store_manager",
    unit=STORE,
    exposure_minor=196_000,
    due_at=after(hours=8),
    row="authority.store-manager",
)
GRANTED = money.ApprovalGrantedV1(
    claim_id=CLAIM,
    complaint_id=COMPLAINT,
    step=1,
    role="store_manager",
    approved_by="p-store-manager-1",
    exposure_minor=196_000,
    row="authority.store-manager",
)
AUTHORISED = money.ClaimAuthorisedV1(
    claim_id=CLAIM,
    complaint_id=COMPLAINT,
    cost_minor=196_000,
    currency="CNY",
    row="authority.store-manager",
)
PAID = money.ClaimPaidV1(
    claim_id=CLAIM,
    complaint_id=COMPLAINT,
    cost_minor=196_000,
    currency="CNY",
    paid_by="p-finance-1",
    proof="V-1",
    awaits_signature=True,
)
SIGNED = money.ClaimSignedV1(claim_id=CLAIM, complaint_id=COMPLAINT, evidence_id=OFFER)

OWED = calls.ObligationOwedV1(
    complaint_id=COMPLAINT, obligation="acknowledge", due_at=after(minutes=30), row="clock.ack"
)
ENDED = calls.ObligationEndedV1(
    complaint_id=COMPLAINT, obligation="acknowledge", met=True, late=False
)
CALL_DUE = calls.CallbackDueV1(
    callback_id=CALL,
    complaint_id=COMPLAINT,
    campaign="after_resolution",
    unit=DESK,
    due_at=after(days=3),
    row="callback.after-resolution",
)
CALLED = calls.CallbackCompletedV1(
    callback_id=CALL,
    complaint_id=COMPLAINT,
    campaign="after_resolution",
    score=5,
    completed_at=after(days=1),
    late=False,
)

STREAMS: tuple[tuple[Contract, ...], ...] = (
    (REGISTERED, CONFIRMED, RECLASSIFIED),
    (OPENED, RESOLVE, OFFERED, ACCEPTED, WARNED, BREACHED, CLOSING, UNCLOSED, CLOSING, CLOSED),
    (REQUESTED, GRANTED, AUTHORISED, PAID, SIGNED),
    (OWED, ENDED, CALL_DUE, CALLED),
)
"""Each service's facts in its own order; between services there is none."""

UNHEARD = Entry(complaint=COMPLAINT, organisation="auto-demo")


def told(*facts: Contract, entry: Entry = UNHEARD) -> Entry:
    """The entry after these facts, counts left aside."""
    return reduce(fold, facts, entry)


def counted(*facts: Contract) -> tuple[Entry, list[Count]]:
    """The entry after these facts, and everything counted on the way."""
    entry, counts = UNHEARD, []
    for fact in facts:
        before = entry
        entry, found = placed(before, tallied(fold(before, fact), fact, "2026-11-02"))
        counts += found
    return entry, counts
