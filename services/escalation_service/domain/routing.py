"""Where a case goes and to whom it is offered. A case never goes down by itself."""

from datetime import datetime

from services.escalation_service.domain.case import Case, Status
from services.escalation_service.domain.events import (
    AssistanceAsked,
    CaseEscalated,
    CaseRouted,
    CustodyOffered,
    Event,
    TaskRaised,
    TierKept,
)
from services.escalation_service.domain.rules import Rules, routing_facts
from shared.kernel.occasion import Occasion
from shared.kernel.policy.routing import Routing, TaskRule
from shared.kernel.replacing import replace


def first_route(case: Case, occasion: Occasion, rules: Rules) -> list[Event]:
    """On confirmation: tier, unit and tasks by the pack; a repeat one rung higher; one offer."""
    routing = rules.policy.route(routing_facts(case))
    routed = _routed(case, routing, rules)
    after = replace(case, tier=routed.tier, rung=routed.rung)
    lift = _lift_of_repeat(after, routing, rules)
    offer = (
        _offer_to_rung(after, lift, occasion, rules)
        if lift
        else offered(after, routed.unit, _role(routed, after, rules), "routed", occasion, rules)
    )
    offer = replace(offer, row=offer.row or routing.row)
    asked = _asked(case, routing.tasks, occasion, rules)
    return [routed, *([lift] if lift else []), offer, *asked]


def route_again(case: Case, occasion: Occasion, rules: Rules) -> list[Event]:
    """After the facts changed: up or to another unit of the same tier, never silently down."""
    routing = rules.policy.route(routing_facts(case))
    routed = _routed(case, routing, rules)
    asked = _asked(case, routing.tasks, occasion, rules)
    rise = rules.rank(routed.tier) - rules.rank(case.tier)
    if rise < 0:
        kept = TierKept(tier=case.tier, suggested=routed.tier, because=routing.because)
        return [kept, raised(case, "lower_tier_suggested", case.custody.unit), *asked]
    where = case.offer.unit if case.offer else case.custody.unit
    if rise == 0 and routed.unit == where:
        return asked
    after = replace(case, tier=routed.tier, rung=routed.rung)
    role = _role(routed, after, rules)
    offer = offered(after, routed.unit, role, "rerouted", occasion, rules)
    return [routed, replace(offer, row=routing.row), *asked]


def up(
    case: Case,
    reason_code: str,
    occasion: Occasion,
    rules: Rules,
    *,
    barred: str | None = None,
    clock: tuple[str, int] | None = None,
) -> list[Event]:
    """One rung up the chain, offered to its post; at the top somebody is told instead."""
    risen = escalated(case, reason_code, rules, barred=barred, clock=clock)
    if risen is None:
        return [raised(case, "top_of_chain", case.custody.unit)]
    after = replace(case, tier=risen.to_tier, rung=risen.rung)
    return [risen, _offer_to_rung(after, risen, occasion, rules)]


def escalated(
    case: Case,
    reason_code: str,
    rules: Rules,
    *,
    barred: str | None = None,
    clock: tuple[str, int] | None = None,
) -> CaseEscalated | None:
    """The step to the next rung; None at the top."""
    rung = rules.above(case.rung)
    if rung is None:
        return None
    return CaseEscalated(
        from_tier=case.tier,
        to_tier=rung.tier,
        rung=rung.code,
        unit=rules.unit(rung.holder.unit, case.known),
        reason_code=reason_code,
        row=rung.id,
        clock=clock[0] if clock else None,
        step=clock[1] if clock else None,
        barred=barred,
    )


def offered(
    case: Case, unit: str, role: str | None, reason_code: str, occasion: Occasion, rules: Rules
) -> CustodyOffered:
    """An offer by Kesu itself; one that is open is replaced by it."""
    return CustodyOffered(
        offer_id=case.derived("offer", case.offers + 1),
        from_unit=case.custody.unit,
        from_person=case.custody.person,
        unit=unit,
        role=role,
        person=None,
        reason_code=reason_code,
        accept_due_at=accept_due(case, occasion, rules),
    )


def accept_due(case: Case, occasion: Occasion, rules: Rules) -> datetime | None:
    """Until when an offer made now should be accepted."""
    rule = rules.policy.clock(rules.policy.custody.clock)
    if rule is None or not rule.when.holds(routing_facts(case)):
        return None
    return rules.due_of(rule, occasion.at)


def raised(case: Case, code: str, unit: str) -> TaskRaised:
    """Somebody of this unit must look."""
    task_id = case.derived("raised", case.raises + 1)
    return TaskRaised(task_id=task_id, code=code, unit=unit)


def help_asked(
    case: Case, number: int, item: str, unit: str, occasion: Occasion, rules: Rules
) -> AssistanceAsked:
    """Help asked by a person, under the pack's clock for assistance."""
    facts = routing_facts(case)
    rule = next(iter(rules.policy.clocks_on("assistance_asked", facts)), None)
    return AssistanceAsked(
        task_id=case.derived("task", number),
        item=item,
        unit=unit,
        role=None,
        must_answer=True,
        clock=f"{rule.name}-{number}" if rule else None,
        clock_row=rule.id if rule else None,
        due_at=rules.due_of(rule, occasion.at) if rule else None,
    )


def _routed(case: Case, routing: Routing, rules: Rules) -> CaseRouted:
    facts = routing_facts(case)
    return CaseRouted(
        tier=routing.tier,
        rung=rules.rung_of(routing.tier),
        unit=rules.unit(routing.unit, case.known),
        pack=rules.pack.id,
        version=rules.pack.version,
        because=routing.because,
        facts={
            "channel": facts.channel,
            "complainant_type": facts.complainant_type,
            "category": facts.category,
            "workflow": facts.workflow,
            "severity": facts.severity,
            "repeats": facts.repeats,
            "reopened": facts.reopened,
            "flags": tuple(sorted(facts.flags)),
        },
    )


def _role(routed: CaseRouted, case: Case, rules: Rules) -> str | None:
    """The post's role where the rung's holder sits in the unit the row names."""
    rung = rules.policy.rung(routed.rung)
    if rung is None:
        return None
    unit, role = rules.post(rung.holder, case.known)
    return role if unit == routed.unit else None


def _lift_of_repeat(case: Case, routing: Routing, rules: Rules) -> CaseEscalated | None:
    """A repeat goes up even where no row of the pack says so (F30)."""
    if not case.repeats or not rules.policy.reopened_up:
        return None
    first = rules.policy.route(routing_facts(replace(case, repeats=0)))
    if rules.rank(routing.tier) > rules.rank(first.tier):
        return None
    return escalated(case, "repeat", rules)


def _offer_to_rung(
    case: Case, risen: CaseEscalated, occasion: Occasion, rules: Rules
) -> CustodyOffered:
    rung = rules.policy.rung(risen.rung)
    role = rung.holder.role if rung else None
    offer = offered(case, risen.unit, role, risen.reason_code, occasion, rules)
    return replace(offer, row=risen.row)


def _asked(
    case: Case, tasks: tuple[TaskRule, ...], occasion: Occasion, rules: Rules
) -> list[Event]:
    """The tasks of the rows that were not asked for before."""
    if case.status not in {Status.HANDLING, Status.AWAITING_CONFIRMATION}:
        return []
    known = {task.item for task in case.tasks}
    wanted = [task for task in tasks if task.code not in known]
    numbered = enumerate(wanted, start=len(case.tasks) + 1)
    return [_by_rule(case, number, task, occasion, rules) for number, task in numbered]


def _by_rule(
    case: Case, number: int, task: TaskRule, occasion: Occasion, rules: Rules
) -> AssistanceAsked:
    unit, role = rules.post(task.to, case.known)
    rule = rules.policy.clock(task.clock)
    return AssistanceAsked(
        task_id=case.derived("task", number),
        item=task.code,
        unit=unit,
        role=role,
        must_answer=task.must_answer,
        clock=f"{rule.name}-{number}" if rule else None,
        clock_row=rule.id if rule else None,
        due_at=rules.due_of(rule, occasion.at) if rule else None,
        row=_row_of(task, rules),
    )


def _row_of(task: TaskRule, rules: Rules) -> str | None:
    return next((row.id for row in rules.policy.routing if task in row.tasks), None)
