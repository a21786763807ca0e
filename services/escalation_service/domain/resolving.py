"""Investigating and resolving: findings, and resolutions from proposal to execution."""

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain import refusals as no
from services.escalation_service.domain.case import Case, Resolution, Stage
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.guards import (
    require_codes,
    require_holder,
    require_impartial,
)
from services.escalation_service.domain.rules import Rules
from shared.kernel.errors import Pointer
from shared.kernel.occasion import Occasion


def found(case: Case, command: ask.RecordFinding, occasion: Occasion, rules: Rules) -> list[Event]:
    """What the investigation established; whoever decides is not accused (MALL-35, F37)."""
    require_holder(case, occasion.by)
    require_impartial(case, occasion.by, command.accused)
    require_codes(
        [("/cause", command.cause)], [cause.code for cause in rules.policy.closing.causes]
    )
    return [
        said.FindingRecorded(
            finding_id=case.derived("finding", len(case.findings) + 1),
            substantiated=command.substantiated,
            cause=command.cause,
            fault_confirmed=command.fault_confirmed,
            accused=command.accused,
            text=command.text,
            attributes=command.attributes,
        )
    ]


def proposed(
    case: Case, command: ask.ProposeResolution, occasion: Occasion, rules: Rules
) -> list[Event]:
    """What is offered to the complainant, or the final answer; a finding comes first for that."""
    require_holder(case, occasion.by)
    require_impartial(case, occasion.by)
    if command.final and not case.findings:
        raise no.FindingMissing
    known = [remedy.code for remedy in rules.pack.compensation.remedies]
    given = [(f"/remedies/{n}/remedy", each.remedy) for n, each in enumerate(command.remedies)]
    require_codes(given, known)
    if command.expected_by is not None and command.expected_by <= occasion.at:
        raise no.PromiseInThePast(errors=[Pointer("/expected_by", "too-small", "")])
    return [
        said.ResolutionProposed(
            resolution_id=case.derived("resolution", len(case.resolutions) + 1),
            remedies=command.remedies,
            final=command.final,
            expected_by=command.expected_by,
            text=command.text,
        )
    ]


def accepted(case: Case, command: ask.AcceptResolution, occasion: Occasion) -> list[Event]:
    """The complainant agreed; `evidence` says how we know (F45)."""
    require_holder(case, occasion.by)
    require_impartial(case, occasion.by)
    _require_stage(_resolution(case, command.resolution_id), Stage.PROPOSED)
    return [
        said.ResolutionAccepted(
            resolution_id=command.resolution_id,
            evidence=command.evidence,
            evidence_id=command.evidence_id,
        )
    ]


def rejected(case: Case, command: ask.RejectResolution, occasion: Occasion) -> list[Event]:
    """The complainant did not agree; what was offered is kept (F44)."""
    require_holder(case, occasion.by)
    require_impartial(case, occasion.by)
    _require_stage(_resolution(case, command.resolution_id), Stage.PROPOSED)
    return [
        said.ResolutionRejected(
            resolution_id=command.resolution_id,
            reason_code=command.reason_code,
            note=command.note,
        )
    ]


def executed(case: Case, command: ask.ExecuteResolution, occasion: Occasion) -> list[Event]:
    """What was promised is done; a final answer is released by a second person (F47)."""
    require_holder(case, occasion.by)
    require_impartial(case, occasion.by)
    resolution = _resolution(case, command.resolution_id)
    if resolution.final and resolution.stage is Stage.PROPOSED:
        if resolution.proposed_by == occasion.by.id:
            raise no.SecondPersonNeeded
    elif resolution.stage is not Stage.ACCEPTED:
        raise no.NotAccepted
    return [said.ResolutionExecuted(resolution_id=resolution.id, note=command.note)]


def _resolution(case: Case, resolution_id: object) -> Resolution:
    found_ = next((each for each in case.resolutions if each.id == resolution_id), None)
    if found_ is None:
        raise no.NoSuchResolution
    return found_


def _require_stage(resolution: Resolution, stage: Stage) -> None:
    if resolution.stage is not stage:
        raise no.NotProposed
