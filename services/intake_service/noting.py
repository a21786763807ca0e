"""Writes down how complaints stand, beside their records: one statement a batch, no journal.

The statement folds the news into the row as it stands, under the row's lock, so that it needs no
read; the order of a stream is the inbox's, in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import structlog

from services.intake_service.domain.standing import WORDS, News
from services.intake_service.subscriptions import news_of
from shared.plumbing.inbox import Premature, Received
from shared.plumbing.reacting import Reacting
from shared.plumbing.writing import Connection

Whose = tuple[UUID, str]
SEEN = ("status", "tier", "unit", "person")
"""What raises the record's ETag when it changes (decision 10)."""

log = structlog.get_logger("noting")


@dataclass(frozen=True, slots=True)
class Hearing:
    """Intake's `Apply`: first what is only noted, then what intake must answer."""

    reacting: Reacting

    async def __call__(self, connection: Connection, facts: Sequence[Received]) -> None:
        """Raises Premature, and what `decide` raises; then nothing of it stays."""
        await note(connection, gathered(facts))
        await self.reacting(connection, facts)


def gathered(facts: Sequence[Received]) -> dict[Whose, News]:
    """All news of a batch, one for each complaint and teller's organisation."""
    found: dict[Whose, News] = {}
    for fact in facts:
        told = news_of(fact)
        if told is not None:
            whose = (told[0], fact.envelope.organisation)
            found[whose] = found.get(whose, News()).then(told[1])
    return found


async def note(connection: Connection, told: dict[Whose, News]) -> None:
    """Folds the news in and raises the ETags. Raises Premature when a complaint is not here.

    News from another organisation has no effect: nothing crosses that border.
    """
    if not told:
        return
    rows = await connection.fetch(_NOTE, *_columns(told))
    known = {row["id"]: row["organisation"] for row in rows}
    for complaint, organisation in told:
        if complaint not in known:
            raise Premature("the complaint is not registered yet")
        if known[complaint] != organisation:
            log.error("a fact of another organisation has no effect", complaint=str(complaint))


def _columns(told: dict[Whose, News]) -> list[list[Any]]:
    news = list(told.values())
    return [
        [complaint for complaint, _ in told],
        [organisation for _, organisation in told],
        *([getattr(each, word) for each in news] for word in WORDS),
        [each.promises for each in news],
        [orjson.dumps(dict(each.dues)) for each in news],
    ]


def _seen(of: str) -> str:
    return ", ".join(f"nullif({of.format(word)}, '')" for word in SEEN)


_LISTED = ", ".join((*WORDS, "promises", "dues"))
_LATER = ", ".join(f"{word} = coalesce(excluded.{word}, s.{word})" for word in WORDS)
_NOTE = f"""
with told as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::timestamptz[], $9::timestamptz[], $10::int[], $11::jsonb[])
        as t(complaint, organisation, {_LISTED})),
known as materialized (
    select id, organisation from intake.complaints where id = any($1) order by id
    for no key update),
noted as (
    insert into intake.standings as s (complaint, organisation, {_LISTED}, stirred)
    select t.*, num_nonnulls({_seen("t.{}")}) > 0
    from told t join known k on k.id = t.complaint and k.organisation = t.organisation
    on conflict (complaint) do update
    set {_LATER}, promises = s.promises + excluded.promises, dues = s.dues || excluded.dues,
        stirred = ({_seen("coalesce(excluded.{0}, s.{0})")}) is distinct from ({_seen("s.{}")})
    returning complaint, stirred),
raised as (
    update intake.complaints c set revision = c.revision + 1
    from noted n where n.complaint = c.id and n.stirred)
select id, organisation from known
"""  # noqa: S608 our own words
