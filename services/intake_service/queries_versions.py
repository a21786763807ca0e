"""Questions about versions of policies, bounded by organisation."""

from typing import Any
from uuid import UUID

import asyncpg


async def version_of(pool: asyncpg.Pool, organisation: str, version: UUID) -> Any:  # noqa: ANN401 a row
    """Revision and state of one version; None when there is none."""
    return await pool.fetchrow(
        "select revision, state from intake.policy_versions where id = $1 and organisation = $2",
        version,
        organisation,
    )


async def versions_of(
    pool: asyncpg.Pool, organisation: str, *, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """The organisation's versions, newest proposal first."""
    return await pool.fetch(
        "select id, pack, hash, status, in_force_from, proposed_by, decided_by, revision, "
        "state->'proposal'->>'version' as version "
        "from intake.policy_versions where organisation = $1 and ($2::uuid is null or id < $2) "
        "order by id desc limit $3",
        organisation,
        after,
        limit,
    )


async def draft_of(pool: asyncpg.Pool, organisation: str, version: UUID) -> Any:  # noqa: ANN401 a row
    """The documents of a version as they were sent, and the moment it is meant for."""
    return await pool.fetchrow(
        "select d.documents, v.in_force_from, v.revision from intake.policy_drafts d "
        "join intake.policy_versions v on v.id = d.version "
        "where d.version = $1 and d.organisation = $2",
        version,
        organisation,
    )


async def notes_of(pool: asyncpg.Pool, version: UUID) -> dict[UUID, str]:
    """What was typed about a version, by text id."""
    rows = await pool.fetch("select id, body from intake.texts where aggregate = $1", version)
    return {row["id"]: row["body"] for row in rows}
