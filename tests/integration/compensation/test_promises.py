"""Ask before you promise; what was promised anyway is kept, weighed and routed (N1)."""

from uuid import UUID, uuid4

import httpx

from shared.contracts.escalation import ClosingAskedV1
from shared.contracts.intake import RepeatLinkedV1
from tests.integration.compensation.conftest import Till


async def _check(till: Till, complaint: UUID, minor: int, *, by: str) -> httpx.Response:
    return await till.post("/promise-checks", _wish(complaint, minor), by=by)


def _wish(complaint: UUID, minor: int) -> dict[str, object]:
    return {
        "complaint_id": str(complaint),
        "remedy": "compensation",
        "currency": "CNY",
        "face_minor": minor,
    }


async def test_the_guard_says_who_is_needed_and_what_is_left(till: Till) -> None:
    complaint = await till.complaint()
    allowed = (await _check(till, complaint, 190_000, by="store-manager")).json()
    assert allowed["verdict"] == "allowed"
    assert allowed["headroom_minor"] == 200_000
    needs = (await _check(till, complaint, 190_000, by="clerk")).json()
    assert (needs["verdict"], needs["needs"]) == ("needs", ["store_manager"])
    assert needs["headroom_minor"] == 0
    assert needs["row"] == "authority.store-manager"
    assert (await till.get(f"/cases/{complaint}")).json()["promises"] == []


async def test_1_999_promised_and_500_on_a_linked_case_needs_the_vp(till: Till) -> None:
    first, second = await till.complaint(), await till.complaint()
    promised = await till.post("/promises", _wish(first, 199_900), by="store-manager")
    assert promised.json()["verdict"] == "allowed"
    fact = RepeatLinkedV1(complaint_id=second, linked_complaint_id=first, relation="repeat")
    await till.neighbours.tell(fact, subject=second)
    asked = (await _check(till, second, 50_000, by="store-manager")).json()
    assert (asked["verdict"], asked["needs"]) == ("needs", ["operations_vp"])
    assert asked["headroom_minor"] == 100


async def test_a_promise_of_5_000_01_is_kept_and_asks_the_general_manager(till: Till) -> None:
    complaint = await till.complaint()
    said = (await till.post("/promises", _wish(complaint, 500_001), by="cs-manager")).json()
    assert (said["verdict"], said["needs"]) == ("needs", ["general_manager"])
    claim = UUID(said["claim_id"])
    assert (await till.act(claim, "approval", by="operations-vp")).status_code == 403
    case = (await till.get(f"/cases/{complaint}")).json()
    assert case["exposure"]["own_minor"] == 500_001
    assert case["open_items"] == ["no_open_approval", "no_open_promise"]
    assert (await till.act(claim, "approval", by="general-manager")).status_code == 200
    after = (await till.get(f"/cases/{complaint}")).json()
    assert [promise["open"] for promise in after["promises"]] == [False]


async def test_a_refused_claim_leaves_its_promise_owed_and_flagged(till: Till) -> None:
    complaint = await till.complaint()
    said = (await till.post("/promises", _wish(complaint, 300_000), by="cs-manager")).json()
    claim = UUID(said["claim_id"])
    await till.act(claim, "refusal", {"reason_code": "too_high"}, by="operations-vp")
    assert (await till.facts(complaint))[-1] == "review_needed"
    case = await till.get(f"/cases/{complaint}")
    assert case.json()["promises"][0]["open"] is True
    fact = ClosingAskedV1(complaint_id=complaint, round=1)
    await till.neighbours.tell(fact, subject=complaint)
    assert (await till.facts(complaint))[-1] == "closing_unsettled"


async def test_a_promise_is_released_by_another_person(till: Till) -> None:
    complaint = await till.complaint()
    said = (await till.post("/promises", _wish(complaint, 100_000), by="store-manager")).json()
    path = f"/promises/{said['promise_id']}/release"
    body = {"complaint_id": str(complaint), "reason_code": "let_go_by_complainant"}
    etag = (await till.get(f"/cases/{complaint}")).headers["etag"]
    headers = {"If-Match": etag, "Idempotency-Key": uuid4().hex}
    own = await till.http.post(path, json=body, headers=till.as_("store-manager") | headers)
    assert own.json()["code"] == "duties-not-separated"
    other = await till.http.post(path, json=body, headers=till.as_("operations-vp") | headers)
    assert other.status_code == 200
    assert (await till.get(f"/cases/{complaint}")).json()["exposure"]["own_minor"] == 0


async def test_before_confirmation_a_promise_is_kept_and_reviewed(mall: Till) -> None:
    complaint = await mall.complaint(awaits_confirmation=True)
    body = _wish(complaint, 10_000) | {"currency": mall.pack.currency}
    said = (await mall.post("/promises", body, by="clerk")).json()
    assert (said["verdict"], said["claim_id"]) == ("needs", None)
    assert await mall.facts(complaint) == ["promise_recorded", "review_needed"]


async def test_beyond_everyone_is_forbidden_and_kept(mall: Till) -> None:
    complaint = await mall.complaint()
    body = _wish(complaint, 10**11) | {"currency": mall.pack.currency}
    said = (await mall.post("/promises", body, by="store-manager")).json()
    assert said["verdict"] == "forbidden"
    assert await mall.facts(complaint) == ["promise_recorded", "review_needed"]
    refused = await mall.propose(complaint, 10**11, by="store-manager")
    assert refused.json()["code"] == "amount-beyond-authority"
