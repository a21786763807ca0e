"""What is owed follows from the version of the receipt; a new one is known while followup runs."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.escalation import ResolutionExecutedV1
from shared.contracts.intake import Policy
from shared.plumbing.identifiers import new_id
from tests.integration.followup.conftest import House
from tests.integration.followup.told import registered
from tests.support.drafts import Swaps, made, told
from tests.support.packs import AUTO, AUTO_DEMO

SWAPS: Swaps = {"followup": [("within: {configured: clock.acknowledge}", "within: 7min")]}


async def complaint(house: House, **changes: object) -> UUID:
    found = new_id()
    fact = registered(found, house.parts.time.now(), **changes)
    await house.neighbours.tell(fact, subject=found)
    return found


async def allowed(house: House, found: UUID) -> set[int]:
    clocks: list[dict[str, Any]] = (await house.get(f"/complaints/{found}/clocks")).json()
    return {each["allowed_seconds"] for each in clocks}


async def test_the_clocks_of_what_is_owed_follow_the_version_of_the_receipt(house: House) -> None:
    before = await complaint(house)
    version = made(AUTO_DEMO, house.parts.time.now() + timedelta(hours=1), swaps=SWAPS)
    fact = told(version)
    await house.neighbours.tell(fact, subject=fact.version_id)
    await house.advance("2 hours")
    late, ref = await complaint(house), version.pack.ref
    after = await complaint(house, policy=Policy(pack=ref.pack, version=ref.version, hash=ref.hash))
    assert await allowed(house, before) == await allowed(house, late)
    assert 7 * 60 in await allowed(house, after)
    assert 7 * 60 not in await allowed(house, late)
    assert AUTO.hash != ref.hash


async def test_what_is_owed_is_explained_by_its_rows(house: House) -> None:
    found = await complaint(house)
    answer = await house.get(f"/complaints/{found}/explanations", headers={"Accept-Language": "en"})
    items: list[dict[str, Any]] = answer.json()["items"]
    assert {each["decision"] for each in items} >= {"notice", "clock"}
    assert {(each["pack"], each["version"], each["hash"]) for each in items} == {
        (AUTO.id, AUTO.version, AUTO.hash)
    }
    notices = {notice.id: notice for notice in AUTO.followup.notices}
    for each in items:
        assert each["row"] == each["because"][0]["row"]
        assert each["because"][0]["label"]
        assert each["because"][0]["tested"]
        if each["decision"] == "notice":
            assert each["because"][0]["label"] == notices[each["row"]].label.en
            assert each["because"][0]["cite"] == list(notices[each["row"]].cite)
    other = house.issuer.as_("p-clerk-1a", "mall-demo", ["clerk"], ["hq"])
    assert (await house.http.get(f"/complaints/{found}/explanations", headers=other)).is_error


async def test_a_callback_is_explained_by_its_campaign(house: House) -> None:
    found = await complaint(house)
    at = house.parts.time.now()
    fact = ResolutionExecutedV1(complaint_id=found, resolution_id=uuid4(), executed_at=at)
    await house.neighbours.tell(fact, subject=found)
    items = (await house.get(f"/complaints/{found}/explanations")).json()["items"]
    (callback, *_) = [each for each in items if each["decision"] == "callback"]
    campaign = AUTO.followup.campaign(callback["facts"]["campaign"])
    assert campaign is not None
    assert callback["row"] == campaign.id
    assert callback["because"][0]["tested"][-1].startswith(("on=", "complainant_type="))
