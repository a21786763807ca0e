"""F9 to F11: the database restarts, loses sessions, and commits without a word."""

import asyncio
import os
import random
import signal

from kesu.embedded.postgres import StopMode
from tests.faults.fault import Fault, NotStruck
from tests.faults.hands import APP_ROLES, administrator, everybody_back, server_back, surely
from tests.faults.lab import Lab

VICTIMS = frozenset({"postgres"})
AWAY_SECONDS = 0.5
TERMINATING_SECONDS = 8.0
FIVE_HERTZ = 0.2
COMMITTING_SECONDS = 6.0
LOOK_SECONDS = 0.02

_SESSIONS = f"select pid from pg_stat_activity where {APP_ROLES}"  # noqa: S608 a constant
_AT_WORK = f"{_SESSIONS} and state in ('active', 'idle in transaction') and xact_start is not null"
_COMMITTING = f"{_SESSIONS} and wait_event = 'SyncRep'"
_END = "select count(*) from unnest($1::int[]) pid where pg_terminate_backend(pid)"


def faults() -> list[Fault]:
    """Three ways to restart, two to lose sessions, one to leave a commit unanswered."""
    return [
        restart("fast"),
        restart("immediate"),
        Fault(name="postmaster-killed", row="F9", victims=VICTIMS, strike=kill_postmaster),
        Fault(name="sessions-ended", row="F10", victims=VICTIMS, strike=end_sessions),
        Fault(name="statements-ended", row="F10", victims=VICTIMS, strike=end_statements),
        Fault(name="commit-unanswered", row="F11", victims=VICTIMS, strike=unanswered_commits),
    ]


def restart(mode: StopMode) -> Fault:
    """`pg_ctl restart -m fast` or `immediate`, under load."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        await asyncio.to_thread(lab.postgres.stop, mode)
        await asyncio.sleep(AWAY_SECONDS)
        await server_back(lab)
        await everybody_back(lab)
        return 1

    return Fault(name=f"restart-{mode}", row="F9", victims=VICTIMS, strike=strike)


async def kill_postmaster(lab: Lab, _rng: random.Random) -> int:
    """Kill -9: its backends go on for a moment without it."""
    assert lab.postgres.pid is not None, "the lab's server runs"
    os.kill(lab.postgres.pid, signal.SIGKILL)
    await asyncio.sleep(AWAY_SECONDS)
    await server_back(lab)
    await everybody_back(lab)
    return 1


async def end_sessions(lab: Lab, rng: random.Random) -> int:
    """Any session of a service, five times a second."""
    ended = 0
    async with administrator(lab) as hand:
        for _ in range(int(TERMINATING_SECONDS / FIVE_HERTZ)):
            found = [row["pid"] for row in await hand.fetch(_SESSIONS)]
            ended += await hand.fetchval(_END, [rng.choice(found)] if found else [])
            await asyncio.sleep(FIVE_HERTZ)
    return _struck(ended, "there were no sessions")


async def end_statements(lab: Lab, rng: random.Random) -> int:
    """Sessions in the middle of a transaction, five times a second."""
    ended = 0
    async with administrator(lab) as hand:
        for _ in range(int(TERMINATING_SECONDS / FIVE_HERTZ)):
            for _ in range(int(FIVE_HERTZ / LOOK_SECONDS)):
                found = [row["pid"] for row in await hand.fetch(_AT_WORK)]
                if found:
                    break
                await asyncio.sleep(LOOK_SECONDS)
            ended += await hand.fetchval(_END, [rng.choice(found)] if found else [])
            await asyncio.sleep(FIVE_HERTZ)
    return _struck(ended, "nobody was at work")


async def unanswered_commits(lab: Lab, _rng: random.Random) -> int:
    """Commits hold, and the session ends before it can say so.

    Every commit waits for a replica that does not exist, after its record is in the log; whoever
    is ended while waiting has committed (PostgreSQL manual, 26.2.8.3).
    """
    ended = 0
    try:
        await surely(lab, "alter system set synchronous_standby_names = 'nobody'", _RELOAD)
        async with administrator(lab) as hand:
            for _ in range(int(COMMITTING_SECONDS / LOOK_SECONDS / 2)):
                waiting = [row["pid"] for row in await hand.fetch(_COMMITTING)]
                ended += await hand.fetchval(_END, waiting)
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        await surely(lab, "alter system reset synchronous_standby_names", _RELOAD)
    return _struck(ended, "nothing was committed")


def _struck(ended: int, why: str) -> int:
    if not ended:
        raise NotStruck(why)
    return ended


_RELOAD = "select pg_reload_conf()"
