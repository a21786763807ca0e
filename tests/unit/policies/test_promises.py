"""Before anybody promises anything: may I?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.policy.promises import (
    PromiseAnswer,
    PromiseFacts,
    PromiseVerdict,
    UnknownRemedy,
    may_promise,
)
from tests.support.packs import AUTO, MALL

MONEY = AUTO.compensation
ROLES = ["clerk", "cs_manager", "store_manager", "operations_vp", "general_manager"]


def asked(
    role: str, face_minor: int, used_minor: int = 0, remedy: str = "compensation"
) -> PromiseAnswer:
    return may_promise(
        MONEY,
        PromiseFacts(
            roles=frozenset({role}), remedy=remedy, face_minor=face_minor, exposure_minor=used_minor
        ),
    )


def test_a_manager_who_promises_again_on_a_linked_case_is_sent_one_higher() -> None:
    assert asked("cs_manager", 199_900).needs == ("store_manager",)
    assert asked("cs_manager", 50_000, 199_900).needs == ("operations_vp",)


def test_a_store_manager_promises_up_to_two_thousand_and_sees_what_is_left() -> None:
    answer = asked("store_manager", 50_000, 120_000)
    assert answer.verdict is PromiseVerdict.ALLOWED
    assert answer.headroom_minor == 80_000
    assert asked("store_manager", 80_001, 120_000).verdict is PromiseVerdict.NEEDS


def test_a_promise_of_five_thousand_and_one_cent_needs_the_general_manager() -> None:
    assert asked("operations_vp", 500_000).verdict is PromiseVerdict.ALLOWED
    answer = asked("operations_vp", 500_001)
    assert answer.verdict is PromiseVerdict.NEEDS
    assert answer.needs == ("general_manager",)
    assert answer.row == "authority.general-manager"
    assert asked("general_manager", 500_001).headroom_minor is None


def test_a_clerk_hears_what_else_is_possible() -> None:
    facts = PromiseFacts(
        roles=frozenset({"clerk"}),
        remedy="compensation",
        face_minor=10_000,
        exposure_minor=0,
        flags=frozenset({"within_terms", "fault_confirmed"}),
    )
    answer = may_promise(MONEY, facts)
    assert answer.verdict is PromiseVerdict.NEEDS
    offered = [alternative.remedy for alternative in answer.alternatives]
    assert offered[:2] == ["apology", "maintenance"]
    assert "exchange" in offered
    assert "gift" not in offered


def test_what_the_pack_refuses_is_forbidden() -> None:
    facts = PromiseFacts(
        roles=frozenset({"store_manager"}),
        remedy="compensation",
        face_minor=2_000_001,
        exposure_minor=0,
    )
    assert may_promise(MALL.compensation, facts).verdict is PromiseVerdict.FORBIDDEN


def test_an_unknown_remedy_is_no_promise() -> None:
    with pytest.raises(UnknownRemedy):
        asked("clerk", 100, remedy="yacht")


@given(st.sampled_from(ROLES), st.integers(0, 800_000), st.integers(1, 800_000))
def test_headroom_is_exactly_what_may_still_be_promised(role: str, used: int, face: int) -> None:
    answer = asked(role, face, used)
    room = answer.headroom_minor
    within = room is None or face <= room
    assert (answer.verdict is PromiseVerdict.ALLOWED) == within
