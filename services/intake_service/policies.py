"""Versions of policies at work: proposed by one person, put in force by another (decision 21)."""

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from services.intake_service import queries_versions as queries
from services.intake_service.domain.policy_version import (
    ActivateVersion,
    Command,
    DraftInvalid,
    MomentTaken,
    PolicyVersion,
    ProposeVersion,
    RejectVersion,
)
from services.intake_service.domain.words import TextRef
from services.intake_service.drafting import Draft, differences_of, proved_draft
from services.intake_service.handler import Knock
from services.intake_service.store import Versions
from services.intake_service.tables import POLICY_DRAFTS
from shared.kernel.errors import Pointer
from shared.kernel.policy.organisation import Organisation
from shared.plumbing.aggregate import Given
from shared.plumbing.applying import TRANSIENT
from shared.plumbing.changes import Answer, Aside, Head, Written, written
from shared.plumbing.identifiers import new_id
from shared.plumbing.jointly import JointAsk
from shared.plumbing.jointly import handle as handle_jointly
from shared.plumbing.packs import Packs, UnknownOrganisation
from shared.plumbing.problems import unseen
from shared.plumbing.shell import Ask, Shell
from shared.plumbing.together import Target, Workbench
from shared.plumbing.uptake import Uptake

BASE = "/intake/v1/policy-versions"
NOTE = "policy_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody proposes: `documents` are the five sections as YAML by their names."""

    pack: str
    in_force_from: datetime
    documents: dict[str, str]
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The part of intake that owns activation."""

    shell: Shell
    uptake: Uptake
    versions: Versions

    @property
    def packs(self) -> Packs:
        """The shelf of this process."""
        return self.uptake.packs

    async def propose(self, proposal: Proposal, knock: Knock) -> Answer:
        """Proves a draft and keeps it. Raises DraftInvalid with the findings, keeping nothing."""
        organisation = self._organisation(knock)
        if proposal.pack != organisation.pack:
            raise DraftInvalid(errors=[Pointer("/pack", "not-allowed-value", "")])
        version_id = new_id()
        subject = Target(self.versions, version_id)
        note, texts = _noted(proposal.note)
        documents = orjson.dumps(proposal.documents, option=orjson.OPT_SORT_KEYS).decode()

        async def decide(bench: Workbench, given: Given) -> Answer:
            draft = await self._proved(proposal.documents, organisation, proposal.in_force_from)
            command = self._command(version_id, proposal, draft, organisation)
            command = replace(command, documents=_digest(documents), note=note)
            kept = {
                "version": version_id,
                "organisation": organisation.id,
                "documents": documents,
            }
            aside = Aside(table=POLICY_DRAFTS, values=kept)
            bench.decide(subject, command, replace(given, asides=[aside]))
            return _answer(bench.state(subject), bench.current[subject].head, status=201)

        ask = JointAsk(
            subject=subject,
            by=knock.by,
            origin=knock.origin,
            decide=decide,
            creates=True,
            once=knock.once,
            texts=texts,
        )
        return await handle_jointly(self.shell, ask)

    async def activate(self, version_id: UUID, note: str | None, knock: Knock) -> Answer:
        """Puts a draft in force from its moment on. Raises what the domain says, 404 for another
        organisation's.
        """
        row = await queries.draft_of(self.shell.pool, knock.by.organisation, version_id)
        if row is None:
            raise unseen()
        documents: dict[str, str] = orjson.loads(row["documents"])
        draft = await self._proved(documents, self._organisation(knock), row["in_force_from"])
        said, texts = _noted(note)
        command = ActivateVersion(hash=draft.pack.hash, content=dict(draft.content), note=said)
        answer = await self._decide(version_id, command, texts, knock)
        with contextlib.suppress(*TRANSIENT):  # it is in force all the same; a look comes soon
            await self.uptake.look()
        return answer

    async def reject(self, version_id: UUID, note: str | None, knock: Knock) -> Answer:
        """Refuses a draft for good. Raises what the domain says."""
        said, texts = _noted(note)
        return await self._decide(version_id, RejectVersion(note=said), texts, knock)

    async def _decide(
        self, version_id: UUID, command: Command, texts: list[Written], knock: Knock
    ) -> Answer:
        ask = Ask(
            id=version_id,
            command=command,
            by=knock.by,
            origin=knock.origin,
            once=knock.once,
            expecting=knock.expecting,
            texts=texts,
        )
        try:
            return await self.shell.handle(self.versions, ask, _answer)
        except asyncpg.UniqueViolationError as taken:
            if taken.constraint_name not in {"uq_moment_in_force", "uq_content_in_force"}:
                raise
            raise MomentTaken from None

    async def _proved(
        self, documents: dict[str, str], organisation: Organisation, in_force_from: datetime
    ) -> Draft:
        """In a thread: proofs take a while, and others are served meanwhile."""
        return await asyncio.to_thread(proved_draft, documents, organisation, in_force_from)

    def _command(
        self, version_id: UUID, proposal: Proposal, draft: Draft, organisation: Organisation
    ) -> ProposeVersion:
        at = proposal.in_force_from
        return ProposeVersion(
            version_id=version_id,
            organisation=organisation.id,
            pack=draft.pack.id,
            version=draft.pack.version,
            hash=draft.pack.hash,
            substance=draft.substance,
            documents="",
            in_force_from=at,
            findings=draft.findings,
            differences=differences_of(self.packs, organisation.id, draft, at),
        )

    def _organisation(self, knock: Knock) -> Organisation:
        try:
            return self.packs.organisation(knock.by.organisation)
        except UnknownOrganisation:
            raise unseen() from None


def _answer(state: PolicyVersion, head: Head, *, status: int = 200) -> Answer:
    proposal = state.proposal
    body = {
        "id": proposal.version_id,
        "pack": proposal.pack,
        "version": proposal.version,
        "hash": proposal.hash,
        "status": state.status,
        "in_force_from": proposal.in_force_from,
        "revision": head.revision,
    }
    location = f"{BASE}/{proposal.version_id}" if status == 201 else None
    return Answer(status=status, body=orjson.dumps(body), revision=head.revision, location=location)


def _noted(note: str | None) -> tuple[TextRef | None, list[Written]]:
    if note is None:
        return None, []
    text = written(NOTE, note)
    return TextRef(id=text.id, subject=text.subject, commitment=text.commitment), [text]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
