"""Laws that hold for every history: sums cannot be split, and books always balance."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.compensation_service.domain import commands as ask
from services.compensation_service.domain.books import Account, transfer_of
from services.compensation_service.domain.dossier import ClaimStatus
from services.compensation_service.domain.exposure import exposure_of
from shared.kernel.errors import DomainError
from shared.kernel.occasion import Actor
from tests.unit.compensation.story import (
    CLERK,
    CS_MANAGER,
    FINANCE,
    FINANCE_2,
    GM,
    STORE_MANAGER,
    VP,
    File,
    approving,
    claiming,
    name,
    opened,
    paying,
)

PARTS = st.lists(st.integers(1, 300_000), min_size=1, max_size=6)
PEOPLE = (CLERK, CS_MANAGER, STORE_MANAGER, VP, GM, FINANCE, FINANCE_2)


@given(parts=PARTS, cases=st.lists(st.integers(0, 2), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_splitting_never_lowers_what_is_needed(parts: list[int], cases: list[int]) -> None:
    whole = opened(word="whole")
    whole.does(claiming(sum(parts), "sum"))
    files = [opened(word=f"case-{n}") for n in range(3)]
    needed = []
    for number, (part, case) in enumerate(zip(parts, cases, strict=False)):
        others = tuple(file.dossier for file in files if file is not files[case])
        word = f"part-{number}"
        files[case].does(claiming(part, word, elsewhere=others))
        needed.append(files[case].claim(word).strictness)
    assert max(needed) >= whole.claim("sum").strictness


@given(parts=PARTS)
@settings(max_examples=40, deadline=None)
def test_linking_afterwards_is_no_way_around(parts: list[int]) -> None:
    whole = opened(word="whole")
    whole.does(claiming(sum(parts), "sum"))
    files = []
    for number, part in enumerate(parts):
        file = opened(word=f"case-{number}")
        file.at += timedelta(minutes=number)
        file.does(claiming(part, f"part-{number}"))
        file.does(approving(f"part-{number}"), GM)
        files.append(file)
    states = [file.dossier for file in files]
    for file in files:
        others = tuple(state for state in states if state.id != file.id)
        file.does(ask.Reconsider(elsewhere=others))
    needed = [file.dossier.claims[0].strictness for file in files]
    assert max(needed) >= whole.claim("sum").strictness


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[ask.Command, Actor]]:
    """Anything anybody might try, in any order; mostly what makes sense."""
    steps: list[tuple[ask.Command, Actor]] = []
    for _ in range(draw(st.integers(1, 16))):
        word = draw(st.sampled_from(["a", "b"]))
        command, likely = draw(st.sampled_from(_moves(word, draw(st.integers(1, 300_000)))))
        steps.append((command, draw(st.sampled_from((likely, likely, likely, *PEOPLE)))))
    return steps


def _moves(word: str, minor: int) -> list[tuple[ask.Command, Actor]]:
    claim = name(word)
    often: list[tuple[ask.Command, Actor]] = [
        (claiming(minor, word), CS_MANAGER),
        (approving(word), GM),
        (paying(word), FINANCE),
    ]
    seldom: list[tuple[ask.Command, Actor]] = [
        (ask.CancelClaim(claim_id=claim), CS_MANAGER),
        (ask.RefuseClaim(claim_id=claim, reason_code="too_high"), GM),
        (ask.ReverseClaim(claim_id=claim, reason_code="fraud"), FINANCE_2),
        (ask.Reconsider(), GM),
        (ask.Amend(attributes=(), accused=(GM.id,)), GM),
        (ask.Amend(attributes=(), accused=()), GM),
        (ask.Withdraw(reason_code="customer_request"), GM),
        (ask.AskClosing(round=1), GM),
        (ask.Thaw(round=1), GM),
    ]
    return [*often, *often, *often, *seldom]


@given(steps=histories())
@settings(max_examples=150, deadline=None)
def test_the_books_balance_and_say_where_every_sum_stands(
    steps: list[tuple[ask.Command, Actor]],
) -> None:
    file = opened()
    balances: Counter[str] = Counter()
    for command, by in steps:
        if isinstance(command, ask.ProposeClaim) and file.dossier.claim(command.claim_id):
            continue
        try:
            events = file.does(command, by)
        except DomainError:
            continue
        for event in events:
            moved = transfer_of(event, file.dossier)
            if moved:
                balances[moved.debit] += moved.minor
                balances[moved.credit] -= moved.minor
    assert sum(balances.values()) == 0
    assert balances[Account.RESERVED] == _sum(file, ClaimStatus.PROPOSED)
    assert balances[Account.APPROVED] == _sum(file, ClaimStatus.AUTHORISED)
    assert balances[Account.PAID] == _sum(file, ClaimStatus.PAID)
    assert -balances[Account.AVAILABLE] == exposure_of(file.dossier)


@given(steps=histories())
@settings(max_examples=150, deadline=None)
def test_whoever_pays_or_approves_never_proposed(
    steps: list[tuple[ask.Command, Actor]],
) -> None:
    file = opened()
    for command, by in steps:
        if isinstance(command, ask.ProposeClaim) and file.dossier.claim(command.claim_id):
            continue
        try:
            file.does(command, by)
        except DomainError:
            continue
    for claim in file.dossier.claims:
        deciders = [step.by for step in claim.steps if step.by and step.how == "approve"]
        assert claim.proposer not in deciders
        assert claim.paid_by not in {claim.proposer, *deciders}
        assert len(deciders) == len(set(deciders))


def test_an_approval_taken_back_is_taken_back_in_the_books() -> None:
    file = opened()
    kinds: list[str] = []
    for command, by in (
        (claiming(100_000, "a"), CS_MANAGER),
        (approving("a"), GM),
        (ask.Amend(attributes=(), accused=(GM.id,)), GM),
        (ask.Reconsider(), CS_MANAGER),
        (approving("a"), VP),
        (ask.CancelClaim(claim_id=name("a")), CS_MANAGER),
    ):
        events = file.does(command, by)
        kinds += [moved.kind for event in events if (moved := transfer_of(event, file.dossier))]
    assert kinds == ["reserve", "approve", "reconsider", "approve", "void"]


def _sum(file: File, status: ClaimStatus) -> int:
    return sum(claim.cost_minor for claim in file.dossier.claims if claim.status is status)
