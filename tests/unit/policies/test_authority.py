"""Who may give how much, exactly to the cent, however the sum is cut."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.policy.authority import AuthorityFacts, How, Ranks, Requirement, Verdict
from shared.kernel.policy.compensation import CompensationPolicy
from shared.kernel.policy.vocabulary import CLAIM_FLAGS
from tests.support.packs import AUTO, MALL

AUTO_MONEY = AUTO.compensation
MALL_MONEY = MALL.compensation
MANAGER = frozenset({"cs_manager"})
CLERK = frozenset({"clerk"})
EXTRA = frozenset({"extra_compensation"})
AMOUNTS = st.integers(1, 2_000_000)


def needed(
    policy: CompensationPolicy,
    exposure_minor: int,
    roles: frozenset[str] = MANAGER,
    flags: frozenset[str] = EXTRA,
) -> Requirement:
    facts = AuthorityFacts(exposure_minor=exposure_minor, proposer_roles=roles, flags=flags)
    return policy.required_authority(facts)


@pytest.mark.parametrize(
    ("exposure_minor", "role", "row"),
    [
        (0, "store_manager", "authority.store-manager"),
        (199_999, "store_manager", "authority.store-manager"),
        (200_000, "store_manager", "authority.store-manager"),
        (200_001, "operations_vp", "authority.operations-vp"),
        (499_999, "operations_vp", "authority.operations-vp"),
        (500_000, "operations_vp", "authority.operations-vp"),
        (500_001, "general_manager", "authority.general-manager"),
        (9_999_999_99, "general_manager", "authority.general-manager"),
    ],
)
def test_each_band_of_the_chain_ends_exactly_where_the_policy_says(
    exposure_minor: int, role: str, row: str
) -> None:
    requirement = needed(AUTO_MONEY, exposure_minor)
    assert requirement.verdict is Verdict.APPROVAL
    assert requirement.approvers == (role,)
    assert requirement.proposer == "cs_manager"
    assert requirement.row == row


def test_the_customer_service_manager_proposes_and_never_approves_alone() -> None:
    requirement = needed(AUTO_MONEY, 100)
    assert [step.how for step in requirement.steps] == [How.PROPOSE, How.APPROVE]
    assert requirement.may_propose
    assert not AUTO_MONEY.ranks.fills(MANAGER, "store_manager")


def test_a_clerk_may_not_propose_extra_compensation() -> None:
    assert not needed(AUTO_MONEY, 100, CLERK).may_propose


def test_a_clerk_settles_alone_what_the_published_terms_grant() -> None:
    flags = frozenset({"within_terms", "fault_confirmed"})
    requirement = needed(AUTO_MONEY, 0, CLERK, flags)
    assert requirement.verdict is Verdict.SETTLED
    assert requirement.settled_by == "clerk"
    assert requirement.because[0].cite == ("AUTO-42", "Q04")


@pytest.mark.parametrize(
    "flags",
    [
        frozenset({"fault_confirmed"}),
        frozenset({"within_terms"}),
        frozenset({"within_terms", "fault_confirmed", "installed"}),
        frozenset({"within_terms", "fault_confirmed", "extra_compensation"}),
    ],
)
def test_outside_that_scope_a_clerk_settles_nothing(flags: frozenset[str]) -> None:
    assert needed(AUTO_MONEY, 0, CLERK, flags).verdict is Verdict.APPROVAL


def test_a_department_supervisor_settles_installed_goods_by_rework() -> None:
    roles, flags = frozenset({"department_supervisor"}), frozenset({"installed", "reworkable"})
    assert needed(AUTO_MONEY, 6_000, roles, flags).settled_by == "department_supervisor"
    assert needed(AUTO_MONEY, 6_000, roles, flags | EXTRA).approvers == ("store_manager",)
    assert needed(AUTO_MONEY, 6_000, CLERK, flags).approvers == ("store_manager",)


def test_rework_of_sixty_and_nineteen_hundred_extra_stay_with_the_store_manager() -> None:
    assert needed(AUTO_MONEY, 6_000 + 190_000).approvers == ("store_manager",)


def test_five_hundred_more_on_a_linked_complaint_need_the_operations_vice_president() -> None:
    assert needed(AUTO_MONEY, 6_000 + 190_000 + 50_000).approvers == ("operations_vp",)


@given(AMOUNTS, AMOUNTS, st.sampled_from([AUTO_MONEY, MALL_MONEY]))
def test_a_higher_amount_never_needs_a_lower_role(
    one: int, other: int, policy: CompensationPolicy
) -> None:
    low, high = sorted((one, other))
    assert height(policy, needed(policy, low)) <= height(policy, needed(policy, high))


@given(st.lists(AMOUNTS, min_size=1, max_size=8), st.sampled_from([AUTO_MONEY, MALL_MONEY]))
def test_splitting_never_lowers_the_requirement(
    parts: list[int], policy: CompensationPolicy
) -> None:
    """The last part is tested on the cumulative exposure, so it needs what the whole needs."""
    whole = height(policy, needed(policy, sum(parts)))
    piecewise = [needed(policy, sum(parts[: n + 1])) for n in range(len(parts))]
    assert max(height(policy, one) for one in piecewise) == whole


def height(policy: CompensationPolicy, requirement: Requirement) -> int:
    match requirement.verdict:
        case Verdict.SETTLED:
            return -1
        case Verdict.REFUSED:
            return 1_000
        case Verdict.APPROVAL:
            return max(policy.ranks.of(role) or 0 for role in requirement.approvers)


def test_in_the_mall_every_cost_is_approved_and_then_reviewed_by_finance() -> None:
    requirement = needed(MALL_MONEY, 300_000)
    assert requirement.approvers == ("store_manager",)
    assert requirement.reviewers == ("finance",)
    assert needed(MALL_MONEY, 300_001).approvers == ("department_head",)


def test_beyond_the_last_limit_the_mall_refuses_and_says_under_which_row() -> None:
    requirement = needed(MALL_MONEY, 2_000_001)
    assert requirement.verdict is Verdict.REFUSED
    assert requirement.row == "authority.beyond"


def test_what_costs_nothing_needs_nobody_in_the_mall() -> None:
    requirement = needed(MALL_MONEY, 0, CLERK, frozenset())
    assert requirement.settled_by == "clerk"


def test_nobody_does_two_duties_of_one_claim() -> None:
    separation = AUTO_MONEY.separation
    done = (("propose", "p-1"), ("approve", "p-2"))
    assert separation.conflict("approve", "p-1", done) == "propose"
    assert separation.conflict("pay", "p-2", done) == "approve"
    assert separation.conflict("pay", "p-3", done) is None


def test_a_higher_rank_stands_in_for_a_lower_one_and_finance_for_nobody() -> None:
    ranks = AUTO.ranks
    assert ranks.fills(frozenset({"general_manager"}), "store_manager")
    assert not ranks.fills(frozenset({"store_manager"}), "operations_vp")
    assert not ranks.fills(frozenset({"general_manager"}), "finance")
    assert not ranks.fills(frozenset({"finance"}), "clerk")
    assert not ranks.fills(frozenset(), "clerk")


def test_two_roles_of_one_rank_stand_in_for_each_other() -> None:
    ranks = Ranks(ranks=(("north", 0), ("south", 0)))
    assert ranks.fills(frozenset({"north"}), "south")


def test_a_cap_on_settling_alone_sends_the_rest_up_the_ladder() -> None:
    clerk, *others = AUTO_MONEY.settlements
    capped = replace(AUTO_MONEY, settlements=(replace(clerk, limit_minor=50_000), *others))
    flags = frozenset({"within_terms", "fault_confirmed"})
    assert needed(capped, 50_000, CLERK, flags).verdict is Verdict.SETTLED
    assert needed(capped, 50_001, CLERK, flags).verdict is Verdict.APPROVAL


def test_an_approval_nobody_decides_goes_to_the_next_role_of_the_ladder() -> None:
    climbed = ["store_manager"]
    while (above := AUTO_MONEY.approver_above(climbed[-1])) is not None:
        climbed.append(above)
    assert climbed == ["store_manager", "operations_vp", "general_manager"]
    assert MALL_MONEY.approver_above("department_head") is None


@given(
    st.integers(0, 10**12),
    st.frozensets(st.sampled_from(sorted(CLAIM_FLAGS))),
    st.frozensets(st.sampled_from([role.code for role in AUTO.roles])),
    st.sampled_from([AUTO_MONEY, MALL_MONEY]),
)
def test_every_claim_has_an_answer_and_says_under_which_row(
    exposure: int, flags: frozenset[str], roles: frozenset[str], policy: CompensationPolicy
) -> None:
    requirement = needed(policy, exposure, roles, flags)
    rows = {row.id for row in (*policy.settlements, *policy.ladder)}
    assert requirement.row in rows
    assert requirement.because[0].cite
