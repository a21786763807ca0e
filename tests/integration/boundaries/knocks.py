"""How the tests of boundaries knock, and at what."""

from collections.abc import Iterator

import httpx

from tests.integration.boundaries.world import World
from tests.support.house import Headers, House
from tests.support.smallest import Request, smallest
from tests.support.twins import THEIRS

STEP = {"closure": {"Kesu-Deadline-Ms": "300"}}
OWN_NAMES = {"put_customer", "put_unit", "put_person"}
"""What an organisation names itself: the same name is another thing in another organisation."""
MASTER_DATA = {*OWN_NAMES, "show_unit", "show_person"}
"""What everybody inside knows of the organisation itself, wherever they work."""
ELSEWHERE = ["hq.store-002"]


def refused(answer: httpx.Response) -> str:
    """The code of a problem; empty for everything else."""
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return str(answer.json()["code"]) if problem else ""


async def sent(house: House, request: Request, who: Headers) -> httpx.Response:
    """The request as somebody sends it."""
    more = next((each for end, each in STEP.items() if request.path.endswith(end)), {})
    return await house.client.request(
        request.method,
        request.path,
        params=request.query,
        headers=request.headers | who | more,
        json=request.json,
    )


def speaking_of(house: House, world: World, service: str) -> Iterator[tuple[str, Request]]:
    """The operations that take an id, each with the ids of this world."""
    for route in house.apps[service].doors:
        request = smallest(house.apps[service].document, route.name, world.ids)
        said = repr((request.path, request.query, request.json))
        if any(each in said for each in world.ids.values()) and not route.door.permit.public:
            yield route.name, request


def strangers(house: House) -> dict[str, Headers]:
    """The twin's people: all roles at the top, also under the ids of our own people."""
    persons = ("p-anybody", "p-clerk-1a", "p-cs-manager-1", "p-store-manager-1", "p-finance-1")
    return {each: house.bearing(organisation=THEIRS, person=each) for each in persons}
