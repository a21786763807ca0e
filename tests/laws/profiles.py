"""How long the laws are searched: a little and always the same every day, much more on demand."""

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings

_UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

settings.register_profile(
    "everyday",
    max_examples=25,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=_UNHURRIED,
)
settings.register_profile(
    "long",
    max_examples=1_000,
    stateful_step_count=60,
    deadline=None,
    print_blob=True,
    suppress_health_check=_UNHURRIED,
)

LONG = os.environ.get("KESU_LAWS") == "long"
LAW = settings.get_profile("long" if LONG else "everyday")
"""The profile of this run; named at each law, so that no other test's settings change."""


def law(everyday: int, *, steps: int | None = None) -> settings:
    """The profile with another number of examples: cheap laws try more, dear ones fewer."""
    examples = everyday * 40 if LONG else everyday
    return settings(
        LAW, max_examples=examples, stateful_step_count=steps or LAW.stateful_step_count
    )


HOUR = timedelta(hours=1)
