"""What an operator sees on the metrics page while something waits."""

import asyncio
import time
from uuid import uuid4

from prometheus_client import REGISTRY

from shared.plumbing.observing import LOOK_SECONDS, NAP_SECONDS, Observing
from tests.integration.plumbing.conftest import Toy
from tests.integration.plumbing.toy import Add


def _shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"service": "toy", **labels})


async def test_unsent_facts_are_counted_and_aged(toys: Toy) -> None:
    await toys.ask(await toys.started(), Add(times=3))
    bucket = await toys.pool.fetchval(
        "update toy.outbox set posted_at = clock_timestamp() - interval '90 s' "
        "returning bucket::text"
    )
    await Observing("toy", toys.pool).look()
    assert _shown("kesu_outbox", bucket=bucket) == 3
    age = _shown("kesu_outbox_oldest_age_seconds")
    assert age is not None
    assert 90 <= age < 120


async def test_a_bucket_that_is_empty_again_is_shown_no_more(toys: Toy) -> None:
    await toys.ask(await toys.started(), Add())
    observing = Observing("toy", toys.pool)
    await observing.look()
    bucket = await toys.pool.fetchval("delete from toy.outbox returning bucket::text")
    assert _shown("kesu_outbox", bucket=bucket) == 1
    await observing.look()
    assert _shown("kesu_outbox", bucket=bucket) is None
    assert _shown("kesu_outbox_oldest_age_seconds") == 0


async def test_parked_aggregates_are_counted_by_their_reason(toys: Toy) -> None:
    aggregate = uuid4()
    for sequence in (2, 3):
        await toys.pool.execute(
            "insert into toy.parked (source, aggregate, sequence, event_id, type, kind, problem, "
            "record) values ('intake', $1, $2, $1, 'T', 'gap', 'gap', '')",
            aggregate,
            sequence,
        )
    await Observing("toy", toys.pool).look()
    assert _shown("kesu_parked_aggregates", kind="gap") == 1


async def test_without_prepared_transactions_their_age_is_nothing(toys: Toy) -> None:
    await Observing("toy", toys.pool).look()
    assert _shown("kesu_database_prepared_oldest_age_seconds") == 0


async def test_a_loop_that_is_kept_busy_is_seen_to_wake_late(toys: Toy) -> None:
    feeling = asyncio.create_task(Observing("toy", toys.pool).feel())
    await asyncio.sleep(0)
    _busy(NAP_SECONDS + 0.3)
    await asyncio.sleep(0.05)
    feeling.cancel()
    late = _shown("kesu_event_loop_lag_seconds")
    assert late is not None
    assert 0.2 < late < LOOK_SECONDS


def _busy(seconds: float) -> None:
    """Holds the loop, as a long calculation would."""
    time.sleep(seconds)
