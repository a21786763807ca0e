"""A store manager's delegation: bounded, revocable, one deep, never around oneself (AUTO-06)."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx

from tests.integration.compensation.conftest import Till
from tests.support.services import once, seen


def _terms(till: Till, **changes: object) -> dict[str, object]:
    now = till.parts.time.now()
    terms = {
        "taker": "p-cs-manager-1",
        "taker_role": "cs_manager",
        "unit": "hq.store-001",
        "currency": "CNY",
        "limit_minor": 100_000,
        "starts_at": (now - timedelta(minutes=1)).isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
    }
    return terms | changes


async def _give(till: Till, delegation: UUID, **changes: object) -> httpx.Response:
    return await till.http.put(
        f"/delegations/{delegation}",
        json=_terms(till, **changes),
        headers=till.as_("store-manager") | once(),
    )


async def _refund(till: Till, minor: int) -> UUID:
    """A refund outside the terms, proposed by a clerk who cannot settle it and taken over."""
    complaint = await till.complaint()
    return await till.proposed(complaint, minor, by="operations-vp", remedy="refund")


async def test_without_a_delegation_the_cs_manager_approves_nothing(till: Till) -> None:
    claim = await _refund(till, 50_000)
    refused = await till.act(claim, "approval", by="cs-manager")
    assert refused.json()["code"] == "amount-beyond-authority"


async def test_under_a_delegation_the_cs_manager_approves_up_to_its_amount(till: Till) -> None:
    given = await _give(till, uuid4())
    assert given.status_code == 201, given.text
    assert given.json()["row"] == "delegation.store-manager"
    over = await _refund(till, 100_001)
    assert (await till.act(over, "approval", by="cs-manager")).status_code == 403
    within = await _refund(till, 100_000)
    assert (await till.act(within, "approval", by="cs-manager")).json()["status"] == "authorised"
    step = (await till.get(f"/claims/{within}")).json()["steps"][-1]
    assert (step["by"], step["role"]) == ("p-cs-manager-1", "store_manager")
    assert step["delegation_id"] is not None


async def test_extra_compensation_is_not_delegated(till: Till) -> None:
    await _give(till, uuid4())
    claim = await till.proposed(await till.complaint(), 10_000, by="operations-vp")
    assert (await till.act(claim, "approval", by="cs-manager")).status_code == 403


async def test_who_delegates_does_not_propose_to_their_own_deputy(till: Till) -> None:
    await _give(till, uuid4())
    complaint = await till.complaint()
    claim = await till.proposed(complaint, 10_000, by="store-manager", remedy="refund")
    refused = await till.act(claim, "approval", by="cs-manager")
    assert refused.json()["code"] == "self-approval"


async def test_a_revoked_delegation_stops_the_payment(till: Till) -> None:
    delegation = uuid4()
    await _give(till, delegation)
    claim = await _refund(till, 50_000)
    await till.act(claim, "approval", by="cs-manager")
    headers = till.as_("store-manager") | once() | seen(1)
    revoked = await till.http.delete(f"/delegations/{delegation}", headers=headers)
    assert revoked.json()["status"] == "revoked"
    halted = await till.act(claim, "payment", {"proof": "V-1"}, by="finance")
    assert (halted.status_code, halted.json()["code"]) == (409, "approval-outdated")
    again = (await till.get(f"/claims/{claim}")).json()
    assert (again["status"], again["awaits"]) == ("proposed", "approval")
    assert (await till.act(claim, "approval", by="store-manager")).status_code == 200
    paid = await till.act(claim, "payment", {"proof": "V-1"}, by="finance")
    assert paid.json()["status"] == "paid"
    books = (await till.get(f"/claims/{claim}/ledger", "finance")).json()["items"]
    kinds = [line["kind"] for line in books]
    assert kinds == ["reserve", "approve", "reconsider", "approve", "pay"]


async def test_a_delegation_stays_within_the_rule(till: Till) -> None:
    now = till.parts.time.now()
    for changes in (
        {"limit_minor": 200_001},
        {"taker_role": "clerk"},
        {"ends_at": (now + timedelta(days=366)).isoformat()},
        {"ends_at": (now - timedelta(days=1)).isoformat()},
        {"currency": "TWD"},
    ):
        refused = await _give(till, uuid4(), **changes)
        assert (refused.status_code, refused.json()["code"]) == (403, "delegation-not-allowed")
    self_given = await _give(till, uuid4(), taker="p-store-manager-1")
    assert self_given.json()["code"] == "duties-not-separated"
    elsewhere = await _give(till, uuid4(), unit="hq.store-002")
    assert elsewhere.status_code == 404


async def test_changing_a_delegation_says_what_was_seen(till: Till) -> None:
    delegation = uuid4()
    await _give(till, delegation)
    blind = await _give(till, delegation, limit_minor=50_000)
    assert blind.status_code == 428
    changed = await till.http.put(
        f"/delegations/{delegation}",
        json=_terms(till, limit_minor=50_000),
        headers=till.as_("store-manager") | once() | seen(1),
    )
    assert changed.status_code == 200
    listed = (await till.get("/delegations", "cs-manager")).json()["items"]
    assert [each["limit_minor"] for each in listed] == [50_000]
