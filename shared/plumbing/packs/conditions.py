"""How a box is spelled in YAML: one key per axis of its table, and nothing that is not an axis."""

from functools import cache
from typing import Annotated, Any, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, model_validator

from shared.kernel.clocks import ClockRule
from shared.kernel.policy.authority import AuthorityFacts, LadderRow, SettlementRow
from shared.kernel.policy.boxes import Box, In, Is, Test, Within
from shared.kernel.policy.contacting import AcceptanceRow
from shared.kernel.policy.entitlements import GoodsFacts, TermRow
from shared.kernel.policy.escalation import SeverityRow
from shared.kernel.policy.followup import Campaign
from shared.kernel.policy.giving import GoodwillRow, NegotiationRule
from shared.kernel.policy.handling import (
    EligibilityRow,
    Lane,
    Oversight,
    Playbook,
    Referral,
    SkipRule,
)
from shared.kernel.policy.intake import FormFacts, FormField
from shared.kernel.policy.routing import RoutingFacts, RoutingRow
from shared.kernel.policy.vocabulary import CLAIM_FLAGS, FLAGS, GOODS_FLAGS
from shared.plumbing.packs.units import minor_of

TABLES: dict[type, tuple[type, frozenset[str]]] = {
    RoutingRow: (RoutingFacts, FLAGS),
    SeverityRow: (RoutingFacts, FLAGS),
    ClockRule: (RoutingFacts, FLAGS),
    FormField: (FormFacts, FLAGS),
    SettlementRow: (AuthorityFacts, CLAIM_FLAGS),
    LadderRow: (AuthorityFacts, CLAIM_FLAGS),
    TermRow: (GoodsFacts, GOODS_FLAGS),
    GoodwillRow: (AuthorityFacts, CLAIM_FLAGS),
    NegotiationRule: (AuthorityFacts, CLAIM_FLAGS),
    **dict.fromkeys(
        (AcceptanceRow, Campaign, EligibilityRow, Lane, Oversight, Playbook, Referral, SkipRule),
        (RoutingFacts, FLAGS),
    ),
}
"""Which facts a table tests, and which flags it may name."""

STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)


def _amount(text: str) -> str:
    minor_of(text)
    return text


Amount = Annotated[str, AfterValidator(_amount)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class _Ends(BaseModel):
    model_config = STRICT

    @model_validator(mode="after")
    def _one_beginning(self) -> "_Ends":
        low, high = self.ends()
        if high is not None and high < low:
            raise ValueError("the range ends before it begins")
        return self

    def ends(self) -> tuple[int, int | None]:
        """The first and the last value of the range; None: it has no end."""
        raise NotImplementedError


class AmountRange(_Ends):
    """A range of amounts: `above` leaves its end out, `from` and `up_to` include theirs."""

    above: Amount | None = None
    from_: Amount | None = Field(default=None, alias="from")
    up_to: Amount | None = None

    def ends(self) -> tuple[int, int | None]:
        if self.above is not None and self.from_ is not None:
            raise ValueError("write above or from, not both")
        low = minor_of(self.from_ or "0") if self.above is None else minor_of(self.above) + 1
        return low, None if self.up_to is None else minor_of(self.up_to)


class CountRange(_Ends):
    """A range of whole numbers, both ends included."""

    from_: Count = Field(default=0, alias="from")
    up_to: Count | None = None

    def ends(self) -> tuple[int, int | None]:
        return self.from_, self.up_to


@cache
def condition_of(table: type) -> type[BaseModel]:
    """The model of a box of this table: codes as lists, flags as true or false, numbers as
    ranges.
    """
    facts, flags = TABLES[table]
    spelled: dict[str, Any] = {name: (_of(name, hint), None) for name, hint in axes_of(facts)}
    spelled |= dict.fromkeys(sorted(flags), (bool | None, None))
    return create_model(f"{table.__name__}When", __config__=STRICT, **spelled)


def axes_of(facts: type) -> list[tuple[str, type]]:
    """The axes of a facts class: its codes and numbers (not its sets)."""
    return [
        (_key(name), hint) for name, hint in get_type_hints(facts).items() if hint in (str, int)
    ]


def box_of(table: type, written: BaseModel | None) -> Box:
    """The box that a condition writes; nothing written holds for everything."""
    if written is None:
        return Box()
    facts, _ = TABLES[table]
    names = {_key(name): name for name in get_type_hints(facts)}
    said = [(key, getattr(written, key)) for key in type(written).model_fields]
    return Box(tuple(_test(names.get(key, key), value) for key, value in said if value is not None))


def _key(name: str) -> str:
    return name.removesuffix("_minor")


def _of(key: str, hint: type) -> Any:
    if hint is str:
        return Annotated[list[str], Field(min_length=1, max_length=200)] | None
    return (AmountRange if key == "exposure" else CountRange) | None


def _test(axis: str, value: object) -> Test:
    match value:
        case bool():
            return Is(axis, value)
        case list():
            return In(axis, frozenset(value))
        case _Ends():
            low, high = value.ends()
            return Within(axis, low, high)
    raise AssertionError(f"{axis} is neither codes nor flag nor range")
