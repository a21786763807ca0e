"""Nothing crosses an organisation: on every route, by every id, in path, query, body and cursor.

The other organisation is a twin: the same units, the same persons by id, the same policy. Its
people come with every role, at the top of the house.
"""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.contracts.intake import ComplaintWithdrawnV1
from shared.contracts.registry import SERVICES, source_of
from shared.plumbing.web.doors import CursorText
from shared.plumbing.web.routes import DoorRoute
from tests.integration.boundaries.test_roles import refused, sent
from tests.integration.boundaries.world import DESK, SHA, World, _beside, _customer, _money
from tests.support.house import Headers, House
from tests.support.neighbours import Neighbours
from tests.support.services import once, seen
from tests.support.smallest import Request, smallest
from tests.support.twins import OURS, THEIRS

OWN_NAMES = {"put_customer", "put_unit", "put_person"}
"""What an organisation names itself: the same name is another thing in another organisation."""
MASTER_DATA = {*OWN_NAMES, "show_unit", "show_person"}
"""What everybody inside knows of the organisation itself, wherever they work."""
ELSEWHERE = ["hq.store-002"]
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


def speaking_of(house: House, world: World, service: str) -> Iterator[tuple[str, Request]]:
    """The operations that take an id, each with the ids of this world."""
    for route in house.apps[service].doors:
        request = smallest(house.apps[service].document, route.name, world.ids)
        said = repr((request.path, request.query, request.json))
        if any(each in said for each in world.ids.values()) and not route.door.permit.public:
            yield route.name, request


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


def strangers(house: House) -> dict[str, Headers]:
    """The twin's people: all roles at the top, also under the ids of our own people."""
    persons = ("p-anybody", "p-clerk-1a", "p-cs-manager-1", "p-store-manager-1", "p-finance-1")
    return {each: house.bearing(organisation=THEIRS, person=each) for each in persons}


@pytest.fixture(scope="module", autouse=True)
async def _a_unit_and_a_person_that_only_we_have(ours: World) -> None:
    label = {"zh-Hant": "第三門店", "zh-Hans": "第三门店", "en": "Third store"}
    ours.ids |= {"unit": "hq.store-003", "person": "p-only-ours", "customer": "C-auto-demo"}
    administrator = ours.as_("administrator")
    unit = {"kind": "store", "head": "p-only-ours", "labels": label}
    person = {"roles": ["store_manager"], "units": ["hq.store-003"]}
    for name in ("hq.store-003", "hq.store-005"):
        await ours.house.did("escalation.put_unit", administrator, {"unit": name}, unit)
    await ours.house.did("escalation.put_person", administrator, ours.ids, person)


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


async def test_an_id_of_ones_own_choice_is_not_somebody_elses(
    house: House, ours: World, theirs: World
) -> None:
    """Ids that callers choose: another organisation's are taken, and nobody learns what by."""
    who, before = house.bearing(organisation=THEIRS), await house.rows()
    at = house.parts["intake"].time.now()
    complaint = {
        "kind": "complaint",
        "channel": "desk",
        "complainant_type": "member",
        "unit": DESK,
        "classification": {"category": "goods_quality"},
        "form": theirs.said.form,
    }
    visit = {
        "customer": theirs.ids["external_id"],
        "unit": DESK,
        "completed_at": (at - timedelta(minutes=1)).isoformat(),
    }
    terms = {
        "taker": "p-cs-manager-1",
        "taker_role": "cs_manager",
        "unit": "hq.store-001",
        "currency": "CNY",
        "limit_minor": 100_000,
        "starts_at": at.isoformat(),
        "ends_at": (at + timedelta(days=30)).isoformat(),
    }
    wrong = []
    for name in ("complaint_id", "visit_id"):
        each = {"id": ours.ids[name]}
        known = [
            await house.ask("intake.register_complaint", who, body=complaint | each),
            await house.ask("intake.record_visit", who, body=visit | each),
        ]
        wrong += [f"{name} {each.status_code} {each.url}" for each in known if not _absent(each)]
    for name in ("complaint_id", "delegation_id"):
        on, put = {"delegation_id": ours.ids[name]}, "compensation.put_delegation"
        answer = await house.ask(put, who, on, terms, match=1)
        wrong += [] if _absent(answer) else [f"{name} {answer.status_code} {answer.url}"]
    await house.settle()
    assert not wrong, "\n".join(wrong)
    assert await house.parked() == []
    assert await house.rows() == before


def _absent(answer: httpx.Response) -> bool:
    return refused(answer) == "not-found"


ReferenceCase = tuple[str, dict[str, str], Any]


def references(ours: World, theirs: World) -> list[ReferenceCase]:
    """Requests of the twin on its own things, in which one id is ours."""
    mine, own = ours.ids, theirs.ids
    cited = {"value": "general", "evidence_id": mine["evidence_id"]}
    facts = {
        "complaint_id": own["complaint_id"],
        "goods": cited,
        "installation": cited | {"value": "none"},
        "fault": cited | {"value": "quality"},
        "sold_on": cited | {"value": "2026-11-01"},
    }
    wish = theirs.wish(1_000)
    let_go = {"complaint_id": own["complaint_id"], "reason_code": "said_in_error"}
    action = {
        "cause": "goods",
        "unit": DESK,
        "owner": "p-sales-1",
        "due_at": "2027-01-01T00:00:00Z",
        "what": "x",
        "complaint_id": mine["complaint_id"],
    }
    link = {"complaint": mine["complaint_id"], "relation": "repeat"}
    return [
        ("intake.link_complaint", own, link),
        ("intake.read_text", own | {"text": mine["text"]}, None),
        ("escalation.show_text", own | {"text_id": mine["text_id"]}, None),
        ("escalation.accept_case", own | {"offer_id": mine["offer_id"]}, {}),
        ("escalation.return_case", own | {"offer_id": mine["offer_id"]}, {"reason_code": "wrong"}),
        ("escalation.give_assistance", own | {"task_id": mine["task_id"]}, {"outcome": "done"}),
        (
            "escalation.accept_resolution",
            own | {"resolution_id": mine["resolution_id"]},
            {"evidence": "spoken"},
        ),
        (
            "escalation.reject_resolution",
            own | {"resolution_id": mine["resolution_id"]},
            {"reason_code": "other"},
        ),
        ("escalation.execute_resolution", own | {"resolution_id": mine["resolution_id"]}, {}),
        ("escalation.offer_case", own, {"unit": "hq.store-005", "reason_code": "specialist"}),
        ("escalation.ask_assistance", own, {"item": "notify_installation", "unit": "hq.store-005"}),
        ("compensation.propose_claim", own, wish | {"entitlement_id": mine["entitlement_id"]}),
        ("compensation.propose_claim", own, wish | {"promise_id": mine["promise_id"]}),
        ("compensation.determine_entitlement", own, facts),
        ("compensation.release_promise", own | {"promise_id": mine["promise_id"]}, let_go),
        ("compensation.sign_claim", own, {"evidence_id": mine["evidence_id"]}),
        ("insights.open_corrective_action", own, action),
        (
            "intake.record_visit",
            own,
            {
                "customer": mine["external_id"] + "-",
                "unit": DESK,
                "completed_at": "2026-11-01T00:00:00Z",
            },
        ),
    ]


async def test_ones_own_thing_takes_no_reference_to_anothers(
    house: House, ours: World, theirs: World
) -> None:
    before, taken = await house.rows(), []
    for name, of, body in references(ours, theirs):
        who = house.bearing(organisation=THEIRS, person="p-clerk-1a")
        match = await _dossier(house, theirs) if name.endswith("release_promise") else None
        answer = await house.ask(name, who, of, body, match=match)
        if answer.status_code not in {404, 409, 422}:
            taken.append(f"{name} {body} {answer.status_code} {refused(answer)}")
    assert not taken, "\n".join(taken)
    assert await house.rows() == before


async def _dossier(house: House, world: World) -> int:
    shown = await house.ask("compensation.show_case", world.as_("cs-manager"), world.ids)
    return int(shown.headers["etag"].strip('"'))


async def test_a_fact_has_no_effect_on_another_organisations_aggregate(
    house: House, ours: World
) -> None:
    """Door 2: even if one of us spoke under another organisation's name."""
    complaint = UUID(ours.ids["complaint_id"])
    withdrawn = ComplaintWithdrawnV1(complaint_id=complaint, reason_code="mistaken")
    before, states = await house.rows(), await _states(house, complaint)
    for service in SERVICES[1:]:
        neighbours = Neighbours(house.workers[service], THEIRS)
        neighbours.position = house.hearing[service].position
        heard = await house.admin.fetchval(
            f"select last_sequence from {service}.inbox where aggregate = $1 and source = $2",  # noqa: S608
            complaint,
            source_of("intake"),
        )
        neighbours.sequences["intake", complaint] = heard
        await neighbours.tell(withdrawn, subject=complaint)
        house.hearing[service].position = neighbours.position
    assert await _states(house, complaint) == states
    assert await house.rows() == before


async def _states(house: House, complaint: UUID) -> list[Any]:
    tables = ("escalation.cases", "compensation.dossiers", "followup.followups", "insights.queue")
    key = {"insights.queue": "complaint"}
    return [
        await house.admin.fetchval(
            f"select state::text from {table} where {key.get(table, 'id')} = $1",  # noqa: S608
            complaint,
        )
        for table in tables
    ]


async def test_what_is_hidden_answers_as_what_is_not_there(house: House, ours: World) -> None:
    """Byte for byte but for the correlation id, with the same headers: no oracle."""
    unknown: Mapping[str, str] = {
        name: str(uuid4()) if len(value) == 36 else value for name, value in ours.ids.items()
    }
    nowhere = World(house=house, organisation=OURS, ids=dict(unknown))
    for service in SERVICES:
        hidden = dict(speaking_of(house, ours, service))
        absent = dict(speaking_of(house, nowhere, service))
        chosen = MASTER_DATA | {"put_delegation"}
        names = [name for name in hidden if name not in chosen and name in absent]
        for units in (["hq.store-002"], ["hq"]):
            organisation = OURS if units == ELSEWHERE else THEIRS
            who = house.bearing(organisation=organisation, units=units)
            pairs = await asyncio.gather(
                *(_pair(house, hidden[name], absent[name], who) for name in names)
            )
            differing = [
                f"{name} {sorted(pair[0] ^ pair[1])}"
                for name, pair in zip(names, pairs, strict=True)
                if pair[0] != pair[1]
            ]
            assert not differing, "\n".join(differing)


async def _pair(house: House, hidden: Request, absent: Request, who: Headers) -> list[set[str]]:
    answers = [await sent(house, each, who) for each in (hidden, absent)]
    return [_shape(each) for each in answers]


def _shape(answer: httpx.Response) -> set[str]:
    """Everything an answer tells, but for what is told of every request."""
    told = {**answer.json(), "status": answer.status_code, **answer.headers}
    apart = {"kesu-correlation-id", "content-length", "instance"}
    return {f"{name}: {value}" for name, value in told.items() if name not in apart}


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
