"""A case stays under the version of its receipt; a new one is known while escalation runs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.contracts.intake import Policy
from tests.integration.escalation.conftest import House
from tests.support.drafts import Swaps, made, told
from tests.support.packs import AUTO, AUTO_DEMO

SWAPS: Swaps = {"escalation": [("within: {configured: clock.resolve}", "within: 2h")]}


async def clock(house: House, complaint: UUID) -> dict[str, Any]:
    answer = await house.get(f"cases/{complaint}/clocks/resolve/explanation")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_clocks_and_routing_follow_the_version_of_the_receipt(house: House) -> None:
    at = house.parts.time.now()
    before = await house.confirmed()
    version = made(AUTO_DEMO, at + timedelta(hours=1), swaps=SWAPS)
    fact = told(version)
    await house.tell(fact.version_id, fact)
    promised = await clock(house, before)
    await house.advance("90 minutes")
    late = await house.confirmed(received_at=at)
    ref = version.pack.ref
    after = await house.confirmed(policy=Policy(pack=ref.pack, version=ref.version, hash=ref.hash))
    allowed = [(await clock(house, each))["allowed_seconds"] for each in (before, late, after)]
    assert allowed == [24 * 3600, 24 * 3600, 2 * 3600]
    assert (await clock(house, before))["due_at"] == promised["due_at"]
    hashes = [
        (await house.get(f"cases/{each}/explanations")).json()["items"][0]["hash"]
        for each in (before, late, after)
    ]
    assert hashes == [AUTO.hash, AUTO.hash, ref.hash]
