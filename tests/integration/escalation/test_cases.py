"""A case through its doors: confirmed, accepted, resolved, closed; seen by whom it concerns."""

import asyncio
from uuid import UUID, uuid4

from shared.contracts import compensation, followup, intake
from tests.integration.escalation.conftest import DESK, EXCHANGE, INSTALLATION, SALES, House
from tests.support.services import once, seen

CLOSE = {
    "outcome": "upheld",
    "cause": "goods",
    "flags": {"lesson": True, "improvement": True, "won_back": True},
}


async def test_a_complaint_goes_from_registration_to_closing(house: House) -> None:
    complaint = await house.resolved(flags=["installed"])
    task = (await house.get(f"cases/{complaint}")).json()["tasks"][0]
    path = f"cases/{complaint}/assistance/{task['id']}/result"
    given = await house.post(path, {"outcome": "done", "note": "已返工"}, "department-supervisor")
    assert given.status_code == 200
    asked = await house.ask_closing(complaint, CLOSE)
    assert asked.status_code == 202, asked.text
    assert asked.headers["location"] == f"/escalation/v1/cases/{complaint}/closure"
    await house.settle(complaint)
    shown = (await house.get(f"cases/{complaint}/closure")).json()
    assert shown["status"] == "closed"
    facts = await house.facts(complaint)
    assert facts[:2] == ["case_opened", "clock_started"]
    assert facts[-1] == "case_closed"


async def test_nothing_is_done_before_the_confirmation(house: House) -> None:
    complaint = await house.register()
    refused = await house.post(f"cases/{complaint}/findings", _finding())
    assert (refused.status_code, refused.json()["code"]) == (409, "awaiting-confirmation")


async def test_a_case_offered_to_another_cannot_be_accepted(house: House) -> None:
    complaint = await house.handled()
    handover = {"unit": INSTALLATION, "reason_code": "specialist", "exchange": EXCHANGE}
    assert (await house.post(f"cases/{complaint}/handovers", handover)).status_code == 201
    refused = await house.accept(complaint, "clerk-b", EXCHANGE)
    assert (refused.status_code, refused.json()["code"]) == (409, "offered-to-another")
    taken = await house.accept(complaint, "department-supervisor", EXCHANGE)
    assert taken.json()["holder"] == "p-installation-1"


async def test_sent_back_twice_between_two_departments_the_arbiter_decides(house: House) -> None:
    complaint = await house.handled()
    for persona, unit in (("department-supervisor", INSTALLATION), ("p-sales-1", SALES)):
        handover = {"unit": unit, "reason_code": "not_our_duty", "exchange": EXCHANGE}
        await house.post(f"cases/{complaint}/handovers", handover)
        path = f"cases/{complaint}/handovers/{await house.offer_of(complaint)}/return"
        back = {"reason_code": "not_our_duty", "duty_unit": DESK, "note": "不是我們的"}
        returned = await house.post(path, back, persona)
        assert returned.status_code == 200, returned.text
    blocked = await house.post(
        f"cases/{complaint}/handovers",
        {"unit": SALES, "reason_code": "specialist", "exchange": EXCHANGE},
    )
    assert blocked.json()["code"] == "awaiting-arbitration"
    verdict = {"unit": INSTALLATION, "person": "p-installation-1"}
    decided = await house.post(f"cases/{complaint}/arbitration", verdict, "store-manager")
    assert decided.json()["holder"] == "p-installation-1"


async def test_another_store_and_another_organisation_see_nothing(house: House) -> None:
    complaint = await house.handled()
    assert (await house.get(f"cases/{complaint}", "clerk-store-2")).status_code == 404
    assert (await house.get("cases", "clerk-store-2")).json()["items"] == []
    refused = await house.post(f"cases/{complaint}/findings", _finding(), "clerk-store-2")
    assert refused.status_code == 404
    house.mall()
    assert (await house.get(f"cases/{complaint}", "general-manager")).status_code == 404
    assert (await house.get("cases", "general-manager")).json()["items"] == []


async def test_whoever_is_asked_for_help_sees_the_case_and_does_not_hold_it(house: House) -> None:
    complaint = await house.handled(flags=["installed"])
    assert (await house.get(f"cases/{complaint}", "department-supervisor")).status_code == 200
    assert len((await house.get("cases", "department-supervisor")).json()["items"]) == 1
    refused = await house.post(f"cases/{complaint}/findings", _finding(), "department-supervisor")
    assert refused.json()["code"] == "not-the-holder"


async def test_of_two_who_accept_at_once_one_holds_the_case(house: House) -> None:
    complaint = await house.confirmed()
    path = f"cases/{complaint}/handovers/{await house.offer_of(complaint)}/acceptance"
    at = await house.revision(path)
    answers = await asyncio.gather(
        *(house.post(path, {}, persona, revision=at) for persona in ("clerk", "clerk-b"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    facts = await house.facts(complaint)
    assert facts.count("custody_accepted") == 1


async def test_the_same_request_twice_happens_once(house: House) -> None:
    complaint = await house.handled()
    revision = await house.revision(f"cases/{complaint}")
    path = f"cases/{complaint}/findings"
    first = await house.post(path, _finding(), revision=revision, key="k-1")
    again = await house.post(path, _finding(), revision=revision, key="k-1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await house.post(path, _finding(cause="goods"), revision=revision, key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_if_match_is_asked_for_and_checked(house: House) -> None:
    complaint = await house.handled()
    path = f"cases/{complaint}/findings"
    headers = house.as_("clerk")
    missing = await house.http.post(path, json=_finding(), headers=headers | once())
    assert missing.status_code == 428
    stale = await house.http.post(path, json=_finding(), headers=headers | once() | seen(1))
    assert stale.status_code == 412


async def test_warnings_do_not_cost_a_412(house: House) -> None:
    complaint = await house.handled()
    before = await house.revision(f"cases/{complaint}")
    claim = uuid4()
    await house.tell(complaint, _claim(complaint, claim))
    assert await house.revision(f"cases/{complaint}") == before
    assert (await house.get(f"cases/{complaint}")).json()["claims"] == [
        {"id": str(claim), "state": "authorised"}
    ]


async def test_closing_without_anything_says_everything_that_is_missing(house: House) -> None:
    complaint = await house.handled()
    refused = await house.post(f"cases/{complaint}/closure", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-ready-to-close")
    codes = [each["code"] for each in refused.json()["errors"]]
    assert codes == [
        "result_recorded",
        "outcome_coded",
        "cause_coded",
        "outcome_flags",
        "acceptance",
    ]
    assert all(each["detail"] for each in refused.json()["errors"])


async def test_one_open_payment_thaws_the_case_with_the_list(house: House) -> None:
    complaint = await house.resolved()
    await house.ask_closing(complaint, CLOSE)
    open_ = compensation.ClosingUnsettledV1(
        complaint_id=complaint, round=1, open_items=["no_open_payment"]
    )
    await house.tell(complaint, open_)
    await house.tell(complaint, intake.ClosingSettledV1(complaint_id=complaint, round=1))
    await house.tell(complaint, followup.ClosingSettledV1(complaint_id=complaint, round=1))
    shown = (await house.get(f"cases/{complaint}/closure")).json()
    assert (shown["status"], shown["open_items"]) == ("handling", ["no_open_payment"])


async def test_the_closing_door_waits_for_its_neighbours(house: House) -> None:
    complaint = await house.resolved()
    asking = asyncio.create_task(house.post(f"cases/{complaint}/closure", CLOSE, key="close-1"))
    await asyncio.sleep(0.3)
    await house.settle(complaint)
    answer = await asking
    assert (answer.status_code, answer.json()["status"]) == (200, "closed")
    again = await house.post(f"cases/{complaint}/closure", CLOSE, key="close-1")
    assert (again.status_code, again.json()["status"]) == (200, "closed")


async def test_a_dissatisfied_callback_reopens_with_another_handler(house: House) -> None:
    complaint = await house.resolved()
    await house.ask_closing(complaint, CLOSE)
    await house.settle(complaint)
    await house.tell(complaint, followup.DissatisfiedV1(complaint_id=complaint, score=1))
    case = (await house.get(f"cases/{complaint}", "cs-manager")).json()
    assert (case["status"], case["tier"], case["barred"]) == ("handling", "manager", ["p-clerk-1a"])
    assert (await house.accept(complaint, "cs-manager")).json()["holder"] == "p-cs-manager-1"
    assert "case_reopened" in await house.facts(complaint)


async def test_a_repeat_is_not_handled_by_the_same_person(house: House) -> None:
    earlier = await house.handled()
    handover = await house.post(f"cases/{earlier}/escalations", {"reason_code": "not_understood"})
    assert handover.status_code == 201
    await house.accept(earlier, "cs-manager")
    repeat = await house.confirmed()
    link = intake.RepeatLinkedV1(
        complaint_id=repeat, linked_complaint_id=earlier, relation="repeat"
    )
    await house.tell(repeat, link)
    refused = await house.accept(repeat, "cs-manager")
    assert (refused.status_code, refused.json()["code"]) == (409, "handler-barred")


async def test_a_withdrawn_complaint_closes_once_all_have_settled(house: House) -> None:
    complaint = await house.handled()
    withdrawn = intake.ComplaintWithdrawnV1(complaint_id=complaint, reason_code="changed_mind")
    await house.tell(complaint, withdrawn)
    await house.settle(complaint)
    shown = (await house.get(f"cases/{complaint}/closure")).json()
    assert (shown["status"], shown["outcome"]) == ("closed", "withdrawn")
    timers = await house.parts.pool.fetchval(
        "select count(*) from escalation.timers where aggregate = $1", complaint
    )
    assert timers == 0


async def test_a_fact_before_its_case_waits_for_it(house: House) -> None:
    complaint = uuid4()
    claim = _claim(complaint, uuid4())
    await house.tell(complaint, claim)
    assert await house.neighbours.parked() == 1
    await house.tell(complaint, house.registration(complaint))
    assert (await house.get(f"cases/{complaint}")).status_code == 200


async def test_an_enquiry_is_no_case_until_promoted(house: House) -> None:
    house.mall()
    complaint = await house.register(kind="enquiry", awaits_confirmation=False)
    assert (await house.get(f"cases/{complaint}")).status_code == 404
    promoted = intake.ComplaintPromotedV1(
        complaint_id=complaint, received_at=await house.now(), reason_code="complaint_after_all"
    )
    await house.tell(complaint, promoted)
    assert (await house.get(f"cases/{complaint}")).json()["status"] == "awaiting_confirmation"


async def test_what_was_typed_is_read_by_those_who_see_the_case(house: House) -> None:
    complaint = await house.handled()
    await house.post(f"cases/{complaint}/findings", _finding())
    text = (await house.get(f"cases/{complaint}")).json()["findings"][0]["text"]["id"]
    shown = await house.get(f"cases/{complaint}/texts/{text}")
    assert shown.json()["body"] == "安裝時未接地 CANARY"
    hidden = await house.get(f"cases/{complaint}/texts/{text}", "clerk-store-2")
    assert hidden.status_code == 404


async def test_no_word_of_a_person_leaves_the_texts(house: House) -> None:
    complaint = await house.handled()
    await house.post(f"cases/{complaint}/findings", _finding())
    await house.post(f"cases/{complaint}/resolutions", {"text": "CANARY"})
    kept = await house.parts.pool.fetchval(
        "select count(*) from escalation.journal where position('CANARY'::bytea in entry) > 0 "
        "or position('CANARY'::bytea in fact) > 0"
    )
    assert kept == 0


async def test_the_journal_is_for_heads_and_audit(house: House) -> None:
    complaint = await house.handled()
    assert (await house.get(f"cases/{complaint}/journal")).status_code == 403
    first = await house.get(f"cases/{complaint}/journal", "audit", params={"limit": 3})
    lines = first.json()["items"]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    rest = await house.get(
        f"cases/{complaint}/journal", "audit", params={"cursor": first.json()["next"], "limit": 3}
    )
    assert rest.json()["items"][0]["seq"] == 4


async def test_every_decision_says_its_row_in_the_readers_language(house: House) -> None:
    complaint = await house.confirmed(flags=["installed"])
    answer = await house.get(f"cases/{complaint}/explanations", headers={"Accept-Language": "en"})
    (decision,) = answer.json()["items"]
    assert decision["pack"] == "auto_accessories"
    assert [reason["row"] for reason in decision["because"]] == [
        "routing.desk",
        "routing.installed",
    ]
    assert decision["because"][1]["tested"] == ["installed=true"]
    assert "installation supervisor" in decision["because"][1]["label"]


async def test_a_long_list_comes_in_pages(house: House) -> None:
    cases = [await house.confirmed() for _ in range(5)]
    seen_: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await house.get("cases", params={"limit": 2} | cursor)).json()
        seen_ += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen_ == [str(each) for each in reversed(cases)]


async def test_lists_are_filtered(house: House) -> None:
    mine = await house.handled()
    other = await house.confirmed(registered_by="p-clerk-1b")
    await _only(house, {"holder": "me"}, {mine})
    await _only(house, {"tier": "desk", "status": "handling"}, {mine, other})
    await _only(house, {"status": "closed"}, set())
    await _only(house, {"unit": DESK, "open": "true"}, {mine, other})
    await _only(house, {"unit": SALES}, set())
    soon = (await house.get("cases", params={"due_before": "2099-01-01T00:00:00Z"})).json()
    assert soon["items"][0]["id"] == str(other), "to be accepted in two hours"


async def _only(house: House, filters: dict[str, str], expected: set[UUID]) -> None:
    page = (await house.get("cases", params=filters)).json()
    assert {UUID(each["id"]) for each in page["items"]} == expected


def _finding(**changes: object) -> dict[str, object]:
    return {
        "substantiated": "yes",
        "cause": "installation",
        "text": "安裝時未接地 CANARY",
    } | changes


def _claim(complaint: UUID, claim: UUID) -> compensation.ClaimAuthorisedV1:
    return compensation.ClaimAuthorisedV1(
        claim_id=claim, complaint_id=complaint, cost_minor=6000, currency="CNY", row="ladder.store"
    )
