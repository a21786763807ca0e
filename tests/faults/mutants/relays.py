"""Relays as they should not be: each breaks one sentence of decision 7."""

from dataclasses import dataclass
from typing import Any

from shared.plumbing.relay import _PENDING, BATCH_MAX, Relay
from shared.plumbing.tables import BUCKETS


@dataclass(slots=True)
class CursorRelay(Relay):
    """Remembers the last id it sent and asks for what is behind it: never sees a late commit."""

    cursor: int = 0

    async def turn(self) -> int:
        """One batch behind the cursor."""
        await self._renew()
        rows = await self.pool.fetch(_BEHIND.format(s=self.service), list(self.epochs), self.cursor)
        if rows:
            await self._send(rows)
            await self._acknowledge(rows)
            self.cursor = rows[-1]["id"]
        return len(rows)


@dataclass(slots=True)
class RowRelay(Relay):
    """Takes single rows, skipping those that another worker holds: the next may overtake."""

    async def turn(self) -> int:
        """One row, held while it is sent."""
        self.epochs = dict.fromkeys(range(BUCKETS), 0)
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_ROW.format(s=self.service))
            if rows:
                await self._send(rows)
                await connection.execute(
                    f"delete from {self.service}.outbox where id = $1",  # noqa: S608
                    rows[0]["id"],
                )
        return len(rows)


@dataclass(slots=True)
class HastyRelay(Relay):
    """Acknowledges before it sends: what it was about to send when it died is lost."""

    async def turn(self) -> int:
        """One batch, forgotten first."""
        await self._renew()
        rows = await self.pool.fetch(_PENDING.format(s=self.service), list(self.epochs), BATCH_MAX)
        if rows:
            await self._acknowledge(rows)
            await self._send(rows)
        return len(rows)


@dataclass(slots=True)
class EpochlessRelay(Relay):
    """Acknowledges whatever it once sent, also when the bucket has long been another's."""

    async def _acknowledge(self, rows: list[Any]) -> None:
        await self.pool.execute(
            f"delete from {self.service}.outbox where id = any($1)",  # noqa: S608
            [row["id"] for row in rows],
        )


_BEHIND = """
select o.id, o.bucket, j.fact, j.partition_key
from {s}.outbox o join {s}.journal j on j.aggregate = o.aggregate and j.seq = o.seq
where o.bucket = any($1::smallint[]) and o.id > $2 order by o.id
"""
_ROW = """
select o.id, o.bucket, j.fact, j.partition_key
from {s}.outbox o join {s}.journal j on j.aggregate = o.aggregate and j.seq = o.seq
order by o.id limit 1 for update of o skip locked
"""
