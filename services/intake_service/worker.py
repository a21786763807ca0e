"""Intake's worker: hears three neighbours, watches the confirmation clock, tells its facts."""

from services.intake_service.clock import moment_of
from services.intake_service.noting import Hearing
from services.intake_service.store import complaints
from services.intake_service.subscriptions import TABLE, commands_for
from shared.contracts.registry import LISTENS
from shared.plumbing.reacting import Reacting
from shared.plumbing.running import Parts, Worker
from shared.plumbing.timers import Moment


def create_worker(parts: Parts) -> Worker:
    """The worker of one process. Raises BadPack for a policy that would decide wrongly."""
    packs = parts.packs
    records = complaints(packs)
    return Worker(
        parts=parts,
        neighbours=LISTENS[parts.service],
        apply=Hearing(Reacting(aggregates={TABLE: records}, commands_for=commands_for)),
        moments=(Moment(records, moment_of),),
    )
