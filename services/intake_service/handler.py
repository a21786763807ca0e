"""Intake at work: a form becomes a command, the shell carries it out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.intake_service.answers import Answering, changed, registered
from services.intake_service.blinding import Blind
from services.intake_service.bodies import Amendment, LinkNote, Registration
from services.intake_service.domain.commands import Command, LinkComplaint, RegisterComplaint
from services.intake_service.domain.complaint import Complaint
from services.intake_service.domain.errors import NoPolicyInForce
from services.intake_service.domain.form import Split, split
from services.intake_service.entering import (
    Entry,
    Record,
    amendment_of,
    command_of,
    form_facts,
    phone_of,
    require_accused,
    require_sense,
    unit_for,
    vault,
)
from services.intake_service.phones import e164, region_of
from services.intake_service.recognising import (
    Lately,
    known_customer,
    possible_repeats,
    unknown,
)
from services.intake_service.references import References
from services.intake_service.store import Complaints, Customers, Visits
from shared.kernel.errors import Pointer
from shared.kernel.occasion import Actor
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.plumbing.aggregate import Current, Given
from shared.plumbing.changes import Answer, Aside, Origin, Premise, Written, written
from shared.plumbing.http import UNCONDITIONAL, Expectation, Idempotency
from shared.plumbing.identifiers import new_id
from shared.plumbing.inbox import Premature
from shared.plumbing.jointly import JointAsk
from shared.plumbing.jointly import handle as handle_jointly
from shared.plumbing.packs import NoPackInForce, Packs, UnknownOrganisation, UnknownPack
from shared.plumbing.problems import unseen
from shared.plumbing.shell import Ask, PremiseBroken, Shell
from shared.plumbing.together import Target, Workbench
from shared.plumbing.writing import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """Who comes to a door, why, and what makes the request the same as an earlier one."""

    by: Actor
    correlation: UUID
    once: Idempotency | None = None
    expecting: Expectation = UNCONDITIONAL

    @property
    def origin(self) -> Origin:
        """Why the command runs."""
        return Origin(correlation=self.correlation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What comes beside a command: texts for the texts, rows for tables, the id of an addition."""

    texts: Sequence[Written] = ()
    asides: Sequence[Aside] = ()
    added: UUID | None = None


NOTHING = Brought()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The service: what it keeps, how it numbers, what it may know."""

    shell: Shell
    packs: Packs
    blind: Blind
    references: References
    complaints: Complaints
    customers: Customers
    visits: Visits
    lately: Lately = field(default_factory=Lately)

    async def register(self, body: Registration, knock: Knock) -> Answer:
        """Take down a complaint at a person's door. Raises what is wrong with the form.

        A caller of whom nothing is known costs one statement, any other a question and one more.
        """
        entry, organisation = self.entry(body, knock.by), knock.by.organisation
        customer = entry.customer
        if customer and self.lately.saw(customer):
            entry = await self.recognised(entry, organisation)
            return await self.enter(entry, await self.asked(entry, knock))
        premises = unknown(organisation, customer, entry.repeats_since) if customer else ()
        ask = await self.asked(entry, knock, premises)
        try:
            return await self.enter(entry, ask)
        except PremiseBroken:
            assert isinstance(ask.command, RegisterComplaint), "asked for a registration"
            entry = await self.recognised(entry, organisation)
            command = command_of(entry, ask.id, ask.command.reference, ask.texts)
            return await self.enter(entry, replace(ask, command=command, premises=()))

    def entry(
        self, body: Registration, by: Actor, *, whole: bool = True, ticket: str | None = None
    ) -> Entry:
        """Check a registration against the pack; the customer is not recognised yet.

        `whole` false: required fields may be missing and are owed.
        """
        organisation = self.organisation_of(by)
        unit = unit_for(organisation, body.unit, by)
        received_at = body.received_at or self.shell.time.now()
        pack = self.pack_at(organisation, received_at)
        require_sense(pack, organisation, body)
        parts = split(pack.intake, form_facts(body), body.form, whole=whole)
        return Entry(
            body=body,
            unit=unit,
            pack=pack,
            parts=parts,
            customer=self.customer_of(organisation, pack, parts),
            received_at=received_at,
            ticket=ticket,
        )

    async def recognised(self, entry: Entry, organisation: str) -> Entry:
        """The same with what intake knows of the customer; nothing of an unknown caller."""
        if entry.customer is None:
            return entry
        known = await known_customer(
            self.shell.pool, organisation, entry.customer, entry.repeats_since
        )
        return replace(entry, known=known)

    async def asked(
        self, entry: Entry, knock: Knock, premises: Sequence[Premise] = ()
    ) -> Ask[Command]:
        """The registration as one write: record, vault and texts."""
        complaint_id = entry.body.id or new_id()
        texts = [written(subject, words) for subject, words in entry.parts.narratives]
        year = self.shell.time.now().astimezone(ZoneInfo(entry.pack.timezone)).year
        reference = await self.references.take(year)
        return Ask(
            id=complaint_id,
            command=command_of(entry, complaint_id, reference, texts),
            by=knock.by,
            origin=knock.origin,
            creates=True,
            once=knock.once,
            sees=lambda state: knock.by.sees(state.unit),
            texts=texts,
            asides=vault(complaint_id, knock.by.organisation, entry.parts.particulars),
            premises=premises,
        )

    async def enter(self, entry: Entry, ask: Ask[Command]) -> Answer:
        """Write it and answer with what may be a repeat."""
        repeats = possible_repeats(
            entry.known,
            by=ask.by,
            classification=entry.body.classification,
            same=entry.pack.intake.repeats.same,
        )
        return await self.shell.handle(self.complaints, ask, registered(repeats))

    async def change(
        self, complaint: UUID, command: Command, knock: Knock, brought: Brought = NOTHING
    ) -> Answer:
        """Carry out a command on a record that the actor sees; 404 for every other."""
        ask = Ask(
            id=complaint,
            command=command,
            by=knock.by,
            origin=knock.origin,
            once=knock.once,
            expecting=knock.expecting,
            sees=lambda state: knock.by.sees(state.unit),
            texts=brought.texts,
            asides=brought.asides,
        )
        answering: Answering = changed(brought.added, status=201 if brought.added else 200)
        return await self.shell.handle(self.complaints, ask, answering)

    async def amend(self, record: Record, body: Amendment, knock: Knock) -> Answer:
        """Correct or complete the form of a record as it was read at the door.

        The shell compares `If-Match` again, so that what was read is what is amended.
        """
        organisation = self.organisation_of(knock.by)
        require_accused(organisation, body.accused or ())
        pack = self.pinned(record.policy)
        parts = split(pack.intake, record.facts, body.form, whole=False)
        texts = [written(subject, words) for subject, words in parts.narratives]
        command = amendment_of(body, parts, texts, self.customer_of(organisation, pack, parts))
        particulars = {**record.particulars, **parts.particulars}
        asides = vault(record.id, organisation.id, particulars) if parts.particulars else []
        return await self.change(record.id, command, knock, Brought(texts=texts, asides=asides))

    async def link(self, complaint: UUID, note: LinkNote, knock: Knock) -> Answer:
        """Say of both complaints, under one lock, that they belong together (decision 3)."""
        subject = Target(self.complaints, complaint)
        other = Target(self.complaints, note.complaint)

        async def decide(bench: Workbench, given: Given) -> Answer:
            _require_seen(bench.current[other], knock.by)
            later = bench.state(subject).received_at >= bench.state(other).received_at
            for target, about, second in ((subject, other, later), (other, subject, not later)):
                command = LinkComplaint(complaint=about.id, relation=note.relation, later=second)
                bench.decide(target, command, given)
            return changed()(bench.state(subject), bench.current[subject].head)

        async def both(_connection: Connection) -> Collection[Target]:
            return (other,)

        ask = JointAsk(
            subject=subject,
            by=knock.by,
            origin=knock.origin,
            decide=decide,
            more=both,
            once=knock.once,
            expecting=knock.expecting,
            sees=lambda state: knock.by.sees(state.unit),
        )
        return await handle_jointly(self.shell, ask)

    def organisation_of(self, by: Actor) -> Organisation:
        """Whose the actor is. Raises Refusal (404) for an organisation not served here."""
        try:
            return self.packs.organisation(by.organisation)
        except UnknownOrganisation:
            raise unseen() from None

    def pinned(self, policy: str) -> Pack:
        """The pack that was in force at receipt. Raises Premature while it has not arrived."""
        try:
            return self.packs.by_hash(policy)
        except UnknownPack as unknown:
            raise Premature("the policy version has not arrived yet") from unknown

    def pack_at(self, organisation: Organisation, moment: datetime) -> Pack:
        """The pack in force at receipt. Raises NoPolicyInForce."""
        try:
            return self.packs.for_organisation(organisation.id, moment)
        except NoPackInForce:
            raise NoPolicyInForce(errors=[Pointer("/received_at", "too-small", "")]) from None

    def customer_of(self, organisation: Organisation, pack: Pack, parts: Split) -> str | None:
        """The blind reference of whoever left a number; None for an unknown caller."""
        phone = phone_of(pack, parts.particulars)
        number = e164(phone, region_of(organisation.timezone)) if phone else None
        return self.blind.customer(organisation.id, number) if number else None


def _require_seen(other: Current[Complaint], by: Actor) -> None:
    """Raises Refusal (404) for a complaint that is not there or that the actor does not see."""
    if other.state is None or other.organisation != by.organisation:
        raise unseen()
    if not by.sees(other.state.unit):
        raise unseen()
