"""References: everything a row names exists, every id is its own, every clock has an owner and an
end.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

from shared.kernel.clocks import ClockRule, StepDoes
from shared.kernel.policy.boxes import Box, In, Space
from shared.kernel.policy.finding import Finding, error, warning
from shared.kernel.policy.intake import FieldType
from shared.kernel.policy.organisation import Post, UnitSelector
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.proofs import claim_space, goods_space, routing_space
from shared.kernel.policy.vocabulary import GATES, GRANTS, OCCURRENCES, REMEDY_KINDS
from shared.kernel.policy.words import Row, Text

CITE = re.compile(r"[A-Z]{4}-\d{2}|Q\d{2}|D\d{1,2}|F\d{2}|N\d{1,2}")
"""A requirement, a reading of the ambiguity register, a decision, a feature."""


def reference_findings(pack: Pack) -> Iterator[Finding]:
    """Everything that names something which is not there, or is named twice."""
    yield from _rows(pack)
    yield from _posts(pack)
    yield from _boxes(pack)
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
    yield value
    if isinstance(value, tuple):
        for one in value:
            yield from parts_of(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            if not f.name.startswith("_"):
                yield from parts_of(getattr(value, f.name))


def _rows(pack: Pack) -> Iterator[Finding]:
    rows = [part for part in parts_of(pack) if isinstance(part, Row)]
    for row_id, times in Counter(row.id for row in rows).items():
        if times > 1:
            yield error(row_id, "id-twice", "two rows have this id", mend="rename one")
    for row in rows:
        if not row.cite:
            yield error(row.id, "cite-missing", "the row cites no requirement")
        for cite in row.cite:
            if not CITE.fullmatch(cite):
                yield error(row.id, "cite-unknown", f"'{cite}' is not the id of a requirement")
        if _blank(row.label):
            yield error(row.id, "label-missing", "a label is empty in one of the languages")


def _blank(text: Text) -> bool:
    return not all(one.strip() for one in (text.zh_hant, text.zh_hans, text.en))


def _posts(pack: Pack) -> Iterator[Finding]:
    roles = {role.code for role in pack.roles}
    kinds = {kind.code for kind in pack.unit_kinds}
    for row in (part for part in parts_of(pack) if isinstance(part, Row)):
        parts = list(parts_of(row))
        for post in (part for part in parts if isinstance(part, Post)):
            yield from _known(row.id, "role", [post.role], roles)
        for unit in (part for part in parts if isinstance(part, UnitSelector)):
            yield from _known(row.id, "unit kind", [unit.kind] if unit.kind else [], kinds)


def _boxes(pack: Pack) -> Iterator[Finding]:
    spaces: tuple[tuple[Space, tuple[tuple[str, Box], ...]], ...] = (
        (routing_space(pack), tuple((r.id, r.when) for r in pack.escalation.routing)),
        (routing_space(pack), tuple((r.id, r.when) for r in pack.escalation.severity)),
        (routing_space(pack), tuple((r.id, r.when) for r in clocks_of(pack))),
        (claim_space(pack), _money_boxes(pack)),
        (goods_space(pack), tuple((r.id, r.when) for r in pack.compensation.terms)),
        (_form_space(pack), tuple((f.id, f.required or Box()) for f in pack.intake.fields)),
    )
    for space, boxes in spaces:
        for row, box in boxes:
            yield from _codes_in(row, box, space)


def _money_boxes(pack: Pack) -> tuple[tuple[str, Box], ...]:
    settlements = [(row.id, row.when) for row in pack.compensation.settlements]
    return (*settlements, *((row.id, row.when) for row in pack.compensation.ladder))


def _form_space(pack: Pack) -> Space:
    space = routing_space(pack)
    kinds = ("kind", frozenset(kind.code for kind in pack.intake.triage))
    return Space(codes=(kinds, *space.codes[1:]), flags=space.flags, ranges=space.ranges)


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


def _ending(rule: ClockRule) -> Iterator[Finding]:
    if not rule.stops_on:
        yield error(rule.id, "clock-endless", "nothing stops this clock")
    if not rule.steps:
        yield warning(rule.id, "clock-silent", "nobody hears when this clock is late")
    if any(not 0 < percent < 100 for percent in rule.warn_at):
        yield error(rule.id, "clock-warning", "a warning lies between 1 and 99 per cent")


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


def _intake(pack: Pack) -> Iterator[Finding]:
    intake = pack.intake
    codes = [field.code for field in intake.fields]
    for kind in intake.triage:
        yield from _known(kind.code, "form field", kind.form, set(codes))
        if kind.is_complaint and not any(f.required is not None for f in intake.form(kind.code)):
            yield error(kind.code, "form-empty", "a complaint's form requires no field")
    for field in intake.fields:
        if field.personal and field.narrative:
            yield error(
                field.id, "field-home", "a field lives in the vault or in the texts, not both"
            )
        if field.type in (FieldType.NAME, FieldType.PHONE) and not field.personal:
            yield error(field.id, "field-home", "names and phones are personal")
        if codes.count(field.code) > 1:
            yield error(field.id, "field-twice", f"two fields are called '{field.code}'")
    if intake.confirmation.required:
        roles = {role.code for role in pack.roles}
        yield from _known(intake.confirmation.id, "role", [intake.confirmation.role], roles)


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


def _known(row: str, what: str, named: Iterable[str], known: Iterable[str]) -> Iterator[Finding]:
    missing = sorted(set(named) - set(known))
    if missing:
        yield error(row, "unknown-reference", f"there is no {what} '{missing[0]}'")
