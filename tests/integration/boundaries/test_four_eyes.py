"""Nobody approves, pays, confirms or closes what is their own, at no door and by no statement.

Own is what one proposed, promised, registered, and what one is accused of (decision 23).
"""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.integration.boundaries.knocks import refused
from tests.integration.boundaries.world import World
from tests.support.house import Headers, House
from tests.support.twins import OURS

DESK = "hq.store-001.service-desk"
BOTH = ["clerk", "department_supervisor", "cs_manager", "store_manager", "finance"]
"""Somebody who could do everything, were it not for the four eyes."""


def somebody(house: House, person: str, roles: list[str] = BOTH) -> Headers:
    """A person with many hats, at the store."""
    return house.bearing(roles, person=person, units=["hq.store-001"])


async def code(house: House, name: str, who: Headers, of: Any, body: Any = None) -> str:  # noqa: ANN401
    """What a request is refused with; `done` when it is not."""
    answer = await house.ask(name, who, of, body)
    await house.settle()
    return "done" if answer.is_success else refused(answer)


async def case(house: House, **more: object) -> World:
    """A complaint of its own, in a clerk's hands."""
    world = World(house=house, organisation=OURS)
    world.ids["complaint_id"] = world.ids["case_id"] = await world.accepted(**more)
    world.ids["complaint"] = world.ids["complaint_id"]
    return world


async def claim(world: World, proposer: Headers, minor: int = 190_000) -> None:
    """A claim that needs the store manager."""
    made = await world.house.did("compensation.propose_claim", proposer, body=world.wish(minor))
    world.ids["claim_id"] = made["claim_id"]


async def accuse(world: World, *accused: str) -> None:
    """The complainant names who it was."""
    amended = {"accused": list(accused)}
    await world.did("intake.amend_complaint", "clerk", amended)


async def test_nobody_approves_or_pays_what_they_proposed(house: House) -> None:
    world, me = await case(house), somebody(house, "p-me")
    await claim(world, me)
    assert await code(house, "compensation.approve_claim", me, world.ids) == "self-approval"
    await world.did("compensation.approve_claim", "store-manager")
    proof = {"proof": "CASH-1"}
    assert await code(house, "compensation.pay_claim", me, world.ids, proof) == (
        "duties-not-separated"
    )


async def test_nobody_pays_what_they_approved_nor_takes_back_what_they_paid(house: House) -> None:
    world, approver = await case(house), somebody(house, "p-approver")
    await claim(world, world.as_("cs-manager"))
    assert await code(house, "compensation.approve_claim", approver, world.ids) == "done"
    again = await code(house, "compensation.approve_claim", approver, world.ids)
    assert again == "claim-not-awaiting-approval"
    proof, why = {"proof": "CASH-2"}, {"reason_code": "paid_in_error"}
    assert await code(house, "compensation.pay_claim", approver, world.ids, proof) == (
        "duties-not-separated"
    )
    payer = world.as_("finance")
    assert await code(house, "compensation.pay_claim", payer, world.ids, proof) == "done"
    assert await code(house, "compensation.reverse_claim", payer, world.ids, why) == (
        "duties-not-separated"
    )
    other = world.as_("finance-2")
    assert await code(house, "compensation.reverse_claim", other, world.ids, why) == "done"


async def test_nobody_lets_go_of_their_own_promise_or_delegates_to_themselves(
    house: House,
) -> None:
    world, me = await case(house), somebody(house, "p-store-manager-1")
    said = await house.did("compensation.record_promise", me, body=world.wish(1_000))
    on = world.ids | {"promise_id": said["promise_id"]}
    body = {"complaint_id": world.ids["complaint_id"], "reason_code": "said_in_error"}
    shown = await house.ask("compensation.show_case", me, world.ids)
    seen = int(shown.headers["etag"].strip('"'))
    answer = await house.ask("compensation.release_promise", me, on, body, match=seen)
    assert refused(answer) in {"duties-not-separated", "promise-not-open"}
    if refused(answer) == "promise-not-open":
        pytest.fail("the promise was carried at once: nothing was tested")


async def test_a_final_answer_is_released_by_somebody_else(house: House) -> None:
    world, me = await case(house), somebody(house, "p-clerk-1a")
    finding = {"substantiated": "no", "cause": "goods", "text": "x"}
    await house.did("escalation.record_finding", me, world.ids, finding)
    final = {"final": True, "text": "x"}
    made = await house.did("escalation.propose_resolution", me, world.ids, final)
    on = world.ids | {"resolution_id": made["resolution_id"]}
    assert await code(house, "escalation.execute_resolution", me, on, {}) == "second-person-needed"
    other = somebody(house, "p-clerk-1b")
    assert await code(house, "escalation.execute_resolution", other, on, {}) == "done"


@pytest.mark.parametrize(
    ("accused", "units"),
    [("p-me", ["hq.store-001"]), (DESK, [DESK]), (DESK, [DESK + ".counter"])],
    ids=["by name", "with the unit", "in a part of the unit"],
)
async def test_who_is_accused_neither_investigates_nor_approves_nor_closes(
    house: House, accused: str, units: list[str]
) -> None:
    world = await case(house)
    await accuse(world, accused)
    proposal = {"remedies": [{"remedy": "apology"}], "text": "x"}
    manager = house.bearing(BOTH, person="p-manager", units=["hq.store-001"])
    made = await house.did("escalation.propose_resolution", manager, world.ids, proposal)
    on = world.ids | {"resolution_id": made["resolution_id"]}
    await claim(world, world.as_("cs-manager"))
    on |= world.ids
    me = house.bearing([*BOTH, "operations_vp"], person="p-me", units=units)
    finding = {"substantiated": "no", "cause": "goods", "text": "x"}
    closing = {"outcome": "upheld", "cause": "goods"}
    for name, body in (
        ("escalation.record_finding", finding),
        ("escalation.propose_resolution", proposal),
        ("escalation.accept_resolution", {"evidence": "spoken"}),
        ("escalation.reject_resolution", {"reason_code": "other"}),
        ("escalation.execute_resolution", {}),
        ("escalation.close_case", closing),
        ("compensation.approve_claim", None),
        ("compensation.refuse_claim", {"reason_code": "cheaper_available"}),
    ):
        found = await code(house, name, me, on, body)
        if units[0].endswith(".counter") and name.startswith(("escalation", "compensation")):
            assert found in {"accused-may-not-decide", "not-found", "not-the-holder"}, name
        else:
            assert found == "accused-may-not-decide", name
    await world.did("compensation.approve_claim", "store-manager")
    payer = house.bearing(["finance"], person="p-me", units=units)
    found = await code(house, "compensation.pay_claim", payer, on, {"proof": "CASH-3"})
    assert found in {"accused-may-not-decide", "not-found"}


async def test_who_is_accused_does_not_take_the_case_over(house: House) -> None:
    world = World(house=house, organisation=OURS)
    complaint = await world.register(accused=["p-clerk-1b"])
    shown = await world.did("escalation.show_case", "clerk", case_id=complaint)
    on = {"case_id": complaint, "offer_id": shown["offer"]["id"]}
    clerk = world.as_("clerk-b")
    assert await code(house, "escalation.accept_case", clerk, on, {}) == "accused-may-not-decide"


async def test_who_a_finding_accuses_stays_accused_when_the_form_is_corrected(
    house: House,
) -> None:
    """A correction of the form says nothing about what the investigation established."""
    world = await case(house)
    finding = {"substantiated": "yes", "cause": "goods", "text": "x", "accused": ["p-me"]}
    await world.did("escalation.record_finding", "clerk", finding)
    await accuse(world)
    await world.did("intake.amend_complaint", "clerk", {"form": {"demand": "y"}})
    await claim(world, world.as_("cs-manager"))
    me = somebody(house, "p-me")
    found = await code(house, "compensation.approve_claim", me, world.ids)
    assert found == "accused-may-not-decide"
    closing = {"outcome": "upheld", "cause": "goods"}
    assert await code(house, "escalation.close_case", me, world.ids, closing) == (
        "accused-may-not-decide"
    )


async def test_an_approver_who_is_accused_afterwards_stops_the_payment(house: House) -> None:
    world = await case(house)
    await claim(world, world.as_("cs-manager"))
    await world.did("compensation.approve_claim", "store-manager")
    await accuse(world, "p-store-manager-1")
    proof = {"proof": "CASH-4"}
    found = await code(house, "compensation.pay_claim", world.as_("finance"), world.ids, proof)
    assert found in {"approval-outdated", "claim-not-authorised"}
    shown = await world.did("compensation.show_claim", "cs-manager")
    assert (shown["status"], shown["awaits"]) == ("proposed", "approval")


STATEMENTS = {
    "confirms the own record": (
        "intake",
        (
            "insert into intake.confirmations "
            '(complaint, organisation, registered_by, confirmed_by, apart, "row", confirmed_at) '
            "values ($1, 'auto-demo', 'p-a', 'p-a', true, 'r', now())"
        ),
        "two_persons",
    ),
    "approves the own claim": (
        "compensation",
        (
            "insert into compensation.approvals (claim_id, round, step, organisation, duty, role, "
            "approver, proposer, exposure_minor, row, at) "
            "values ($1, 1, 1, 'auto-demo', 'approve', 'finance', 'p-a', 'p-a', 1, 'r', now())"
        ),
        "not_the_proposer",
    ),
    "approves what one took over": (
        "compensation",
        (
            "insert into compensation.approvals (claim_id, round, step, organisation, duty, role, "
            "approver, proposer, endorser, exposure_minor, row, at) values "
            "($1, 1, 2, 'auto-demo', 'approve', 'finance', 'p-b', 'p-a', 'p-b', 1, 'r', now())"
        ),
        "not_the_endorser",
    ),
    "pays the own claim": (
        "compensation",
        (
            "insert into compensation.payments (claim_id, complaint_id, organisation, payer, "
            "proposer, approver, currency, cost_minor, proof, paid_at) "
            "values ($1, $1, 'auto-demo', 'p-a', 'p-a', 'p-b', 'CNY', 1, 'V', now())"
        ),
        "not_the_proposer",
    ),
    "pays what one approved": (
        "compensation",
        (
            "insert into compensation.payments (claim_id, complaint_id, organisation, payer, "
            "proposer, approver, currency, cost_minor, proof, paid_at) "
            "values ($1, $1, 'auto-demo', 'p-b', 'p-a', 'p-b', 'CNY', 1, 'V', now())"
        ),
        "not_the_approver",
    ),
}


@pytest.mark.parametrize("what", STATEMENTS)
async def test_the_database_says_no_to_the_app_role_as_well(
    house: House, ours: World, what: str
) -> None:
    service, statement, constraint = STATEMENTS[what]
    claimed = UUID(ours.ids["claim_id"])
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        await house.parts[service].pool.execute(statement, claimed)
