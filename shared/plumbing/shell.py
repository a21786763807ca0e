"""The imperative shell: read, decide, fold, write in one statement, answer after commit.

Every command from a person's door takes these steps (decisions 2 and 11). A create writes
first and reads only when somebody was first; everything else reads state and idempotency
row in one statement. A conflict goes back to the read, a bounded number of times.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg

from shared.kernel.errors import Conflict
from shared.kernel.occasion import Actor, Occasion
from shared.plumbing import telemetry
from shared.plumbing.aggregate import Aggregate, Current, Decided, Given, decide
from shared.plumbing.changes import Answer, Aside, Head, Origin, Premise, Written
from shared.plumbing.crashpoints import reach
from shared.plumbing.database import BusinessTime
from shared.plumbing.lending import LendingPool
from shared.plumbing.problems import unseen
from shared.plumbing.wake import Wake
from shared.plumbing.web.preconditions import UNCONDITIONAL, Expectation, Idempotency
from shared.plumbing.writing import write

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")
R = TypeVar("R")

ATTEMPTS_MAX = 8
KNOWN_WITHIN_SECONDS = 1.0
KNOWN_POLL_SECONDS = 0.05


class ChangedMeanwhile(Conflict):
    """Somebody changed this first, again and again; nothing was written."""


class PremiseBroken(Exception):
    """What a creation took for granted does not hold; nothing was written. Ask again, knowing."""


@dataclass(frozen=True, kw_only=True)
class Ask(Generic[C]):
    """One command of one person or machine, with all the door knows about it.

    `creates` says that the aggregate must not exist yet. `expecting` is what the
    caller saw (If-Match); machine doors leave it out. `sees` guards the boundary: it is asked
    with the state before anything else and False answers 404. `premises` are what a creation
    takes for granted about other rows, so that they need not be read first.
    """

    id: UUID
    command: C
    by: Actor
    origin: Origin
    creates: bool = False
    once: Idempotency | None = None
    expecting: Expectation = UNCONDITIONAL
    sees: Callable[[Any], bool] = field(default=lambda _state: True)
    texts: Sequence[Written] = ()
    asides: Sequence[Aside] = ()
    premises: Sequence[Premise] = ()


NOT_YET = Answer(status=404, body=b"", revision=0)
"""Nothing is known of the aggregate; never given to a caller."""

ANOTHER_KIND = "pk_journal"
"""Broken when a new aggregate takes the id of an aggregate of another kind: it is not there."""

Answering = Callable[[S, Head], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A service's pool and sense of business time; built once at the start of a process."""

    pool: LendingPool
    time: BusinessTime
    wake: Wake

    async def handle(
        self, aggregate: Aggregate[S, C, E, R], ask: Ask[C], answering: Answering[S]
    ) -> Answer:
        """Carries out one command and answers, or answers again what the key was answered.

        Raises the domain's errors, `Refusal` (404, 412, 422, 428), `PremiseBroken` and
        `ChangedMeanwhile`.
        """
        for attempt in range(ATTEMPTS_MAX):
            answer = await _patiently(partial(self._attempt, aggregate, ask, answering, attempt))
            if answer is not None:
                return answer
            telemetry.WRITE_CONFLICTS.labels(aggregate.service).inc()
            await asyncio.sleep(0.002 * attempt)
        raise ChangedMeanwhile

    async def _attempt(
        self,
        aggregate: Aggregate[S, C, E, R],
        ask: Ask[C],
        answering: Answering[S],
        attempt: int,
    ) -> Answer | None:
        async with self.pool.lend() as connection:
            if ask.creates and attempt == 0:
                occasion = Occasion(at=self.time.now(), by=ask.by)
                current: Current[S] = Current(id=ask.id, organisation=ask.by.organisation)
            else:
                stored, current, occasion = await _read(connection, aggregate, ask)
                reach("door.read")
                if stored is not None:
                    return stored
                if current.state is None and not ask.creates:
                    return NOT_YET
                _require_sight(ask, current)
                if not ask.creates:
                    ask.expecting.check(current.head.revision)
            given = Given(
                occasion=occasion,
                origin=ask.origin,
                texts=ask.texts,
                asides=ask.asides,
                premises=ask.premises,
            )
            decided = decide(aggregate, current, ask.command, given)
            answer = answering(decided.state, decided.head)
            reach("door.decided")
            keyed = (ask.once, answer, occasion.at) if ask.once else None
            blind = ask.creates and ask.once is not None and attempt == 0
            saved = await _save(connection, aggregate, ask, decided, keyed, blind=blind)
        reach("door.written")
        self.wake.hint()
        return answer if saved else None


async def _patiently(attempt: Callable[[], Awaitable[Answer | None]]) -> Answer | None:
    """A neighbour's fact may still be on its way: waits up to a second, holding nothing."""
    waited = 0.0
    while (answer := await attempt()) is NOT_YET:
        if waited >= KNOWN_WITHIN_SECONDS:
            raise unseen(retry_after_s=1)
        await asyncio.sleep(KNOWN_POLL_SECONDS)
        waited += KNOWN_POLL_SECONDS
    return answer


def _require_sight(ask: Ask[Any], current: Current[Any]) -> None:
    """404 after the replay of one's own answer (decision 20), before 428 and 412.

    Also for an id of the caller's own choice that another organisation or unit has taken.
    """
    if current.state is None:
        return
    if current.organisation != ask.by.organisation or not ask.sees(current.state):
        raise unseen(retry_after_s=1)


async def _save(
    connection: Any,
    aggregate: Aggregate[S, C, E, R],
    ask: Ask[C],
    decided: Decided[S],
    keyed: tuple[Idempotency, Answer, datetime] | None,
    *,
    blind: bool,
) -> bool:
    """Writes; False when somebody was first. Nothing happened, nothing to write: that is done.

    `blind`: the key was not looked up before, so whatever was taken may be its own doing.
    Raises PremiseBroken: a creation that conflicts with nobody is written unless a premise fails.
    """
    if decided.change is None:
        return True
    try:
        saved = await write(connection, aggregate.table, [decided.change], keyed=keyed)
    except asyncpg.UniqueViolationError as taken:
        if blind or _is_race(taken, aggregate):
            return False
        if ask.creates and taken.constraint_name == ANOTHER_KIND:
            raise unseen(retry_after_s=1) from None
        raise
    if not saved and ask.premises:
        raise PremiseBroken
    return bool(saved)


def _is_race(taken: asyncpg.UniqueViolationError, aggregate: Aggregate[Any, Any, Any, Any]) -> bool:
    """A taken key or id means: read again. Another constraint is the domain's second guard."""
    return taken.constraint_name in {"pk_idempotency", f"pk_{aggregate.table.name}"}


async def _read(
    connection: Any, aggregate: Aggregate[S, C, E, R], ask: Ask[C]
) -> tuple[Answer | None, Current[S], Occasion]:
    once = ask.once
    row = await connection.fetchrow(
        _READ.format(schema=aggregate.table.schema, table=aggregate.table.fullname),
        ask.id,
        *((once.organisation, once.actor, once.route, once.key) if once else (None,) * 4),
    )
    occasion = Occasion(at=row["at"], by=ask.by)
    if once and row["fingerprint"] is not None:
        stored = again(aggregate.service, once, row)
        return stored, current_of(aggregate, ask.id, row, ask.by.organisation), occasion
    return None, current_of(aggregate, ask.id, row, ask.by.organisation), occasion


_READ = """
select platform.business_now() as at,
       s.organisation, s.version, s.facts, s.revision, s.head, s.state,
       k.fingerprint, k.status, k.revision as answered_revision, k.location, k.body
from (select 1) one
left join {table} s on s.id = $1
left join {schema}.idempotency k
  on k.organisation = $2 and k.actor = $3 and k.route = $4 and k.key = $5
"""


def again(service: str, once: Idempotency, row: Any) -> Answer:
    """The answer that is kept under this key. Raises Refusal (422) when it was another request."""
    if bytes(row["fingerprint"]) != once.fingerprint:
        telemetry.IDEMPOTENCY_MISMATCH.labels(service).inc()
    once.require_same(bytes(row["fingerprint"]))
    telemetry.IDEMPOTENCY_REPLAYS.labels(service).inc()
    return Answer(
        status=row["status"],
        body=bytes(row["body"]),
        revision=row["answered_revision"],
        location=row["location"],
        replayed=True,
    )


def current_of(
    aggregate: Aggregate[S, Any, Any, Any], aggregate_id: UUID, row: Any, organisation: str
) -> Current[S]:
    """A row of the state table (or none) as `Current`."""
    if row is None or row["version"] is None:
        return Current(id=aggregate_id, organisation=organisation)
    head = Head(
        version=row["version"],
        facts=row["facts"],
        revision=row["revision"],
        head=bytes(row["head"]),
    )
    return Current(
        id=aggregate_id,
        organisation=row["organisation"],
        head=head,
        state=aggregate.read(row["state"]),
    )
