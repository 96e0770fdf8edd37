"""Gate and leveller of many microphones at once: from each one's power in a block to its gain at the end of it.

The gate opens within a block, holds over pauses between words, and closes gently; what counts as loud follows the
room's own noise. The leveller brings what comes through an open gate slowly to LEVEL_DB. Rows are microphones.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BLOCKS_PER_S = SAMPLE_RATE_HZ / BLOCK_FRAMES
LEVEL_DB = -23.0
"""RMS while somebody speaks: about −23 LUFS."""
MOST_UP_DB, MOST_DOWN_DB = 15.0, -20.0
UP_DB_PER_S, DOWN_DB_PER_S = 3.0, 9.0
AVERAGE_S = 0.4

QUIETEST_DB, USUAL_DB, LOUDEST_FLOOR_DB = -75.0, -65.0, -50.0
"""Where the noise of a room may lie, and is taken to lie at first."""
FLOOR_UP_DB_PER_S, FLOOR_DOWN = 2.0, 0.1
OPEN_ABOVE_DB, CLOSE_ABOVE_DB = 12.0, 6.0
HOLD_BLOCKS = round(0.4 * BLOCKS_PER_S)
CLOSING_S = 0.15

SILENCE = 1e-12


class Levelling:
    """State of up to `rows` microphones; `clear` a row before another one takes it."""

    def __init__(self, rows: int) -> None:
        self.floor_db = np.full(rows, USUAL_DB)
        self.held = np.zeros(rows, np.int64)
        self.opening = np.zeros(rows)
        self.average = np.zeros(rows)
        self.level_gain_db = np.zeros(rows)

    def clear(self, row: int) -> None:
        self.floor_db[row] = USUAL_DB
        self.held[row] = 0
        self.opening[row] = self.average[row] = self.level_gain_db[row] = 0.0

    def is_open(self, rows: npt.NDArray[np.intp]) -> Flags:
        return np.asarray(self.held[rows] > 0)

    def gains(self, rows: npt.NDArray[np.intp], power: Numbers, most_up_db: Numbers) -> Numbers:
        """Move on by a block in which each of `rows` had a mean `power`; return their linear gains at its end.

        Nobody is turned up by more than `most_up_db`.
        """
        level_db = 10.0 * np.log10(power + SILENCE)
        is_loud = self._gate(rows, level_db)
        gain_db = self._level(rows, power, is_loud, most_up_db)
        return np.asarray(self.opening[rows] * 10.0 ** (gain_db / 20.0))

    def _gate(self, rows: npt.NDArray[np.intp], level_db: Numbers) -> Flags:
        floor_db = self.floor_db[rows]
        opens, closes = level_db > floor_db + OPEN_ABOVE_DB, level_db < floor_db + CLOSE_ABOVE_DB
        held = self.held[rows]
        held = np.where(opens | (~closes & (held > 0)), HOLD_BLOCKS, np.maximum(held - 1, 0))
        self.held[rows] = held
        step = np.where(held > 0, 1.0, -1.0 / (CLOSING_S * BLOCKS_PER_S))
        self.opening[rows] = np.clip(self.opening[rows] + step, 0.0, 1.0)
        up = np.minimum(floor_db + FLOOR_UP_DB_PER_S / BLOCKS_PER_S, level_db)
        floor_db = np.where(level_db < floor_db, floor_db + FLOOR_DOWN * (level_db - floor_db), up)
        self.floor_db[rows] = np.clip(floor_db, QUIETEST_DB, LOUDEST_FLOOR_DB)
        return np.asarray(opens)

    def _level(self, rows: npt.NDArray[np.intp], power: Numbers, is_loud: Flags, most_up_db: Numbers) -> Numbers:
        average, gain_db = self.average[rows], self.level_gain_db[rows]
        share = np.where(average > 0.0, 1.0 / (AVERAGE_S * BLOCKS_PER_S), 1.0)
        average = np.where(is_loud, average + (power - average) * share, average)
        wanted = np.where(average > 0.0, LEVEL_DB - 10.0 * np.log10(average + SILENCE), 0.0)
        wanted = np.clip(wanted, MOST_DOWN_DB, np.minimum(MOST_UP_DB, most_up_db))
        # A pause changes nothing, but what must come down for the hall's sake comes down at once.
        moves = np.clip(wanted - gain_db, -DOWN_DB_PER_S / BLOCKS_PER_S, UP_DB_PER_S / BLOCKS_PER_S)
        gain_db = np.where(is_loud, gain_db + moves, gain_db)
        gain_db = np.minimum(gain_db, np.maximum(most_up_db, MOST_DOWN_DB))
        self.average[rows], self.level_gain_db[rows] = average, gain_db
        return np.asarray(gain_db)
