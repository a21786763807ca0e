"""Nothing crosses an organisation: on every route, by every id, in path, query, body and cursor.

The other organisation is a twin: the same units, the same persons by id, the same policy. Its
people come with every role, at the top of the house.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from shared.contracts.registry import SERVICES
from shared.plumbing.web.doors import CursorText
from shared.plumbing.web.routes import DoorRoute
from tests.integration.boundaries.knocks import (
    ELSEWHERE,
    MASTER_DATA,
    OWN_NAMES,
    refused,
    sent,
    speaking_of,
    strangers,
)
from tests.integration.boundaries.world import SHA, World, _beside, _customer, _money
from tests.support.house import Headers, House
from tests.support.services import once, seen
from tests.support.smallest import smallest
from tests.support.twins import OURS, THEIRS

pytestmark = pytest.mark.usefixtures("ours_alone")

FULL = {
    "list_complaints",
    "list_cases",
    "list_claims",
    "list_delegations",
    "list_ledger",
    "list_callbacks",
    "list_corrective_actions",
    "get_queue",
}
"""The lists that show something of what a world has on record."""
PAGED = FULL | {"list_journal", "read_journal", "get_timeline", "list_units", "list_persons"}


def lists(house: House) -> Iterator[tuple[str, DoorRoute]]:
    """Every operation that shows several things, without an id in its path."""
    for service in SERVICES:
        for route in house.apps[service].doors:
            if route.door.method == "GET" and "{" not in route.path:
                yield service, route


def query_of(route: DoorRoute) -> dict[str, str]:
    """What a list needs to be asked."""
    period = {"from": "2026-11-01", "to": "2027-03-31"}
    return period if route.name in {"get_counts", "get_coverage"} else {}


@pytest.mark.parametrize("service", SERVICES)
async def test_another_organisations_thing_is_not_there_whoever_asks(
    house: House, ours: World, service: str
) -> None:
    before, crossed = await house.rows(), []
    for name, request in speaking_of(house, ours, service):
        for person, who in strangers(house).items():
            answer = await sent(house, request, who)
            if name not in OWN_NAMES and answer.status_code not in {404, 422}:
                crossed.append(f"{name} {person} {answer.status_code} {refused(answer)}")
            if name in OWN_NAMES:
                break
    assert not crossed, "\n".join(crossed)
    after = await house.rows()
    made = {"intake.customers", "intake.customer_particulars", "escalation.units"}
    made |= {f"{service}.{table}" for table in ("journal", "outbox", "idempotency", "persons")}
    assert {name for name in after if after[name] != before[name]} <= made
    await house.settle()


async def test_a_name_that_both_use_is_two_things(house: House, ours: World) -> None:
    who = house.bearing(organisation=THEIRS)
    read = {
        "unit": ("escalation.show_unit", "hq.store-001"),
        "person": ("escalation.show_person", "p-sales-1"),
    }
    for place, (operation, name) in read.items():
        before = await house.ask(operation, ours.as_("administrator"), {place: name})
        theirs = {
            "unit": {"kind": "store", "labels": {"en": "Theirs", "zh-Hant": "x", "zh-Hans": "x"}},
            "person": {"roles": ["clerk"], "units": ["hq.store-002"]},
        }[place]
        put = operation.replace("show", "put")
        assert (await house.ask(put, who, {place: name}, theirs)).status_code == 200
        after = await house.ask(operation, ours.as_("administrator"), {place: name})
        assert (before.content, before.headers["etag"]) == (after.content, after.headers["etag"])
    file = {"name": "另一個人", "phone": "13800000000", "member": False}
    ours_before = await _file(house, OURS)
    made = await house.ask("intake.put_customer", who, {"external_id": "C-auto-demo"}, file)
    assert made.is_success
    assert await _file(house, OURS) == ours_before


async def _file(house: House, organisation: str) -> list[Any]:
    rows = await house.admin.fetch(
        "select c.*, p.values from intake.customers c "
        "join intake.customer_particulars p on p.customer = c.id where c.organisation = $1",
        organisation,
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("service", SERVICES)
async def test_another_stores_people_do_not_see_it_either(
    house: House, ours: World, service: str
) -> None:
    who, crossed = house.bearing(units=ELSEWHERE), []
    before = await house.rows()
    for name, request in speaking_of(house, ours, service):
        if name in MASTER_DATA:
            continue
        answer = await sent(house, request, who)
        allowed = answer.status_code in {404, 422} or refused(answer) == "unit-not-yours"
        if not allowed:
            crossed.append(f"{name} {answer.status_code} {refused(answer)}")
    assert not crossed, "\n".join(crossed)
    assert await house.rows() == before


async def test_no_list_shows_what_is_not_ones_own(house: House, ours: World, theirs: World) -> None:
    for service, route in lists(house):
        for who, sees in (
            (house.bearing(organisation=OURS), "ours"),
            (house.bearing(organisation=THEIRS), "theirs"),
            (house.bearing(units=ELSEWHERE), "nothing"),
        ):
            answer = await house.client.get(route.path, headers=who, params=query_of(route))
            assert answer.status_code == 200, (service, route.name, answer.text)
            seen_ = {
                "ours": any(each in answer.text for each in _uuids(ours)),
                "theirs": any(each in answer.text for each in _uuids(theirs)),
            }
            expected = {each: route.name in FULL and sees == each for each in seen_}
            assert seen_ == expected, (route.name, sees)


async def test_a_filter_with_anothers_id_finds_nothing(
    house: House, ours: World, theirs: World
) -> None:
    who = house.bearing(organisation=THEIRS)
    shown = await ours.did("intake.get_complaint", "clerk")
    customer = await house.admin.fetchval(
        "select customer from intake.complaints where organisation = $1 and customer is not null",
        OURS,
    )
    for place, query in (
        ("compensation/v1/claims", {"complaint_id": ours.ids["complaint_id"]}),
        ("intake/v1/complaints", {"customer": customer}),
        ("intake/v1/complaints", {"reference": shown["reference"]}),
        ("escalation/v1/cases", {"unit": "hq.store-003"}),
        ("followup/v1/callbacks", {"unit": "hq.store-003"}),
        ("insights/v1/queue", {"unit": "hq.store-003"}),
        ("insights/v1/corrective-actions", {"unit": "hq.store-003"}),
    ):
        answer = await house.client.get(f"/{place}", headers=who, params=query)
        assert (answer.status_code, answer.json()["items"]) == (200, []), place


def _uuids(world: World) -> list[str]:
    return [each for name, each in world.ids.items() if len(each) == 36 and name != "external_id"]


async def test_a_cursor_opens_nothing_for_anybody_else(house: House, ours: World) -> None:
    """Not for the twin, not for a colleague, not for another question."""
    await _again(ours)
    paged = set()
    for service in SERVICES:
        for route in house.apps[service].doors:
            if CursorText not in route.endpoint.__annotations__.values() and not any(
                each.alias == "cursor" for each in route.dependant.query_params
            ):
                continue
            request = smallest(house.apps[service].document, route.name, ours.ids)
            mine = house.bearing(person="p-reader")
            first = await _page(house, request.path, mine, {"limit": "1"})
            following = first.json()["next"]
            if following is None:
                continue
            paged.add(route.name)
            again = {"limit": "1", "cursor": following}
            assert (await _page(house, request.path, mine, again)).status_code == 200
            for who in (
                house.bearing(organisation=THEIRS, person="p-reader"),
                house.bearing(person="p-colleague"),
            ):
                answer = await _page(house, request.path, who, again)
                assert refused(answer) in {"cursor-invalid", "not-found"}, route.name
    assert paged >= PAGED


async def _again(world: World) -> None:
    """A second one of what the world has only one of."""
    await _customer(World(house=world.house, organisation=OURS))
    once_more = World(house=world.house, organisation=OURS, ids=dict(world.ids))
    await _money(once_more)
    await _beside(once_more)


async def _page(house: House, path: str, who: Headers, query: dict[str, str]) -> httpx.Response:
    return await house.client.get(path, headers=who, params=query)


async def test_headers_of_a_caller_say_nothing_about_who_it_is(house: House, ours: World) -> None:
    """Who one is stands in the token alone."""
    claimed = {
        "X-User-Id": "p-store-manager-1",
        "X-Tenant": OURS,
        "X-Organisation": OURS,
        "X-Roles": "administrator",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-User": "p-store-manager-1",
        "X-Original-URL": "/intake/v1/complaints",
    }
    place = f"/intake/v1/complaints/{ours.ids['complaint_id']}"
    nobody = await house.client.get(place, headers=claimed)
    assert nobody.status_code == 401
    stranger = await house.client.get(place, headers=house.bearing(organisation=THEIRS) | claimed)
    assert stranger.status_code == 404
    clerk = house.as_("clerk-store-2") | claimed | once() | seen(1)
    words = {"direction": "in", "channel": "phone", "topic": "other"}
    assert (
        await house.client.post(f"{place}/contacts", json=words, headers=clerk)
    ).status_code == 404
    photo = {"kind": "photo", "sha256": SHA, "size": 1, "note": "x", "registered_by": "p-x"}
    mine = ours.as_("clerk") | once() | seen(1)
    answer = await house.client.post(f"{place}/evidence", json=photo, headers=mine)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-field")
