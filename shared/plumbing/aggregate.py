"""What a service says about one kind of aggregate, and how a command becomes a `Change`.

The domain decides and folds; this file adds what the record needs: versions, the hash
chain, the fact envelopes, and the timers that follow from the state.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Table

from shared.contracts.envelope import Contract
from shared.contracts.registry import source_of
from shared.kernel.occasion import Occasion
from shared.plumbing.changes import (
    NOWHERE,
    Aside,
    Change,
    Entry,
    Head,
    Origin,
    Premise,
    Written,
)
from shared.plumbing.identifiers import new_id

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Generic[S, C, E, R]):
    """One kind of aggregate of one service.

    `decide` and `evolve` are the domain's. `fact_of` tells the world at most one fact per
    event. `rules` finds the policy the command is judged under, `policy_of` its hash for the
    journal. `columns` are the indexed values beside `state`. `timers` are the moments this
    state still waits for, by name: what is armed is a function of the state, so nothing can
    be forgotten. Only what differs between the states before and after is written, so `timers` is
    told the other one and may leave out what follows from parts that both share. `asides` are
    rows whose constraints guard the domain a second time.
    `stirs` says whether a change by Kesu itself raises the ETag (decision 10).
    """

    service: str
    table: Table
    state: type[S]
    decide: Callable[[S | None, C, Occasion, R], list[E]]
    evolve: Callable[[S | None, E, Occasion], S]
    fact_of: Callable[[E, S, Occasion], Contract | None]
    rules: Callable[[S | None, C], R]
    policy_of: Callable[[S], str | None]
    columns: Callable[[S], Mapping[str, Any]] = lambda _: {}
    timers: Callable[[S, R, S | None], Mapping[str, datetime]] = lambda _s, _r, _other: {}
    asides: Callable[[E, S, Occasion], Sequence[Aside]] = lambda _e, _s, _o: ()
    partition_of: Callable[[S, UUID], UUID] = lambda _, aggregate_id: aggregate_id
    stirs: Callable[[S | None, S], bool] = lambda _before, _after: True

    @property
    def adapter(self) -> TypeAdapter[S]:
        """Reads a stored state back; built once per state type."""
        return _adapter(self.state)

    def read(self, state: bytes) -> S:
        return self.adapter.validate_json(state)


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(state: type[S]) -> TypeAdapter[S]:
    if state not in _ADAPTERS:
        _ADAPTERS[state] = TypeAdapter(state)
    return _ADAPTERS[state]


@dataclass(frozen=True, kw_only=True)
class Current(Generic[S]):
    """An aggregate as read: its state and where it stands; `state is None` when it is not."""

    id: UUID
    organisation: str
    head: Head = NOWHERE
    state: S | None = None


@dataclass(frozen=True, kw_only=True)
class Decided(Generic[S]):
    """The outcome of a command: the state after it, and the change to write, if any."""

    id: UUID
    state: S
    head: Head
    change: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a command comes with: who and when, why, and what is written beside it.

    `by_person` raises the ETag in any case; Kesu's own changes only where they stir.
    """

    occasion: Occasion
    origin: Origin
    texts: Sequence[Written] = ()
    asides: Sequence[Aside] = ()
    premises: Sequence[Premise] = ()
    by_person: bool = True


def decide(
    aggregate: Aggregate[S, C, E, R], current: Current[S], command: C, given: Given
) -> Decided[S]:
    """Decides, folds, and prepares the write. Raises the domain's errors; writes nothing."""
    rules = aggregate.rules(current.state, command)
    events = aggregate.decide(current.state, command, given.occasion, rules)
    if not events:
        assert current.state is not None, "a command that creates must say what happened"
        return Decided(id=current.id, state=current.state, head=current.head, change=None)
    return _fold(aggregate, current, events, given, rules)


def _fold(
    aggregate: Aggregate[S, Any, E, R],
    current: Current[S],
    events: Sequence[E],
    given: Given,
    rules: R,
) -> Decided[S]:
    state, beside = current.state, list(given.asides)
    steps: list[tuple[E, Contract | None]] = []
    for event in events:
        state = aggregate.evolve(state, event, given.occasion)
        steps.append((event, aggregate.fact_of(event, state, given.occasion)))
        beside += aggregate.asides(event, state, given.occasion)
    assert state is not None
    partition = aggregate.partition_of(state, current.id)
    policy = aggregate.policy_of(state)
    entries = _entries(aggregate.service, current, steps, given, (policy, partition))
    stirred = given.by_person or aggregate.stirs(current.state, state)
    head = Head(
        version=current.head.version + len(entries),
        facts=current.head.facts + sum(1 for entry in entries if entry.fact),
        revision=current.head.revision + (1 if stirred else 0),
        head=entries[-1].hash,
    )
    was = current.state
    before = aggregate.timers(was, rules, state) if was is not None else {}
    after = aggregate.timers(state, rules, was)
    change = Change(
        id=current.id,
        organisation=current.organisation,
        before=current.head,
        after=head,
        columns={"state": orjson.dumps(state), **aggregate.columns(state)},
        partition_key=partition,
        entries=entries,
        armed={name: due for name, due in after.items() if before.get(name) != due},
        disarmed=[name for name in before if name not in after],
        texts=given.texts,
        asides=beside,
        premises=given.premises,
    )
    return Decided(id=current.id, state=state, head=head, change=change)


def _entries(
    service: str,
    current: Current[Any],
    steps: Sequence[tuple[Any, Contract | None]],
    given: Given,
    pinned: tuple[str | None, UUID],
) -> list[Entry]:
    occasion, origin, (policy, partition) = given.occasion, given.origin, pinned
    entries, prev = [], current.head.head
    facts, seq = current.head.facts, current.head.version
    for event, contract in steps:
        seq += 1
        facts += 1 if contract else 0
        event_id = new_id()
        entry = _canonical(current, event, given, (policy, seq, event_id))
        prev = hashlib.sha256(prev + entry).digest()
        identity = (event_id, facts, partition)
        fact = _fact(service, current, contract, given, identity) if contract else None
        entries.append(
            Entry(
                seq=seq,
                event_id=event_id,
                type=type(event).__name__,
                at=occasion.at,
                entry=entry,
                hash=prev,
                fact_sequence=facts if contract else None,
                fact=fact,
                actor=occasion.by.id,
                origin=origin,
                policy=policy,
            )
        )
    return entries


def _canonical(
    current: Current[Any], event: Any, given: Given, place: tuple[str | None, int, UUID]
) -> bytes:
    """The bytes that are chained and stored as hashed: keys in order, one spelling."""
    policy, seq, event_id = place
    return orjson.dumps(
        {
            "actor": given.occasion.by.id,
            "aggregate": current.id,
            "at": given.occasion.at,
            "cause": given.origin.cause,
            "correlation": given.origin.correlation,
            "data": event,
            "event_id": event_id,
            "organisation": current.organisation,
            "policy": policy,
            "seq": seq,
            "type": type(event).__name__,
        }
    )


def _fact(
    service: str,
    current: Current[Any],
    contract: Contract,
    given: Given,
    identity: tuple[UUID, int, UUID],
) -> bytes:
    event_id, sequence, partition = identity
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": source_of(service),
        "type": contract.TYPE,
        "subject": current.id,
        "time": given.occasion.at,
        "datacontenttype": "application/json",
        "organisation": current.organisation,
        "sequence": str(sequence),
        "sequencetype": "Integer",
        "partitionkey": partition,
        "correlationid": given.origin.correlation,
        "actor": given.occasion.by.id,
        "data": _plain(contract),
    }
    if given.origin.cause:
        envelope["causationid"] = given.origin.cause
    return orjson.dumps(envelope, default=_plain)


def _plain(value: Any) -> Any:
    return vars(value)
