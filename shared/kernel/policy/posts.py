"""Whether an organisation can carry a pack: every unit a rule looks for is there, every role has
somebody.
"""

from collections.abc import Iterator

from shared.kernel.policy.authority import How, LadderRow
from shared.kernel.policy.finding import Finding, error, warning
from shared.kernel.policy.organisation import Organisation, Post, UnitSelector, Where
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.wording import owned_by


def organisation_findings(pack: Pack, organisation: Organisation) -> Iterator[Finding]:
    """What this organisation lacks for this pack."""
    kinds = {kind.code for kind in pack.unit_kinds}
    for unit in organisation.units:
        if unit.kind not in kinds:
            yield error(unit.id, "unit-kind", f"the pack has no kind of unit '{unit.kind}'")
    yield from _roles(pack, organisation)
    yield from _vacant(pack, organisation)
    yield from _duties(pack, organisation)
    yield from _heads(pack, organisation)
    selectors = {(owner, one) for owner, one in owned_by("", pack) if isinstance(one, UnitSelector)}
    for owner, selector in sorted(selectors, key=str):
        yield from _places(owner, selector, organisation)


def _roles(pack: Pack, organisation: Organisation) -> Iterator[Finding]:
    """Approvals, payment and audit need somebody."""
    money = pack.compensation
    needed = {step.role for row in money.ladder for step in row.steps}
    needed |= {row.role for row in money.settlements}
    needed |= {money.payment.payer, money.payment.auditor}
    held = {role for person in organisation.persons for role in person.roles}
    for role in sorted(needed - held):
        what = f"nobody in '{organisation.id}' is {role}, whom the authority rows need"
        yield error(role, "role-vacant", what, mend="give somebody the role")


def _vacant(pack: Pack, organisation: Organisation) -> Iterator[Finding]:
    """A clock is owned, a rung held and a notice heard by somebody who is there."""
    told: set[str] = set()
    for owner, post in owned_by("", pack):
        if not isinstance(post, Post) or post.role in told:
            continue
        if not any(pack.ranks.fills(person.roles, post.role) for person in organisation.persons):
            told.add(post.role)
            what = f"nobody in '{organisation.id}' is {post.role} or stands above one"
            yield error(owner, "post-vacant", what, mend="give somebody the role")


def _duties(pack: Pack, organisation: Organisation) -> Iterator[Finding]:
    """Proposing, approving, paying and auditing one claim takes distinct persons (F52)."""
    for row in pack.compensation.ladder:
        slots = _slots(pack, row)
        able = [_able(pack, organisation, role) for _, role in slots]
        if row.steps and all(able) and not _seated(able):
            duties = ", ".join(f"{duty} as {role or 'anybody'}" for duty, role in slots)
            what = f"'{organisation.id}' has too few persons to {duties}, each another one"
            yield error(row.id, "duty-unfilled", what, mend="give one more person a role")
            return


def _slots(pack: Pack, row: LadderRow) -> list[tuple[str, str]]:
    """The duties of one claim under a row that distinct persons must do, each with its role."""
    money = pack.compensation
    proposed = any(step.how is How.PROPOSE for step in row.steps)
    steps = [(str(step.how), step.role) for step in row.steps]
    paid = [("pay", money.payment.payer), ("audit", money.payment.auditor)]
    all_slots = [*([] if proposed else [("propose", "")]), *steps, *paid]
    return [slot for slot in all_slots if slot[0] in money.separation.duties]


def _able(pack: Pack, organisation: Organisation, role: str) -> frozenset[str]:
    return frozenset(
        person.id
        for person in organisation.persons
        if not role or pack.ranks.fills(person.roles, role)
    )


def _seated(able: list[frozenset[str]]) -> bool:
    """Whether each slot can have a person of its own (a matching, found by augmenting paths)."""
    seats: dict[str, int] = {}

    def seat(slot: int, tried: set[str]) -> bool:
        for person in sorted(able[slot] - tried):
            tried.add(person)
            if person not in seats or seat(seats[person], tried):
                seats[person] = slot
                return True
        return False

    return all(seat(slot, set()) for slot in range(len(able)))


def _heads(pack: Pack, organisation: Organisation) -> Iterator[Finding]:
    if not pack.intake.confirmation.required:
        return
    for unit in organisation.units:
        above = organisation.way_up(unit.id)
        if not any(one.head for one in above):
            yield warning(unit.id, "head-missing", "nobody heads this unit or one above it")


def _places(row: str, selector: UnitSelector, organisation: Organisation) -> Iterator[Finding]:
    if selector.where is Where.HEADQUARTERS:
        if organisation.select(selector, recording_unit="") is None:
            what = f"'{organisation.id}' has no unit of kind '{selector.kind}'"
            yield error(row, "unit-missing", what, mend="add the unit")
        return
    if selector.where is Where.BELOW:
        for store in _with_departments(organisation):
            if organisation.select(selector, recording_unit=store) is None:
                what = f"'{store}' has no unit of kind '{selector.kind}'"
                yield error(row, "unit-missing", what, mend="add the unit")


def _with_departments(organisation: Organisation) -> list[str]:
    """The sites that have units of their own, except the root: the stores of a chain."""
    above = {unit.above for unit in organisation.units}
    sites = [unit for unit in organisation.units if unit.kind in organisation.site_kinds]
    return [unit.id for unit in sites if unit.id in above and unit.above is not None]
