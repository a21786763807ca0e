"""Every operation for every role, by real requests: the permits' matrix is what the doors do."""

import re
from pathlib import Path

import pytest

from shared.contracts.registry import SERVICES
from shared.kernel.roles import Role
from shared.plumbing.web.app import role_matrix
from tests.integration.boundaries.knocks import refused, sent
from tests.integration.boundaries.world import World
from tests.support.house import House
from tests.support.smallest import smallest
from tests.support.twins import THEIRS

MATRIX = Path(__file__).resolve().parents[3] / "docs/roles.md"


def printed() -> dict[str, dict[str, frozenset[str]]]:
    """The committed matrix: service → operation → roles; none for a door for anyone."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    columns: list[str] = []
    service = ""
    for line in MATRIX.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("## "):
            service = line.removeprefix("## ")
        elif line.startswith("| operation"):
            columns = [cell.replace(" ", "_") for cell in cells[2:]]
        elif line.startswith("| `"):
            roles = {role for role, mark in zip(columns, cells[2:], strict=True) if mark}
            found.setdefault(service, {})[cells[0].strip("`")] = frozenset(roles)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_matrix_has_every_operation_of_the_running_app(
    house: House, service: str
) -> None:
    running = {name: frozenset(roles) for name, roles in role_matrix(house.apps[service]).items()}
    assert printed()[service] == running


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_is_served_is_in_the_document_and_the_matrix(
    house: House, service: str
) -> None:
    documented = {
        described["operationId"]
        for methods in house.apps[service].document["paths"].values()
        for described in methods.values()
    }
    assert documented == set(role_matrix(house.apps[service])) == set(printed()[service])


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_passes_exactly_the_doors_that_are_open_to_it(
    house: House, ours: World, service: str
) -> None:
    """Who is let in asks for another organisation's things, and so changes nothing."""
    wrong = []
    for operation, roles in printed()[service].items():
        request = smallest(house.apps[service].document, operation, ours.ids)
        for role in Role:
            who = house.bearing([role], organisation=THEIRS)
            code = refused(await sent(house, request, who))
            shut = code == "role-not-permitted"
            strange = code in {"invalid-request", "malformed-body", "not-authenticated"}
            if strange or (bool(roles) and shut is (str(role) in roles)):
                wrong.append((operation, str(role), code))
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
async def test_without_a_token_every_door_but_the_signed_one_answers_401(
    house: House, ours: World, service: str
) -> None:
    for operation, roles in printed()[service].items():
        request = smallest(house.apps[service].document, operation, ours.ids)
        answer = await sent(house, request, {})
        assert answer.status_code == 401, operation
        assert refused(answer) == ("not-authenticated" if roles else "signature-invalid")


@pytest.mark.parametrize("service", SERVICES)
async def test_what_is_malformed_is_refused_before_anybody_asks_who_it_is(
    house: House, ours: World, service: str
) -> None:
    """413/422, then 401, then 403 (decision 11)."""
    for operation in printed()[service]:
        request = smallest(house.apps[service].document, operation, ours.ids)
        headers = request.headers | {"content-type": "application/json"}
        if request.json is None or operation == "take_ticket":
            continue
        answer = await house.client.request(
            request.method, request.path, headers=headers, content=b'{"nobody_knows_me": 1}'
        )
        assert answer.status_code == 422, (operation, answer.text)


@pytest.mark.parametrize("service", SERVICES)
async def test_what_is_not_an_operation_is_not_there(house: House, service: str) -> None:
    """No other method, no debug page; the metrics stay inside (the gateway routes prefixes)."""
    everybody = house.bearing()
    for route in house.apps[service].doors:
        place = re.sub(r"\{\w+\}", "x", route.path)
        answer = await house.client.request("PATCH", place, headers=everybody)
        assert answer.status_code in {404, 405, 422}, route.name
    for place in ("debug", "redoc", "admin", "metrics", ".env", "openapi.yaml"):
        answer = await house.client.get(f"/{service}/v1/{place}", headers=everybody)
        assert answer.status_code == 404, place
