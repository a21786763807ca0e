"""Contacts, evidence and links: what is added to a record and never taken off it."""

from typing import assert_never

from services.intake_service.domain.commands import (
    Adding,
    AttachEvidence,
    LinkComplaint,
    RecordContact,
)
from services.intake_service.domain.complaint import Complaint, require_open
from services.intake_service.domain.errors import (
    AlreadyLinked,
    CannotLinkToItself,
    EvidenceExists,
    RecordFull,
)
from services.intake_service.domain.events import (
    ContactRecorded,
    Event,
    EvidenceNoted,
    RepeatLinked,
)
from services.intake_service.domain.vocabulary import require_channel
from services.intake_service.domain.words import Contact, Evidence, EvidenceState
from shared.kernel.occasion import Occasion
from shared.kernel.policy.pack import Pack

CONTACTS_MAX = 500
EVIDENCE_MAX = 200
LINKS_MAX = 200


def add(state: Complaint, command: Adding, occasion: Occasion, pack: Pack) -> list[Event]:
    """Contacts and links are taken at any time; evidence while the record is open."""
    match command:
        case RecordContact():
            return _contact(state, command, occasion, pack)
        case AttachEvidence():
            return _evidence(state, command, occasion)
        case LinkComplaint():
            return _link(state, command)
        case _:
            assert_never(command)


def _contact(
    state: Complaint, command: RecordContact, occasion: Occasion, pack: Pack
) -> list[Event]:
    require_channel(pack, command.channel)
    if len(state.contacts) >= CONTACTS_MAX:
        raise RecordFull
    contact = Contact(
        id=command.contact_id,
        at=occasion.at,
        by=occasion.by.id,
        direction=command.direction,
        channel=command.channel,
        topic=command.topic,
        text=command.text,
    )
    return [ContactRecorded(contact=contact)]


def _evidence(state: Complaint, command: AttachEvidence, occasion: Occasion) -> list[Event]:
    require_open(state)
    known = state.piece(command.evidence_id)
    if known and (known.state is not EvidenceState.EXPECTED or known.kind != command.kind):
        raise EvidenceExists
    if known is None and len(state.evidence) >= EVIDENCE_MAX:
        raise RecordFull
    if known and command.state is EvidenceState.EXPECTED:
        return []
    expected_until = known.source_expires_at if known else None
    piece = Evidence(
        id=command.evidence_id,
        kind=command.kind,
        state=command.state,
        by=occasion.by.id,
        sha256=command.sha256,
        size=command.size,
        source_expires_at=command.source_expires_at or expected_until,
        note=command.note or (known.note if known else None),
    )
    return [EvidenceNoted(evidence=piece)]


def _link(state: Complaint, command: LinkComplaint) -> list[Event]:
    if command.complaint == state.id:
        raise CannotLinkToItself
    if any(link.complaint == command.complaint for link in state.links):
        raise AlreadyLinked
    if len(state.links) >= LINKS_MAX:
        raise RecordFull
    linked = RepeatLinked(
        complaint=command.complaint, relation=command.relation, later=command.later
    )
    return [linked]
