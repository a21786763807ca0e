"""How dossiers and delegations are kept: columns, timers, the rows beside them, their policy."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.compensation_service.beside import asides_of
from services.compensation_service.domain import delegation as delegating
from services.compensation_service.domain import ticking
from services.compensation_service.domain.authority import Edition, Rules
from services.compensation_service.domain.commands import Command, OpenDossier
from services.compensation_service.domain.deciding import decide
from services.compensation_service.domain.delegation import Delegation
from services.compensation_service.domain.dossier import Dossier
from services.compensation_service.domain.errors import DelegationNotKnown
from services.compensation_service.domain.events import Event
from services.compensation_service.domain.exposure import exposure_of
from services.compensation_service.domain.folding import evolve
from services.compensation_service.publications import fact_of, nothing
from services.compensation_service.tables import DELEGATIONS, DOSSIERS
from shared.kernel.policy.pack import Pack
from shared.plumbing.aggregate import Aggregate
from shared.plumbing.database import BusinessTime
from shared.plumbing.inbox import Premature
from shared.plumbing.packs import NoPackInForce, Packs, UnknownOrganisation, UnknownPack

Dossiers = Aggregate[Dossier, Command, Event, Rules]
Delegations = Aggregate[Delegation, delegating.Command, delegating.Event, Rules]


class Shelf:
    """Which policies judge what: pinned by hash, and the one in force now (decision 21)."""

    def __init__(self, packs: Packs, time: BusinessTime) -> None:
        self._packs = packs
        self._time = time
        self._editions: dict[str, Edition] = {}

    def pinned(self, content_hash: str) -> Edition:
        """The edition with this hash. Raises Premature: it is on its way."""
        try:
            return self._of(self._packs.by_hash(content_hash))
        except UnknownPack as error:
            raise Premature from error

    def current(self, organisation: str) -> Edition:
        """The edition in force now. Raises UnknownOrganisation, NoPackInForce."""
        return self._of(self._packs.for_organisation(organisation, self._time.now()))

    def today(self, organisation: str) -> date:
        """The local day of an organisation, in business time. Raises UnknownOrganisation."""
        zone = ZoneInfo(self._packs.organisation(organisation).timezone)
        return self._time.now().astimezone(zone).date()

    def rules(self, organisation: str | None, content_hash: str) -> Rules:
        """Pinned and current; the pinned one alone where none is in force."""
        pinned = self.pinned(content_hash)
        try:
            current = self.current(organisation) if organisation else pinned
        except (UnknownOrganisation, NoPackInForce):
            current = pinned
        return Rules(pinned=pinned, current=current)

    def counts_customer(self, organisation: str) -> bool:
        """Whether all complaints of one customer count together there."""
        try:
            return self.current(organisation).policy.counts_customer
        except (UnknownOrganisation, NoPackInForce):
            return False

    def pack(self, organisation: str, content_hash: str | None = None) -> Pack:
        """The whole pack, for its labels: pinned, or in force now."""
        return self._packs.by_hash(content_hash or self.current(organisation).ref.hash)

    def _of(self, pack: Pack) -> Edition:
        if pack.hash not in self._editions:
            self._editions[pack.hash] = Edition(
                ref=pack.ref, policy=pack.compensation, calendars=pack.calendars
            )
        return self._editions[pack.hash]


def dossiers(shelf: Shelf) -> Dossiers:
    """The dossier as an aggregate, judged by the policies on this shelf."""

    def rules(state: Dossier | None, command: Command) -> Rules:
        if state is not None:
            return shelf.rules(state.organisation, state.policy)
        if isinstance(command, OpenDossier):
            return shelf.rules(None, command.policy)
        raise Premature

    return Aggregate(
        service="compensation",
        table=DOSSIERS,
        state=Dossier,
        decide=decide,
        evolve=evolve,
        fact_of=fact_of,
        rules=rules,
        policy_of=lambda state: state.policy,
        columns=_columns,
        timers=_timers,
        asides=asides_of,
        stirs=_stirs,
    )


def delegations(shelf: Shelf) -> Delegations:
    """The delegation as an aggregate, judged by the policy in force when it was given."""

    def rules(state: Delegation | None, command: delegating.Command) -> Rules:
        if isinstance(command, delegating.GiveDelegation):
            return shelf.rules(None, command.policy)
        if state is None:
            raise DelegationNotKnown
        return shelf.rules(None, state.policy)

    return Aggregate(
        service="compensation",
        table=DELEGATIONS,
        state=Delegation,
        decide=delegating.decide,
        evolve=delegating.evolve,
        fact_of=nothing,
        rules=rules,
        policy_of=lambda state: state.policy,
        columns=_delegation_columns,
    )


def _columns(state: Dossier) -> Mapping[str, Any]:
    return {
        "unit": state.unit,
        "handling_unit": state.handling_unit,
        "customer": state.customer,
        "status": str(state.status),
        "exposure_minor": exposure_of(state),
    }


def _delegation_columns(state: Delegation) -> Mapping[str, Any]:
    names = (
        "giver",
        "giver_role",
        "taker",
        "taker_role",
        "unit",
        "limit_minor",
        "starts_at",
        "ends_at",
        "revoked_at",
    )
    return {name: getattr(state, name) for name in names}


def _timers(state: Dossier, rules: Rules, _other: Dossier | None) -> Mapping[str, datetime]:
    return ticking.timers(rules, state)


def _stirs(before: Dossier | None, after: Dossier) -> bool:
    """Where it stands and what is asked of whom concerns people; clocks ticking do not."""
    return before is None or _shown(before) != _shown(after)


def _shown(state: Dossier) -> Sequence[object]:
    claims: list[tuple[UUID, object, object]] = [(c.id, c.status, c.steps) for c in state.claims]
    return (state.status, state.tier, state.handling_unit, state.kind, state.confirmed, claims)
