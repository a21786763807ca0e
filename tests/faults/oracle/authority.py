"""I5's other half: what was approved lies in the band of the ladder that its approvers hold."""

from collections.abc import Iterator
from functools import cache

import asyncpg

from kesu.home import PROJECT
from shared.kernel.policy.authority import How, LadderRow
from shared.kernel.policy.boxes import Within
from shared.kernel.policy.compensation import CompensationPolicy
from shared.plumbing.packs import Packs

EXPOSURE = "exposure_minor"


async def beyond_authority(database: asyncpg.Connection) -> list[str]:
    """Claims that were authorised on a sum outside their row's band, or without its approvers.

    Rows of versions that were activated during the run are not judged.
    """
    found: list[str] = []
    for claim in await database.fetch(_AUTHORISED):
        policy = _shelf().for_organisation(claim["organisation"], claim["proposed_at"]).compensation
        for row in policy.ladder:
            if row.id == claim["row"]:
                found += [f"{why}: claim {claim['claim_id']}" for why in _why(policy, row, claim)]
    return found


def _why(policy: CompensationPolicy, row: LadderRow, claim: asyncpg.Record) -> Iterator[str]:
    band = row.when.on(EXPOSURE)
    if isinstance(band, Within):
        over = band.high is not None and claim[EXPOSURE] > band.high
        if over or claim[EXPOSURE] < band.low:
            yield f"approved on {claim[EXPOSURE]}, which is not in {row.id}"
    needed = [step.role for step in row.steps if step.how is How.APPROVE]
    for role in needed:
        if not any(policy.ranks.fills(frozenset({held}), role) for held in claim["roles"]):
            yield f"approved without the {role}"


@cache
def _shelf() -> Packs:
    return Packs.load(PROJECT / "policies", PROJECT / "organisations")


_AUTHORISED = """
select c.claim_id, c.organisation, c.row, c.exposure_minor, c.proposed_at,
       array(select a.role from compensation.approvals a
             where a.claim_id = c.claim_id and a.duty = 'approve' and a.round = (
                 select max(l.round) from compensation.approvals l where l.claim_id = c.claim_id)
       ) as roles
from compensation.claims c where c.status in ('authorised', 'paid', 'signed')
"""
