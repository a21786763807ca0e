"""Promises: asked before, kept in any case, weighed like what was given (N1)."""

import time

import pytest

from services.compensation_service.domain import commands as ask
from services.compensation_service.domain import errors, promising
from services.compensation_service.domain.dossier import ClaimStatus
from services.compensation_service.domain.events import PromiseRecorded, ReviewFlagged
from shared.kernel.occasion import Actor, Occasion
from tests.unit.compensation.story import (
    AUTO_RULES,
    CLERK,
    CS_MANAGER,
    GM,
    NOON,
    STORE_MANAGER,
    VP,
    File,
    approving,
    claiming,
    name,
    opened,
    wish,
)


def _promise(minor: int, word: str = "promise") -> ask.RecordPromise:
    return ask.RecordPromise(
        promise_id=name(word), claim_id=name(f"{word}-claim"), wish=wish(minor)
    )


def _check(file: File, minor: int, by: Actor) -> promising.Guarded:
    occasion = Occasion(at=NOON, by=by)
    return promising.check(file.dossier, wish(minor), occasion, AUTO_RULES, ())


@pytest.mark.parametrize(
    ("by", "minor", "verdict", "needs"),
    [
        (CLERK, 1, "needs", ("store_manager",)),
        (CS_MANAGER, 200_000, "needs", ("store_manager",)),
        (STORE_MANAGER, 200_000, "allowed", ()),
        (STORE_MANAGER, 200_001, "needs", ("operations_vp",)),
        (VP, 500_000, "allowed", ()),
        (VP, 500_001, "needs", ("general_manager",)),
        (GM, 10**12, "allowed", ()),
    ],
)
def test_may_i(by: Actor, minor: int, verdict: str, needs: tuple[str, ...]) -> None:
    answer = _check(opened(), minor, by).answer
    assert (answer.verdict, answer.needs) == (verdict, needs)


def test_what_was_promised_uses_up_the_room() -> None:
    file = opened()
    file.does(_promise(150_000), STORE_MANAGER)
    guarded = _check(file, 50_001, STORE_MANAGER)
    assert (guarded.answer.verdict, guarded.answer.headroom_minor) == ("needs", 50_000)


def test_an_answer_comes_in_less_than_a_millisecond() -> None:
    file = opened()
    file.does(_promise(150_000), STORE_MANAGER)
    _check(file, 1, CLERK)
    started = time.process_time()
    for _ in range(50):
        _check(file, 1, CLERK)
    assert (time.process_time() - started) / 50 < 0.001


def test_a_promise_beyond_authority_opens_the_claim_it_needs() -> None:
    file = opened()
    file.does(_promise(500_001))
    claim = file.claim("promise-claim")
    assert claim.steps[-1].role == "general_manager"
    assert claim.exposure_minor == 500_001
    file.does(approving("promise-claim"), GM)
    promise = file.dossier.promises[0]
    assert not file.dossier.owes(promise)


def test_a_promise_within_authority_waits_for_its_claim() -> None:
    file = opened()
    events = file.does(_promise(100_000), STORE_MANAGER)
    assert [type(event) for event in events] == [PromiseRecorded]
    assert file.dossier.open_items() == ("no_open_promise",)
    file.does(claiming(100_000, promise_id=name("promise")), CS_MANAGER)
    assert file.claim().exposure_minor == 100_000
    file.refuses(claiming(1, "twice", promise_id=name("promise")), errors.PromiseNotOpen)
    file.does(approving(), STORE_MANAGER)
    assert "no_open_promise" not in file.dossier.open_items()


def test_a_refused_claim_leaves_the_promise_owed() -> None:
    file = opened()
    file.does(_promise(300_000))
    refusal = ask.RefuseClaim(claim_id=name("promise-claim"), reason_code="too_high")
    events = file.does(refusal, VP)
    assert events[-1] == ReviewFlagged(subject=name("promise"), code="promise-not-carried")
    assert file.claim("promise-claim").status is ClaimStatus.REFUSED
    assert file.dossier.open_items() == ("no_open_promise",)


def test_a_promise_is_not_released_by_who_made_it() -> None:
    file = opened()
    file.does(_promise(100_000), STORE_MANAGER)
    release = ask.ReleasePromise(promise_id=name("promise"), reason_code="replaced")
    file.refuses(release, errors.DutiesNotSeparated, STORE_MANAGER)
    file.does(release, VP)
    assert file.dossier.open_items() == ()
