"""How long the generated tests look: a few examples every day, many with `KESU_FUZZ=long`."""

import os

from hypothesis import HealthCheck, Phase, settings

LONGER = 30 if os.environ.get("KESU_FUZZ") == "long" else 1


def looking(everyday: int, *, smaller: bool = True) -> settings:
    """The same examples in every run, so many of them every day; 30 times as many for long.

    `smaller`: what fails is told in its smallest form, which takes hundreds of examples more.
    """
    shrinks = (Phase.shrink,) if smaller else ()
    return settings(
        phases=(Phase.explicit, Phase.generate, *shrinks),
        max_examples=everyday * LONGER,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
