"""What the world hears of intake: ids, codes and moments, one fact per event at most."""

from functools import lru_cache

from services.intake_service.domain import policy_version as policy
from services.intake_service.domain.complaint import Complaint
from services.intake_service.domain.customers import (
    Customer,
    CustomerRecorded,
    ServiceCompleted,
    Visit,
)
from services.intake_service.domain.events import (
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
    RepeatLinked,
)
from services.intake_service.domain.words import EvidenceState
from shared.contracts import intake as facts
from shared.contracts.envelope import Contract
from shared.kernel.clocks import ClockBreached
from shared.kernel.occasion import Occasion
from shared.kernel.policy.pack import PackRef


def fact_of(event: Event, state: Complaint, occasion: Occasion) -> Contract | None:
    """The fact an event publishes, or None."""
    match event:
        case ComplaintRegistered():
            return _registered(event, occasion)
        case ComplaintConfirmed() | ComplaintPromoted() | ComplaintWithdrawn():
            return _turned(event, state, occasion)
        case ComplaintClassified() | ComplaintAmended():
            return _corrected(event, state)
        case ContactRecorded() | EvidenceNoted() | RepeatLinked():
            return _added(event, state)
        case ClosingSettled() | ClosingUnsettled() | ClockBreached():
            return _answered(event, state)
        case _:
            return None


def _registered(event: ComplaintRegistered, occasion: Occasion) -> Contract:
    """Built without validation: every value was checked at the door and by the domain."""
    return facts.ComplaintRegisteredV1.model_construct(
        complaint_id=event.complaint_id,
        reference=event.reference,
        kind=event.kind,
        channel=event.channel,
        complainant_type=event.complainant_type,
        customer=event.customer,
        member=event.member,
        key_customer=event.key_customer,
        recording_unit=event.unit,
        classification=event.classification,
        severity=event.severity,
        flags=list(event.flags),
        attributes=event.attributes,
        accused=list(event.accused),
        awaits_confirmation=event.awaits_confirmation,
        registered_by=occasion.by.id,
        received_at=event.received_at,
        hotline_ticket=event.hotline_ticket,
        policy=_policy(event.policy),
    )


@lru_cache(maxsize=64)
def _policy(ref: PackRef) -> facts.Policy:
    return facts.Policy(pack=ref.pack, version=ref.version, hash=ref.hash)


def _turned(
    event: ComplaintConfirmed | ComplaintPromoted | ComplaintWithdrawn,
    state: Complaint,
    occasion: Occasion,
) -> Contract:
    match event:
        case ComplaintConfirmed():
            return facts.ComplaintConfirmedV1(
                complaint_id=state.id,
                confirmed_by=occasion.by.id,
                confirmed_at=occasion.at,
                row=event.row,
            )
        case ComplaintPromoted():
            return facts.ComplaintPromotedV1(
                complaint_id=state.id,
                received_at=state.received_at,
                reason_code=event.reason,
                kind=event.kind,
                awaits_confirmation=event.awaits_confirmation,
            )
        case ComplaintWithdrawn():
            return facts.ComplaintWithdrawnV1(complaint_id=state.id, reason_code=event.reason)


def _corrected(event: ComplaintClassified | ComplaintAmended, state: Complaint) -> Contract:
    if isinstance(event, ComplaintClassified):
        return facts.ComplaintClassifiedV1(
            complaint_id=state.id,
            kind=event.kind,
            classification=event.classification,
            severity=event.severity,
            flags=list(event.flags),
            reason_code=event.reason,
        )
    return facts.ComplaintAmendedV1(
        complaint_id=state.id,
        attributes=event.attributes,
        accused=list(event.accused),
        changed=list(event.changed),
        customer=event.customer,
    )


def _added(
    event: ContactRecorded | EvidenceNoted | RepeatLinked, state: Complaint
) -> Contract | None:
    match event:
        case ContactRecorded():
            return facts.ContactRecordedV1(
                complaint_id=state.id,
                contact_id=event.contact.id,
                direction=event.contact.direction.value,
                channel=event.contact.channel,
                topic=event.contact.topic,
            )
        case EvidenceNoted():
            return _evidence(event, state)
        case RepeatLinked():
            return facts.RepeatLinkedV1(
                complaint_id=state.id,
                linked_complaint_id=event.complaint,
                relation=event.relation.value,
            )


def _answered(
    event: ClosingSettled | ClosingUnsettled | ClockBreached, state: Complaint
) -> Contract:
    if isinstance(event, ClockBreached):
        return facts.ConfirmationOverdueV1(
            complaint_id=state.id, clock=event.clock, due_at=event.due_at
        )
    if isinstance(event, ClosingSettled):
        return facts.ClosingSettledV1(complaint_id=state.id, round=event.round)
    return facts.ClosingUnsettledV1(
        complaint_id=state.id, round=event.round, open_items=list(event.open_items)
    )


def _evidence(event: EvidenceNoted, state: Complaint) -> Contract | None:
    """Only what is here is told; what is expected is intake's own affair."""
    piece = event.evidence
    if piece.state is not EvidenceState.ATTACHED or piece.sha256 is None:
        return None
    return facts.EvidenceAttachedV1(
        complaint_id=state.id,
        evidence_id=piece.id,
        kind=piece.kind,
        sha256=piece.sha256,
        source_expires_at=piece.source_expires_at,
    )


def customer_fact_of(
    event: CustomerRecorded, _state: Customer, _occasion: Occasion
) -> Contract | None:
    """What the world hears of a customer's file."""
    return facts.CustomerRecordedV1(
        customer=event.customer,
        member=event.member,
        key_customer=event.key_customer,
        callback_consent=event.callback_consent,
        reachable=event.reachable,
    )


def visit_fact_of(event: ServiceCompleted, _state: Visit, _occasion: Occasion) -> Contract | None:
    """A customer was served: the callback counts from here (AUTO-65)."""
    return facts.ServiceCompletedV1(
        visit_id=event.visit_id,
        customer=event.customer,
        member=event.member,
        callback_consent=event.callback_consent,
        reachable=event.reachable,
        unit=event.unit,
        completed_at=event.completed_at,
        policy=_policy(event.policy),
    )


def version_fact_of(
    event: policy.Event, state: policy.PolicyVersion, occasion: Occasion
) -> Contract | None:
    """Only an activated version concerns the others; they keep its content for ever."""
    if not isinstance(event, policy.VersionActivated):
        return None
    proposal = state.proposal
    return facts.PolicyVersionActivatedV1.model_validate(
        {
            "version_id": proposal.version_id,
            "pack": proposal.pack,
            "version": proposal.version,
            "hash": proposal.hash,
            "in_force_from": proposal.in_force_from,
            "proposed_by": state.proposed_by,
            "activated_by": occasion.by.id,
            "content": event.content,
        }
    )
