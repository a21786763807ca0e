"""Doors for claims: proposed, approved, refused, cancelled, paid, signed, taken back."""

from functools import partial
from typing import Literal
from uuid import UUID

from services.compensation_service import queries
from services.compensation_service.bodies import (
    ClaimBody,
    PaymentBody,
    ReasonBody,
    ReversalBody,
    SignatureBody,
)
from services.compensation_service.domain.commands import (
    CancelClaim,
    ProposeClaim,
    RefuseClaim,
    ReverseClaim,
)
from services.compensation_service.handler import Asked
from services.compensation_service.knocking import (
    DECIDERS,
    HANDLERS,
    PAYERS,
    READERS,
    REVERSERS,
    SIGNERS,
    At,
    question,
    reply,
)
from services.compensation_service.queries import ClaimsAsked
from services.compensation_service.receipts import ClaimReceipt
from services.compensation_service.showing import claim_line, claim_view
from services.compensation_service.views import ClaimPage, ClaimView
from shared.plumbing.changes import Origin, written
from shared.plumbing.http import (
    By,
    Correlation,
    CursorText,
    Doors,
    IfMatch,
    Limit,
    Once,
    Reply,
)
from shared.plumbing.identifiers import new_id

claims = Doors("claims")


@claims.post(
    "/claims",
    permit=HANDLERS,
    status=201,
    refuses=(
        "awaiting-confirmation",
        "amount-beyond-authority",
        "closing-in-progress",
        "case-ended",
        "unknown-remedy",
        "currency-not-used",
        "entitlement-not-known",
        "promise-not-open",
    ),
)
async def propose_claim(
    body: ClaimBody, at: At, by: By, once: Once, correlation: Correlation
) -> Reply[ClaimReceipt]:
    """Propose that something be given.

    Who must approve follows from everything that counts beside it: the case, all cases linked
    to it, open promises. What the published terms grant is settled at once.
    """
    claim_id = new_id()
    note = written("claim_note", body.note) if body.note else None
    command = partial(
        ProposeClaim,
        claim_id=claim_id,
        wish=body.wish,
        entitlement_id=body.entitlement_id,
        promise_id=body.promise_id,
        note_id=note.id if note else None,
    )
    origin = Origin(correlation=correlation)
    asked = Asked(by=by, origin=origin, once=once, texts=(note,) if note else ())
    return reply(await at.service.propose(asked, body.complaint_id, command, claim_id))


@claims.get("/claims", permit=READERS, refuses=("cursor-invalid",))
async def list_claims(
    at: At,
    by: By,
    awaiting: Literal["my-approval", "approval", "payment", "signature"] | None = None,
    complaint_id: UUID | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> ClaimPage:
    """Claims of the units one sees, oldest first: what awaits me, payment, or a signature."""
    policy = at.reader(by.organisation).pack.compensation
    roles = tuple(str(r) for r, _ in policy.ranks.ranks if policy.ranks.fills(by.roles, r))
    asked = ClaimsAsked(
        awaiting=awaiting, complaint_id=complaint_id, roles=(*roles, *sorted(by.roles))
    )
    filters = question(door="claims", awaiting=awaiting, complaint_id=complaint_id)
    cursors = at.service.cursors
    after = cursors.open(cursor, by=by, question=filters)
    rows = await queries.claims_page(at.service.shell.pool, by, asked, after, limit + 1)
    shown = rows[:limit]
    more = None
    if len(rows) > limit:
        last = (shown[-1]["proposed_at"].isoformat(), str(shown[-1]["claim_id"]))
        more = cursors.seal(last, by=by, question=filters)
    return ClaimPage(items=[claim_line(row) for row in shown], next=more)


@claims.get("/claims/{claim_id}", permit=READERS)
async def show_claim(claim_id: UUID, at: At, by: By) -> Reply[ClaimView]:
    """One claim with its steps. The ETag is that of its case's file."""
    dossier, claim, revision = await at.service.claim(by, claim_id)
    view = claim_view(claim, dossier, at.reader(by.organisation, dossier))
    return Reply(shown=view, revision=revision)


@claims.post(
    "/claims/{claim_id}/approval",
    permit=DECIDERS,
    refuses=(
        "amount-beyond-authority",
        "self-approval",
        "accused-may-not-decide",
        "duties-not-separated",
        "claim-not-awaiting-approval",
        "approval-outdated",
        "closing-in-progress",
        "case-ended",
    ),
)
async def approve_claim(
    claim_id: UUID, at: At, by: By, once: Once, seen: IfMatch, correlation: Correlation
) -> Reply[ClaimReceipt]:
    """Take the next step of a claim: take the proposal over, approve, or review.

    Judged again at this moment: role, unit, delegation, who proposed, who is accused, and all
    that counts by now.
    """
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once, expecting=seen)
    return reply(await at.service.approve(asked, claim_id))


@claims.post(
    "/claims/{claim_id}/refusal",
    permit=DECIDERS,
    refuses=(
        "unknown-refusal-reason",
        "accused-may-not-decide",
        "terms-grant-it",
        "claim-not-awaiting-approval",
    ),
)
async def refuse_claim(
    claim_id: UUID,
    body: ReasonBody,
    at: At,
    by: By,
    once: Once,
    seen: IfMatch,
    correlation: Correlation,
) -> Reply[ClaimReceipt]:
    """Say no, for a coded reason. What the published terms grant cannot be refused."""
    command = RefuseClaim(claim_id=claim_id, reason_code=body.reason_code)
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once, expecting=seen)
    return reply(await at.service.settle(asked, claim_id, command))


@claims.post(
    "/claims/{claim_id}/cancellation",
    permit=HANDLERS,
    refuses=("not-the-proposer", "claim-not-cancellable"),
)
async def cancel_claim(
    claim_id: UUID, at: At, by: By, once: Once, seen: IfMatch, correlation: Correlation
) -> Reply[ClaimReceipt]:
    """Take one's own proposal back, as long as nothing was given."""
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once, expecting=seen)
    return reply(await at.service.settle(asked, claim_id, CancelClaim(claim_id=claim_id)))


@claims.post(
    "/claims/{claim_id}/payment",
    permit=PAYERS,
    refuses=(
        "not-the-payer",
        "accused-may-not-decide",
        "duties-not-separated",
        "claim-not-authorised",
        "approval-outdated",
        "closing-in-progress",
    ),
)
async def pay_claim(
    claim_id: UUID,
    body: PaymentBody,
    at: At,
    by: By,
    once: Once,
    seen: IfMatch,
    correlation: Correlation,
) -> Reply[ClaimReceipt]:
    """Record that it was paid, with the paper's number.

    The approvals are judged once more; where they do not stand any longer nothing is paid and
    the claim goes back for approval.
    """
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once, expecting=seen)
    return reply(await at.service.pay(asked, claim_id, body.proof))


@claims.post(
    "/claims/{claim_id}/signature",
    permit=SIGNERS,
    refuses=("claim-not-awaiting-signature", "evidence-not-on-record"),
)
async def sign_claim(
    claim_id: UUID,
    body: SignatureBody,
    at: At,
    by: By,
    once: Once,
    seen: IfMatch,
    correlation: Correlation,
) -> Reply[ClaimReceipt]:
    """Record the payee's signature; the paper is evidence of the complaint (MALL-36)."""
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once, expecting=seen)
    return reply(await at.service.sign(asked, claim_id, body.evidence_id))


@claims.post(
    "/claims/{claim_id}/reversal",
    permit=REVERSERS,
    refuses=("claim-not-reversible", "duties-not-separated"),
)
async def reverse_claim(
    claim_id: UUID,
    body: ReversalBody,
    at: At,
    by: By,
    once: Once,
    seen: IfMatch,
    correlation: Correlation,
) -> Reply[ClaimReceipt]:
    """Take back what was paid, by another person than who paid it; the books get a reversal."""
    command = ReverseClaim(claim_id=claim_id, reason_code=body.reason_code)
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once, expecting=seen)
    return reply(await at.service.settle(asked, claim_id, command))
