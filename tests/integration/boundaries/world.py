"""What an organisation of the car-accessory chain has on record: one of everything."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
from standardwebhooks import Webhook

from tests.support.house import Headers, House

HOTLINE_KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DESK = "hq.store-001.service-desk"
SHA = "9f2feb0f1ef425b292f2f94ddde1c5a0ab9e3c8d9a5a0f0c9d6f4c6c1a2b3c4d"
CALLED = {"auto-demo": "021-5550-0101", "auto-twin": "021-5550-0901"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What persons type, everywhere: particulars of the complainant, and words."""

    name: str = "王小明"
    phone: str = "13912345678"
    plate: str = "沪A·12345"
    words: str = "上週安裝的行車記錄器無法開機。"
    external: str | None = None
    """The customer's number in the organisation's own system; one of ours where none is said."""

    @property
    def form(self) -> dict[str, Any]:
        """The pack's form, every field of it that takes a word."""
        return {
            "name": self.name,
            "phone": self.phone,
            "member_number": self.plate,
            "plate": self.plate,
            "receipt_number": self.plate,
            "store_goods": "general",
            "narrative": self.words,
            "demand": self.words,
        }


SAID = Said()


@dataclass(slots=True, kw_only=True)
class World:
    """Ids of all that is on record, by the names that paths and bodies use for them."""

    house: House
    organisation: str
    said: Said = SAID
    ids: dict[str, str] = field(default_factory=dict)
    answers: list[httpx.Response] = field(default_factory=list)

    def as_(self, persona: str) -> Headers:
        """Headers of somebody who works here."""
        return self.house.as_(persona, self.organisation)

    async def did(self, name: str, persona: str, body: object = None, **on: object) -> Any:  # noqa: ANN401 JSON
        """Something done here by a persona on things of this world, as it stands now."""
        operation = self.house.operations[name]
        answer = await self.house.ask(name, self.as_(persona), {**self.ids, **on}, body)
        self.answers.append(answer)
        assert answer.is_success, (name, answer.status_code, answer.text)
        if operation.method != "GET":
            await self.house.settle()
        return answer.json()

    async def register(self, **more: object) -> str:
        """A complaint at the first store's desk; its id."""
        body = {
            "kind": "complaint",
            "channel": "desk",
            "complainant_type": "member",
            "unit": DESK,
            "classification": {"workflow": "complaint", "category": "goods_quality"},
            "form": self.said.form,
        }
        made = await self.did("intake.register_complaint", "clerk", body | more)
        return str(made["id"])

    async def accepted(self, **more: object) -> str:
        """… and accepted by the clerk."""
        complaint = await self.register(**more)
        shown = await self.did("escalation.show_case", "clerk", case_id=complaint)
        offer = shown["offer"]["id"]
        await self.did("escalation.accept_case", "clerk", {}, case_id=complaint, offer_id=offer)
        return complaint

    def wish(self, minor: int, remedy: str = "compensation", **more: object) -> dict[str, Any]:
        """What somebody wants to give on the complaint."""
        wish = {"remedy": remedy, "currency": "CNY", "face_minor": minor}
        return {"complaint_id": self.ids["complaint_id"]} | wish | more

    async def ticket(self, number: str, **more: object) -> httpx.Response:
        """A ticket that the hotline passes on, signed."""
        body = {
            "ticket": number,
            "called": CALLED[self.organisation],
            "caller": {"name": self.said.name, "phone": self.said.phone},
            "content": self.said.words,
            "classification": {"category": "price"},
        }
        raw, at = orjson.dumps(body | more), datetime.now(UTC)
        message = f"msg_{self.organisation}_{number}"
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(HOTLINE_KEY).sign(message, at, raw.decode()),
            "content-type": "application/json",
        }
        place = "/intake/v1/hotline/180/tickets"
        answer = await self.house.client.post(place, content=raw, headers=headers)
        self.answers.append(answer)
        return answer


async def build(house: House, organisation: str, said: Said = SAID) -> World:
    """One of everything, each where work on it is still open."""
    world = World(house=house, organisation=organisation, said=said)
    await _customer(world)
    await _complaints(world)
    await _work(world)
    await _money(world)
    await _followup(world)
    await _beside(world)
    return world


async def _customer(world: World) -> None:
    said, ids = world.said, world.ids
    ids["external_id"] = said.external or f"C-{world.organisation}"
    file = {"name": said.name, "phone": said.phone, "birthday": "1990-01-01", "member": True}
    await world.did("intake.put_customer", "integration", file | {"callback_consent": True})
    at = world.house.parts["intake"].time.now() - timedelta(minutes=5)
    visit = {"customer": ids["external_id"], "unit": DESK, "completed_at": at.isoformat()}
    ids["visit_id"] = (await world.did("intake.record_visit", "integration", visit))["id"]


async def _complaints(world: World) -> None:
    words, ids = world.said.words, world.ids
    ids["complaint_id"] = ids["case_id"] = ids["complaint"] = await world.accepted()
    ids["second_id"] = await world.register()
    contact = {"direction": "in", "channel": "phone", "topic": "other", "text": words}
    ids["contact_id"] = (await world.did("intake.record_contact", "clerk", contact))["added"]
    photo = {"kind": "photo", "sha256": SHA, "size": 483211, "note": words}
    ids["evidence_id"] = (await world.did("intake.attach_evidence", "clerk", photo))["added"]
    amended = {"form": {"demand": words, "name": world.said.name}}
    await world.did("intake.amend_complaint", "clerk", amended)
    link = {"complaint": ids["second_id"], "relation": "same_incident"}
    await world.did("intake.link_complaint", "clerk", link)
    shown = await world.did("escalation.show_case", "clerk", case_id=ids["second_id"])
    ids["offer_id"] = shown["offer"]["id"]
    ids["text"] = await _text(world, "intake")


async def _text(world: World, service: str) -> str:
    found = await world.house.admin.fetchval(
        f"select id from {service}.texts where aggregate = $1 order by id limit 1",  # noqa: S608
        UUID(world.ids["complaint_id"]),
    )
    return str(found)


async def _work(world: World) -> None:
    words, ids = world.said.words, world.ids
    help_ = {"item": "notify_installation", "unit": "hq.store-001.installation", "note": words}
    asked = await world.did("escalation.ask_assistance", "clerk", help_)
    ids["task_id"] = asked["task_id"]
    finding = {"substantiated": "yes", "cause": "goods", "fault_confirmed": True, "text": words}
    await world.did("escalation.record_finding", "clerk", finding)
    proposal = {"remedies": [{"remedy": "apology"}], "text": words}
    made = await world.did("escalation.propose_resolution", "clerk", proposal)
    ids["resolution_id"] = made["resolution_id"]
    ids["text_id"] = await _text(world, "escalation")


async def _money(world: World) -> None:
    ids, evidence = world.ids, world.ids["evidence_id"]
    cited = {"goods": "general", "installation": "none", "fault": "quality"}
    today = world.house.parts["compensation"].time.now().date()
    facts: dict[str, Any] = {
        name: {"value": value, "evidence_id": evidence} for name, value in cited.items()
    }
    facts["sold_on"] = {"value": str(today - timedelta(days=9)), "evidence_id": evidence}
    facts["complaint_id"] = ids["complaint_id"]
    granted = await world.did("compensation.determine_entitlement", "clerk", facts)
    ids["entitlement_id"] = granted["entitlement_id"]
    promised = await world.did("compensation.record_promise", "clerk", world.wish(500_001))
    ids["promise_id"] = promised["promise_id"]
    claimed = world.wish(190_000, note=world.said.words)
    made = await world.did("compensation.propose_claim", "cs-manager", claimed)
    ids["claim_id"] = made["claim_id"]
    ids["delegation_id"] = str(uuid4())
    at = world.house.parts["compensation"].time.now()
    terms = {
        "taker": "p-cs-manager-1",
        "taker_role": "cs_manager",
        "unit": "hq.store-001",
        "currency": "CNY",
        "limit_minor": 100_000,
        "starts_at": at.isoformat(),
        "ends_at": (at + timedelta(days=30)).isoformat(),
    }
    await world.did("compensation.put_delegation", "store-manager", terms)


async def _followup(world: World) -> None:
    words, ids = world.said.words, world.ids
    told = {"kind": "acknowledgement", "channel": "phone", "said": words}
    await world.did("followup.record_notice", "clerk", told)
    queue = await world.did("followup.list_callbacks", "clerk")
    ids["callback_id"] = queue["items"][0]["callback_id"]
    assert (await world.ticket(f"T-{world.organisation}")).status_code == 201
    await world.house.settle()
    ids["provider"], ids["ticket"] = "180", f"T-{world.organisation}"


async def _beside(world: World) -> None:
    at = world.house.parts["insights"].time.now() + timedelta(days=9)
    action = {
        "cause": "goods",
        "unit": "hq.store-001",
        "owner": "p-sales-1",
        "due_at": at.isoformat(),
        "what": world.said.words,
        "complaint_id": world.ids["complaint_id"],
    }
    made = await world.did("insights.open_corrective_action", "store-manager", action)
    world.ids["action_id"] = made["action_id"]
