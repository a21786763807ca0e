"""The desk behind insights' doors: read models, and corrective actions by command."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from services.insights_service.domain.corrective import Command, CorrectiveAction, TextRef
from services.insights_service.store import Actions
from services.insights_service.views import ActionReceipt
from shared.kernel.errors import Invalid
from shared.kernel.occasion import Actor
from shared.kernel.policy.words import Text
from shared.plumbing.changes import Answer, Head, Origin, Written, written
from shared.plumbing.database import BusinessTime
from shared.plumbing.http import UNCONDITIONAL, Cursors, Expectation, Idempotency, Reply
from shared.plumbing.packs import Packs
from shared.plumbing.shell import Ask, Shell

PERIOD_DAYS_MAX = 400


class PeriodTooLong(Invalid):
    """A period begins before it ends, and is 400 days at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """Who is at a door, and what makes the request this one."""

    by: Actor
    correlation: UUID
    once: Idempotency
    expecting: Expectation = UNCONDITIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What insights' doors share; built once at the start of a process."""

    pool: asyncpg.Pool
    shell: Shell
    time: BusinessTime
    packs: Packs
    actions: Actions
    cursors: Cursors
    names: Mapping[str, Mapping[str, Text]]
    """What each organisation's units are called."""

    async def handle(
        self,
        action: UUID,
        command: Command,
        knock: Knock,
        texts: tuple[Written, ...],
        *,
        creates: bool = False,
    ) -> Reply[Any]:
        """Carries out one command of a person on one corrective action."""
        ask = Ask(
            id=action,
            command=command,
            by=knock.by,
            origin=Origin(correlation=knock.correlation),
            creates=creates,
            once=knock.once,
            expecting=knock.expecting,
            sees=lambda state: knock.by.sees(state.unit),
            texts=texts,
        )
        answering = _opened if creates else _recorded
        answer = await self.shell.handle(self.actions, ask, answering)
        return Reply(
            raw=answer.body,
            status=answer.status,
            revision=answer.revision,
            location=answer.location,
            replayed=answer.replayed,
        )

    def pack_now(self, organisation: str) -> str:
        """The hash of the pack in force now, where the organisation is."""
        return self.packs.for_organisation(organisation, self.time.now()).hash

    def zone(self, organisation: str) -> ZoneInfo:
        """Where the organisation is."""
        return ZoneInfo(self.packs.organisation(organisation).timezone)

    def midnight(self, organisation: str) -> datetime:
        """The end of the present local day."""
        zone = self.zone(organisation)
        tomorrow = self.time.now().astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), tzinfo=zone).astimezone(UTC)


def names_of(packs: Packs) -> dict[str, dict[str, Text]]:
    """Organisation → unit → its name."""
    return {
        known.id: {unit.id: unit.label for unit in known.units} for known in packs.organisations
    }


def took_down(subject: str, body: str) -> tuple[TextRef, Written]:
    """What somebody typed: its reference for the command, its body for the `texts` table."""
    text = written(subject, body)
    return TextRef(id=text.id, commitment=text.commitment), text


def require_period(since: date, until: date) -> None:
    """Raises PeriodTooLong, also when it ends before it begins."""
    if not timedelta(0) <= until - since <= timedelta(days=PERIOD_DAYS_MAX):
        raise PeriodTooLong


def _opened(state: CorrectiveAction, head: Head) -> Answer:
    location = f"/insights/v1/corrective-actions/{state.id}"
    return Answer(status=201, body=_receipt(state), revision=head.revision, location=location)


def _recorded(state: CorrectiveAction, head: Head) -> Answer:
    return Answer(status=200, body=_receipt(state), revision=head.revision)


def _receipt(state: CorrectiveAction) -> bytes:
    receipt = ActionReceipt(
        action_id=state.id,
        standing=state.standing,
        due_at=state.due_at,
        effective=state.effective,
    )
    return orjson.dumps(receipt.model_dump())
