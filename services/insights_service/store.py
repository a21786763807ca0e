"""How a corrective action is kept, and the packs it is judged by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.insights_service.domain.corrective import (
    Command,
    CorrectiveAction,
    Event,
    OpenAction,
    Rules,
    Standing,
    decide,
    evolve,
)
from services.insights_service.publications import fact_of
from services.insights_service.tables import ACTIONS
from shared.plumbing.aggregate import Aggregate
from shared.plumbing.packs import Packs

Actions = Aggregate[CorrectiveAction, Command, Event, Rules]

NO_CAUSES = Rules(causes=frozenset())


def actions(packs: Packs) -> Actions:
    """The aggregate; only opening reads the pack, for its coded causes."""

    def rules(_state: CorrectiveAction | None, command: Command) -> Rules:
        if not isinstance(command, OpenAction):
            return NO_CAUSES
        causes = packs.by_hash(command.policy).escalation.closing.causes
        return Rules(causes=frozenset(word.code for word in causes))

    return Aggregate(
        service="insights",
        table=ACTIONS,
        state=CorrectiveAction,
        decide=decide,
        evolve=evolve,
        fact_of=fact_of,
        rules=rules,
        policy_of=lambda state: state.policy,
        columns=_columns,
        timers=timers,
        partition_of=lambda state, action: state.complaint or action,
    )


def timers(
    state: CorrectiveAction, _rules: Rules, _other: CorrectiveAction | None = None
) -> dict[str, datetime]:
    """Its due moment, until it is closed or known to be late."""
    return {"due": state.due_at} if state.standing is Standing.OPEN else {}


def _columns(state: CorrectiveAction) -> Mapping[str, Any]:
    return {
        "unit": state.unit,
        "owner": state.owner,
        "cause": state.cause,
        "standing": str(state.standing),
        "complaint": state.complaint,
        "due_at": state.due_at,
    }
