"""Insights through its doors: facts in, queue, timeline, counts and board out."""

import random
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.insights_service.domain.entry import Entry, lines
from services.insights_service.projecting import ENTRY
from shared.contracts.envelope import Contract
from shared.plumbing.identifiers import new_id
from tests.integration.insights.conftest import House
from tests.support.packs import AUTO
from tests.unit.insights import facts as f

CAUSE = AUTO.escalation.closing.causes[0].code


def about(complaint: UUID, *facts: Contract) -> list[Contract]:
    """The story's facts, of another complaint; ids inside follow it."""
    mine = {"claim_id": new_id(), "callback_id": new_id(), "offer_id": new_id()}
    return [
        fact.model_copy(
            update={"complaint_id": complaint}
            | {name: value for name, value in mine.items() if name in type(fact).model_fields}
        )
        for fact in facts
    ]


def subject_of(fact: Contract, complaint: UUID) -> UUID:
    """A claim is an aggregate of its own; everything else stands under its complaint."""
    found: UUID = getattr(fact, "claim_id", complaint)
    return found


async def tell(house: House, *facts: Contract, complaint: UUID) -> None:
    for fact in about(complaint, *facts):
        await house.neighbours.tell(fact, subject=subject_of(fact, complaint))


async def queue(house: House, path: str = "/queue", persona: str = "store-manager") -> Any:  # noqa: ANN401
    return (await house.get(path, persona)).json()["items"]


async def test_a_registered_complaint_stands_in_the_queue_of_its_units(house: House) -> None:
    found = new_id()
    await tell(house, f.REGISTERED, f.OPENED, f.RESOLVE, complaint=found)
    item = (await queue(house))[0]
    assert item["complaint_id"] == str(found)
    assert item["reference"] == "KS-2026-000123"
    assert item["next_clock"] == "resolve"
    assert [wait["code"] for wait in item["waiting_for"]] == ["confirmation"]
    assert len(await queue(house, persona="clerk")) == 1
    assert len(await queue(house, persona="general-manager")) == 1
    assert await queue(house, persona="department-supervisor") == []
    assert await queue(house, persona="store-manager-2") == []


async def test_the_queue_answers_by_lane_status_and_due_moment(house: House) -> None:
    waiting, closed = new_id(), new_id()
    await tell(
        house, f.REGISTERED, f.CONFIRMED, f.OPENED, f.RESOLVE, f.REQUESTED, complaint=waiting
    )
    await tell(house, f.REGISTERED, f.CONFIRMED, f.OPENED, f.CLOSED, complaint=closed)

    async def ids(question: str) -> list[str]:
        return [item["complaint_id"] for item in await queue(house, f"/queue?{question}")]

    assert await ids("") == [str(waiting)]
    assert await ids("waiting_for=approval") == [str(waiting)]
    assert await ids("waiting_for=approval:store_manager") == [str(waiting)]
    assert await ids("waiting_for=approval:operations_vp") == []
    assert await ids("status=closed") == [str(closed)]
    assert await ids("waiting_for=approval&status=opened") == [str(waiting)]
    assert await ids("waiting_for=approval&status=closed") == []
    assert await ids("due_before=2026-11-02T04:00:00Z") == []
    assert await ids("due_before=2026-11-02T12:00:01Z") == [str(waiting)]
    assert await ids("unit=hq.store-001.service-desk") == [str(waiting)]
    assert await ids("unit=hq") == [str(waiting)]
    assert await ids("unit=hq.store-002") == []
    assert await ids("show=gap") == [str(waiting)]
    assert await ids("show=breached") == []


async def test_pages_follow_each_other_without_gap_or_double(house: House) -> None:
    made = [new_id() for _ in range(7)]
    for found in made:
        await tell(house, f.REGISTERED, f.OPENED, f.RESOLVE, complaint=found)
    seen: list[str] = []
    path: str | None = "/queue?limit=3"
    while path:
        page = (await house.get(path)).json()
        seen += [item["complaint_id"] for item in page["items"]]
        path = f"/queue?limit=3&cursor={page['next']}" if page["next"] else None
    assert seen == sorted(map(str, made))
    foreign = (await house.get("/queue?limit=3")).json()["next"]
    answer = await house.get(f"/queue?limit=3&cursor={foreign}", persona="general-manager")
    assert answer.json()["code"] == "cursor-invalid"


async def test_facts_may_come_in_any_order_and_twice_and_count_once(house: House) -> None:
    found, chance = new_id(), random.Random(7)
    streams = [about(found, *stream) for stream in f.STREAMS]
    records: list[bytes] = []
    while any(streams):
        stream = chance.choice([stream for stream in streams if stream])
        fact = stream.pop(0)
        records.append(house.neighbours.record(fact, subject=subject_of(fact, found)))
    await house.neighbours.deliver(*records[:9])
    await house.neighbours.deliver(*records[4:])
    await house.neighbours.deliver(*records)
    assert await house.neighbours.parked() == 0
    shown = (await house.get("/counts?from=2026-01-01&to=2026-12-31&group_by=content")).json()
    assert shown["total"]["registered"] == 1
    assert shown["total"]["paid_minor"] == 196_000
    assert shown["total"]["breached"] == 1
    assert shown["currency"] == "CNY"
    assert len((await house.get(f"/complaints/{found}/timeline")).json()["items"]) == len(records)
    assert await strays(house) == set()


async def strays(house: House) -> set[Any]:
    """Lines that no entry has, or entries that miss a line: always none."""
    rows = await house.parts.pool.fetch("select state from insights.queue where state is not null")
    entries: list[Entry] = [ENTRY.validate_json(row["state"]) for row in rows]
    wanted = {tuple(vars_of(line)) for entry in entries for line in lines(entry)}
    kept = await house.parts.pool.fetch(
        "select organisation, seer, lane, due_at, complaint from insights.lines"
    )
    return wanted ^ {tuple(row) for row in kept}


def vars_of(line: Any) -> list[Any]:  # noqa: ANN401
    return [getattr(line, name) for name in type(line).__slots__]


async def test_a_timeline_tells_every_fact_in_the_reader_s_words(house: House) -> None:
    found = new_id()
    await tell(house, f.REGISTERED, f.CONFIRMED, f.OPENED, f.OFFERED, complaint=found)
    labels = {}
    for language in ("zh-Hant", "zh-Hans", "en"):
        headers = {"Accept-Language": language}
        page = (await house.get(f"/complaints/{found}/timeline?limit=2", headers=headers)).json()
        labels[language] = page["items"][0]["label"]
        assert page["next"]
    assert labels == {
        "zh-Hant": "客訴已登記",
        "zh-Hans": "客诉已登记",
        "en": "Complaint registered",
    }
    rest = f"/complaints/{found}/timeline?limit=2&cursor={page['next']}"
    items = (await house.get(rest)).json()["items"]
    assert [item["type"].split(".")[2] for item in items] == ["case_opened", "custody_offered"]
    assert items[1]["codes"]["to_unit"] == f.STORE
    for persona in ("store-manager-2", "clerk-store-2"):
        hidden = await house.get(f"/complaints/{found}/timeline", persona=persona)
        assert hidden.status_code == 404


async def test_the_board_counts_what_presses(house: House) -> None:
    late, waiting, called = new_id(), new_id(), new_id()
    await tell(house, f.REGISTERED, f.CONFIRMED, f.OPENED, f.RESOLVE, f.BREACHED, complaint=late)
    await tell(house, f.REGISTERED, f.OPENED, f.REQUESTED, complaint=waiting)
    call = f.CALL_DUE.model_copy(update={"due_at": f.after(days=-2000)})
    await tell(house, f.REGISTERED, f.OPENED, f.ACCEPTED, call, complaint=called)
    board = (await house.get("/board")).json()
    assert board["open"] == 3
    assert board["breached"] == 1
    assert board["waiting_approval"] == 1
    assert board["waiting_confirmation"] == 2
    assert board["custody_gaps"] == 2
    assert board["due_today"] >= 1
    assert (board["callbacks_overdue"], board["callbacks_due_today"]) == (1, 1)
    assert (await house.get("/board", persona="store-manager-2")).json()["open"] == 0
    clerk = await house.get("/counts?from=2026-01-01&to=2026-01-31", persona="clerk")
    assert clerk.status_code == 403


async def test_nothing_of_another_organisation_shows_or_takes_effect(house: House) -> None:
    found = new_id()
    await tell(house, f.REGISTERED, f.OPENED, complaint=found)
    stranger = house.issuer.as_("p-x", "mall-demo", ["store_manager"], ["hq"])
    assert (await house.http.get("/queue", headers=stranger)).json()["items"] == []
    timeline = await house.http.get(f"/complaints/{found}/timeline", headers=stranger)
    assert timeline.status_code == 404
    house.neighbours.organisation = "mall-demo"
    await tell(house, f.WITHDRAWN, complaint=found)
    assert (await queue(house))[0]["status"] == "opened"
    assert len((await house.get(f"/complaints/{found}/timeline")).json()["items"]) == 2


async def test_an_action_is_opened_late_and_closed_and_told(house: House) -> None:
    found = new_id()
    await tell(house, f.REGISTERED, f.OPENED, complaint=found)
    due_at = await house.parts.pool.fetchval("select platform.business_now() + '2 days'")
    form = {
        "cause": "installation",
        "unit": "hq.store-001.installation",
        "owner": "p-installation-1",
        "due_at": due_at.isoformat(),
        "what": "王小美說雨刷裝反,改用檢核表",
        "complaint_id": str(found),
    }
    causes = await house.post("/corrective-actions", form | {"cause": "moon"})
    assert (causes.status_code, causes.json()["code"]) == (422, "cause-unknown")
    cause = CAUSE
    opened = await house.post("/corrective-actions", form | {"cause": cause}, key="k")
    again = await house.post("/corrective-actions", form | {"cause": cause}, key="k")
    assert opened.status_code == 201
    assert again.content == opened.content
    action = opened.json()["action_id"]
    assert opened.headers["location"].endswith(action)
    await house.advance("3 days")
    shown = await house.get(f"/corrective-actions/{action}")
    assert shown.json()["standing"] == "overdue"
    assert "王小美" in shown.json()["what"]
    assert (await house.get("/board")).json()["actions_overdue"] == 1
    listed = (await house.get("/corrective-actions?standing=overdue")).json()["items"]
    assert [item["action_id"] for item in listed] == [action]
    revision = int(shown.headers["etag"].strip('"'))
    path, body = f"/corrective-actions/{action}/closing", {"effective": True, "proof": "三週無重犯"}
    assert (await house.post(path, body, revision=revision + 5)).status_code == 412
    assert (await house.post(path, body, revision=revision)).json()["standing"] == "closed"
    late = await house.post(path, body, revision=revision + 1)
    assert late.json()["code"] == "action-already-closed"
    rows = await house.parts.pool.fetch("select fact from insights.journal order by seq")
    told = [orjson.loads(bytes(row["fact"])) for row in rows]
    assert [fact["type"].split(".")[2] for fact in told] == [
        "corrective_action_opened",
        "corrective_action_overdue",
        "corrective_action_closed",
    ]
    await house.neighbours.deliver(*(bytes(row["fact"]) for row in rows))
    timeline = (await house.get(f"/complaints/{found}/timeline")).json()["items"]
    assert timeline[-1]["type"].endswith("corrective_action_closed.v1")
    assert b"\xe7\x8e\x8b\xe5\xb0\x8f\xe7\xbe\x8e" not in b"".join(bytes(r["fact"]) for r in rows)


async def test_an_action_for_another_store_or_complaint_is_not_there(house: House) -> None:
    form = {
        "cause": CAUSE,
        "unit": "hq.store-002",
        "owner": "p-x",
        "due_at": "2099-01-01T00:00:00Z",
        "what": "x",
    }
    assert (await house.post("/corrective-actions", form)).status_code == 404
    mine = form | {"unit": "hq.store-001", "complaint_id": str(uuid4())}
    assert (await house.post("/corrective-actions", mine)).status_code == 404
    assert (await house.post("/corrective-actions", form, persona="clerk")).status_code == 403
