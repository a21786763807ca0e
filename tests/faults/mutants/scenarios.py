"""Ten schedules; each is harmless for the honest implementation and fatal for one mutant."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.registry import topic_of
from shared.plumbing import shell as shell_module
from shared.plumbing.applying import Applying, Batch
from shared.plumbing.inbox import Received
from shared.plumbing.relay import _PENDING, Relay
from shared.plumbing.shell import Shell
from shared.plumbing.timers import Moment, Timers
from shared.plumbing.together import Workbench, lock
from shared.plumbing.wake import Wake
from shared.plumbing.writing import Connection
from tests.faults.mutants.gates import PATIENCE_SECONDS, Gate, blocked
from tests.faults.mutants.ground import Ground, drained
from tests.faults.oracle import Evidence, Verdict, judge, read_topics
from tests.faults.oracle.verdicts import verdict
from tests.integration.plumbing.toy import Add, Start, moment_of

HOUR = timedelta(hours=1)


async def a_commit_comes_late(ground: Ground, kind: type[Relay]) -> list[Verdict]:
    """Who drew the earlier outbox id commits after the relay has sent the later one."""
    early, late = await ground.started(), await ground.started()
    relay = ground.relay(kind)
    async with ground.held(early, Add()):
        await ground.ask(late, Add())
        await drained(relay)
    await drained(relay)
    return await judge(await ground.evidence())


async def a_worker_stalls_before_it_sends(ground: Ground, kind: type[Relay]) -> list[Verdict]:
    """A second worker goes on while the first holds the earlier fact of the same counter."""
    counter, gate = await ground.started(), Gate()
    await ground.ask(counter, Add())
    await ground.ask(counter, Add())
    slow, quick = ground.relay(kind, gate), ground.relay(kind)
    stalled = asyncio.create_task(slow.turn())
    await gate.occupied()
    await drained(quick, turns=1)
    gate.opened.set()
    await stalled
    await ground.expire_leases()
    await drained(quick)
    return await judge(await ground.evidence())


async def a_worker_dies_before_it_sends(ground: Ground, kind: type[Relay]) -> list[Verdict]:
    """It is killed with a batch in its hands, and another takes over."""
    await ground.ask(await ground.started(), Add(times=2))
    await _killed_at_its_send(ground, kind)
    await drained(ground.relay(kind))
    return await judge(await ground.evidence())


async def a_zombie_wakes_up(ground: Ground, kind: type[Relay]) -> list[Verdict]:
    """It sent a batch and fell asleep; the broker lost its log; its heir is about to send the
    batch to the new one. Now it wakes up and acknowledges, and the heir is killed.
    """
    await ground.ask(await ground.started(), Add(times=2))
    zombie = ground.relay(kind)
    rows = await _sent(ground, zombie)
    await _lost_log(ground)
    await ground.expire_leases()
    gate = Gate()
    heir = ground.relay(kind, gate)
    heritage = asyncio.create_task(heir.turn())
    await gate.occupied()
    await zombie._acknowledge(rows)
    await _killed(heritage)
    await ground.expire_leases()
    await drained(ground.relay(kind))
    return await judge(await ground.evidence())


async def a_fact_lies_at_two_offsets(
    ground: Ground, listener: Ground, kind: type[Applying]
) -> list[Verdict]:
    """The relay died between send and acknowledgement, so its heir sent the batch again."""
    await ground.ask(await ground.started(), Add(times=2))
    await _sent(ground, ground.relay(Relay))
    await ground.expire_leases()
    await drained(ground.relay(Relay))
    await _heard(ground, listener, kind)
    return await judge(await _both(ground, listener))


async def a_commit_fails(ground: Ground, kind: type[Shell]) -> list[Verdict]:
    """The disk is full at one commit; the client may hear anything but success."""
    await ground.started()
    await ground.pool.execute(_FULL.format(s=ground.service, t=ground.table))
    shell = kind(pool=ground.pool, time=ground.shell.time, wake=ground.shell.wake)
    await ground.ask(uuid4(), Start(), creates=True, by=shell)
    await asyncio.gather(*getattr(shell, "later", ()), return_exceptions=True)
    return await judge(await ground.evidence(records=None))


async def the_database_is_ahead(ground: Ground, kind: type[Timers]) -> list[Verdict]:
    """Business time, which is the database's, passes a due moment; the process lags behind."""
    await ground.ask(uuid4(), Start(rings_after=HOUR), creates=True)
    await ground.pool.execute(
        "update platform.business_time set ahead = ahead + $1", HOUR + timedelta(minutes=1)
    )
    await _timers(ground, kind).turn()
    return await judge(await ground.evidence(records=None))


async def a_command_meets_its_timer(ground: Ground, kind: type[Timers]) -> list[Verdict]:
    """A command has locked its counter when the counter's timer fires, then moves that timer."""
    counter = uuid4()
    await ground.ask(counter, Start(rings_after=timedelta(0)), creates=True)
    timers = _timers(ground, kind)
    died: list[BaseException] = []
    try:
        async with ground.held(counter) as bench:
            firing = asyncio.create_task(timers.turn())
            await blocked(ground.pool, firing)
            await ground.on(bench, counter, Start(rings_after=HOUR))
    except asyncpg.DeadlockDetectedError as dead:
        died.append(dead)
    ended = await asyncio.gather(firing, return_exceptions=True)
    died += [each for each in ended if isinstance(each, BaseException)]
    verdicts = await judge(await ground.evidence(records=None))
    return [*verdicts, verdict("deadlocks", 1, map(repr, died))]


async def facts_and_other_events_mix(ground: Ground, kind: type[Workbench]) -> list[Verdict]:
    """A counter's first event is told to nobody, its second is its first fact."""
    counter = await ground.started()
    async with ground.held(counter, Add(), kind):
        pass
    await drained(ground.relay(Relay))
    return await judge(await ground.evidence())


async def a_key_meets_a_stale_version(ground: Ground, kind: Any) -> list[Verdict]:  # noqa: ANN401
    """A command with a key was decided on a version that another commits over."""
    counter = await ground.started()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shell_module, "write", kind)
        async with ground.held(counter, Add()):
            asked = asyncio.create_task(ground.ask(counter, Add()))
            await blocked(ground.pool, asked)
        await asked
    await drained(ground.relay(Relay))
    return await judge(await ground.evidence())


async def _killed_at_its_send(ground: Ground, kind: type[Relay]) -> None:
    gate = Gate()
    dying = asyncio.create_task(ground.relay(kind, gate).turn())
    await gate.occupied()
    await _killed(dying)
    await ground.expire_leases()


async def _killed(task: "asyncio.Task[int]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _sent(ground: Ground, relay: Relay) -> list[Any]:
    """Everything pending, acknowledged by the broker and not yet by the relay."""
    await relay._renew()
    query = _PENDING.format(s=ground.service)
    rows: list[Any] = await ground.pool.fetch(query, list(relay.epochs), 100)
    await relay._send(rows)
    return rows


def _timers(ground: Ground, kind: type[Timers]) -> Timers:
    return kind(ground.service, ground.pool, (Moment(ground.aggregate, moment_of),), Wake())


async def _lost_log(ground: Ground) -> None:
    """The topic goes with all its records and comes back empty, as after a total loss."""
    topic = topic_of(ground.service)
    admin = AIOKafkaAdminClient(bootstrap_servers=ground.broker.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while topic in await admin.list_topics():  # noqa: ASYNC110 there is no event
                await asyncio.sleep(0.05)
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()


async def _heard(ground: Ground, listener: Ground, kind: type[Applying]) -> None:
    """The listener applies the whole topic in one batch."""
    records = await read_topics(ground.broker.bootstrap, [topic_of(ground.service)])

    async def apply(connection: Connection, facts: Sequence[Received]) -> None:
        for fact in facts:
            counter, cause = fact.envelope.subject, fact.envelope.id
            bench = await lock(connection, [listener.target(counter)])
            await listener.on(bench, counter, Start(), cause)

    applying = kind(schema=listener.service, pool=listener.pool, apply=apply)
    topic, last = topic_of(ground.service), len(records)
    await listener.pool.execute(
        f"insert into {listener.service}.offsets values ($1, 0, 'one', 0)",  # noqa: S608
        topic,
    )
    batch = Batch(
        topic=topic,
        partition=0,
        incarnation="one",
        position=0,
        next_offset=last,
        records=[(record.offset, record.value) for record in records],
    )
    await applying.batch(batch)


async def _both(ground: Ground, listener: Ground) -> Evidence:
    return await ground.evidence(
        services=(ground.service, listener.service),
        listens={listener.service: (ground.service,)},
    )


_FULL = """
create function {s}.no_space() returns trigger language plpgsql as $$ begin
    raise exception 'no space left on device' using errcode = '53100';
end $$;
create constraint trigger no_space after insert on {t}
deferrable initially deferred for each row execute function {s}.no_space()
"""
