"""The shell of compensation: which aggregates a request needs, and how it is answered."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from services.compensation_service import reading
from services.compensation_service.answering import (
    Answering,
    about_claim,
    about_delegation,
    about_grant,
    about_promise,
    about_release,
)
from services.compensation_service.domain.commands import (
    ApproveClaim,
    CancelClaim,
    Command,
    Deputy,
    DetermineEntitlement,
    PayClaim,
    ProposeClaim,
    Reconsider,
    RecordPromise,
    RefuseClaim,
    ReleasePromise,
    ReverseClaim,
    SignClaim,
    Wish,
)
from services.compensation_service.domain.delegation import (
    GiveDelegation,
    RevokeDelegation,
)
from services.compensation_service.domain.dossier import Dossier
from services.compensation_service.domain.errors import ApprovalOutdated
from services.compensation_service.domain.permitting import serves
from services.compensation_service.files import Files
from services.compensation_service.store import Delegations
from shared.kernel.occasion import Actor
from shared.plumbing import jointly
from shared.plumbing.aggregate import Given
from shared.plumbing.changes import Answer, Origin, Written
from shared.plumbing.cursors import Cursors
from shared.plumbing.shell import Ask
from shared.plumbing.together import Target, Workbench
from shared.plumbing.web.preconditions import UNCONDITIONAL, Expectation, Idempotency
from shared.plumbing.writing import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What every request comes with: by whom, why, under which key, on what they saw."""

    by: Actor
    origin: Origin
    once: Idempotency | None = None
    expecting: Expectation = UNCONDITIONAL
    texts: tuple[Written, ...] = ()


Making = Callable[[tuple[Dossier, ...]], Command]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation(Files):
    """The service: its files, and how each request changes them."""

    delegations: Delegations
    cursors: Cursors

    async def propose(
        self, asked: Asked, complaint_id: UUID, command: Callable[..., ProposeClaim], claim_id: UUID
    ) -> Answer:
        """Proposes a claim on what counts beside it; the linked cases are locked with it."""
        location = f"/compensation/v1/claims/{claim_id}"
        answering = about_claim(claim_id, status=201, location=location)
        return await self._jointly(
            asked, complaint_id, lambda elsewhere: command(elsewhere=elsewhere), answering
        )

    async def promise(
        self, asked: Asked, complaint_id: UUID, wish: Wish, ids: tuple[UUID, UUID]
    ) -> Answer:
        """Records a promise, whatever the guard says; `ids` name it and the claim it may open."""
        promise_id, claim_id = ids
        return await self._jointly(
            asked,
            complaint_id,
            lambda elsewhere: RecordPromise(
                promise_id=promise_id, claim_id=claim_id, wish=wish, elsewhere=elsewhere
            ),
            about_promise(promise_id, claim_id),
        )

    async def approve(self, asked: Asked, claim_id: UUID) -> Answer:
        """Takes a step of a claim: exposures, delegations and the claim under one lock."""
        complaint_id = await self.case_of(asked.by, claim_id)

        async def decide(bench: Workbench, given: Given) -> Answer:
            target = self._target(complaint_id)
            dossier: Dossier = bench.state(target)
            rows = await reading.delegations_for(
                bench.connection, asked.by, dossier.unit, bench.at, lock=True
            )
            deputies = tuple(
                Deputy(
                    delegation_id=row["id"],
                    giver=row["giver"],
                    role=row["giver_role"],
                    limit_minor=row["limit_minor"],
                )
                for row in rows
            )
            others = _elsewhere(bench, complaint_id)
            command = ApproveClaim(claim_id=claim_id, elsewhere=others, deputies=deputies)
            bench.decide(target, command, given)
            return _answer(bench, target, about_claim(claim_id))

        return await self._standing(asked, complaint_id, decide)

    async def pay(self, asked: Asked, claim_id: UUID, proof: str) -> Answer:
        """Pays on approvals that still stand; where they do not, they are asked for again."""
        complaint_id = await self.case_of(asked.by, claim_id)

        async def decide(bench: Workbench, given: Given) -> Answer:
            target = self._target(complaint_id)
            rests = await _delegations_of(bench, bench.state(target))
            others = _elsewhere(bench, complaint_id)
            command = PayClaim(claim_id=claim_id, proof=proof, elsewhere=others, delegations=rests)
            bench.decide(target, command, given)
            return _answer(bench, target, about_claim(claim_id))

        return await self._standing(asked, complaint_id, decide)

    async def settle(
        self, asked: Asked, claim_id: UUID, command: RefuseClaim | CancelClaim | ReverseClaim
    ) -> Answer:
        """What concerns one claim alone and only ever lowers the exposure."""
        complaint_id = await self.case_of(asked.by, claim_id)
        return await self._alone(asked, complaint_id, command, about_claim(claim_id))

    async def sign(self, asked: Asked, claim_id: UUID, evidence_id: UUID) -> Answer:
        """The payee's signature, on evidence that intake has."""
        complaint_id = await self.case_of(asked.by, claim_id)
        await self.await_evidence(complaint_id, (evidence_id,))
        command = SignClaim(claim_id=claim_id, evidence_id=evidence_id)
        return await self._alone(asked, complaint_id, command, about_claim(claim_id))

    async def determine(
        self, asked: Asked, complaint_id: UUID, command: DetermineEntitlement
    ) -> Answer:
        """What the published terms grant, on facts that cite evidence."""
        await self.await_evidence(complaint_id, command.facts.evidence)
        answering = about_grant(command.entitlement_id)
        return await self._alone(asked, complaint_id, command, answering)

    async def release(self, asked: Asked, complaint_id: UUID, command: ReleasePromise) -> Answer:
        """A promise is owed no longer."""
        answering = about_release(command.promise_id)
        return await self._alone(asked, complaint_id, command, answering)

    async def delegate(self, asked: Asked, command: GiveDelegation) -> Answer:
        """Gives a delegation under an id the giver chose, or changes it."""
        target = Target(self.delegations, command.delegation_id)

        async def decide(bench: Workbench, given: Given) -> Answer:
            status = 201 if bench.state(target) is None else 200
            bench.decide(target, command, given)
            return _answer(bench, target, about_delegation(status))

        return await jointly.handle(
            self.shell,
            jointly.JointAsk(
                subject=target,
                by=asked.by,
                origin=asked.origin,
                decide=decide,
                creates=True,
                once=asked.once,
                expecting=asked.expecting,
                sees=lambda state: asked.by.sees(state.unit),
            ),
        )

    async def revoke(self, asked: Asked, delegation_id: UUID) -> Answer:
        """Ends a delegation; what rests on it and is not paid needs approval again."""
        ask: Ask[RevokeDelegation | GiveDelegation] = Ask(
            id=delegation_id,
            command=RevokeDelegation(),
            by=asked.by,
            origin=asked.origin,
            once=asked.once,
            expecting=asked.expecting,
            sees=lambda state: asked.by.sees(state.unit),
        )
        return await self.shell.handle(self.delegations, ask, about_delegation(200))

    async def _standing(self, asked: Asked, complaint_id: UUID, decide: jointly.Deciding) -> Answer:
        """A refusal because approvals do not stand any longer has a consequence of its own."""
        try:
            return await jointly.handle(self.shell, self._joint(asked, complaint_id, decide))
        except ApprovalOutdated:
            await self._reconsider(asked, complaint_id)
            raise

    async def _reconsider(self, asked: Asked, complaint_id: UUID) -> None:
        async def decide(bench: Workbench, given: Given) -> Answer:
            target = self._target(complaint_id)
            rests = await _delegations_of(bench, bench.state(target))
            others = _elsewhere(bench, complaint_id)
            bench.decide(target, Reconsider(elsewhere=others, delegations=rests), given)
            return Answer(status=200, body=b"", revision=0)

        again = Asked(by=asked.by, origin=asked.origin)
        await jointly.handle(self.shell, self._joint(again, complaint_id, decide))

    async def _jointly(
        self, asked: Asked, complaint_id: UUID, making: Making, answering: Answering
    ) -> Answer:
        async def decide(bench: Workbench, given: Given) -> Answer:
            target = self._target(complaint_id)
            bench.decide(target, making(_elsewhere(bench, complaint_id)), given)
            return _answer(bench, target, answering)

        return await jointly.handle(self.shell, self._joint(asked, complaint_id, decide))

    def _joint(
        self, asked: Asked, complaint_id: UUID, decide: jointly.Deciding
    ) -> jointly.JointAsk:
        async def more(connection: Connection) -> Collection[Target]:
            ids = await self.group_ids(connection, asked.by.organisation, complaint_id)
            return {self._target(each) for each in ids}

        return jointly.JointAsk(
            subject=self._target(complaint_id),
            by=asked.by,
            origin=asked.origin,
            decide=decide,
            more=more,
            once=asked.once,
            expecting=asked.expecting,
            sees=lambda state: serves(asked.by, state),
            texts=asked.texts,
        )

    async def _alone(
        self, asked: Asked, complaint_id: UUID, command: Command, answering: Answering
    ) -> Answer:
        ask: Ask[Command] = Ask(
            id=complaint_id,
            command=command,
            by=asked.by,
            origin=asked.origin,
            once=asked.once,
            expecting=asked.expecting,
            sees=lambda state: serves(asked.by, state),
            texts=asked.texts,
        )
        return await self.shell.handle(self.dossiers, ask, answering)

    def _target(self, complaint_id: UUID) -> Target:
        return Target(self.dossiers, complaint_id)


def _elsewhere(bench: Workbench, complaint_id: UUID) -> tuple[Dossier, ...]:
    """The other locked dossiers that exist here."""
    others = (target for target in bench.current if target.id != complaint_id)
    return tuple(state for target in others if (state := bench.state(target)) is not None)


async def _delegations_of(bench: Workbench, dossier: Dossier) -> frozenset[UUID]:
    """The delegations that approvals in this dossier rest on and that are in force now."""
    named = {s.delegation for claim in dossier.claims for s in claim.steps if s.delegation}
    return (
        await reading.delegations_in_force(bench.connection, named, bench.at)
        if named
        else frozenset()
    )


def _answer(bench: Workbench, target: Target, answering: Callable[..., Answer]) -> Answer:
    return answering(bench.state(target), bench.current[target].head)
