"""A bound on what is done at once, and a short queue before it."""

import asyncio

import pytest

from shared.plumbing.problems import Refusal
from shared.plumbing.web.gate import Gate


async def test_a_gate_lets_in_so_many_and_turns_the_rest_away() -> None:
    gate = Gate(at_once=1, queue=1, wait_s=5)
    await gate.enter()
    second = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)

    with pytest.raises(Refusal) as refused:
        await gate.enter()
    gate.leave()
    await second

    assert refused.value.slug == "overloaded"
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 3
    gate.leave()
    assert gate.inside == 0


async def test_nobody_waits_for_ever_at_the_gate() -> None:
    gate = Gate(at_once=1, queue=5, wait_s=0.01)
    await gate.enter()

    with pytest.raises(Refusal, match="overloaded"):
        await gate.enter()
    gate.leave()
    await gate.enter()

    assert gate.inside == 1


async def test_whoever_leaves_the_queue_takes_no_place() -> None:
    gate = Gate(at_once=1, queue=5, wait_s=5)
    await gate.enter()
    waiting = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.leave()

    assert gate.inside == 0
