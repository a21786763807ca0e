"""Who puts a version of the policy in force, from when, and what keeps it from being."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.intake_service.domain.policy_version import (
    ActivateVersion,
    AlreadyDecided,
    Command,
    Ground,
    Known,
    MomentPassed,
    MomentTaken,
    MomentTooSoon,
    OwnProposal,
    PolicyVersion,
    ProofOutdated,
    ProposeVersion,
    RejectVersion,
    Status,
    VersionActivated,
    VersionNameTaken,
    VersionProposed,
    VersionRejected,
    VersionUnchanged,
    decide,
    evolve,
)
from shared.kernel.errors import NotFound
from shared.kernel.occasion import Actor, Occasion

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
FORCE = Known(
    version="2026-01-01", hash="a", substance="old", in_force_from=NOW - timedelta(days=9)
)
PROPOSE = ProposeVersion(
    version_id=UUID(int=1),
    organisation="auto-demo",
    pack="auto_accessories",
    version="second",
    hash="b",
    substance="new",
    documents="d",
    in_force_from=SOON,
)
ACTIVATE = ActivateVersion(hash="b", content={"pack": "{}"})


def somebody(name: str, at: datetime = NOW) -> Occasion:
    actor = Actor(
        id=name,
        organisation="auto-demo",
        roles=frozenset({"administrator"}),
        units=frozenset({"hq"}),
    )
    return Occasion(at=at, by=actor)


ANN, BEN = somebody("p-ann"), somebody("p-ben")
LATE = somebody("p-ben", SOON - timedelta(seconds=59))


def proposed() -> PolicyVersion:
    return evolve(None, VersionProposed(proposed=PROPOSE), ANN)


def refused(
    command: Command,
    error: type[Exception],
    *,
    by: Occasion = BEN,
    state: PolicyVersion | None = None,
    ground: Ground = (FORCE,),
) -> None:
    with pytest.raises(error):
        decide(state, command, by, ground)


def test_one_person_proposes_and_another_puts_in_force() -> None:
    assert decide(None, PROPOSE, ANN, (FORCE,)) == [VersionProposed(proposed=PROPOSE)]
    assert decide(proposed(), ACTIVATE, BEN, (FORCE,)) == [VersionActivated(content={"pack": "{}"})]
    after = evolve(proposed(), VersionActivated(content={"pack": "{}"}), BEN)
    assert (after.status, after.proposed_by, after.decided_by) == ("activated", "p-ann", "p-ben")


def test_nobody_decides_on_their_own_proposal() -> None:
    refused(ACTIVATE, OwnProposal, by=ANN, state=proposed())
    refused(RejectVersion(), OwnProposal, by=ANN, state=proposed())


def test_a_version_is_decided_on_once() -> None:
    rejected = evolve(proposed(), VersionRejected(), BEN)
    assert rejected.status is Status.REJECTED
    refused(ACTIVATE, AlreadyDecided, state=rejected)
    refused(RejectVersion(), AlreadyDecided, state=rejected)


def test_every_service_hears_of_a_version_a_minute_before_it_counts() -> None:
    exact = replace(PROPOSE, in_force_from=NOW + timedelta(seconds=60))
    assert decide(None, exact, ANN, (FORCE,))
    early = replace(PROPOSE, in_force_from=NOW + timedelta(seconds=59))
    refused(early, MomentTooSoon)
    refused(ACTIVATE, MomentPassed, by=LATE, state=proposed())


def test_two_versions_do_not_begin_at_one_moment() -> None:
    other = replace(FORCE, version="third", hash="c", substance="third", in_force_from=SOON)
    refused(PROPOSE, MomentTaken, ground=(FORCE, other))
    refused(ACTIVATE, MomentTaken, state=proposed(), ground=(FORCE, other))


def test_what_says_nothing_new_is_no_version() -> None:
    refused(replace(PROPOSE, substance="old"), VersionUnchanged)
    refused(replace(PROPOSE, hash="a"), VersionUnchanged)
    refused(replace(PROPOSE, version="2026-01-01"), VersionNameTaken)


def test_what_a_version_follows_is_what_it_is_compared_with() -> None:
    between = replace(FORCE, version="third", hash="c", substance="third", in_force_from=NOW)
    back = replace(PROPOSE, substance="old")
    assert decide(None, back, ANN, (FORCE, between))


def test_what_was_proved_is_what_comes_into_force() -> None:
    refused(ActivateVersion(hash="other", content={}), ProofOutdated, state=proposed())


def test_nothing_is_decided_on_before_it_is_proposed() -> None:
    refused(ACTIVATE, NotFound)
