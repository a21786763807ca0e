"""Yesterday's code and today's on one database, and the migrations between them under load."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from kesu.embedded.roles import prepare_database
from kesu.embedded.topics import create_topics
from kesu.home import PROJECT, SERVICES
from shared.plumbing.issuer import DevelopmentIssuer
from shared.plumbing.settings import AUDIENCE, ISSUER
from tests.drills.balancing import Balancer, Place, balanced
from tests.drills.clients import asking_through
from tests.drills.drill import drilling
from tests.drills.locks import watched
from tests.drills.patience import eventually
from tests.drills.recording import is_long
from tests.drills.releases import historical, process
from tests.drills.rolling import READY_SECONDS
from tests.drills.runbook import Runbook, told
from tests.faults.lab import GATEWAY, Lab, Member, prepared
from tests.support.postgres import folder

BEFORE_STANDINGS = "287e117^"
"""Intake keeps how the work stands in the complaint's own row, its workers write it there."""

WORKER = "intake-old-worker"
LOAD = 15
WAIT_MAX_SECONDS = 1.0
PAGE = "migration-under-load"


@pytest.fixture(name="old")
def _old() -> Iterator[Path]:
    with folder() as place:
        found = historical(place, BEFORE_STANDINGS)
        if found is None:
            pytest.skip(f"this checkout's history does not reach back to {BEFORE_STANDINGS}")
        yield found


@pytest.mark.skipif(not is_long(), reason="takes minutes: KESU_DRILLS=long")
async def test_the_release_before_works_until_the_next_one_does(old: Path) -> None:
    with prepared() as lab:
        await _made(lab, old)
        before = _started(lab, old)
        await asyncio.to_thread(lab.wait_ready)
        await _released(lab, before)


async def _released(lab: Lab, before: dict[str, Member]) -> None:
    places = {service: [Place(service, before[service].port)] for service in SERVICES}
    async with drilling(lab, "old-and-new-release", page=PAGE, loaded=False) as drill:
        async with (
            balanced(places, READY_SECONDS) as balancer,
            asking_through(balancer, drill, at_once=4, pause=0.15),
        ):
            await drill.load(LOAD)
            await asyncio.to_thread(lab.members.pop(WORKER).stop)
            async with watched(lab) as waits:
                await drill.runbook.perform("kesu migrate")
            await drill.load(LOAD)
            for service in SERVICES:
                await _succeed(lab, balancer, service, before[service])
            await drill.load(LOAD)
        lab.members.pop(GATEWAY).stop()  # it knows the old ones' ports
        drill.runbook.take("kesu migrate")  # nothing to contract yet
        await drill.runbook.perform("kesu journal verify")
        drill.figures |= {
            "longest_exclusive_wait_s": round(waits.longest, 2),
            "failed requests": len(balancer.failures),
            "unsafe requests": sum(balancer.asked.values()),
        }
        drill.problems += balancer.failures
        if waits.longest > WAIT_MAX_SECONDS:
            drill.problems.append(f"somebody waited {waits.longest:.2f} s for a whole table")


async def _made(lab: Lab, old: Path) -> None:
    """The schema of the release before, made by its own code."""
    await prepare_database(lab.postgres.admin_dsn, lab.home.passwords())
    DevelopmentIssuer(lab.home.folder, issuer=ISSUER, audience=AUDIENCE)
    runbook = Runbook(page=PAGE, told=told(lab), root=old)
    await runbook.perform("kesu migrate")
    await create_topics(lab.broker.bootstrap)


def _started(lab: Lab, old: Path) -> dict[str, Member]:
    """Everything of the release before. Intake's worker is a process of its own: the migration
    that moves the standings wants it ended before.
    """
    found = {}
    for service in SERVICES:
        words = ("--only", "api") if service == "intake" else ()
        port = lab.home.ports.service(service)
        made = process(lab, old, service, f"{service}-old", *words, port=port)
        found[service] = lab.members[made.name] = made
    lab.members[WORKER] = process(lab, old, "intake", WORKER, "--only", "worker")
    lab.members[GATEWAY] = lab.member(GATEWAY)
    for each in lab.members.values():
        each.start()
    return found


async def _succeed(lab: Lab, balancer: Balancer, service: str, before: Member) -> None:
    """The present code takes over from the old: beside it first, then alone."""
    lab.members[service] = member = process(lab, PROJECT, service, f"{service}-new")
    place = Place(service, member.port)
    balancer.watch(place)
    member.start()
    await eventually(lambda: place.ready, within=READY_SECONDS, what=f"the new {service}")
    lab.members.pop(before.name)
    await asyncio.to_thread(before.stop)
