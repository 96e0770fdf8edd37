"""Show time: integer microseconds since the show was opened, the same for everyone.

The hub's clock is the show clock. It is monotonic while a hub runs, and goes on across restarts because it is anchored
to the wall clock once, at start, and never before the last journaled time. Clients follow it by ping-pong: the
quickest messages each way are believed, and the line between them gives offset and drift (Cristian, 1989, for the
ping-pong; Moon, Skelly and Towsley, 1999, for the line). What a path always takes longer one way than the other is
beyond any client.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NewType, Protocol

ShowUs = NewType("ShowUs", int)
"""Show time, integer microseconds."""

US_PER_S = 1_000_000
MOST_DRIFT = 200e-6
OPEN_US = 5_000_000
"""Trips closer together than this say nothing of drift."""
SEARCH_STEPS = 24
REFUTED_US = 10_000


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


class RoundTrip(NamedTuple):
    """One ping-pong: how long it took, the local time in its middle, and the hub's time less that; microseconds."""

    took_us: int
    middle_us: int
    offset_us: int


class FollowedClock:
    """A client's estimate of the show clock, fed with ping-pongs.

    Until the first `observe` it runs from 0; `is_synchronised` tells. Estimates step only when they are off by more
    than 50 ms; smaller corrections are slewed at 1 % so that time never runs backwards.
    """

    SLEW = 0.01
    STEP_US = 50_000
    KEPT = 256

    def __init__(self, local_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000) -> None:
        self._local_us = local_us
        self._trips: deque[RoundTrip] = deque(maxlen=self.KEPT)
        self._offset_us = 0.0
        self._corrected_at_us = local_us()
        self._line = Line(0, 0.0, 0.0)
        self._last_us = 0
        self.is_synchronised = False

    def observe(self, sent_us: int, hub_us: int, received_us: int) -> None:
        """Take one ping-pong: local send time, the hub's show time, local receive time (all microseconds)."""
        middle = (sent_us + received_us) // 2
        trip = RoundTrip(received_us - sent_us, middle, hub_us - middle)
        self._slew()
        if self._trips and self._line.is_refuted_by(trip):
            self._trips.clear()
        self._trips.append(trip)
        self._line = fitted(self._trips)
        target_us = self._line.at(received_us)
        if not self.is_synchronised or abs(target_us - self._offset_us) > self.STEP_US:
            self._offset_us = target_us
            self.is_synchronised = True

    def now_us(self) -> ShowUs:
        self._slew()
        self._last_us = max(self._last_us, int(self._local_us() + self._offset_us))
        return ShowUs(self._last_us)

    def local_us(self) -> int:
        return self._local_us()

    def _slew(self) -> None:
        if not self.is_synchronised:
            return
        local = self._local_us()
        allowed = (local - self._corrected_at_us) * self.SLEW
        self._corrected_at_us = local
        error = self._line.at(local) - self._offset_us
        self._offset_us += max(-allowed, min(allowed, error))


@dataclass(frozen=True, slots=True)
class Line:
    """The hub's time less the local one, as it goes on: `offset_us` at local `origin_us`, and `drift` for each µs."""

    origin_us: int
    offset_us: float
    drift: float

    def at(self, local_us: int) -> float:
        return self.offset_us + self.drift * (local_us - self.origin_us)

    def is_refuted_by(self, trip: RoundTrip) -> bool:
        """The true offset lies within half of any round trip: further off, and a clock was set or stood still."""
        return abs(self.at(trip.middle_us) - trip.offset_us) > trip.took_us / 2 + REFUTED_US


def fitted(trips: Sequence[RoundTrip]) -> Line:
    """The line through the quickest messages each way.

    What a message took beyond the quickest it was held up by: so all points of one way lie above a line, those of the
    other below one, and the true time runs in the middle between the two if both ways are alike. Of all drifts the one
    is likely that leaves the widest gap; where few or close trips leave it open, clocks drift little.
    """
    origin_us, base_us = trips[-1].middle_us, trips[-1].offset_us
    upper = _hull([(trip.middle_us - origin_us, trip.offset_us - base_us + trip.took_us / 2) for trip in trips])
    lower = _hull([(trip.middle_us - origin_us, base_us - trip.offset_us + trip.took_us / 2) for trip in trips])

    def gap(drift: float) -> tuple[float, float]:
        """How far apart the two lines of this drift lie, and where the middle between them is."""
        above = min(offset - drift * at for at, offset in upper)
        below = min(offset + drift * at for at, offset in lower)
        return above + below - abs(drift) * OPEN_US, (above - below) / 2

    low, high = -MOST_DRIFT, MOST_DRIFT
    for _ in range(SEARCH_STEPS):
        first, second = low + (high - low) / 3, high - (high - low) / 3
        if gap(first)[0] < gap(second)[0]:
            low = first
        else:
            high = second
    drift = (low + high) / 2
    return Line(origin_us, base_us + gap(drift)[1], drift)


def _hull(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Those of points in the order of time that a line below all of them can touch."""
    hull: list[tuple[int, float]] = []
    for at, offset in points:
        while len(hull) > 1:
            (at_0, offset_0), (at_1, offset_1) = hull[-2], hull[-1]
            if (offset_1 - offset_0) * (at - at_0) < (offset - offset_0) * (at_1 - at_0):
                break
            hull.pop()
        hull.append((at, offset))
    return hull


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
