"""Which guests on air are away, so that the others move up on stage. Pure.

Away is of whom nothing came for a while, at a time when the stage has just faded their last picture out. Who is back
comes in again once their stream is steady, and has to be steady for longer each time that they were lost again soon
after: who blinks stays out, instead of having a whole mosaic dance. All changes wait a moment for others, as what takes
one guest's line mostly takes more, and moves keep apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

AWAY_US = 2_000_000
"""Longer than the stage shows a last picture (`stage.air.presence`: 1 s, and half a second to fade)."""
UNHEARD_US = 6_000_000
"""For who came on air, or was on air when this hub began, and was not heard of yet: lines are being opened."""
GAP_US = 1_000_000
"""A stream is steady while nothing is missing for so long."""
STEADY_US = 500_000
STEADIER = 4
MOST_STEADY_US = 30_000_000
"""How long it has to be steady: at first, by how much longer each time, at most."""
FORGIVEN_US = 60_000_000
"""Who stayed for so long since they were back begins anew."""
GATHER_US = 400_000
"""A change waits so long for others to go with it."""
APART_US = 2_000_000
"""Between two moves of the whole."""


@dataclass(slots=True)
class _Guest:
    heard_us: int
    steady_since_us: int | None = None
    is_away: bool = False
    back_us: int | None = None
    """When they were back last."""
    steady_us: int = STEADY_US
    """For how long they have to be steady to be back."""


class Absences:
    def __init__(self) -> None:
        self._guests: dict[str, _Guest] = {}
        self._told: frozenset[str] = frozenset()
        self._told_us: int | None = None
        self._differs_since_us: int | None = None

    def look(self, silent_us: Mapping[str, int | None], told: frozenset[str], now_us: int) -> frozenset[str] | None:
        """Return who is to be away from now on; None where that is to stay as it was `told`.

        `silent_us`: for how long nothing came of each guest on air; None: they have no line.
        """
        newcomer_us = now_us + UNHEARD_US - AWAY_US
        self._guests = {i: self._guests.get(i) or _Guest(newcomer_us, is_away=i in told) for i in silent_us}
        for stream_id, silence_us in silent_us.items():
            _hear(self._guests[stream_id], silence_us, now_us)
        away = frozenset(i for i, guest in self._guests.items() if guest.is_away)
        if away == told & silent_us.keys():
            self._differs_since_us = None
            return None
        if self._differs_since_us is None:
            self._differs_since_us = now_us
        is_early = self._told_us is not None and now_us - self._told_us < APART_US
        if is_early or now_us - self._differs_since_us < GATHER_US:
            return None
        self._told_us, self._differs_since_us = now_us, None
        return away


def _hear(guest: _Guest, silence_us: int | None, now_us: int) -> None:
    if silence_us is not None and silence_us < GAP_US:
        guest.heard_us = now_us - silence_us
        if guest.steady_since_us is None:
            guest.steady_since_us = now_us
    else:
        guest.steady_since_us = None
    if not guest.is_away and now_us - guest.heard_us >= AWAY_US:
        _leave(guest, now_us)
    elif guest.is_away and guest.steady_since_us is not None and now_us - guest.steady_since_us >= guest.steady_us:
        guest.is_away, guest.back_us = False, now_us


def _leave(guest: _Guest, now_us: int) -> None:
    guest.is_away = True
    if guest.back_us is None or now_us - guest.back_us >= FORGIVEN_US:
        guest.steady_us = STEADY_US
    else:
        guest.steady_us = min(MOST_STEADY_US, guest.steady_us * STEADIER)
