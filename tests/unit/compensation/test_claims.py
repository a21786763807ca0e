"""Who may give how much: the ladder, the persons, the published terms, and the way to the payee."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.compensation_service.domain import commands as ask
from services.compensation_service.domain import errors
from services.compensation_service.domain.authority import Rules
from services.compensation_service.domain.dossier import ClaimStatus
from services.compensation_service.domain.events import (
    ApprovalExpired,
    ApprovalRequested,
    ClaimAuthorised,
    ClaimLapsed,
    RequirementRaised,
    ReviewFlagged,
)
from shared.kernel.policy.boxes import Box, Within
from tests.unit.compensation.story import (
    AUTO_RULES,
    CLERK,
    CS_MANAGER,
    EVIDENCE,
    FINANCE,
    FINANCE_2,
    GM,
    MALL_RULES,
    STORE_MANAGER,
    SUPERVISOR,
    VP,
    approving,
    claiming,
    name,
    opened,
    paying,
    person,
)

SOLD = date(2026, 10, 30)
TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("minor", "row"),
    [
        (1, "authority.store-manager"),
        (199_999, "authority.store-manager"),
        (200_000, "authority.store-manager"),
        (200_001, "authority.operations-vp"),
        (500_000, "authority.operations-vp"),
        (500_001, "authority.general-manager"),
        (10**12, "authority.general-manager"),
    ],
)
def test_the_row_follows_from_the_amount(minor: int, row: str) -> None:
    file = opened()
    file.does(claiming(minor))
    assert file.claim().row == row


@pytest.mark.parametrize("minor", [0, -1, 10**12 + 1])
def test_an_impossible_amount_is_no_amount(minor: int) -> None:
    opened().refuses(claiming(minor), errors.AmountNotPossible)


def test_a_claim_is_proposed_approved_paid_and_signed_by_four_persons() -> None:
    file = opened()
    file.does(claiming(190_000))
    file.does(approving(), STORE_MANAGER)
    assert file.claim().payment_due
    file.does(paying(), FINANCE)
    assert file.claim().signature_due
    file.does(ask.NoteEvidence(evidence_id=EVIDENCE))
    file.does(ask.SignClaim(claim_id=name("claim"), evidence_id=EVIDENCE), CLERK)
    assert file.claim().status is ClaimStatus.SIGNED
    assert file.dossier.open_items() == ()


def test_one_cent_beyond_the_store_manager() -> None:
    file = opened()
    file.does(claiming(200_001))
    file.refuses(approving(), errors.AmountBeyondAuthority, STORE_MANAGER)
    file.does(approving(), VP)
    assert file.claim().status is ClaimStatus.AUTHORISED


def test_a_higher_role_may_stand_in() -> None:
    file = opened()
    file.does(claiming(100_000))
    file.does(approving(), GM)
    assert file.claim().status is ClaimStatus.AUTHORISED


def test_the_store_manager_of_another_store_may_not() -> None:
    file = opened()
    file.does(claiming(100_000))
    stranger = person("p-else", "store_manager", "hq.store-002")
    file.refuses(approving(), errors.AmountBeyondAuthority, stranger)


def test_what_was_proposed_before_counts() -> None:
    file = opened()
    file.does(claiming(6_000, "rework", remedy="rework_goods"))
    file.does(claiming(190_000))
    assert file.claim().exposure_minor == 196_000
    file.does(claiming(50_000, "more"))
    assert (file.claim("more").exposure_minor, file.claim("more").row) == (
        246_000,
        "authority.operations-vp",
    )


def test_what_stands_in_a_linked_case_counts() -> None:
    first, second = opened(), opened(word="second")
    first.does(claiming(196_000))
    second.does(claiming(50_000, "later", elsewhere=(first.dossier,)))
    assert second.claim("later").row == "authority.operations-vp"


def test_what_was_refused_counts_no_longer() -> None:
    file = opened()
    file.does(claiming(190_000))
    refusal = ask.RefuseClaim(claim_id=name("claim"), reason_code="too_high")
    file.does(refusal, STORE_MANAGER)
    file.does(claiming(190_000, "again"))
    assert file.claim("again").row == "authority.store-manager"


def test_a_later_claim_does_not_stop_an_earlier_one() -> None:
    file = opened()
    file.does(claiming(190_000))
    file.does(claiming(50_000, "later"))
    file.does(approving("later"), VP)
    file.does(approving(), STORE_MANAGER)
    assert file.claim().status is ClaimStatus.AUTHORISED


def test_a_link_raises_what_is_not_paid_and_flags_what_is() -> None:
    first, second = opened(), opened(word="second")
    first.does(claiming(190_000))
    first.does(approving(), STORE_MANAGER)
    first.does(paying(), FINANCE)
    second.does(claiming(50_000, "other"))
    second.does(approving("other"), STORE_MANAGER)
    before = first.dossier
    flagged = first.does(ask.Reconsider(elsewhere=(second.dossier,)))
    raised = second.does(ask.Reconsider(elsewhere=(before,)))
    assert flagged == [ReviewFlagged(subject=name("claim"), code="paid-below-authority")]
    assert isinstance(raised[0], RequirementRaised)
    assert raised[0].authorised
    assert isinstance(raised[1], ApprovalRequested)
    assert second.claim("other").steps[-1].role == "operations_vp"
    assert first.does(ask.Reconsider(elsewhere=(second.dossier,))) == []


def test_two_that_were_approved_apart_are_both_asked_again() -> None:
    first, second = opened(), opened(word="second")
    for file, word in ((first, "one"), (second, "two")):
        file.does(claiming(150_000, word))
        file.does(approving(word), STORE_MANAGER)
    one, two = first.dossier, second.dossier
    first.does(ask.Reconsider(elsewhere=(two,)))
    second.does(ask.Reconsider(elsewhere=(one,)))
    for file, word in ((first, "one"), (second, "two")):
        assert file.claim(word).row == "authority.operations-vp"
        assert file.claim(word).status is ClaimStatus.PROPOSED


def test_the_clerk_settles_what_the_terms_grant() -> None:
    file = opened()
    file.does(ask.NoteEvidence(evidence_id=EVIDENCE))
    file.does(_terms("general"), CLERK)
    events = file.does(claiming(39_900, remedy="exchange", entitlement_id=name("grant")), CLERK)
    assert events[-1] == ClaimAuthorised(claim_id=name("claim"))
    assert file.claim().row == "authority.clerk"
    assert file.dossier.open_items() == ()


def test_outside_the_terms_the_clerk_climbs_the_ladder() -> None:
    file = opened()
    file.does(claiming(39_900, remedy="exchange"), CLERK)
    assert [step.role for step in file.claim().steps] == ["cs_manager", "store_manager"]


def test_what_the_terms_grant_cannot_be_refused() -> None:
    file = opened()
    file.does(ask.NoteEvidence(evidence_id=EVIDENCE))
    file.does(_terms("electronics", installation="by_us"), CLERK)
    granted = claiming(39_900, remedy="exchange", entitlement_id=name("grant"))
    file.does(granted, CS_MANAGER)
    refusal = ask.RefuseClaim(claim_id=name("claim"), reason_code="too_high")
    file.refuses(refusal, errors.TermsGrantIt, STORE_MANAGER)


def test_an_entitlement_needs_evidence_on_record() -> None:
    opened().refuses(_terms("general"), errors.EvidenceNotOnRecord, CLERK)


def test_a_grant_for_something_else_grants_nothing() -> None:
    file = opened()
    file.does(ask.NoteEvidence(evidence_id=EVIDENCE))
    file.does(_terms("general"), CLERK)
    other = claiming(100, remedy="compensation", entitlement_id=name("grant"))
    file.refuses(other, errors.EntitlementNotKnown, CLERK)


def test_the_department_settles_rework_of_what_was_installed() -> None:
    file = opened(flags=("installed",))
    file.does(claiming(6_000, remedy="rework_goods"), SUPERVISOR)
    assert file.claim().row == "authority.department-supervisor"


def test_rework_beside_extra_compensation_is_not_settled_alone() -> None:
    file = opened(flags=("installed",))
    file.does(claiming(100_000, "extra"))
    file.does(claiming(6_000, remedy="rework_goods"), SUPERVISOR)
    assert file.claim().row == "authority.store-manager"


def test_persons_are_distinct() -> None:
    file = opened()
    file.does(claiming(100_000), STORE_MANAGER)
    file.refuses(approving(), errors.SelfApproval, STORE_MANAGER)
    file.does(approving(), VP)
    finance_vp = replace(VP, roles=frozenset({"operations_vp", "finance"}))
    file.refuses(paying(), errors.DutiesNotSeparated, finance_vp)
    file.refuses(paying(), errors.NotThePayer, GM)
    file.does(paying(), FINANCE)
    reversal = ask.ReverseClaim(claim_id=name("claim"), reason_code="fraud")
    file.refuses(reversal, errors.DutiesNotSeparated, FINANCE)
    file.does(reversal, FINANCE_2)
    file.refuses(reversal, errors.ClaimNotReversible, FINANCE_2)


def test_the_accused_decides_nothing() -> None:
    file = opened(accused=(STORE_MANAGER.id,))
    file.does(claiming(100_000))
    file.refuses(approving(), errors.AccusedMayNotDecide, STORE_MANAGER)


def test_who_is_accused_later_takes_the_approval_along() -> None:
    file = opened()
    file.does(claiming(100_000))
    file.does(approving(), STORE_MANAGER)
    file.does(ask.Amend(attributes=(), accused=(STORE_MANAGER.id,)))
    file.refuses(paying(), errors.ApprovalOutdated, FINANCE)
    file.does(ask.Reconsider())
    assert file.claim().status is ClaimStatus.PROPOSED


def test_a_stricter_policy_of_today_wins() -> None:
    strict = _halved(AUTO_RULES)
    file = opened(strict)
    file.does(claiming(150_000))
    assert file.claim().row == "authority.operations-vp"
    assert file.dossier.decisions[-1].version == "stricter"


def test_a_stricter_policy_that_comes_later_stops_the_payment() -> None:
    file = opened()
    file.does(claiming(150_000))
    file.does(approving(), STORE_MANAGER)
    file.rules = _halved(AUTO_RULES)
    file.refuses(paying(), errors.ApprovalOutdated, FINANCE)
    file.does(ask.Reconsider())
    file.does(approving(), VP)
    file.does(paying(), FINANCE)
    assert file.claim().status is ClaimStatus.PAID


def test_a_milder_policy_of_today_changes_nothing() -> None:
    milder = Rules(pinned=_halved(AUTO_RULES).current, current=AUTO_RULES.pinned)
    file = opened(milder)
    file.does(claiming(150_000))
    assert file.claim().row == "authority.operations-vp"


def test_silence_never_approves() -> None:
    file = opened()
    file.does(claiming(100_000))
    file.passes(timedelta(hours=12))
    expired = [event for event in file.events if isinstance(event, ApprovalExpired)]
    assert [each.next_role for each in expired] == ["operations_vp"]
    file.passes(timedelta(days=30))
    assert file.claim().status is ClaimStatus.PROPOSED
    assert file.claim().steps[-1].role == "general_manager"
    expired = [event for event in file.events if isinstance(event, ApprovalExpired)]
    assert [each.next_role for each in expired] == ["operations_vp", "general_manager", None]
    file.refuses(approving(), errors.AmountBeyondAuthority, VP)
    file.does(approving(), GM)


def test_the_mall_asks_the_store_manager_and_then_finance() -> None:
    file = opened(MALL_RULES)
    file.does(replace(claiming(10_000), wish=_mall_wish(10_000)), CLERK)
    file.does(approving(), STORE_MANAGER)
    file.refuses(approving(), errors.AmountBeyondAuthority, VP)
    file.does(approving(), FINANCE)
    file.does(paying(), FINANCE_2)
    assert file.claim().signature_due


def test_beyond_what_anybody_may_nobody_proposes() -> None:
    file = opened(MALL_RULES)
    beyond = replace(claiming(1), wish=_mall_wish(10**11))
    file.refuses(beyond, errors.AmountBeyondAuthority, CLERK)


def test_before_confirmation_nothing_is_asked_for() -> None:
    file = opened(MALL_RULES, confirmed=False)
    claim = replace(claiming(1), wish=_mall_wish(10_000))
    file.refuses(claim, errors.AwaitingConfirmation, CLERK)
    file.does(ask.ConfirmRecord(row="confirmation"))
    file.does(claim, CLERK)


def test_a_withdrawn_complaint_lapses_what_is_open_and_keeps_what_is_paid() -> None:
    file = opened()
    for word in ("paid", "approved", "open"):
        file.does(claiming(10_000, word))
    for word in ("paid", "approved"):
        file.does(approving(word), STORE_MANAGER)
    file.does(paying("paid"), FINANCE)
    events = file.does(ask.Withdraw(reason_code="customer_request"))
    lapsed = [event.claim_id for event in events if isinstance(event, ClaimLapsed)]
    assert lapsed == [name("approved"), name("open")]
    assert file.claim("paid").review == "paid-before-withdrawal"
    assert file.does(ask.Withdraw(reason_code="customer_request")) == []
    file.refuses(claiming(1, "new"), errors.CaseEnded)


def test_a_withdrawn_complaint_stays_withdrawn_when_closing_fails() -> None:
    file = opened()
    file.does(ask.Withdraw(reason_code="customer_request"))
    file.does(ask.AskClosing(round=1))
    file.does(ask.Thaw(round=1))
    file.refuses(claiming(1), errors.CaseEnded)


def test_closing_freezes_until_it_has_ended() -> None:
    file = opened()
    file.does(claiming(10_000))
    file.does(ask.AskClosing(round=1))
    assert file.does(ask.AskClosing(round=1)) == []
    file.refuses(approving(), errors.ClosingInProgress, STORE_MANAGER)
    assert file.does(ask.Thaw(round=2)) == []
    file.does(ask.Thaw(round=1))
    file.does(approving(), STORE_MANAGER)


def _terms(goods: str, installation: str = "none") -> ask.DetermineEntitlement:
    facts = ask.CitedGoods(
        goods=goods,
        installation=installation,
        fault="quality",
        sold_on=SOLD,
        flags=("packaging_complete", "proof_of_purchase"),
        evidence=(EVIDENCE,),
    )
    return ask.DetermineEntitlement(entitlement_id=name("grant"), facts=facts, today=TODAY)


def _mall_wish(minor: int) -> ask.Wish:
    currency = MALL_RULES.pinned.policy.currency
    return ask.Wish(remedy="compensation", currency=currency, face_minor=minor)


def _halved(rules: Rules) -> Rules:
    """The same policy with the store manager's band cut to 1 000, as today's version."""
    policy = rules.pinned.policy
    first, second, third = policy.ladder
    ladder = (
        replace(first, when=Box((Within("exposure_minor", 0, 100_000),))),
        replace(second, when=Box((Within("exposure_minor", 100_001, 500_000),))),
        third,
    )
    ref = replace(rules.pinned.ref, version="stricter")
    current = replace(rules.pinned, ref=ref, policy=replace(policy, ladder=ladder))
    return replace(rules, current=current)
