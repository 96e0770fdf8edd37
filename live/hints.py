"""What phones are to encode to, by how many are live: the fewer the better each looks. Pure.

A step down is taken at once; the step up again waits until clearly fewer are live, so that one guest who comes and goes
does not have everybody change.
"""

from __future__ import annotations

from live.messages.base import Tagged

LADDER: tuple[tuple[int, int, int, int], ...] = (
    (8, 800, 30, 360),
    (20, 600, 30, 360),
    (32, 350, 15, 360),
)
"""Up to so many cameras: kbit/s, pictures a second, height."""
LAST_RUNG = (150, 10, 180)
STEP_UP_BELOW = 0.8
"""The part of a rung's cameras that must be reached again from above before it is taken again."""

CHOIR_MICROPHONES = 40
PACKET_MS, CHOIR_PACKET_MS = 20, 60
"""Large packets cost the hub a third, and 40 ms: a choir has no need to be quick."""


class Hint(Tagged, frozen=True):
    """To the publisher: what the hall can carry now."""

    kbits_per_s: int
    pictures_per_s: int
    height_px: int
    packet_ms: int


class Hints:
    """The hint that stands."""

    def __init__(self) -> None:
        self._rung = 0
        self._is_choir = False

    @property
    def now(self) -> Hint:
        kbits_per_s, pictures_per_s, height_px = LADDER[self._rung][1:] if self._rung < len(LADDER) else LAST_RUNG
        return Hint(
            kbits_per_s=kbits_per_s,
            pictures_per_s=pictures_per_s,
            height_px=height_px,
            packet_ms=CHOIR_PACKET_MS if self._is_choir else PACKET_MS,
        )

    def look(self, cameras: int, microphones: int) -> bool:
        """Take in how many are live; True where the hint changed."""
        before = self._rung, self._is_choir
        while self._rung < len(LADDER) and cameras > LADDER[self._rung][0]:
            self._rung += 1
        while self._rung > 0 and cameras <= LADDER[self._rung - 1][0] * STEP_UP_BELOW:
            self._rung -= 1
        most = CHOIR_MICROPHONES * (STEP_UP_BELOW if self._is_choir else 1.0)
        self._is_choir = microphones > most
        return (self._rung, self._is_choir) != before
