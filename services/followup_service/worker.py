"""Followup's worker: hears intake, escalation and compensation, and keeps its due moments."""

from services.followup_service.clock import moment_of
from services.followup_service.store import followups
from services.followup_service.subscriptions import TABLE, commands_for
from shared.contracts.registry import LISTENS
from shared.plumbing.reacting import Reacting
from shared.plumbing.running import Parts, Worker
from shared.plumbing.timers import Moment
from shared.plumbing.uptake import TakingUp


def create_worker(parts: Parts) -> Worker:
    """The worker of this process. Raises BadPack."""
    aggregate = followups(parts.packs)
    reacting = Reacting(aggregates={TABLE: aggregate}, commands_for=commands_for)
    return Worker(
        parts=parts,
        neighbours=LISTENS[parts.service],
        apply=TakingUp(uptake=parts.uptake, apply=reacting),
        moments=(Moment(aggregate, moment_of),),
    )
