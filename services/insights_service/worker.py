"""Insights' worker: hears everybody, itself too, and keeps its due moments."""

from zoneinfo import ZoneInfo

from services.insights_service.clock import moment_of
from services.insights_service.projecting import Projecting
from services.insights_service.store import actions
from shared.contracts.registry import LISTENS
from shared.plumbing.running import Parts, Worker
from shared.plumbing.timers import Moment
from shared.plumbing.uptake import TakingUp


def create_worker(parts: Parts) -> Worker:
    """The worker of this process. Raises BadPack."""
    packs = parts.packs
    zones = {known.id: ZoneInfo(known.timezone) for known in packs.organisations}
    return Worker(
        parts=parts,
        neighbours=LISTENS[parts.service],
        apply=TakingUp(uptake=parts.uptake, apply=Projecting(zones=zones)),
        moments=(Moment(actions(packs), moment_of),),
    )
