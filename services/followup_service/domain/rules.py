"""What a followup is judged by: its section of the pinned pack, the calendars and the ranks."""

from dataclasses import dataclass

from services.followup_service.domain.state import CALLBACK_CLOCK
from shared.kernel.calendar import Calendar
from shared.kernel.clocks import ClockRule
from shared.kernel.policy.authority import Ranks
from shared.kernel.policy.followup import Campaign, FollowupPolicy
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.routing import RoutingFacts
from shared.kernel.replacing import replace

MEANS: dict[str, str] = {
    "acknowledgement": "acknowledged",
    "progress": "progress_told",
    "result": "customer_told",
}
"""What a notice of this kind is an occurrence of (`vocabulary.OCCURRENCES`)."""

KINDS = frozenset({*MEANS, "thanks"})
"""The kinds of notice every pack has; its own notices' codes come to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The pack version pinned at receipt, as far as followup reads it."""

    policy: FollowupPolicy
    calendars: tuple[Calendar, ...]
    ranks: Ranks

    def calendar(self, code: str) -> Calendar:
        """The calendar with this code; a proved pack refers to none it does not have."""
        return next(known for known in self.calendars if known.code == code)

    def rule_of(self, clock: str) -> ClockRule:
        """The rule of a clock by its name; a callback's is the one its campaign names."""
        if clock.startswith(CALLBACK_CLOCK):
            campaign = self.policy.campaign(clock.removeprefix(CALLBACK_CLOCK))
            assert campaign is not None, "a pinned pack keeps its campaigns"
            return self.campaign_rule(campaign)
        rule = self.policy.clock(clock)
        assert rule is not None, "a pinned pack keeps its clocks"
        return rule

    def campaign_rule(self, campaign: Campaign) -> ClockRule:
        """The clock of a campaign's callbacks, under a name of its own: campaigns may share one."""
        rule = self.policy.clock(campaign.clock)
        assert rule is not None, "a proved pack has the clock of each campaign"
        return replace(rule, name=CALLBACK_CLOCK + campaign.code)

    def starting_on(self, occurrence: str, facts: RoutingFacts) -> tuple[ClockRule, ...]:
        """The clocks this occurrence starts; callbacks' clocks start with their callback."""
        calling = {campaign.clock for campaign in self.policy.campaigns}
        own = (rule for rule in self.policy.clocks if rule.name not in calling)
        return tuple(r for r in own if r.starts_on == occurrence and r.when.holds(facts))

    def kinds(self) -> frozenset[str]:
        """Every kind of notice that may be recorded."""
        return KINDS | {notice.code for notice in self.policy.notices}


def rules_of(pack: Pack) -> Rules:
    """Followup's part of a pack."""
    return Rules(policy=pack.followup, calendars=pack.calendars, ranks=pack.compensation.ranks)
