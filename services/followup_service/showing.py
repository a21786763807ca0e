"""A followup as people read it: codes with labels, due moments, texts filled in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.followup_service import views as v
from services.followup_service.domain import Followup, Rules
from services.followup_service.domain.state import (
    Attempt,
    AttemptResult,
    Callback,
    Notice,
    Obligation,
    ReplyPart,
    TextRef,
    Timed,
    WrittenReply,
)
from services.followup_service.labels import label
from shared.kernel.explaining import explanation
from shared.kernel.policy.followup import Question, QuestionType
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.words import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, when: the language, the pack, the organisation's units, the texts by id."""

    language: str
    at: datetime
    rules: Rules
    organisation: Organisation
    texts: Mapping[UUID, str]

    def text(self, ref: TextRef | None) -> str | None:
        """What was typed; None when nothing was, "" when it has been erased."""
        return None if ref is None else self.texts.get(ref.id, "")

    def unit(self, unit: str) -> str:
        """The unit's name; its path while the organisation's file does not have it."""
        known = self.organisation.unit(unit)
        return known.label.of(self.language) if known else unit


def followup_view(state: Followup, reader: Reader) -> v.FollowupView:
    """Everything owed to one complainant."""
    return v.FollowupView(
        complaint_id=state.subject.id,
        reference=state.subject.reference,
        unit=state.subject.unit,
        holder=state.holder,
        status=state.status,
        status_label=label("status", state.status, reader.language),
        told_at=state.told_at,
        promised_at=state.promised_at,
        obligations=[_obligation(o, state, reader) for o in state.obligations],
        clocks=[_clock(timed, reader) for timed in state.clocks],
        notices=[_notice(notice, reader) for notice in state.notices],
        reply=_reply(state.reply, state, reader) if state.reply else None,
        callbacks=[callback_view(c, state, reader) for c in state.callbacks],
    )


def callback_view(callback: Callback, state: Followup, reader: Reader) -> v.CallbackView:
    """One call with its attempts and answers."""
    subject, answers = state.subject, callback.answers
    campaign = reader.rules.policy.campaign(callback.campaign)
    return v.CallbackView(
        callback_id=callback.id,
        complaint_id=None if subject.visit else subject.id,
        visit_id=subject.id if subject.visit else None,
        campaign=callback.campaign,
        campaign_label=campaign.label.of(reader.language) if campaign else callback.campaign,
        row=callback.row,
        gate=callback.gate,
        unit=callback.unit,
        role=callback.role,
        status=callback.status,
        status_label=label("callback", callback.status, reader.language),
        reason=callback.reason,
        reason_label=_reason(callback.reason, callback.campaign, reader),
        triggered_at=callback.triggered_at,
        call_from=callback.call_from,
        due_at=callback.due_at,
        overdue=callback.overdue or (callback.open and callback.due_at <= reader.at),
        attempts=[_attempt(each, reader) for each in callback.attempts],
        scores={score.question: score.value for score in answers.scores} if answers else {},
        choices={c.question: c.word for c in answers.choices} if answers else {},
        words=_parts(answers.words, reader) if answers else [],
        total=answers.total if answers else None,
        satisfied=answers.satisfied if answers else None,
        settled_at=callback.settled_at,
    )


def script_view(callback: Callback, reader: Reader) -> v.ScriptView:
    """What to ask, in the reader's language."""
    campaign = reader.rules.policy.campaign(callback.campaign)
    assert campaign is not None, "a pinned pack keeps its campaigns"
    questionnaire = reader.rules.policy.questionnaire(campaign.questionnaire)
    assert questionnaire is not None, "a proved pack has each campaign's questionnaire"
    results = [
        v.WordView(code=result, label=label("result", result, reader.language))
        for result in AttemptResult
    ]
    return v.ScriptView(
        callback_id=callback.id,
        campaign=campaign.code,
        label=questionnaire.label.of(reader.language),
        questionnaire=questionnaire.code,
        questions=[_question(each, reader.language) for each in questionnaire.questions],
        exclusions=[_word(word, reader.language) for word in campaign.exclusions],
        results=results,
    )


def filled(body: str, state: Followup, reader: Reader) -> str:
    """A notice's words with {reference}, {due} and {unit} put in; nothing else is looked up."""
    due = state.promised_at
    zone = ZoneInfo(reader.rules.policy.timezone)
    when = due.astimezone(zone).strftime("%Y-%m-%d %H:%M") if due else "—"
    values = {"reference": state.subject.reference, "due": when, "unit": reader.unit(state.holder)}
    for name, value in values.items():
        body = body.replace("{" + name + "}", value)
    return body


def _obligation(owed: Obligation, state: Followup, reader: Reader) -> v.ObligationView:
    rule = next(n for n in reader.rules.policy.notices if n.code == owed.code)
    timed = state.timed(rule.clock) if rule.clock else None
    standing = "open" if owed.open else "waived" if owed.waived else "paid"
    return v.ObligationView(
        code=owed.code,
        label=rule.label.of(reader.language),
        row=owed.row,
        state=standing,
        state_label=label("obligation", standing, reader.language),
        since=owed.since,
        due_at=timed.due_at if timed else None,
        paid_at=owed.paid_at,
        text=filled(rule.body.of(reader.language), state, reader),
    )


def _clock(timed: Timed, reader: Reader) -> v.ClockView:
    rule = reader.rules.rule_of(timed.clock.name)
    calendar = reader.rules.calendar(timed.clock.calendar)
    standing = explanation(timed.clock, rule, calendar, at=reader.at).state
    return v.ClockView(
        name=timed.clock.name,
        label=rule.label.of(reader.language),
        round=timed.clock.round,
        row=timed.clock.row,
        state=standing,
        state_label=label("clock", standing, reader.language),
        started_at=timed.clock.started_at,
        due_at=timed.due_at,
    )


def _notice(notice: Notice, reader: Reader) -> v.NoticeView:
    return v.NoticeView(
        notice_id=notice.id,
        kind=notice.kind,
        label=label("notice", notice.kind, reader.language),
        channel=notice.channel,
        sent_at=notice.sent_at,
        by=notice.by,
        handler=notice.handler,
        promised_at=notice.promised_at,
        said=reader.text(notice.said),
    )


def _reply(reply: WrittenReply, state: Followup, reader: Reader) -> v.ReplyView:
    rule = reader.rules.policy.reply
    timed = state.timed(rule.clock) if rule and reply.row else None
    return v.ReplyView(
        ticket=reply.ticket,
        stage=reply.stage,
        stage_label=label("reply", reply.stage, reader.language),
        row=reply.row,
        due_at=timed.due_at if timed else None,
        answered_at=reply.answered_at,
        delivered_at=reply.delivered_at,
        receipt=reply.receipt,
        parts=_parts(reply.parts, reader),
    )


def _parts(parts: tuple[ReplyPart, ...], reader: Reader) -> list[v.ReplyPartView]:
    return [v.ReplyPartView(code=p.code, text=reader.text(p.text) or "") for p in parts]


def _attempt(attempt: Attempt, reader: Reader) -> v.AttemptView:
    return v.AttemptView(
        number=attempt.number,
        at=attempt.at,
        by=attempt.by,
        result=attempt.result,
        result_label=label("result", attempt.result, reader.language),
        quiet=attempt.quiet,
        said=reader.text(attempt.said),
    )


def _reason(reason: str | None, campaign: str, reader: Reader) -> str | None:
    """The campaign's own word for it, or ours."""
    if reason is None:
        return None
    known = reader.rules.policy.campaign(campaign)
    words = (word for word in known.exclusions if word.code == reason) if known else iter(())
    word = next(words, None)
    return word.label.of(reader.language) if word else label("reason", reason, reader.language)


def _question(question: Question, language: str) -> v.QuestionView:
    scored = question.type is QuestionType.SCORE
    return v.QuestionView(
        code=question.code,
        type=question.type,
        label=question.label.of(language),
        low=question.low if scored else None,
        high=question.high if scored else None,
        words=[_word(word, language) for word in question.words],
        required=question.required,
    )


def _word(word: Word, language: str) -> v.WordView:
    return v.WordView(code=word.code, label=word.label.of(language))
