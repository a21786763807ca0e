"""Versions of policies reach a running process: from its files, its table, and intake's facts.

Every service keeps every version it has known in `policy_packs`, so that a complaint is judged by
the version of its receipt for ever (decision 21). A process looks into the table about once a
second, and at once when it is asked for a hash it does not know; no command waits for that.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
import structlog

from shared.contracts.intake import PolicyVersionActivatedV1
from shared.plumbing.applying import TRANSIENT, Apply
from shared.plumbing.crashpoints import reach
from shared.plumbing.inbox import Received
from shared.plumbing.lending import Behind
from shared.plumbing.packs import BadPack, Kept, Packs, Version, joined, restored
from shared.plumbing.writing import Connection

LOOK_SECONDS = 1.0
PAUSE_SECONDS = 0.05
"""Between two looks however many unknown hashes are asked for."""

Key = tuple[str, str, bool]
Asked = Behind | Connection
log = structlog.get_logger("uptake")

_KNOWN = "select organisation, hash, activated from {schema}.policy_packs"
_CONTENT = """
select p.organisation, p.pack, p.version, p.hash, p.in_force_from, p.content, p.activated
from {schema}.policy_packs p
join unnest($1::text[], $2::text[], $3::bool[]) w(organisation, hash, activated)
  using (organisation, hash, activated)
"""
_KEEP = """
insert into {schema}.policy_packs
  (organisation, pack, version, hash, in_force_from, content, activated)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
"""


@dataclass(slots=True)
class Uptake:
    """Keeps one process's shelf as its service's table has it."""

    service: str
    pool: Behind
    packs: Packs
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: set[Key] = field(default_factory=set)

    async def start(self) -> None:
        """Keeps what came with the files, takes up what was kept before. Once, before serving."""
        self.packs.on_unknown = self._asked.set
        with contextlib.suppress(asyncpg.UndefinedTableError):
            there = await self._there(self.pool)
            files = [one.kept for one in self.packs.versions if not one.activated]
            await self._keep(self.pool, [one for one in files if one.key not in there])
            self._seen |= {one.key for one in files}
            await self.look()

    async def look(self) -> int:
        """Takes up what the table has and the shelf has not; returns how many versions."""
        wanted = sorted(await self._there(self.pool) - self._seen)
        if not wanted:
            return 0
        reach("uptake.looked")
        rows = await self.pool.fetch(
            _CONTENT.format(schema=self.service),
            *(list(part) for part in zip(*wanted, strict=True)),
        )
        return await self._take_up([Kept(**dict(row)) for row in rows])

    async def keep(self) -> None:
        """Looks until cancelled: every second, and when a hash is unknown."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), LOOK_SECONDS)
            self._asked.clear()
            try:
                await self.look()
            except (*TRANSIENT, asyncpg.UndefinedTableError) as error:
                log.warning("versions of policies wait", error=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)

    async def hear(self, connection: Connection, kept: Sequence[Kept]) -> None:
        """Keeps activated versions in the facts' own transaction and takes them up at once."""
        await self._keep(connection, kept)
        reach("uptake.heard")
        await self._take_up(kept)

    async def _there(self, connection: Asked) -> set[Key]:
        rows = await connection.fetch(_KNOWN.format(schema=self.service))
        return {(row["organisation"], row["hash"], row["activated"]) for row in rows}

    async def _keep(self, connection: Asked, kept: Sequence[Kept]) -> None:
        for one in kept:
            await connection.execute(
                _KEEP.format(schema=self.service),
                one.organisation,
                one.pack,
                one.version,
                one.hash,
                one.in_force_from,
                one.content,
                one.activated,
            )

    async def _take_up(self, kept: Sequence[Kept]) -> int:
        """In a thread: building a pack takes a tenth of a second that nobody shall wait for."""
        found = [version for one in kept if (version := await asyncio.to_thread(_built, one))]
        self.packs.take_up(found)
        self._seen |= {one.key for one in kept}
        for version in found:
            log.info("taken up", pack=version.pack.id, hash=version.pack.hash)
        return len(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingUp:
    """A service's `Apply` that hears of activated versions before its own part of the facts."""

    uptake: Uptake
    apply: Apply

    async def __call__(self, connection: Connection, facts: Sequence[Received]) -> None:
        """Raises what the service's own `apply` raises; then nothing of it stays but the shelf."""
        activated = [
            kept_of(fact.contract, fact.envelope.organisation)
            for fact in facts
            if isinstance(fact.contract, PolicyVersionActivatedV1)
        ]
        if activated:
            await self.uptake.hear(connection, activated)
        await self.apply(connection, facts)


def kept_of(fact: PolicyVersionActivatedV1, organisation: str) -> Kept:
    """What a service keeps of an activated version."""
    return Kept(
        organisation=organisation,
        pack=fact.pack,
        version=fact.version,
        hash=fact.hash,
        in_force_from=fact.in_force_from,
        content=joined({str(each): text for each, text in fact.content.items()}),
        activated=True,
    )


def _built(kept: Kept) -> Version | None:
    """None for what this code cannot read: it is kept, logged, and stays unknown."""
    try:
        return restored(kept)
    except (BadPack, ValueError, KeyError) as error:
        log.exception("a version cannot be read", hash=kept.hash, error=type(error).__name__)
        return None
