"""What a case is judged by: the pack pinned at receipt, and the organisation as it is now."""

from dataclasses import dataclass
from datetime import datetime

from services.escalation_service.domain.case import Case, Known
from shared.kernel.calendar import Calendar
from shared.kernel.clocks import Clock, ClockRule, ClockStep, StepDoes
from shared.kernel.occasion import Actor, covers
from shared.kernel.policy.escalation import EscalationPolicy, Rung
from shared.kernel.policy.organisation import Organisation, Post, UnitSelector
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.routing import RoutingFacts
from shared.kernel.policy.vocabulary import FLAGS
from shared.kernel.policy.words import Length, Text
from shared.kernel.replacing import replace

PROMISE = "promise"
PROMISE_ROW = "kesu.promise"
WARN_AT = (75,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The pack of one case and the tree of units."""

    pack: Pack
    organisation: Organisation

    @property
    def policy(self) -> EscalationPolicy:
        """Escalation's section."""
        return self.pack.escalation

    def calendar(self, code: str) -> Calendar:
        """The calendar with this code."""
        return self.pack.calendar(code)

    def unit(self, selector: UnitSelector, known: Known) -> str:
        """The unit a rule means; the recording unit where the organisation has none such."""
        recording = known.recording_unit
        return self.organisation.select(selector, recording_unit=recording) or recording

    def post(self, post: Post, known: Known) -> tuple[str, str]:
        """The unit and role of a post."""
        return self.unit(post.unit, known), post.role

    def rank(self, tier: str) -> int:
        """How high a tier is; an unknown one is below all."""
        codes = [word.code for word in self.policy.tiers]
        return codes.index(tier) if tier in codes else -1

    def rung_of(self, tier: str) -> str:
        """The code of the lowest rung of a tier."""
        rung = self.policy.rung_of(tier)
        return rung.code if rung else ""

    def above(self, rung: str) -> Rung | None:
        """The next rung of the chain; None at the top."""
        return self.policy.above(rung)

    def fills(self, actor: Actor, role: str) -> bool:
        """Whether the actor holds the role or one that stands in for it."""
        return self.pack.compensation.ranks.fills(actor.roles, role)

    def knows_unit(self, unit: str) -> bool:
        """Whether the organisation has this unit."""
        return self.organisation.unit(unit) is not None

    def serves(self, person: str, unit: str) -> bool:
        """Whether this person works in the unit or above it."""
        known = self.organisation.person(person)
        return known is not None and any(covers(own, unit) for own in known.units)

    def is_complaint(self, kind: str) -> bool:
        """Whether a triage kind opens a case (MALL-41)."""
        known = self.pack.intake.kind(kind)
        return known.is_complaint if known else kind == "complaint"

    def clock_rule(self, clock: Clock) -> ClockRule | None:
        """The rule a clock runs under, by the row it was started under, under the clock's name."""
        if clock.row == PROMISE_ROW:
            return self.promise_rule()
        found = next((rule for rule in self.policy.clocks if rule.id == clock.row), None)
        if found is None or found.name == clock.name:
            return found
        return replace(found, name=clock.name)  # each task's clock has a name of its own

    def promise_rule(self) -> ClockRule:
        """The clock of a promised moment: the pack's own, else a plain one (decision 24)."""
        own = next((r for r in self.policy.clocks if r.starts_on == "promise_given"), None)
        return own or ClockRule(
            id=PROMISE_ROW,
            cite=("F20",),
            label=_PROMISE_LABEL,
            name=PROMISE,
            starts_on="promise_given",
            stops_on=frozenset({"promise_kept", "withdrawn", "closed"}),
            within=Length(seconds=1),
            calendar=self.pack.calendars[0].code,
            owner=self.policy.custody.arbiter,
            warn_at=WARN_AT,
            steps=(ClockStep(number=1, after_seconds=0, does=StepDoes.ESCALATE),),
        )

    def due_of(self, rule: ClockRule, at: datetime) -> datetime:
        """When a clock that starts now would be due."""
        calendar = self.calendar(rule.calendar)
        return calendar.due(at, seconds=calendar.allowance(at, rule.within))


def routing_facts(case: Case) -> RoutingFacts:
    """What the pack's rows may test of a case."""
    known = case.known
    flags = {*known.flags} | ({"repeat"} if case.repeats else set())
    return RoutingFacts(
        kind=known.kind,
        channel=known.channel,
        complainant_type=known.complainant_type,
        category=known.classification.get("category", ""),
        workflow=known.classification.get("workflow", ""),
        severity=known.severity,
        repeats=case.repeats,
        reopened=case.reopened,
        flags=frozenset(flags & FLAGS),
    )


_PROMISE_LABEL = Text(zh_hant="承諾時限", zh_hans="承诺时限", en="Promised time")
