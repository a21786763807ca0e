"""Door 2: neighbours' facts become commands on our aggregates, all in one batch.

A fact is never refused (decision 4): `decide` answers with events or `[]`. What speaks of
something that has not arrived yet raises `Premature` and is tried again soon.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from shared.kernel.errors import NotFound
from shared.kernel.occasion import Occasion, system
from shared.plumbing.aggregate import Given
from shared.plumbing.changes import Origin
from shared.plumbing.inbox import Premature, Received
from shared.plumbing.together import AnyAggregate, Target, Workbench, lock
from shared.plumbing.writing import Connection

log = structlog.get_logger("reacting")


@dataclass(frozen=True, slots=True)
class Reaction:
    """One command that follows from a fact, and the aggregate it is for (by table name)."""

    table: str
    id: UUID
    command: Any


CommandsFor = Callable[[Received], Sequence[Reaction]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacting:
    """A service's `Apply`: translates facts by `commands_for`, decides them under one lock."""

    aggregates: dict[str, AnyAggregate]
    commands_for: CommandsFor

    async def __call__(self, connection: Connection, facts: Sequence[Received]) -> None:
        """Raises Premature, or whatever `decide` raises; then nothing of it stays."""
        asked = [(fact, reaction) for fact in facts for reaction in self.commands_for(fact)]
        if not asked:
            return
        targets = [self._target(reaction) for _, reaction in asked]
        bench = await lock(connection, targets)
        for (fact, reaction), target in zip(asked, targets, strict=True):
            if speaks_of_its_own(bench, fact, target):
                _decide(bench, fact, reaction, target)
        await bench.write()

    def _target(self, reaction: Reaction) -> Target:
        return Target(self.aggregates[reaction.table], reaction.id)


def speaks_of_its_own(bench: Workbench, fact: Received, target: Target) -> bool:
    """Nothing crosses an organisation: a fact has no effect on another one's aggregate."""
    current, organisation = bench.current[target], fact.envelope.organisation
    own = current.state is None or current.organisation == organisation
    if not own:
        log.error("a fact of another organisation has no effect", type=fact.envelope.type)
    return own


def _decide(bench: Workbench, fact: Received, reaction: Reaction, target: Target) -> None:
    envelope = fact.envelope
    occasion = Occasion(at=bench.at, by=system(envelope.organisation, "facts"))
    origin = Origin(correlation=envelope.correlationid, cause=envelope.id)
    given = Given(occasion=occasion, origin=origin, by_person=False)
    try:
        bench.decide(target, reaction.command, given)
    except NotFound as error:
        raise Premature from error
