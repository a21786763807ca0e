"""Doors for promises and entitlements: may I, what was said, what the published terms grant."""

from uuid import UUID

from services.compensation_service.bodies import EntitlementBody, ReleaseBody, WishBody
from services.compensation_service.domain import promising
from services.compensation_service.domain.commands import DetermineEntitlement, ReleasePromise
from services.compensation_service.handler import Asked
from services.compensation_service.knocking import HANDLERS, RELEASERS, At, reply
from services.compensation_service.receipts import (
    EntitlementReceipt,
    PromiseReceipt,
    ReleaseReceipt,
)
from services.compensation_service.showing import check_view
from services.compensation_service.views import PromiseCheckView
from shared.kernel.occasion import Occasion
from shared.plumbing.changes import Origin
from shared.plumbing.http import By, Correlation, Doors, IfMatch, Once, Reply
from shared.plumbing.identifiers import new_id

promises = Doors("promises")


@promises.post(
    "/promise-checks",
    permit=HANDLERS,
    repeatable="asks, and changes nothing",
    refuses=("unknown-remedy", "currency-not-used"),
)
async def check_promise(body: WishBody, at: At, by: By) -> PromiseCheckView:
    """May I promise this? Allowed, needs whom, or forbidden; the row; what is left; what else.

    Ask before anybody promises anything: with all that counts already, linked cases included.
    """
    dossier, others = await at.service.group(by, body.complaint_id)
    occasion = Occasion(at=at.service.shell.time.now(), by=by)
    rules = at.service.shelf.rules(by.organisation, dossier.policy)
    guarded = promising.check(dossier, body.wish, occasion, rules, others)
    return check_view(guarded, at.reader(by.organisation, dossier))


@promises.post(
    "/promises",
    permit=HANDLERS,
    status=201,
    refuses=("unknown-remedy", "currency-not-used", "closing-in-progress", "case-ended"),
)
async def record_promise(
    body: WishBody, at: At, by: By, once: Once, correlation: Correlation
) -> Reply[PromiseReceipt]:
    """Record what was promised, allowed or not: what was said is never lost.

    A promise beyond one's authority opens the claim that it needs, or is flagged for review.
    """
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once)
    ids = (new_id(), new_id())
    return reply(await at.service.promise(asked, body.complaint_id, body.wish, ids))


@promises.post(
    "/promises/{promise_id}/release",
    permit=RELEASERS,
    refuses=("promise-not-known", "promise-not-open", "duties-not-separated"),
)
async def release_promise(
    promise_id: UUID,
    body: ReleaseBody,
    at: At,
    by: By,
    once: Once,
    seen: IfMatch,
    correlation: Correlation,
) -> Reply[ReleaseReceipt]:
    """Say that a promise is owed no longer, and why; by another person than who promised."""
    command = ReleasePromise(promise_id=promise_id, reason_code=body.reason_code)
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once, expecting=seen)
    return reply(await at.service.release(asked, body.complaint_id, command))


@promises.post(
    "/entitlements",
    permit=HANDLERS,
    status=201,
    refuses=("goods-not-known", "evidence-not-on-record", "awaiting-confirmation"),
)
async def determine_entitlement(
    body: EntitlementBody, at: At, by: By, once: Once, correlation: Correlation
) -> Reply[EntitlementReceipt]:
    """What the published terms grant for these goods; each fact cites evidence on record."""
    command = DetermineEntitlement(
        entitlement_id=new_id(),
        facts=body.facts,
        today=at.service.shelf.today(by.organisation),
    )
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once)
    return reply(await at.service.determine(asked, body.complaint_id, command))
