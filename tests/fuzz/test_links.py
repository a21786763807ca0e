# ruff: noqa: ANN401 - schemathesis's machines and JSON are anything
"""Where an answer leads: its links meet their things, one after the other, whoever follows them."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import Phase, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.stateful.state_machine import StepOutput
from schemathesis.specs.openapi.checks import ignored_auth

from shared.contracts.registry import SERVICES
from shared.plumbing.web.health import Health
from tests.fuzz.effort import looking
from tests.fuzz.following import Led, led_from
from tests.fuzz.listening import ANSWER_SECONDS, schema_of, served
from tests.fuzz.test_doors import CHECKS as WITH_STRANGERS
from tests.integration.boundaries.world import World
from tests.support.house import House
from tests.support.smallest import smallest

MADE = {
    "register_complaint",
    "take_ticket",
    "ask_assistance",
    "propose_resolution",
    "propose_claim",
    "record_promise",
    "record_notice",
    "open_corrective_action",
}
"""What the world makes and can be followed from there."""
CHECKS = [each for each in WITH_STRANGERS if each is not ignored_auth]
STEPS = 8
"""Requests of one walk."""
FAR = 2
"""So many operations at least that a link led to do what they are for: the walks do get about."""


def documents(house: House) -> dict[str, dict[str, Any]]:
    return {service: app.document for service, app in house.apps.items()}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def links(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for response in operation["responses"].values():
        yield from response.get("links", {}).values()


def test_a_link_names_an_operation_and_says_its_whole_path(house: House) -> None:
    for document in documents(house).values():
        paths = {each["operationId"]: path for path, _, each in operations(document)}
        for _, _, operation in operations(document):
            for link in links(operation):
                wanted = {
                    f"path.{part[1:-1]}"
                    for part in paths[link["operationId"]].split("/")
                    if part.startswith("{")
                }
                assert set(link["parameters"]) - {"header.If-Match"} == wanted


def test_a_thing_that_is_shown_leads_to_everything_done_to_it(house: House) -> None:
    for document in documents(house).values():
        for path, method, operation in operations(document):
            if method != "get" or not path.endswith("}"):
                continue
            below = {
                each["operationId"]
                for other, _, each in operations(document)
                if f"{other}/".startswith(f"{path}/") and other.count("{") == path.count("{")
            }
            led = {link["operationId"] for link in links(operation)}
            assert below - {operation["operationId"]} <= led


async def test_what_was_made_leads_to_where_it_is_shown_and_done_to(
    house: House, ours: World
) -> None:
    found = [led for answer in ours.answers for led in led_from(documents(house), answer)]
    assert {led.source for led in found} >= MADE
    silent = [led for led in found if None in led.said.values() and not _of_a_page(led)]
    assert silent == []
    wrong = [
        (led, answer.status_code, answer.text)
        for led in {repr(led): led for led in found if None not in led.said.values()}.values()
        if (answer := await follow(house, led)) is not None and answer.status_code != 200
    ]
    assert wrong == []


def _of_a_page(led: Led) -> bool:
    """An empty page leads nowhere."""
    return led.source.startswith("list_")


async def follow(house: House, led: Led) -> httpx.Response | None:
    """Reads what a link leads to; commands are for the test below."""
    known = {name.partition(".")[2]: str(value) for name, value in led.said.items()}
    request = smallest(house.apps[led.service].document, led.target, known)
    if request.method != "GET":
        return None
    headers = request.headers | house.bearing()
    return await house.client.get(request.path, params=request.query, headers=headers)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_walk_along_the_links_surprises_a_house(
    service: str, house: House, ours: World
) -> None:
    async with served(Front(house, service)) as address:
        walked = await asyncio.to_thread(walks, service, address, house.bearing(), ours.ids)
    await house.settle()
    assert walked.surprise == ""
    assert await house.parked() == []
    assert len(walked.far) >= FAR, walked.steps


class Front:
    """A service of a house at an address; it is open already and stays so."""

    def __init__(self, house: House, service: str) -> None:
        self.service, self.health, self._app = service, Health(), house.apps[service]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        for part in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{part}.complete"})


class Walked:
    """What became of the walks through one service."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, bool, int]] = []
        self.surprise = ""

    @property
    def far(self) -> set[str]:
        """The operations that a link led to and that did what they are for."""
        return {label for label, led, status in self.steps if led and status < 300}


def walks(service: str, address: str, headers: dict[str, str], ids: dict[str, str]) -> Walked:
    """Walks of schemathesis's machine along our links, from the things of the world."""
    walked = Walked()
    schema = schema_of(service, address)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE])
    schema.config.phases.stateful.inference.algorithms = []

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def step(self, step: Any) -> Any:
            case = step.case
            case.path_parameters.update(
                {
                    name: ids[name]
                    for name in case.path_parameters
                    if step.transition is None and name in ids
                }
            )
            answer = case.call(headers=headers, timeout=ANSWER_SECONDS)
            led = bool(step.applied_parameters)
            walked.steps.append((case.operation.label, led, answer.status_code))
            case.validate_response(answer, checks=CHECKS, headers=headers)
            return StepOutput(answer, case)

    try:
        Walk.run(settings=settings(looking(8), stateful_step_count=STEPS, phases=[Phase.generate]))
    except (FailureGroup, AssertionError) as surprise:
        walked.surprise = f"{surprise}"
    return walked
