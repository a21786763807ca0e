"""What has to happen so that a process comes to a rarely visited crash point."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from kesu.playing.player import AWAY
from kesu.playing.stage import Stage
from tests.faults.hands import administrator, more_stories, nonsense, on_stage, surely
from tests.faults.lab import Lab, Member
from tests.faults.mischief import Plan
from tests.support.drafts import documents
from tests.support.packs import AUTO, AUTO_DEMO

Provoke = Callable[[Lab, random.Random, Member], Awaitable[None]]

BACKLOG_SECONDS, BETWEEN_SECONDS = 2.5, 3.0
LOOK_SECONDS = 1.2
LOCKED_SECONDS = 6.5
"""Three times as long as a session waits for a lock."""
ASKED_SECONDS = 60.0
YEARS = range(365 * 5, 365 * 60)
STRICTER = {"intake": [("required: false", "required: true\n  role: store_manager")]}

TOLD = ("joint", "closing", "bench", "door.read")
"""Ways and points that only stories come to; with two more tellers they come there soon."""


@asynccontextmanager
async def provoked(
    lab: Lab, rng: random.Random, plan: Plan, member: Member
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Arms the plan and does what leads to its point, until `enough` is called or the block ends.

    Stories go on until the block ends: they need their victim healed to come to their own end.
    They also need it to begin, so the plan is armed when they are under way.
    """
    point = plan.point
    if point.partition(".")[0] in TOLD or point in TOLD:
        async with more_stories(lab, rng):
            lab.arm(member.name, plan)
            yield _nothing
        return
    lab.arm(member.name, plan)
    doing = asyncio.create_task(_forever(_AGAIN.get(point, _rest), lab, rng, member))

    async def enough() -> None:
        doing.cancel()
        with suppress(asyncio.CancelledError):
            await doing

    try:
        await _once(point, member)
        yield enough
    finally:
        await enough()


async def _once(point: str, member: Member) -> None:
    match point:
        case "start.opened" | "consumer.joined" | "consumer.assigned":
            member.signal(signal.SIGKILL)
        case "stop.draining":
            member.signal(signal.SIGTERM)


async def _forever(again: Provoke, lab: Lab, rng: random.Random, member: Member) -> None:
    while True:
        await again(lab, rng, member)


async def _nothing() -> None:
    return


async def _rest(_lab: Lab, _rng: random.Random, _member: Member) -> None:
    await asyncio.sleep(BETWEEN_SECONDS)


async def _fall_behind(_lab: Lab, _rng: random.Random, member: Member) -> None:
    """A backlog of several topics is read in any order: facts come before what they speak of."""
    member.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(BACKLOG_SECONDS)
    finally:
        member.signal(signal.SIGCONT)
    await asyncio.sleep(BETWEEN_SECONDS)


async def _cannot_fire(lab: Lab, _rng: random.Random, member: Member) -> None:
    """A timer that fails: the batch is done again one by one."""
    async with nonsense(lab, member.name) as name:
        problem = f"select problem from {member.name}.timers where name = $1"  # noqa: S608
        async with administrator(lab) as hand:
            for _ in range(20):
                if await hand.fetchval(problem, name):
                    return
                await asyncio.sleep(LOOK_SECONDS / 4)


async def _cannot_renew(lab: Lab, _rng: random.Random, member: Member) -> None:
    """Leases are locked for longer than a relay waits; whoever only reads them may pass."""
    async with administrator(lab) as hand, hand.transaction():
        await hand.execute(f"lock table {member.name}.relay_leases in exclusive mode")
        await asyncio.sleep(LOCKED_SECONDS)
    await asyncio.sleep(LOOK_SECONDS / 4)


async def _unreadable_version(lab: Lab, _rng: random.Random, member: Member) -> None:
    """A version in the table that the shelf has not; its content is nobody's, so it stays there."""
    name = uuid4().hex
    keep = _KEEP.format(s=member.name)
    try:
        async with administrator(lab) as hand:
            await hand.execute(keep, f"fault-{name}")
        await asyncio.sleep(LOOK_SECONDS)
    finally:
        await surely(lab, _FORGET.format(s=member.name, name=name))


async def _activate(lab: Lab, rng: random.Random, _member: Member) -> None:
    """Two administrators put a version in force, many years from now: nothing is judged by it."""
    async with on_stage(lab) as here:
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=rng.choice(YEARS))
        name = f"fault-{uuid4().hex[:8]}"
        texts = documents(AUTO_DEMO, at, version=name, swaps=STRICTER)
        body = {"pack": AUTO.id, "effective_from": at.isoformat(), "documents": texts}
        version = await _asked(here, "administrator", "", body)
        if version:
            place, revision = f"/{version['id']}/activation", version["revision"]
            note = {"note": "a fault run"}
            await _asked(here, "administrator-2", place, note, {"If-Match": f'"{revision}"'})


async def _asked(
    here: Stage, who: str, place: str, body: dict[str, Any], more: dict[str, str] | None = None
) -> dict[str, Any]:
    """Until it is answered. Empty when it was refused."""
    key = {"Idempotency-Key": uuid4().hex}
    headers = here.player.headers_of("auto-demo", who) | key | (more or {})
    for _ in range(int(ASKED_SECONDS)):
        with suppress(httpx.TransportError):
            url = f"/intake/v1/policy-versions{place}"
            answer = await here.player.client.post(url, json=body, headers=headers)
            if answer.status_code not in AWAY:
                found: dict[str, Any] = answer.json() if answer.is_success else {}
                return found
        await asyncio.sleep(1)
    return {}


_AGAIN: dict[str, Provoke] = {
    "consumer.carefully": _fall_behind,
    "consumer.tried": _fall_behind,
    "consumer.drained": _fall_behind,
    "consumer.swept": _fall_behind,
    "relay.failed": _cannot_renew,
    "timers.alone": _cannot_fire,
    "uptake.looked": _unreadable_version,
    "uptake.heard": _activate,
}
PROVOKED = frozenset(_AGAIN)
"""Points that are only reached when something else happens first."""
_KEEP = """
insert into {s}.policy_packs
  (organisation, hash, activated, pack, version, in_force_from, content)
select organisation, $1, activated, pack, version, in_force_from, '{{}}' from {s}.policy_packs
limit 1
"""
_FORGET = """
set session_replication_role = replica;
delete from {s}.policy_packs where hash = 'fault-{name}'
"""
"""Versions are append-only, but for who switches triggers off."""
