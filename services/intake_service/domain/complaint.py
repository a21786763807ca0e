"""A complaint's record: its state, and how what happened folds into it. It never argues."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from uuid import UUID

from services.intake_service.domain.errors import ClosingInProgress, NotOpen
from services.intake_service.domain.events import (
    Added,
    ClosingSettled,
    ClosingUnsettled,
    ComplaintAmended,
    ComplaintClassified,
    ComplaintConfirmed,
    ComplaintPromoted,
    ComplaintRegistered,
    ComplaintWithdrawn,
    ContactRecorded,
    Event,
    EvidenceNoted,
    Heard,
    RecordClosed,
    RepeatLinked,
    Thawed,
)
from services.intake_service.domain.standing import Standing
from services.intake_service.domain.words import (
    Attribute,
    Contact,
    Evidence,
    Link,
    Relation,
    Status,
    TextRef,
)
from shared.kernel import ticking
from shared.kernel.clocks import Clock, ClockFact
from shared.kernel.occasion import Occasion
from shared.kernel.policy.pack import PackRef
from shared.kernel.replacing import replace

REPEAT = "repeat"
BY_RULE = "system:rule"
"""Who confirmed a record that the pack wants nobody to confirm."""


@dataclass(frozen=True, kw_only=True)  # no slots: replaced at every event
class Complaint:
    """What the complainant said, without saying who (that is in the vault) or how (texts).

    `frozen`: escalation asked to close and intake agreed. `filled` are the form
    fields that were given, `missing` those still owed. `clock` waits for the confirmation.
    """

    id: UUID
    reference: str
    status: Status
    kind: str
    is_complaint: bool
    channel: str
    complainant_type: str
    unit: str
    policy: PackRef
    received_at: datetime
    registered_at: datetime
    registered_by: str
    customer: str | None = None
    member: bool = False
    key_customer: bool = False
    classification: dict[str, str]
    severity: str | None = None
    flags: tuple[str, ...] = ()
    attributes: dict[str, Attribute]
    accused: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    texts: tuple[TextRef, ...] = ()
    hotline_ticket: str | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    contacts: tuple[Contact, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    links: tuple[Link, ...] = ()
    withdrawal: str | None = None
    frozen: bool = False
    clock: Clock | None = None
    standing: Standing = field(default_factory=Standing)
    """For processes of the release before; how it stands now is beside the record."""

    @property
    def settled(self) -> bool:
        """Whether it is over: closed or withdrawn."""
        return self.status in {Status.CLOSED, Status.WITHDRAWN}

    def piece(self, evidence_id: UUID) -> Evidence | None:
        """The evidence with this id, if it is on the record."""
        return next((each for each in self.evidence if each.id == evidence_id), None)


def require_open(state: Complaint) -> None:
    """Raises NotOpen, ClosingInProgress: the record takes no change now."""
    if state.settled:
        raise NotOpen
    if state.frozen:
        raise ClosingInProgress


def evolve(state: Complaint | None, event: Event, occasion: Occasion) -> Complaint:
    """One event folded in."""
    if isinstance(event, ComplaintRegistered):
        return _registered(event, occasion)
    assert state is not None, "a complaint is registered before anything else happens to it"
    match event:
        case ComplaintConfirmed() | ComplaintPromoted() | ComplaintWithdrawn():
            return _turned(state, event, occasion)
        case ComplaintClassified() | ComplaintAmended():
            return _corrected(state, event)
        case ContactRecorded() | EvidenceNoted() | RepeatLinked():
            return _added(state, event)
        case ClosingSettled() | ClosingUnsettled() | Thawed() | RecordClosed():
            return _heard(state, event)
        case _:
            return _ticked(state, event)


def _registered(event: ComplaintRegistered, occasion: Occasion) -> Complaint:
    waits = event.awaits_confirmation
    by_rule = event.is_complaint and not waits
    return Complaint(
        id=event.complaint_id,
        reference=event.reference,
        status=Status.AWAITING_CONFIRMATION if waits else Status.OPEN,
        kind=event.kind,
        is_complaint=event.is_complaint,
        channel=event.channel,
        complainant_type=event.complainant_type,
        unit=event.unit,
        policy=event.policy,
        received_at=event.received_at,
        registered_at=occasion.at,
        registered_by=occasion.by.id,
        customer=event.customer,
        member=event.member,
        key_customer=event.key_customer,
        classification=event.classification,
        severity=event.severity,
        flags=event.flags,
        attributes=event.attributes,
        accused=event.accused,
        filled=event.filled,
        missing=event.missing,
        texts=event.texts,
        hotline_ticket=event.hotline_ticket,
        confirmed_by=BY_RULE if by_rule else None,
        confirmed_at=occasion.at if by_rule else None,
    )


def _turned(
    state: Complaint,
    event: ComplaintConfirmed | ComplaintPromoted | ComplaintWithdrawn,
    occasion: Occasion,
) -> Complaint:
    match event:
        case ComplaintConfirmed():
            by, at = occasion.by.id, occasion.at
            return replace(state, status=Status.OPEN, confirmed_by=by, confirmed_at=at)
        case ComplaintWithdrawn():
            return replace(state, status=Status.WITHDRAWN, withdrawal=event.reason, frozen=False)
        case ComplaintPromoted():
            promoted = replace(state, kind=event.kind, is_complaint=True, missing=event.missing)
            if event.awaits_confirmation:
                return replace(promoted, status=Status.AWAITING_CONFIRMATION)
            return replace(promoted, confirmed_by=BY_RULE, confirmed_at=occasion.at)
        case _:
            assert_never(event)


def _corrected(state: Complaint, event: ComplaintClassified | ComplaintAmended) -> Complaint:
    if isinstance(event, ComplaintClassified):
        return replace(
            state,
            kind=event.kind,
            classification=event.classification,
            severity=event.severity,
            flags=event.flags,
        )
    return replace(
        state,
        attributes=event.attributes,
        accused=event.accused,
        filled=event.filled,
        missing=event.missing,
        texts=(*state.texts, *event.texts),
        customer=event.customer or state.customer,
    )


def _added(state: Complaint, event: Added) -> Complaint:
    match event:
        case ContactRecorded():
            return replace(state, contacts=(*state.contacts, event.contact))
        case EvidenceNoted():
            kept = tuple(each for each in state.evidence if each.id != event.evidence.id)
            return replace(state, evidence=(*kept, event.evidence))
        case RepeatLinked():
            return _linked(state, event)
        case _:
            assert_never(event)


def _linked(state: Complaint, event: RepeatLinked) -> Complaint:
    link = Link(complaint=event.complaint, relation=event.relation, later=event.later)
    repeats = event.later and event.relation is Relation.REPEAT and REPEAT not in state.flags
    flags = (*state.flags, REPEAT) if repeats else state.flags
    return replace(state, links=(*state.links, link), flags=flags)


def _heard(state: Complaint, event: Heard) -> Complaint:
    match event:
        case ClosingSettled():
            return replace(state, frozen=True)
        case ClosingUnsettled():
            return state
        case RecordClosed():
            return replace(state, status=Status.CLOSED, frozen=False)
        case Thawed():
            closed = event.reopened and state.status is Status.CLOSED
            return replace(state, frozen=False, status=Status.OPEN if closed else state.status)
        case _:
            assert_never(event)


def _ticked(state: Complaint, fact: ClockFact) -> Complaint:
    return replace(state, clock=ticking.evolve(state.clock, fact))
