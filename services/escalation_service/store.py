"""How cases, units and persons are kept: columns, timers, constraints beside them, their rules."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from services.escalation_service.directory import Directory
from services.escalation_service.domain import person, unit
from services.escalation_service.domain.case import OPEN, Case, Known
from services.escalation_service.domain.commands import Command, OpenCase
from services.escalation_service.domain.deciding import decide
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.folding import evolve
from services.escalation_service.domain.refusals import CaseUnknown
from services.escalation_service.domain.rules import Rules
from services.escalation_service.domain.ticks import timers
from services.escalation_service.publications import fact_of, person_fact, unit_fact
from services.escalation_service.tables import CASES, CLOCK_STEPS, PERSONS, UNITS
from shared.kernel.clocks import ClockStepTaken
from shared.kernel.occasion import Occasion
from shared.plumbing.aggregate import Aggregate
from shared.plumbing.changes import Aside
from shared.plumbing.inbox import Premature
from shared.plumbing.packs import UnknownPack

Cases = Aggregate[Case, Command, Event, Rules]
Units = Aggregate[unit.UnitFile, unit.Command, unit.UnitRecorded, None]
Persons = Aggregate[person.PersonFile, person.Command, person.PersonRecorded, None]


def cases_of(directory: Directory) -> Cases:
    """The case aggregate; its rules come from the packs and the directory."""

    def rules(case: Case | None, command: Command) -> Rules:
        known = command.known if isinstance(command, OpenCase) else case.known if case else None
        if known is None:
            raise CaseUnknown
        return rules_of(directory, known)

    return Aggregate(
        service="escalation",
        table=CASES,
        state=Case,
        decide=decide,
        evolve=evolve,
        fact_of=fact_of,
        rules=rules,
        policy_of=lambda case: case.known.policy,
        columns=_columns,
        timers=timers,
        asides=_asides,
        stirs=_stirs,
    )


def units_of() -> Units:
    """The unit aggregate."""
    return Aggregate(
        service="escalation",
        table=UNITS,
        state=unit.UnitFile,
        decide=unit.decide,
        evolve=unit.evolve,
        fact_of=unit_fact,
        rules=lambda _state, _command: None,
        policy_of=lambda _: None,
        columns=lambda file: {"path": file.path, "active": file.active},
    )


def persons_of() -> Persons:
    """The person aggregate."""
    return Aggregate(
        service="escalation",
        table=PERSONS,
        state=person.PersonFile,
        decide=person.decide,
        evolve=person.evolve,
        fact_of=person_fact,
        rules=lambda _state, _command: None,
        policy_of=lambda _: None,
        columns=lambda file: {"person": file.person, "active": file.active},
    )


def rules_of(directory: Directory, known: Known) -> Rules:
    """An unknown version is on its way: the fact is tried again (decision 21)."""
    try:
        pack = directory.packs.by_hash(known.policy)
    except UnknownPack as error:
        raise Premature from error
    return Rules(pack=pack, organisation=directory.of(known.organisation))


def _columns(case: Case) -> Mapping[str, Any]:
    return {
        "reference": case.known.reference,
        "status": str(case.status),
        "open": case.status in OPEN,
        "tier": case.tier,
        "unit": case.custody.unit,
        "holder": case.custody.person,
        "offered_unit": case.offer.unit if case.offer else None,
        "received_at": case.known.received_at,
        "due_at": case.next_due_at,
        "reach": " ".join(sorted(_reach(case))),
    }


def _reach(case: Case) -> set[str]:
    """The units that may see it, and all above them."""
    return set().union(*map(_upwards, case.units))


@lru_cache(maxsize=4_096)
def _upwards(path: str) -> frozenset[str]:
    """A unit and all above it."""
    parts = path.split(".")
    return frozenset(".".join(parts[:n]) for n in range(1, len(parts) + 1))


def _stirs(before: Case | None, after: Case) -> bool:
    """Custody, tier and status concern whoever looks at it; warnings do not (decision 10)."""
    return before is None or _moved(before) != _moved(after)


def _moved(case: Case) -> tuple[object, ...]:
    return (case.status, case.tier, case.custody, case.offer, case.arbiter)


def _asides(event: Event, case: Case, _occasion: Occasion) -> Sequence[Aside]:
    if not isinstance(event, ClockStepTaken):
        return ()
    step = {
        "case_id": case.id,
        "clock": event.clock,
        "round": event.round,
        "step": event.step,
        "at": event.at,
    }
    return (Aside(table=CLOCK_STEPS, values=step),)
