"""The files of cases as a person finds them: only those of their own units, waiting a little."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.compensation_service import reading
from services.compensation_service.domain.dossier import Claim, Dossier
from services.compensation_service.domain.errors import ClaimNotKnown
from services.compensation_service.domain.permitting import serves
from services.compensation_service.store import Dossiers, Shelf
from shared.kernel.occasion import Actor
from shared.plumbing.problems import unseen
from shared.plumbing.shell import KNOWN_POLL_SECONDS, KNOWN_WITHIN_SECONDS, Shell


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Dossiers, read for somebody."""

    shell: Shell
    shelf: Shelf
    dossiers: Dossiers

    async def group(self, by: Actor, complaint_id: UUID) -> tuple[Dossier, tuple[Dossier, ...]]:
        """A case the reader sees and the ones that count with it, unlocked. Raises 404."""
        dossier, _ = await self.seen(by, complaint_id)
        ids = await self.group_ids(self.shell.pool, by.organisation, complaint_id)
        found = await reading.read_dossiers(self.shell.pool, self.dossiers, ids - {complaint_id})
        return dossier, tuple(each.state for each in found.values() if each.state)

    async def seen(self, by: Actor, complaint_id: UUID) -> tuple[Dossier, int]:
        """The dossier and its revision, for who may see it. Waits for a fact on its way, ≤ 1 s."""
        for _ in range(int(KNOWN_WITHIN_SECONDS / KNOWN_POLL_SECONDS) + 1):
            found = await reading.read_dossiers(self.shell.pool, self.dossiers, [complaint_id])
            if complaint_id in found:
                break
            await asyncio.sleep(KNOWN_POLL_SECONDS)
        current = found.get(complaint_id)
        if current is None or current.state is None or current.organisation != by.organisation:
            raise unseen(retry_after_s=1)
        if not serves(by, current.state):
            raise unseen(retry_after_s=1)
        return current.state, current.head.revision

    async def claim(self, by: Actor, claim_id: UUID) -> tuple[Dossier, Claim, int]:
        """A claim the reader sees, its dossier and revision. Raises 404."""
        complaint_id = await self.case_of(by, claim_id)
        dossier, revision = await self.seen(by, complaint_id)
        claim = dossier.claim(claim_id)
        if claim is None:
            raise ClaimNotKnown
        return dossier, claim, revision

    async def await_evidence(self, complaint_id: UUID, evidence: Collection[UUID]) -> None:
        """Waits up to a second for intake's word of the evidence; the rule judges it then."""
        for _ in range(int(KNOWN_WITHIN_SECONDS / KNOWN_POLL_SECONDS)):
            if await reading.evidence_known(self.shell.pool, complaint_id, evidence):
                return
            await asyncio.sleep(KNOWN_POLL_SECONDS)

    async def group_ids(
        self, reader: reading.Reader, organisation: str, complaint_id: UUID
    ) -> set[UUID]:
        by_customer = self.shelf.counts_customer(organisation)
        return await reading.group_of(reader, complaint_id, by_customer=by_customer)

    async def case_of(self, by: Actor, claim_id: UUID) -> UUID:
        found = await reading.case_of_claim(self.shell.pool, claim_id, by.organisation)
        if found is None:
            raise unseen(retry_after_s=1)
        return found
