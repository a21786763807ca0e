"""What has been decided so far in one command: events, and the state they lead to."""

from dataclasses import dataclass, field

from services.followup_service.domain.events import Event
from services.followup_service.domain.evolving import evolve
from services.followup_service.domain.rules import Rules
from services.followup_service.domain.state import Followup, Timed
from shared.kernel.clocks import ClockFact, ClockPaused, ClockStarted
from shared.kernel.occasion import Occasion


@dataclass(slots=True)
class Draft:
    """Lives for one `decide`; one event may be the reason of the next."""

    state: Followup
    occasion: Occasion
    rules: Rules
    events: list[Event] = field(default_factory=list)

    def say(self, event: Event) -> None:
        """This happened too."""
        self.events.append(event)
        self.state = evolve(self.state, event, self.occasion)

    def say_clock(self, facts: list[ClockFact]) -> None:
        """A clock of ours moved."""
        for fact in facts:
            assert not isinstance(fact, ClockStarted | ClockPaused), "we start by other words"
            self.say(fact)

    def running(self) -> list[Timed]:
        """The clocks that have neither been met nor cancelled."""
        return [timed for timed in self.state.clocks if timed.clock.running]
