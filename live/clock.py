"""Show time: integer microseconds since the show was opened, the same for everyone.

The hub's clock is the show clock. It is monotonic while a hub runs, and goes on across restarts because it is anchored
to the wall clock once, at start, and never before the last journaled time. Clients follow it by ping-pong: of the last
round trips the quickest are believed, and a line through them gives offset and drift (the method of Cristian, 1989, as
used by @ircam/sync, Lambert et al., WAC 2016).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import NewType, Protocol

ShowUs = NewType("ShowUs", int)
"""Show time, integer microseconds."""

US_PER_S = 1_000_000


class Clock(Protocol):
    """Something that tells show time. Always monotonic."""

    def now_us(self) -> ShowUs: ...


class ShowClock:
    """The hub's own clock.

    `opened_at_s` is the wall time (Unix seconds) at which the show was opened; `not_before_us` is the last journaled
    show time, below which a restarted hub never falls even if somebody set the wall clock back.
    """

    def __init__(self, opened_at_s: float, not_before_us: int = 0, wall: Callable[[], float] = time.time) -> None:
        start_us = max(int((wall() - opened_at_s) * US_PER_S), not_before_us)
        self._anchor_us = start_us - time.monotonic_ns() // 1000

    def now_us(self) -> ShowUs:
        return ShowUs(self._anchor_us + time.monotonic_ns() // 1000)


class FollowedClock:
    """A client's estimate of the show clock, fed with ping-pongs.

    Until the first `observe` it runs from 0; `is_synchronised` tells. Estimates step only when they are off by more
    than 50 ms; smaller corrections are slewed at 1 % so that time never runs backwards.
    """

    SLEW = 0.01
    STEP_US = 50_000

    def __init__(self, local_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000) -> None:
        self._local_us = local_us
        self._samples: deque[tuple[int, int, int]] = deque(maxlen=32)  # (round trip, local middle, offset)
        self._offset_us = 0.0
        self._corrected_at_us = local_us()
        self._target_us = 0.0
        self._last_us = 0
        self.is_synchronised = False

    def observe(self, sent_us: int, hub_us: int, received_us: int) -> None:
        """Take one ping-pong: local send time, the hub's show time, local receive time (all microseconds)."""
        middle = (sent_us + received_us) // 2
        self._samples.append((received_us - sent_us, middle, hub_us - middle))
        best = sorted(self._samples)[: max(1, len(self._samples) // 4)]
        self._slew()
        self._target_us = sum(offset for _, _, offset in best) / len(best)
        if not self.is_synchronised or abs(self._target_us - self._offset_us) > self.STEP_US:
            self._offset_us = self._target_us
            self.is_synchronised = True

    def now_us(self) -> ShowUs:
        self._slew()
        self._last_us = max(self._last_us, int(self._local_us() + self._offset_us))
        return ShowUs(self._last_us)

    def local_us(self) -> int:
        return self._local_us()

    def _slew(self) -> None:
        local = self._local_us()
        allowed = (local - self._corrected_at_us) * self.SLEW
        self._corrected_at_us = local
        error = self._target_us - self._offset_us
        self._offset_us += max(-allowed, min(allowed, error))


class HandClock:
    """A clock moved by hand, for the offline render and for tests."""

    def __init__(self, now_us: int = 0) -> None:
        self._now_us = now_us

    def now_us(self) -> ShowUs:
        return ShowUs(self._now_us)

    def advance_us(self, by_us: int) -> None:
        if by_us < 0:
            raise ValueError(f"expected to move forward, got {by_us} µs: show time never runs backwards")
        self._now_us += by_us
