"""A complaint is taken down, confirmed, read and listed, at the doors of intake."""

from uuid import uuid4

import asyncpg
import httpx
import orjson
import pytest

from shared.plumbing.identifiers import new_id
from shared.plumbing.running import Parts
from tests.integration.intake.conftest import People, a_complaint, a_mall_complaint
from tests.support.services import Issuer, client_of, once, seen


async def test_a_clerk_registers_a_complaint(client: httpx.AsyncClient, auto: People) -> None:
    answer = await client.post("/complaints", json=a_complaint(), headers=auto("clerk") | once())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["status"] == "open"
    assert not made["awaits_confirmation"]
    assert made["reference"].startswith("KS-20")
    assert answer.headers["location"] == f"/intake/v1/complaints/{made['id']}"
    shown = await client.get(f"/complaints/{made['id']}", headers=auto("clerk"))
    assert shown.status_code == 200, shown.text
    assert shown.headers["etag"] == answer.headers["etag"]
    assert shown.json()["complainant"] == {"name": "王○明", "phone": "1391-***-678"}
    assert shown.json()["attributes"] == {"occurred_on": "2026-11-20"}
    assert shown.json()["confirmed_by"] == "system:rule"


async def test_the_same_key_gets_the_same_answer(client: httpx.AsyncClient, auto: People) -> None:
    headers = auto("clerk") | once()
    first = await client.post("/complaints", json=a_complaint(), headers=headers)
    again = await client.post("/complaints", json=a_complaint(), headers=headers)
    assert again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    other = await client.post("/complaints", json=a_complaint(flags=[]), headers=headers)
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency-key-reused"


async def test_the_head_confirms_what_the_clerk_took_down(
    client: httpx.AsyncClient, mall: People, parts: Parts
) -> None:
    answer = await client.post(
        "/complaints", json=a_mall_complaint(), headers=mall("clerk") | once()
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["awaits_confirmation"]
    door = f"/complaints/{answer.json()['id']}/confirmation"
    revision = seen(int(answer.headers["etag"].strip('"')))
    unready = await client.post(door, headers=mall("desk-head") | once())
    assert unready.status_code == 428
    confirmed = await client.post(door, headers=mall("desk-head") | once() | revision)
    assert confirmed.status_code == 200, confirmed.text
    assert confirmed.json()["status"] == "open"
    stale = await client.post(door, headers=mall("desk-head") | once() | revision)
    assert stale.status_code == 412
    rows = await parts.pool.fetch("select fact from intake.journal where fact is not null")
    types = [orjson.loads(row["fact"])["type"] for row in rows]
    assert sorted(types) == [
        "kesu.intake.complaint_confirmed.v1",
        "kesu.intake.complaint_registered.v1",
    ]
    assert await parts.pool.fetchval("select count(*) from intake.timers") == 0


async def test_who_took_it_down_cannot_confirm_it(client: httpx.AsyncClient, mall: People) -> None:
    answer = await client.post(
        "/complaints", json=a_mall_complaint(), headers=mall("desk-head") | once()
    )
    door = f"/complaints/{answer.json()['id']}/confirmation"
    refused = await client.post(door, headers=mall("desk-head") | once() | seen(1))
    assert refused.status_code == 403
    assert refused.json()["code"] == "own-record"
    by_manager = await client.post(door, headers=mall("store-manager") | once() | seen(1))
    assert by_manager.status_code == 200, by_manager.text


async def test_another_store_does_not_see_it(client: httpx.AsyncClient, auto: People) -> None:
    answer = await client.post("/complaints", json=a_complaint(), headers=auto("clerk") | once())
    place = f"/complaints/{answer.json()['id']}"
    assert (await client.get(place, headers=auto("store-manager-2"))).status_code == 404
    assert (await client.get(place, headers=auto("store-manager"))).status_code == 200


async def test_a_list_turns_its_pages_without_losing_anything(
    client: httpx.AsyncClient, auto: People
) -> None:
    made = []
    for _ in range(5):
        answer = await client.post(
            "/complaints", json=a_complaint(), headers=auto("clerk") | once()
        )
        made.append(answer.json()["id"])
    for reader in ("clerk", "general-manager"):
        found: list[str] = []
        cursor: str | None = None
        while True:
            params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = await client.get("/complaints", params=params, headers=auto(reader))
            assert page.status_code == 200, page.text
            found += [each["id"] for each in page.json()["items"]]
            cursor = page.json()["next"]
            if cursor is None:
                break
        assert found == made[::-1]
    other = await client.get("/complaints", headers=auto("store-manager-2"))
    assert other.json()["items"] == []


async def test_a_wrong_form_is_pointed_at_and_never_repeated(
    client: httpx.AsyncClient, auto: People
) -> None:
    form = {"phone": 5, "occurred_on": "yesterday", "shoe_size": "王小明", "store_goods": "王小明"}
    answer = await client.post(
        "/complaints", json=a_complaint(form=form), headers=auto("clerk") | once()
    )
    assert answer.status_code == 422
    found = {each["pointer"]: each["code"] for each in answer.json()["errors"]}
    assert found == {
        "/form/phone": "wrong-type",
        "/form/occurred_on": "malformed",
        "/form/shoe_size": "unknown-field",
        "/form/store_goods": "not-allowed-value",
        "/form/name": "missing",
        "/form/narrative": "missing",
    }
    assert "王小明" not in answer.text


async def test_a_second_call_is_shown_the_first(client: httpx.AsyncClient, auto: People) -> None:
    first = await client.post("/complaints", json=a_complaint(), headers=auto("clerk") | once())
    second = await client.post("/complaints", json=a_complaint(), headers=auto("clerk-b") | once())
    assert [each["id"] for each in second.json()["possible_repeats"]] == [first.json()["id"]]
    elsewhere = await client.post(
        "/complaints", json=a_complaint(), headers=auto("clerk-store-2") | once()
    )
    assert elsewhere.json()["possible_repeats"] == []
    about_other = a_complaint(classification={"category": "price"})
    third = await client.post("/complaints", json=about_other, headers=auto("clerk") | once())
    assert third.json()["possible_repeats"] == []


async def test_a_caller_whom_only_another_process_heard_is_recognised_too(
    client: httpx.AsyncClient, parts: Parts, auto: People
) -> None:
    first = await client.post("/complaints", json=a_complaint(), headers=auto("clerk") | once())
    headers = auto("clerk-b") | once()
    async with client_of(parts) as other:
        second = await other.post("/complaints", json=a_complaint(), headers=headers)
        again = await other.post("/complaints", json=a_complaint(), headers=headers)
    assert [each["id"] for each in second.json()["possible_repeats"]] == [first.json()["id"]]
    assert again.content == second.content
    assert await parts.pool.fetchval("select count(*) from intake.complaints") == 2


async def test_the_same_request_at_another_process_gets_the_same_answer(
    client: httpx.AsyncClient, parts: Parts, auto: People
) -> None:
    headers = auto("clerk") | once()
    first = await client.post("/complaints", json=a_complaint(), headers=headers)
    async with client_of(parts) as other:
        again = await other.post("/complaints", json=a_complaint(), headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["possible_repeats"] == []


async def test_the_database_guards_the_two_persons_again(parts: Parts) -> None:
    values = (new_id(), "mall-demo", "p-a", "p-a", True, "confirmation.recording-head")
    with pytest.raises(asyncpg.CheckViolationError, match="two_persons"):
        await parts.pool.execute(
            "insert into intake.confirmations "
            '(complaint, organisation, registered_by, confirmed_by, apart, "row", confirmed_at) '
            "values ($1, $2, $3, $4, $5, $6, now())",
            *values,
        )


async def test_an_id_of_the_callers_own_is_taken_once(
    client: httpx.AsyncClient, auto: People, mall: People
) -> None:
    own = str(new_id())
    first = await client.post(
        "/complaints", json=a_complaint(id=own), headers=auto("clerk") | once()
    )
    assert first.json()["id"] == own
    other = a_mall_complaint(id=own)
    for headers, body, told in (
        (auto("clerk"), a_complaint(id=own), (409, "complaint-exists")),
        (mall("clerk"), other, (404, "not-found")),
    ):
        taken = await client.post("/complaints", json=body, headers=headers | once())
        assert (taken.status_code, taken.json()["code"]) == told
    random = a_complaint(id=str(uuid4()))
    refused = await client.post("/complaints", json=random, headers=auto("clerk") | once())
    assert refused.json()["code"] == "id-not-ours"


async def test_nobody_records_for_another_unit(client: httpx.AsyncClient, auto: People) -> None:
    elsewhere = a_complaint(unit="hq.store-002.service-desk")
    answer = await client.post("/complaints", json=elsewhere, headers=auto("clerk") | once())
    assert (answer.status_code, answer.json()["code"]) == (403, "unit-not-yours")
    nowhere = a_complaint(unit="hq.store-009")
    answer = await client.post("/complaints", json=nowhere, headers=auto("clerk") | once())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/unit")
    answer = await client.post("/complaints", json=a_complaint(), headers=auto("audit") | once())
    assert answer.status_code == 403


async def test_an_organisation_that_is_not_served_here_sees_nothing(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    stranger = issuer.as_("p-somebody", "elsewhere", ["clerk"], ["hq"])
    for path in ("/complaints", "/policy", "/forms/complaint"):
        assert (await client.get(path, headers=stranger)).status_code == 404
    answer = await client.post("/complaints", json=a_complaint(), headers=stranger | once())
    assert answer.status_code == 404
