"""Keeps the program below full scale: a limiter that looks LOOKAHEAD_FRAMES ahead and so is 1 ms late.

It turns down smoothly before a peak comes, and comes back over some tenths of a second. What stays below the ceiling
passes bit for bit, only later. Deterministic; holds no threads and reads no clock.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block, silence

CEILING = 10.0 ** (-0.5 / 20.0)
"""−0.5 dBFS: what encoders add to a peak still fits below full scale."""
LOOKAHEAD_FRAMES = 48
RELEASE_S = 0.150
ABSURD = 1e5
"""Of full scale: a hundred strips turned up all the way do not come near."""
NEGLIGIBLE = 1e-5
"""An excess of this little (0.0001 dB) is let go."""

_DECAY = math.exp(-1.0 / (RELEASE_S * SAMPLE_RATE_HZ))
_GROWTH = _DECAY ** -np.arange(1.0, BLOCK_FRAMES + 1.0)
_WINDOW = LOOKAHEAD_FRAMES + 1
_MOST = np.float32(CEILING)
_NO_GAIN = np.zeros(1)

Numbers = npt.NDArray[np.float64]


class Limiter:
    """Holds the last LOOKAHEAD_FRAMES of sound and how far it is turned down."""

    def __init__(self) -> None:
        self._late = silence(LOOKAHEAD_FRAMES)
        self._needs = np.zeros(LOOKAHEAD_FRAMES)
        self._gains = np.ones(LOOKAHEAD_FRAMES)
        self._excess = 0.0
        self._is_wire = True
        """Nothing is turned down, and nothing that waits needs it."""

    @property
    def reduction_db(self) -> float:
        """How far the newest frame is turned down, in positive dB."""
        return -20.0 * math.log10(float(self._gains[-1]))

    def limit(self, block: Block) -> Block:
        """Return BLOCK_FRAMES that began LOOKAHEAD_FRAMES earlier, nowhere above CEILING. What is no number, or louder
        than any mix, comes from a broken source and is silence."""
        highest, lowest = float(block.max()), float(block.min())
        if not highest - lowest < ABSURD:
            block = np.where(np.abs(block) < ABSURD, block, np.float32(0.0))
        sound = np.concatenate((self._late, block))
        self._late = sound[BLOCK_FRAMES:]
        heard = sound[:BLOCK_FRAMES]
        if self._is_wire and highest <= CEILING and lowest >= -CEILING:
            return heard
        sides = np.abs(block)
        limited = np.empty_like(heard)
        np.multiply(heard, self._turned_down(np.maximum(sides[:, 0], sides[:, 1]))[:, None], out=limited)
        return np.clip(limited, -_MOST, _MOST, out=limited)

    def _turned_down(self, peaks: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The gain of each frame that is heard now.

        A frame's need (how far it is over, as a factor less one) is held for the lookahead, then released; the gains
        that follow from it are averaged over the lookahead, so that they are down in time and never jump.
        """
        needs = np.concatenate((self._needs, np.maximum(peaks.astype(np.float64) / CEILING - 1.0, 0.0)))
        held = _held(needs)
        released = np.maximum(np.maximum.accumulate(held * _GROWTH), self._excess) / _GROWTH
        self._excess = float(released[-1]) if released[-1] > NEGLIGIBLE else 0.0
        self._needs = needs[BLOCK_FRAMES:]
        gains = np.concatenate((self._gains, 1.0 / (1.0 + released)))
        self._gains = gains[BLOCK_FRAMES:]
        self._is_wire = self._excess == 0.0 and not self._needs.any() and float(self._gains.min()) == 1.0
        return _averaged(gains)


def _held(needs: Numbers) -> Numbers:
    """The most of each _WINDOW frames: of ever longer runs, each the greater of two shorter ones."""
    run = 1
    while 2 * run <= _WINDOW:
        needs, run = np.maximum(needs[:-run], needs[run:]), 2 * run
    rest = _WINDOW - run
    return np.maximum(needs[:-rest], needs[rest:]) if rest else needs


def _averaged(gains: Numbers) -> npt.NDArray[np.float32]:
    """The mean of each _WINDOW frames."""
    sums = np.cumsum(np.concatenate((_NO_GAIN, gains)))
    return ((sums[_WINDOW:] - sums[:-_WINDOW]) / _WINDOW).astype(np.float32)
