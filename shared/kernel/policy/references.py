"""References: everything a row names exists, every id is its own, every clock has an owner and an
end.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from shared.kernel.clocks import ClockRule, StepDoes
from shared.kernel.policy.boxes import Box, In, Space
from shared.kernel.policy.finding import Finding, error, warning
from shared.kernel.policy.intake import FieldType
from shared.kernel.policy.organisation import Post, UnitSelector
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.spaces import claim_space, form_space, goods_space, routing_space
from shared.kernel.policy.vocabulary import GATES, GRANTS, OCCURRENCES, REMEDY_KINDS
from shared.kernel.policy.wording import owned_by, wording_findings

NAMED_MAX = 12
"""How many words a finding lists to choose from."""

DAYS_MAX = 1_000
"""How long a clock may run: a calendar knows a bounded number of years."""


def reference_findings(pack: Pack) -> Iterator[Finding]:
    """Everything that names something which is not there, or is named twice."""
    yield from wording_findings(pack)
    yield from _vocabulary(pack)
    yield from _posts(pack)
    yield from _boxes(pack)
    yield from _opening(pack)
    yield from _clocks(pack)
    yield from _escalation(pack)
    yield from _compensation(pack)
    yield from _intake(pack)
    yield from _followup(pack)


def clocks_of(pack: Pack) -> tuple[ClockRule, ...]:
    """All clocks of a pack, whichever service runs them."""
    return (
        *pack.intake.clocks,
        *pack.escalation.clocks,
        *pack.compensation.clocks,
        *pack.followup.clocks,
    )


def parts_of(value: object) -> Iterator[object]:
    """Everything inside a pack, depth first."""
    return (part for _, part in owned_by("", value))


def _vocabulary(pack: Pack) -> Iterator[Finding]:
    """A pack must be able to express at least one complaint."""
    for axis, codes in routing_space(pack).codes:
        if not codes:
            what = f"the pack has no {axis.replace('_', ' ')}, so it can express no complaint"
            mend = "list at least one; one kind must be a complaint"
            yield error(pack.id, "vocabulary-empty", what, mend=mend)
    if not pack.escalation.tiers:
        yield error(pack.id, "vocabulary-empty", "the pack has no tier", mend="list at least one")


def _posts(pack: Pack) -> Iterator[Finding]:
    roles = {role.code for role in pack.roles}
    kinds = {kind.code for kind in pack.unit_kinds}
    for owner, part in owned_by("", pack):
        if isinstance(part, Post):
            yield from _known(owner, "role", [part.role], roles)
        elif isinstance(part, UnitSelector):
            yield from _known(owner, "unit kind", [part.kind] if part.kind else [], kinds)


def _boxes(pack: Pack) -> Iterator[Finding]:
    spaces: tuple[tuple[Space, tuple[tuple[str, Box], ...]], ...] = (
        (routing_space(pack), tuple((r.id, r.when) for r in pack.escalation.routing)),
        (routing_space(pack), tuple((r.id, r.when) for r in pack.escalation.severity)),
        (routing_space(pack), tuple((r.id, r.when) for r in clocks_of(pack))),
        (claim_space(pack), _money_boxes(pack)),
        (goods_space(pack), _goods_boxes(pack)),
        (form_space(pack), tuple((f.id, f.required or Box()) for f in pack.intake.fields)),
    )
    for space, boxes in spaces:
        for row, box in boxes:
            yield from _codes_in(row, box, space)


def _money_boxes(pack: Pack) -> tuple[tuple[str, Box], ...]:
    settlements = [(row.id, row.when) for row in pack.compensation.settlements]
    return (*settlements, *((row.id, row.when) for row in pack.compensation.ladder))


def _goods_boxes(pack: Pack) -> tuple[tuple[str, Box], ...]:
    packaging = (pack.compensation.packaging,) if pack.compensation.packaging else ()
    return tuple((row.id, row.when) for row in (*pack.compensation.terms, *packaging))


def _codes_in(row: str, box: Box, space: Space) -> Iterator[Finding]:
    codes = dict(space.codes)
    for test in box.tests:
        if isinstance(test, In):
            yield from _known(row, test.axis, sorted(test.codes), codes.get(test.axis, set()))


def _clocks(pack: Pack) -> Iterator[Finding]:
    calendars = {calendar.code for calendar in pack.calendars}
    for rule in clocks_of(pack):
        yield from _known(rule.id, "calendar", [rule.calendar], calendars)
        yield from _known(rule.id, "occurrence", [rule.starts_on, *rule.stops_on], OCCURRENCES)
        yield from _ending(rule)
        yield from _stepping(rule)
    for section in (pack.intake, pack.escalation, pack.compensation, pack.followup):
        yield from _once(section.clocks)


def _opening(pack: Pack) -> Iterator[Finding]:
    """A calendar that is never open stops every clock for ever."""
    for calendar in pack.calendars:
        if not any(calendar.weekly):
            what = "the calendar is never open, so no clock on it ever ends"
            yield error(calendar.code, "calendar-closed", what, mend="give it hours")


def _ending(rule: ClockRule) -> Iterator[Finding]:
    if max(rule.within.days, rule.within.seconds // 86_400) > DAYS_MAX:
        what = f"the clock runs longer than {DAYS_MAX} days, beyond what calendars know"
        yield error(rule.id, "clock-long", what, mend="shorten it")
    if not rule.stops_on:
        mend = "say under stops_on what it waits for"
        yield error(rule.id, "clock-endless", "nothing stops this clock", mend=mend)
    if rule.starts_on in rule.stops_on:
        what = f"'{rule.starts_on}' starts this clock and stops it at once"
        mend = "let something later stop it"
        yield error(rule.id, "clock-instant", what, mend=mend)
    if not rule.steps:
        what = "nobody hears when this clock is late"
        yield warning(rule.id, "clock-silent", what, mend="add a step that tells somebody")
    if any(not 0 < percent < 100 for percent in rule.warn_at):
        yield error(rule.id, "clock-warning", "a warning lies between 1 and 99 per cent")


def _once(rules: tuple[ClockRule, ...]) -> Iterator[Finding]:
    """A service finds its clocks by name."""
    for rule in rules:
        if any(other is not rule and other.name == rule.name for other in rules):
            what = f"two clocks are called '{rule.name}'"
            yield error(rule.id, "clock-twice", what, mend="rename one")
            return


def _stepping(rule: ClockRule) -> Iterator[Finding]:
    if [step.number for step in rule.steps] != list(range(1, len(rule.steps) + 1)):
        yield error(rule.id, "clock-steps", "steps are numbered 1, 2, 3 …")
    if [s.after_seconds for s in rule.steps] != sorted(s.after_seconds for s in rule.steps):
        yield error(rule.id, "clock-steps", "a later step comes no earlier")
    if any(step.does is StepDoes.NOTIFY and step.to is None for step in rule.steps):
        yield error(rule.id, "clock-steps", "a notice needs somebody to tell")


def _escalation(pack: Pack) -> Iterator[Finding]:
    policy = pack.escalation
    tiers = {tier.code for tier in policy.tiers}
    clocks = {rule.name for rule in policy.clocks}
    for row in policy.routing:
        yield from _known(row.id, "tier", [row.tier], tiers)
        yield from _known(row.id, "clock", [task.clock for task in row.tasks], clocks)
        kinds = {word.code for word in policy.task_kinds}
        yield from _known(row.id, "task", [task.code for task in row.tasks], kinds)
    for rung in policy.chain:
        yield from _known(rung.id, "tier", [rung.tier], tiers)
    severities = {word.code for word in policy.severities}
    for row_ in policy.severity:
        yield from _known(row_.id, "severity", [row_.severity], severities)
    yield from _known(policy.custody.id, "clock", [policy.custody.clock], clocks)
    roles = {role.code for role in pack.roles}
    helper = [policy.assistance_by] if policy.assistance_by else []
    yield from _known(policy.custody.id, "role", helper, roles)
    yield from _closing(pack)


def _closing(pack: Pack) -> Iterator[Finding]:
    closing = pack.escalation.closing
    for gate in closing.gates:
        yield from _known(gate.id, "gate", [gate.code], GATES)
    for gate_code, words in (
        ("closing_questions", closing.questions),
        ("outcome_flags", closing.flags),
        ("outcome_coded", closing.outcomes),
        ("cause_coded", closing.causes),
    ):
        if closing.asks(gate_code) and not words:
            yield error(
                gate_code, "gate-empty", "the gate asks for words that the pack does not have"
            )


def _compensation(pack: Pack) -> Iterator[Finding]:
    money = pack.compensation
    roles = {role.code for role in pack.roles}
    for remedy in money.remedies:
        yield from _known(remedy.id, "kind of remedy", [remedy.kind], REMEDY_KINDS)
        yield from _known(remedy.id, "grant", [remedy.grant] if remedy.grant else [], GRANTS)
    for term in money.terms:
        yield from _known(term.id, "grant", sorted(term.grants), GRANTS)
    for ladder in money.ladder:
        yield from _known(ladder.id, "role", [step.role for step in ladder.steps], roles)
    for settlement in money.settlements:
        yield from _known(settlement.id, "role", [settlement.role], roles)
    yield from _known(money.payment.id, "role", [money.payment.payer, money.payment.auditor], roles)
    duties = {"propose", "approve", "review", "pay", "audit"}
    yield from _known(money.separation.id, "duty", sorted(money.separation.duties), duties)
    for delegation in money.delegations:
        yield from _known(delegation.id, "role", [delegation.giver, delegation.taker], roles)


def _intake(pack: Pack) -> Iterator[Finding]:
    intake = pack.intake
    codes = {field.code for field in intake.fields}
    for kind in intake.triage:
        yield from _known(kind.code, "form field", kind.form, codes)
        if kind.is_complaint and not any(f.required is not None for f in intake.form(kind.code)):
            yield error(kind.code, "form-empty", "a complaint's form requires no field")
    for field in intake.fields:
        if field.personal and field.narrative:
            yield error(
                field.id, "field-home", "a field lives in the vault or in the texts, not both"
            )
        if field.type in (FieldType.NAME, FieldType.PHONE) and not field.personal:
            yield error(field.id, "field-home", "names and phones are personal")
    roles = {role.code for role in pack.roles}
    if intake.confirmation.required:
        yield from _known(intake.confirmation.id, "role", [intake.confirmation.role], roles)
    for sign_off in intake.sign_offs:
        yield from _known(sign_off.id, "role", [sign_off.role], roles)
    axes = {axis for axis, _ in routing_space(pack).codes} | {axis.code for axis in pack.axes}
    yield from _known(intake.repeats.id, "axis", sorted(intake.repeats.same), axes)


def _followup(pack: Pack) -> Iterator[Finding]:
    policy = pack.followup
    clocks = {rule.name for rule in policy.clocks}
    for notice in policy.notices:
        yield from _known(notice.id, "occurrence", [notice.on], OCCURRENCES)
        yield from _known(notice.id, "clock", [notice.clock] if notice.clock else [], clocks)
    for campaign in policy.campaigns:
        yield from _known(campaign.id, "occurrence", sorted(campaign.triggers), OCCURRENCES)
        yield from _known(campaign.id, "clock", [campaign.clock], clocks)
        known = {questionnaire.code for questionnaire in policy.questionnaires}
        yield from _known(campaign.id, "questionnaire", [campaign.questionnaire], known)
        yield from _known(campaign.id, "role", [campaign.role], {role.code for role in pack.roles})
        types = {word.code for word in pack.intake.complainant_types}
        yield from _known(campaign.id, "type", sorted(campaign.complainant_types), types)
    if policy.reply:
        yield from _known(policy.reply.id, "clock", [policy.reply.clock], clocks)
        channels = {word.code for word in pack.intake.channels}
        yield from _known(policy.reply.id, "channel", sorted(policy.reply.channels), channels)


def _known(row: str, what: str, named: Iterable[str], known: AbstractSet[str]) -> Iterator[Finding]:
    missing = sorted(set(named) - set(known))
    if missing:
        listed = ", ".join(sorted(known)[:NAMED_MAX]) or "none at all"
        mend = f"write one of: {listed}" if len(set(known)) <= NAMED_MAX else ""
        what_is_wrong = f"there is no {what} '{missing[0]}'"
        yield error(row, "unknown-reference", what_is_wrong, mend=mend)
