"""The one door of the dossier's domain: a command in, what happened out."""

from typing import assert_never

from services.compensation_service.domain import claiming, promising, settling, ticking
from services.compensation_service.domain.authority import Rules
from services.compensation_service.domain.commands import (
    Amend,
    ApproveClaim,
    AskClosing,
    CancelClaim,
    CloseDossier,
    Command,
    ConfirmRecord,
    DetermineEntitlement,
    LinkCase,
    NoteEvidence,
    NoteFinding,
    NoteHandling,
    OpenDossier,
    PassMoment,
    PayClaim,
    Promote,
    ProposeClaim,
    Reclassify,
    Reconsider,
    RecordPromise,
    RefuseClaim,
    ReleasePromise,
    ReopenDossier,
    ReverseClaim,
    SignClaim,
    Thaw,
    Withdraw,
)
from services.compensation_service.domain.dossier import (
    GIVEN,
    LIVE,
    ClaimStatus,
    Dossier,
    Status,
)
from services.compensation_service.domain.errors import DossierNotKnown
from services.compensation_service.domain.events import (
    CaseLinked,
    ClosingAnswered,
    ComplaintAmended,
    ComplaintReclassified,
    ComplaintWithdrawn,
    DossierClosed,
    DossierOpened,
    DossierReopened,
    DossierThawed,
    Event,
    EvidenceNoted,
    FindingNoted,
    HandlingNoted,
    RecordConfirmed,
    ReviewFlagged,
)
from shared.kernel.occasion import Occasion


def decide(
    dossier: Dossier | None, command: Command, occasion: Occasion, rules: Rules
) -> list[Event]:
    """What follows from a command. Raises the errors of `errors.py`; facts are never refused."""
    if isinstance(command, OpenDossier):
        return [] if dossier else [_opened(command)]
    if dossier is None:
        raise DossierNotKnown
    match command:
        case (
            ConfirmRecord()
            | Reclassify()
            | Promote()
            | Amend()
            | NoteEvidence()
            | LinkCase()
            | NoteHandling()
            | NoteFinding()
        ):
            return _noted(dossier, command)
        case Withdraw() | AskClosing() | Thaw() | CloseDossier() | ReopenDossier():
            return _moved(dossier, command)
        case PassMoment():
            claim = dossier.claim(command.claim_id)
            return ticking.overdue(rules, dossier, claim, occasion.at) if claim else []
        case _:
            return _asked(dossier, command, occasion, rules)


def _asked(  # noqa: C901, PLR0911 - one line per command
    dossier: Dossier,
    command: DetermineEntitlement
    | RecordPromise
    | ReleasePromise
    | ProposeClaim
    | ApproveClaim
    | RefuseClaim
    | CancelClaim
    | PayClaim
    | SignClaim
    | ReverseClaim
    | Reconsider,
    occasion: Occasion,
    rules: Rules,
) -> list[Event]:
    match command:
        case DetermineEntitlement():
            return promising.determine(dossier, command, rules, occasion)
        case RecordPromise():
            return promising.record(dossier, command, occasion, rules)
        case ReleasePromise():
            return promising.release(dossier, command, occasion)
        case ProposeClaim():
            return claiming.propose(dossier, command, occasion, rules)
        case ApproveClaim():
            return claiming.approve(dossier, command, occasion, rules)
        case RefuseClaim():
            return claiming.refuse(dossier, command, occasion, rules)
        case CancelClaim():
            return claiming.cancel(dossier, command, occasion)
        case PayClaim():
            return settling.pay(dossier, command, occasion, rules)
        case SignClaim():
            return settling.sign(dossier, command)
        case ReverseClaim():
            return settling.reverse(dossier, command, occasion)
        case Reconsider():
            return settling.reconsider(dossier, command, occasion, rules)
        case _:
            assert_never(command)


def _opened(command: OpenDossier) -> Event:
    return DossierOpened(
        complaint_id=command.complaint_id,
        policy=command.policy,
        kind=command.kind,
        unit=command.unit,
        customer=command.customer,
        complainant_type=command.complainant_type,
        classification=command.classification,
        severity=command.severity,
        flags=command.flags,
        attributes=command.attributes,
        accused=command.accused,
        confirmed=command.confirmed,
    )


def _noted(  # noqa: PLR0911 - one short line per fact
    dossier: Dossier,
    command: ConfirmRecord
    | Reclassify
    | Promote
    | Amend
    | NoteEvidence
    | LinkCase
    | NoteHandling
    | NoteFinding,
) -> list[Event]:
    match command:
        case ConfirmRecord():
            return [] if dossier.confirmed else [RecordConfirmed(row=command.row)]
        case Reclassify():
            return [_reclassified(dossier, command)]
        case Promote():
            return [] if dossier.kind == "complaint" else [_promoted(dossier)]
        case Amend():
            return [ComplaintAmended(attributes=command.attributes, accused=command.accused)]
        case NoteEvidence():
            known = command.evidence_id in dossier.evidence
            return [] if known else [EvidenceNoted(evidence_id=command.evidence_id)]
        case LinkCase():
            known = command.linked in dossier.links or command.linked == dossier.id
            return [] if known else [CaseLinked(linked=command.linked, relation=command.relation)]
        case NoteHandling():
            tier, unit = command.tier or dossier.tier, command.unit or dossier.handling_unit
            same = (tier, unit) == (dossier.tier, dossier.handling_unit)
            return [] if same else [HandlingNoted(tier=tier, unit=unit)]
        case NoteFinding():
            return [
                FindingNoted(
                    fault_confirmed=command.fault_confirmed,
                    accused=command.accused,
                    attributes=command.attributes,
                )
            ]
        case _:
            assert_never(command)


def _moved(
    dossier: Dossier, command: Withdraw | AskClosing | Thaw | CloseDossier | ReopenDossier
) -> list[Event]:
    match command:
        case Withdraw():
            return _withdrawn(dossier, command.reason_code)
        case AskClosing():
            asked = dossier.status is Status.FROZEN and dossier.round >= command.round
            if asked or dossier.status is Status.CLOSED:
                return []
            return [ClosingAnswered(round=command.round, open_items=dossier.open_items())]
        case Thaw():
            frozen = dossier.status is Status.FROZEN and dossier.round == command.round
            return [DossierThawed(round=command.round)] if frozen else []
        case CloseDossier():
            done = dossier.status is Status.CLOSED
            return [] if done else [DossierClosed(round=command.round)]
        case ReopenDossier():
            is_open = dossier.status is Status.OPEN
            return [] if is_open else [DossierReopened(reason_code=command.reason_code)]
        case _:
            assert_never(command)


def _withdrawn(dossier: Dossier, reason_code: str) -> list[Event]:
    """Open claims and approvals lapse; what was paid stays, and a person looks at it."""
    if dossier.status is Status.WITHDRAWN:
        return []
    lapsing = [c for c in dossier.claims if c.status in LIVE - GIVEN]
    given = [c for c in dossier.claims if c.status in GIVEN and c.review is None]
    return [
        ComplaintWithdrawn(reason_code=reason_code),
        *(claiming.ended(c, ClaimStatus.LAPSED, "withdrawn") for c in lapsing),
        *(ReviewFlagged(subject=c.id, code="paid-before-withdrawal") for c in given),
    ]


def _reclassified(dossier: Dossier, command: Reclassify) -> Event:
    return ComplaintReclassified(
        kind=command.kind,
        classification=command.classification,
        severity=command.severity or dossier.severity,
        flags=command.flags,
    )


def _promoted(dossier: Dossier) -> Event:
    return ComplaintReclassified(
        kind="complaint",
        classification=dossier.classification,
        severity=dossier.severity,
        flags=dossier.flags,
    )
