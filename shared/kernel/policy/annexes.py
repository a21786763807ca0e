"""The references of what a section may leave out: lanes, playbooks, contact plans, reports and the
rest.
"""

from collections.abc import Iterable, Iterator

from shared.kernel.policy.boxes import Box, In, Space
from shared.kernel.policy.finding import Finding, error
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.proofs import claim_space, routing_space
from shared.kernel.policy.references import clocks_of
from shared.kernel.policy.vocabulary import (
    EVIDENCE_KINDS,
    FILE_PARTS,
    FINDING_PARTS,
    FLAGS,
    IDENTITY,
    OCCURRENCES,
)


def annex_findings(pack: Pack) -> Iterator[Finding]:
    """Everything in the parts a section may leave out that names something which is not there."""
    yield from _severities(pack)
    yield from _boxes(pack)
    yield from _handling(pack)
    yield from _giving(pack)
    yield from _contact(pack)
    yield from _records(pack)
    yield from _overseeing(pack)


def _severities(pack: Pack) -> Iterator[Finding]:
    """Intake asks for severities by an axis, escalation orders them: both say the same."""
    asked = [word.code for word in pack.axis("severity")]
    ordered = [word.code for word in pack.escalation.severities]
    if asked != ordered:
        what = "the axis 'severity' and escalation's severities are not the same, in order"
        yield error("severity", "severity-twice", what, mend="write the same codes in both")


def _boxes(pack: Pack) -> Iterator[Finding]:
    handling, giving = pack.escalation.handling, pack.compensation.giving
    several = (
        *handling.eligibility,
        *handling.lanes,
        *handling.playbooks,
        *handling.referrals,
        *pack.followup.contact.acceptance,
        *pack.followup.campaigns,
        *(row for row in (handling.skip, handling.oversight) if row),
    )
    routing, claims = routing_space(pack), claim_space(pack)
    for row in several:
        yield from _codes_in(row.id, row.when, routing)
    for claim in (*giving.goodwill, *((giving.negotiation,) if giving.negotiation else ())):
        yield from _codes_in(claim.id, claim.when, claims)


def _codes_in(row: str, box: Box, space: Space) -> Iterator[Finding]:
    codes = dict(space.codes)
    for test in box.tests:
        if isinstance(test, In):
            yield from _known(row, test.axis, test.codes, codes.get(test.axis, ()))


def _handling(pack: Pack) -> Iterator[Finding]:
    handling, roles = pack.escalation.handling, _roles(pack)
    clocks = {rule.name for rule in clocks_of(pack)}
    for eligible in handling.eligibility:
        yield from _known(eligible.id, "role", [eligible.role], roles)
    for lane in handling.lanes:
        yield from _known(lane.id, "clock", [lane.clock], clocks)
    for stage in handling.stages:
        yield from _known(stage.code, "occurrence", stage.ends_on, OCCURRENCES)
    for book in handling.playbooks:
        yield from _known(book.id, "role", [step.role for step in book.steps], roles)
    for referral in handling.referrals:
        yield from _known(referral.id, "role", [referral.role], roles)
    if handling.skip:
        rungs = {rung.code for rung in pack.escalation.chain}
        yield from _known(handling.skip.id, "rung", [handling.skip.up_to], rungs)
    if handling.severity_confirmed_by:
        yield from _known("severity", "role", [handling.severity_confirmed_by], roles)
    yield from _known("closing", "part of the file", handling.closing_parts, FILE_PARTS)
    yield from _words_of_handling(pack)


def _words_of_handling(pack: Pack) -> Iterator[Finding]:
    handling = pack.escalation.handling
    if (finding := handling.finding) is not None:
        yield from _known(finding.id, "part of a finding", finding.parts, FINDING_PARTS)
    if (promise := handling.promise) is not None:
        clocks = {rule.name for rule in pack.escalation.clocks}
        yield from _known(promise.id, "clock", [promise.clock, promise.otherwise], clocks)
    if (unreasonable := handling.unreasonable) is not None:
        outcomes = {word.code for word in pack.escalation.closing.outcomes}
        yield from _known(unreasonable.id, "outcome", [unreasonable.outcome], outcomes)
        yield from _known(unreasonable.id, "role", [unreasonable.role], _roles(pack))
        yield from _known(unreasonable.id, "occurrence", [unreasonable.after], OCCURRENCES)


def _giving(pack: Pack) -> Iterator[Finding]:
    giving = pack.compensation.giving
    remedies = {remedy.code for remedy in pack.compensation.remedies}
    for worth in giving.worths:
        yield from _known(worth.id, "remedy", [worth.remedy], remedies)
    for row in giving.goodwill:
        yield from _known(row.id, "remedy", row.remedies, remedies)
    if (cash := giving.cash) is not None:
        yield from _known(cash.id, "remedy", cash.instead, remedies)
        if cash.from_minor != pack.compensation.cash_discouraged_from_minor:
            yield error(cash.id, "cash-twice", "cash is discouraged from two different amounts")
    if (demands := giving.demands) is not None:
        answers = {word.code for word in demands.answers}
        yield from _known(demands.id, "answer", demands.reason_for, answers)
    if giving.recovery and giving.recovery.enabled:
        what = "recovering costs from employees is a matter of law, consent and appeal"
        yield error(giving.recovery.id, "recovery-enabled", what, mend="write enabled: false")


def _contact(pack: Pack) -> Iterator[Finding]:
    contact, roles = pack.followup.contact, _roles(pack)
    clocks = {rule.name for rule in pack.followup.clocks}
    channels = {word.code for word in pack.intake.channels}
    types = {word.code for word in pack.intake.complainant_types}
    questionnaires = {known.code for known in pack.followup.questionnaires}
    for answer in contact.answers:
        yield from _known(answer.id, "clock", [answer.clock], clocks)
        yield from _known(answer.id, "channel", answer.channels, channels)
    for plan in contact.plans:
        yield from _known(plan.id, "role", [plan.role], roles)
        yield from _known(plan.id, "type", plan.complainant_types, types)
        asked = [plan.questionnaire] if plan.questionnaire else []
        yield from _known(plan.id, "questionnaire", asked, questionnaires)
    for row in contact.acceptance:
        yield from _known(row.id, "form of acceptance", row.forms, ACCEPTED)
    if (silence := contact.silence) is not None:
        yield from _known(silence.id, "role", [silence.role], roles)
        yield from _known(silence.id, "calendar", [silence.calendar], _calendars(pack))
    if contact.survey:
        yield from _known(contact.survey.id, "role", contact.survey.roles, roles)


ACCEPTED = frozenset({"oral", "written", "signature"})


def _records(pack: Pack) -> Iterator[Finding]:
    records = pack.intake.records
    fields = {field.code for field in pack.intake.fields}
    for source in records.sources:
        yield from _known(source.id, "kind of evidence", [source.kind], EVIDENCE_KINDS)
    for rule in records.code_rules:
        words = {word.code for word in pack.axis(rule.axis)}
        yield from _known(rule.id, rule.axis, [rule.code, *rule.before], words)
        yield from _known(rule.id, "form field", rule.fields, fields)
        yield from _known(rule.id, "occurrence", [rule.after] if rule.after else [], OCCURRENCES)
    for kept in records.classes:
        yield from _known(kept.id, "role", [kept.disposed_by], _roles(pack))
        if kept.years < 1:
            yield error(kept.id, "retention-short", "records are kept for a year at least")
    if records.identity:
        yield from _known(records.identity.id, "detail", records.identity.shows, IDENTITY)
    yield from _known("consent_for", "flag", records.consent_for, FLAGS)


def _overseeing(pack: Pack) -> Iterator[Finding]:
    roles, calendars = _roles(pack), _calendars(pack)
    for report in pack.reports:
        yield from _known(report.id, "calendar", [report.calendar], calendars)
        if not report.recipients:
            yield error(report.id, "report-unread", "nobody receives this report")
        if not report.holds:
            yield error(report.id, "report-empty", "this report holds nothing")
    for programme in pack.programmes:
        yield from _known(programme.id, "role", programme.roles, roles)


def _roles(pack: Pack) -> set[str]:
    return {role.code for role in pack.roles}


def _calendars(pack: Pack) -> set[str]:
    return {calendar.code for calendar in pack.calendars}


def _known(row: str, what: str, named: Iterable[str], known: Iterable[str]) -> Iterator[Finding]:
    missing = sorted(set(named) - set(known))
    if missing:
        yield error(row, "unknown-reference", f"there is no {what} '{missing[0]}'")
