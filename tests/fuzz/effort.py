"""How long the generated tests look: a few examples every day, many with `KESU_FUZZ=long`."""

import os

from hypothesis import HealthCheck, settings

LONGER = 30 if os.environ.get("KESU_FUZZ") == "long" else 1


def looking(everyday: int) -> settings:
    """The same examples in every run, so many of them every day; 30 times as many for long."""
    return settings(
        max_examples=everyday * LONGER,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
