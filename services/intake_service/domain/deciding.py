"""What a complaint's record says to a command: the rules of intake, one sentence each."""

from typing import assert_never

from services.intake_service.domain import adding, confirming, hearing
from services.intake_service.domain.commands import (
    AmendComplaint,
    AttachEvidence,
    ClassifyComplaint,
    Command,
    ConfirmComplaint,
    LinkComplaint,
    PromoteComplaint,
    RecordContact,
    RegisterComplaint,
    WithdrawComplaint,
)
from services.intake_service.domain.complaint import REPEAT, Complaint, evolve, require_open
from services.intake_service.domain.errors import (
    AlreadyAComplaint,
    AlreadyConfirmed,
    ComplaintExists,
    NotAComplaintKind,
    NotTheRecordingHead,
    OwnRecord,
    PromotionNeeded,
    ReceivedInFuture,
    StaysAComplaint,
)
from services.intake_service.domain.events import (
    ComplaintAmended,
    ComplaintClassified,
    ComplaintConfirmed,
    ComplaintPromoted,
    ComplaintRegistered,
    ComplaintWithdrawn,
    Event,
)
from services.intake_service.domain.form import owed
from services.intake_service.domain.vocabulary import require_withdrawal_reason, require_words
from services.intake_service.domain.words import Status
from shared.kernel.errors import NotFound, Pointer
from shared.kernel.occasion import Occasion
from shared.kernel.policy.intake import FormFacts
from shared.kernel.policy.pack import Pack
from shared.kernel.replacing import replace


def decide(
    state: Complaint | None, command: Command, occasion: Occasion, pack: Pack
) -> list[Event]:
    """What happens. Raises the errors of `errors`, NotFound before the registration."""
    if isinstance(command, RegisterComplaint):
        return _register(state, command, occasion, pack)
    if state is None:
        raise NotFound
    match command:
        case ConfirmComplaint():
            return _confirm(state, occasion, pack)
        case ClassifyComplaint():
            return _classify(state, command, pack)
        case AmendComplaint() | PromoteComplaint() | WithdrawComplaint():
            return _change(state, command, occasion, pack)
        case RecordContact() | AttachEvidence() | LinkComplaint():
            return adding.add(state, command, occasion, pack)
        case _:
            return hearing.hear(state, command, occasion, pack)


def _register(
    state: Complaint | None, command: RegisterComplaint, occasion: Occasion, pack: Pack
) -> list[Event]:
    if state is not None:
        raise ComplaintExists
    received_at = command.received_at or occasion.at
    if received_at > occasion.at:
        raise ReceivedInFuture(errors=[Pointer("/received_at", "too-large", "")])
    kind = pack.intake.kind(command.kind)
    event = ComplaintRegistered(
        complaint_id=command.complaint_id,
        reference=command.reference,
        kind=command.kind,
        channel=command.channel,
        complainant_type=command.complainant_type,
        unit=command.unit,
        policy=command.policy,
        received_at=received_at,
        awaits_confirmation=confirming.must_await(pack, command.kind),
        is_complaint=bool(kind and kind.is_complaint),
        row=pack.intake.confirmation.id,
        customer=command.customer,
        member=command.member,
        key_customer=command.key_customer,
        classification=command.classification,
        severity=command.severity,
        flags=command.flags,
        attributes=command.attributes,
        accused=command.accused,
        filled=command.filled,
        missing=_owed(pack, command, command.filled),
        texts=command.texts,
        hotline_ticket=command.hotline_ticket,
    )
    return [event, *_waits(event, occasion, pack)]


def _waits(event: ComplaintRegistered, occasion: Occasion, pack: Pack) -> list[Event]:
    if not event.awaits_confirmation or not pack.intake.clocks:
        return []
    return [*confirming.started(pack, evolve(None, event, occasion), at=occasion.at)]


def _confirm(state: Complaint, occasion: Occasion, pack: Pack) -> list[Event]:
    rule = pack.intake.confirmation
    if not confirming.may_confirm(pack, occasion.by.roles):
        raise NotTheRecordingHead
    if rule.not_by_registrar and occasion.by.id == state.registered_by:
        raise OwnRecord
    require_open(state)
    if state.status is not Status.AWAITING_CONFIRMATION:
        raise AlreadyConfirmed
    confirmed = ComplaintConfirmed(row=rule.id, apart=rule.not_by_registrar)
    return [*confirming.met(pack, state, at=occasion.at), confirmed]


def _classify(state: Complaint, command: ClassifyComplaint, pack: Pack) -> list[Event]:
    kind = command.kind or state.kind
    require_words(pack, kind=kind, classification=command.classification, said=command)
    require_open(state)
    known = pack.intake.kind(kind)
    if known and known.is_complaint and not state.is_complaint:
        raise PromotionNeeded
    if known and not known.is_complaint and state.is_complaint:
        raise StaysAComplaint
    flags = state.flags if command.flags is None else _with_repeat(state, command.flags)
    event = ComplaintClassified(
        kind=kind,
        classification={**state.classification, **command.classification},
        severity=command.severity or state.severity,
        flags=flags,
        reason=command.reason,
    )
    before = (state.kind, state.classification, state.severity, state.flags)
    after = (event.kind, event.classification, event.severity, event.flags)
    return [event] if before != after else []


def _with_repeat(state: Complaint, flags: tuple[str, ...]) -> tuple[str, ...]:
    """A repeat was found by linking; classifying anew does not undo it."""
    kept = {REPEAT} if REPEAT in state.flags else set()
    return tuple(sorted({*flags, *kept}))


def _change(
    state: Complaint,
    command: AmendComplaint | PromoteComplaint | WithdrawComplaint,
    occasion: Occasion,
    pack: Pack,
) -> list[Event]:
    match command:
        case AmendComplaint():
            return _amend(state, command, pack)
        case PromoteComplaint():
            return _promote(state, command, occasion, pack)
        case WithdrawComplaint():
            require_withdrawal_reason(pack, command.reason)
            require_open(state)
            cancelled = confirming.cancelled(state, at=occasion.at)
            return [*cancelled, ComplaintWithdrawn(reason=command.reason)]
        case _:
            assert_never(command)


def _amend(state: Complaint, command: AmendComplaint, pack: Pack) -> list[Event]:
    require_open(state)
    accused = state.accused if command.accused is None else command.accused
    attributes = {**state.attributes, **command.attributes}
    typed = tuple(text.subject for text in command.texts)
    changed = {name for name, value in attributes.items() if state.attributes.get(name) != value}
    changed |= {*command.particulars, *typed}
    changed |= {"accused"} if accused != state.accused else set()
    if not changed:
        return []
    filled = tuple(sorted({*state.filled, *command.filled}))
    event = ComplaintAmended(
        attributes=attributes,
        accused=accused,
        changed=tuple(sorted(changed)),
        filled=filled,
        missing=_owed(pack, state, filled),
        texts=command.texts,
        customer=command.customer,
    )
    return [event]


def _promote(
    state: Complaint, command: PromoteComplaint, occasion: Occasion, pack: Pack
) -> list[Event]:
    known = pack.intake.kind(command.kind)
    if known is None or not known.is_complaint:
        raise NotAComplaintKind(errors=[Pointer("/kind", "not-allowed-value", "")])
    require_open(state)
    if state.is_complaint:
        raise AlreadyAComplaint
    event = ComplaintPromoted(
        kind=command.kind,
        awaits_confirmation=confirming.must_await(pack, command.kind),
        row=pack.intake.confirmation.id,
        reason=command.reason,
        missing=_owed(pack, replace(state, kind=command.kind), state.filled),
    )
    if not event.awaits_confirmation:
        return [event]
    promoted = evolve(state, event, occasion)
    return [event, *confirming.started(pack, promoted, at=occasion.at)]


def _owed(
    pack: Pack, said: RegisterComplaint | Complaint, filled: tuple[str, ...]
) -> tuple[str, ...]:
    facts = FormFacts(
        kind=said.kind,
        channel=said.channel,
        complainant_type=said.complainant_type,
        flags=frozenset(said.flags),
    )
    return owed(pack.intake, facts, filled)
