"""The database says no as well: every rule about money and persons, broken by plain SQL."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.integration.compensation.conftest import Till

TRANSFER = (
    "insert into compensation.ledger_transfers "
    "(id, organisation, kind, claim_id, complaint_id, round, currency, minor, actor, at) "
    "values ($1, 'auto-demo', $2, $3, $3, $4, 'CNY', $5, 'p-x', now())"
)
ENTRY = (
    "insert into compensation.ledger_entries "
    "(transfer, line, account, currency, debit_minor, credit_minor) "
    "values ($1, $2, $3, $4, $5, $6)"
)
APPROVAL = (
    "insert into compensation.approvals (claim_id, round, step, organisation, duty, role, "
    "approver, proposer, endorser, exposure_minor, row, at) "
    "values ($1, $2, $3, 'auto-demo', 'approve', 'store_manager', $4, $5, $6, 1, 'r', now())"
)
PAYMENT = (
    "insert into compensation.payments (claim_id, complaint_id, organisation, payer, proposer, "
    "approver, currency, cost_minor, proof, paid_at) "
    "values ($1, $1, 'auto-demo', $2, $3, $4, 'CNY', 1, 'V', now())"
)


@pytest.fixture
async def paid(till: Till) -> UUID:
    """A claim that was proposed, approved and paid by three persons."""
    claim = await till.proposed(await till.complaint(), 100_000)
    await till.act(claim, "approval", by="store-manager")
    await till.act(claim, "payment", {"proof": "V-1"}, by="finance")
    return claim


@pytest.fixture
async def approved(till: Till) -> UUID:
    claim = await till.proposed(await till.complaint(), 100_000)
    await till.act(claim, "approval", by="store-manager")
    return claim


@pytest.mark.parametrize(
    "table",
    ["approvals", "payments", "clock_steps", "ledger_transfers", "ledger_entries", "journal"],
)
async def test_what_is_written_stays(till: Till, paid: UUID, table: str) -> None:
    column = {"ledger_entries": "account", "journal": "actor", "clock_steps": "clock"}
    name = column.get(table, "organisation")
    for statement in (
        f"update compensation.{table} set {name} = 'x'",  # noqa: S608 our own tables
        f"delete from compensation.{table}",  # noqa: S608
        f"truncate compensation.{table}",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
            await till.parts.pool.execute(statement)
        assert refused.value.sqlstate == "42501"


async def test_nobody_approves_what_they_proposed_or_took_over(till: Till, approved: UUID) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="not_the_proposer"):
        await till.parts.pool.execute(APPROVAL, approved, 2, 1, "p-a", "p-a", None)
    with pytest.raises(asyncpg.CheckViolationError, match="not_the_endorser"):
        await till.parts.pool.execute(APPROVAL, approved, 2, 1, "p-a", "p-b", "p-a")


async def test_a_step_is_taken_once_and_a_person_takes_one(till: Till, approved: UUID) -> None:
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_approvals"):
        await till.parts.pool.execute(APPROVAL, approved, 1, 2, "p-other", "p-b", None)
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_approvals"):
        await till.parts.pool.execute(APPROVAL, approved, 1, 3, "p-store-manager-1", "p-b", None)


async def test_the_payer_neither_proposed_nor_approved(till: Till, approved: UUID) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="not_the_proposer"):
        await till.parts.pool.execute(PAYMENT, approved, "p-a", "p-a", "p-b")
    with pytest.raises(asyncpg.CheckViolationError, match="not_the_approver"):
        await till.parts.pool.execute(PAYMENT, approved, "p-a", "p-b", "p-a")
    with pytest.raises(asyncpg.CheckViolationError, match="does not pay"):
        await till.parts.pool.execute(PAYMENT, approved, "p-store-manager-1", "p-b", None)


async def test_a_claim_is_paid_once(till: Till, paid: UUID) -> None:
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_payments"):
        await till.parts.pool.execute(PAYMENT, paid, "p-z", "p-b", None)


@pytest.mark.parametrize("kind", ["reserve", "pay", "void"])
async def test_one_reservation_and_one_resolution(till: Till, paid: UUID, kind: str) -> None:
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_ledger_transfers"):
        await till.parts.pool.execute(TRANSFER, uuid4(), kind, paid, 7, 0)


async def test_one_reversal(till: Till, paid: UUID) -> None:
    await till.act(paid, "reversal", {"reason_code": "fraud"}, by="finance-2")
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_ledger_transfers_reversal"):
        await till.parts.pool.execute(TRANSFER, uuid4(), "reverse", paid, 7, 0)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [(1, "approved", "CNY", 5, 0)],
        [(1, "approved", "CNY", 5, 0), (2, "reserved", "CNY", 0, 4)],
        [(1, "approved", "CNY", 4, 0), (2, "reserved", "CNY", 0, 4)],
        [(1, "approved", "USD", 5, 0), (2, "reserved", "USD", 0, 5)],
    ],
)
async def test_books_that_do_not_balance_are_not_kept(
    till: Till, approved: UUID, entries: list[tuple[object, ...]]
) -> None:
    transfer = uuid4()

    async def write() -> None:
        async with till.parts.pool.acquire() as connection, connection.transaction():
            await connection.execute(TRANSFER, transfer, "reconsider", approved, 9, 5)
            for entry in entries:
                await connection.execute(ENTRY, transfer, *entry)

    with pytest.raises(asyncpg.CheckViolationError, match="not equal"):
        await write()
    found = await till.parts.pool.fetchval(
        "select count(*) from compensation.ledger_transfers where id = $1", transfer
    )
    assert found == 0


async def test_nothing_can_be_slipped_into_a_transfer_afterwards(till: Till, paid: UUID) -> None:
    transfer = await till.parts.pool.fetchval(
        "select id from compensation.ledger_transfers where claim_id = $1 and kind = 'pay'", paid
    )
    with pytest.raises(asyncpg.CheckViolationError, match="not equal"):
        await till.parts.pool.execute(ENTRY, transfer, 3, "paid", "CNY", 1, 0)


@pytest.mark.parametrize(
    "change",
    ["cost_minor = -1", "cost_minor = 1000000000001", "face_minor = 0", "status = 'forgiven'"],
)
async def test_odd_claims_are_not_kept(till: Till, approved: UUID, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await till.parts.pool.execute(
            f"update compensation.claims set {change} where claim_id = $1",  # noqa: S608
            approved,
        )


async def test_nobody_delegates_to_themselves(till: Till) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="two_persons"):
        await till.parts.pool.execute(
            "insert into compensation.delegations (id, organisation, version, facts, revision, "
            "head, state, giver, giver_role, taker, taker_role, unit, limit_minor, starts_at, "
            "ends_at) values ($1, 'auto-demo', 1, 0, 1, '', '{}'::text::jsonb, 'p', 'r', 'p', "
            "'r', 'hq', 1, now(), now() + interval '1 day')",
            uuid4(),
        )


async def test_no_name_or_narrative_reaches_the_record(till: Till) -> None:
    canary = "王小明 13800001234"
    complaint = await till.complaint()
    await till.proposed(complaint, 1_000, note=canary)
    rows = await till.parts.pool.fetch(
        "select convert_from(entry, 'utf8') as entry, convert_from(fact, 'utf8') as fact "
        "from compensation.journal"
    )
    assert not any("王小明" in (row["entry"] + (row["fact"] or "")) for row in rows)
    kept = await till.parts.pool.fetchval(
        "select body from compensation.texts where aggregate = $1", complaint
    )
    assert kept == canary
