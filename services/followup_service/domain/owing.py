"""What an occurrence makes us owe, and what it pays: clocks, notices, the written reply."""

from datetime import datetime

from services.followup_service.domain.calling import arm_callbacks
from services.followup_service.domain.draft import Draft
from services.followup_service.domain.events import NoticeOwed, ObligationArmed, ReplyOwed
from services.followup_service.domain.state import CALLBACK_CLOCK, ReplyStage, Timed
from shared.kernel import ticking
from shared.kernel.clocks import ClockRule

ONCE = frozenset({"received", "registered"})
"""What happens to a complaint once, however often Kesu reads its clocks from it."""


def occur(draft: Draft, occurrence: str, *, at: datetime) -> None:
    """Everything that follows from an occurrence of `vocabulary.OCCURRENCES` at `at`."""
    _meet(draft, occurrence, at)
    _start(draft, occurrence, at)
    _owe_notices(draft, occurrence, at)
    arm_callbacks(draft, occurrence, at=at)


def owe_reply(draft: Draft, *, at: datetime) -> None:
    """A hotline's ticket is answered in writing, under the pack's row where it has one."""
    ticket = draft.state.subject.hotline_ticket
    if ticket is None or draft.state.reply is not None:
        return
    rule = draft.rules.policy.reply
    named = rule is not None and draft.state.subject.channel in rule.channels
    draft.say(ReplyOwed(ticket=ticket, row=rule.id if rule and named else "", since=at))
    occur(draft, "reply_due", at=at)


def meet_clock(draft: Draft, name: str, *, at: datetime, on: str) -> None:
    """What this clock waited for happened."""
    for timed in draft.running():
        if timed.clock.name == name:
            calendar = draft.rules.calendar(timed.clock.calendar)
            draft.say_clock(ticking.meet(timed.clock, calendar, at=at, on=on))


def cancel_clocks(draft: Draft, *, at: datetime, on: str, callbacks: bool) -> None:
    """Clocks lose their purpose; those of callbacks only with `callbacks`."""
    for timed in draft.running():
        if callbacks or not timed.clock.name.startswith(CALLBACK_CLOCK):
            draft.say_clock(ticking.cancel(timed.clock, at=at, on=on))


def pass_moment(draft: Draft) -> None:
    """What the passing of time has said and nobody recorded yet."""
    for timed in draft.running():
        rule = draft.rules.rule_of(timed.clock.name)
        calendar = draft.rules.calendar(timed.clock.calendar)
        at = draft.occasion.at
        draft.say_clock(ticking.overdue(timed.clock, rule, calendar, at=at))


def open_items(draft: Draft) -> tuple[str, ...]:
    """What is still open here when somebody asks to close (decision 17)."""
    state = draft.state
    found = []
    if any(c.open and c.gate == "before_close" for c in state.callbacks):
        found.append("callback")
    reply = state.reply
    delivered = reply is not None and reply.stage is ReplyStage.DELIVERED
    if state.told_at is None and not delivered:
        found.append("customer_told")
    if reply is not None and reply.row and not delivered:
        found.append("written_reply")
    return tuple(found)


def _meet(draft: Draft, occurrence: str, at: datetime) -> None:
    """A callback's clock is met with its own call only, not with another campaign's."""
    own = [t for t in draft.running() if not t.clock.name.startswith(CALLBACK_CLOCK)]
    for timed in own:
        if occurrence in draft.rules.rule_of(timed.clock.name).stops_on:
            calendar = draft.rules.calendar(timed.clock.calendar)
            draft.say_clock(ticking.meet(timed.clock, calendar, at=at, on=occurrence))


def _start(draft: Draft, occurrence: str, at: datetime) -> None:
    for rule in draft.rules.starting_on(occurrence, draft.state.subject.facts):
        earlier = draft.state.timed(rule.name)
        again = earlier is not None and occurrence not in ONCE
        if earlier is None or (again and not earlier.clock.running):
            draft.say(_armed(draft, rule, earlier, at))


def _armed(draft: Draft, rule: ClockRule, earlier: Timed | None, at: datetime) -> ObligationArmed:
    calendar = draft.rules.calendar(rule.calendar)
    round_ = earlier.clock.round + 1 if earlier else 1
    started = ticking.start(rule, calendar, at=at, round_=round_)
    due_at = calendar.due(at, seconds=started.allowed_seconds)
    return ObligationArmed(started=started, due_at=due_at)


def _owe_notices(draft: Draft, occurrence: str, at: datetime) -> None:
    for notice in draft.rules.policy.notices_on(occurrence):
        owed = any(o.open and o.code == notice.code for o in draft.state.obligations)
        if not owed:
            draft.say(NoticeOwed(code=notice.code, row=notice.id, since=at))
