"""A gentle pulse on the beat that the hall taps: highest on the beat, gone before the next one begins. Pure.

No two pulses begin within `GAP_US`, however the tapped tempo changes: a beat that would come sooner is passed over, so
that 180 a minute pulses on every other beat. So what shines by it stays below three flashes in a second
(`live.flash_limits`), as many as a second of such pulses can hold.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from stage.following.envelope import STALE_US

RISE_US, FALL_US = 80_000, 280_000
GAP_US = 370_000
US_PER_MINUTE = 60_000_000


class Pulses(NamedTuple):
    """They begin at `first_us` and then every `every_us` (0: there are none), as told at `told_us`; `last_us` is when
    the last one before began."""

    told_us: int
    last_us: float
    first_us: float
    every_us: float


NONE = Pulses(0, -math.inf, 0.0, 0.0)


def level_at(now: Pulses, at_us: int) -> float:
    age_us = at_us - _newest(now, at_us)
    if age_us < RISE_US:
        return _eased(max(0.0, age_us) / RISE_US)
    return _eased(max(0.0, 1.0 - (age_us - RISE_US) / FALL_US))


def told(now: Pulses, bpm: float, beat_us: int, at_us: int) -> Pulses:
    """Go on with another tempo; `bpm` 0 ends with the pulse that has begun."""
    last_us = _newest(now, at_us)
    if bpm <= 0.0:
        return Pulses(at_us, last_us, 0.0, 0.0)
    period_us = US_PER_MINUTE / bpm
    begin_us = beat_us - RISE_US
    # One that should have begun a moment ago begins late: the beat itself is still to come.
    earliest_us = max(at_us - RISE_US, last_us + GAP_US)
    first_us = begin_us + math.ceil((earliest_us - begin_us) / period_us) * period_us
    return Pulses(at_us, last_us, first_us, math.ceil(GAP_US / period_us) * period_us)


def _newest(now: Pulses, at_us: int) -> float:
    """When the newest pulse began, by a moment not before the last telling."""
    until_us = min(at_us, now.told_us + STALE_US)
    if now.every_us == 0.0 or until_us < now.first_us:
        return now.last_us
    return now.first_us + (until_us - now.first_us) // now.every_us * now.every_us


def _eased(share: float) -> float:
    return share * share * (3.0 - 2.0 * share)
