"""Units and persons: seeded from the organisations' files, put by administrators, published."""

import asyncio

from services.escalation_service.assembling import assembled
from tests.integration.escalation.conftest import DESK, EXCHANGE, House
from tests.support.packs import AUTO_DEMO, PACKS
from tests.support.services import once, seen

UNIT = {"kind": "sales", "labels": {"zh-Hant": "二樓商場", "en": "Second floor"}}


async def test_the_files_are_recorded_and_published_once(house: House) -> None:
    again = [assembled(house.parts) for _ in range(3)]
    await asyncio.gather(*(service.seed() for service in again))
    kept = await house.parts.pool.fetchval("select count(*) from escalation.units")
    assert kept == sum(len(served.units) for served in PACKS.organisations)
    published = await house.parts.pool.fetchval(
        "select count(*) from escalation.journal where type = 'UnitRecorded'"
    )
    assert published == kept


async def test_a_new_unit_is_put_and_receives_cases(house: House) -> None:
    path = "units/hq.store-001.second-floor"
    admin = house.as_("administrator")
    made = await house.http.put(path, json=UNIT, headers=admin | once() | seen(0))
    assert made.status_code == 201, made.text
    shown = await house.get(path)
    assert shown.json()["labels"]["en"] == "Second floor"
    complaint = await house.handled()
    handover = {
        "unit": "hq.store-001.second-floor",
        "reason_code": "specialist",
        "exchange": EXCHANGE,
    }
    assert (await house.post(f"cases/{complaint}/handovers", handover)).status_code == 201


async def test_a_known_unit_changes_only_as_it_was_seen(house: House) -> None:
    path = f"units/{DESK}"
    admin = house.as_("administrator")
    blind = await house.http.put(path, json=UNIT, headers=admin | once())
    assert blind.status_code == 428
    stale = await house.http.put(path, json=UNIT, headers=admin | once() | seen(9))
    assert stale.status_code == 412
    revision = (await house.get(path)).headers["etag"].strip('"')
    put = await house.http.put(path, json=UNIT, headers=admin | once() | seen(int(revision)))
    assert put.status_code == 200
    await assembled(house.parts).seed()
    assert (await house.get(path)).json()["kind"] == "sales", "a seed never overwrites"


async def test_a_closed_unit_is_offered_nothing(house: House) -> None:
    path = "units/hq.store-001.sales"
    admin = house.as_("administrator")
    gone = {"kind": "sales", "active": False}
    await house.http.put(path, json=gone, headers=admin | once() | seen(1))
    complaint = await house.handled()
    handover = {"unit": "hq.store-001.sales", "reason_code": "specialist", "exchange": EXCHANGE}
    refused = await house.post(f"cases/{complaint}/handovers", handover)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-unit")


async def test_only_administrators_put(house: House) -> None:
    headers = house.as_("store-manager") | once() | seen(1)
    assert (await house.http.put(f"units/{DESK}", json=UNIT, headers=headers)).status_code == 403


async def test_a_unit_hangs_on_a_known_one(house: House) -> None:
    headers = house.as_("administrator") | once() | seen(0)
    refused = await house.http.put("units/hq.moon.base", json=UNIT, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-unit")


async def test_a_person_is_an_opaque_id_with_roles_and_units(house: House) -> None:
    admin = house.as_("administrator")
    body = {"roles": ["clerk"], "units": [DESK]}
    made = await house.http.put("persons/p-clerk-9", json=body, headers=admin | once() | seen(0))
    assert made.status_code == 201, made.text
    wrong = {"roles": ["emperor"], "units": [DESK]}
    refused = await house.http.put("persons/p-9", json=wrong, headers=admin | once() | seen(0))
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-code")
    page = (await house.get("persons", params={"limit": 200})).json()
    assert "p-clerk-9" in [each["person"] for each in page["items"]]


async def test_lists_of_units_stay_in_the_organisation(house: House) -> None:
    page = (await house.get("units", params={"limit": 200})).json()
    assert {each["unit"] for each in page["items"]} == {unit.id for unit in AUTO_DEMO.units}
