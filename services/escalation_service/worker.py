"""Escalation's worker: relay, what neighbours tell, due moments, and the directory kept fresh."""

from services.escalation_service.assembling import assembled
from services.escalation_service.clock import moment_of
from services.escalation_service.handler import Escalation
from services.escalation_service.subscriptions import CASES, commands_for
from shared.contracts.registry import LISTENS
from shared.plumbing.reacting import Reacting
from shared.plumbing.running import Parts, Worker
from shared.plumbing.timers import Moment
from shared.plumbing.uptake import TakingUp


def create_worker(parts: Parts) -> Worker:
    """The loops of one process. Raises BadPack for a policy that would decide wrongly."""
    service = assembled(parts)

    async def directory() -> None:
        await service.seed()
        await service.directory.keep()

    return Worker(
        parts=parts,
        neighbours=LISTENS[parts.service],
        apply=TakingUp(uptake=parts.uptake, apply=reacting_of(service)),
        moments=(Moment(service.cases, moment_of),),
        more=(directory,),
    )


def reacting_of(service: Escalation) -> Reacting:
    """How facts become changes of cases."""
    return Reacting(aggregates={CASES: service.cases}, commands_for=commands_for)
