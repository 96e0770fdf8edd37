"""How a level follows what is told of it ten times a second: up quickly, held for a moment, then down slowly. Pure.

Smooth at every picture between two tellings, whenever it is asked. It turns down at most once in `HOLD_US`, whatever is
told: so what shines by it can never flash more than three times in a second (`live.flash_limits`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

ATTACK_US, RELEASE_US = 150_000, 600_000
"""Time constants up and down."""
HOLD_US = 450_000
STALE_US = 1_000_000
"""Who was not told anything for this long takes it for nothing: the hub may be gone."""


class Envelope(NamedTuple):
    """On its way from `level`, where it was at `at_us`, to `target`; `rose_us` is when it rose last."""

    at_us: int
    level: float
    target: float
    rose_us: int


STILL = Envelope(0, 0.0, 0.0, 0)


def level_at(now: Envelope, at_us: int) -> float:
    """The level at a moment not before the last telling."""
    if now.target > 0.0 and at_us - now.at_us > STALE_US:
        now = told(now, 0.0, now.at_us + STALE_US)
    if now.target >= now.level:
        since_us, constant_us = at_us - now.at_us, ATTACK_US
    else:
        since_us, constant_us = max(0, at_us - max(now.at_us, now.rose_us + HOLD_US)), RELEASE_US
    return now.target + (now.level - now.target) * math.exp(-since_us / constant_us)


def told(now: Envelope, target: float, at_us: int) -> Envelope:
    return Envelope(at_us, level_at(now, at_us), target, at_us if now.target > now.level else now.rose_us)
