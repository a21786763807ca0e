"""How intake's aggregates are kept: columns, timers, and the rows that guard the rules again."""

from collections.abc import Callable, Sequence
from typing import Any

from services.intake_service.domain import confirming, customers
from services.intake_service.domain import policy_version as versions
from services.intake_service.domain.commands import Command, RegisterComplaint
from services.intake_service.domain.complaint import Complaint, evolve
from services.intake_service.domain.deciding import decide
from services.intake_service.domain.events import ComplaintConfirmed, Event
from services.intake_service.domain.policy_version import PolicyVersion
from services.intake_service.drafting import ground_of
from services.intake_service.publications import (
    customer_fact_of,
    fact_of,
    version_fact_of,
    visit_fact_of,
)
from services.intake_service.tables import (
    COMPLAINTS,
    CONFIRMATIONS,
    CUSTOMERS,
    POLICY_PACKS,
    POLICY_VERSIONS,
    VISITS,
)
from shared.kernel.occasion import Occasion
from shared.kernel.policy.pack import Pack
from shared.plumbing.aggregate import Aggregate
from shared.plumbing.changes import Aside
from shared.plumbing.inbox import Premature
from shared.plumbing.packs import Packs, UnknownPack, joined

Complaints = Aggregate[Complaint, Command, Event, Pack]
Customers = Aggregate[
    customers.Customer, customers.RecordCustomer, customers.CustomerRecorded, None
]
Visits = Aggregate[customers.Visit, customers.RecordVisit, customers.ServiceCompleted, None]
Versions = Aggregate[PolicyVersion, versions.Command, versions.Event, versions.Ground]


def complaints(packs: Packs) -> Complaints:
    """The records, judged under the pack that was pinned at receipt (decision 21)."""
    return Aggregate(
        service="intake",
        table=COMPLAINTS,
        state=Complaint,
        decide=decide,
        evolve=evolve,
        fact_of=fact_of,
        rules=_pinned(packs),
        policy_of=lambda state: state.policy.hash,
        columns=_columns,
        timers=confirming.timers,
        asides=_asides,
        stirs=_stirs,
    )


def customer_files() -> Customers:
    """The customers' files."""
    return Aggregate(
        service="intake",
        table=CUSTOMERS,
        state=customers.Customer,
        decide=customers.decide,
        evolve=customers.evolve,
        fact_of=customer_fact_of,
        rules=lambda _state, _command: None,
        policy_of=lambda _state: None,
        columns=lambda state: {
            "customer": state.customer,
            "member": state.member,
            "key_customer": state.key_customer,
        },
    )


def visits() -> Visits:
    """Completed services."""
    return Aggregate(
        service="intake",
        table=VISITS,
        state=customers.Visit,
        decide=customers.decide_visit,
        evolve=customers.evolve_visit,
        fact_of=visit_fact_of,
        rules=lambda _state, _command: None,
        policy_of=lambda state: state.policy.hash,
        columns=lambda state: {
            "customer": state.customer,
            "unit": state.unit,
            "completed_at": state.completed_at,
        },
    )


def policy_versions(packs: Packs) -> Versions:
    """Versions of policies, measured against those of the same organisation on the shelf."""

    def ground(state: PolicyVersion | None, command: versions.Command) -> versions.Ground:
        if isinstance(command, versions.ProposeVersion):
            return ground_of(packs, command.organisation)
        return ground_of(packs, state.proposal.organisation) if state else ()

    return Aggregate(
        service="intake",
        table=POLICY_VERSIONS,
        state=PolicyVersion,
        decide=versions.decide,
        evolve=versions.evolve,
        fact_of=version_fact_of,
        rules=ground,
        policy_of=lambda state: state.proposal.hash,
        columns=lambda state: {
            "pack": state.proposal.pack,
            "hash": state.proposal.hash,
            "status": state.status,
            "in_force_from": state.proposal.in_force_from,
            "proposed_by": state.proposed_by,
            "decided_by": state.decided_by,
        },
        asides=_in_force,
    )


def _in_force(event: versions.Event, state: PolicyVersion, _occasion: Occasion) -> Sequence[Aside]:
    """What others hear by the fact, intake keeps with the activation itself."""
    if not isinstance(event, versions.VersionActivated):
        return ()
    proposal = state.proposal
    kept = {
        "organisation": proposal.organisation,
        "pack": proposal.pack,
        "version": proposal.version,
        "hash": proposal.hash,
        "in_force_from": proposal.in_force_from,
        "content": joined(event.content),
        "activated": True,
    }
    return (Aside(table=POLICY_PACKS, values=kept),)


def _pinned(packs: Packs) -> Callable[[Complaint | None, Command], Pack]:
    def rules(state: Complaint | None, command: Command) -> Pack:
        if isinstance(command, RegisterComplaint):
            return packs.by_hash(command.policy.hash)
        if state is None:
            raise Premature("the complaint is not registered yet")
        try:
            return packs.by_hash(state.policy.hash)
        except UnknownPack as unknown:
            raise Premature("the policy version has not arrived yet") from unknown

    return rules


def _columns(state: Complaint) -> dict[str, Any]:
    return {
        "reference": state.reference,
        "unit": state.unit,
        "status": state.status,
        "kind": state.kind,
        "channel": state.channel,
        "severity": state.severity,
        "customer": state.customer,
        "received_at": state.received_at,
    }


def _asides(event: Event, state: Complaint, occasion: Occasion) -> Sequence[Aside]:
    if not isinstance(event, ComplaintConfirmed):
        return ()
    confirmation = {
        "complaint": state.id,
        "organisation": occasion.by.organisation,
        "registered_by": state.registered_by,
        "confirmed_by": occasion.by.id,
        "apart": event.apart,
        "row": event.row,
        "confirmed_at": occasion.at,
    }
    return (Aside(table=CONFIRMATIONS, values=confirmation),)


def _stirs(before: Complaint | None, after: Complaint) -> bool:
    """A change of status changes what a person saw (decision 10); custody and tier: `standings`."""
    return before is None or (before.status, before.frozen) != (after.status, after.frozen)
