"""Nobody comes in without a token of ours: at every door of every service, whatever they show."""

from collections.abc import Iterator

import httpx
import pytest

from shared.contracts.registry import SERVICES
from shared.plumbing.problems import MEDIA_TYPE, TYPE_PREFIX
from tests.fuzz import credentials
from tests.integration.boundaries.world import World
from tests.support.house import Headers, House
from tests.support.services import Issuer
from tests.support.smallest import Request, smallest

OPEN = {"take_ticket"}
"""The door whose messages are signed instead."""


def doors(house: House, world: World, service: str) -> Iterator[tuple[str, Request]]:
    """Every operation with a right request, on the things of the world where it takes an id."""
    for route in house.apps[service].doors:
        if route.name not in OPEN:
            yield route.name, smallest(house.apps[service].document, route.name, world.ids)


async def sent(house: House, request: Request, who: Headers) -> httpx.Response:
    bare = [
        (name.encode(), value.encode("latin-1")) for name, value in (request.headers | who).items()
    ]
    return await house.client.request(
        request.method, request.path, params=request.query, headers=bare, json=request.json
    )


@pytest.mark.parametrize("service", SERVICES)
async def test_no_door_opens_to_what_is_not_a_token_of_ours(
    house: House, ours: World, issuer: Issuer, service: str
) -> None:
    strangers, let_in, before = credentials.wrong(issuer), [], await house.rows()
    for name, request in doors(house, ours, service):
        for why, who in strangers.items():
            answer = await sent(house, request, who)
            if not is_the_one_refusal(answer):
                let_in.append(f"{name}, {why}: {answer.status_code} {answer.text}")
    assert let_in == []
    assert await house.rows() == before


def is_the_one_refusal(answer: httpx.Response) -> bool:
    """The constant 401, which says nothing of what was wrong."""
    said = answer.json()
    return bool(
        answer.status_code == 401
        and answer.headers["content-type"] == MEDIA_TYPE
        and answer.headers["www-authenticate"] == 'Bearer realm="kesu"'
        and said["type"] == TYPE_PREFIX + "not-authenticated"
        and said.keys() == {"type", "title", "status", "code", "instance"}
    )


@pytest.mark.parametrize("service", SERVICES)
async def test_no_door_opens_to_somebody_without_a_role(
    house: House, ours: World, issuer: Issuer, service: str
) -> None:
    who, before = credentials.roleless(issuer), await house.rows()
    for name, request in doors(house, ours, service):
        answer = await sent(house, request, who)
        assert (answer.status_code, answer.json()["code"]) == (403, "role-not-permitted"), name
    assert await house.rows() == before


@pytest.mark.parametrize("service", SERVICES)
async def test_an_organisation_that_is_not_served_gets_nothing_and_breaks_nothing(
    house: House, ours: World, issuer: Issuer, service: str
) -> None:
    who, before = credentials.of_nobody_served(issuer), await house.rows()
    shown = []
    for name, request in doors(house, ours, service):
        answer = await sent(house, request, who)
        empty = answer.status_code == 200 and answer.json() == {"items": [], "next": None}
        if answer.status_code not in {404, 422} and not empty:
            shown.append(f"{name}: {answer.status_code} {answer.text}")
    assert shown == []
    assert await house.rows() == before
