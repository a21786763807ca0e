"""Doors to the books, for finance and audit; a claim's own lines for whoever handles it."""

from uuid import UUID

from services.compensation_service import queries
from services.compensation_service.knocking import BOOKKEEPERS, READERS, At, question
from services.compensation_service.showing import transfer_view
from services.compensation_service.views import TransferPage
from shared.plumbing.http import By, CursorText, Doors, Limit, Reply

ledger = Doors("ledger")


@ledger.get("/ledger", permit=BOOKKEEPERS, refuses=("cursor-invalid",))
async def list_ledger(at: At, by: By, limit: Limit = 50, cursor: CursorText = None) -> TransferPage:
    """Every transfer, oldest first: one sum, from one account to another."""
    filters, cursors = question(door="ledger"), at.service.cursors
    after = cursors.open(cursor, by=by, question=filters)
    rows = await queries.ledger_page(at.service.shell.pool, by, after, limit + 1)
    shown = rows[:limit]
    more = None
    if len(rows) > limit:
        last = (shown[-1]["at"].isoformat(), str(shown[-1]["id"]))
        more = cursors.seal(last, by=by, question=filters)
    return TransferPage(items=[transfer_view(row) for row in shown], next=more)


@ledger.get("/claims/{claim_id}/ledger", permit=READERS)
async def show_claim_ledger(claim_id: UUID, at: At, by: By) -> Reply[TransferPage]:
    """Everything the books say about one claim."""
    _, _, revision = await at.service.claim(by, claim_id)
    rows = await queries.ledger_of_claim(at.service.shell.pool, by, claim_id)
    items = [transfer_view(row) for row in rows]
    return Reply(shown=TransferPage(items=items, next=None), revision=revision)
