"""Whether the database's clock stepped: then no timer fires until that is settled (decision 5)."""

from dataclasses import dataclass
from datetime import datetime

STEP_SECONDS = 2.0
STEP_NEEDS_A_WORD_SECONDS = 60.0
SETTLED_TICKS = 20


@dataclass(slots=True)
class StepDetector:
    """Compares the database's clock with the monotonic one; a jump holds all firing.

    A forward step would fire everything early and irrevocably. Jumps settle by themselves after two
    quiet seconds; those of more than a minute need an operator's word besides (`Timers`).
    """

    database_at: datetime | None = None
    monotonic: float = 0.0
    within: float = 0.0
    quiet_ticks: int = SETTLED_TICKS

    def tick(self, database_at: datetime, monotonic: float, within: float = 0.0) -> float:
        """Takes both clocks; returns the step in seconds, 0.0 when there is none.

        `within`: for how many seconds the database was asked. What may have passed while two
        answers were on their way is no step, or a busy machine would hold its own timers.
        """
        step, doubt = 0.0, STEP_SECONDS + self.within + within
        if self.database_at is not None:
            passed = (database_at - self.database_at).total_seconds()
            step = passed - (monotonic - self.monotonic)
        self.database_at, self.monotonic, self.within = database_at, monotonic, within
        if abs(step) <= doubt:
            self.quiet_ticks += 1
            return 0.0
        self.quiet_ticks = 0
        return step

    @property
    def holds(self) -> bool:
        """Whether it stepped a moment ago."""
        return self.quiet_ticks < SETTLED_TICKS
