"""I5 and I6: one effect a payout, within somebody's authority, and books that balance."""

import asyncpg

from tests.faults.oracle.authority import beyond_authority
from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.verdicts import Verdict, verdict

COMPENSATION = "compensation"


async def paid_once(database: asyncpg.Connection, evidence: Evidence) -> Verdict:
    """I5: a claim is paid at most once, after the approvals that the ladder asks for its sum, by
    other hands, and a deputy never beyond what was delegated at that moment.
    """
    if COMPENSATION not in evidence.services:
        return verdict("I5", 0, ())
    found = [
        f"{why}: claim {row['claim_id']}"
        for why, query in _PAID.items()
        for row in await database.fetch(query)
    ]
    found += await beyond_authority(database)
    claims = await database.fetchval("select count(*) from compensation.claims")
    return verdict("I5", claims, found)


async def balanced(database: asyncpg.Connection, evidence: Evidence) -> Verdict:
    """I6: debit equals credit in each transfer and currency, no account is in two minds, and the
    books hold for each claim what its status says.
    """
    if COMPENSATION not in evidence.services:
        return verdict("I6", 0, ())
    found = [
        f"{why}: {row['of']}"
        for why, query in _BOOKS.items()
        for row in await database.fetch(query)
    ]
    transfers = await database.fetchval("select count(*) from compensation.ledger_transfers")
    return verdict("I6", transfers, found)


_PAID = {
    "paid more than once": """
        select data ->> 'claim_id' as claim_id from (
            select convert_from(entry, 'utf8')::jsonb -> 'data' as data
            from compensation.journal where type = 'ClaimPaid') paid
        group by 1 having count(*) > 1""",
    "resolved more than once": """
        select claim_id from compensation.ledger_transfers where kind in ('pay', 'void')
        group by claim_id having count(*) > 1""",
    "paid in the books, without a payment, or the other way round": """
        select claim_id from (select claim_id, minor from compensation.ledger_transfers
                              where kind = 'pay') t
        full join compensation.payments p using (claim_id)
        where t.claim_id is null or p.claim_id is null or t.minor <> p.cost_minor""",
    "paid another sum than the claim": """
        select claim_id from compensation.payments p join compensation.claims c using (claim_id)
        where p.cost_minor <> c.cost_minor or p.currency <> c.currency""",
    "paid without having been authorised": """
        select p.claim_id from compensation.payments p where not exists (
            select 1 from compensation.ledger_transfers t
            where t.claim_id = p.claim_id and t.kind = 'approve')""",
    "paid by the proposer or the approver": """
        select claim_id from compensation.payments
        where payer = proposer or payer = approver""",
    "approved by its proposer": """
        select claim_id from compensation.approvals
        where duty <> 'propose' and approver in (proposer, endorser)""",
    "approved beyond what was delegated": """
        select a.claim_id from compensation.approvals a
        left join compensation.delegations d on d.id = a.delegation
        where a.delegation is not null and (
            d.id is null or a.exposure_minor > d.limit_minor or a.approver <> d.taker
            or a.at < d.starts_at or a.at >= d.ends_at or a.at > d.revoked_at)""",
}
_BOOKS = {
    "a transfer does not balance": """
        select transfer::text as of from compensation.ledger_entries group by transfer, currency
        having sum(debit_minor) <> sum(credit_minor)""",
    "a transfer has not its own sum": """
        select t.id::text as of from compensation.ledger_transfers t
        left join compensation.ledger_entries e on e.transfer = t.id and e.currency = t.currency
        group by t.id, t.minor having coalesce(sum(e.debit_minor), 0) <> t.minor""",
    "the books of a currency do not balance": """
        select currency as of from compensation.ledger_entries group by currency
        having sum(debit_minor) <> sum(credit_minor)""",
    "a claim stands on an account below nothing": """
        select t.claim_id::text as of from compensation.ledger_transfers t
        join compensation.ledger_entries e on e.transfer = t.id where e.account <> 'available'
        group by t.claim_id, e.account having sum(e.debit_minor - e.credit_minor) < 0""",
    "a claim that ended still holds money": """
        select c.claim_id::text as of from compensation.claims c
        join compensation.ledger_transfers t using (claim_id)
        join compensation.ledger_entries e on e.transfer = t.id
        where c.status in ('refused', 'cancelled', 'lapsed', 'reversed')
        and e.account <> 'available'
        group by c.claim_id having sum(e.debit_minor - e.credit_minor) <> 0""",
}
