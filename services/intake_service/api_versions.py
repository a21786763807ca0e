"""Door 1: versions of the organisation's policy: proposed, looked at, put in force or rejected."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import Depends
from pydantic import AwareDatetime, Field, StringConstraints
from starlette.requests import Request

from services.intake_service import queries_versions as queries
from services.intake_service.bodies import Code, Note
from services.intake_service.domain.policy_version import PolicyVersion, Status
from services.intake_service.doorway import Pages, replied, said
from services.intake_service.handler import Knock
from services.intake_service.policies import Policies, Proposal
from services.intake_service.views import View
from shared.kernel.roles import Role
from shared.plumbing.http import (
    By,
    Correlation,
    CursorText,
    Doors,
    IfMatch,
    Limit,
    Once,
    Permit,
    Refusal,
    Reply,
    RequestModel,
    unseen,
)

doors = Doors("policy-versions")

DOCUMENTS_MAX = 1_000_000
"""Bytes of the five documents together; the body may escape them."""
BODY_BYTES_MAX = 2_200_000
KEEPERS = Permit(Role.ADMINISTRATOR, Role.GENERAL_MANAGER)
READERS = Permit(Role.ADMINISTRATOR, Role.GENERAL_MANAGER, Role.AUDIT)
DECISION = (
    "own-proposal",
    "already-decided",
    "moment-passed",
    "moment-taken",
    "version-unchanged",
    "version-name-taken",
    "proof-outdated",
    "draft-invalid",
)

Yaml = Annotated[str, StringConstraints(min_length=1, max_length=DOCUMENTS_MAX)]


def policies_of(request: Request) -> Policies:
    """The policies' part of this app."""
    found: Policies = request.scope["app"].state.policies
    return found


Service: TypeAlias = Annotated[Policies, Depends(policies_of)]


class Documents(RequestModel):
    """The five sections of a version as YAML, as they would stand in its directory."""

    pack: Yaml
    intake: Yaml
    escalation: Yaml
    compensation: Yaml
    followup: Yaml


class VersionProposal(RequestModel):
    """A version of the organisation's own pack, and the moment it is to come into force."""

    pack: Code
    effective_from: Annotated[AwareDatetime, Field(strict=False)]
    documents: Documents
    note: Note | None = None


class VersionDecision(RequestModel):
    """Why."""

    note: Note | None = None


class VersionChanged(View):
    """A version after something was done about it."""

    id: UUID
    pack: str
    version: str
    hash: str
    status: Status
    in_force_from: datetime
    revision: int


class VersionLine(VersionChanged):
    """A row of the list."""

    proposed_by: str
    decided_by: str | None


class VersionPage(View):
    """Newest proposal first."""

    items: list[VersionLine]
    next: str | None


class NoticedView(View):
    """A finding that a person should look at. `reason` is in English."""

    severity: str
    section: str
    line: int | None
    row: str
    code: str
    reason: str


class DifferenceView(View):
    """What a section says differently from the version before: rows as `table/row`.

    At most 200 rows of each are named; `count` is of all.
    """

    section: str
    added: list[str]
    removed: list[str]
    changed: list[str]
    count: int


class VersionView(VersionLine):
    """A version with what its proof noticed and what it changes."""

    proposed_at: datetime
    decided_at: datetime | None
    notes: list[str]
    findings: list[NoticedView]
    differences: list[DifferenceView]


class DocumentsView(View):
    """The five documents as they were proposed."""

    pack: str
    intake: str
    escalation: str
    compensation: str
    followup: str


@doors.post(
    "/policy-versions",
    permit=KEEPERS,
    status=201,
    shows=VersionChanged,
    body_max=BODY_BYTES_MAX,
    refuses=(
        "draft-invalid",
        "moment-too-soon",
        "moment-taken",
        "version-unchanged",
        "version-name-taken",
        "body-too-large",
        "not-found",
    ),
)
async def propose_policy_version(
    body: VersionProposal, by: By, once: Once, correlation: Correlation, service: Service
) -> Reply[VersionChanged]:
    """Propose a version of the organisation's policy.

    It is proved like the files at the start; every finding that refuses it is pointed at with
    document, line, row and reason, and nothing is kept. Another person puts it in force.
    """
    documents = body.documents.model_dump()
    if sum(len(each.encode()) for each in documents.values()) > DOCUMENTS_MAX:
        raise Refusal("body-too-large")
    proposal = Proposal(
        pack=body.pack,
        in_force_from=body.effective_from.astimezone(UTC),
        documents=documents,
        note=body.note,
    )
    knock = Knock(by=by, correlation=correlation, once=once)
    return replied(await service.propose(proposal, knock))


@doors.get("/policy-versions", permit=READERS, shows=VersionPage)
async def list_policy_versions(
    by: By, service: Service, cursors: Pages, limit: Limit = 50, cursor: CursorText = None
) -> Reply[VersionPage]:
    """List the versions that were proposed here, whatever became of them."""
    question = {"policy-versions": by.organisation}
    opened = cursors.open(cursor, by=by, question=question)
    after = UUID(str(opened[0])) if opened else None
    rows = await queries.versions_of(
        service.shell.pool, by.organisation, after=after, limit=limit + 1
    )
    items = [dict(row) for row in rows[:limit]]
    more = len(rows) > limit
    following = cursors.seal([str(items[-1]["id"])], by=by, question=question) if more else None
    return said({"items": items, "next": following})


@doors.get("/policy-versions/{version}", permit=READERS, shows=VersionView)
async def get_policy_version(version: UUID, by: By, service: Service) -> Reply[VersionView]:
    """Read a version: who proposed it, what its proof noticed, what it changes."""
    row = await queries.version_of(service.shell.pool, by.organisation, version)
    if row is None:
        raise unseen()
    state = service.versions.read(row["state"])
    notes = await queries.notes_of(service.shell.pool, version)
    return said(_shown(state, notes) | {"revision": row["revision"]}, revision=row["revision"])


@doors.get("/policy-versions/{version}/documents", permit=READERS, shows=DocumentsView)
async def get_policy_documents(version: UUID, by: By, service: Service) -> Reply[DocumentsView]:
    """Read the five documents of a version as they were proposed."""
    row = await queries.draft_of(service.shell.pool, by.organisation, version)
    if row is None:
        raise unseen()
    return Reply(raw=row["documents"].encode(), revision=row["revision"])


@doors.post(
    "/policy-versions/{version}/activation",
    permit=KEEPERS,
    shows=VersionChanged,
    refuses=DECISION,
)
async def activate_policy_version(
    version: UUID,
    body: VersionDecision,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[VersionChanged]:
    """Put a proposed version in force from its moment on: somebody else than who proposed it.

    All services are told and take it up while they run. What was received before that moment stays
    under the version of its receipt.
    """
    knock = Knock(by=by, correlation=correlation, once=once, expecting=if_match)
    return replied(await service.activate(version, body.note, knock))


@doors.post(
    "/policy-versions/{version}/rejection",
    permit=KEEPERS,
    shows=VersionChanged,
    refuses=("own-proposal", "already-decided"),
)
async def reject_policy_version(
    version: UUID,
    body: VersionDecision,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[VersionChanged]:
    """Reject a proposed version for good: somebody else than who proposed it."""
    knock = Knock(by=by, correlation=correlation, once=once, expecting=if_match)
    return replied(await service.reject(version, body.note, knock))


def _shown(state: PolicyVersion, notes: dict[UUID, str]) -> dict[str, Any]:
    proposal = state.proposal
    return {
        "id": proposal.version_id,
        "pack": proposal.pack,
        "version": proposal.version,
        "hash": proposal.hash,
        "status": state.status,
        "in_force_from": proposal.in_force_from,
        "proposed_by": state.proposed_by,
        "proposed_at": state.proposed_at,
        "decided_by": state.decided_by,
        "decided_at": state.decided_at,
        "notes": [notes.get(each.id, "") for each in state.notes],
        "findings": proposal.findings,
        "differences": proposal.differences,
    }
