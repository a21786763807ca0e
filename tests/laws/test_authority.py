"""Authority and money over several linked complaints, under both packs.

However a sum is cut, whoever asks and in whatever order: somebody who may give the whole has
agreed to it, nobody agrees to his own, and every cent is in one place (N3; reliability.md §6.11,
§6.14; I5, I6).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.compensation_service.domain import commands as ask
from services.compensation_service.domain.authority import Rules
from services.compensation_service.domain.books import Account, transfer_of
from services.compensation_service.domain.dossier import Claim, ClaimStatus, Dossier
from services.compensation_service.domain.errors import AmountBeyondAuthority
from services.compensation_service.domain.exposure import exposure_of
from shared.kernel.errors import DomainError
from shared.kernel.occasion import Actor
from shared.kernel.policy.authority import AuthorityFacts, How, Requirement, Verdict
from tests.laws.profiles import law
from tests.unit.compensation.story import (
    AUTO_RULES,
    CLERK,
    CS_MANAGER,
    FINANCE,
    FINANCE_2,
    GM,
    MALL_RULES,
    STORE_MANAGER,
    VP,
    File,
    claiming,
    opened,
    person,
)

DEPARTMENT_HEAD = person("p-department-head", "department_head")
PEOPLE = (CLERK, CS_MANAGER, STORE_MANAGER, DEPARTMENT_HEAD, VP, GM, FINANCE, FINANCE_2)
PROPOSERS = st.sampled_from([*[CS_MANAGER] * 6, CLERK, STORE_MANAGER, GM])
LIMITS = (200_000, 300_000, 500_000, 2_000_000)
AMOUNT = st.one_of(
    st.integers(1, 300_000),
    st.builds(lambda limit, off: limit + off, st.sampled_from(LIMITS), st.integers(-2, 2)),
    st.builds(lambda limit, parts: limit // parts, st.sampled_from(LIMITS), st.integers(2, 5)),
)
PARTS = st.lists(AMOUNT, min_size=1, max_size=6)
BOTH = pytest.mark.parametrize("rules", [AUTO_RULES, MALL_RULES], ids=["auto", "mall"])
REFUSED = (2, 0, 0)
COMMITTED = {ClaimStatus.AUTHORISED, ClaimStatus.PAID, ClaimStatus.SIGNED}


def asked_for(file: File, minor: int, word: str, *elsewhere: Dossier) -> tuple[int, int, int]:
    """How strict the answer to a claim is; REFUSED where nobody may give it."""
    try:
        file.does(claiming(minor, word, elsewhere=elsewhere))
    except AmountBeyondAuthority:
        return REFUSED
    return file.claim(word).strictness


@BOTH
@given(parts=PARTS, cases=st.lists(st.integers(0, 2), min_size=6, max_size=6))
@law(60)
def test_no_way_to_cut_a_sum_needs_less_than_the_sum(
    rules: Rules, parts: list[int], cases: list[int]
) -> None:
    whole = asked_for(opened(rules, "whole"), sum(parts), "sum")
    files = [opened(rules, f"case-{number}") for number in range(3)]
    needed = []
    for number, (part, case) in enumerate(zip(parts, cases, strict=False)):
        others = [file.dossier for file in files if file is not files[case]]
        needed.append(asked_for(files[case], part, f"part-{number}", *others))
    assert max(needed) >= whole


@BOTH
@given(less=AMOUNT, more=AMOUNT)
@law(40)
def test_more_money_never_needs_less_authority(rules: Rules, less: int, more: int) -> None:
    low, high = sorted((less, more))
    below = asked_for(opened(rules, "less"), low, "sum")
    assert below <= asked_for(opened(rules, "more"), high, "sum")


class Tills(RuleBasedStateMachine):
    """Three complaints of one customer, linked from the beginning or later."""

    book: Rules

    def __init__(self) -> None:
        super().__init__()
        self.files = [opened(self.book, f"case-{number}") for number in range(3)]
        self.balances: Counter[str] = Counter()
        self.linked = False
        self.claims = 0

    @initialize(linked=st.booleans())
    def begins(self, linked: bool) -> None:
        self.linked = linked

    def tries(self, number: int, command: ask.Command, by: Actor) -> None:
        """Done and booked, or refused without a trace."""
        file = self.files[number]
        file.at += timedelta(minutes=1)
        before = file.dossier
        try:
            events = file.does(command, by)
        except DomainError:
            assert file.dossier == before
            return
        for event in events:
            moved = transfer_of(event, file.dossier)
            if moved:
                self.balances[moved.debit] += moved.minor
                self.balances[moved.credit] -= moved.minor

    def others(self, number: int) -> tuple[Dossier, ...]:
        if not self.linked:
            return ()
        return tuple(file.dossier for n, file in enumerate(self.files) if n != number)

    @rule(number=st.integers(0, 2), minor=AMOUNT, by=st.sampled_from([CS_MANAGER, CLERK, GM]))
    def somebody_proposes(self, number: int, minor: int, by: Actor) -> None:
        self.claims += 1
        word = f"claim-{self.claims}"
        self.tries(number, claiming(minor, word, elsewhere=self.others(number)), by)

    @rule(number=st.integers(0, 2), pick=st.integers(0, 5), by=st.sampled_from(PEOPLE))
    def somebody_approves(self, number: int, pick: int, by: Actor) -> None:
        claim = self.pick(number, pick)
        others = self.others(number)
        self.tries(number, ask.ApproveClaim(claim_id=claim, elsewhere=others), by)

    @rule(number=st.integers(0, 2), pick=st.integers(0, 5))
    def whoever_is_asked_approves(self, number: int, pick: int) -> None:
        for by in PEOPLE:
            self.somebody_approves(number, pick, by)

    @rule(number=st.integers(0, 2), minor=AMOUNT, by=PROPOSERS)
    def a_claim_is_approved(self, number: int, minor: int, by: Actor) -> None:
        self.somebody_proposes(number, minor, by)
        self.whoever_is_asked_approves(number, -1)

    @rule(number=st.integers(0, 2), minor=AMOUNT, by=PROPOSERS)
    def a_claim_goes_all_its_way(self, number: int, minor: int, by: Actor) -> None:
        self.a_claim_is_approved(number, minor, by)
        for payer in (FINANCE, FINANCE_2):
            self.somebody_pays(number, -1, payer)

    @rule(number=st.integers(0, 2), pick=st.integers(0, 5), by=st.sampled_from([FINANCE_2, GM]))
    def somebody_pays(self, number: int, pick: int, by: Actor) -> None:
        claim, others = self.pick(number, pick), self.others(number)
        self.tries(number, ask.PayClaim(claim_id=claim, proof="V-1", elsewhere=others), by)

    @rule(
        number=st.integers(0, 2),
        pick=st.integers(0, 5),
        how=st.sampled_from(["cancel", "refuse", "reverse"]),
        by=PROPOSERS,
    )
    def somebody_takes_it_back(self, number: int, pick: int, how: str, by: Actor) -> None:
        claim = self.pick(number, pick)
        commands: dict[str, ask.Command] = {
            "cancel": ask.CancelClaim(claim_id=claim),
            "refuse": ask.RefuseClaim(claim_id=claim, reason_code="too_high"),
            "reverse": ask.ReverseClaim(claim_id=claim, reason_code="fraud"),
        }
        self.tries(number, commands[how], by)

    @rule(number=st.integers(0, 2), accused=st.sampled_from([(), (GM.id,), (STORE_MANAGER.id,)]))
    def somebody_is_accused(self, number: int, accused: tuple[str, ...]) -> None:
        self.tries(number, ask.Amend(attributes=(), accused=accused), CS_MANAGER)

    @rule()
    def the_link_is_found(self) -> None:
        """As the service does it: every case looks at all of them once more."""
        self.linked = True
        for number in range(3):
            self.tries(number, ask.Reconsider(elsewhere=self.others(number)), CS_MANAGER)

    @precondition(lambda self: not self.linked)
    @rule(
        sums=st.lists(AMOUNT, min_size=3, max_size=3),
        paid=st.sampled_from([(True, True, False), (True, False, True), (False, False, False)]),
    )
    def each_is_settled_before_the_link_is_found(
        self, sums: list[int], paid: tuple[bool, ...]
    ) -> None:
        for number, (minor, pays) in enumerate(zip(sums, paid, strict=False)):
            self.a_claim_is_approved(number, minor, CS_MANAGER)
            if pays:
                self.somebody_pays(number, -1, FINANCE_2)
        self.the_link_is_found()

    def pick(self, number: int, pick: int) -> UUID:
        """One of a case's claims, or one that nobody made."""
        claims = self.files[number].dossier.claims
        return claims[pick % len(claims)].id if claims else UUID(int=0)

    @invariant()
    def what_is_given_was_agreed_to_by_somebody_who_may_give_it_all(self) -> None:
        groups = [self.files] if self.linked else [[file] for file in self.files]
        for group in groups:
            given_ = [c for f in group for c in f.dossier.claims if c.status in COMMITTED]
            flagged = any(claim.review for claim in given_)
            assert flagged or self.agreed(given_) >= self.wanted(given_)

    def agreed(self, claims: Sequence[Claim]) -> int:
        """The highest rank that approved any of these."""
        ranks = self.book.pinned.policy.ranks
        approvals = [s for c in claims for s in c.steps if s.how is How.APPROVE and s.by]
        return max((ranks.of(step.role) or 0 for step in approvals), default=0)

    def wanted(self, claims: Sequence[Claim]) -> int:
        """The rank that the pack's ladder wants for the sum of these; 0 for nothing."""
        if not claims:
            return 0
        requirement = self.ladder(sum(claim.cost_minor for claim in claims))
        assert requirement.verdict is Verdict.APPROVAL, "what nobody may give was given"
        ranks = self.book.pinned.policy.ranks
        return max(ranks.of(role) or 0 for role in requirement.approvers)

    def ladder(self, minor: int) -> Requirement:
        facts = AuthorityFacts(
            exposure_minor=minor,
            proposer_roles=frozenset({"cs_manager"}),
            flags=frozenset({"extra_compensation", "confirmed"}),
        )
        return self.book.pinned.policy.required_authority(facts)

    @invariant()
    def nobody_has_two_hands_in_one_claim(self) -> None:
        """Reviewing is no duty of the packs' separation; whoever reviewed may pay."""
        for claim in (claim for file in self.files for claim in file.dossier.claims):
            decided = [step for step in claim.steps if step.by and step.how is not How.PROPOSE]
            hands = [step.by for step in decided]
            approved = {step.by for step in decided if step.how is How.APPROVE}
            assert claim.proposer not in hands
            assert len(hands) == len(set(hands))
            assert claim.paid_by not in {claim.proposer, *approved}

    @invariant()
    def every_cent_is_in_one_place(self) -> None:
        claims = [claim for file in self.files for claim in file.dossier.claims]
        by_status: Counter[ClaimStatus] = Counter()
        for claim in claims:
            by_status[claim.status] += claim.cost_minor
        assert sum(self.balances.values()) == 0
        assert self.balances[Account.RESERVED] == by_status[ClaimStatus.PROPOSED]
        assert self.balances[Account.APPROVED] == by_status[ClaimStatus.AUTHORISED]
        paid = by_status[ClaimStatus.PAID] + by_status[ClaimStatus.SIGNED]
        assert self.balances[Account.PAID] == paid
        total = sum(exposure_of(file.dossier) for file in self.files)
        assert -self.balances[Account.AVAILABLE] == total


@BOTH
def test_nothing_is_given_beyond_what_was_agreed_and_no_cent_is_lost(rules: Rules) -> None:
    class Here(Tills):
        pass

    Here.book = rules
    run_state_machine_as_test(Here, settings=law(70, steps=15))
