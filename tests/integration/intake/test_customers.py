"""Customers' files and visits: told by the organisation's own systems, known by reference."""

import httpx
import orjson

from shared.plumbing.identifiers import new_id
from shared.plumbing.running import Parts
from tests.integration.intake.conftest import People, a_complaint
from tests.support.services import once

FILE = {
    "name": "王小明",
    "phone": "139 1234 5678",
    "birthday": "1990-02-03",
    "member": True,
    "callback_consent": True,
}


async def test_a_member_is_recognised_by_the_number_however_it_is_written(
    client: httpx.AsyncClient, auto: People
) -> None:
    filed = await client.put("/customers/M-100", json=FILE, headers=auto("integration"))
    assert filed.status_code == 201, filed.text
    made = await client.post("/complaints", json=a_complaint(), headers=auto("clerk") | once())
    shown = await client.get(f"/complaints/{made.json()['id']}", headers=auto("clerk"))
    assert shown.json()["member"]
    assert shown.json()["customer"] == filed.json()["customer"]
    listed = await client.get(
        "/complaints", params={"customer": filed.json()["customer"]}, headers=auto("clerk")
    )
    assert len(listed.json()["items"]) == 1


async def test_saying_the_same_again_changes_nothing(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    await client.put("/customers/M-100", json=FILE, headers=auto("integration"))
    again = await client.put("/customers/M-100", json=FILE, headers=auto("integration"))
    assert again.headers["etag"] == '"1"'
    renamed = FILE | {"name": "王大明"}
    changed = await client.put("/customers/M-100", json=renamed, headers=auto("integration"))
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    kept = orjson.loads(await parts.pool.fetchval("select values from intake.customer_particulars"))
    assert kept["name"] == "王大明"


async def test_a_visit_tells_who_may_be_called_back(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    filed = await client.put("/customers/M-100", json=FILE, headers=auto("integration"))
    visit = {
        "id": str(new_id()),
        "customer": "M-100",
        "unit": "hq.store-001",
        "completed_at": "2026-11-20T10:00:00+08:00",
    }
    headers = auto("integration") | once()
    made = await client.post("/service-visits", json=visit, headers=headers)
    assert made.status_code == 201, made.text
    assert (await client.post("/service-visits", json=visit, headers=headers)).status_code == 201
    twice = await client.post("/service-visits", json=visit, headers=auto("integration") | once())
    assert twice.json()["code"] == "visit-exists"
    facts = await parts.pool.fetch("select fact from intake.journal where fact is not null")
    told = [orjson.loads(row["fact"]) for row in facts]
    assert [each["type"] for each in told] == [
        "kesu.intake.customer_recorded.v1",
        "kesu.intake.service_completed.v1",
    ]
    assert told[1]["data"]["customer"] == filed.json()["customer"]
    assert told[1]["data"]["callback_consent"]


async def test_a_visit_of_a_stranger_is_refused(client: httpx.AsyncClient, auto: People) -> None:
    visit = {
        "customer": "M-404",
        "unit": "hq.store-001",
        "completed_at": "2026-11-20T10:00:00+08:00",
    }
    answer = await client.post("/service-visits", json=visit, headers=auto("integration") | once())
    assert answer.json()["code"] == "unknown-customer"
    clerk = await client.post("/service-visits", json=visit, headers=auto("clerk") | once())
    assert clerk.status_code == 403
