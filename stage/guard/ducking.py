"""Talk-over and the choir's share: gains that follow who talks and how many sing. Numbers in and out, once a block."""

from __future__ import annotations

import math

from stage.guard.levelling import BLOCKS_PER_S

DUCKED_DB = -9.0
DOWN_S, UP_S = 0.1, 0.8
"""How long the others take down to DUCKED_DB, and back."""
HOLD_BLOCKS = round(0.6 * BLOCKS_PER_S)
TALKING_POWER = 10.0 ** (-45.0 / 10.0)

SHARE_DOWN_DB_PER_S, SHARE_UP_DB_PER_S = 40.0, 6.0


class Ducking:
    """How far everybody else is turned down while somebody talks: goes down quickly, waits out a breath, comes back."""

    def __init__(self) -> None:
        self._gain_db = 0.0
        self._held = 0

    def next_gain(self, power: float, is_on: bool) -> float:
        """Return the linear gain at the end of a block in which the talkers had `power` together."""
        if is_on and power > TALKING_POWER:
            self._held = HOLD_BLOCKS
        self._held = max(0, self._held - 1) if is_on else 0
        step = -DUCKED_DB / BLOCKS_PER_S
        step = -step / DOWN_S if self._held else step / UP_S
        self._gain_db = min(0.0, max(DUCKED_DB, self._gain_db + step))
        return 1.0 if self._gain_db == 0.0 else float(10.0 ** (self._gain_db / 20.0))


class ChoirShare:
    """What each voice of a choir may have so that all together are as loud as one: −10·log10 of how many are heard."""

    def __init__(self) -> None:
        self._gain_db = 0.0

    def next_gain(self, voices: int) -> float:
        wanted_db = -10.0 * math.log10(max(1, voices))
        down, up = SHARE_DOWN_DB_PER_S / BLOCKS_PER_S, SHARE_UP_DB_PER_S / BLOCKS_PER_S
        self._gain_db += min(up, max(-down, wanted_db - self._gain_db))
        return float(10.0 ** (self._gain_db / 20.0))
