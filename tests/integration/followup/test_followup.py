"""Followup through its three doors, on a real database."""

from typing import Any
from uuid import UUID, uuid4

import orjson

from shared.contracts.escalation import (
    CaseReopenedV1,
    ClockStartedV1,
    ClosingAskedV1,
    CustodyAcceptedV1,
    ResolutionExecutedV1,
)
from shared.contracts.intake import ComplaintWithdrawnV1
from shared.plumbing.identifiers import new_id
from tests.integration.followup.conftest import House
from tests.integration.followup.told import registered, served

CANARY = "王小美 0912-345-678"


async def complaint(house: House, **changes: object) -> UUID:
    found = new_id()
    at = house.parts.time.now()
    await house.neighbours.tell(registered(found, at, **changes), subject=found)
    return found


async def solved(house: House, **changes: object) -> tuple[UUID, str]:
    """A complaint that was executed, and the callback it is owed."""
    found = await complaint(house, **changes)
    at = house.parts.time.now()
    fact = ResolutionExecutedV1(complaint_id=found, resolution_id=uuid4(), executed_at=at)
    await house.neighbours.tell(fact, subject=found)
    view = (await house.get(f"/complaints/{found}")).json()
    return found, str(view["callbacks"][0]["callback_id"])


async def revision(house: House, path: str) -> int:
    answer = await house.get(path)
    return int(answer.headers["etag"].strip('"'))


async def facts(house: House, subject: UUID) -> list[dict[str, Any]]:
    rows = await house.parts.pool.fetch(
        "select fact from followup.journal where aggregate = $1 and fact is not null order by seq",
        subject,
    )
    return [orjson.loads(bytes(row["fact"])) for row in rows]


async def types(house: House, subject: UUID) -> list[str]:
    return [str(fact["type"]).split(".")[2] for fact in await facts(house, subject)]


async def test_a_registered_complaint_shows_what_is_owed_in_the_reader_s_words(
    house: House,
) -> None:
    found = await complaint(house)
    due_at = house.parts.time.now()
    clock = ClockStartedV1(
        complaint_id=found,
        clock="resolve",
        round=1,
        started_at=due_at,
        due_at=due_at,
        calendar="always",
        row="clock.resolve",
    )
    await house.neighbours.tell(clock, subject=found)
    headers = {"Accept-Language": "zh-Hant"}
    answer = await house.get(f"/complaints/{found}", headers=headers)
    assert answer.status_code == 200
    owed = answer.json()["obligations"][0]
    assert owed["code"] == "acknowledgement"
    assert owed["state_label"] == "待辦"
    assert "KS-2026-000123" in owed["text"]
    assert "{" not in owed["text"]
    assert "—" not in owed["text"]


async def test_an_acknowledgement_gives_a_receipt_and_the_same_one_again(house: House) -> None:
    found = await complaint(house)
    path = f"/complaints/{found}/notices"
    body = {
        "kind": "acknowledgement",
        "channel": "phone",
        "promised_at": "2030-01-01T00:00:00Z",
        "said": CANARY,
    }
    before = await revision(house, f"/complaints/{found}")
    first = await house.post(path, body, revision=before, key="k-1")
    again = await house.post(path, body, revision=before, key="k-1")
    assert first.status_code == 201
    assert first.json()["reference"] == "KS-2026-000123"
    assert first.json()["handler"] == "p-clerk-1a"
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert await types(house, found) == ["obligation_owed", "notice_sent", "obligation_ended"]
    view = (await house.get(f"/complaints/{found}")).json()
    assert view["notices"][0]["said"] == CANARY
    assert view["obligations"][0]["state"] == "paid"


async def test_what_was_said_is_in_texts_alone(house: House) -> None:
    found, callback = await solved(house, channel="hotline", hotline_ticket="T-1")
    here, there = f"/complaints/{found}", f"/callbacks/{callback}"
    steps = [
        (f"{here}/notices", {"kind": "result", "channel": "phone", "said": CANARY}),
        (f"{here}/reply", {"parts": {"process": CANARY, "result": CANARY}}),
        (f"{there}/attempts", {"result": "no_answer", "said": CANARY}),
        (f"{there}/completion", {"scores": {"overall": 5}, "words": {"suggestions": CANARY}}),
    ]
    for path, body in steps:
        answer = await house.post(path, body, revision=await revision(house, here))
        assert answer.status_code in {200, 201}, answer.text
        assert CANARY not in answer.text
    for table in ("followups", "journal", "idempotency", "timers", "callbacks", "outbox"):
        rows = await house.parts.pool.fetch(f"select t.*::text as row from followup.{table} t")  # noqa: S608
        raw = await house.parts.pool.fetch(f"select * from followup.{table}")  # noqa: S608
        assert rows
        for row in raw:
            joined = b"".join(v for v in row.values() if isinstance(v, bytes))
            assert CANARY.encode() not in joined
        assert all(CANARY not in row["row"] for row in rows)
    assert await house.parts.pool.fetchval("select count(*) from followup.texts") == 5


async def test_a_call_is_tried_completed_and_its_low_score_told(house: House) -> None:
    found, callback = await solved(house)
    path = f"/callbacks/{callback}"
    now = await revision(house, path)
    tried = await house.post(f"{path}/attempts", {"result": "no_answer"}, revision=now)
    assert tried.json()["attempts"] == 1
    too_soon = await house.post(f"{path}/attempts", {"result": "busy"}, revision=now + 1)
    assert (too_soon.status_code, too_soon.json()["code"]) == (409, "tried-just-now")
    wrong = await house.post(f"{path}/completion", {"scores": {"overall": 9}}, revision=now + 1)
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "/scores/overall"
    done = await house.post(f"{path}/completion", {"scores": {"overall": 1}}, revision=now + 1)
    assert done.json()["satisfied"] is False
    assert (await types(house, found))[-3:] == [
        "callback_completed",
        "satisfaction_recorded",
        "dissatisfied",
    ]
    queue = (await house.get("/callbacks")).json()
    assert queue["items"] == []


async def test_a_stale_or_missing_if_match_changes_nothing(house: House) -> None:
    found, callback = await solved(house)
    body = {"scores": {"overall": 5}}
    stale = await house.post(f"/callbacks/{callback}/completion", body, revision=999)
    assert stale.status_code == 412
    missing = await house.http.post(
        f"/callbacks/{callback}/completion",
        json=body,
        headers=house.as_("clerk") | {"Idempotency-Key": "k"},
    )
    assert missing.status_code == 428
    assert "callback_completed" not in await types(house, found)


async def test_an_overdue_call_warns_is_told_once_and_leads_the_queue(house: House) -> None:
    _, early = await solved(house)
    await house.advance("2 days")
    found, late = await solved(house)
    for _ in range(8):
        await house.advance("12 hours")
    told = await types(house, found)
    assert told.count("callback_warned") == 2
    assert told.count("callback_overdue") == 1
    assert told.count("overdue_step_taken") == 2
    left = "select count(*) from followup.timers where due_at < platform.business_now()"
    assert await house.parts.pool.fetchval(left) == 0
    queue = (await house.get("/callbacks?due=overdue")).json()["items"]
    assert [item["callback_id"] for item in queue] == [early, late]
    assert all(item["overdue"] for item in queue)


async def test_the_queue_goes_on_behind_its_cursor_without_a_gap(house: House) -> None:
    made = [(await solved(house))[1] for _ in range(5)]
    seen: list[str] = []
    path = "/callbacks?limit=2"
    while path:
        page = (await house.get(path)).json()
        seen += [item["callback_id"] for item in page["items"]]
        path = f"/callbacks?limit=2&cursor={page['next']}" if page["next"] else ""
    assert sorted(seen) == sorted(made)
    assert len(set(seen)) == 5


async def test_another_store_sees_nothing_and_the_new_holder_sees_all(house: House) -> None:
    found, callback = await solved(house)
    for path in (f"/complaints/{found}", f"/callbacks/{callback}", f"/callbacks/{callback}/script"):
        assert (await house.get(path, persona="clerk-store-2")).status_code == 404
    assert (await house.get("/callbacks", persona="clerk-store-2")).json()["items"] == []
    body = {"kind": "result", "channel": "phone"}
    hidden = await house.post(
        f"/complaints/{found}/notices", body, revision=1, persona="clerk-store-2"
    )
    assert hidden.status_code == 404
    accepted = CustodyAcceptedV1(
        complaint_id=found, offer_id=uuid4(), unit="hq.store-002.service-desk", person="p-clerk-2a"
    )
    await house.neighbours.tell(accepted, subject=found)
    shown = await house.get(f"/complaints/{found}", persona="clerk-store-2")
    assert shown.status_code == 200


async def test_another_organisation_sees_nothing(house: House) -> None:
    found, callback = await solved(house)
    stranger = house.issuer.as_("p-x", "mall-demo", ["clerk", "cs_manager"], ["hq"])
    for path in (f"/complaints/{found}", f"/complaints/{found}/clocks", f"/callbacks/{callback}"):
        assert (await house.http.get(path, headers=stranger)).status_code == 404


async def test_a_clerk_may_not_leave_customers_out_but_a_manager_may_by_code(house: House) -> None:
    _, callback = await solved(house)
    path = f"/callbacks/{callback}/exclusion"
    now = await revision(house, f"/callbacks/{callback}")
    body = {"reason_code": "no_number"}
    assert (await house.post(path, body, revision=now)).status_code == 403
    done = await house.post(path, body, revision=now, persona="cs-manager")
    assert done.json()["status"] == "excluded"


async def test_a_closing_is_answered_with_what_is_open_and_then_with_settled(house: House) -> None:
    found, callback = await solved(house)
    await house.neighbours.tell(ClosingAskedV1(complaint_id=found, round=1), subject=found)
    answer = (await facts(house, found))[-1]
    assert answer["type"].endswith("closing_unsettled.v1")
    assert answer["data"]["open_items"] == ["callback", "customer_told"]
    here = f"/complaints/{found}"
    result = {"kind": "result", "channel": "phone"}
    await house.post(f"{here}/notices", result, revision=await revision(house, here))
    scores = {"scores": {"overall": 4}}
    await house.post(
        f"/callbacks/{callback}/completion", scores, revision=await revision(house, here)
    )
    await house.neighbours.tell(ClosingAskedV1(complaint_id=found, round=2), subject=found)
    assert (await types(house, found))[-1] == "closing_settled"
    frozen = await house.post(f"{here}/notices", result, revision=await revision(house, here))
    assert (frozen.status_code, frozen.json()["code"]) == (409, "closing-under-way")
    reopened = CaseReopenedV1(
        complaint_id=found, reason_code="repeat", tier="store", unit="hq.store-001"
    )
    await house.neighbours.tell(reopened, subject=found)
    thawed = await house.post(f"{here}/notices", result, revision=await revision(house, here))
    assert thawed.status_code == 201


async def test_a_withdrawn_complaint_is_called_about_no_more(house: House) -> None:
    found, _ = await solved(house)
    fact = ComplaintWithdrawnV1(complaint_id=found, reason_code="settled_privately")
    await house.neighbours.tell(fact, subject=found)
    assert "callback_excluded" in await types(house, found)
    mine = "select count(*) from followup.timers where aggregate = $1"
    assert await house.parts.pool.fetchval(mine, found) == 0
    assert (await house.get("/callbacks")).json()["items"] == []


async def test_a_batch_with_everything_at_once_is_one_story(house: House) -> None:
    found, at = new_id(), house.parts.time.now()
    executed = ResolutionExecutedV1(complaint_id=found, resolution_id=uuid4(), executed_at=at)
    withdrawn = ComplaintWithdrawnV1(complaint_id=found, reason_code="x")
    records = [
        house.neighbours.record(registered(found, at), subject=found),
        house.neighbours.record(executed, subject=found),
        house.neighbours.record(withdrawn, subject=found),
    ]
    await house.neighbours.deliver(*records)
    view = (await house.get(f"/complaints/{found}")).json()
    assert view["status"] == "withdrawn"
    assert view["callbacks"][0]["status"] == "excluded"
    await house.neighbours.deliver(*records)
    assert len(await types(house, found)) == len(set(await types(house, found)))


async def test_a_fact_ahead_of_its_complaint_waits_for_it(house: House) -> None:
    found, at = new_id(), house.parts.time.now()
    executed = ResolutionExecutedV1(complaint_id=found, resolution_id=uuid4(), executed_at=at)
    await house.neighbours.tell(executed, subject=found)
    assert await house.neighbours.parked() == 1


async def test_members_served_are_counted_attempted_reached_and_left_out_by_code(
    house: House,
) -> None:
    visits = [new_id() for _ in range(4)]
    at = house.parts.time.now()
    changes: list[dict[str, object]] = [{}, {}, {"callback_consent": False}, {"member": False}]
    for number, (visit, change) in enumerate(zip(visits, changes, strict=True)):
        await house.neighbours.tell(served(visit, at, f"c-{number}", **change), subject=visit)
    queue = (await house.get("/callbacks")).json()["items"]
    assert {item["visit_id"] for item in queue} == {str(visits[0]), str(visits[1])}
    first = queue[0]["callback_id"]
    now = await revision(house, f"/callbacks/{first}")
    await house.post(f"/callbacks/{first}/completion", {"scores": {"overall": 5}}, revision=now)
    day = at.astimezone().date().isoformat()
    path = "/coverage?from=2026-01-01&to=2026-01-02"
    assert (await house.get(path)).json()["triggered"] == 0
    path = f"/coverage?from={day[:4]}-01-01&to={day[:4]}-12-31"
    shown = (await house.get(path, headers={"Accept-Language": "en"})).json()
    assert (shown["triggered"], shown["owed"], shown["attempted"], shown["reached"]) == (3, 2, 1, 1)
    assert shown["members"] == 3
    assert shown["attempted_percent"] == 50.0
    assert shown["excluded"] == [{"reason": "no_consent", "label": "No consent", "callbacks": 1}]
    wrong = await house.get("/coverage?from=2026-01-02&to=2026-01-01")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "period-out-of-place")


async def test_a_script_is_read_in_the_caller_s_language(house: House) -> None:
    _, callback = await solved(house)
    words = {}
    for language in ("zh-Hant", "zh-Hans", "en"):
        headers = {"Accept-Language": language}
        shown = (await house.get(f"/callbacks/{callback}/script", headers=headers)).json()
        words[language] = shown["questions"][0]["label"]
        assert shown["questions"][0]["high"] == 5
    assert len(set(words.values())) == 3


async def test_a_clock_explains_every_second(house: House) -> None:
    found, _ = await solved(house)
    clocks = (await house.get(f"/complaints/{found}/clocks")).json()
    assert {clock["clock"] for clock in clocks} == {"acknowledge", "callback:after_resolution"}
    path = f"/complaints/{found}/clocks/callback:after_resolution/explanation"
    shown = (await house.get(path)).json()
    assert shown["row"] == "clock.callback"
    assert shown["used_seconds"] + shown["left_seconds"] == shown["allowed_seconds"]
    assert (await house.get(f"/complaints/{found}/clocks/tea/explanation")).status_code == 404


async def test_a_hotline_s_reply_is_written_and_its_delivery_told(house: House) -> None:
    found = await complaint(house, channel="hotline", hotline_ticket="T-7")
    here = f"/complaints/{found}"
    short = await house.post(f"{here}/reply", {"parts": {"process": "x"}}, revision=1)
    assert short.json()["code"] == "reply-incomplete"
    parts = {"process": "檢查過", "result": "已更換"}
    body = {"parts": parts, "delivery": {"receipt": "R-1"}}
    done = await house.post(f"{here}/reply", body, revision=await revision(house, here))
    assert done.json()["stage"] == "delivered"
    told = await facts(house, found)
    delivered = next(f for f in told if f["type"].endswith("reply_delivered.v1"))
    assert delivered["data"]["ticket"] == "T-7"
    again = await house.post(f"{here}/reply", body, revision=await revision(house, here))
    assert again.json()["code"] == "reply-already-delivered"
