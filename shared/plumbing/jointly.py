"""The second write form as a person's door: several aggregates, one lock, one answer (decision 3).

The same steps as `shell.py` takes for one aggregate: the idempotent replay, who sees it,
`If-Match`, then the rule. Which aggregates a rule needs may itself change: it is asked before
locking and once more under the lock, and when it has grown, everything begins anew.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from shared.kernel.occasion import Actor, Occasion
from shared.plumbing import telemetry
from shared.plumbing.aggregate import Given
from shared.plumbing.changes import Answer, Origin, Written
from shared.plumbing.crashpoints import reach
from shared.plumbing.problems import unseen
from shared.plumbing.shell import (
    ANOTHER_KIND,
    KNOWN_POLL_SECONDS,
    KNOWN_WITHIN_SECONDS,
    ChangedMeanwhile,
    Shell,
    again,
)
from shared.plumbing.together import Target, Workbench, lock
from shared.plumbing.web.preconditions import UNCONDITIONAL, Expectation, Idempotency
from shared.plumbing.writing import Connection

ATTEMPTS_MAX = 5
RETRIED = (asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError)

Widening = Callable[[Connection], Awaitable[Collection[Target]]]
Deciding = Callable[[Workbench, Given], Awaitable[Answer]]


async def nobody_else(_connection: Connection) -> Collection[Target]:
    """The rule needs no other aggregate."""
    return ()


class Grown(Exception):
    """Under the lock the rule needs more aggregates than were locked: begin anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointAsk:
    """One request whose rule needs several aggregates.

    `subject` is what the request speaks of: `sees`, `expecting` and the answer's ETag are about
    it. `more` names the others to lock. `decide` gets them locked, decides on them and answers;
    what it reads by the workbench's connection belongs to the same transaction. `creates`: the
    subject need not exist yet.
    """

    subject: Target
    by: Actor
    origin: Origin
    decide: Deciding
    more: Widening = nobody_else
    creates: bool = False
    once: Idempotency | None = None
    expecting: Expectation = UNCONDITIONAL
    sees: Callable[[Any], bool] = field(default=lambda _state: True)
    texts: Sequence[Written] = ()


async def handle(shell: Shell, ask: JointAsk) -> Answer:
    """Carries it out and answers, or answers again what the key was answered.

    Raises the domain's errors, `Refusal` (404, 412, 422, 428) and `ChangedMeanwhile`.
    """
    for attempt in range(ATTEMPTS_MAX):
        try:
            answer = await _attempt(shell, ask)
        except (Grown, *RETRIED):
            answer = None
        except asyncpg.UniqueViolationError as taken:
            if ask.creates and taken.constraint_name == ANOTHER_KIND:
                raise unseen(retry_after_s=1) from None
            if not _is_race(taken, ask):
                raise
            answer = None
        if answer is not None:
            shell.wake.hint()
            return answer
        telemetry.WRITE_CONFLICTS.labels(ask.subject.aggregate.service).inc()
        await asyncio.sleep(0.005 * attempt)
    raise ChangedMeanwhile


async def _attempt(shell: Shell, ask: JointAsk) -> Answer:
    await _await_known(shell.pool, ask)
    async with shell.pool.lend() as connection, connection.transaction():
        reach("joint.begun")
        bench = await _locked(connection, ask)
        reach("joint.locked")
        stored = await _stored(connection, ask)
        if stored is not None:
            return stored
        _require_seen(bench, ask)
        if not ask.creates or bench.state(ask.subject) is not None:
            ask.expecting.check(bench.current[ask.subject].head.revision)
        occasion = Occasion(at=bench.at, by=ask.by)
        answer = await ask.decide(
            bench, Given(occasion=occasion, origin=ask.origin, texts=ask.texts)
        )
        keyed = (ask.once, answer, bench.at) if ask.once and bench.changes else None
        reach("joint.decided")
        await bench.write(keyed=keyed)
        reach("joint.written")
    reach("joint.committed")
    return answer


async def _locked(connection: Connection, ask: JointAsk) -> Workbench:
    """Everything the rule needs, locked in the global order. Raises Grown."""
    wanted = {ask.subject, *await ask.more(connection)}
    bench = await lock(connection, wanted)
    if not set(await ask.more(connection)) <= wanted:
        raise Grown
    return bench


def _require_seen(bench: Workbench, ask: JointAsk) -> None:
    current = bench.current[ask.subject]
    if current.state is None:
        if ask.creates:
            return
        raise unseen(retry_after_s=1)
    if current.organisation != ask.by.organisation or not ask.sees(current.state):
        raise unseen(retry_after_s=1)


async def _stored(connection: Connection, ask: JointAsk) -> Answer | None:
    """What this key was answered, read under the lock: a twin in flight has finished by now."""
    once, service = ask.once, ask.subject.aggregate.service
    if once is None:
        return None
    row = await connection.fetchrow(
        "select fingerprint, status, revision as answered_revision, location, body "
        f"from {service}.idempotency "
        "where organisation = $1 and actor = $2 and route = $3 and key = $4",
        once.organisation,
        once.actor,
        once.route,
        once.key,
    )
    return None if row is None else again(service, once, row)


def _is_race(taken: asyncpg.UniqueViolationError, ask: JointAsk) -> bool:
    """A taken key or id means: begin anew. Another constraint is the domain's second guard."""
    return taken.constraint_name in {"pk_idempotency", f"pk_{ask.subject.aggregate.table.name}"}


async def _await_known(pool: Any, ask: JointAsk) -> None:
    """A neighbour's fact may still be on its way: waits up to a second, holding nothing."""
    if ask.creates:
        return
    waited, table = 0.0, ask.subject.aggregate.table.fullname
    while not await pool.fetchval(f"select 1 from {table} where id = $1", ask.subject.id):
        if waited >= KNOWN_WITHIN_SECONDS:
            raise unseen(retry_after_s=1)
        await asyncio.sleep(KNOWN_POLL_SECONDS)
        waited += KNOWN_POLL_SECONDS
