"""From a proposal to a signature, and everything that must not happen on the way."""

import asyncio
from uuid import UUID, uuid4

import pytest

from shared.contracts.escalation import (
    CaseClosedV1,
    ClosingAskedV1,
    ClosingFailedV1,
    FindingRecordedV1,
)
from shared.contracts.intake import ComplaintConfirmedV1, ComplaintWithdrawnV1, RepeatLinkedV1
from tests.integration.compensation.conftest import Till
from tests.support.services import once, seen


async def test_a_claim_goes_from_proposal_to_signature(till: Till) -> None:
    complaint = await till.complaint()
    claim = await till.proposed(complaint, 190_000)
    approved = await till.act(claim, "approval", by="store-manager")
    assert approved.status_code == 200, approved.text
    assert approved.json()["status"] == "authorised"
    paid = await till.act(claim, "payment", {"proof": "V-2026-0001"}, by="finance")
    assert paid.json()["status"] == "paid"
    paper = await till.evidence(complaint)
    signed = await till.act(claim, "signature", {"evidence_id": str(paper)}, by="clerk")
    assert signed.json()["status"] == "signed"
    assert await till.facts(complaint) == [
        "claim_proposed",
        "approval_requested",
        "approval_granted",
        "claim_authorised",
        "claim_paid",
        "claim_signed",
    ]
    books = (await till.get(f"/claims/{claim}/ledger", "finance")).json()["items"]
    assert [line["kind"] for line in books] == ["reserve", "approve", "pay", "sign"]
    assert {line["minor"] for line in books} == {190_000}


@pytest.mark.parametrize(
    ("minor", "needs"),
    [
        (199_999, "store_manager"),
        (200_000, "store_manager"),
        (200_001, "operations_vp"),
        (500_000, "operations_vp"),
        (500_001, "general_manager"),
    ],
)
async def test_the_amount_decides_who_is_needed(till: Till, minor: int, needs: str) -> None:
    complaint = await till.complaint()
    answer = await till.propose(complaint, minor)
    assert answer.json()["needs"] == needs


async def test_the_store_manager_cannot_approve_one_cent_more(till: Till) -> None:
    claim = await till.proposed(await till.complaint(), 200_001)
    refused = await till.act(claim, "approval", by="store-manager")
    assert refused.status_code == 403
    assert refused.json()["code"] == "amount-beyond-authority"
    assert (await till.act(claim, "approval", by="operations-vp")).status_code == 200


async def test_a_later_500_on_a_linked_complaint_needs_the_operations_vp(till: Till) -> None:
    first, second = await till.complaint(), await till.complaint()
    rework = await till.propose(first, 6_000, remedy="rework_goods", by="cs-manager")
    await till.act(UUID(rework.json()["claim_id"]), "approval", by="store-manager")
    claim = await till.proposed(first, 190_000)
    assert (await till.act(claim, "approval", by="store-manager")).json()[
        "exposure_minor"
    ] == 196_000
    await _link(till, second, first)
    later = await till.propose(second, 50_000)
    assert later.json()["needs"] == "operations_vp"
    assert later.json()["exposure_minor"] == 246_000
    why = (await till.get(f"/cases/{second}/explanations")).json()["items"][-1]
    assert why["row"] == "authority.operations-vp"
    assert "AUTO-47" in why["because"][0]["cite"]
    shown = (await till.get(f"/cases/{second}/exposure")).json()
    assert (shown["own_minor"], shown["total_minor"]) == (50_000, 246_000)


async def test_a_link_that_comes_late_asks_again_for_what_is_not_paid(till: Till) -> None:
    first, second = await till.complaint(), await till.complaint()
    paid, waiting = await till.proposed(first, 190_000), await till.proposed(second, 50_000)
    for claim in (paid, waiting):
        await till.act(claim, "approval", by="store-manager")
    await till.act(paid, "payment", {"proof": "V-1"}, by="finance")
    await _link(till, second, first)
    again = (await till.get(f"/claims/{waiting}")).json()
    assert (again["status"], again["awaits"]) == ("proposed", "approval")
    assert again["steps"][-1]["role"] == "operations_vp"
    stays = (await till.get(f"/claims/{paid}")).json()
    assert (stays["status"], stays["review"]) == ("paid", "paid-below-authority")
    assert (await till.facts(first))[-1] == "review_needed"


async def test_an_exchange_within_the_terms_is_settled_by_the_clerk_alone(till: Till) -> None:
    complaint = await till.complaint()
    entitlement = await _entitlement(till, complaint)
    answer = await till.propose(
        complaint, 39_900, by="clerk", remedy="exchange", entitlement_id=entitlement
    )
    assert answer.json()["status"] == "authorised", answer.text
    assert answer.json()["row"] == "authority.clerk"
    assert not answer.json()["payment_due"]
    case = (await till.get(f"/cases/{complaint}")).json()
    assert case["open_items"] == []
    assert case["exposure"]["own_minor"] == 0


async def test_evidence_nobody_attached_proves_nothing(till: Till) -> None:
    complaint = await till.complaint()
    answer = await till.post("/entitlements", _goods(complaint, uuid4()), by="clerk")
    assert (answer.status_code, answer.json()["code"]) == (422, "evidence-not-on-record")


async def test_two_who_approve_at_once_approve_once(till: Till) -> None:
    claim = await till.proposed(await till.complaint(), 100_000)
    revision = int((await till.get(f"/claims/{claim}")).headers["etag"].strip('"'))
    answers = await asyncio.gather(
        *(
            till.act(claim, "approval", by=who, revision=revision)
            for who in ("store-manager", "operations-vp", "general-manager")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_approving_twice_is_refused(till: Till) -> None:
    claim = await till.proposed(await till.complaint(), 100_000)
    await till.act(claim, "approval", by="store-manager")
    again = await till.act(claim, "approval", by="operations-vp")
    assert (again.status_code, again.json()["code"]) == (409, "claim-not-awaiting-approval")


async def test_nobody_approves_their_own_proposal(till: Till) -> None:
    claim = await till.proposed(await till.complaint(), 100_000, by="store-manager")
    refused = await till.act(claim, "approval", by="store-manager")
    assert (refused.status_code, refused.json()["code"]) == (403, "self-approval")


async def test_a_clerks_proposal_is_taken_over_first(till: Till) -> None:
    complaint = await till.complaint()
    claim = await till.proposed(complaint, 100_000, by="clerk")
    taken = await till.act(claim, "approval", by="cs-manager")
    assert taken.json()["needs"] == "store_manager"
    twice = await till.act(claim, "approval", by="cs-manager")
    assert twice.json()["code"] == "self-approval"
    assert (await till.act(claim, "approval", by="store-manager")).status_code == 200


async def test_the_accused_does_not_decide(till: Till) -> None:
    complaint = await till.complaint(accused=["p-store-manager-1"])
    claim = await till.proposed(complaint, 100_000)
    refused = await till.act(claim, "approval", by="store-manager")
    assert refused.json()["code"] == "accused-may-not-decide"


async def test_who_is_accused_after_approving_no_longer_counts(till: Till) -> None:
    complaint = await till.complaint()
    claim = await till.proposed(complaint, 100_000)
    await till.act(claim, "approval", by="store-manager")
    finding = FindingRecordedV1(
        complaint_id=complaint,
        finding_id=uuid4(),
        substantiated="yes",
        cause="staff",
        fault_confirmed=True,
        accused=["p-store-manager-1"],
    )
    await till.neighbours.tell(finding, subject=complaint)
    assert (await till.get(f"/claims/{claim}")).json()["status"] == "proposed"


async def test_the_payer_is_nobody_who_decided_and_pays_once(till: Till) -> None:
    claim = await till.proposed(await till.complaint(), 100_000)
    early = await till.act(claim, "payment", {"proof": "V-1"}, by="finance")
    assert early.json()["code"] == "claim-not-authorised"
    await till.act(claim, "approval", by="store-manager")
    assert (
        await till.act(claim, "payment", {"proof": "V-1"}, by="store-manager")
    ).status_code == 403
    answers = await asyncio.gather(
        *(till.act(claim, "payment", {"proof": "V-1"}, by=who) for who in ("finance", "finance-2"))
    )
    assert {answer.status_code for answer in answers} <= {200, 409, 412}
    assert sum(answer.status_code == 200 for answer in answers) == 1


async def test_a_refusal_is_coded_and_frees_the_sum(till: Till) -> None:
    complaint = await till.complaint()
    claim = await till.proposed(complaint, 100_000)
    unknown = await till.act(claim, "refusal", {"reason_code": "mood"}, by="store-manager")
    assert unknown.json()["code"] == "unknown-refusal-reason"
    refused = await till.act(claim, "refusal", {"reason_code": "too_high"}, by="store-manager")
    assert refused.json()["status"] == "refused"
    assert (await till.get(f"/cases/{complaint}")).json()["exposure"]["own_minor"] == 0


async def test_only_the_proposer_cancels(till: Till) -> None:
    claim = await till.proposed(await till.complaint(), 100_000)
    assert (await till.act(claim, "cancellation", by="clerk")).json()["code"] == "not-the-proposer"
    assert (await till.act(claim, "cancellation", by="cs-manager")).json()["status"] == "cancelled"


async def test_what_was_paid_is_taken_back_by_another_person_once(till: Till) -> None:
    claim = await till.proposed(await till.complaint(), 100_000)
    await till.act(claim, "approval", by="store-manager")
    await till.act(claim, "payment", {"proof": "V-1"}, by="finance")
    body = {"reason_code": "paid_in_error"}
    assert (await till.act(claim, "reversal", body, by="finance")).status_code == 403
    assert (await till.act(claim, "reversal", body, by="finance-2")).json()["status"] == "reversed"
    assert (await till.act(claim, "reversal", body, by="store-manager")).status_code == 409
    lines = (await till.get("/ledger", "audit")).json()["items"]
    assert lines[-1]["kind"] == "reverse"
    assert (lines[-1]["debit"], lines[-1]["credit"]) == ("available", "paid")


async def test_a_withdrawal_in_mid_approval_lapses_it_and_leaves_what_was_paid(till: Till) -> None:
    complaint = await till.complaint()
    paid = await till.proposed(complaint, 50_000)
    await till.act(paid, "approval", by="store-manager")
    await till.act(paid, "payment", {"proof": "V-1"}, by="finance")
    claim = await till.proposed(complaint, 100_000)
    fact = ComplaintWithdrawnV1(complaint_id=complaint, reason_code="customer_request")
    await till.neighbours.tell(fact, subject=complaint)
    assert (await till.get(f"/claims/{claim}")).json()["status"] == "lapsed"
    kept = (await till.get(f"/claims/{paid}")).json()
    assert (kept["status"], kept["review"]) == ("paid", "paid-before-withdrawal")
    late = await till.act(claim, "approval", by="store-manager")
    assert (late.status_code, late.json()["code"]) == (409, "case-ended")
    again = await till.propose(complaint, 1_000)
    assert again.json()["code"] == "case-ended"


async def test_a_withdrawal_heard_first_with_the_closing_lets_the_case_close(till: Till) -> None:
    complaint = await till.complaint()
    claim = await till.proposed(complaint, 100_000)
    asked = ClosingAskedV1(complaint_id=complaint, round=1, withdrawn=True)
    await till.neighbours.tell(asked, subject=complaint)
    assert (await till.facts(complaint))[-1] == "closing_settled"
    assert (await till.get(f"/claims/{claim}")).json()["status"] == "lapsed"
    late = ComplaintWithdrawnV1(complaint_id=complaint, reason_code="customer_request")
    told = await till.facts(complaint)
    await till.neighbours.tell(late, subject=complaint)
    assert await till.facts(complaint) == told


async def test_closing_waits_for_the_signature_and_freezes_new_work(till: Till) -> None:
    complaint = await till.complaint()
    claim = await till.proposed(complaint, 100_000)
    await till.act(claim, "approval", by="store-manager")
    await till.act(claim, "payment", {"proof": "V-1"}, by="finance")
    await till.neighbours.tell(ClosingAskedV1(complaint_id=complaint, round=1), subject=complaint)
    assert (await till.facts(complaint))[-1] == "closing_unsettled"
    frozen = await till.propose(complaint, 1_000)
    assert (frozen.status_code, frozen.json()["code"]) == (409, "closing-in-progress")
    failed = ClosingFailedV1(complaint_id=complaint, round=1, open_items=["no_open_signature"])
    await till.neighbours.tell(failed, subject=complaint)
    paper = await till.evidence(complaint)
    await till.act(claim, "signature", {"evidence_id": str(paper)}, by="clerk")
    await till.neighbours.tell(ClosingAskedV1(complaint_id=complaint, round=2), subject=complaint)
    assert (await till.facts(complaint))[-1] == "closing_settled"
    closed = CaseClosedV1(
        complaint_id=complaint,
        round=2,
        outcome="compensated",
        cause="goods",
        closed_at=till.parts.time.now(),
    )
    await till.neighbours.tell(closed, subject=complaint)
    assert (await till.propose(complaint, 1_000)).json()["code"] == "case-ended"


async def test_nobody_answers_and_the_approval_moves_up(till: Till) -> None:
    complaint = await till.complaint()
    claim = await till.proposed(complaint, 100_000)
    await till.advance("2 days")
    shown = (await till.get(f"/claims/{claim}")).json()
    assert shown["status"] == "proposed"
    assert shown["steps"][-1]["role"] in {"operations_vp", "general_manager"}
    facts = await till.facts(complaint)
    assert "approval_expired" in facts
    below = await till.act(claim, "approval", by="store-manager")
    assert below.json()["code"] == "amount-beyond-authority"
    assert (await till.act(claim, "approval", by="general-manager")).status_code == 200


async def test_the_mall_waits_for_confirmation_and_lets_finance_review(mall: Till) -> None:
    complaint = await mall.complaint(awaits_confirmation=True)
    early = await mall.propose(complaint, 10_000, by="clerk")
    assert (early.status_code, early.json()["code"]) == (409, "awaiting-confirmation")
    confirmed = ComplaintConfirmedV1(
        complaint_id=complaint,
        confirmed_by="p-desk-head-1",
        confirmed_at=mall.parts.time.now(),
        row="confirmation",
    )
    await mall.neighbours.tell(confirmed, subject=complaint)
    claim = await mall.proposed(complaint, 10_000, by="clerk")
    reviewed = await mall.act(claim, "approval", by="store-manager")
    assert reviewed.json()["needs"] == "finance"
    assert (await mall.act(claim, "approval", by="finance")).json()["status"] == "authorised"
    paid = await mall.act(claim, "payment", {"proof": "V-9"}, by="finance-2")
    assert paid.json()["signature_due"] is True


async def test_a_key_used_again_is_answered_again(till: Till) -> None:
    complaint = await till.complaint()
    body = {
        "complaint_id": str(complaint),
        "remedy": "compensation",
        "currency": "CNY",
        "face_minor": 10_000,
    }
    first = await till.post("/claims", body, by="cs-manager", key="k-1")
    again = await till.post("/claims", body, by="cs-manager", key="k-1")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await till.post("/claims", body | {"face_minor": 10_001}, by="cs-manager", key="k-1")
    assert other.status_code == 422
    assert len((await till.get(f"/cases/{complaint}")).json()["claims"]) == 1


async def test_an_action_says_what_it_saw(till: Till) -> None:
    claim = await till.proposed(await till.complaint(), 10_000)
    headers = till.as_("store-manager") | once()
    blind = await till.http.post(f"/claims/{claim}/approval", headers=headers)
    assert blind.status_code == 428
    stale = await till.http.post(f"/claims/{claim}/approval", headers=headers | seen(99))
    assert stale.status_code == 412


@pytest.mark.parametrize("face", [0, -1, 10**12 + 1, 10**18, 1.5, "100", None, True])
async def test_odd_amounts_are_refused(till: Till, face: object) -> None:
    answer = await till.propose(await till.complaint(), face)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] in {"/face_minor", ""}


async def test_another_currency_is_refused(till: Till) -> None:
    answer = await till.propose(await till.complaint(), 100, currency="TWD")
    assert (answer.status_code, answer.json()["code"]) == (422, "currency-not-used")


async def test_another_unit_sees_nothing(till: Till) -> None:
    complaint = await till.complaint()
    claim = await till.proposed(complaint, 10_000)
    for path in (f"/claims/{claim}", f"/cases/{complaint}", f"/claims/{claim}/ledger"):
        assert (await till.get(path, "store-manager-2")).status_code == 404
    assert (await till.act(claim, "approval", by="store-manager-2")).status_code == 404
    assert (await till.propose(complaint, 100, by="clerk-store-2")).status_code == 404
    assert (await till.get("/claims", "store-manager-2")).json()["items"] == []


async def test_the_queue_shows_what_awaits_me_page_by_page(till: Till) -> None:
    complaint = await till.complaint()
    ids = [str(await till.proposed(complaint, 10_000)) for _ in range(3)]
    mine = {"awaiting": "my-approval", "limit": "2"}
    page = (await till.get("/claims", "store-manager", **mine)).json()
    rest = (await till.get("/claims", "store-manager", **mine, cursor=page["next"])).json()
    assert [line["claim_id"] for line in page["items"] + rest["items"]] == ids
    assert rest["next"] is None
    assert (await till.get("/claims", "cs-manager", **mine)).json()["items"] == []


async def test_everybody_sees_their_own_limits(till: Till) -> None:
    shown = (await till.get("/me/authority", "store-manager")).json()
    may = {band["row"]: band["may"] for band in shown["bands"]}
    assert may["authority.store-manager"] == ["approve", "propose"]
    assert may["authority.general-manager"] == ["propose"]
    rooms = {each["remedy"]: each["up_to_minor"] for each in shown["promises"]}
    assert rooms["compensation"] == 200_000


async def _link(till: Till, complaint: UUID, earlier: UUID) -> None:
    fact = RepeatLinkedV1(complaint_id=complaint, linked_complaint_id=earlier, relation="repeat")
    await till.neighbours.tell(fact, subject=complaint)


def _goods(complaint: UUID, evidence: UUID) -> dict[str, object]:
    paper = str(evidence)
    return {
        "complaint_id": str(complaint),
        "goods": {"value": "general", "evidence_id": paper},
        "installation": {"value": "none", "evidence_id": paper},
        "fault": {"value": "quality", "evidence_id": paper},
        "sold_on": {"value": "2026-11-19", "evidence_id": paper},
        "flags": [
            {"value": "proof_of_purchase", "evidence_id": paper},
            {"value": "packaging_complete", "evidence_id": paper},
        ],
    }


async def _entitlement(till: Till, complaint: UUID) -> str:
    evidence = await till.evidence(complaint)
    day = (till.parts.time.now()).date().isoformat()
    goods = _goods(complaint, evidence) | {"sold_on": {"value": day, "evidence_id": str(evidence)}}
    answer = await till.post("/entitlements", goods, by="clerk")
    assert answer.status_code == 201, answer.text
    assert answer.json()["grants"] == ["exchange", "refund"]
    return str(answer.json()["entitlement_id"])
