"""Authority is the stricter of what was in force at receipt and what is now (decision 21)."""

from datetime import timedelta
from uuid import UUID

import pytest

from shared.contracts.intake import Policy
from shared.plumbing.identifiers import new_id
from shared.plumbing.packs import Version
from tests.integration.compensation.conftest import Till
from tests.support.drafts import Swaps, made, told
from tests.support.packs import AUTO, AUTO_DEMO

STRICTER: Swaps = {
    "compensation": [
        ('exposure: {up_to: "2000.00"}', 'exposure: {up_to: "1000.00"}'),
        ('above: "2000.00", up_to: "5000.00"', 'above: "1000.00", up_to: "5000.00"'),
    ]
}
LOOSER: Swaps = {
    "compensation": [
        ('exposure: {up_to: "2000.00"}', 'exposure: {up_to: "3000.00"}'),
        ('above: "2000.00", up_to: "5000.00"', 'above: "3000.00", up_to: "5000.00"'),
    ]
}


async def activated(till: Till, swaps: Swaps) -> Version:
    """Intake tells of a version that comes into force in an hour."""
    version = made(AUTO_DEMO, till.parts.time.now() + timedelta(hours=1), swaps=swaps)
    fact = told(version)
    await till.neighbours.tell(fact, subject=fact.version_id)
    return version


async def row_of(till: Till, complaint: UUID, minor: int) -> str:
    claim = await till.proposed(complaint, minor)
    return str((await till.get(f"/claims/{claim}")).json()["row"])


@pytest.mark.parametrize(
    ("swaps", "minor", "old_now", "old_later", "new"),
    [
        (STRICTER, 150_000, "store-manager", "operations-vp", "operations-vp"),
        (LOOSER, 250_000, "operations-vp", "operations-vp", "store-manager"),
    ],
    ids=["stricter", "looser"],
)
async def test_an_old_complaint_is_judged_by_the_stricter_and_a_new_one_by_the_new(
    till: Till, swaps: Swaps, minor: int, old_now: str, old_later: str, new: str
) -> None:
    version = await activated(till, swaps)
    first, second = [await till.complaint() for _ in range(2)]
    assert await row_of(till, first, minor) == f"authority.{old_now}"
    await till.advance("2 hours")
    assert await row_of(till, second, minor) == f"authority.{old_later}"
    ref = version.pack.ref
    fresh = await till.complaint(policy=Policy(pack=ref.pack, version=ref.version, hash=ref.hash))
    assert await row_of(till, fresh, minor) == f"authority.{new}"
    assert (await till.get(f"/cases/{fresh}/explanations")).json()["items"][0]["hash"] == ref.hash
    earlier = (await till.get(f"/cases/{first}/explanations")).json()["items"]
    assert [each["hash"] for each in earlier] == [AUTO.hash]


async def test_a_complaint_under_a_version_that_is_on_its_way_waits_for_it(till: Till) -> None:
    version = made(AUTO_DEMO, till.parts.time.now() + timedelta(hours=1), swaps=STRICTER)
    ref = version.pack.ref
    await till.complaint(policy=Policy(pack=ref.pack, version=ref.version, hash=ref.hash))
    assert await till.neighbours.parked() == 1
    kind = await till.parts.pool.fetchval("select kind from compensation.parked")
    assert kind == "premature"
    fact = told(version)
    await till.neighbours.tell(fact, subject=fact.version_id)
    assert await till.complaint(policy=Policy(pack=ref.pack, version=ref.version, hash=ref.hash))
    assert await till.neighbours.parked() == 1
    assert await till.parts.pool.fetchval("select count(*) from compensation.dossiers") == 1


async def test_another_process_looks_into_the_table_when_a_hash_is_unknown(till: Till) -> None:
    version = made(AUTO_DEMO, till.parts.time.now() + timedelta(hours=1), swaps=STRICTER)
    kept = version.kept
    await till.parts.pool.execute(
        "insert into compensation.policy_packs "
        "(organisation, hash, activated, pack, version, in_force_from, content) "
        "values ($1, $2, true, $3, $4, $5, $6)",
        kept.organisation,
        kept.hash,
        kept.pack,
        kept.version,
        kept.in_force_from,
        kept.content,
    )
    with pytest.raises(LookupError):
        till.parts.packs.by_hash(kept.hash)
    assert await till.parts.uptake.look() == 1
    assert till.parts.packs.by_hash(kept.hash) == version.pack


async def test_a_version_told_twice_is_kept_once(till: Till) -> None:
    fact = told(made(AUTO_DEMO, till.parts.time.now() + timedelta(hours=1), swaps=STRICTER))
    for _ in range(2):
        await till.neighbours.tell(fact, subject=new_id())
    count = "select count(*) from compensation.policy_packs where activated"
    assert await till.parts.pool.fetchval(count) == 1
