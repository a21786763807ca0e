"""From dossiers and rows of the pack to what a person sees, in their language."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.compensation_service.beside import awaits
from services.compensation_service.domain.dossier import (
    ApprovalStep,
    Claim,
    Decision,
    Dossier,
    Grant,
    Promise,
)
from services.compensation_service.domain.exposure import exposure_of
from services.compensation_service.domain.promising import Guarded
from services.compensation_service.views import (
    AlternativeView,
    AuthorityView,
    BandView,
    CaseView,
    ClaimLine,
    ClaimView,
    DecisionView,
    DelegationView,
    ExposureView,
    GrantView,
    HeadroomView,
    PromiseCheckView,
    PromiseView,
    SettlementView,
    StepView,
    TransferView,
)
from shared.kernel import ticking
from shared.kernel.occasion import Actor
from shared.kernel.policy.authority import LadderRow
from shared.kernel.policy.boxes import Within
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.promises import PromiseFacts, may_promise
from shared.plumbing.explaining import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whose language, and whose policy words."""

    pack: Pack
    language: str

    def remedy(self, code: str) -> str:
        """The label of a remedy."""
        found = self.pack.compensation.remedy(code)
        return found.label.of(self.language) if found else code

    def row(self, row: str) -> str:
        """The label of a row of authority."""
        policy = self.pack.compensation
        rows = (*policy.settlements, *policy.ladder, *policy.terms)
        found = next((each for each in rows if each.id == row), None)
        return found.label.of(self.language) if found else row


def claim_view(claim: Claim, dossier: Dossier, reader: Reader) -> ClaimView:
    """One claim, with all its steps."""
    return ClaimView(
        claim_id=claim.id,
        complaint_id=dossier.id,
        unit=dossier.unit,
        remedy=claim.remedy,
        label=reader.remedy(claim.remedy),
        kind=claim.kind,
        currency=claim.currency,
        face_minor=claim.face_minor,
        cost_minor=claim.cost_minor,
        exposure_minor=claim.exposure_minor,
        status=claim.status,
        awaits=awaits(claim),
        row=claim.row,
        proposer=claim.proposer,
        proposed_at=claim.proposed_at,
        steps=_steps(claim.steps),
        due_at=_due_at(claim, reader),
        entitlement_id=claim.entitlement_id,
        promise_id=claim.promise_id,
        authorised_at=claim.authorised_at,
        paid_by=claim.paid_by,
        paid_at=claim.paid_at,
        proof=claim.proof,
        signature_evidence=claim.signature_evidence,
        review=claim.review,
    )


def claim_line(row: asyncpg.Record) -> ClaimLine:
    """One claim of a queue."""
    return ClaimLine.model_validate(dict(row))


def case_view(dossier: Dossier, others: tuple[Dossier, ...], reader: Reader) -> CaseView:
    """The whole file of a case."""
    return CaseView(
        complaint_id=dossier.id,
        unit=dossier.unit,
        handling_unit=dossier.handling_unit,
        status=dossier.status,
        confirmed=dossier.confirmed,
        exposure=exposure_view(dossier, others, reader),
        claims=[claim_view(claim, dossier, reader) for claim in dossier.claims],
        promises=[_promise(promise, dossier) for promise in dossier.promises],
        entitlements=[_grant(grant) for grant in dossier.grants],
        open_items=list(dossier.open_items()),
    )


def exposure_view(dossier: Dossier, others: tuple[Dossier, ...], reader: Reader) -> ExposureView:
    """What counts here and together."""
    own = exposure_of(dossier)
    return ExposureView(
        complaint_id=dossier.id,
        currency=reader.pack.currency,
        own_minor=own,
        total_minor=own + sum(exposure_of(other) for other in others),
        counted=sorted([dossier.id, *(other.id for other in others)]),
    )


def decision_view(decision: Decision, reader: Reader) -> DecisionView:
    """Why, in words a person reads and in the facts that were tested."""
    because = [
        Reason(
            row=each.row,
            label=reader.row(each.row),
            cite=list(each.cite),
            tested=list(each.tested),
        )
        for each in decision.because
    ]
    return DecisionView(
        decision="authority",
        subject=decision.subject,
        at=decision.at,
        pack=decision.pack,
        version=decision.version,
        hash=decision.hash,
        row=decision.row,
        verdict=decision.verdict,
        exposure_minor=decision.exposure_minor,
        because=because,
        facts={"exposure_minor": decision.exposure_minor, "verdict": decision.verdict},
        steps=_steps(decision.steps),
    )


def check_view(guarded: Guarded, reader: Reader) -> PromiseCheckView:
    """The promise guard's answer."""
    answer, ref = guarded.answer, guarded.edition.ref
    cite = [each for because in answer.requirement.because for each in because.cite]
    return PromiseCheckView(
        verdict=answer.verdict.value,
        needs=list(answer.needs),
        row=answer.row,
        label=reader.row(answer.row),
        cite=cite,
        pack=ref.pack,
        version=ref.version,
        exposure_minor=guarded.exposure_minor,
        headroom_minor=answer.headroom_minor,
        alternatives=[
            AlternativeView(
                remedy=each.remedy, label=reader.remedy(each.remedy), up_to_minor=each.up_to_minor
            )
            for each in answer.alternatives
        ],
    )


def authority_view(by: Actor, reader: Reader) -> AuthorityView:
    """What this person may decide, promise and pay, by the policy in force."""
    policy, pack = reader.pack.compensation, reader.pack
    settles = [row for row in policy.settlements if policy.ranks.fills(by.roles, row.role)]
    return AuthorityView(
        person=by.id,
        roles=sorted(by.roles),
        units=sorted(by.units),
        pack=pack.id,
        version=pack.version,
        currency=pack.currency,
        bands=[_band(row, by, reader) for row in policy.ladder],
        settles=[
            SettlementView(
                row=row.id,
                label=row.label.of(reader.language),
                cite=list(row.cite),
                scope=list(row.when.tested()),
                limit_minor=row.limit_minor,
            )
            for row in settles
        ],
        promises=_headrooms(by, reader),
        pays=policy.payment.payer in by.roles,
    )


def delegation_view(row: asyncpg.Record) -> DelegationView:
    """One delegation."""
    return DelegationView.model_validate({**dict(row), "delegation_id": row["id"]})


def transfer_view(row: asyncpg.Record) -> TransferView:
    """One line of the books."""
    return TransferView.model_validate({**dict(row), "transfer_id": row["id"]})


def _band(row: LadderRow, by: Actor, reader: Reader) -> BandView:
    ranks = reader.pack.compensation.ranks
    test = row.when.on("exposure_minor")
    low, high = (test.low, test.high) if isinstance(test, Within) else (0, None)
    return BandView(
        row=row.id,
        label=row.label.of(reader.language),
        cite=list(row.cite),
        from_minor=low,
        up_to_minor=high,
        may=sorted({str(s.how) for s in row.steps if ranks.fills(by.roles, s.role)}),
    )


def _headrooms(by: Actor, reader: Reader) -> list[HeadroomView]:
    policy = reader.pack.compensation
    found = []
    for remedy in sorted(policy.remedies, key=lambda each: each.order):
        facts = PromiseFacts(
            roles=by.roles,
            remedy=remedy.code,
            face_minor=0,
            exposure_minor=0,
            flags=frozenset({"confirmed"}),
        )
        room = may_promise(policy, facts).headroom_minor
        label = reader.remedy(remedy.code)
        found.append(HeadroomView(remedy=remedy.code, label=label, up_to_minor=room))
    return found


def _steps(steps: tuple[ApprovalStep, ...]) -> list[StepView]:
    return [
        StepView(
            number=number,
            role=step.role,
            how=step.how,
            by=step.by,
            at=step.at,
            delegation_id=step.delegation,
        )
        for number, step in enumerate(steps, 1)
    ]


def _due_at(claim: Claim, reader: Reader) -> datetime | None:
    if claim.clock is None or claim.pending is None:
        return None
    return ticking.due_at(claim.clock, reader.pack.calendar(claim.clock.calendar))


def _promise(promise: Promise, dossier: Dossier) -> PromiseView:
    return PromiseView(
        promise_id=promise.id,
        remedy=promise.remedy,
        currency=promise.currency,
        face_minor=promise.face_minor,
        cost_minor=promise.cost_minor,
        promised_by=promise.promised_by,
        promised_at=promise.promised_at,
        verdict=promise.verdict,
        needs=list(promise.needs),
        row=promise.row,
        open=dossier.owes(promise),
        released=promise.released,
    )


def _grant(grant: Grant) -> GrantView:
    return GrantView(
        entitlement_id=grant.id,
        at=grant.at,
        goods=grant.goods,
        installation=grant.installation,
        fault=grant.fault,
        grants=list(grant.grants),
        rows=list(grant.rows),
        evidence=list(grant.evidence),
    )
