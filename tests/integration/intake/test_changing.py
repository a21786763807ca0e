"""What is done to a record after it was taken down: each door, its refusals, what it tells."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import orjson

from shared.plumbing.running import Parts
from tests.integration.intake.conftest import People, a_complaint, a_mall_complaint
from tests.support.services import once, seen


async def registered(
    client: httpx.AsyncClient, headers: dict[str, str], body: dict[str, Any]
) -> str:
    answer = await client.post("/complaints", json=body, headers=headers | once())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def facts_of(parts: Parts, complaint: str) -> list[dict[str, Any]]:
    rows = await parts.pool.fetch(
        "select fact from intake.journal where aggregate = $1 and fact is not null order by seq",
        UUID(complaint),
    )
    return [orjson.loads(row["fact"]) for row in rows]


async def test_a_complaint_is_classified_anew_and_every_version_is_kept(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    made = await registered(client, auto("clerk"), a_complaint())
    body = {"reason": "correction", "classification": {"category": "car_wash"}, "flags": ["press"]}
    answer = await client.post(
        f"/complaints/{made}/classifications", json=body, headers=auto("clerk") | once() | seen(1)
    )
    assert answer.status_code == 200, answer.text
    shown = (await client.get(f"/complaints/{made}", headers=auto("clerk"))).json()
    assert shown["classification"] == {"category": "car_wash"}
    assert shown["flags"] == ["press"]
    journal = await client.get(f"/complaints/{made}/journal", headers=auto("clerk"))
    entries = journal.json()["items"]
    assert [each["type"] for each in entries] == ["ComplaintRegistered", "ComplaintClassified"]
    assert entries[0]["data"]["classification"] == {"category": "installation"}
    told = (await facts_of(parts, made))[-1]["data"]
    assert told["reason_code"] == "correction"
    unknown = {"reason": "correction", "classification": {"mood": "bad"}}
    refused = await client.post(
        f"/complaints/{made}/classifications",
        json=unknown,
        headers=auto("clerk") | once() | seen(2),
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/classification/mood"


async def test_an_amendment_changes_the_vault_and_tells_only_which_fields(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    made = await registered(client, auto("clerk"), a_complaint())
    before = (await client.get(f"/complaints/{made}", headers=auto("clerk"))).json()
    form = {"phone": "13800001111", "bought_on": "2026-11-01", "demand": "要求退款"}
    answer = await client.post(
        f"/complaints/{made}/amendments",
        json={"form": form, "accused": ["p-installation-1", "hq.store-001.installation"]},
        headers=auto("clerk") | once() | seen(1),
    )
    assert answer.status_code == 200, answer.text
    shown = (await client.get(f"/complaints/{made}", headers=auto("clerk"))).json()
    assert shown["complainant"] == {"name": "王○明", "phone": "1380-***-111"}
    assert shown["customer"] != before["customer"]
    told = (await facts_of(parts, made))[-1]
    assert told["type"] == "kesu.intake.complaint_amended.v1"
    assert told["data"]["changed"] == ["accused", "bought_on", "demand", "phone"]
    assert told["data"]["attributes"] == {"occurred_on": "2026-11-20", "bought_on": "2026-11-01"}
    subject = {each["subject"]: each["id"] for each in shown["texts"]}
    text = await client.get(f"/complaints/{made}/texts/{subject['demand']}", headers=auto("clerk"))
    assert text.json()["body"] == "要求退款"
    assert text.headers["cache-control"] == "no-store"
    nobody = {"accused": ["0912345678"]}
    refused = await client.post(
        f"/complaints/{made}/amendments", json=nobody, headers=auto("clerk") | once() | seen(2)
    )
    assert refused.status_code == 422


async def test_an_enquiry_becomes_a_complaint_with_its_first_receipt(
    client: httpx.AsyncClient, mall: People, parts: Parts
) -> None:
    enquiry = a_mall_complaint(
        kind="enquiry",
        received_at="2026-11-20T09:00:00+08:00",
        form={"narrative": "請問退貨期限？"},
    )
    made = await registered(client, mall("clerk"), enquiry)
    classified = await client.post(
        f"/complaints/{made}/classifications",
        json={"reason": "triage", "kind": "complaint"},
        headers=mall("clerk") | once() | seen(1),
    )
    assert classified.status_code == 409
    assert classified.json()["code"] == "promotion-needed"
    promoted = await client.post(
        f"/complaints/{made}/promotion",
        json={"reason": "triage", "kind": "complaint"},
        headers=mall("clerk") | once() | seen(1),
    )
    assert promoted.status_code == 200, promoted.text
    assert promoted.json()["status"] == "awaiting_confirmation"
    shown = (await client.get(f"/complaints/{made}", headers=mall("clerk"))).json()
    assert datetime.fromisoformat(shown["received_at"]) == datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert shown["missing"] == ["name", "phone", "occurred_on"]
    told = (await facts_of(parts, made))[1]["data"]
    assert told["awaits_confirmation"] is True


async def test_contacts_and_evidence_are_added_and_read_back(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    made = await registered(client, auto("clerk"), a_complaint())
    contact = {"direction": "in", "channel": "phone", "topic": "progress", "text": "又來電詢問進度"}
    first = await client.post(
        f"/complaints/{made}/contacts", json=contact, headers=auto("clerk") | once() | seen(1)
    )
    assert first.status_code == 201, first.text
    expected = {"kind": "video", "source_expires_at": "2026-12-20T00:00:00+08:00", "note": "監視器"}
    second = await client.post(
        f"/complaints/{made}/evidence", json=expected, headers=auto("clerk") | once() | seen(2)
    )
    assert second.status_code == 201, second.text
    digest = hashlib.sha256(b"video").hexdigest()
    here = {"id": second.json()["added"], "kind": "video", "sha256": digest, "size": 5}
    third = await client.post(
        f"/complaints/{made}/evidence", json=here, headers=auto("clerk") | once() | seen(3)
    )
    assert third.status_code == 201, third.text
    again = await client.post(
        f"/complaints/{made}/evidence", json=here, headers=auto("clerk") | once() | seen(4)
    )
    assert again.json()["code"] == "evidence-exists"
    shown = (await client.get(f"/complaints/{made}", headers=auto("clerk"))).json()
    assert [each["state"] for each in shown["evidence"]] == ["attached"]
    assert [each["topic"] for each in shown["contacts"]] == ["progress"]
    types = [each["type"].split(".")[2] for each in await facts_of(parts, made)]
    assert types == ["complaint_registered", "contact_recorded", "evidence_attached"]


async def test_linked_complaints_both_say_so(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    first = await registered(client, auto("clerk"), a_complaint())
    later = await registered(client, auto("clerk"), a_complaint())
    body = {"complaint": first, "relation": "repeat"}
    headers = auto("clerk") | once() | seen(1)
    answer = await client.post(f"/complaints/{later}/links", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    replayed = await client.post(f"/complaints/{later}/links", json=body, headers=headers)
    assert replayed.content == answer.content
    for one, other in ((first, later), (later, first)):
        told = (await facts_of(parts, one))[-1]
        assert told["type"] == "kesu.intake.repeat_linked.v1"
        assert told["data"]["linked_complaint_id"] == other
    shown = (await client.get(f"/complaints/{later}", headers=auto("clerk"))).json()
    assert "repeat" in shown["flags"]
    twice = await client.post(
        f"/complaints/{later}/links", json=body, headers=auto("clerk") | once() | seen(2)
    )
    assert twice.json()["code"] == "already-linked"
    elsewhere = await registered(client, auto("clerk-store-2"), a_complaint())
    unseen = await client.post(
        f"/complaints/{later}/links",
        json={"complaint": elsewhere, "relation": "same_customer"},
        headers=auto("clerk") | once() | seen(2),
    )
    assert unseen.status_code == 404


async def test_a_withdrawn_complaint_stays_withdrawn(
    client: httpx.AsyncClient, mall: People, parts: Parts
) -> None:
    made = await registered(client, mall("clerk"), a_mall_complaint())
    door = f"/complaints/{made}/withdrawal"
    unknown = await client.post(
        door, json={"reason": "tired"}, headers=mall("clerk") | once() | seen(1)
    )
    assert unknown.status_code == 422
    answer = await client.post(
        door, json={"reason": "mistaken"}, headers=mall("clerk") | once() | seen(1)
    )
    assert answer.json()["status"] == "withdrawn"
    confirmed = await client.post(
        f"/complaints/{made}/confirmation", headers=mall("desk-head") | once() | seen(2)
    )
    assert confirmed.status_code == 409
    assert confirmed.json()["code"] == "not-open"
    assert await parts.pool.fetchval("select count(*) from intake.timers") == 0


async def test_opening_the_vault_is_written_down(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    made = await registered(client, auto("clerk"), a_complaint())
    door = f"/complaints/{made}/complainant"
    no_purpose = await client.get(door, headers=auto("clerk"))
    assert no_purpose.status_code == 422
    opened = await client.get(door, params={"purpose": "callback"}, headers=auto("clerk"))
    assert opened.status_code == 200, opened.text
    assert opened.json()["particulars"]["phone"] == "13912345678"
    assert opened.json()["phone_e164"] == "+8613912345678"
    row = await parts.pool.fetchrow("select * from intake.contact_accesses")
    assert row is not None
    assert (row["actor"], row["purpose"], str(row["complaint"])) == ("p-clerk-1a", "callback", made)
    hidden = await client.get(door, params={"purpose": "callback"}, headers=auto("store-manager-2"))
    assert hidden.status_code == 404
    refused = await client.get(door, params={"purpose": "callback"}, headers=auto("audit"))
    assert refused.status_code == 403
    assert await parts.pool.fetchval("select count(*) from intake.contact_accesses") == 1


async def test_nothing_crosses_an_organisation(
    client: httpx.AsyncClient, auto: People, mall: People
) -> None:
    made = await registered(client, auto("clerk"), a_complaint())
    head = mall("general-manager")
    for path in ("", "/journal", "/complainant?purpose=reply", f"/texts/{made}"):
        assert (await client.get(f"/complaints/{made}{path}", headers=head)).status_code == 404
    bodies: dict[str, Any] = {
        "confirmation": None,
        "classifications": {"reason": "triage"},
        "amendments": {"form": {}},
        "promotion": {"kind": "complaint", "reason": "triage"},
        "contacts": {"direction": "in", "channel": "desk", "topic": "other"},
        "evidence": {"kind": "photo"},
        "links": {"complaint": made, "relation": "repeat"},
        "withdrawal": {"reason": "mistaken"},
    }
    for door, body in bodies.items():
        place = f"/complaints/{made}/{door}"
        answer = await client.post(place, json=body, headers=head | once() | seen(1))
        assert answer.status_code == 404, (door, answer.text)
    assert (await client.get("/complaints", headers=head)).json()["items"] == []


async def test_the_form_and_the_policy_speak_the_readers_language(
    client: httpx.AsyncClient, auto: People
) -> None:
    form = await client.get("/forms/complaint", headers=auto("clerk") | {"Accept-Language": "en"})
    assert form.json()["properties"]["phone"]["title"] == "Telephone"
    policy = await client.get("/policy", headers=auto("clerk") | {"Accept-Language": "zh-Hans"})
    assert policy.status_code == 200, policy.text
    assert policy.json()["channels"][0]["label"] == "服务台"
    assert (await client.get("/forms/nonsense", headers=auto("clerk"))).status_code == 404
