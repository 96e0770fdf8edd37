"""How clearly a live stream is seen: whole while pictures come, gently away when they stop, gently in when they return.

One that goes returns when pictures come again one after the other: a picture now and then would only flicker.

Pure; counted in program pictures, so that it does not matter how fast they are made.
"""

from __future__ import annotations

HOLD_S = 1.0
GO_S = 0.5
COME_S = 0.3
"""A stalled stream's last picture stands for `HOLD_S` and fades over `GO_S`; back again it comes over `COME_S`."""
STEADY_S = 0.6
"""It is back once two pictures came within this time."""


class Presence:
    """Whole from the start where there is a picture at the layer's first; a picture that comes late comes gently."""

    def __init__(self, pictures_per_second: int, first: int) -> None:
        self._hold = round(HOLD_S * pictures_per_second)
        self._go = 1.0 / max(1, round(GO_S * pictures_per_second))
        self._come = 1.0 / max(1, round(COME_S * pictures_per_second))
        self._steady = round(STEADY_S * pictures_per_second)
        self._level: float | None = None
        self._number = self._first = first
        self._serial = -1
        self._changed_at = first
        self._goes = False

    def level(self, number: int, serial: int) -> float:
        """For program picture `number`, shown with the stream's picture `serial`. Numbers rise."""
        if serial != self._serial:
            self._goes = self._goes and number - self._changed_at > self._steady
            self._serial, self._changed_at = serial, number
        if self._level is None:
            self._level = 1.0 if number == self._first else 0.0
        passed, self._number = number - self._number, number
        self._goes = self._goes or number - self._changed_at > self._hold
        if self._goes:
            self._level = round(max(0.0, self._level - passed * self._go), 4)
        else:
            self._level = round(min(1.0, self._level + passed * self._come), 4)
        return self._level
