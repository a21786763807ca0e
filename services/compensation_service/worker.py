"""What compensation's worker does: tell, hear, and let approval clocks tick."""

from services.compensation_service.clock import moment_of
from services.compensation_service.hearing import Hearing
from services.compensation_service.store import Shelf, dossiers
from shared.contracts.registry import LISTENS
from shared.plumbing.running import Parts, Worker
from shared.plumbing.timers import Moment
from shared.plumbing.uptake import TakingUp


def create_worker(parts: Parts) -> Worker:
    """The worker of this process. Raises BadPack."""
    packs = parts.packs
    shelf = Shelf(packs, parts.time)
    kept = dossiers(shelf)
    return Worker(
        parts=parts,
        neighbours=LISTENS[parts.service],
        apply=TakingUp(uptake=parts.uptake, apply=Hearing(dossiers=kept, shelf=shelf)),
        moments=(Moment(kept, moment_of),),
    )
