"""How properties draw their examples: the same for the same tree where a verdict is wanted, at random elsewhere.

With STRICT=1 `make test` draws the same each time, else at random; `make soak` at random and FOLIO_DRAWS times as many.
"""

from __future__ import annotations

import os

import tools
from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FOLIO_DRAWS", "1"))


def prepare() -> None:
    """Set how every property draws. None asserts how fast a machine is."""
    settings.register_profile(
        "folio",
        max_examples=100 * TIMES,
        derandomize=tools.strict() and TIMES == 1,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("folio")


def draws(number: int) -> settings:
    """Have a property draw another number of examples than a hundred."""
    return settings(max_examples=number * TIMES)
