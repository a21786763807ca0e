"""Escalation put together from what a process has open."""

from services.escalation_service.directory import Directory
from services.escalation_service.handler import Escalation
from services.escalation_service.store import cases_of, persons_of, units_of
from shared.plumbing.running import Parts


def assembled(parts: Parts) -> Escalation:
    """The service, its directory still as the organisations' files say."""
    packs = parts.packs
    directory = Directory(packs=packs, pool=parts.pool.behind)
    return Escalation(
        shell=parts.shell,
        directory=directory,
        cases=cases_of(directory),
        units=units_of(),
        persons=persons_of(),
    )
