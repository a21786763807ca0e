"""Why we owe what we owe: notices, the written reply, callbacks and clocks by their rows. Pure."""

from collections.abc import Iterator

from services.followup_service.domain import Followup, Rules
from services.followup_service.domain.state import Callback, Obligation, Timed
from shared.kernel.policy.pack import PackRef
from shared.kernel.policy.words import Word
from shared.plumbing.explaining import Explained, Reason, explained, reason_of


def explanations(state: Followup, rules: Rules, ref: PackRef, language: str) -> list[Explained]:
    """Every decision, oldest first."""
    found = [
        *(_notice(owed, rules, ref, language) for owed in state.obligations),
        *_reply(state, rules, ref, language),
        *(_callback(each, state, rules, ref, language) for each in state.callbacks),
        *(_clock(timed, rules, ref, language) for timed in state.clocks),
    ]
    return sorted(found, key=lambda each: each.at)


def _notice(owed: Obligation, rules: Rules, ref: PackRef, language: str) -> Explained:
    rule = next(notice for notice in rules.policy.notices if notice.id == owed.row)
    reason = reason_of(rule, language, tested=[f"on={rule.on}"])
    facts = {
        "code": owed.code,
        "clock": rule.clock,
        "paid_at": owed.paid_at,
        "waived": owed.waived,
    }
    return explained("notice", owed.since, ref, [reason], facts)


def _reply(state: Followup, rules: Rules, ref: PackRef, language: str) -> Iterator[Explained]:
    """A ticket whose channel no row names is answered, but under no row."""
    reply, rule = state.reply, rules.policy.reply
    if reply is None or rule is None or reply.row != rule.id:
        return
    reason = reason_of(rule, language, tested=[f"channel={'|'.join(sorted(rule.channels))}"])
    facts = {
        "channel": state.subject.channel,
        "clock": rule.clock,
        "parts": list(rule.parts),
        "stage": reply.stage,
    }
    yield explained("reply", reply.owed_at, ref, [reason], facts)


def _callback(
    callback: Callback, state: Followup, rules: Rules, ref: PackRef, language: str
) -> Explained:
    campaign = rules.policy.campaign(callback.campaign)
    assert campaign is not None, "a pinned pack keeps its campaigns"
    tested = [f"on={'|'.join(sorted(campaign.triggers))}"]
    if campaign.complainant_types:
        tested += [f"complainant_type={'|'.join(sorted(campaign.complainant_types))}"]
    because = [reason_of(campaign, language, when=campaign.when, tested=tested)]
    because += _left_out(callback, campaign.exclusions, language)
    facts = {
        "campaign": callback.campaign,
        "complainant_type": state.subject.complainant_type,
        "gate": callback.gate,
        "status": callback.status,
        "reason": callback.reason,
        "attempts_max": campaign.attempts_max,
        "due_at": callback.due_at,
    }
    return explained("callback", callback.triggered_at, ref, because, facts)


def _left_out(callback: Callback, exclusions: tuple[Word, ...], language: str) -> list[Reason]:
    """The campaign's own word for why nobody calls."""
    return [
        Reason(
            row=word.code,
            label=word.label.of(language),
            cite=list(word.cite),
            tested=[f"reason={word.code}"],
        )
        for word in exclusions
        if word.code == callback.reason
    ]


def _clock(timed: Timed, rules: Rules, ref: PackRef, language: str) -> Explained:
    clock = timed.clock
    rule = rules.rule_of(clock.name)
    reason = reason_of(rule, language, when=rule.when, tested=[f"on={rule.starts_on}"])
    facts = {
        "clock": clock.name,
        "round": clock.round,
        "calendar": clock.calendar,
        "allowed_seconds": clock.allowed_seconds,
        "due_at": timed.due_at,
        "running": clock.running,
        "met": clock.met,
    }
    return explained("clock", clock.started_at, ref, [reason], facts)
