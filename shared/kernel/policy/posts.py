"""Whether an organisation can carry a pack: every unit a rule looks for is there, every role has
somebody.
"""

from collections.abc import Iterator

from shared.kernel.policy.finding import Finding, error, warning
from shared.kernel.policy.organisation import Organisation, UnitSelector, Where
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.references import parts_of
from shared.kernel.policy.words import Row


def organisation_findings(pack: Pack, organisation: Organisation) -> Iterator[Finding]:
    """What this organisation lacks for this pack."""
    kinds = {kind.code for kind in pack.unit_kinds}
    for unit in organisation.units:
        if unit.kind not in kinds:
            yield error(unit.id, "unit-kind", f"the pack has no kind of unit '{unit.kind}'")
    yield from _roles(pack, organisation)
    yield from _heads(pack, organisation)
    for row in (part for part in parts_of(pack) if isinstance(part, Row)):
        for selector in {part for part in parts_of(row) if isinstance(part, UnitSelector)}:
            yield from _places(row, selector, organisation)


def _roles(pack: Pack, organisation: Organisation) -> Iterator[Finding]:
    """Approvals, payment and audit need somebody; a paid approval needs two persons."""
    money = pack.compensation
    needed = {step.role for row in money.ladder for step in row.steps}
    needed |= {row.role for row in money.settlements}
    needed |= {money.payment.payer, money.payment.auditor}
    held = {role for person in organisation.persons for role in person.roles}
    for role in sorted(needed - held):
        what = f"nobody in '{organisation.id}' is {role}, whom the authority rows need"
        yield error(role, "role-vacant", what, mend="give somebody the role")


def _heads(pack: Pack, organisation: Organisation) -> Iterator[Finding]:
    if not pack.intake.confirmation.required:
        return
    for unit in organisation.units:
        above = organisation.way_up(unit.id)
        if not any(one.head for one in above):
            yield warning(unit.id, "head-missing", "nobody heads this unit or one above it")


def _places(row: Row, selector: UnitSelector, organisation: Organisation) -> Iterator[Finding]:
    if selector.where is Where.HEADQUARTERS:
        if organisation.select(selector, recording_unit="") is None:
            what = f"'{organisation.id}' has no unit of kind '{selector.kind}'"
            yield error(row.id, "unit-missing", what, mend="add the unit")
        return
    if selector.where is Where.BELOW:
        for store in _with_departments(organisation):
            if organisation.select(selector, recording_unit=store) is None:
                what = f"'{store}' has no unit of kind '{selector.kind}'"
                yield error(row.id, "unit-missing", what, mend="add the unit")


def _with_departments(organisation: Organisation) -> list[str]:
    """The sites that have units of their own, except the root: the stores of a chain."""
    above = {unit.above for unit in organisation.units}
    sites = [unit for unit in organisation.units if unit.kind in organisation.site_kinds]
    return [unit.id for unit in sites if unit.id in above and unit.above is not None]
