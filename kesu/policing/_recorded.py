"""Complaints that were: from the journals of a running Kesu, or from the shipped scenarios."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import yaml

from shared.kernel.policy.pack import Pack
from shared.kernel.policy.routing import RoutingFacts
from shared.kernel.policy.simulating import PastClaim, PastComplaint
from shared.kernel.policy.vocabulary import CLAIM_FLAGS

OCCURRENCES = {
    "ComplaintConfirmed": "confirmed",
    "ComplaintWithdrawn": "withdrawn",
    "CustodyAccepted": "custody_accepted",
    "ResolutionProposed": "resolution_proposed",
    "ResolutionAccepted": "resolution_accepted",
    "ResolutionExecuted": "resolution_executed",
    "CustomerTold": "customer_told",
    "CaseClosed": "closed",
    "NoticeRecorded": "acknowledged",
    "ReplyDelivered": "reply_delivered",
}
"""Which event of a journal is which occurrence of the vocabulary; its first time counts."""
TOLD = ("ComplaintRegistered", "CaseRouted", "ClaimProposed")
_JOURNALS = """
select j.partition_key as complaint, j.type, j.at, j.entry
from {service}.journal j
where j.organisation = $1 and j.type = any($2::text[])
order by j.partition_key, j.at, j.seq
"""


async def recorded(
    connection: asyncpg.Connection, organisation: str, until: datetime
) -> list[PastComplaint]:
    """Every complaint of an organisation, as its journals tell it; seen until `until` or, where
    business time runs ahead, until the last that was written.
    """
    told: dict[Any, list[Any]] = {}
    for service in ("intake", "escalation", "compensation", "followup"):
        wanted = [*TOLD, *OCCURRENCES]
        query = _JOURNALS.format(service=service)
        for row in await connection.fetch(query, organisation, wanted):
            told.setdefault(row["complaint"], []).append(row)
    seen = max([until, *(row["at"] for rows in told.values() for row in rows)])
    found = (_complaint(rows, seen) for rows in told.values())
    return sorted((one for one in found if one), key=lambda one: one.received_at)


def _complaint(rows: list[Any], until: datetime) -> PastComplaint | None:
    facts: dict[str, Any] = {}
    reference, received_at, claims = "", None, []
    happened: dict[str, datetime] = {}
    for row in sorted(rows, key=lambda row: row["at"]):
        data = orjson.loads(row["entry"])["data"]
        if row["type"] == "ComplaintRegistered" and data.get("is_complaint", True):
            reference = data["reference"]
            received_at = datetime.fromisoformat(data["received_at"])
            facts = {**data, **data.get("classification", {})}
        elif row["type"] == "CaseRouted":
            facts |= data.get("facts", {})
        elif row["type"] == "ClaimProposed":
            claims.append(_claim(data["claim"]))
        elif row["type"] in OCCURRENCES:
            happened.setdefault(OCCURRENCES[row["type"]], row["at"])
    if received_at is None:
        return None
    return PastComplaint(
        reference=reference,
        facts=_facts(facts),
        received_at=received_at,
        until=until,
        happened={"received": received_at, "registered": received_at, **happened},
        claims=tuple(claims),
    )


def _facts(said: Mapping[str, Any]) -> RoutingFacts:
    """What of a record routing may test; what is null there is not classified."""
    known = {
        f.name: said[f.name]
        for f in fields(RoutingFacts)
        if f.name != "flags" and said.get(f.name) is not None
    }
    return RoutingFacts(**known, flags=frozenset(said.get("flags", ())))


def _claim(said: Mapping[str, Any]) -> PastClaim:
    own = said["cost_minor"] if said["counts"] else 0
    return PastClaim(
        remedy=said["remedy"],
        face_minor=said["face_minor"],
        cost_minor=said["cost_minor"],
        beside_minor=max(said["exposure_minor"] - own, 0),
        flags=frozenset(said["flags"]),
        proposer_roles=frozenset(said["proposer_roles"]),
    )


def from_scenarios(folder: Path, pack: Pack, at: datetime) -> Iterator[PastComplaint]:
    """The complaints that the shipped scenarios of this pack tell; their clocks are not judged."""
    for path in sorted(folder.glob("*.yaml")):
        scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
        if scenario.get("pack") == pack.id:
            yield from _played(scenario, at)


def _played(scenario: Mapping[str, Any], at: datetime) -> Iterator[PastComplaint]:
    steps = [step for step in scenario["steps"] if "do" in step]
    for step in steps:
        if step["do"] == "intake.register_complaint" and _succeeds(step):
            body = step["body"]
            name = next((kept for kept, what in step.get("keep", {}).items() if what == "id"), "")
            facts = _facts({**body, **body.get("classification", {})})
            yield PastComplaint(
                reference=f"{scenario['id']}/{name or 'complaint'}",
                facts=facts,
                received_at=at,
                until=at,
                claims=tuple(_wished(steps, f"${name}", facts)),
            )


def _wished(
    steps: Iterable[Mapping[str, Any]], complaint: str, facts: RoutingFacts
) -> Iterator[PastClaim]:
    beside = 0
    for step in steps:
        body = step.get("body", {})
        wish = step["do"] in {"compensation.propose_claim", "compensation.record_promise"}
        if wish and body.get("complaint_id") == complaint and _succeeds(step):
            face = int(body["face_minor"])
            yield PastClaim(
                remedy=body["remedy"],
                face_minor=face,
                cost_minor=face,
                beside_minor=beside,
                flags=facts.flags & CLAIM_FLAGS,
                proposer_roles=frozenset({str(step.get("as", "")).replace("-", "_")}),
            )
            beside += face


def _succeeds(step: Mapping[str, Any]) -> bool:
    return int(step.get("expect", {}).get("status") or 200) < 400
