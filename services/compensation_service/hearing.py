"""Door 2: facts become commands; a link makes all that now counts together be looked at again.

Everything a batch may touch is locked at once, in the global order (decision 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.compensation_service import reading
from services.compensation_service.domain.commands import Amend, LinkCase, NoteFinding, Reconsider
from services.compensation_service.domain.dossier import Dossier
from services.compensation_service.store import Dossiers, Shelf
from services.compensation_service.subscriptions import commands_for
from shared.kernel.errors import NotFound
from shared.kernel.occasion import Occasion, system
from shared.plumbing.aggregate import Given
from shared.plumbing.changes import Origin
from shared.plumbing.inbox import Premature, Received
from shared.plumbing.reacting import Reaction, speaks_of_its_own
from shared.plumbing.together import Target, Workbench, lock
from shared.plumbing.writing import Connection

RECONSIDERED = (LinkCase, Amend, NoteFinding)
"""What may make a decision insufficient: a link, and somebody newly complained about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """The service's `Apply`."""

    dossiers: Dossiers
    shelf: Shelf

    async def __call__(self, connection: Connection, facts: Sequence[Received]) -> None:
        """Raises Premature, or whatever `decide` raises; then nothing of it stays."""
        asked = [(fact, reaction) for fact in facts for reaction in commands_for(fact)]
        if not asked:
            return
        touched = _touched(asked)
        ids = {reaction.id for _, reaction in asked}
        for fact, reaction in asked:
            if reaction.id in touched:
                ids |= await self._group(connection, fact.envelope.organisation, reaction.id)
        bench = await lock(connection, [Target(self.dossiers, each) for each in ids])
        own = [
            (fact, reaction)
            for fact, reaction in asked
            if speaks_of_its_own(bench, fact, Target(self.dossiers, reaction.id))
        ]
        for fact, reaction in own:
            _decide(bench, Target(self.dossiers, reaction.id), fact, reaction)
        self._reconsider(bench, _touched(own))
        await bench.write()

    def _reconsider(self, bench: Workbench, touched: dict[UUID, Received]) -> None:
        """On one picture of all dossiers, so that the order does not matter."""
        states: dict[UUID, Dossier] = {
            target.id: state for target in bench.current if (state := bench.state(target))
        }
        counting = {org: self.shelf.counts_customer(org) for org in _organisations(states)}
        for complaint_id, fact in _reached(states, touched, counting).items():
            group = _component(states, complaint_id, counting)
            others = tuple(states[each] for each in sorted(group - {complaint_id}))
            target = Target(self.dossiers, complaint_id)
            bench.decide(target, Reconsider(elsewhere=others), _given(bench, fact))

    async def _group(
        self, connection: Connection, organisation: str, complaint_id: UUID
    ) -> set[UUID]:
        by_customer = self.shelf.counts_customer(organisation)
        return await reading.group_of(connection, complaint_id, by_customer=by_customer)


def _touched(asked: Sequence[tuple[Received, Reaction]]) -> dict[UUID, Received]:
    return {r.id: f for f, r in asked if isinstance(r.command, RECONSIDERED)}


def _organisations(states: dict[UUID, Dossier]) -> set[str]:
    return {state.organisation for state in states.values()}


def _reached(
    states: dict[UUID, Dossier], touched: dict[UUID, Received], counting: dict[str, bool]
) -> dict[UUID, Received]:
    """Every dossier that counts with a touched one, and the fact that made it so."""
    found: dict[UUID, Received] = {}
    for complaint_id, fact in touched.items():
        if complaint_id in states:
            found |= dict.fromkeys(sorted(_component(states, complaint_id, counting)), fact)
    return found


def _component(states: dict[UUID, Dossier], start: UUID, counting: dict[str, bool]) -> set[UUID]:
    """All that counts with it, over any number of links. Raises Premature: one is not locked."""
    found, ahead = {start}, [start]
    while ahead:
        here = states[ahead.pop()]
        if not set(here.links) <= set(states):
            raise Premature
        near = {other.id for other in states.values() if _together(here, other, counting)}
        ahead += near - found
        found |= near
    return found


def _together(here: Dossier, other: Dossier, counting: dict[str, bool]) -> bool:
    if here.organisation != other.organisation:
        return False
    same = here.customer is not None and here.customer == other.customer
    return other.id in here.links or (same and counting[here.organisation])


def _decide(bench: Workbench, target: Target, fact: Received, reaction: Reaction) -> None:
    try:
        bench.decide(target, reaction.command, _given(bench, fact))
    except NotFound as error:
        raise Premature from error


def _given(bench: Workbench, fact: Received) -> Given:
    envelope = fact.envelope
    occasion = Occasion(at=bench.at, by=system(envelope.organisation, "facts"))
    origin = Origin(correlation=envelope.correlationid, cause=envelope.id)
    return Given(occasion=occasion, origin=origin, by_person=False)
