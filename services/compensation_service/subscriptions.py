"""What neighbours' facts mean for compensation: commands on dossiers. Pure."""

from collections.abc import Mapping
from uuid import UUID

from services.compensation_service.domain.commands import (
    Amend,
    AskClosing,
    CloseDossier,
    Command,
    ConfirmRecord,
    LinkCase,
    NoteEvidence,
    NoteFinding,
    NoteHandling,
    OpenDossier,
    Pairs,
    Promote,
    Reclassify,
    ReopenDossier,
    Thaw,
    Withdraw,
)
from shared.contracts import escalation, intake
from shared.contracts.envelope import Contract
from shared.plumbing.inbox import Received
from shared.plumbing.reacting import Reaction

WITHDRAWN = "withdrawn"


def commands_for(received: Received) -> list[Reaction]:
    """The reactions to one fact; [] for what does not concern us."""
    fact = received.contract
    if fact is None:
        return []
    return [
        Reaction("dossiers", complaint, command)
        for complaint, command in (_of_intake(fact) or _of_escalation(fact))
    ]


def _of_intake(  # noqa: PLR0911 - one case per fact
    fact: Contract,
) -> list[tuple[UUID, Command]]:
    match fact:
        case intake.ComplaintRegisteredV1():
            return [(fact.complaint_id, _opening(fact))]
        case intake.ComplaintConfirmedV1():
            return [(fact.complaint_id, ConfirmRecord(row=fact.row))]
        case intake.ComplaintClassifiedV1():
            return [(fact.complaint_id, _reclassifying(fact))]
        case intake.ComplaintAmendedV1():
            amend = Amend(attributes=_pairs(fact.attributes), accused=tuple(fact.accused))
            return [(fact.complaint_id, amend)]
        case intake.ComplaintPromotedV1():
            return [(fact.complaint_id, Promote())]
        case intake.EvidenceAttachedV1():
            return [(fact.complaint_id, NoteEvidence(evidence_id=fact.evidence_id))]
        case intake.RepeatLinkedV1():
            here, there = fact.complaint_id, fact.linked_complaint_id
            return [
                (here, LinkCase(linked=there, relation=fact.relation)),
                (there, LinkCase(linked=here, relation=fact.relation)),
            ]
        case intake.ComplaintWithdrawnV1():
            return [(fact.complaint_id, Withdraw(reason_code=fact.reason_code))]
        case _:
            return []


def _of_escalation(  # noqa: PLR0911 - one case per fact
    fact: Contract,
) -> list[tuple[UUID, Command]]:
    match fact:
        case escalation.CaseOpenedV1() | escalation.CaseRoutedV1():
            return [(fact.complaint_id, NoteHandling(tier=fact.tier, unit=fact.unit))]
        case escalation.CaseEscalatedV1():
            return [(fact.complaint_id, NoteHandling(tier=fact.to_tier, unit=fact.to_unit))]
        case escalation.CustodyAcceptedV1() | escalation.CustodyArbitratedV1():
            return [(fact.complaint_id, NoteHandling(unit=fact.unit))]
        case escalation.FindingRecordedV1():
            return [(fact.complaint_id, _finding(fact))]
        case escalation.ClosingAskedV1():
            return _of_closing(fact)
        case escalation.ClosingFailedV1():
            return [(fact.complaint_id, Thaw(round=fact.round))]
        case escalation.CaseClosedV1():
            return [(fact.complaint_id, CloseDossier(round=fact.round))]
        case escalation.CaseReopenedV1():
            return [
                (fact.complaint_id, ReopenDossier(reason_code=fact.reason_code)),
                (fact.complaint_id, NoteHandling(tier=fact.tier, unit=fact.unit)),
            ]
        case _:
            return []


def _of_closing(fact: escalation.ClosingAskedV1) -> list[tuple[UUID, Command]]:
    """Topics keep no order among each other: a withdrawal may be heard here first."""
    asked: list[tuple[UUID, Command]] = [(fact.complaint_id, AskClosing(round=fact.round))]
    if fact.withdrawn:
        asked.insert(0, (fact.complaint_id, Withdraw(reason_code=WITHDRAWN)))
    return asked


def _opening(fact: intake.ComplaintRegisteredV1) -> OpenDossier:
    return OpenDossier(
        complaint_id=fact.complaint_id,
        policy=fact.policy.hash,
        kind=fact.kind,
        unit=fact.recording_unit,
        customer=fact.customer,
        complainant_type=fact.complainant_type,
        classification=tuple(sorted(fact.classification.items())),
        severity=fact.severity or "",
        flags=tuple(fact.flags),
        attributes=_pairs(fact.attributes),
        accused=tuple(fact.accused),
        confirmed=not fact.awaits_confirmation,
    )


def _reclassifying(fact: intake.ComplaintClassifiedV1) -> Reclassify:
    return Reclassify(
        kind=fact.kind,
        classification=tuple(sorted(fact.classification.items())),
        severity=fact.severity,
        flags=tuple(fact.flags),
    )


def _finding(fact: escalation.FindingRecordedV1) -> NoteFinding:
    return NoteFinding(
        fault_confirmed=fact.fault_confirmed,
        accused=tuple(fact.accused),
        attributes=_pairs(fact.attributes),
    )


def _pairs(values: Mapping[str, str | int | bool]) -> Pairs:
    return tuple(sorted(values.items()))
