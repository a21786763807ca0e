"""Why a record is what it is, in the reader's language, by the version of its receipt."""

from typing import Any
from uuid import UUID

import httpx

from shared.plumbing.running import Parts
from tests.integration.intake.conftest import People, a_complaint, a_mall_complaint
from tests.support.packs import AUTO, MALL
from tests.support.services import once, seen

LANGUAGE = {"Accept-Language": "en"}


async def registered(client: httpx.AsyncClient, people: People, body: dict[str, Any]) -> UUID:
    answer = await client.post("/complaints", json=body, headers=people("clerk") | once())
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def explained(
    client: httpx.AsyncClient, people: People, complaint: UUID
) -> list[dict[str, Any]]:
    answer = await client.get(
        f"/complaints/{complaint}/explanations", headers=people("clerk") | LANGUAGE
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_kind_form_confirmation_and_clock_are_explained_by_their_rows(
    client: httpx.AsyncClient, mall: People
) -> None:
    made = await registered(client, mall, a_mall_complaint())
    door = f"/complaints/{made}/confirmation"
    assert (await client.post(door, headers=mall("desk-head") | once() | seen(1))).is_success
    items = await explained(client, mall, made)
    assert [each["decision"] for each in items] == [
        "kind",
        "form",
        "confirmation",
        "clock",
        "confirmation",
    ]
    kind, form, waits, clock, confirmed = items
    assert {(each["pack"], each["version"], each["hash"]) for each in items} == {
        (MALL.id, MALL.version, MALL.hash)
    }
    assert kind["facts"] == {"kind": "complaint", "is_complaint": True}
    assert form["facts"]["missing"] == []
    assert {"name", "narrative"} <= set(form["facts"]["required"])
    assert all(reason["cite"] and reason["label"] for reason in form["because"])
    rule = MALL.intake.confirmation
    assert waits["row"] == rule.id
    assert waits["because"][0] == {
        "row": rule.id,
        "label": rule.label.en,
        "cite": list(rule.cite),
        "tested": [
            "is_complaint=true",
            "required=true",
            f"role={rule.role}",
            "not_by_registrar=true",
        ],
    }
    assert waits["facts"]["awaits_confirmation"]
    assert confirmed["facts"] == {"awaits_confirmation": False, "confirmed_by": "person"}
    assert clock["row"] == MALL.intake.clocks[0].id


async def test_a_repeat_is_explained_by_the_repeat_rule(
    client: httpx.AsyncClient, auto: People
) -> None:
    first, second = [await registered(client, auto, a_complaint()) for _ in range(2)]
    answer = await client.post(
        f"/complaints/{second}/links",
        json={"complaint": str(first), "relation": "repeat"},
        headers=auto("clerk") | once() | seen(1),
    )
    assert answer.is_success, answer.text
    (repeat,) = [e for e in await explained(client, auto, second) if e["decision"] == "repeat"]
    assert repeat["row"] == AUTO.intake.repeats.id
    assert repeat["facts"] == {"complaint": str(first), "relation": "repeat", "later": True}
    assert "same=category" in repeat["because"][0]["tested"]


async def test_nobody_typed_is_in_an_explanation_and_others_see_none(
    client: httpx.AsyncClient, auto: People, mall: People, parts: Parts
) -> None:
    made = await registered(client, auto, a_complaint())
    door = f"/complaints/{made}/explanations"
    answer = await client.get(door, headers=auto("clerk"))
    assert "王小明" not in answer.text
    assert "13912345678" not in answer.text
    assert (await client.get(door, headers=mall("clerk"))).status_code == 404
