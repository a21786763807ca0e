"""Everything the vocabulary of a pack can express: complaints, claims, goods and forms as spaces.

The axes are the fields of the facts that a table tests, so that a new field is proved at once. A
sample is one point of a space, written as a person would write it down.
"""

from collections.abc import Iterable
from dataclasses import fields

from shared.kernel.policy.authority import AuthorityFacts
from shared.kernel.policy.boxes import Box, In, Is, Space, Within
from shared.kernel.policy.entitlements import GoodsFacts
from shared.kernel.policy.finding import Sample
from shared.kernel.policy.intake import FormFacts
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.partition import Point
from shared.kernel.policy.routing import RoutingFacts
from shared.kernel.policy.vocabulary import CLAIM_FLAGS, FAULTS, FLAGS, GOODS_FLAGS, INSTALLATIONS

UNSAID = ""
"""What stands on an axis that nobody classified."""
ALWAYS_SAID = frozenset({"kind", "channel", "complainant_type"})
"""What every complaint says from the first moment on."""


def routing_space(pack: Pack) -> Space:
    """Every complaint the vocabulary can express; "" stands for what is not classified."""
    kinds = frozenset(kind.code for kind in pack.intake.triage if kind.is_complaint)
    return _space(RoutingFacts, pack, FLAGS, kind=kinds)


def form_space(pack: Pack) -> Space:
    """Everything a form is filled in for: complaints, and contacts that are none."""
    kinds = frozenset(kind.code for kind in pack.intake.triage)
    space = _space(RoutingFacts, pack, FLAGS, kind=kinds)
    asked = {f.name for f in fields(FormFacts)}
    codes = tuple((axis, known) for axis, known in space.codes if axis in asked)
    ranges = frozenset(space.ranges) & asked
    return Space(codes=codes, flags=space.flags, ranges=ranges)


def claim_space(pack: Pack) -> Space:
    """Every claim the vocabulary can express."""
    types = _codes(pack.intake.complainant_types) | {UNSAID}
    return _space(AuthorityFacts, pack, CLAIM_FLAGS, complainant_type=types)


def goods_space(pack: Pack) -> Space:
    """All goods the published terms may speak of."""
    goods = _codes(pack.compensation.goods)
    return _space(
        GoodsFacts, pack, GOODS_FLAGS, goods=goods, installation=INSTALLATIONS, fault=FAULTS
    )


def sample_of(space: Space, point: Point = ()) -> Sample:
    """The plainest thing that lies at this point: what the point does not say is not so."""
    said = dict(point)
    codes = {axis: str(said.get(axis, _plainest(known))) for axis, known in space.codes}
    numbers = {axis: int(said.get(axis, 0)) for axis in sorted(space.ranges)}
    raised = tuple(sorted(flag for flag in space.flags if said.get(flag)))
    shown = [(axis, code) for axis, code in codes.items() if code != UNSAID]
    return (*shown, *(_number(axis, value) for axis, value in numbers.items()), ("flags", raised))


def plainest(space: Space, box: Box) -> Sample:
    """The plainest thing that a box takes."""
    return sample_of(space, tuple(_least(test) for test in box.tests))


def _space(facts: type, pack: Pack, flags: frozenset[str], **known: frozenset[str]) -> Space:
    types = {f.name: f.type for f in fields(facts)}
    codes = tuple(
        (axis, known.get(axis) or _words(axis, pack))
        for axis, hint in types.items()
        if hint in (str, "str")
    )
    ranges = frozenset(axis for axis, hint in types.items() if hint in (int, "int"))
    return Space(codes=codes, flags=flags, ranges=ranges)


def _words(axis: str, pack: Pack) -> frozenset[str]:
    """The codes of an axis: a section's list of that name in the plural, or the pack's own axis."""
    plural = f"{axis[:-1]}ies" if axis.endswith("y") else f"{axis}s"
    sections = (pack.intake, pack.escalation, pack.compensation, pack.followup)
    listed = [getattr(section, name, ()) for section in sections for name in (plural, axis)]
    words = next((known for known in listed if isinstance(known, tuple) and known), ())
    codes = _codes(words) or _codes(pack.axis(axis))
    return codes if axis in ALWAYS_SAID else codes | {UNSAID}


def _codes(words: Iterable[object]) -> frozenset[str]:
    return frozenset(str(getattr(word, "code", UNSAID)) for word in words)


def _plainest(codes: frozenset[str]) -> str:
    return min(codes, default=UNSAID)


def _number(axis: str, value: int) -> tuple[str, str | int]:
    """Amounts read as money, other numbers as they are."""
    if axis.endswith("_minor"):
        return axis.removesuffix("_minor"), f"{value // 100}.{value % 100:02}"
    return axis, value


def _least(test: In | Is | Within) -> tuple[str, str | bool | int]:
    match test:
        case In():
            return test.axis, min(test.codes)
        case Is():
            return test.axis, test.value
        case Within():
            return test.axis, test.low
