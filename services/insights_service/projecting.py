"""The projecting consumer: every fact of every service into the read models, once.

All effects of a batch are written in its transaction beside the inbox, so a fact counts exactly
once however often it is delivered. Rows of a complaint are made first and then locked in one
order, so that consumers of several partitions may meet at one complaint.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter

from services.insights_service.counting import MEASURES, Count, Place, placed, tallied
from services.insights_service.domain.entry import Entry, Line, lines
from services.insights_service.folding import fold
from shared.contracts.followup import (
    CallbackCompletedV1,
    CallbackDueV1,
    CallbackExcludedV1,
)
from shared.plumbing.inbox import Received
from shared.plumbing.writing import Connection

ENTRY = TypeAdapter(Entry)
UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Projecting:
    """Insights' `Apply`. `zones` say on which local day an organisation counts a moment."""

    zones: Mapping[str, ZoneInfo]

    async def __call__(self, connection: Connection, facts: Sequence[Received]) -> None:
        """Carries out all effects of these facts."""
        concerned = [(complaint_of(fact), fact) for fact in facts]
        about = [(complaint, fact) for complaint, fact in concerned if complaint is not None]
        await _write_calls(connection, facts)
        if about:
            await self._project(connection, about)

    async def _project(
        self, connection: Connection, about: Sequence[tuple[UUID, Received]]
    ) -> None:
        """What speaks of another organisation's complaint has no effect on it."""
        before = await _locked(connection, about)
        own = [(c, f) for c, f in about if before[c].organisation == f.envelope.organisation]
        await _write_timeline(connection, own)
        after: dict[UUID, Entry] = dict(before)
        counts: list[Count] = []
        for complaint, fact in own:
            entry, found = self._folded(after[complaint], fact)
            after[complaint] = entry
            counts += found
        changed = [c for c in sorted(after) if after[c] != before[c]]
        await _write_entries(connection, [after[complaint] for complaint in changed])
        await _write_lines(connection, [(before[c], after[c]) for c in changed])
        await _write_counts(connection, counts)

    def _folded(self, entry: Entry, fact: Received) -> tuple[Entry, list[Count]]:
        assert fact.contract is not None, "what concerns a complaint has a contract"
        zone = self.zones.get(fact.envelope.organisation, UTC)
        day = fact.envelope.time.astimezone(zone).date().isoformat()
        folded = tallied(fold(entry, fact.contract), fact.contract, day)
        return placed(entry, folded)


def complaint_of(fact: Received) -> UUID | None:
    """The complaint a fact concerns; None for master data, customers, visits."""
    found: UUID | None = getattr(fact.contract, "complaint_id", None)
    return found


async def _locked(
    connection: Connection, about: Sequence[tuple[UUID, Received]]
) -> dict[UUID, Entry]:
    organisations = {complaint: fact.envelope.organisation for complaint, fact in about}
    wanted = sorted(organisations)
    await connection.execute(
        "insert into insights.queue (complaint, organisation) "
        "select * from unnest($1::uuid[], $2::text[]) on conflict do nothing",
        wanted,
        [organisations[complaint] for complaint in wanted],
    )
    rows = await connection.fetch(
        "select complaint, organisation, state from insights.queue where complaint = any($1) "
        "order by complaint for update",
        wanted,
    )
    return {row["complaint"]: _entry(row) for row in rows}


def _entry(row: Any) -> Entry:  # noqa: ANN401 a row of the driver
    if row["state"] is None:
        return Entry(complaint=row["complaint"], organisation=row["organisation"])
    return ENTRY.validate_json(row["state"])


_ENTRIES = """
update insights.queue q set
  reference = n.reference, unit = n.unit, kind = n.kind, content = n.content,
  channel = n.channel, severity = n.severity, tier = n.tier, status = n.status,
  holder_unit = n.holder_unit, holder_person = n.holder_person, next_clock = n.next_clock,
  next_due_at = n.next_due_at, warned = n.warned, breached = n.breached, waiting = n.waiting,
  opened_at = n.opened_at, state = n.state
from jsonb_to_recordset($1::jsonb) as n(
  complaint uuid, reference text, unit text, kind text, content text, channel text,
  severity text, tier text, status text, holder_unit text, holder_person text,
  next_clock text, next_due_at timestamptz, warned boolean, breached boolean, waiting jsonb,
  opened_at timestamptz, state jsonb)
where q.complaint = n.complaint
"""


async def _write_entries(connection: Connection, entries: Sequence[Entry]) -> None:
    if entries:
        await connection.execute(_ENTRIES, orjson.dumps([_row(entry) for entry in entries]))


def _row(entry: Entry) -> dict[str, object]:
    first = entry.next
    return {
        "complaint": entry.complaint,
        "reference": entry.reference,
        "unit": entry.unit,
        "kind": entry.kind,
        "content": entry.content,
        "channel": entry.channel,
        "severity": entry.severity,
        "tier": entry.tier,
        "status": entry.status,
        "holder_unit": entry.holder_unit,
        "holder_person": entry.holder_person,
        "next_clock": first.clock if first else None,
        "next_due_at": first.due_at if first else None,
        "warned": entry.warned,
        "breached": entry.breached,
        "waiting": entry.waiting,
        "opened_at": entry.opened_at,
        "state": entry,
    }


_GONE = """
delete from insights.lines l using jsonb_to_recordset($1::jsonb) as d(
  organisation text, seer text, lane text, due_at timestamptz, complaint uuid)
where l.organisation = d.organisation and l.seer = d.seer and l.lane = d.lane
  and l.due_at = d.due_at and l.complaint = d.complaint
"""

_COME = """
insert into insights.lines (organisation, seer, lane, due_at, complaint)
select n.* from jsonb_to_recordset($1::jsonb) as n(
  organisation text, seer text, lane text, due_at timestamptz, complaint uuid)
on conflict do nothing
"""


async def _write_lines(connection: Connection, moved: Sequence[tuple[Entry, Entry]]) -> None:
    """Only what changed its place is taken out and put in."""
    gone: set[Line] = set()
    come: set[Line] = set()
    for before, after in moved:
        old, new = lines(before), lines(after)
        gone |= old - new
        come |= new - old
    if gone:
        await connection.execute(_GONE, _dumped(gone))
    if come:
        await connection.execute(_COME, _dumped(come))


def _dumped(found: Iterable[Line]) -> bytes:
    """In the order of the key: neighbours on a page are written together."""
    names = [field.name for field in fields(Line)]
    ordered = sorted(found, key=lambda line: [str(getattr(line, name)) for name in names])
    return orjson.dumps(ordered)


async def _write_timeline(connection: Connection, about: Sequence[tuple[UUID, Received]]) -> None:
    rows = [_happened(complaint, fact) for complaint, fact in about]
    await connection.execute(
        "insert into insights.timeline (complaint, at, event_id, organisation, service, subject, "
        "sequence, type, actor, codes) select n.* from jsonb_to_recordset($1::jsonb) as n("
        "complaint uuid, at timestamptz, event_id uuid, organisation text, service text, "
        "subject uuid, sequence int, type text, actor text, codes jsonb) on conflict do nothing",
        orjson.dumps(rows),
    )


def _happened(complaint: UUID, fact: Received) -> dict[str, object]:
    envelope, contract = fact.envelope, fact.contract
    assert contract is not None, "what concerns a complaint has a contract"
    return {
        "complaint": complaint,
        "at": envelope.time,
        "event_id": envelope.id,
        "organisation": envelope.organisation,
        "service": envelope.source.rpartition("/")[2],
        "subject": envelope.subject,
        "sequence": envelope.sequence,
        "type": envelope.type,
        "actor": envelope.actor,
        "codes": contract.model_dump(mode="json", exclude={"complaint_id"}, exclude_none=True),
    }


async def _write_counts(connection: Connection, counts: Sequence[Count]) -> None:
    sums: dict[Place, dict[str, int]] = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
    for count in counts:
        sums[count.place][count.measure] += count.amount
    if not sums:
        return
    names = ", ".join(MEASURES)
    added = ", ".join(f"{name} = counts.{name} + excluded.{name}" for name in MEASURES)
    typed = ", ".join(f"{name} bigint" for name in MEASURES)
    await connection.execute(
        f"insert into insights.counts (organisation, day, unit, kind, content, {names}) "  # noqa: S608
        f"select organisation, day, unit, kind, content, {names} "
        "from jsonb_to_recordset($1::jsonb) as n("
        f"organisation text, day date, unit text, kind text, content text, {typed}) "
        "order by 1, 2, 3, 4, 5 "
        f"on conflict (organisation, day, unit, kind, content) do update set {added}",
        orjson.dumps([_counted(place, sums[place]) for place in sums]),
    )


def _counted(place: Place, sums: Mapping[str, int]) -> dict[str, object]:
    return {field.name: getattr(place, field.name) for field in fields(place)} | dict(sums)


async def _write_calls(connection: Connection, facts: Sequence[Received]) -> None:
    for fact in facts:
        match fact.contract:
            case CallbackDueV1() as due:
                await _call_due(connection, fact.envelope.organisation, due)
            case (
                CallbackCompletedV1(callback_id=callback) | CallbackExcludedV1(callback_id=callback)
            ):
                await connection.execute(
                    "update insights.calls set open = false where callback = $1", callback
                )
            case _:
                continue


async def _call_due(connection: Connection, organisation: str, due: CallbackDueV1) -> None:
    due_at: datetime = due.due_at
    await connection.execute(
        "insert into insights.calls "
        "(callback, organisation, complaint, unit, campaign, due_at, open) "
        "values ($1, $2, $3, $4, $5, $6, true) on conflict do nothing",
        due.callback_id,
        organisation,
        due.complaint_id,
        due.unit,
        due.campaign,
        due_at,
    )
