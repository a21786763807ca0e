"""Followup's worker: hears intake, escalation and compensation, and keeps its due moments."""

from services.followup_service.clock import moment_of
from services.followup_service.store import followups
from services.followup_service.subscriptions import TABLE, commands_for
from shared.plumbing.reacting import Reacting
from shared.plumbing.running import Parts, Worker
from shared.plumbing.timers import Moment

NEIGHBOURS = ("intake", "escalation", "compensation")


def create_worker(parts: Parts) -> Worker:
    """The worker of this process. Raises BadPack."""
    aggregate = followups(parts.packs)
    return Worker(
        parts=parts,
        neighbours=NEIGHBOURS,
        apply=Reacting(aggregates={TABLE: aggregate}, commands_for=commands_for),
        moments=(Moment(aggregate, moment_of),),
    )
