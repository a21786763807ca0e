"""Escalation at work: what somebody asks becomes a command; the outcome is awaited."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from services.escalation_service.directory import Directory
from services.escalation_service.domain.case import Case, Closing, TextRef
from services.escalation_service.domain.commands import AcceptCustody, AskClosing, Asked, Command
from services.escalation_service.domain.person import PersonFile, PutPerson, SeedPerson, person_id
from services.escalation_service.domain.refusals import NotReadyToClose
from services.escalation_service.domain.unit import PutUnit, SeedUnit, UnitFile, unit_id
from services.escalation_service.reading import earlier_handlers, read_case, recorded
from services.escalation_service.store import Cases, Persons, Units
from shared.kernel.errors import Pointer
from shared.kernel.occasion import Actor, system
from shared.kernel.policy.organisation import Organisation, Person, Unit
from shared.plumbing.aggregate import Aggregate
from shared.plumbing.changes import Answer, Head, Origin, Written, written
from shared.plumbing.crashpoints import reach
from shared.plumbing.http import UNCONDITIONAL, Expectation, Idempotency, Reply, remaining_ms
from shared.plumbing.identifiers import new_id
from shared.plumbing.shell import Ask, Shell

BASE = "/escalation/v1/cases"
CLOSED_WITHIN_SECONDS = 2.0
CLOSED_POLL_SECONDS = 0.02
ANSWER_MS = 100
"""What is kept of the caller's time to write the answer."""

Says = Callable[[Case], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """Who comes to a door, why, and what makes the request the same as an earlier one."""

    by: Actor
    correlation: UUID
    once: Idempotency | None = None
    expecting: Expectation = UNCONDITIONAL

    @classmethod
    def of(cls, by: Actor, correlation: UUID, once: Idempotency, expecting: Expectation) -> "Knock":
        """A person at a door that changes something that exists."""
        return cls(by=by, correlation=correlation, once=once, expecting=expecting)

    @property
    def origin(self) -> Origin:
        """Why the command runs."""
        return Origin(correlation=self.correlation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command on one case: the texts typed with it, the answer's status, place and words."""

    case_id: UUID
    command: Asked
    texts: Sequence[Written] = ()
    status: int = 200
    place: Callable[[Case], str] | None = None
    says: Says = field(default=lambda _case: {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The service: what it keeps and who it knows."""

    shell: Shell
    directory: Directory
    cases: Cases
    units: Units
    persons: Persons

    async def take(self, step: Step, knock: Knock) -> Reply[Any]:
        """Carries out one step on a case the caller sees. Raises what refuses it."""
        return _reply(await self._take(step, knock))

    async def accept(self, step: Step, knock: Knock) -> Reply[Any]:
        """As `take`, knowing who handled the complaints that this one repeats."""
        command = step.command
        assert isinstance(command, AcceptCustody), "acceptance is accepted here"
        earlier = await earlier_handlers(self.shell.pool, step.case_id)
        knowing = AcceptCustody(
            offer_id=command.offer_id, exchange=command.exchange, earlier_handlers=earlier
        )
        aware = Step(case_id=step.case_id, command=knowing, says=step.says)
        return await self.take(aware, knock)

    async def close(
        self, case_id: UUID, command: AskClosing, texts: Sequence[Written], knock: Knock
    ) -> Reply[Any]:
        """Asks, waits up to two seconds for the neighbours, and says how it came out.

        Raises NotReadyToClose with everything that is open, also what neighbours named.
        """
        step = Step(
            case_id=case_id,
            command=command,
            texts=texts,
            status=202,
            place=lambda _case: f"{BASE}/{case_id}/closure",
            says=lambda case: {"round": case.closing.round if case.closing else 0},
        )
        answer = await self._take(step, knock)
        reach("closing.asked")
        round_ = orjson.loads(answer.body)["round"]
        return await self._outcome(case_id, round_, answer)

    async def put_unit(self, file: UnitFile, knock: Knock) -> Reply[Any]:
        """Records a unit; the first time without If-Match."""
        key = unit_id(knock.by.organisation, file.path)
        reply = await self._put(self.units, key, PutUnit(file=file), knock)
        await self.directory.refresh()
        return reply

    async def put_person(self, file: PersonFile, knock: Knock) -> Reply[Any]:
        """Records a person; the first time without If-Match."""
        key = person_id(knock.by.organisation, file.person)
        reply = await self._put(self.persons, key, PutPerson(file=file), knock)
        await self.directory.refresh()
        return reply

    async def seed(self) -> None:
        """Records what the organisations' files say and nobody recorded yet; safe to repeat."""
        for organisation in self.directory.packs.organisations:
            known = await recorded(self.shell.pool, organisation.id)
            for file in (_unit_file(unit) for unit in organisation.units):
                if file.path not in known:
                    await self._seed(
                        self.units,
                        unit_id(organisation.id, file.path),
                        SeedUnit(file=file),
                        organisation,
                    )
            for who in (_person_file(one) for one in organisation.persons):
                if who.person not in known:
                    await self._seed(
                        self.persons,
                        person_id(organisation.id, who.person),
                        SeedPerson(file=who),
                        organisation,
                    )
        await self.directory.refresh()

    async def _take(self, step: Step, knock: Knock) -> Answer:
        ask: Ask[Command] = Ask(
            id=step.case_id,
            command=step.command,
            by=knock.by,
            origin=knock.origin,
            once=knock.once,
            expecting=knock.expecting,
            sees=lambda case: case.seen_by(knock.by),
            texts=step.texts,
        )
        return await self.shell.handle(
            self.cases, ask, lambda case, head: _answer(step, case, head)
        )

    async def _outcome(self, case_id: UUID, round_: int, asked: Answer) -> Reply[Any]:
        waited, patience = 0.0, _patience()
        while waited < patience:
            found = await read_case(self.shell.pool, case_id)
            closing = found.case.closing if found else None
            if closing is None or closing.round != round_:
                break
            if closing.closed_at and found:
                return _closed(found.case, closing, found.revision)
            if closing.failed is not None:
                raise NotReadyToClose(errors=[Pointer("", code, "") for code in closing.failed])
            await asyncio.sleep(CLOSED_POLL_SECONDS)
            waited += CLOSED_POLL_SECONDS
        return _reply(asked)

    async def _put(
        self, aggregate: Aggregate[Any, Any, Any, None], key: UUID, command: object, knock: Knock
    ) -> Reply[Any]:
        known = await self.shell.pool.fetchval(
            f"select true from {aggregate.table.fullname} where id = $1",  # noqa: S608 our own
            key,
        )
        ask = Ask(
            id=key,
            command=command,
            by=knock.by,
            origin=knock.origin,
            creates=not known,
            once=knock.once,
            expecting=knock.expecting if known else UNCONDITIONAL,
        )
        status = 200 if known else 201
        body = orjson.dumps({"recorded": True})
        answer = await self.shell.handle(
            aggregate,
            ask,
            lambda _file, head: Answer(status=status, body=body, revision=head.revision),
        )
        return _reply(answer)

    async def _seed(
        self,
        aggregate: Aggregate[Any, Any, Any, None],
        key: UUID,
        command: object,
        organisation: Organisation,
    ) -> None:
        ask = Ask(
            id=key,
            command=command,
            by=system(organisation.id, "seed"),
            origin=Origin(correlation=new_id()),
            creates=True,
        )
        nothing = lambda _file, head: Answer(status=200, body=b"", revision=head.revision)  # noqa: E731
        await self.shell.handle(aggregate, ask, nothing)


def _patience() -> float:
    """Two seconds, or less where the caller has less time left."""
    left = remaining_ms()
    if left is None:
        return CLOSED_WITHIN_SECONDS
    return min(CLOSED_WITHIN_SECONDS, max(left - ANSWER_MS, 0) / 1000)


def typed(subject: str, body: str) -> tuple[TextRef, Written]:
    """A text as typed: its reference for the event, itself for the statement."""
    text = written(subject, body)
    return TextRef(id=text.id, commitment=text.commitment), text


def noted(subject: str, body: str | None) -> tuple[TextRef | None, tuple[Written, ...]]:
    """As `typed`, for a text that may be left out."""
    if body is None:
        return None, ()
    ref, text = typed(subject, body)
    return ref, (text,)


def _answer(step: Step, case: Case, head: Head) -> Answer:
    """Ids, codes and moments only: it is kept for replay."""
    body = {
        "case_id": case.id,
        "status": case.status,
        "tier": case.tier,
        "unit": case.custody.unit,
        "holder": case.custody.person,
        **step.says(case),
    }
    return Answer(
        status=step.status,
        body=orjson.dumps(body),
        revision=head.revision,
        location=step.place(case) if step.place else None,
    )


def _reply(answer: Answer) -> Reply[Any]:
    return Reply(
        raw=answer.body,
        status=answer.status,
        revision=answer.revision,
        location=answer.location,
        replayed=answer.replayed,
    )


def _closed(case: Case, closing: Closing, revision: int) -> Reply[Any]:
    body = {
        "case_id": case.id,
        "status": case.status,
        "tier": case.tier,
        "unit": case.custody.unit,
        "holder": case.custody.person,
        "round": closing.round,
    }
    return Reply(raw=orjson.dumps(body), status=200, revision=revision)


def _unit_file(unit: Unit) -> UnitFile:
    label = unit.label
    labels = {"zh-Hant": label.zh_hant, "zh-Hans": label.zh_hans, "en": label.en}
    return UnitFile(
        path=unit.id, kind=unit.kind, head=unit.head, hotline=unit.hotline, labels=labels
    )


def _person_file(person: Person) -> PersonFile:
    roles, units = tuple(sorted(person.roles)), tuple(sorted(person.units))
    return PersonFile(person=person.id, roles=roles, units=units)
