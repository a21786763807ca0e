"""Escalation put together from what a process has open."""

from functools import lru_cache
from pathlib import Path

from services.escalation_service.directory import Directory
from services.escalation_service.handler import Escalation
from services.escalation_service.store import cases_of, persons_of, units_of
from shared.plumbing.packs import Packs
from shared.plumbing.running import Parts


@lru_cache(maxsize=4)
def packs_in(policies: Path, organisations: Path) -> Packs:
    """Read and proved once per process. Raises BadPack."""
    return Packs.load(policies, organisations)


def assembled(parts: Parts) -> Escalation:
    """The service, its directory still as the organisations' files say."""
    packs = packs_in(parts.settings.policies, parts.settings.organisations)
    directory = Directory(packs=packs, pool=parts.pool)
    return Escalation(
        shell=parts.shell,
        directory=directory,
        cases=cases_of(directory),
        units=units_of(),
        persons=persons_of(),
    )
