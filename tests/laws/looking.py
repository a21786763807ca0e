"""What is in the database, and what the model says must be there, in the same shape."""

from typing import Any
from uuid import UUID

from shared.plumbing.writing import bucket_of
from tests.laws.ground import Ground
from tests.laws.model import World


def states(ground: Ground) -> dict[UUID, tuple[Any, ...]]:
    """Each slate with its journal, outbox, timers and texts."""
    return {row["id"]: tuple(row)[1:] for row in ground.fetch(_STATES)}


def expected(world: World, slate: UUID) -> tuple[Any, ...]:
    kept = world.slates[slate]
    return (
        kept.version,
        kept.facts,
        kept.revision,
        kept.told,
        [name for name, _ in kept.entries],
        [number for _, number in kept.entries],
        list(range(1, kept.version + 1)),
        world.unsent.get(slate, []),
        sorted(kept.alarms),
        [kept.alarms[name] for name in sorted(kept.alarms)],
        sorted(world.texts.get(slate, [])),
    )


def beside(ground: Ground) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in ground.fetch(query)] for query in _BESIDE]


def expected_beside(world: World) -> list[list[tuple[Any, ...]]]:
    return [
        sorted((*place, word) for place, word in world.notes.items()),
        sorted(world.seats.items()),
        sorted((key, *stored) for key, stored in world.keys.items()),
        sorted({(bucket_of(slate), slate) for slate, left in world.unsent.items() if left}),
    ]


_STATES = """
select s.id, s.version, s.facts, s.revision, s.told,
  array(select type from laws.journal where aggregate = s.id order by seq),
  array(select fact_sequence from laws.journal where aggregate = s.id order by seq),
  array(select seq from laws.journal where aggregate = s.id order by seq),
  array(select seq from laws.outbox where aggregate = s.id order by id),
  array(select name from laws.timers where aggregate = s.id order by name),
  array(select due_at from laws.timers where aggregate = s.id order by name),
  array(select body from laws.texts where aggregate = s.id order by body)
from laws.slates s
"""
_BESIDE = (
    "select slate, slot, word from laws.notes order by 1, 2",
    "select seat, slate from laws.seats order by 1",
    "select key, fingerprint, body, revision from laws.idempotency order by 1",
    "select distinct bucket, aggregate from laws.outbox order by 1, 2",
)
