"""What the queue shows of a complaint, whatever order its facts come in."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.insights_service.counting import Place
from services.insights_service.domain.entry import FAR, lanes, lines, seers
from shared.contracts.envelope import Contract
from tests.unit.insights import facts as f


def interleaved(order: Sequence[int]) -> list[Contract]:
    """All streams merged: `order` says which one speaks next."""
    left = [list(stream) for stream in f.STREAMS]
    merged = [left[choice].pop(0) for choice in order if left[choice]]
    return merged + [fact for stream in left for fact in stream]


def test_the_soonest_due_moment_leads_and_the_next_takes_its_place() -> None:
    entry = f.told(f.REGISTERED, f.OPENED, f.RESOLVE, f.OWED)
    assert entry.next is not None
    assert entry.next.clock == "acknowledge"
    entry = f.told(f.ENDED, entry=entry)
    assert entry.next is not None
    assert entry.next.clock == "resolve"


def test_nothing_due_comes_last() -> None:
    assert f.told(f.REGISTERED).due_at == FAR


def test_a_warning_shows_until_the_breach_and_the_breach_until_it_is_met() -> None:
    entry = f.told(f.REGISTERED, f.OPENED, f.RESOLVE, f.WARNED)
    assert (entry.warned, entry.breached) == (True, False)
    entry = f.told(f.BREACHED, entry=entry)
    assert (entry.warned, entry.breached) == (False, True)
    assert "breached" in lanes(entry)
    assert not f.told(f.CLOSED, entry=entry).breached


def test_it_waits_for_confirmation_then_for_whoever_must_act() -> None:
    entry = f.told(f.REGISTERED)
    assert entry.waiting == ("confirmation",)
    assert f.told(f.CONFIRMED, entry=entry).waiting == ()
    entry = f.told(f.CONFIRMED, f.OPENED, f.OFFERED, f.REQUESTED, entry=entry)
    assert entry.waiting == ("acceptance", "approval:store_manager")
    assert {"waiting:approval", "waiting:approval:store_manager"} <= lanes(entry)


def test_a_claim_waits_for_approval_then_payment_then_signature_then_nothing() -> None:
    waits = []
    entry = f.told(f.REGISTERED, f.CONFIRMED)
    for fact in (f.REQUESTED, f.GRANTED, f.AUTHORISED, f.PAID, f.SIGNED):
        entry = f.told(fact, entry=entry)
        waits.append(entry.waiting)
    assert waits == [("approval:store_manager",), (), ("payment",), ("signature",), ()]


def test_nobody_holds_it_until_a_person_accepts() -> None:
    entry = f.told(f.REGISTERED, f.CONFIRMED, f.OPENED, f.OFFERED)
    assert entry.gap
    entry = f.told(f.ACCEPTED, entry=entry)
    assert not entry.gap
    assert entry.holder_person == "p-store-manager-1"


def test_a_failed_closing_goes_back_to_where_it_was() -> None:
    entry = f.told(f.REGISTERED, f.OPENED, f.ACCEPTED, f.CLOSING)
    assert entry.status == "closing"
    assert f.told(f.UNCLOSED, entry=entry).status == "accepted"


def test_a_withdrawn_complaint_stays_withdrawn_whatever_comes_late() -> None:
    entry = f.told(f.REGISTERED, f.OPENED, f.WITHDRAWN, f.RESOLVE, f.CLOSED, f.CALL_DUE)
    assert entry.status == "withdrawn"
    assert lanes(entry) == {"status:withdrawn"}
    assert entry.due_at == FAR


def test_every_unit_above_recorder_and_holder_sees_it() -> None:
    entry = f.told(f.REGISTERED, f.OPENED, f.ACCEPTED)
    assert seers(entry) == {"hq", "hq.store-001", "hq.store-001.service-desk"}


def test_nothing_is_shown_of_a_complaint_before_its_registration_is_heard() -> None:
    entry = f.told(f.OPENED, f.RESOLVE, f.BREACHED)
    assert lines(entry) == frozenset()
    assert lines(f.told(f.REGISTERED, entry=entry))


@given(st.lists(st.integers(0, len(f.STREAMS) - 1), max_size=40))
def test_services_may_be_heard_in_any_order(order: list[int]) -> None:
    facts = interleaved(order)
    straight, _ = f.counted(*interleaved([]))
    mixed, counts = f.counted(*facts)
    assert lines(mixed) == lines(straight)
    assert (mixed.status, mixed.waiting, mixed.due_at) == ("closed", (), straight.due_at)
    assert (mixed.unit, mixed.holder_unit, mixed.holder_person) == (
        straight.unit,
        straight.holder_unit,
        straight.holder_person,
    )
    sums: Counter[str] = Counter()
    for count in counts:
        sums[count.measure] += count.amount
    assert dict(sums) == {"registered": 1, "breached": 1, "closed": 1, "paid_minor": 196_000}
    assert mixed.uncounted == ()


def test_a_registration_moves_with_its_category() -> None:
    _, counts = f.counted(f.REGISTERED, f.RECLASSIFIED)
    sums: Counter[Place] = Counter()
    for count in counts:
        sums[count.place] += count.amount
    assert {place.content: amount for place, amount in sums.items()} == {
        "goods_quality": 0,
        "installation": 1,
    }
