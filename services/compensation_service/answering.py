"""What the doors answer to actions: ids, codes and amounts only, for it is kept for a replay."""

from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

import orjson

from services.compensation_service.domain.delegation import Delegation
from services.compensation_service.domain.dossier import Claim, Dossier
from shared.plumbing.changes import Answer, Head

Answering: TypeAlias = Callable[[Dossier, Head], Answer]


def about_claim(claim_id: UUID, *, status: int = 200, location: str | None = None) -> Answering:
    """Where the claim stands, and whom it needs next."""

    def answering(dossier: Dossier, head: Head) -> Answer:
        claim = dossier.claim(claim_id)
        assert claim is not None, "the claim was just decided about"
        body = {"claim_id": claim_id, "complaint_id": dossier.id} | _standing_of(claim)
        return Answer(
            status=status, body=orjson.dumps(body), revision=head.revision, location=location
        )

    return answering


def _standing_of(claim: Claim) -> dict[str, object]:
    number = claim.pending
    return {
        "status": claim.status,
        "needs": claim.steps[number - 1].role if number else None,
        "row": claim.row,
        "exposure_minor": claim.exposure_minor,
        "payment_due": claim.payment_due,
        "signature_due": claim.signature_due,
    }


def about_promise(promise_id: UUID, claim_id: UUID) -> Answering:
    def answering(dossier: Dossier, head: Head) -> Answer:
        promise, claim = dossier.promise(promise_id), dossier.claim(claim_id)
        assert promise is not None, "the promise was just recorded"
        body = {
            "promise_id": promise_id,
            "complaint_id": dossier.id,
            "verdict": promise.verdict,
            "needs": promise.needs,
            "row": promise.row,
            "claim_id": claim.id if claim else None,
        }
        return Answer(status=201, body=orjson.dumps(body), revision=head.revision)

    return answering


def about_delegation(status: int) -> Callable[[Delegation, Head], Answer]:
    def answering(delegation: Delegation, head: Head) -> Answer:
        standing = "revoked" if delegation.revoked_at else "given"
        body = {"delegation_id": delegation.id, "status": standing, "row": delegation.row}
        return Answer(status=status, body=orjson.dumps(body), revision=head.revision)

    return answering


def about_grant(entitlement_id: UUID) -> Answering:
    """What the published terms grant, and which rows say so."""

    def answering(dossier: Dossier, head: Head) -> Answer:
        grant = dossier.grant(entitlement_id)
        assert grant is not None, "the entitlement was just determined"
        body = {"entitlement_id": grant.id, "grants": grant.grants, "rows": grant.rows}
        return Answer(status=201, body=orjson.dumps(body), revision=head.revision)

    return answering


def about_release(promise_id: UUID) -> Answering:
    """That a promise is owed no longer."""

    def answering(_dossier: Dossier, head: Head) -> Answer:
        body = orjson.dumps({"promise_id": promise_id, "status": "released"})
        return Answer(status=200, body=body, revision=head.revision)

    return answering
